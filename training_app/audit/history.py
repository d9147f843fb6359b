"""How the log is told to a reader. Each subject has a `history.py` with a sentence for every action of its own; here is
what they are made of. Nothing a reader sees is an id or a column's name: what stands in a row becomes words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from training_app.clock import LONDON
from training_app.files.days import in_words

Lookup = Callable[[Collection[int]], Mapping[int, str]]

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.+-]+")
# Longer texts are cut short in a sentence; their page shows them whole.
LONGEST_SHOWN = 200
_GONE = "one that is no longer there"


@dataclass(frozen=True)
class Told:
    """One event of the log with its details. `before`, `after` and `reason` are None where there were none, and also where
    they were erased."""

    id: int
    at: datetime
    actor_kind: str
    actor_account_id: int | None
    action: str
    object_type: str
    object_id: int
    person_id: int | None
    batch_id: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    reason: str | None
    is_erased: bool = False

    @property
    def row(self) -> Mapping[str, Any]:
        """What the row said after the event, or else before it; nothing where the details were erased."""
        return self.after or self.before or {}

    def has_changed(self, column: str) -> bool:
        """Say whether the event changed what stands in a column."""
        return (self.before or {}).get(column) != (self.after or {}).get(column)


@dataclass(frozen=True)
class Sentence:
    """What an event says: `done` is what was done ("verified"), `about` to what ("IND-01, 3 October 2026"; empty where the
    page says it), `more` what follows from it ("counts until 3 October 2027")."""

    done: str
    about: str = ""
    more: str = ""


Teller = Callable[[Told, "Names"], Sentence]


@dataclass(frozen=True)
class Action:
    """An action in plain words, as a list of actions offers it, and the function that makes its sentence."""

    words: str
    tell: Teller


@dataclass(frozen=True)
class Column:
    """A column in words: what it is called in a sentence, and how its values are shown where they are codes."""

    words: str
    values: Mapping[Any, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Subject:
    """What a package gives to the histories: a sentence for each of its actions, and for columns that hold ids the function
    that finds the names of many at once."""

    actions: Mapping[str, Action]
    names: Mapping[str, Lookup] = field(default_factory=dict)


class Names:
    """The names behind the ids that some events speak of, read with one query for each column, however many events."""

    def __init__(self, lookups: Mapping[str, Lookup], events: Iterable[Told]) -> None:
        wanted: dict[str, set[int]] = {}
        for each in events:
            for values in (each.before, each.after):
                for column, value in (values or {}).items():
                    if column in lookups:
                        wanted.setdefault(column, set()).update(_ids(value))
            if each.person_id is not None:
                wanted.setdefault("person_id", set()).add(each.person_id)
        self._found = {column: lookups[column](ids) for column, ids in wanted.items() if ids and column in lookups}

    def name(self, column: str, value: Any) -> str:
        """Return the name of the row that an id in this column stands for."""
        return self._found.get(column, {}).get(value, _GONE)

    def names(self, column: str, values: Iterable[Any]) -> str:
        """Return the names of several, in their order, as a sentence lists them."""
        return listed([self.name(column, each) for each in values]) or "none"

    def in_words(self, column: str, value: Any, values: Mapping[Any, str] | None = None) -> str:
        """Write the value of a column for a reader."""
        if isinstance(value, list) and value and all(isinstance(each, str) for each in value):
            return listed((values or {}).get(each, each) for each in value)
        if values and isinstance(value, (str, int)) and value in values:
            return values[value]
        if column in self._found and not isinstance(value, (str, bool)):
            ids = _ids(value)
            return self.names(column, ids) if isinstance(value, (list, dict)) else self.name(column, value)
        return written(value)


def _ids(value: Any) -> list[int]:
    if isinstance(value, Mapping):
        return [int(each) for each in value]
    if isinstance(value, list):
        return [each for each in value if isinstance(each, int)]
    return [value] if isinstance(value, int) else []


def written(value: Any) -> str:
    """Write a plain value for a reader: days and moments in words, text in quotation marks."""
    if value is None or value in ("", []):
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        if _DAY.fullmatch(value):
            return in_words(date.fromisoformat(value))
        if _MOMENT.fullmatch(value):
            return moment_in_words(datetime.fromisoformat(value))
        return f"“{value if len(value) <= LONGEST_SHOWN else value[:LONGEST_SHOWN].rstrip() + '…'}”"
    return str(value)


def day_words(iso: str | None) -> str:
    """Write a day that the log holds in its ISO form, `3 October 2026`; "an unknown day" where there is none."""
    return in_words(date.fromisoformat(iso)) if iso else "an unknown day"


def moment_in_words(moment: datetime) -> str:
    """Write a moment as the clocks in London show it: `3 October 2026 at 14:05`."""
    local = moment.astimezone(LONDON)
    return f"{in_words(local.date())} at {local:%H:%M}"


def listed(words: Iterable[str]) -> str:
    """Write several things as a sentence does: `one`, `one and two`, `one, two and three`."""
    several = list(words)
    if len(several) < 2:
        return "".join(several)
    return f"{', '.join(several[:-1])} and {several[-1]}"


def changes(told: Told, columns: Mapping[str, Column | str], names: Names) -> str:
    """Say what an event changed in these columns, in their order; empty where it was none of them or was erased."""
    before, after = told.before or {}, told.after or {}
    parts = []
    for name, about in columns.items():
        if not told.has_changed(name):
            continue
        column = about if isinstance(about, Column) else Column(about)
        was = names.in_words(name, before.get(name), column.values)
        says = names.in_words(name, after.get(name), column.values)
        if before.get(name) in (None, "", [], {}):
            parts.append(f"{column.words} added: {says}")
        elif after.get(name) in (None, "", [], {}):
            parts.append(f"{column.words} taken out: {was}")
        else:
            parts.append(f"{column.words} from {was} to {says}")
    return "; ".join(parts)


def simply(done: str, about: Callable[[Told, Names], str], columns: Mapping[str, Column | str] | None = None) -> Teller:
    """Return a teller for an action that needs no more than what was done, to what, and which columns changed."""

    def tell(told: Told, names: Names) -> Sentence:
        more = changes(told, columns, names) if columns and told.before is not None else ""
        return Sentence(done, about(told, names), more)

    return tell


def erased(what: str) -> Teller:
    """Return a teller for a row whose words about somebody were erased with them, such as "an engagement"."""
    return lambda _told, _names: Sentence("erased", f"what {what} said of them")


def unknown(told: Told) -> Sentence:
    """Return the sentence for an action that nobody has a sentence for: its own words."""
    return Sentence(f"{told.action.rpartition('.')[2]}".replace("_", " "), told.object_type.replace("_", " "))
