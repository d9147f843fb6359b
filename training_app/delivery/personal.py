"""What is held about a person's sessions, bookings and attendance: to show it to them, to erase it, and to move it."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.orm import joinedload

from training_app.accounts.models import Account
from training_app.audit import Actor, Change, record, record_many
from training_app.audit.personal import ERASED_TEXT
from training_app.catalogue.models import Module
from training_app.clock import now, today
from training_app.database import db, snapshot
from training_app.delivery.models import (
    Booking,
    BookingState,
    CalendarFeed,
    Presence,
    RegisterMark,
    SessionFacilitator,
    TrainingSession,
)
from training_app.delivery.queries import titles_of
from training_app.delivery.rules import help_is_shown
from training_app.people.personal import MERGED_BECAUSE, Held, moved_rows
from training_app.people.rules import in_words

TABLES = ("session_facilitator", "booking", "register_mark", "calendar_feed")

STATES_IN_WORDS = {
    BookingState.BOOKED: "has a place",
    BookingState.WAITING: "on the waiting list",
    BookingState.CANCELLED: "cancelled",
}
PRESENCES_IN_WORDS = {
    Presence.PRESENT: "there",
    Presence.PART: "there for a part",
    Presence.ABSENT: "not there",
    Presence.WITHDRAWN: "written down by mistake",
}


def held_about(person_id: int) -> Held:
    """Return somebody's bookings, what registers say of them, the sessions they lead, and the addresses their calendar reads,
    in plain words."""
    bookings, marks = _bookings(person_id), _marks(person_id)
    led = db.session.scalars(
        select(SessionFacilitator.session_id)
        .where(SessionFacilitator.person_id == person_id)
        .order_by(SessionFacilitator.id)
    ).all()
    titles = titles_of({*led, *(each.session_id for each in marks)})

    def named(session_id: int) -> str:
        code, title, day = titles[session_id]
        return f"{code} {title}, {in_words(day)}"

    return {
        "Sessions booked": [
            {
                "Session": f"{each.session.module.code} {each.session.module.current.title}",
                "On": each.session.first_on,
                "State": STATES_IN_WORDS[BookingState(each.state)],
                "Booked": each.booked_at,
                "What would help": each.help_wanted if help_is_shown(each.session.last_on, today()) else None,
                "Moved up": each.moved_up_at,
                "Cancelled": each.cancelled_at,
                "Cancelled because": each.cancel_reason,
                "Reminded of": each.reminded_of,
            }
            for each in bookings
        ],
        "Registers": [
            {
                "Session": named(each.session_id),
                "Was": PRESENCES_IN_WORDS[Presence(each.presence)],
                "Hours": each.hours,
                "Written down": each.marked_at,
            }
            for each in marks
        ],
        "Sessions led": [{"Session": named(each)} for each in led],
        "Addresses for a calendar": [
            {"Made": each.made_at, "Taken back": each.revoked_at} for each in _feeds(person_id)
        ],
    }


def objects_of(person_id: int) -> list[tuple[str, int]]:
    """Return the rows about somebody that do not say so themselves: the addresses that their calendar reads."""
    return [("calendar_feed", each.id) for each in _feeds(person_id)]


def erase(actor: Actor, person_id: int) -> None:
    """Take the words out of somebody's bookings, give back their places to come, and let no calendar read any more. That they
    were booked, were there and led sessions stays, without a name."""
    changes = []
    for each in _bookings(person_id):
        each.help_wanted = None
        each.cancel_reason = ERASED_TEXT if each.cancel_reason else None
        if each.state != BookingState.CANCELLED and each.session.last_on >= today():
            each.state, each.cancelled_at = BookingState.CANCELLED.value, now()
        changes.append(Change("booking.erased", "booking", each.id, person_id=person_id))
    feeds = _feeds(person_id)
    changes += [Change("calendar_feed.erased", "calendar_feed", each.id, person_id=person_id) for each in feeds]
    db.session.execute(delete(CalendarFeed).where(CalendarFeed.id.in_([each.id for each in feeds])))
    record_many(actor, changes)


def move_person(actor: Actor, from_id: int, to_id: int) -> None:
    """Give somebody's bookings, marks and sessions led to another row of the same person. Of two that stand for one session
    that of the other row stands: a booking with a place before one that waits, a mark of presence before one of absence."""
    _join_bookings(actor, from_id, to_id)
    _join_marks(actor, from_id, to_id)
    _move_led(actor, from_id, to_id)
    record_many(actor, [*moved_rows(Booking, from_id, to_id), *moved_rows(RegisterMark, from_id, to_id)])


def _move_led(actor: Actor, from_id: int, to_id: int) -> None:
    already = set(
        db.session.scalars(select(SessionFacilitator.session_id).where(SessionFacilitator.person_id == to_id))
    )
    for each in db.session.scalars(
        select(SessionFacilitator).where(SessionFacilitator.person_id == from_id).order_by(SessionFacilitator.id)
    ).all():
        session = db.session.get_one(TrainingSession, each.session_id)
        if each.session_id in already:
            db.session.delete(each)
        else:
            each.person_id = to_id
        record(actor, "training_session.led_by_other_row", session, snapshot(session), to_id)
    db.session.expire_all()


def _join_bookings(actor: Actor, from_id: int, to_id: int) -> None:
    standing = [each for each in (*_bookings(from_id), *_bookings(to_id)) if each.state != BookingState.CANCELLED]
    by_session: dict[int, list[Booking]] = {}
    for each in standing:
        by_session.setdefault(each.session_id, []).append(each)
    for several in by_session.values():
        for goes in sorted(several, key=lambda each: (each.state != BookingState.BOOKED, each.id))[1:]:
            before = snapshot(goes)
            goes.state, goes.cancelled_at = BookingState.CANCELLED.value, now()
            goes.cancel_reason, goes.help_wanted = MERGED_BECAUSE, None
            record(actor, "booking.cancelled", goes, before, goes.person_id, MERGED_BECAUSE)


def _join_marks(actor: Actor, from_id: int, to_id: int) -> None:
    standing = [each for each in (*_marks(from_id), *_marks(to_id)) if each.presence != Presence.WITHDRAWN]
    by_session: dict[int, list[RegisterMark]] = {}
    for each in standing:
        by_session.setdefault(each.session_id, []).append(each)
    by_strength = (Presence.PRESENT, Presence.PART, Presence.ABSENT)
    for several in by_session.values():
        for goes in sorted(several, key=lambda each: (by_strength.index(Presence(each.presence)), each.id))[1:]:
            before = snapshot(goes)
            goes.presence, goes.hours, goes.marked_at = Presence.WITHDRAWN.value, None, now()
            record(actor, "register_mark.changed", goes, before, goes.person_id, MERGED_BECAUSE)


def _bookings(person_id: int) -> list[Booking]:
    return list(
        db.session.scalars(
            select(Booking)
            .options(joinedload(Booking.session).joinedload(TrainingSession.module).joinedload(Module.current))
            .where(Booking.person_id == person_id)
            .order_by(Booking.booked_at, Booking.id)
        )
    )


def _marks(person_id: int) -> list[RegisterMark]:
    return list(
        db.session.scalars(select(RegisterMark).where(RegisterMark.person_id == person_id).order_by(RegisterMark.id))
    )


def _feeds(person_id: int) -> list[CalendarFeed]:
    return list(
        db.session.scalars(
            select(CalendarFeed)
            .join(Account, Account.id == CalendarFeed.account_id)
            .where(Account.person_id == person_id)
            .order_by(CalendarFeed.id)
        )
    )
