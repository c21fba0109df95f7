"""The table that remembers how an installation was set up."""

from __future__ import annotations

from sqlalchemy import Column, String

from xiaoer.database import Base


class InstallationRow(Base):
    """One fact about this installation, for example that the demo mall was loaded, and for which moment."""

    __tablename__ = "installation"

    key = Column(String(64), primary_key=True)
    value = Column(String(200), nullable=False)
