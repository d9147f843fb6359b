"""The training passport: one person's record as a document to take along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any

from training_app.coverage.standing import SkillStanding
from training_app.files import PrintedColumn, Section
from training_app.people.models import Engagement, Person
from training_app.people.rules import covers, in_words
from training_app.records.models import Completion, Evidence
from training_app.skills.levels import Level

EVIDENCE = {Evidence.VERIFIED: "Verified", Evidence.SELF_DECLARED: "Awaiting confirmation"}
SAYS = (
    "This is a record of training. It says nothing about a DBS check, which the hub keeps elsewhere. "
    "Whoever wants one entry confirmed asks for its certificate, which has a number for that."
)


def passport_data(
    person: Person,
    hub: str,
    on: date,
    *,
    engagements: Sequence[Engagement],
    standings: Sequence[SkillStanding],
    completions: Sequence[Completion],
    hours_told: Mapping[int, Decimal | None],
) -> Mapping[str, Any]:
    """Return what the template `passport` takes.

    `standings` are the person's on the day by what is verified; `hours_told` are by completion the hours that were typed for it,
    as far as the reader is told them: of the others the module's own are said. Entries that were sent back or voided are left
    out.
    """
    held = sorted(
        ((each, each.held_until(on)) for each in standings if each.held is not Level.NONE),
        key=lambda each: (each[1] or date.max, each[0].skill.name),
    )
    done = [each for each in completions if each.evidence in EVIDENCE]
    hours = {each.id: _hours(each, hours_told) for each in done}
    total = sum((hours[each.id] for each in done if each.evidence == Evidence.VERIFIED), Decimal(0))
    return {
        "title": f"Training passport of {person.name}",
        "hub": hub,
        "made": f"Made on {in_words(on)}.",
        "name": person.name,
        "engagements": [
            f"{each.group.name}, {each.organisation.name}, since {in_words(each.start_on)}"
            for each in engagements
            if covers(each.start_on, each.end_on, on)
        ],
        "hours": f"{_number(total)} {'hour' if total == 1 else 'hours'} of verified training.",
        "sections": [
            asdict(section)
            for section in (
                Section(
                    f"What I hold on {in_words(on)}",
                    "Nothing that counts on this day is recorded.",
                    [PrintedColumn("Skill", wide=True), PrintedColumn("Level"), PrintedColumn("Runs out")],
                    [[each.skill.name, each.held.label, in_words(until) if until else "Never"] for each, until in held],
                ),
                Section(
                    "What I have done",
                    "Nothing is recorded yet.",
                    [
                        PrintedColumn("Module", wide=True),
                        PrintedColumn("Completed"),
                        PrintedColumn("Hours", numeric=True),
                        PrintedColumn("Counts until"),
                        PrintedColumn("Evidence"),
                    ],
                    [
                        [
                            each.title(each.id in hours_told),
                            in_words(each.completed_on),
                            _number(hours[each.id]) if hours[each.id] else "–",
                            in_words(each.valid_until) if each.valid_until else "for good",
                            EVIDENCE[Evidence(each.evidence)],
                        ]
                        for each in done
                    ],
                ),
            )
        ],
        "says": SAYS,
    }


def _hours(entry: Completion, told: Mapping[int, Decimal | None]) -> Decimal:
    if entry.is_outside and entry.id not in told:
        return Decimal(0)  # somebody typed them elsewhere, and only for those who keep up that record
    typed = told.get(entry.id)
    return entry.version.hours if typed is None else typed


def _number(hours: Decimal) -> str:
    return f"{hours.normalize():f}"
