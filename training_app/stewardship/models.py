"""What the stewardship of the whole house has to remember."""

from __future__ import annotations

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

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
