"""Scheduling sessions, changing and cancelling them. Each verb checks what it is given, whoever calls it, and tells the audit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm.attributes import flag_modified

from training_app.audit import Actor, record
from training_app.catalogue.models import Module
from training_app.catalogue.rules import link_problem
from training_app.clock import now
from training_app.database import db, snapshot
from training_app.delivery import messages
from training_app.delivery.booking import bookings_that_stand, move_up
from training_app.delivery.models import (
    Booking,
    BookingState,
    SessionDate,
    SessionFacilitator,
    TrainingSession,
)
from training_app.delivery.queries import register_stands, session_to_change, spans_of
from training_app.delivery.rules import (
    LONGEST_ACCESS,
    LONGEST_LINK,
    LONGEST_PLACE,
    MOST_CO_TRAINERS,
    MOST_FACILITATORS,
    MOST_PLACES,
    Span,
    in_time_order,
    spans_problem,
)
from training_app.errors import Refused
from training_app.people.actions import checked_reason, checked_text
from training_app.people.models import Person
from training_app.people.rules import LONGEST_AREA, LONGEST_NAME, day_problem


@dataclass(frozen=True)
class SessionDraft:
    """What is known of a session: its module and facilitators by their ids, its days, and what people are told of it."""

    module_id: int
    spans: Sequence[Span]
    place: str | None = None
    online_link: str | None = None
    area: str | None = None
    venue_access: str | None = None
    places: int | None = None
    facilitator_ids: Sequence[int] = ()
    outside_trainer: str | None = None
    young_co_trainers: int = 0
    paid_time: bool = False


def schedule(actor: Actor, draft: SessionDraft, *, takes_bookings: bool = True) -> TrainingSession:
    """Schedule a session of a module. Sent twice, the same session on the same days at the same place is one.

    Raises `Refused` for days, times, numbers or words that cannot be kept, and for an unknown module or facilitator.
    """
    draft = _checked(draft)
    # Held, so that a second press of the same button waits for the first and then finds what it wrote.
    module = db.session.scalar(select(Module.id).where(Module.id == draft.module_id).with_for_update(key_share=True))
    if module is None:
        raise Refused("There is no such module. Choose one from the catalogue.", "module")
    there = _the_same(draft, takes_bookings=takes_bookings)
    if there is not None:
        return there
    session = TrainingSession(module_id=module, takes_bookings=takes_bookings, created_at=now())
    _fill(session, draft)
    db.session.add(session)
    record(actor, "training_session.scheduled", session, besides=_besides(session))
    return session


def change_session(
    actor: Actor, session: TrainingSession, draft: SessionDraft, seen_version: int | None = None
) -> bool:
    """Change what is known of a session; whoever is booked is written to where days, times or place change, and whoever waits
    moves up where there are more places. Saving the same again writes nothing. Return whether anything changed.

    Raises `Refused` as `schedule`, where it is cancelled, where fewer places are left than people are booked, and for another
    module or other days once its register stands; `ChangedMeanwhile` where somebody else saved first.
    """
    session = session_to_change(session.id)
    session.expect_version(seen_version)
    refuse_cancelled(session)
    draft = _checked(draft)
    booked = _booked(session.id)
    if draft.places is not None and draft.places < booked:
        raise Refused(f"{booked} people are booked, so there cannot be fewer places. Cancel bookings first.", "places")
    moved = list(in_time_order(draft.spans)) != spans_of(session) or draft.module_id != session.module_id
    if moved and register_stands(session):
        raise Refused(
            "Its register is saved, so the module and the days stay. Reverse the register first if they are wrong."
        )
    before, was_told = {**snapshot(session), **_besides(session)}, messages.where_and_when(session)
    _fill(session, draft)
    db.session.flush()
    if {**snapshot(session), **_besides(session)} == before:
        return False
    # Days and facilitators stand in tables of their own: the version counts up for them, too.
    flag_modified(session, "created_at")
    record(actor, "training_session.changed", session, before, besides=_besides(session))
    if messages.where_and_when(session) != was_told:
        for each in bookings_that_stand(session.id):
            messages.tell_changed(actor, each, session)
    move_up(actor, session)
    return True


def cancel_session(actor: Actor, session: TrainingSession, because: str, seen_version: int | None = None) -> None:
    """Cancel a session, with the reason that whoever is booked or waits is written. It stays, and so do its bookings.

    Raises `Refused` without a reason, where it is cancelled already, and once its register stands; `ChangedMeanwhile`.
    """
    because = checked_reason(because)
    session = session_to_change(session.id)
    refuse_cancelled(session)
    session.expect_version(seen_version)
    if register_stands(session):
        raise Refused("Its register is saved, so it took place. Reverse the register first if it did not.")
    before = snapshot(session)
    session.cancelled_at, session.cancel_reason = now(), because
    record(actor, "training_session.cancelled", session, before, reason=because)
    for each in bookings_that_stand(session.id):
        messages.tell_cancelled(actor, each, session, because)


def refuse_cancelled(session: TrainingSession) -> None:
    """Raise `Refused` for a session that was cancelled."""
    if session.cancelled_at is not None:
        raise Refused("This session was cancelled, so nothing of it can be changed any more.")


def _booked(session_id: int) -> int:
    booked = select(func.count()).where(Booking.session_id == session_id, Booking.state == BookingState.BOOKED.value)
    return db.session.scalar(booked) or 0


def _the_same(draft: SessionDraft, *, takes_bookings: bool) -> TrainingSession | None:
    spans = in_time_order(draft.spans)
    alike = db.session.scalars(
        select(TrainingSession)
        .where(
            TrainingSession.module_id == draft.module_id,
            TrainingSession.first_on == spans[0].on,
            TrainingSession.last_on == spans[-1].on,
            TrainingSession.cancelled_at.is_(None),
            TrainingSession.takes_bookings.is_(takes_bookings),
        )
        .order_by(TrainingSession.id)
    )
    where = (draft.place, draft.online_link)
    return next(
        (each for each in alike if spans_of(each) == spans and (each.place, each.online_link) == where),
        None,
    )


def _checked(draft: SessionDraft) -> SessionDraft:
    problem = spans_problem(draft.spans)
    if problem:
        raise Refused(problem, "first_on")
    for span in draft.spans:
        wrong = day_problem(span.on)
        if wrong:
            raise Refused(f"The day {wrong}.", "first_on")
    if draft.places is not None and not 1 <= draft.places <= MOST_PLACES:
        raise Refused(f"The places must be a whole number from 1 to {MOST_PLACES:,}.", "places")
    if not 0 <= draft.young_co_trainers <= MOST_CO_TRAINERS:
        raise Refused(
            f"The number of young co-trainers must be a whole number from 0 to {MOST_CO_TRAINERS}.", "young_co_trainers"
        )
    link = checked_text(draft.online_link, "The link", LONGEST_LINK, "online_link")
    wrong_link = link_problem(link) if link else None
    if wrong_link:
        raise Refused(f"The link {wrong_link}.", "online_link")
    ids = list(dict.fromkeys(draft.facilitator_ids))
    if len(ids) > MOST_FACILITATORS:
        raise Refused(f"Name no more than {MOST_FACILITATORS} facilitators.", "facilitators")
    known = db.session.scalars(select(Person.id).where(Person.id.in_(ids), Person.erased_at.is_(None))).all()
    if len(known) != len(ids):
        raise Refused("One of the facilitators is not in the hub's list of people any more.", "facilitators")
    return SessionDraft(
        module_id=draft.module_id,
        spans=in_time_order(draft.spans),
        place=checked_text(draft.place, "The place", LONGEST_PLACE, "place"),
        online_link=link,
        area=checked_text(draft.area, "The area", LONGEST_AREA, "area"),
        venue_access=checked_text(draft.venue_access, "What is said of access", LONGEST_ACCESS, "venue_access"),
        places=draft.places,
        facilitator_ids=ids,
        outside_trainer=checked_text(draft.outside_trainer, "The name", LONGEST_NAME, "outside_trainer"),
        young_co_trainers=draft.young_co_trainers,
        paid_time=draft.paid_time,
    )


def _fill(session: TrainingSession, draft: SessionDraft) -> None:
    session.module_id = draft.module_id
    session.first_on, session.last_on = draft.spans[0].on, draft.spans[-1].on
    session.place, session.online_link, session.area = draft.place, draft.online_link, draft.area
    session.venue_access, session.places = draft.venue_access, draft.places
    session.outside_trainer, session.young_co_trainers = draft.outside_trainer, draft.young_co_trainers
    session.paid_time = draft.paid_time
    if spans_of(session) != list(draft.spans):
        session.dates.clear()
        db.session.flush()
        session.dates.extend(SessionDate(on_day=each.on, starts=each.starts, ends=each.ends) for each in draft.spans)
    if [each.person_id for each in session.facilitators] != list(draft.facilitator_ids):
        session.facilitators.clear()
        db.session.flush()
        session.facilitators.extend(SessionFacilitator(person_id=each) for each in draft.facilitator_ids)


def _besides(session: TrainingSession) -> dict[str, object]:
    """Return what belongs to a session and stands in other tables, as the log keeps it."""
    return {
        "dates": [
            each.on.isoformat() + (f" {each.starts:%H:%M}-{each.ends:%H:%M}" if each.starts and each.ends else "")
            for each in spans_of(session)
        ],
        "facilitators": [each.person_id for each in session.facilitators],
    }
