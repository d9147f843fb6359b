"""What a change to somebody's completions does to what they hold, in a sentence for whoever made it.

The figures are those of verified training, the usual rule of the coverage report.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from training_app.coverage.queries import standing_of
from training_app.coverage.standing import SkillStanding
from training_app.people.rules import in_words
from training_app.skills.levels import Level
from training_app.skills.models import Skill
from training_app.web.formatting import count

# Whom and what a sentence names before it would become too long to read.
MOST_NAMED = 3


def standing_by_skill(person_id: int, on: date) -> dict[int, SkillStanding]:
    """Return how somebody stands on a day, by the skill's id; asked before a change and after it."""
    return {each.skill.id: each for each in standing_of(person_id, on)}


def moved(name: str, before: Mapping[int, SkillStanding], after: Mapping[int, SkillStanding]) -> str:
    """Say what somebody holds now that they did not before, holds longer, holds less, or that nothing moved."""
    told = []
    for skill_id in sorted({*before, *after}):
        then, now = before.get(skill_id), after.get(skill_id)
        held_then = then.held if then else Level.NONE
        held_now = now.held if now else Level.NONE
        named = (now or then).skill.name  # type: ignore[union-attr]
        has_new_end = bool(now and then and held_now and now.lapses_on != then.lapses_on)
        if held_now is not held_then or has_new_end:
            told.append(_holds(held_now, named, now))
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


def _holds(level: Level, skill: str, standing: SkillStanding | None) -> str:
    if level is Level.NONE:
        return f"holds nothing in date in {skill}"
    until = standing.lapses_on if standing else None
    return f"holds {level.label} in {skill}{f' until {in_words(until)}' if until else ' for good'}"
