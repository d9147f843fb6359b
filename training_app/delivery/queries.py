"""Reading sessions, bookings and registers.

What lists sessions starts from `sessions_seen`, the ids of those that an account may see; what lists bookings of people also
from `people` (see `people/scope.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Date,
    Select,
    and_,
    bindparam,
    func,
    literal,
    literal_column,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import joinedload

from training_app.accounts.models import Account, Role
from training_app.accounts.tokens import hash_token
from training_app.catalogue.models import Module, ModuleVersion
from training_app.clock import today
from training_app.database import db, is_writing, rows_of
from training_app.delivery.models import (
    Booking,
    BookingState,
    CalendarFeed,
    Presence,
    RegisterLink,
    RegisterMark,
    SessionFacilitator,
    TrainingSession,
)
from training_app.delivery.rules import Span, free_places, in_time_order, register_closes_on, register_is_open
from training_app.errors import ChangedMeanwhile
from training_app.people.models import Person
from training_app.people.queries import PAGE_SIZE, Page
from training_app.people.scope import People, visible_people

Sessions = Select[Any]

# Which sessions a list shows; the first is the usual one.
WHEN = ("to-come", "past", "cancelled", "all")
SESSION_SORTS = ("day", "module", "area")
# Written out in the statement, not passed beside it: only so does the index of what stands apply.
_STANDS = Booking.state != literal_column(f"'{BookingState.CANCELLED.value}'")
_HAS_A_PLACE = and_(_STANDS, Booking.state == BookingState.BOOKED.value)


def sessions_seen(account: Account) -> Sessions:
    """Return the ids of the sessions that an account may see: for a workforce manager all; for coordinators and members those
    to come that can be booked, those on which their people or they themselves are or were, and for anybody those that they
    lead."""
    sessions = select(TrainingSession.id)
    if Role.WORKFORCE_MANAGER in account.roles:
        return sessions
    seen: list[ColumnElement[bool]] = [TrainingSession.id.in_(sessions_led(account.person_id))]
    if account.roles & {Role.COORDINATOR, Role.MEMBER}:
        people = visible_people(account)
        seen.append(
            and_(
                TrainingSession.last_on >= today(),
                TrainingSession.cancelled_at.is_(None),
                TrainingSession.takes_bookings,
            )
        )
        seen.append(TrainingSession.id.in_(select(Booking.session_id).where(_STANDS, Booking.person_id.in_(people))))
        marked = select(RegisterMark.session_id).where(
            RegisterMark.presence != Presence.WITHDRAWN.value, RegisterMark.person_id.in_(people)
        )
        seen.append(TrainingSession.id.in_(marked))
    return sessions.where(or_(*seen))


def sessions_led(person_id: int | None) -> Sessions:
    """Return the ids of the sessions that somebody leads; none for nobody."""
    return select(SessionFacilitator.session_id).where(SessionFacilitator.person_id == person_id)


def session_seen(sessions: Sessions, session_id: int) -> TrainingSession | None:
    """Return a session by its id if it is among `sessions`; None for one unseen exactly as for one absent."""
    return db.session.scalar(_with_module().where(TrainingSession.id == session_id, TrainingSession.id.in_(sessions)))


def session_to_change(session_id: int) -> TrainingSession:
    """Return a session, held so that whoever else books, marks or changes it waits. Raises `ChangedMeanwhile` where there is
    none any more."""
    session = db.session.scalar(
        select(TrainingSession)
        .where(TrainingSession.id == session_id)
        .with_for_update(of=TrainingSession)
        .execution_options(populate_existing=True)
    )
    if session is None:
        raise ChangedMeanwhile
    return session


def register_seen(account: Account, session_id: int) -> TrainingSession | None:
    """Return a session whose register an account may keep today: a workforce manager every one, and whoever leads it from the
    day before to two weeks after. None for any other exactly as for one absent."""
    session = db.session.scalar(_with_module().where(TrainingSession.id == session_id))
    if session is None or Role.WORKFORCE_MANAGER in account.roles:
        return session
    leads = account.person_id is not None and account.person_id in {each.person_id for each in session.facilitators}
    return session if leads and register_is_open(session.first_on, session.last_on, today()) else None


def leads(account: Account, session: TrainingSession) -> bool:
    """Say whether an account is that of somebody who leads a session."""
    return account.person_id is not None and account.person_id in {each.person_id for each in session.facilitators}


def spans_of(session: TrainingSession) -> list[Span]:
    """Return the days of a session, from the first to the last."""
    return in_time_order(Span(each.on_day, each.starts, each.ends) for each in session.dates)


def register_stands(session: TrainingSession) -> bool:
    """Say whether a session's register is saved and not reversed."""
    return session.register is not None and session.register.reversed_at is None


