"""How a day is written: `YYYY-MM-DD` or `DD/MM/YYYY`, in files, on the command line and in addresses alike."""

from __future__ import annotations

import re
from datetime import date

from training_app.files.quoting import quoted

EARLIEST = date(1900, 1, 1)
LATEST = date(2200, 12, 31)

# [0-9] and not \d, which would also take the digits of other scripts.
_YEAR_FIRST = re.compile(r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})")
_DAY_FIRST = re.compile(r"(?P<day>[0-9]{2})/(?P<month>[0-9]{2})/(?P<year>[0-9]{4})")


_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


class BadDay(ValueError):
    """What was written is not a day that can be used. Its text is a sentence that says what would be right."""


def parse_day(text: str) -> date:
    """Return the day written as `YYYY-MM-DD` or `DD/MM/YYYY`, every digit there.

    Raises `BadDay` for any other form (nothing is ever guessed), for a day that the calendar does not have, and for
    one before 1900-01-01 or after 2200-12-31.
    """
    found = _YEAR_FIRST.fullmatch(text) or _DAY_FIRST.fullmatch(text)
    if not found:
        raise BadDay(
            f"{quoted(text)} is not a day. Write it as YYYY-MM-DD or DD/MM/YYYY, such as 2026-07-31 or 31/07/2026."
        )
    try:
        day = date(int(found["year"]), int(found["month"]), int(found["day"]))
    except ValueError:
        raise BadDay(
            f"{quoted(text)} is not a day that the calendar has. Check the day, the month and the year."
        ) from None
    return usable_day(day)


def usable_day(day: date) -> date:
    """Return the day unchanged; raises `BadDay` for one before 1900-01-01 or after 2200-12-31."""
    if not EARLIEST <= day <= LATEST:
        raise BadDay(f'"{day.isoformat()}" is out of range. Days from {EARLIEST} to {LATEST} can be used.')
    return day


def in_words(day: date) -> str:
    """Write a day as a sentence needs it: `3 October 2026`."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
