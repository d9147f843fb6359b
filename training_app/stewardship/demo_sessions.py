"""The sessions of the demonstration: some to come, one full with people waiting, one under way, and registers of the past."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta

from sqlalchemy import select

from training_app.audit import Actor, record
from training_app.catalogue.models import Module
from training_app.clock import now
from training_app.database import db
from training_app.delivery.actions import SessionDraft, cancel_session, schedule
from training_app.delivery.booking import book
from training_app.delivery.models import Booking, BookingState, Presence, TrainingSession
from training_app.delivery.register import Line, Sent, save_register
from training_app.delivery.rules import HERE, Said, Span
from training_app.people.scope import everybody, everywhere


@dataclass(frozen=True)
class _Planned:
    """A session: its module, its days from today, where, for how many, and how many are booked."""

    module: str
    days: tuple[int, ...]
    times: tuple[time, time]
    place: str
    area: str
    places: int | None
    booked: int
    access: str | None = None
    link: str | None = None
    young: int = 0


_MORNING, _TWILIGHT = (time(9, 30), time(12, 30)), (time(16, 0), time(18, 0))
_STEP_FREE = "Step-free from the car park; hearing loop in the main room; a quiet room next door."
_TO_COME = (
    _Planned("SND-02", (9,), _MORNING, "Wherryham Village Hall", "Norfolk", 20, 7, _STEP_FREE),
    _Planned("SEM-02", (16, 23), _MORNING, "Curlew Music Centre, Studio 2", "Suffolk", 6, 8, "Two steps at the door."),
    _Planned("TEA-01", (30,), _TWILIGHT, "Wherryham High School, music room", "Norfolk", 12, 3, _STEP_FREE),
    _Planned("VOI-02", (37,), _TWILIGHT, "", "Suffolk", None, 4, link="https://meet.example/youth-voice", young=3),
)
_UNDER_WAY = _Planned("CRE-01", (-7, 0, 7), _TWILIGHT, "The Old Maltings", "Suffolk", 10, 6, _STEP_FREE)
_PAST = (
    _Planned("COM-01", (-3,), _TWILIGHT, "Wherryham Village Hall", "Norfolk", 16, 9, _STEP_FREE),
    _Planned("SAF-01", (-45,), _MORNING, "Curlew Music Centre, Hall", "Suffolk", 24, 8),
)
_CANCELLED = _Planned("GEN-02", (20,), _TWILIGHT, "Saltmarsh Arts Barn", "Norfolk", 12, 2)
_WHY = "The trainer is ill. A new day will be announced in January."


def load_sessions(actor: Actor, day: date, people: Sequence[int], leaders: Sequence[int]) -> None:
    """Schedule the sessions as seen from a day, for some of these people, led by others. Modules that the hub does not have are
    left out."""
    modules = {code: number for number, code in db.session.execute(select(Module.id, Module.code))}
    taking = _Turns(people)
    for planned in _TO_COME:
        session = _scheduled(actor, planned, day, modules, leaders)
        if session is not None:
            someone, *others = taking.next(planned.booked)
            book(actor, session.id, [someone], "A large-print handout, please.")
            book(actor, session.id, others)
    under_way = _scheduled(actor, _UNDER_WAY, day, modules, leaders)
    if under_way is not None:
        _booked_before(actor, under_way, taking.next(_UNDER_WAY.booked))
        save_register(actor, under_way.id, Sent(), people=everybody(), places=everywhere())
    for planned in _PAST:
        session = _scheduled(actor, planned, day, modules, leaders)
        if session is not None:
            came = taking.next(planned.booked)
            _booked_before(actor, session, came)
            absent = [Line(each, HERE, Said(Presence.ABSENT.value)) for each in came[:2]]
            save_register(actor, session.id, Sent(lines=absent), people=everybody(), places=everywhere())
    cancelled = _scheduled(actor, _CANCELLED, day, modules, leaders)
    if cancelled is not None:
        book(actor, cancelled.id, taking.next(_CANCELLED.booked))
        cancel_session(actor, cancelled, _WHY)


class _Turns:
    """People in turns, so that everybody is booked about as often."""

    def __init__(self, people: Sequence[int]) -> None:
        self.people, self.place = list(people), 0

    def next(self, many: int) -> list[int]:
        """Return the next so many people."""
        turned = self.people[self.place :] + self.people[: self.place]
        self.place = (self.place + many) % max(1, len(self.people))
        return turned[:many]


def _scheduled(
    actor: Actor, planned: _Planned, day: date, modules: Mapping[str, int], leaders: Sequence[int]
) -> TrainingSession | None:
    if planned.module not in modules:
        return None
    draft = SessionDraft(
        modules[planned.module],
        [Span(day + timedelta(days=each), *planned.times) for each in planned.days],
        place=planned.place,
        online_link=planned.link,
        area=planned.area,
        venue_access=planned.access,
        places=planned.places,
        facilitator_ids=leaders,
        young_co_trainers=planned.young,
        paid_time=True,
    )
    return schedule(actor, draft)


def _booked_before(actor: Actor, session: TrainingSession, people: Sequence[int]) -> None:
    """Have people booked on a session that has begun since."""
    for person_id in people:
        booking = Booking(session_id=session.id, person_id=person_id, state=BookingState.BOOKED.value, booked_at=now())
        db.session.add(booking)
        record(actor, "booking.made", booking, person_id=person_id)
