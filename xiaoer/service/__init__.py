"""Conversations, their messages, and handing them over to people."""
