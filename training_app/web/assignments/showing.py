"""Turning what is owed into what pages say: why, by when, and how it stands."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from training_app.assignments.queries import reasons_of
from training_app.assignments.rules import Because, Duty, Known, LeftOut, Source, Status, Unchanged
from training_app.web.formatting import day

# How duties stand, in the order of what to do next: the word in addresses, and what the page calls it.
STATUSES = (
    (Status.PAST.value, "Not yet, and its day is past"),
    (Status.TO_DO.value, "To do"),
    (Status.BOOKED.value, "Booked"),
    (Status.AWAITING.value, "Awaiting confirmation"),
    (Status.DONE.value, "Done"),
    (Status.WAIVED.value, "Not asked for now"),
)
WHY_LEFT_OUT = {
    LeftOut.NOT_HERE: "In no group today",
    LeftOut.EXEMPT: "Exempt from all that it gives",
    LeftOut.WAIVED: "It is waived for them",
    LeftOut.HOLDS_IT: "Holds it already",
    LeftOut.ASKED: "Is asked to do it already",
}


# The same for a number of people: `12 asked already`.
MANY_LEFT_OUT = {
    LeftOut.NOT_HERE: "in no group today",
    LeftOut.EXEMPT: "exempt",
    LeftOut.WAIVED: "with a waiver",
    LeftOut.HOLDS_IT: "holding it already",
    LeftOut.ASKED: "asked already",
}

# Why an exemption, a waiver or an extension leaves somebody out; then the same for a number of people.
WHY_UNCHANGED = {
    Unchanged.HAS_IT: "Has it on all of these days already",
    Unchanged.BEGINS_THEN: "Has one that begins on that day already",
    Unchanged.NOTHING_HELD: "Has nothing verified to extend",
    Unchanged.FOR_GOOD: "What they have never runs out",
    Unchanged.LASTS_LONGER: "What they have lasts as long already",
}
MANY_UNCHANGED = {
    Unchanged.HAS_IT: "having it already",
    Unchanged.BEGINS_THEN: "with one from that day already",
    Unchanged.NOTHING_HELD: "with nothing verified to extend",
    Unchanged.FOR_GOOD: "with what never runs out",
    Unchanged.LASTS_LONGER: "with what lasts as long already",
}


@dataclass(frozen=True)
class Told:
    """A duty as a page shows it: why, in sentences, and how it stands, in words."""

    duty: Duty
    why: Sequence[str]
    words: str


def told_to(duties: Sequence[Duty], known: Known, on: date, *, you: bool = False, reasons: bool = True) -> list[Told]:
    """Return somebody's duties as they are told to themselves (`you`) or to others. Why something was assigned stands there for
    the person and for whoever assigns (`reasons`); to others it is told that the hub asks it. One statement at the most."""
    batches = {each.number for duty in duties for each in duty.because if each.source is Source.ASSIGNED}
    told = reasons_of(batches if reasons else ())
    return [
        Told(duty, [_why(each, told, known, on, you=you) for each in duty.because], status_words(duty))
        for duty in duties
    ]


def _why(because: Because, reasons: Mapping[int, str], known: Known, on: date, *, you: bool) -> str:
    if because.source is Source.ASSIGNED:
        return reasons.get(because.number) or f"Asked by the hub on {day(because.on)}"
    if because.source is Source.JOINED:
        joined = known.groups[because.number].name
        return f"Because {'you' if you else 'they'} joined {joined} on {day(because.on)}"
    ran = "ran out" if because.on <= on else "runs out"
    return f"{known.skills[because.number].name} {ran} on {day(because.on)}"


def status_words(duty: Duty) -> str:
    """Return how a duty stands, in words: `Not yet: it was for 3 October 2026`."""
    if duty.status is Status.PAST and duty.is_renewal:
        return f"Ran out on {day(duty.due_on)}"
    if duty.status is Status.PAST:
        return f"Not yet: it was for {day(duty.due_on)}"
    if duty.status is Status.BOOKED and duty.booked is not None:
        return f"Booked for {day(duty.booked.first_on)}"
    if duty.status is Status.AWAITING:
        return "Awaiting confirmation"
    if duty.status is Status.DONE:
        return f"Done on {day(duty.settled_on)}" if duty.settled_on else "Done"
    if duty.status is Status.WAIVED:
        return "Not asked for now"
    return "Whenever it suits" if duty.optional else f"By {day(duty.due_on)}"


def next_step(duties: Collection[Duty]) -> Duty | None:
    """Return what to do next: the first open duty that does not wait for the hub or for its day."""
    return next((each for each in duties if each.status in (Status.PAST, Status.TO_DO)), None)
