"""The assistant's hands: thin actions that read the tracker, call the domain and speak."""
