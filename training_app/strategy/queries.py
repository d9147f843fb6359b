"""Reading the strategy: its priorities, its workforce groups, and which term ended last."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import select

from training_app.database import db
from training_app.strategy.models import Priority, Term, WorkforceGroup


def all_priorities() -> Sequence[Priority]:
    """Return the priorities in the order of their numbers."""
    return db.session.scalars(select(Priority).order_by(Priority.number)).all()


def priority_numbered(number: int) -> Priority | None:
    """Return the priority with a number, or None while no strategy is loaded."""
    return db.session.scalar(select(Priority).where(Priority.number == number))


def priorities_behind(group_codes: Iterable[str]) -> Sequence[Priority]:
    """Return the priorities that name any of these workforce groups, in the order of their numbers."""
    named = select(WorkforceGroup.priority_id).where(WorkforceGroup.code.in_(list(group_codes)))
    return db.session.scalars(select(Priority).where(Priority.id.in_(named)).order_by(Priority.number)).all()


def all_groups() -> Sequence[WorkforceGroup]:
    """Return every workforce group, each with its priority, in the framework's order."""
    return db.session.scalars(select(WorkforceGroup).order_by(WorkforceGroup.position)).all()


def terms_ended(since: date, before: date) -> Sequence[Term]:
    """Return the terms that ended on `since` or later and before the day `before`, in their order."""
    return db.session.scalars(
        select(Term).where(Term.end_on >= since, Term.end_on < before).order_by(Term.end_on)
    ).all()


def last_term_ended(before: date) -> Term | None:
    """Return the term that ended last before a day, or None where none did."""
    return db.session.scalar(select(Term).where(Term.end_on < before).order_by(Term.end_on.desc()).limit(1))
