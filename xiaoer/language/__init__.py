"""How people write, before anybody asks what they mean."""
