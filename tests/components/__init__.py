"""Tests of what the project adds to Rasa's graph."""
