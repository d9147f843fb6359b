"""Until when somebody who holds all that is asked of them does so, by what is recorded. Plain Python on the facts of one person.

Not only credits run out: an exemption ends and uncovers what was not learned, a requirement takes effect or rises, a time in
another group begins. The first day on which any of them leaves a gap is the answer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from training_app.people.rules import covers
from training_app.skills.levels import Level
from training_app.skills.rules import RequirementFact, levels_required

# What one person is in, or exempt from: the group's or the skill's id, and its days, both included (None: it goes on).
Span = tuple[int, date, date | None]


@dataclass(frozen=True)
class Known:
    """What is recorded about one person: credits are (skill, level, completed on, first day on which it no longer counts)."""

    engagements: Collection[Span]
    exemptions: Collection[Span]
    requirements: Collection[RequirementFact]
    credits: Collection[tuple[int, Level, date, date | None]]


def first_gap(known: Known, after: date) -> date | None:
    """Return the first day after a day on which something is asked that is not held; None where no such day is recorded."""
    return next((day for day in sorted(set(_turns(known))) if day > after and _has_gap(known, day)), None)


def _turns(known: Known) -> Iterator[date]:
    """Yield every day on which something that is recorded begins or is over."""
    for _, start_on, end_on in (*known.engagements, *known.exemptions):
        yield start_on
        if end_on is not None:
            yield end_on + timedelta(days=1)
    yield from (each.effective_from for each in known.requirements)
    yield from (ends for *_, ends in known.credits if ends is not None)


def _has_gap(known: Known, day: date) -> bool:
    required = levels_required(known.requirements, day)
    groups = set(_covering(known.engagements, day))
    exempt = set(_covering(known.exemptions, day))
    held = {
        (skill_id, level)
        for skill_id, given, completed_on, ends in known.credits
        if completed_on <= day and (ends is None or day < ends)
        for level in range(Level.AWARE, given + 1)
    }
    return any(
        skill_id not in exempt and (skill_id, level) not in held
        for group_id in groups
        for skill_id, level in required.get(group_id, {}).items()
    )


def _covering(spans: Iterable[Span], day: date) -> Iterator[int]:
    return (what for what, start_on, end_on in spans if covers(start_on, end_on, day))
