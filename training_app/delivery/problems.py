"""Where sessions, bookings and registers contradict themselves; a sentence for each."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from training_app.database import db
from training_app.delivery.models import Booking, BookingState, Presence, RegisterMark, TrainingSession
from training_app.delivery.queries import spans_of
from training_app.delivery.rules import spans_problem
from training_app.people.rules import in_words
from training_app.records.models import Completion

_ROWS_AT_ONCE = 2_000


def problems() -> Iterator[str]:
    """Yield a sentence for every session, booking or line of a register that contradicts itself."""
    booked: dict[int, int] = dict(
        db.session.execute(
            select(Booking.session_id, func.count())
            .where(Booking.state == BookingState.BOOKED.value)
            .group_by(Booking.session_id)
        ).all()
    )
    days: dict[int, tuple[int, object]] = {}
    for session in db.session.scalars(select(TrainingSession).order_by(TrainingSession.id)):
        days[session.id] = (session.module_id, session.last_on)
        yield from (f"session {session.id}: {wrong}" for wrong in _of_session(session, booked.get(session.id, 0)))
    for booking in db.session.scalars(select(Booking).order_by(Booking.id).execution_options(yield_per=_ROWS_AT_ONCE)):
        if (booking.state == BookingState.CANCELLED) != (booking.cancelled_at is not None):
            yield f"booking {booking.id}: is cancelled without a moment, or has one without being cancelled."
    query = select(RegisterMark).options(joinedload(RegisterMark.completion)).order_by(RegisterMark.id)
    for mark in db.session.scalars(query.execution_options(yield_per=_ROWS_AT_ONCE)):
        yield from (f"register of session {mark.session_id}: {wrong}" for wrong in _of_mark(mark, days))


def _of_session(session: TrainingSession, booked: int) -> Iterator[str]:
    spans = spans_of(session)
    wrong = spans_problem(spans)
    if wrong:
        yield f"its days cannot be: {wrong}"
    elif (spans[0].on, spans[-1].on) != (session.first_on, session.last_on):
        yield f"is said to be from {in_words(session.first_on)} to {in_words(session.last_on)}, but its days are others."
    if session.places is not None and booked > session.places:
        yield f"{booked} people have a place, but there are {session.places}."
    if (session.cancelled_at is None) != (session.cancel_reason is None):
        yield "is cancelled without a reason, or has one without being cancelled."


def _of_mark(mark: RegisterMark, days: dict[int, tuple[int, object]]) -> Iterator[str]:
    if mark.hours is not None and mark.presence != Presence.PART:
        yield f"line {mark.id} has hours, but is of nobody who was there for a part."
    if mark.completion is None:
        return
    completion: Completion = mark.completion
    if completion.person_id != mark.person_id:
        yield f"line {mark.id} points to a completion of somebody else."
    if completion.module_id != days[mark.session_id][0]:
        yield f"line {mark.id} points to a completion of another module."
    if mark.presence not in (Presence.PRESENT, Presence.PART):
        yield f"line {mark.id} is of nobody who was there, but points to a completion."
