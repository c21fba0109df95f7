"""Measuring how well the assistant does its work."""
