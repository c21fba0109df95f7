"""Files that people keep knowledge in: reading them row by row, and writing them; nothing here knows a database."""
