"""Who takes part: the platform, its merchants, their customers and the people who serve them."""
