"""What somebody's home and their record both say of their training: the one line first, what is needed first, what is still
to do, and what was sent back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from training_app.coverage.next_steps import HelpfulModule, closing, modules_that_give
from training_app.coverage.queries import PersonStanding, in_date_until
from training_app.coverage.rules import EXPIRING_WITHIN
from training_app.coverage.standing import GAPS, CreditInSkill, SkillStanding, State, turn
from training_app.records.first_steps import VOLUNTEERS, FirstStep, first_steps_needed
from training_app.records.models import Completion
from training_app.records.rules import Credit
from training_app.web.formatting import count, day

# How many modules are offered for each gap; the catalogue has the rest.
OFFERED_FOR_A_GAP = 2


@dataclass(frozen=True)
class Gap:
    """A skill that is asked and not held, and what would give it."""

    standing: SkillStanding
    modules: Sequence[HelpfulModule]


def answer_for(person_id: int, asked: Sequence[SkillStanding], on: date) -> tuple[str, str | None]:
    """Return the one line that comes first, and its mood (`good`, `soon`, `gap` or None), for somebody of whom this is
    asked on a day."""
    due = [each for each in asked if each.state is not State.EXEMPT]
    gaps = [each for each in due if each.state is not State.MET]
    if not due:
        return "No skill is asked of you at the moment.", None
    if gaps:
        skills = count(len(due), "skill", "skills")
        return f"{len(due) - len(gaps)} of the {skills} your role asks for are recorded and in date.", "gap"
    until = in_date_until(person_id, on)
    if until is None:
        return "You are in date.", "good"
    return f"You are in date until {day(until)}.", "soon" if until <= on + EXPIRING_WITHIN else "good"


def needed_first(own: PersonStanding, returned: Sequence[Completion], on: date) -> list[FirstStep]:
    """Return what somebody who stands like this needs before anything else. For volunteers that is also what ran out, since
    they do not help without it; others go on working, and find it among what is to renew."""
    steps = first_steps_needed(
        [group.id for group in own.groups],
        _credits(own.counting),
        _credits(own.awaiting),
        {each.code for each in returned if each.code},
        on,
    )
    return steps if is_volunteer(own) else [each for each in steps if each.lapsed_on is None]


def _credits(in_skills: Mapping[int, Sequence[CreditInSkill]]) -> list[Credit]:
    return [
        Credit(skill_id, each.level, each.completed_on, each.valid_until, each.module_code or "")
        for skill_id, credits in in_skills.items()
        for each in credits
    ]


def is_volunteer(own: PersonStanding) -> bool:
    """Say whether one of the groups that somebody is in is that of the volunteers."""
    return any(group.code == VOLUNTEERS for group in own.groups)


def waiting_for_the_hub(own: PersonStanding) -> int:
    """Return how many of somebody's entries await confirmation."""
    return len({each.completion_id for credits in own.awaiting.values() for each in credits})


def gaps_of(own: PersonStanding, on: date) -> list[Gap]:
    """Return the skills that are asked and not held, sorted by what to do next, each with what would give it."""
    gaps = sorted((each for each in own.skills if each.state in GAPS), key=turn)
    group_ids = [group.id for group in own.groups]
    helpful = modules_that_give([each.skill.id for each in gaps], on) if gaps else []
    return [Gap(each, closing(helpful, each.skill.id, each.required, group_ids)[:OFFERED_FOR_A_GAP]) for each in gaps]
