"""The strategy as data: its priorities, the workforce groups they name, and the terms of the academic year."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from training_app.database import Base, Identified

# The priority whose promise this application answers: "appropriate and sufficient skills".
SKILLED_WORKFORCE = 3


class Strategy(Identified, Base):
    """The hub's inclusion strategy."""

    __tablename__ = "strategy"

    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    plan_years: Mapped[int | None]
    source: Mapped[str | None]


class Priority(Identified, Base):
    """One numbered priority: `statement` is the strategy's own wording, `title` the short label for it."""

    __tablename__ = "priority"

    number: Mapped[int] = mapped_column(unique=True)
    title: Mapped[str]
    statement: Mapped[str]


class WorkforceGroup(Identified, Base):
    """A part of the workforce that the strategy names, such as frontline volunteers."""

    __tablename__ = "workforce_group"

    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    description: Mapped[str]
    priority_id: Mapped[int] = mapped_column(ForeignKey("priority.id"))
    position: Mapped[int]

    priority: Mapped[Priority] = relationship(lazy="joined", innerjoin=True)


class Term(Identified, Base):
    """A school term, both days included. The board sees figures as at a term's last day."""

    __tablename__ = "term"
    __table_args__ = (UniqueConstraint("start_on"),)

    name: Mapped[str]
    start_on: Mapped[date]
    end_on: Mapped[date]
