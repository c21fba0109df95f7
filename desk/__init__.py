"""The people's side: customer channels in, the agents' API, and the web pages."""
