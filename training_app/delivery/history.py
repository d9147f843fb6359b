"""What the log says of sessions, bookings and registers, in sentences."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import select

from training_app.audit.history import Action, Column, Names, Sentence, Subject, Told, changes, erased, simply
from training_app.catalogue.models import Module, ModuleVersion
from training_app.database import db
from training_app.delivery.models import Presence, TrainingSession
from training_app.people.bulk import in_portions
from training_app.people.history import names_of_people
from training_app.people.rules import in_words

_DETAILS: Mapping[str, Column | str] = {
    "module_id": "the module",
    "dates": "the days",
    "place": "the place",
    "online_link": "the link",
    "area": "the area",
    "venue_access": "what is said of access",
    "places": "the places",
    "facilitators": "the facilitators",
    "outside_trainer": "the outside trainer",
    "young_co_trainers": "the number of young co-trainers",
    "paid_time": "whether the time is paid",
}
_PRESENCES = {
    Presence.PRESENT.value: "was there",
    Presence.PART.value: "was there for a part",
    Presence.ABSENT.value: "was not there",
    Presence.WITHDRAWN.value: "was written down by mistake",
}


def names_of_sessions(ids: Collection[int]) -> Mapping[int, str]:
    """Return module and first day of sessions by their ids."""
    found = {}
    for some in in_portions(list(ids)):
        rows = db.session.execute(
            select(TrainingSession.id, Module.code, ModuleVersion.title, TrainingSession.first_on)
            .join(Module, Module.id == TrainingSession.module_id)
            .join(ModuleVersion, ModuleVersion.module_id == Module.id)
            .where(TrainingSession.id.in_(some), ModuleVersion.superseded_at.is_(None))
        )
        found.update({number: f"session of {code} {title}, {in_words(day)}" for number, code, title, day in rows})
    return found


def _session(told: Told, names: Names) -> str:
    module = names.name("module_id", told.row.get("module_id"))
    first_on = told.row.get("first_on")
    return f"session of {module}, {names.in_words('first_on', first_on)}"


def _of_session(told: Told, names: Names) -> str:
    return names.name("session_id", told.row.get("session_id"))


def _changed(told: Told, names: Names) -> Sentence:
    return Sentence("changed", _session(told, names), changes(told, _DETAILS, names))


def _booked(told: Told, names: Names) -> Sentence:
    waits = told.row.get("state") == "waiting"
    return Sentence("booked", _of_session(told, names), "on the waiting list" if waits else "with a place")


def _marked(told: Told, names: Names) -> Sentence:
    presence = _PRESENCES.get(str(told.row.get("presence")), "")
    hours = told.row.get("hours")
    typed = told.row.get("typed_name")
    who = f", “{typed}”, whom the hub has still to match" if typed else ""
    return Sentence("register kept", _of_session(told, names), f"{presence}{f', {hours} hours' if hours else ''}{who}")


def _corrected(told: Told, names: Names) -> Sentence:
    before = _PRESENCES.get(str((told.before or {}).get("presence")), "nothing was said")
    return Sentence("register changed", _of_session(told, names), f"before: {before}; {_marked(told, names).more}")


def _link(done: str) -> Action:
    return Action(f"Link to a register {done}", simply(f"link for an outside trainer {done}", _of_session))


def _feed(_told: Told, _names: Names) -> str:
    return "address for a calendar"


HISTORY = Subject(
    actions={
        "training_session.scheduled": Action("Session scheduled", simply("scheduled", _session)),
        "training_session.changed": Action("Session changed", _changed),
        "training_session.cancelled": Action("Session cancelled", simply("cancelled", _session)),
        "training_session.led_by_other_row": Action(
            "Session’s facilitator moved to another row", simply("its facilitator moved with their person", _session)
        ),
        "booking.made": Action("Place booked", _booked),
        "booking.moved_up": Action("Moved up from a waiting list", simply("moved up to a place", _of_session)),
        "booking.cancelled": Action("Booking cancelled", simply("booking cancelled", _of_session)),
        "booking.reminded": Action("Reminded of a session", simply("reminded", _of_session)),
        "booking.help_changed": Action("What would help at a session changed", simply("wishes changed", _of_session)),
        "booking.help_deleted": Action(
            "What would help at a session deleted", lambda _told, _names: Sentence("wishes deleted", "session", "")
        ),
        "booking.moved": Action("Booking moved to another row", simply("booking moved with its person", _of_session)),
        "booking.erased": Action("Booking’s words erased", erased("a booking")),
        "register.saved": Action("Register saved", simply("register saved", _of_session)),
        "register.saved_again": Action("Register saved again", simply("register saved again", _of_session)),
        "register.reversed": Action("Register reversed", simply("register reversed", _of_session)),
        "register_mark.made": Action("Marked in a register", _marked),
        "register_mark.changed": Action("Mark in a register changed", _corrected),
        "register_mark.moved": Action("Mark moved to another row", simply("mark moved with its person", _of_session)),
        "register_link.made": _link("made"),
        "register_link.taken_back": _link("taken back"),
        "calendar_feed.made": Action("Address for a calendar made", simply("made", _feed)),
        "calendar_feed.taken_back": Action("Address for a calendar taken back", simply("taken back", _feed)),
        "calendar_feed.erased": Action("Address for a calendar erased", simply("erased", _feed)),
    },
    names={"session_id": names_of_sessions, "facilitators": names_of_people},
)
