"""How long a completion counts, and what somebody holds by those that do. Days are passed in; nothing here asks the time."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from training_app.skills.levels import Level

FIRST_DAY = date(1900, 1, 1)
LONGEST_PROVIDER = 200
LONGEST_NOTE = 2000
LONGEST_REFLECTION = 5000
MOST_EVIDENCE_FILES = 10
_MONTHS_A_YEAR = 12


def add_months(day: date, months: int) -> date:
    """Return the day so many calendar months later, or the last day of that month where it has no such day.

    29 February 2024 and 12 months is 28 February 2025; 31 August 2025 and 6 months is 28 February 2026.
    """
    years, month = divmod(day.month - 1 + months, _MONTHS_A_YEAR)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def valid_until(completed_on: date, refresh_months: int | None, ends_on: date | None = None) -> date | None:
    """Return the first day on which what was completed no longer counts, so many months later or on a day that was given;
    None where it counts for good."""
    if ends_on is not None:
        return ends_on
    return None if refresh_months is None else add_months(completed_on, refresh_months)


def extended_end(end: date | None, extensions: Iterable[date]) -> date | None:
    """Return the end of what would run out on `end`, with the days to which it was extended: the latest wins."""
    return None if end is None else max((end, *extensions))


def is_valid(completed_on: date, valid_until: date | None, on: date) -> bool:
    """Say whether a completion counts on a day: from the day it was completed up to, but not on, `valid_until`."""
    return completed_on <= on and (valid_until is None or on < valid_until)


@dataclass(frozen=True)
class Credit:
    """What one completion gives in one skill; it counts until, but not on, `valid_until`. `module_code` says of which module
    it is, where that matters."""

    skill_id: int
    level: Level
    completed_on: date
    valid_until: date | None
    module_code: str = ""


def held(credits: Iterable[Credit], on: date) -> dict[int, Level]:
    """Return the highest level in each skill (by its id) among the credits that are valid on a day."""
    highest: dict[int, Level] = {}
    for credit in credits:
        if is_valid(credit.completed_on, credit.valid_until, on):
            highest[credit.skill_id] = max(credit.level, highest.get(credit.skill_id, Level.NONE))
    return highest
