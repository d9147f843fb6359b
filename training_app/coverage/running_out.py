"""What runs out soon: who, in which skill, from which day. Plain Python on the same facts as coverage.

It says of people and skills what `expiring` counts in the total: held today at the level asked, and not on the 90th day from
then by what was completed so far.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from training_app.coverage.rules import EXPIRING_WITHIN, Facts
from training_app.people.rules import covers
from training_app.skills.levels import Level
from training_app.skills.rules import levels_required


@dataclass(frozen=True, order=True)
class RunsOut:
    """A person's skill that is held today at the level required of them and would no longer be from `on`."""

    on: date
    person_id: int
    skill_id: int
    required: Level


def running_out(facts: Facts, day: date) -> list[RunsOut]:
    """Return what runs out within 90 days of a day, soonest first. A skill that a person's groups ask at different levels is
    judged at the highest, and exemptions are left out, as in the total."""
    needed = needed_by_person(facts, day)
    later = day + EXPIRING_WITHIN
    # Only those of whom some completion ends soon are looked at closely; the others' credits are passed over.
    soon = {
        person_id
        for person_id, _, completed_on, valid_until in facts.credits
        if valid_until is not None and day < valid_until <= later and completed_on <= day and person_id in needed
    }
    ends: dict[tuple[int, int], date] = {}
    for person_id, version_id, completed_on, valid_until in facts.credits:
        if person_id not in soon or completed_on > day or (valid_until is not None and valid_until <= day):
            continue
        own, end = needed[person_id], valid_until or date.max
        for skill_id, level in facts.gives[version_id].items():
            required = own.get(skill_id)
            if required and required <= level and ends.get((person_id, skill_id), date.min) < end:
                ends[person_id, skill_id] = end
    return sorted(
        RunsOut(end, person_id, skill_id, needed[person_id][skill_id])
        for (person_id, skill_id), end in ends.items()
        if end <= later
    )


def needed_by_person(facts: Facts, day: date) -> dict[int, Mapping[int, Level]]:
    """Return of everybody in one of the groups on a day which skills are asked of them, each at the highest level that one of
    their groups asks; what they are exempt from is left out."""
    required = levels_required(facts.requirements, day)
    known = {group.id for group in facts.groups}
    needed: dict[int, Mapping[int, Level]] = {}
    for person_id, group_id, start_on, end_on in facts.engagements:
        if group_id in known and covers(start_on, end_on, day):
            # Most are in one group, and share what it asks.
            asked, before = required.get(group_id, {}), needed.get(person_id)
            needed[person_id] = asked if before is None else _highest(before, asked)
    for person_id, skill_id, start_on, end_on in facts.exemptions:
        if skill_id in needed.get(person_id, ()) and covers(start_on, end_on, day):
            needed[person_id] = {each: level for each, level in needed[person_id].items() if each != skill_id}
    return needed


def _highest(one: Mapping[int, Level], other: Mapping[int, Level]) -> dict[int, Level]:
    return {
        skill_id: max(one.get(skill_id, Level.NONE), other.get(skill_id, Level.NONE)) for skill_id in {**one, **other}
    }
