"""Short ways to schedule sessions and keep registers in tests."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from tests.builders import Hub
from tests.watching import not_telling_the_log
from training_app.audit import Actor
from training_app.catalogue.models import Module
from training_app.clock import now, today
from training_app.database import db, transaction
from training_app.delivery.actions import SessionDraft, schedule
from training_app.delivery.booking import book
from training_app.delivery.models import Booking, Presence, RegisterMark
from training_app.delivery.register import Kept, Line, Newcomer, Sent, save_register
from training_app.delivery.rules import Said, Span
from training_app.people.scope import everybody, everywhere
from training_app.records.models import Completion

PRESENT, ABSENT = Said(Presence.PRESENT.value), Said(Presence.ABSENT.value)


def part(hours: str) -> Said:
    """Return that somebody was there for some hours."""
    return Said(Presence.PART.value, Decimal(hours))


def in_days(days: int) -> date:
    """Return the day so many days from today."""
    return today() + timedelta(days=days)


def a_session(
    hub: Hub,
    module: str = "IND-01",
    on: date | Iterable[date] | None = None,
    *,
    starts: time = time(9, 30),
    ends: time = time(12, 0),
    takes_bookings: bool = True,
    **about: Any,
) -> int:
    """Return the id of a session of a module, in a week unless said otherwise, from 9:30 to 12."""
    days = [on or in_days(7)] if on is None or isinstance(on, date) else list(on)
    module_id = hub.module_id(module)
    with transaction():
        draft = SessionDraft(module_id, [Span(day, starts, ends) for day in days], **about)
        return schedule(hub.actor, draft, takes_bookings=takes_bookings).id


def booked(hub: Hub, session: int, *people: int, help_wanted: str | None = None) -> None:
    """Book people on a session."""
    with transaction():
        book(hub.actor, session, people, help_wanted)


def booked_before(hub: Hub, session: int, *people: int) -> None:
    """Have people booked on a session that has begun, as if they had booked in time."""
    with transaction():
        not_telling_the_log()
        for person in people:
            db.session.add(Booking(session_id=session, person_id=person, state="booked", booked_at=now()))


def states(session: int) -> dict[int, str]:
    """Return how each person's booking of a session stands, without those that were cancelled."""
    db.session.rollback()
    rows = db.session.scalars(
        select(Booking).where(Booking.session_id == session, Booking.state != "cancelled").order_by(Booking.id)
    )
    return {each.person_id: each.state for each in rows}


def kept(
    hub: Hub,
    session: int,
    says: dict[int, Said] | None = None,
    *,
    shown: dict[int, Said] | None = None,
    came: Iterable[int] = (),
    new: Iterable[Newcomer] = (),
    actor: Actor | None = None,
    own: int | None = None,
) -> Kept:
    """Save a register: what is said of some people, who came besides and who is new; everybody was shown as present."""
    lines = [Line(each, (shown or {}).get(each, PRESENT), said) for each, said in (says or {}).items()]
    with transaction():
        return save_register(
            actor or hub.actor,
            session,
            Sent(lines=lines, came=dict.fromkeys(came, PRESENT), newcomers=list(new)),
            people=everybody(),
            places=everywhere(),
            own_person_id=own,
        )


def takes_hours(hub: Hub, module: str, hours: str) -> None:
    """Have a module take so many hours, as if it had been written so."""
    with transaction():
        not_telling_the_log()
        db.session.get_one(Module, hub.module_id(module)).current.hours = Decimal(hours)


def completions(session_module: str = "IND-01", hub: Hub | None = None) -> list[Completion]:
    """Return the completions that are not void, in the order of people."""
    db.session.rollback()
    return list(
        db.session.scalars(
            select(Completion).where(Completion.evidence != "void").order_by(Completion.person_id, Completion.id)
        )
    )


def marks(session: int) -> dict[int | None, str]:
    """Return what a register says of each person."""
    db.session.rollback()
    rows = db.session.scalars(
        select(RegisterMark).where(RegisterMark.session_id == session, RegisterMark.presence != "withdrawn")
    )
    return {each.person_id: each.presence for each in rows}
