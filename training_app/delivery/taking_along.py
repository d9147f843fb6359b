"""A register to take along where there is no internet: as a page to print, and as a workbook to fill in and bring back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from training_app.delivery.models import Presence, TrainingSession
from training_app.delivery.queries import spans_of
from training_app.delivery.rules import Said, hours_in_words, times_in_words
from training_app.files import ToFill, write_to_fill
from training_app.people.rules import in_words

NAME, MARK, HOURS, ORGANISATION = "Name", "Mark", "Hours", "Organisation"
# What a file is known by when it comes back: whose register it is, which line stands for whom, and what it said when it was made.
SESSION, LINE, WAS = "Session", "Line", "Was"
WORDS = {Presence.PRESENT.value: "Present", Presence.ABSENT.value: "Absent", Presence.PART.value: "Part"}

SPARE_LINES_PRINTED = 8
SPARE_LINES_TO_FILL = 20


@dataclass(frozen=True)
class InRegister:
    """One line of a register: whose, what it says, and whether anybody has said so yet, since nobody is absent before that."""

    person_id: int
    name: str
    stands: Said
    is_marked: bool = False


def written(said: Said) -> str:
    """Write what a line says as a page and a file send it back: `present`, `part 1.5`."""
    return f"{said.presence} {said.hours.normalize():f}" if said.hours else said.presence


def register_to_fill(session: TrainingSession, lines: Sequence[InRegister]) -> bytes:
    """Return a register as a workbook: a line for everybody in it, spare ones for who else comes, and the session's number in a
    hidden column. It names nobody else, and nobody's reference."""
    hours: Decimal | None = session.module.current.hours or None
    columns = [
        ToFill(NAME, 34),
        ToFill(MARK, 12, is_open=True, choices=tuple(WORDS.values())),
        *([ToFill(HOURS, 10, is_open=True, most=hours)] if hours else []),
        ToFill(ORGANISATION, 34),
        *(ToFill(each, is_hidden=True) for each in (SESSION, LINE, WAS)),
    ]

    def line(name: str | None, mark: str | None, part: Decimal | None, *known: object) -> list[object]:
        return [name, mark, *([part] if hours else []), None, session.id, *known]

    return write_to_fill(
        "Register",
        columns,
        [
            line(each.name, WORDS[each.stands.presence], each.stands.hours, each.person_id, written(each.stands))
            for each in lines
        ],
        [line(None, None, None, None, None) for _ in range(SPARE_LINES_TO_FILL)],
        [
            f"Register: {session.module.current.title}",
            *_days(session),
            *([session.place] if session.place else []),
            "",
            "Everybody is marked Present. Choose Absent for who was not there, and Part for who was there only for a part.",
            *(
                [
                    f"For a part, write the hours that they were there, such as 0.5. The whole takes {hours_in_words(hours)}."
                ]
                if hours
                else []
            ),
            "Below the last name, write who else came: the full name, and where they work or volunteer.",
            "Save the file, and bring it back on the page of the register. You see what it would change before it is saved.",
        ],
    )


def register_to_print(session: TrainingSession, lines: Sequence[InRegister], hub: str, made: str) -> dict[str, Any]:
    """Return what a printed register says, for `files.set_pdf("register", …)`: a box for each answer, crossed where somebody has
    said it already, and spare lines. `made` says when it was made."""
    hours = session.module.current.hours
    led_by = [each.person.name for each in session.facilitators]
    return {
        "title": f"Register: {session.module.current.title}, {in_words(session.first_on)}",
        "hub": hub,
        "made": made,
        "module": session.module.current.title,
        "days": _days(session),
        "place": session.place or ("Online" if session.online_link else ""),
        "led_by": ", ".join([*led_by, *([session.outside_trainer] if session.outside_trainer else [])]),
        "whole": hours_in_words(hours) if hours else "",
        "lines": [
            {
                "name": each.name,
                "says": each.stands.presence if each.is_marked else "",
                "hours": f"{each.stands.hours.normalize():f}" if each.is_marked and each.stands.hours else "",
            }
            for each in lines
        ],
        "spare": SPARE_LINES_PRINTED,
    }


def _days(session: TrainingSession) -> list[str]:
    spans = spans_of(session)
    return [f"{in_words(each.on)}{f', {times}' if (times := times_in_words(each)) else ''}" for each in spans]
