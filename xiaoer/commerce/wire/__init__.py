"""The commerce API as JSON: what the desk writes and the ``http`` adapter reads, said once for both."""
