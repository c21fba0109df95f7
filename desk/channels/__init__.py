"""The ways in for customers: the protocols of Rasa's own channels."""
