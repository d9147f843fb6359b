"""What the stewardship of the whole house has to remember."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from training_app.database import Base, Identified


class SeedRecord(Identified, Base):
    """What `seed` last wrote for one entry of `seeds/`, as a digest: where the database still says the same, nobody at the
    hub has edited it and `seed` may update it; otherwise it belongs to the hub."""

    __tablename__ = "seed_record"
    __table_args__ = (UniqueConstraint("kind", "key"),)

    kind: Mapped[str]
    key: Mapped[str]
    digest: Mapped[str]


class DemonstrationMark(Identified, Base):
    """Stands while invented people are loaded; pages show a banner as long as it does."""

    __tablename__ = "demonstration_mark"

    note: Mapped[str]


class Erasure(Identified, Base):
    """Somebody was erased: who by the number of their nameless row, when, by which account, and why, without a name. Kept so
    that it can be done again after an older copy of the database was restored."""

    __tablename__ = "erasure"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), unique=True)
    erased_at: Mapped[datetime]
    erased_by_account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    reason: Mapped[str]
