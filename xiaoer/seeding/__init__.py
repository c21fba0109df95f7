"""The demo mall: readable data files, expanded into rows of an empty database."""

from __future__ import annotations

from xiaoer.seeding.errors import SeedError
from xiaoer.seeding.loader import SeedReport, demo_loaded, seed

__all__ = ["SeedError", "SeedReport", "demo_loaded", "seed"]
