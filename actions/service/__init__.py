"""Wishes that write something: what each needs to know, asking for it, showing it back, and doing it."""
