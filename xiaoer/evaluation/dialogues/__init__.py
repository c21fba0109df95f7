"""Conversations held with the running desk and checked by words and rows (``docs/conversations.md``)."""
