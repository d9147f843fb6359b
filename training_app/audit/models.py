"""The tables of the audit. An event says who did what to which row, and when; what the row said before and after is
kept apart, so that a person's details can be erased without touching the event itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from training_app.database import Base, Identified


class AuditEvent(Identified, Base):
    """One write. Ids have no foreign keys on purpose: the log outlives what it speaks of."""

    __tablename__ = "audit_event"
    __table_args__ = (
        Index("ix_audit_event_object", "object_type", "object_id"),
        Index("ix_audit_event_person", "person_id"),
        Index("ix_audit_event_batch", "batch_id"),
    )

    at: Mapped[datetime]
    actor_kind: Mapped[str]
    actor_account_id: Mapped[int | None]
    action: Mapped[str]
    object_type: Mapped[str]
    object_id: Mapped[int]
    person_id: Mapped[int | None]
    batch_id: Mapped[str]


class AuditDetail(Base):
    """What the row said before and after an event, and the reason given; the part that erasure empties."""

    __tablename__ = "audit_detail"

    event_id: Mapped[int] = mapped_column(ForeignKey("audit_event.id"), primary_key=True)
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    after: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    reason: Mapped[str | None]
