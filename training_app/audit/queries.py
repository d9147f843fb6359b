"""Reading the log: what happened to some people or rows, and the search through all of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, false, func, literal, or_, select

from training_app.audit.history import Told
from training_app.audit.models import AuditDetail, AuditEvent
from training_app.database import db, rows_of

PAGE_SIZE = 50
# So many events of one kind in one request are shown one by one; more become one line that leads to them.
SHOWN_SINGLY = 5
_PORTION = 1_000


@dataclass(frozen=True)
class EventsWanted:
    """Which events to read; what is None, and no actions, types or batch, leave nothing out.

    `people` are the ids of those whom the events are about, `accounts` those who acted; `by_command` is for what commands
    on the server did, beside what the accounts did. `objects` are rows by table name and id. `first` and `last` are
    moments, `last` not included.
    """

    people: Select[int] | Collection[int] | None = None
    accounts: Select[int] | Collection[int] | None = None
    by_command: bool = False
    actions: Collection[str] = ()
    without: Collection[str] = ()
    objects: Collection[tuple[str, int]] | None = None
    object_types: Collection[str] = ()
    batch_id: str = ""
    first: datetime | None = None
    last: datetime | None = None


@dataclass(frozen=True)
class EventPage:
    """One page of events or of lines of several: what is on it, which it is (from 1), how many there are in all."""

    rows: Sequence[Any]
    number: int
    found: int
    size: int

    @property
    def pages(self) -> int:
        """How many pages there are; an empty list has one."""
        return max(1, -(-self.found // self.size))

    @property
    def first(self) -> int:
        """The place of the first row in the whole list, from 1."""
        return (self.number - 1) * self.size + 1

    @property
    def last(self) -> int:
        """The place of the last row in the whole list."""
        return self.first + len(self.rows) - 1


@dataclass(frozen=True)
class Act:
    """What one request or command did of one kind: `events` are all of them where they are few, else the latest."""

    batch_id: str
    action: str
    count: int
    events: list[Told] = field(default_factory=list)

    @property
    def is_folded(self) -> bool:
        """Whether there are too many to show each."""
        return self.count > SHOWN_SINGLY


def events_page(wanted: EventsWanted, number: int = 1, size: int = PAGE_SIZE) -> EventPage:
    """Return one page of events, the latest first."""
    chosen = select(AuditEvent.id).where(*_terms(wanted))
    found = db.session.scalar(select(func.count()).select_from(chosen.subquery())) or 0
    number = min(number, max(1, -(-found // size)))
    ids = db.session.scalars(chosen.order_by(AuditEvent.id.desc()).limit(size).offset((number - 1) * size)).all()
    return EventPage(_told(ids), number, found, size)


def acts_page(wanted: EventsWanted, number: int = 1) -> EventPage:
    """Return one page of `Act`s, the latest first: the events of one kind from one request or command are one line."""
    latest = func.max(AuditEvent.id).label("latest")
    chosen = (
        select(AuditEvent.batch_id, AuditEvent.action, latest, func.count().label("times"))
        .where(*_terms(wanted))
        .group_by(AuditEvent.batch_id, AuditEvent.action)
    )
    found = db.session.scalar(select(func.count()).select_from(chosen.subquery())) or 0
    number = min(number, max(1, -(-found // PAGE_SIZE)))
    rows = db.session.execute(chosen.order_by(latest.desc()).limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE)).all()
    acts = {(row.batch_id, row.action): Act(row.batch_id, row.action, row.times) for row in rows}
    few = [key for key, act in acts.items() if 1 < act.count <= SHOWN_SINGLY]
    ids = [row.latest for row in rows]
    if few:
        together = or_(*(and_(AuditEvent.batch_id == batch, AuditEvent.action == action) for batch, action in few))
        ids += db.session.scalars(select(AuditEvent.id).where(*_terms(wanted), together)).all()
    for told in _told(sorted(set(ids), reverse=True)):
        acts[told.batch_id, told.action].events.append(told)
    return EventPage(list(acts.values()), number, found, PAGE_SIZE)


def all_events(wanted: EventsWanted) -> Iterator[Sequence[Told]]:
    """Return all events in portions, the latest first, for a file."""
    before: int | None = None
    while True:
        chosen = select(AuditEvent.id).where(*_terms(wanted)).order_by(AuditEvent.id.desc()).limit(_PORTION)
        if before is not None:
            chosen = chosen.where(AuditEvent.id < before)
        ids = db.session.scalars(chosen).all()
        if not ids:
            return
        before = ids[-1]
        yield _told(ids)


def _terms(wanted: EventsWanted) -> list[ColumnElement[bool]]:
    terms: list[ColumnElement[bool]] = []
    if wanted.people is not None:
        terms.append(AuditEvent.person_id.in_(wanted.people))
    if wanted.accounts is not None or wanted.by_command:
        done_by = AuditEvent.actor_account_id.in_(wanted.accounts) if wanted.accounts is not None else false()
        terms.append(or_(done_by, AuditEvent.actor_kind == "command") if wanted.by_command else done_by)
    if wanted.actions:
        terms.append(AuditEvent.action.in_(wanted.actions))
    if wanted.without:
        terms.append(AuditEvent.action.not_in(wanted.without))
    if wanted.objects is not None:
        terms.append(about_one_of(wanted.objects))
    if wanted.object_types:
        terms.append(AuditEvent.object_type.in_(wanted.object_types))
    if wanted.batch_id:
        terms.append(AuditEvent.batch_id == wanted.batch_id)
    if wanted.first is not None:
        terms.append(AuditEvent.at >= wanted.first)
    if wanted.last is not None:
        terms.append(AuditEvent.at < wanted.last)
    return terms


def about_one_of(objects: Collection[tuple[str, int]]) -> ColumnElement[bool]:
    """Return the condition that an event is about one of some rows, by table name and id; of no rows none is."""
    ids: dict[str, list[int]] = {}
    for table, row_id in objects:
        ids.setdefault(table, []).append(row_id)
    # Not as pairs, for which SQLite would read the log from end to end.
    return or_(
        false(), *(and_(AuditEvent.object_type == table, AuditEvent.object_id.in_(some)) for table, some in ids.items())
    )


def _told(ids: Sequence[int]) -> list[Told]:
    if not ids:
        return []
    rows = db.session.execute(
        select(
            AuditEvent.id,
            AuditEvent.at,
            AuditEvent.actor_kind,
            AuditEvent.actor_account_id,
            AuditEvent.action,
            AuditEvent.object_type,
            AuditEvent.object_id,
            AuditEvent.person_id,
            AuditEvent.batch_id,
            AuditDetail.before,
            AuditDetail.after,
            AuditDetail.reason,
            AuditDetail.erased_at.is_not(None),
        )
        .outerjoin(AuditDetail, AuditDetail.event_id == AuditEvent.id)
        .where(AuditEvent.id.in_(ids))
        .order_by(AuditEvent.id.desc())
    )
    return [Told(*row) for row in rows]


class Logged(NamedTuple):
    """How much the log has of some kinds of objects: how many events, the number of the last one, and its digest, which no other
    event has, not even one with the same number in another database."""

    events: int
    last_id: int | None
    commitment: str | None


def logged_of(object_types: tuple[str, ...]) -> Logged:
    """Return how much the log has of some kinds of objects. Every write leaves an event, and none is ever taken away: while this
    stays the same, so do they. One statement, from an index."""
    return Logged(*rows_of(_how_much_of(object_types))[0])


@cache
def _how_much_of(object_types: tuple[str, ...]) -> Select[*tuple[Any, ...]]:
    """Return the statement, put together once: homes ask it."""
    kinds = [literal(each, literal_execute=True) for each in object_types]
    found = (
        select(func.count().label("events"), func.max(AuditEvent.id).label("last_id"))
        .where(AuditEvent.object_type.in_(kinds))
        .subquery()
    )
    return select(found.c.events, found.c.last_id, AuditEvent.commitment).outerjoin_from(
        found, AuditEvent, AuditEvent.id == found.c.last_id
    )
