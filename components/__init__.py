"""What the project adds to Rasa's graph."""
