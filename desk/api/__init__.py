"""The desk's own HTTP API, for visitors, agents and operations."""
