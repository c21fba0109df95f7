"""Eligibility, liability, freight and compensation as decision tables."""
