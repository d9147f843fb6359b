"""What people are written about sessions they are booked on. What falls together for one person is one message."""

from __future__ import annotations

from datetime import date, datetime

from training_app.audit import Actor
from training_app.delivery.models import Booking, BookingState, TrainingSession
from training_app.delivery.queries import spans_of
from training_app.delivery.rules import Span, begins_at, times_in_words
from training_app.links import absolute
from training_app.mail import queue_together
from training_app.mail.rules import can_be_written_to
from training_app.people.rules import in_words

KIND = "training session"
_SEVERAL = "Your training sessions: what is new"


def tell_booked(actor: Actor, booking: Booking, session: TrainingSession) -> bool:
    """Write to somebody who was given a place, or put on the waiting list. Return whether they have an e-mail."""
    if booking.state == BookingState.WAITING:
        title = f"You are on the waiting list for {_title(session)}"
        more = "The session is full. If a place becomes free it is yours, and you are written to."
        return _tell(actor, booking, session, title, f"{title}.\n\n{_details(session)}\n\n{more}")
    title = f"You are booked on {_title(session)}"
    return _tell(actor, booking, session, title, f"{title}.\n\n{_details(session)}\n\n{_calendar(session)}")


def tell_moved_up(actor: Actor, booking: Booking, session: TrainingSession) -> bool:
    """Write to somebody who waited and now has a place."""
    title = f"You now have a place on {_title(session)}"
    return _tell(actor, booking, session, title, f"{title}.\n\n{_details(session)}\n\n{_calendar(session)}")


def tell_booking_cancelled(actor: Actor, booking: Booking, session: TrainingSession, because: str | None) -> bool:
    """Write to somebody whose booking was cancelled."""
    title = f"Your booking on {_title(session)} is cancelled"
    reason = f"\n\nThe reason: {because}" if because else ""
    return _tell(actor, booking, session, title, f"{title}.{reason}\n\nIt was for:\n{_when(session)}")


def tell_cancelled(actor: Actor, booking: Booking, session: TrainingSession, because: str) -> bool:
    """Write to somebody who is booked on a session that does not take place."""
    title = f"Cancelled: {_title(session)}"
    return _tell(
        actor, booking, session, title, f"{title}.\n\nThe reason: {because}\n\nIt was to be on:\n{_when(session)}"
    )


def tell_changed(actor: Actor, booking: Booking, session: TrainingSession) -> bool:
    """Write to somebody who is booked on a session whose days, times or place are others now."""
    title = f"Changed: {_title(session)}"
    words = (
        "What it is now:" if booking.state == BookingState.BOOKED else "You are on the waiting list. What it is now:"
    )
    return _tell(actor, booking, session, title, f"{title}.\n\n{words}\n{_details(session)}\n\n{_calendar(session)}")


def remind(actor: Actor, booking: Booking, session: TrainingSession, on: date) -> bool:
    """Write to somebody the day before a session. It is worth sending until the session begins."""
    title = f"Tomorrow: {_title(session)}"
    span = next(each for each in spans_of(session) if each.on == on)
    return _tell(
        actor,
        booking,
        session,
        title,
        f"{title}.\n\n{_line(span)}\n{_where(session)}\n\nIf you cannot come, please give your place to somebody who waits: "
        f"{absolute(f'/sessions/{session.id}')}",
        useful_until=begins_at(span),
    )


def where_and_when(session: TrainingSession) -> str:
    """Return what people need to know in order to come; whoever is booked is written to when it changes."""
    return _details(session)


def _tell(
    actor: Actor,
    booking: Booking,
    session: TrainingSession,
    subject: str,
    part: str,
    useful_until: datetime | None = None,
) -> bool:
    email = booking.person.email
    if email is None or not can_be_written_to(email):
        return False
    queue_together(
        actor,
        KIND,
        email,
        subject,
        part,
        several=_SEVERAL,
        footer=f"All your sessions: {absolute('/my/sessions')}",
        person_id=booking.person_id,
        useful_until=useful_until,
    )
    return True


def _title(session: TrainingSession) -> str:
    return f"{session.module.current.title}, {in_words(session.first_on)}"


def _details(session: TrainingSession) -> str:
    return f"{_when(session)}\n{_where(session)}"


def _when(session: TrainingSession) -> str:
    return "\n".join(map(_line, spans_of(session)))


def _line(span: Span) -> str:
    times = times_in_words(span)
    return f"{in_words(span.on)}, {times}" if times else in_words(span.on)


def _where(session: TrainingSession) -> str:
    lines = [
        f"Place: {session.place}" if session.place else "",
        f"Online: {session.online_link}" if session.online_link else "",
        f"Getting in: {session.venue_access}" if session.venue_access else "",
    ]
    return "\n".join(each for each in lines if each) or "The place is still to be said."


def _calendar(session: TrainingSession) -> str:
    return (
        f"For your calendar: {absolute(f'/sessions/{session.id}.ics')}\n"
        f"See it, or cancel your booking: {absolute(f'/sessions/{session.id}')}"
    )
