"""What an import found: the rows counted, the bad ones named, and the plan of what to write."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from training_app.audit import Actor
from training_app.files import BadDay, Row, RowError, Sheet, parse_day, quoted
from training_app.files.days import usable_day
from training_app.people.rules import text_problem

Value = TypeVar("Value")


@dataclass
class Judgement:
    """The outcome of judging a file. With errors nothing would be, or was, written."""

    rows: int
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    errors: list[RowError] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    apply: Callable[[Actor], None] | None = None

    @property
    def is_good(self) -> bool:
        """Whether every row is good."""
        return not self.errors

    def counts(self) -> dict[str, int]:
        """Return the counts in rows; with errors, nothing is created, updated or unchanged."""
        bad = len({error.line for error in self.errors})
        good = {"created": self.created, "updated": self.updated, "unchanged": self.unchanged}
        return {"rows": self.rows, **(dict.fromkeys(good, 0) if bad else good), "errors": bad}


class RowReader:
    """Reads the cells of one row, gathering what is wrong with them.

    Every reader returns None for a blank cell, and for one that is wrong after noting why.
    """

    def __init__(self, row: Row, errors: list[RowError]) -> None:
        self.row = row
        self.line = row.line
        self._errors = errors
        self._errors_before = len(errors)

    @property
    def is_good(self) -> bool:
        """Whether nothing was wrong with this row so far."""
        return len(self._errors) == self._errors_before and not self.row.unreadable

    def wrong(self, column: str, reason: str) -> None:
        """Note what is wrong with a cell."""
        self._errors.append(RowError(self.line, column, reason))

    def text(self, column: str, longest: int, *, required: bool = False) -> str | None:
        """Return a cell's text, with single spaces."""
        value = self.row.values.get(column)
        if value is None:
            # A column that the file does not have was named once, in line 1.
            if required and column in self.row.values and column not in self.row.unreadable:
                self.wrong(column, "this must be given.")
            return None
        text = " ".join((value.isoformat() if isinstance(value, date) else value).split())
        problem = text_problem(text, longest)
        if problem is not None:
            self.wrong(column, f"the value {problem}.")
            return None
        return text

    def day(self, column: str, *, required: bool = False) -> date | None:
        """Return a cell's day."""
        value = self.row.values.get(column)
        if value is None:
            self.text(column, 1, required=required)
            return None
        try:
            return usable_day(value) if isinstance(value, date) else parse_day(value)
        except BadDay as bad:
            self.wrong(column, str(bad))
            return None

    def one_of(self, column: str, offered: Mapping[str, Value], what: str, *, required: bool = False) -> Value | None:
        """Return what a code stands for, however it is capitalised; `offered` has casefolded codes, `what` names them."""
        text = self.text(column, 1000, required=required)
        if text is None:
            return None
        found = offered.get(text.casefold())
        if found is None:
            self.wrong(column, f"{quoted(text)} is not {what}. {near(text.casefold(), offered)}")
        return found


def near(word: str, offered: Collection[str], most: int = 12) -> str:
    """Return a sentence that helps on: the nearest of what is offered, or all of it where that is not much."""
    found = difflib.get_close_matches(word[:100], sorted(offered), n=1) or _near_a_part(word[:100], offered)
    if found:
        return f'Did you mean "{found[0]}"?'
    if 0 < len(offered) <= most:
        return f"Choose one of {', '.join(sorted(offered))}."
    return "Check how it is written."


def _near_a_part(word: str, offered: Collection[str]) -> list[str]:
    """Return the code that has a part like the word, as "volunter" is like a part of "frontline-volunteers"."""
    parts = {part: code for code in sorted(offered, reverse=True) for part in code.casefold().split("-")}
    return [parts[part] for part in difflib.get_close_matches(word, list(parts), n=1, cutoff=0.8)]


def same_text(one: str | None, other: str | None) -> bool:
    """Say whether two texts are the same to a reader, whichever way their accents are stored."""
    if one is None or other is None:
        return one is other
    return unicodedata.normalize("NFC", one) == unicodedata.normalize("NFC", other)


def readers(sheet: Sheet, errors: list[RowError]) -> Iterable[RowReader]:
    """Yield a reader for each row, in the order of the file."""
    for row in sheet.rows:
        yield RowReader(row, errors)
