"""Where else somebody is named: in the words of others, in the log about others, in files that wait to be brought in.

What is held about a person is found by their number. This looks for their name, e-mail and reference as they are written,
which finds no nickname and no slip of the pen; so a manager is shown the places before an erasure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import JSON, Column, ColumnElement, String, Table, cast, or_, select

from training_app.audit import AuditDetail
from training_app.database import Base, db
from training_app.people.queries import names_of
from training_app.people.rules import name_key, tidy_name

# A shorter name or reference stands by chance in too many texts to say that somebody is meant.
SHORTEST_LOOKED_FOR = 5
_LOG = frozenset({"audit_event", "audit_detail", "audit_seal"})
_AROUND = 40


@dataclass(frozen=True)
class Traces:
    """What names somebody: whole words or addresses, without regard to capitals, accents or doubled spaces."""

    words: frozenset[str]

    @classmethod
    def of(cls, *texts: str | None) -> Traces:
        """Return the traces that these texts leave; those that are too short to be looked for are left out."""
        return cls(frozenset(tidy_name(text) for text in texts if text and len(text) >= SHORTEST_LOOKED_FOR))

    def are_in(self, text: str) -> bool:
        """Say whether a text names them."""
        return self.first_in(text) is not None

    def first_in(self, text: str) -> tuple[int, int] | None:
        """Return where in the `name_key` of a text they are named first, from and to; None where they are not."""
        key = name_key(text)
        found = [match.span() for word in self.words if (match := _whole(name_key(word)).search(key))]
        return min(found, default=None)

    def may_be_in(self, column: ColumnElement[Any]) -> ColumnElement[bool]:
        """Return the term that finds at least all rows in whose column they are named as it is written."""
        if isinstance(column.type, JSON):
            return or_(
                *(cast(column, String).icontains(json.dumps(word)[1:-1], autoescape=True) for word in self.words)
            )
        return or_(*(column.icontains(word, autoescape=True) for word in self.words))


@dataclass(frozen=True)
class Place:
    """A text that names somebody: in which table and column, of whom the row is (reference and name, where it is somebody's),
    and the words around."""

    table: str
    column: str
    number: int | None
    owner: tuple[str, str] | None
    words: str


def places_naming(traces: Traces, own_rows: Collection[tuple[str, int]], person_id: int) -> list[Place]:
    """Return every text outside the log, and outside what is held about the person themselves, that names them: `own_rows` are
    the rows of theirs (table and id) that no `person_id` tells of."""
    if not traces.words:
        return []
    found = []
    for table in _tables_with_texts():
        for column in _texts_of(table):
            for row in db.session.execute(select(*table.columns).where(traces.may_be_in(column))).mappings():
                mine = (table.name == "person" and row["id"] == person_id) or row.get("person_id") == person_id
                if mine or (table.name, row.get("id")) in own_rows:
                    continue
                for text in _strings_in(row[column.name]):
                    where = traces.first_in(text)
                    if where is not None:
                        owner = row["id"] if table.name == "person" else row.get("person_id")
                        found.append((table.name, column.name, row.get("id"), owner, _around(text, where)))
    owners = names_of({owner for *_, owner, _ in found if owner is not None})
    return [
        Place(_plainly(table), _plainly(column), number, owners.get(owner) if owner is not None else None, words)
        for table, column, number, owner, words in found
    ]


def events_naming(traces: Traces) -> list[int]:
    """Return the ids of all events in whose details somebody is named, whoever they are about."""
    if not traces.words:
        return []
    columns = (AuditDetail.before, AuditDetail.after, AuditDetail.reason)
    maybe = or_(*(traces.may_be_in(AuditDetail.__table__.c[column.key]) for column in columns))
    return [
        event_id
        for event_id, *details in db.session.execute(
            select(AuditDetail.event_id, *columns).where(maybe).order_by(AuditDetail.event_id)
        )
        if any(traces.are_in(text) for detail in details for text in _strings_in(detail))
    ]


def _whole(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-]){re.escape(word)}(?![\w-])")


def _tables_with_texts() -> Iterator[Table]:
    for table in Base.metadata.sorted_tables:
        if table.name not in _LOG and _texts_of(table):
            yield table


def _texts_of(table: Table) -> list[Column[Any]]:
    """Return the columns in which somebody writes for others to read; forms that are only for searching say the same a second
    time."""
    return [
        each
        for each in table.columns
        if isinstance(each.type, (String, JSON))
        and not each.name.endswith(("_key", "_hash"))
        and not each.info.get("private")
    ]


def _strings_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _strings_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from _strings_in(each)


def _around(text: str, where: tuple[int, int]) -> str:
    # The places are those in the searched form, which is nearly as long as the text.
    start, end = max(0, where[0] - _AROUND), where[1] + _AROUND
    text = tidy_name(text)
    return ("… " if start else "") + text[start:end] + (" …" if end < len(text) else "")


def _plainly(name: str) -> str:
    return name.replace("_", " ")
