"""What a change to somebody's completions does to what they hold, in a sentence for whoever made it.

The figures are those of verified training, the usual rule of the coverage report.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from training_app.coverage.queries import standing_of
from training_app.people.rules import in_words
from training_app.skills.levels import Level
from training_app.skills.models import Skill
from training_app.web.formatting import count

# Whom and what a sentence names before it would become too long to read.
MOST_NAMED = 3


@dataclass(frozen=True)
class Holding:
    """What somebody holds in a skill, and the first day on which they no longer do (None: they do for good)."""

    skill: str
    level: Level
    until: date | None


def holdings(person_id: int, on: date) -> dict[int, Holding]:
    """Return what somebody holds on a day, by the skill's id; asked before a change and after it."""
    return {
        each.skill.id: Holding(each.skill.name, each.held, each.held_until(on))
        for each in standing_of(person_id, on)
        if each.held is not Level.NONE
    }


def moved(name: str, before: Mapping[int, Holding], after: Mapping[int, Holding]) -> str:
    """Say what somebody holds now that they did not before, holds for longer or less long, or that nothing moved."""
    told = []
    for skill_id in sorted({*before, *after}):
        now = after.get(skill_id)
        if now is None:
            told.append(f"holds nothing in date in {before[skill_id].skill}")
        elif now != before.get(skill_id):
            until = f"until {in_words(now.until)}" if now.until else "for good"
            told.append(f"holds {now.level.label} in {now.skill} {until}")
    if not told:
        return f"What {name} holds by verified training stays as it is."
    shown = "; ".join(told[:MOST_NAMED])
    more = f"; and {count(len(told) - MOST_NAMED, 'more skill')}" if len(told) > MOST_NAMED else ""
    return f"{name} now {shown}{more}."


def gained_by_several(
    before: Mapping[int, Mapping[int, Level]],
    after: Mapping[int, Mapping[int, Level]],
    gives: Mapping[int, Level],
    skills: Sequence[Skill],
) -> str:
    """Say for how many of several people each level of a module is new."""
    told = []
    for skill in skills:
        level = gives.get(skill.id)
        if level is None:
            continue
        new = sum(
            held.get(skill.id, Level.NONE) > before.get(person_id, {}).get(skill.id, Level.NONE)
            for person_id, held in after.items()
        )
        if new:
            told.append(
                f"{count(new, 'person', 'people')} newly hold{'s' if new == 1 else ''} {level.label} in {skill.name}"
            )
    return f"{'; '.join(told)}." if told else ""


def names_in_words(names: Collection[str]) -> str:
    """Name a few people, and say how many more there are."""
    listed = list(names)
    if len(listed) > MOST_NAMED:
        return f"{', '.join(listed[:MOST_NAMED])} and {len(listed) - MOST_NAMED} more"
    return " and ".join([", ".join(listed[:-1]), listed[-1]] if len(listed) > 1 else listed)
