"""Self-declared entries that wait for somebody to verify them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from training_app.clock import LONDON
from training_app.database import db
from training_app.records.models import Completion
from training_app.records.queries import IS_WAITING


@dataclass(frozen=True)
class Waiting:
    """How many entries wait, and since when the oldest does (None where none waits)."""

    entries: int
    since: date | None


def entries_waiting(person_id: int | None = None) -> Waiting:
    """Return the self-declared entries that wait, of one person or of everybody."""
    query = select(func.count(), func.min(Completion.created_at)).where(IS_WAITING)
    if person_id is not None:
        query = query.where(Completion.person_id == person_id)
    entries, oldest = db.session.execute(query).one()
    return Waiting(entries, oldest.astimezone(LONDON).date() if oldest else None)
