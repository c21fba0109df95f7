"""Measures the assistant against other set-ups of Rasa: each module that is named in README.md is one command."""
