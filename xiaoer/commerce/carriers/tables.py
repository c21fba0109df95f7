"""Table of the traces that 快递100 gave, which all processes share."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, String

from xiaoer.database import Base, UtcDateTime


class CarrierTraceRow(Base):
    """The last that is known of a parcel, and when its carrier may be asked again."""

    __tablename__ = "carrier_traces"

    carrier = Column(String(16), primary_key=True)
    waybill_no = Column(String(40), primary_key=True)
    company = Column(String(40), nullable=False, default="")
    state = Column(String(24))
    events = Column(JSON, nullable=False, default=list)
    known_at = Column(UtcDateTime)
    ask_at = Column(UtcDateTime, nullable=False)
    failed = Column(Boolean, nullable=False, default=False)
    subscribed = Column(Boolean, nullable=False, default=False)
