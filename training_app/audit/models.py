"""The tables of the audit. An event says who did what to which row, and when; what the row said before and after is
kept apart, so that a person's details can be erased without touching the event itself. Seals chain the events up."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from training_app.database import Base, Identified


class AuditEvent(Identified, Base):
    """One write, which holds no personal values: of those it has only `commitment`, the digest of its details and a
    random salt. Ids have no foreign keys on purpose: the log outlives what it speaks of. Never changed after it is
    written, but for `seal_id`, the number of the seal that holds it (None until it is sealed)."""

    __tablename__ = "audit_event"
    __table_args__ = (
        Index("ix_audit_event_object", "object_type", "object_id"),
        Index("ix_audit_event_person", "person_id"),
        # Both serve the audit page, which counts what was done together, without touching the table.
        Index("ix_audit_event_batch", "batch_id", "action"),
        Index("ix_audit_event_action", "action", "batch_id"),
        Index("ix_audit_event_at", "at"),
        Index(
            "ix_audit_event_unsealed",
            "id",
            sqlite_where=text("seal_id IS NULL"),
            postgresql_where=text("seal_id IS NULL"),
        ),
    )

    at: Mapped[datetime]
    actor_kind: Mapped[str]
    actor_account_id: Mapped[int | None]
    action: Mapped[str]
    object_type: Mapped[str]
    object_id: Mapped[int]
    person_id: Mapped[int | None]
    batch_id: Mapped[str]
    commitment: Mapped[str]
    seal_id: Mapped[int | None]


class AuditDetail(Base):
    """What the row said before and after an event, and the reason given; the part that erasure empties, together with the
    salt, without which nobody can try out what it may have said."""

    __tablename__ = "audit_detail"

    event_id: Mapped[int] = mapped_column(ForeignKey("audit_event.id"), primary_key=True)
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    after: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    reason: Mapped[str | None]
    salt: Mapped[str | None]
    erased_at: Mapped[datetime | None]
    erased_by_event_id: Mapped[int | None]


class AuditSeal(Base):
    """One link of the chain: the digest of the seal before it and of the events it holds. `event_digests` has a line for
    each of them, its id and digest, so that `audit verify` can name the one that was changed. Number 0 is the beginning,
    made with the tables."""

    __tablename__ = "audit_seal"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sealed_at: Mapped[datetime]
    event_digests: Mapped[str]
    digest: Mapped[str]
