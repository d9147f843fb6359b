"""Questions about the house as a whole."""

from __future__ import annotations

from sqlalchemy import select

from training_app.database import rows_of
from training_app.stewardship.models import DemonstrationMark

# Every page asks it, so it is put together once.
_ANY_MARK = select(DemonstrationMark.id).limit(1)


def demonstration_is_loaded() -> bool:
    """Say whether invented people are in this database."""
    return bool(rows_of(_ANY_MARK))
