"""The only place that asks what time it is, so that a test, or a question about another day, can answer instead."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


def now() -> datetime:
    """Return this moment in UTC, the form in which moments are stored."""
    return datetime.now(UTC)


def today() -> date:
    """Return the date in Europe/London, which is what "today" means to everybody who uses this."""
    return datetime.now(LONDON).date()
