"""Which tables decide for which merchant."""

from __future__ import annotations

from pathlib import Path

from xiaoer.commerce.policy.tables import Tables, load_tables


class Policies:
    """The decision tables of all merchants: the platform's, and those of merchants who grant more.

    Args:
        folder: Folder with ``<merchant>.yml`` of merchants who grant more; may be missing.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder

    def tables_of(self, merchant: str) -> Tables:
        """Return the tables that decide for a merchant's orders.

        Args:
            merchant: Merchant id; any name without a file gets the platform's tables.

        Raises:
            PolicyError: If a file says something that can't be, or the merchant grants less than the platform.
        """
        return load_tables(self._file(merchant))

    def check(self) -> None:
        """Read everybody's tables, so that mistakes show when a process starts and not in a conversation.

        Raises:
            PolicyError: If a file says something that can't be, or a merchant grants less than the platform.
        """
        load_tables()
        for path in self._files():
            load_tables(path)

    def _file(self, merchant: str) -> Path | None:
        # Looked up among the folder's files, so that no merchant's name leads out of it.
        return next((path for path in self._files() if path.stem == merchant), None)

    def _files(self) -> list[Path]:
        return [] if self._folder is None else sorted(self._folder.glob("*.yml"))
