"""What a visitor asks of a list, read from the address: words, choices, a day, an order, a page.

What cannot be read never changes silently what is shown: a day that is none is told at its box, an unknown choice is
refused with a sentence.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from flask import request

from training_app.clock import today
from training_app.errors import Refused
from training_app.files import BadDay, parse_day
from training_app.people.rules import text_problem
from training_app.web.components.fields import showable

LONGEST_ASKED = 200
LARGEST_ID = 2_147_483_647  # what a foreign key can hold; addresses with a larger number are nobody's
EVIDENCE_RULES = (("verified", "Verified only"), ("all", "Verified and self-declared"))

Choice = TypeVar("Choice", bound=str)


@dataclass(frozen=True)
class AskedDay:
    """The day that was asked for, today unless given. `typed` is shown again; `error` says what is wrong with it."""

    on: date
    typed: str
    error: str | None = None

    @property
    def status(self) -> int:
        """The status with which the page answers."""
        return 400 if self.error else 200


def asked_words(name: str) -> str:
    """Return the words asked for. Raises `Refused` for more of them, or other characters, than anything here has."""
    given = request.args.get(name, "")
    words = " ".join(given.split())
    problem = text_problem(words, LONGEST_ASKED)
    if problem:
        raise Refused(f"What stands in the address for {name.replace('_', ' ')} {problem}.")
    return words


def asked_day(name: str = "as_at") -> AskedDay:
    """Return the day asked for."""
    given = request.args.get(name, "").strip()
    if not given:
        return AskedDay(today(), "")
    try:
        day = parse_day(given)
    except BadDay as bad:
        return AskedDay(today(), showable(given)[:LONGEST_ASKED], str(bad))
    return AskedDay(day, day.isoformat())


def asked_choice(name: str, offered: Collection[Choice], usual: Choice | None = None) -> Choice | None:
    """Return which of the offered was asked for, `usual` where none was. Raises `Refused` for anything else."""
    asked = asked_words(name)
    if not asked:
        return usual
    for each in offered:
        if each == asked:
            return each
    raise Refused(f"This list has no such choice for {name.replace('_', ' ')}. There are: {', '.join(offered)}.")


def asked_sort(offered: Collection[str], usual: str) -> str:
    """Return the order asked for, with a leading "-" for the other way round. Raises `Refused` for an unknown one."""
    return asked_choice("sort", [*offered, *(f"-{each}" for each in offered)], usual) or usual


def asked_number(name: str) -> int | None:
    """Return the number asked for, None where there is none or what is there is no number that anything has."""
    asked = asked_words(name)
    if not (asked.isascii() and asked.isdecimal()) or len(asked) > len(str(LARGEST_ID)):
        return None
    return min(int(asked), LARGEST_ID)


def asked_page() -> int:
    """Return the page asked for, counted from 1; the first for anything that is not one."""
    return max(1, asked_number("page") or 1)


def asked_evidence() -> str:
    """Return the evidence rule asked for, `verified` unless given. Raises `Refused` for an unknown one."""
    return asked_choice("evidence", [rule for rule, _ in EVIDENCE_RULES], "verified") or "verified"
