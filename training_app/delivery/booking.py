"""Booking places and giving them back, the waiting list, and what is done each day: reminding, and deleting what would help.

Every verb holds the session first, so that places are counted by one at a time and nobody is promised a place twice.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from training_app.accounts.tokens import hash_token, new_token
from training_app.audit import Actor, Change, record, record_many
from training_app.catalogue.models import Module
from training_app.clock import now
from training_app.database import db, refusing_doubles, snapshot
from training_app.delivery import messages
from training_app.delivery.models import Booking, BookingState, CalendarFeed, SessionDate, TrainingSession
from training_app.delivery.queries import session_to_change, spans_of, standing_feed_of
from training_app.delivery.rules import DAYS_AFTER, LONGEST_HELP, can_be_booked, free_places
from training_app.errors import Refused
from training_app.people.actions import checked_text
from training_app.people.models import Person

_CLOSED = "This session has begun, so it can no longer be booked. Whoever comes is added in the register."


@dataclass
class Booked:
    """What became of booking: who has a place now, who waits, who was booked already, and who has no e-mail to be told by."""

    booked: list[Person] = field(default_factory=list)
    waiting: list[Person] = field(default_factory=list)
    already: list[Person] = field(default_factory=list)
    not_written_to: list[Person] = field(default_factory=list)


def book(actor: Actor, session_id: int, person_ids: Collection[int], help_wanted: str | None = None) -> Booked:
    """Give people a place in a session, in the order in which they are named, and put those on the waiting list for whom there
    is none. Whoever is booked or waits already stays as they are. Each is written to.

    `help_wanted` is what would help them take part; it goes to those who lead the session. Raises `Refused` where the session
    is cancelled, takes no bookings or has begun, and for nobody, or somebody who is not there.
    """
    help_wanted = checked_text(help_wanted, "What would help", LONGEST_HELP, "help_wanted")
    session = session_to_change(session_id)
    _refuse_closed(session)
    ids = list(dict.fromkeys(person_ids))
    people = {
        each.id: each
        for each in db.session.scalars(select(Person).where(Person.id.in_(ids), Person.erased_at.is_(None)))
    }
    if not ids or len(people) != len(ids):
        raise Refused("There is no such person. Choose somebody from the list.", "person")
    stand = {each.person_id: each for each in bookings_that_stand(session_id)}
    free = _free(session)
    done, moment = Booked(), now()
    for person_id in ids:
        person = people[person_id]
        if person_id in stand:
            done.already.append(person)
            continue
        has_place = free is None or free > 0
        if free is not None and has_place:
            free -= 1
        booking = Booking(
            session_id=session_id,
            person_id=person_id,
            state=(BookingState.BOOKED if has_place else BookingState.WAITING).value,
            booked_at=moment,
            help_wanted=help_wanted,
            person=person,
        )
        with refusing_doubles():
            db.session.add(booking)
        record(actor, "booking.made", booking, person_id=person_id)
        (done.booked if has_place else done.waiting).append(person)
        if not messages.tell_booked(actor, booking, session):
            done.not_written_to.append(person)
    return done


def change_help(actor: Actor, booking: Booking, help_wanted: str | None, seen_version: int | None = None) -> None:
    """Change what would help somebody take part; nothing takes it away. Raises `ChangedMeanwhile`, and `Refused` for words that
    cannot be kept."""
    help_wanted = checked_text(help_wanted, "What would help", LONGEST_HELP, "help_wanted")
    session_to_change(booking.session_id)
    db.session.refresh(booking)
    booking.expect_version(seen_version)
    _refuse_given_back(booking)
    if booking.help_wanted != help_wanted:
        before = snapshot(booking)
        booking.help_wanted = help_wanted
        record(actor, "booking.help_changed", booking, before, booking.person_id)


def cancel_booking(
    actor: Actor, booking: Booking, because: str | None = None, *, by_themselves: bool, seen_version: int | None = None
) -> list[Person]:
    """Give a place back; whoever has waited longest moves up. Somebody whose booking others cancelled is written to.

    Return who moved up. Raises `Refused` where it is cancelled already or the session has begun, `ChangedMeanwhile`.
    """
    because = checked_text(because, "The reason", LONGEST_HELP, "reason")
    session = session_to_change(booking.session_id)
    db.session.refresh(booking)
    _refuse_given_back(booking)
    booking.expect_version(seen_version)
    _refuse_closed(session)
    before = snapshot(booking)
    booking.state, booking.cancelled_at, booking.cancel_reason = BookingState.CANCELLED.value, now(), because
    booking.help_wanted = None
    record(actor, "booking.cancelled", booking, before, booking.person_id, because)
    if not by_themselves:
        messages.tell_booking_cancelled(actor, booking, session, because)
    return move_up(actor, session)


def move_up(actor: Actor, session: TrainingSession) -> list[Person]:
    """Give free places to those who have waited longest, and write to them; return who they are. The caller holds the session.
    Nobody moves up any more once it has begun."""
    if session.cancelled_at is not None or not can_be_booked(spans_of(session), now()):
        return []
    db.session.flush()
    free, moved = _free(session), []
    for booking in bookings_that_stand(session.id):
        if booking.state != BookingState.WAITING:
            continue
        if free is not None and free <= 0:
            break
        before = snapshot(booking)
        booking.state, booking.moved_up_at = BookingState.BOOKED.value, now()
        record(actor, "booking.moved_up", booking, before, booking.person_id)
        messages.tell_moved_up(actor, booking, session)
        moved.append(booking.person)
        free = None if free is None else free - 1
    return moved


def bookings_that_stand(session_id: int) -> Sequence[Booking]:
    """Return the bookings of a session that stand, in the order in which they were made."""
    return db.session.scalars(
        select(Booking)
        .options(joinedload(Booking.person, innerjoin=True))
        .where(Booking.session_id == session_id, Booking.state != BookingState.CANCELLED.value)
        .order_by(Booking.booked_at, Booking.id)
        .execution_options(populate_existing=True)
    ).all()


# --- what is done each day


@dataclass(frozen=True)
class DoneToday:
    """How many people were reminded of a session tomorrow, and how many wishes were deleted two weeks after one."""

    reminded: int
    deleted: int


def remind_and_tidy(actor: Actor, on: date) -> DoneToday:
    """Write to whoever is booked on a session on the day after `on`, once for each day of it, and delete what would have helped
    people take part in sessions that ended more than two weeks before. Done twice on a day, the second time does nothing."""
    return DoneToday(_remind(actor, on + timedelta(days=1)), _delete_help(actor, on))


def _remind(actor: Actor, tomorrow: date) -> int:
    due = db.session.scalars(
        select(Booking)
        .join(TrainingSession, TrainingSession.id == Booking.session_id)
        .join(SessionDate, SessionDate.session_id == TrainingSession.id)
        .options(
            joinedload(Booking.person, innerjoin=True),
            joinedload(Booking.session, innerjoin=True).joinedload(TrainingSession.module).joinedload(Module.current),
        )
        .where(
            SessionDate.on_day == tomorrow,
            TrainingSession.cancelled_at.is_(None),
            Booking.state == BookingState.BOOKED.value,
            Booking.reminded_of.is_(None) | (Booking.reminded_of < tomorrow),
        )
        .order_by(Booking.person_id, TrainingSession.first_on, Booking.id)
        .with_for_update(of=Booking)
    ).unique()
    reminded = 0
    for booking in due.all():
        before = snapshot(booking)
        if messages.remind(actor, booking, booking.session, tomorrow):
            reminded += 1
        booking.reminded_of = tomorrow
        record(actor, "booking.reminded", booking, before, booking.person_id)
    return reminded


def _delete_help(actor: Actor, on: date) -> int:
    over = db.session.scalars(
        select(Booking)
        .join(TrainingSession, TrainingSession.id == Booking.session_id)
        .where(Booking.help_wanted.is_not(None), TrainingSession.last_on < on - timedelta(days=DAYS_AFTER))
        .order_by(Booking.id)
        .with_for_update(of=Booking)
    ).all()
    for booking in over:
        booking.help_wanted = None
    record_many(actor, [Change("booking.help_deleted", "booking", each.id, person_id=each.person_id) for each in over])
    return len(over)


# --- the address for a calendar


def open_feed(actor: Actor, account_id: int) -> str:
    """Make an address at which somebody's calendar reads their sessions, and return its token, which nobody is told again. One
    that was there before ends."""
    close_feed(actor, account_id)
    token = new_token()
    feed = CalendarFeed(account_id=account_id, token_hash=hash_token(token), made_at=now())
    db.session.add(feed)
    record(actor, "calendar_feed.made", feed)
    return token


def close_feed(actor: Actor, account_id: int) -> bool:
    """Take back the address at which somebody's calendar reads; return whether there was one."""
    feed = standing_feed_of(account_id)
    if feed is None:
        return False
    before = snapshot(feed)
    feed.revoked_at = now()
    record(actor, "calendar_feed.taken_back", feed, before)
    return True


def _free(session: TrainingSession) -> int | None:
    stand = bookings_that_stand(session.id)
    return free_places(session.places, sum(each.state == BookingState.BOOKED for each in stand))


def _refuse_closed(session: TrainingSession) -> None:
    if session.cancelled_at is not None:
        raise Refused("This session was cancelled. Look for another one.")
    if not session.takes_bookings:
        raise Refused("This session takes no bookings.")
    moment: datetime = now()
    if not can_be_booked(spans_of(session), moment):
        raise Refused(_CLOSED)


def _refuse_given_back(booking: Booking) -> None:
    if booking.state == BookingState.CANCELLED:
        raise Refused("This booking was cancelled already.")