# --- lists of sessions


@dataclass(frozen=True)
class SessionsWanted:
    """Which sessions a list shows, and in which order: `when` is one of `WHEN` seen from the day `on`, `area` as it is written.
    `with_places` leaves out what is full. `sort` is one of `SESSION_SORTS`, with a leading "-" the other way round."""

    on: date
    when: str = WHEN[0]
    module_id: int | None = None
    area: str = ""
    with_places: bool = False
    sort: str = "day"


@dataclass(frozen=True)
class SessionListed:
    """A session in a list: how many have a place and how many wait, and what the reader has there (a `BookingState`)."""

    session: TrainingSession
    booked: int
    waiting: int
    own: str | None = None

    @property
    def free(self) -> int | None:
        """How many places are free; None where there are as many as come."""
        return free_places(self.session.places, self.booked)


def sessions_page(sessions: Sessions, wanted: SessionsWanted, number: int = 1, own_id: int | None = None) -> Page:
    """Return one page of the sessions wanted; a number past the end gives the last page. `own_id` is the reader's person."""
    chosen = _chosen(sessions, wanted)
    found = db.session.scalar(select(func.count()).select_from(chosen.subquery())) or 0
    number = min(number, max(1, -(-found // PAGE_SIZE)))
    query = _with_module().where(TrainingSession.id.in_(chosen)).order_by(*_order(wanted))
    rows = db.session.scalars(query.limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE)).all()
    return Page(listed(rows, own_id), number, found)


def sessions_wanted(sessions: Sessions, wanted: SessionsWanted, own_id: int | None = None) -> list[SessionListed]:
    """Return all the sessions wanted, in the order of the pages."""
    query = _with_module().where(TrainingSession.id.in_(_chosen(sessions, wanted))).order_by(*_order(wanted))
    return listed(db.session.scalars(query).all(), own_id)


def listed(sessions: Sequence[TrainingSession], own_id: int | None = None) -> list[SessionListed]:
    """Return sessions with how many are booked and wait. One statement for all, one more for the reader's own."""
    ids = [each.id for each in sessions]
    counts: dict[int, tuple[int, int]] = {
        session_id: (booked, waiting)
        for session_id, booked, waiting in db.session.execute(
            select(
                Booking.session_id,
                func.count().filter(_HAS_A_PLACE),
                func.count().filter(Booking.state == BookingState.WAITING.value),
            )
            .where(Booking.session_id.in_(ids), _STANDS)
            .group_by(Booking.session_id)
        )
    }
    own: dict[int, str] = {}
    if own_id is not None:
        rows = db.session.execute(
            select(Booking.session_id, Booking.state).where(
                Booking.session_id.in_(ids), Booking.person_id == own_id, _STANDS
            )
        )
        own = dict(rows.all())
    return [SessionListed(each, *counts.get(each.id, (0, 0)), own.get(each.id)) for each in sessions]


def areas_of(sessions: Sessions) -> Sequence[str]:
    """Return every area that a session has, in alphabetical order."""
    return [
        area
        for area in db.session.scalars(
            select(TrainingSession.area)
            .where(TrainingSession.id.in_(sessions), TrainingSession.area.is_not(None))
            .distinct()
            .order_by(TrainingSession.area)
        )
        if area
    ]


def modules_of(sessions: Sessions) -> Sequence[Module]:
    """Return the modules of some sessions, by code."""
    of_them = select(TrainingSession.module_id).where(TrainingSession.id.in_(sessions))
    return db.session.scalars(
        select(Module).where(Module.id.in_(of_them)).options(joinedload(Module.current)).order_by(Module.code)
    ).all()


def sessions_to_fill(on: date, most: int) -> list[SessionListed]:
    """Return the next sessions to come that have places free, the soonest first."""
    wanted = SessionsWanted(on, with_places=True)
    query = (
        _with_module()
        .where(TrainingSession.id.in_(_chosen(select(TrainingSession.id), wanted)), TrainingSession.takes_bookings)
        .order_by(*_order(wanted))
        .limit(most)
    )
    return listed(db.session.scalars(query).all())


@dataclass(frozen=True)
class Place:
    """A session with a place free, as it is offered: its id, when and where, and whether it is in paid time."""

    session_id: int
    first_on: date
    place: str | None
    paid_time: bool


def soonest_with_places(module_ids: Collection[int], on: date) -> dict[int, Place]:
    """Return for each of some modules the soonest session to come that can be booked and has a place free; none where there is
    none. One statement, however many sessions there are: a person's home waits for it."""
    rows = rows_of(_soonest(), {"modules": list(module_ids), "day": on})
    return {module_id: Place(*session) for module_id, *session, _ in rows}


@cache
def _soonest() -> Select[*tuple[Any, ...]]:
    """Return the statement of the soonest session of each of the `modules` from the `day` on, put together once."""
    in_turn = func.row_number().over(
        partition_by=TrainingSession.module_id, order_by=(TrainingSession.first_on, TrainingSession.id)
    )
    chosen = (
        select(
            *(TrainingSession.module_id, TrainingSession.id, TrainingSession.first_on),
            *(TrainingSession.place, TrainingSession.paid_time, in_turn.label("in_turn")),
        )
        .where(
            TrainingSession.cancelled_at.is_(None),
            TrainingSession.last_on >= bindparam("day", type_=Date),
            TrainingSession.takes_bookings,
            TrainingSession.module_id.in_(bindparam("modules", expanding=True)),
            _has_places_free(),
        )
        .subquery()
    )
    return select(chosen).where(chosen.c.in_turn == 1)


def registers_due(on: date) -> list[TrainingSession]:
    """Return the sessions that took place and whose register nobody saved yet, the longest ago first."""
    return list(
        db.session.scalars(
            _with_module()
            .where(
                TrainingSession.last_on <= on,
                TrainingSession.cancelled_at.is_(None),
                ~TrainingSession.register.has(),
                TrainingSession.takes_bookings,
            )
            .order_by(TrainingSession.last_on, TrainingSession.id)
        )
    )


def sessions_led_now(person_id: int | None, on: date) -> list[TrainingSession]:
    """Return the sessions that somebody leads and whose register they may keep on a day, or that are to come."""
    found = sessions_led_since(person_id, _registers_open_since(on))
    return [each for each in found if each.cancelled_at is None]


def _registers_open_since(on: date) -> date:
    """Return the last day of the oldest sessions whose register may still be kept on a day."""
    return on - (register_closes_on(on) - on)


def sessions_led_since(person_id: int | None, since: date) -> list[TrainingSession]:
    """Return the sessions that somebody leads and that end on a day or later, those that were cancelled too, the soonest
    first."""
    return list(
        db.session.scalars(
            _with_module()
            .where(TrainingSession.id.in_(sessions_led(person_id)), TrainingSession.last_on >= since)
            .order_by(TrainingSession.first_on, TrainingSession.id)
        )
    )


# --- bookings


def bookings_of_session(session_id: int, people: People) -> Sequence[Booking]:
    """Return the bookings of a session that stand, of those among `people`: who has a place by name, then who waits by turn."""
    found = db.session.scalars(
        select(Booking)
        .options(joinedload(Booking.person))
        .where(Booking.session_id == session_id, _STANDS, Booking.person_id.in_(people))
        .order_by(Booking.booked_at, Booking.id)
    ).all()
    has_a_place = [each for each in found if each.state == BookingState.BOOKED]
    waits = [each for each in found if each.state == BookingState.WAITING]
    return [*sorted(has_a_place, key=lambda each: (each.person.name_key, each.id)), *waits]


def booking_seen(people: People, session_id: int, booking_id: int) -> Booking | None:
    """Return a booking of a session by its id if its person is among `people` and it stands; None otherwise."""
    return db.session.scalar(
        select(Booking)
        .options(joinedload(Booking.person))
        .where(Booking.id == booking_id, Booking.session_id == session_id, _STANDS, Booking.person_id.in_(people))
    )


def booking_of(session_id: int, person_id: int | None) -> Booking | None:
    """Return somebody's booking of a session that stands, if there is one."""
    return db.session.scalar(
        select(Booking).where(Booking.session_id == session_id, Booking.person_id == person_id, _STANDS)
    )


@dataclass(frozen=True)
class Ahead:
    """A session that somebody has to do with from today on: they lead it, have a place, or wait for one."""

    session_id: int
    title: str
    first_on: date
    place: str | None
    is_cancelled: bool
    waits: bool
    leads: bool


def ahead_of(person_id: int, on: date) -> list[Ahead]:
    """Return what `sessions_led_now` and `bookings_of` find for somebody on a day, those that they lead first, as their home
    names it. One statement, and no more than the home says."""
    given = {"person": person_id, "day": on, "since": _registers_open_since(on)}
    rows = sorted(rows_of(_ahead(), given), key=lambda row: (row[5] != "", row[2], row[6]))
    return [
        Ahead(number, title, first_on, place, bool(cancelled), state == BookingState.WAITING.value, not state)
        for number, title, first_on, place, cancelled, state, _ in rows
    ]


def bookings_of(person_id: int, *, since: date) -> Sequence[Booking]:
    """Return somebody's bookings that stand, of sessions that end on a day or later, the soonest first."""
    return db.session.scalars(
        select(Booking)
        .join(TrainingSession, TrainingSession.id == Booking.session_id)
        .options(joinedload(Booking.session).joinedload(TrainingSession.module).joinedload(Module.current))
        .where(Booking.person_id == person_id, _STANDS, TrainingSession.last_on >= since)
        .order_by(TrainingSession.first_on, Booking.id)
    ).all()


@cache
def _ahead() -> CompoundSelect[Any]:
    """Return the statement of the sessions of the `person` from the `day` on, or `since` for those they lead, put together
    once."""
    told = (TrainingSession.id, ModuleVersion.title, TrainingSession.first_on, TrainingSession.place)
    is_current = and_(ModuleVersion.module_id == TrainingSession.module_id, ModuleVersion.superseded_at.is_(None))
    led = (
        select(*told, literal(False), literal(""), SessionFacilitator.session_id)
        .join(TrainingSession, TrainingSession.id == SessionFacilitator.session_id)
        .join(ModuleVersion, is_current)
        .where(
            SessionFacilitator.person_id == bindparam("person"),
            TrainingSession.last_on >= bindparam("since", type_=Date),
            TrainingSession.cancelled_at.is_(None),
        )
    )
    booked = (
        select(*told, TrainingSession.cancelled_at.is_not(None), Booking.state, Booking.id)
        .join(TrainingSession, TrainingSession.id == Booking.session_id)
        .join(ModuleVersion, is_current)
        .where(
            Booking.person_id == bindparam("person"), _STANDS, TrainingSession.last_on >= bindparam("day", type_=Date)
        )
    )
    return union_all(led, booked)


# --- registers


def marks_of(session_id: int) -> Sequence[RegisterMark]:
    """Return the lines of a register that stand, each with its person."""
    return db.session.scalars(
        select(RegisterMark)
        .options(joinedload(RegisterMark.person), joinedload(RegisterMark.completion))
        .where(RegisterMark.session_id == session_id, RegisterMark.presence != Presence.WITHDRAWN.value)
        .order_by(RegisterMark.id)
        .execution_options(populate_existing=is_writing())
    ).all()


def booked_people(session_id: int) -> Sequence[Person]:
    """Return who has a place in a session, by name."""
    of_it = select(Booking.person_id).where(Booking.session_id == session_id, _HAS_A_PLACE)
    return db.session.scalars(select(Person).where(Person.id.in_(of_it)).order_by(Person.name_key, Person.id)).all()


def session_of_link(token: str) -> TrainingSession | None:
    """Return the session whose register a link opens today; None where there is no such link, or it has ended."""
    link = db.session.scalar(
        select(RegisterLink).where(RegisterLink.token_hash == hash_token(token), RegisterLink.revoked_at.is_(None))
    )
    if link is None:
        return None
    session = db.session.scalar(_with_module().where(TrainingSession.id == link.session_id))
    if session is None or session.cancelled_at is not None:
        return None
    return session if register_is_open(session.first_on, session.last_on, today()) else None


def standing_link_of(session_id: int) -> RegisterLink | None:
    """Return the link to a session's register that was not taken back, if there is one."""
    return db.session.scalar(
        select(RegisterLink).where(RegisterLink.session_id == session_id, RegisterLink.revoked_at.is_(None))
    )


# --- calendars


def account_of_feed(token: str) -> Account | None:
    """Return whose calendar reads at this address: an account that is in use; None where the address leads nowhere."""
    return db.session.scalar(
        select(Account)
        .join(CalendarFeed, CalendarFeed.account_id == Account.id)
        .where(CalendarFeed.token_hash == hash_token(token), CalendarFeed.revoked_at.is_(None), Account.active)
    )


def standing_feed_of(account_id: int) -> CalendarFeed | None:
    """Return the address at which an account's calendar reads, if there is one."""
    return db.session.scalar(
        select(CalendarFeed).where(CalendarFeed.account_id == account_id, CalendarFeed.revoked_at.is_(None))
    )


def titles_of(session_ids: Collection[int]) -> Mapping[int, tuple[str, str, date]]:
    """Return code and title of the module and the first day of some sessions."""
    rows = db.session.scalars(_with_module().where(TrainingSession.id.in_(session_ids)))
    return {each.id: (each.module.code, each.module.current.title, each.first_on) for each in rows}


# --- what the lists share


def _with_module() -> Select[TrainingSession]:
    return select(TrainingSession).options(
        joinedload(TrainingSession.module, innerjoin=True).joinedload(Module.current),
        joinedload(TrainingSession.register),
    )


def _chosen(sessions: Sessions, wanted: SessionsWanted) -> Sessions:
    chosen = select(TrainingSession.id).where(TrainingSession.id.in_(sessions))
    if wanted.when == "cancelled":
        chosen = chosen.where(TrainingSession.cancelled_at.is_not(None))
    elif wanted.when != "all":
        chosen = chosen.where(TrainingSession.cancelled_at.is_(None))
    if wanted.when == "to-come":
        chosen = chosen.where(TrainingSession.last_on >= wanted.on)
    if wanted.when == "past":
        chosen = chosen.where(TrainingSession.last_on < wanted.on)
    if wanted.module_id is not None:
        chosen = chosen.where(TrainingSession.module_id == wanted.module_id)
    if wanted.area:
        chosen = chosen.where(TrainingSession.area == wanted.area)
    if wanted.with_places:
        chosen = chosen.where(_has_places_free())
    return chosen


def _has_places_free() -> ColumnElement[bool]:
    booked = (
        select(func.count())
        .where(Booking.session_id == TrainingSession.id, _HAS_A_PLACE)
        .correlate(TrainingSession)
        .scalar_subquery()
    )
    return or_(TrainingSession.places.is_(None), TrainingSession.places > booked)


def _order(wanted: SessionsWanted) -> list[Any]:
    columns: dict[str, Any] = {
        "day": TrainingSession.first_on,
        "module": select(Module.code).where(Module.id == TrainingSession.module_id).scalar_subquery(),
        "area": func.coalesce(TrainingSession.area, ""),
    }
    backwards = wanted.sort.startswith("-")
    first = columns.get(wanted.sort.removeprefix("-"), TrainingSession.first_on)
    return [first.desc() if backwards else first.asc(), TrainingSession.first_on, TrainingSession.id]
