"""What people have completed, how it is evidenced, and how long it counts."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from training_app.catalogue.models import Module, ModuleVersion
from training_app.database import Base, Identified, Versioned, Voidable
from training_app.people.models import Person


class Evidence(StrEnum):
    """How far a completion can be relied on. Only the first two ever count in coverage."""

    VERIFIED = "verified"
    SELF_DECLARED = "self-declared"
    RETURNED = "returned"
    VOID = "void"


class Completion(Identified, Versioned, Voidable, Base):
    """A person completed a module on a day.

    What it gives is what its module version gives: credits are derived, never copied. `valid_until` is the first day on
    which they no longer count (None: they count for good): `completed_on` plus the version's refresh, or what the latest
    standing extension says. `evidence` is an `Evidence`; a voided row has `VOID` and its `voided_at`. Who recorded it is kept
    where it was an account, and for which of their organisations where it was a coordinator's.
    """

    __tablename__ = "completion"
    __table_args__ = (
        Index(
            "uq_completion_standing",
            "person_id",
            "module_id",
            "completed_on",
            unique=True,
            sqlite_where=text("evidence <> 'void'"),
            postgresql_where=text("evidence <> 'void'"),
        ),
        # Serves coverage and "what does this person hold" without touching the table.
        Index(
            "ix_completion_credits",
            "person_id",
            "module_version_id",
            "completed_on",
            "valid_until",
            "evidence",
        ),
        Index("ix_completion_module", "module_id", "completed_on"),
        # Only what waits for confirmation: an index of all evidence would lure the coverage query away from its own.
        Index(
            "ix_completion_waiting",
            "completed_on",
            sqlite_where=text("evidence = 'self-declared'"),
            postgresql_where=text("evidence = 'self-declared'"),
        ),
        CheckConstraint("evidence IN ('verified', 'self-declared', 'returned', 'void')", name="evidence_known"),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    module_id: Mapped[int] = mapped_column(ForeignKey("module.id"))
    module_version_id: Mapped[int] = mapped_column(ForeignKey("module_version.id"))
    completed_on: Mapped[date]
    valid_until: Mapped[date | None]
    evidence: Mapped[str]
    hours: Mapped[Decimal | None]
    provider: Mapped[str | None]
    note: Mapped[str | None]
    created_at: Mapped[datetime]
    recorded_by_account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    recorded_for_organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    verified_at: Mapped[datetime | None]
    verified_by_account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    return_reason: Mapped[str | None]

    person: Mapped[Person] = relationship()
    module: Mapped[Module] = relationship()
    version: Mapped[ModuleVersion] = relationship()
    extensions: Mapped[list[Extension]] = relationship(order_by="Extension.id")


class Extension(Identified, Voidable, Base):
    """A later end for the credits of one completion, with its reason. Withdrawn by voiding; the latest that stands wins."""

    __tablename__ = "extension"
    __table_args__ = (Index("ix_extension_completion", "completion_id"),)

    completion_id: Mapped[int] = mapped_column(ForeignKey("completion.id"))
    valid_until: Mapped[date]
    reason: Mapped[str]
    created_at: Mapped[datetime]
