"""How much a file may hold."""

from __future__ import annotations

MAX_BYTES = 10_000_000
"""Largest file."""

MAX_UNPACKED = 100_000_000
"""Largest spreadsheet once it is unpacked; more is no spreadsheet but an attack."""

MAX_ROWS = 20_000
"""Most rows of all the tables of a file."""

MAX_COLUMNS = 200
"""How many columns are searched for headers."""

HEADER_ROWS = 10
"""How many rows at the top of a table are searched for its headers."""
