"""Questions about the house as a whole."""

from __future__ import annotations

from sqlalchemy import select

from training_app.database import db
from training_app.stewardship.models import DemonstrationMark


def demonstration_is_loaded() -> bool:
    """Say whether invented people are in this database."""
    return db.session.scalar(select(DemonstrationMark.id).limit(1)) is not None
