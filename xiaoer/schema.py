"""All tables in one place: importing this module completes ``Base.metadata``."""

from __future__ import annotations

from sqlalchemy import MetaData

import xiaoer.accounts.tables
import xiaoer.commerce.back_offices
import xiaoer.commerce.benefit_tables
import xiaoer.commerce.carriers.tables
import xiaoer.commerce.tables
import xiaoer.knowledge.tables
import xiaoer.seeding.tables
import xiaoer.service.tables  # noqa: F401
from xiaoer.database import Base

metadata: MetaData = Base.metadata
