"""What somebody's home and their record both say of their training: the one line first, what is needed first, what is still
to do, and what was sent back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from training_app.coverage.next_steps import HelpfulModule, closing, modules_that_give
from training_app.coverage.queries import in_date_until
from training_app.coverage.rules import EXPIRING_WITHIN
from training_app.coverage.standing import GAPS, SkillStanding, State, turn
from training_app.people.models import Engagement
from training_app.records.first_steps import VOLUNTEERS, FirstStep, first_steps_needed
from training_app.records.models import Completion, Evidence
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


def needed_first(engagements: Sequence[Engagement], completions: Sequence[Completion], on: date) -> list[FirstStep]:
    """Return what somebody with these engagements needs before anything else. For volunteers that is also what ran out, since
    they do not help without it; others go on working, and find it among what is to renew."""
    steps = first_steps_needed({each.group_id for each in engagements}, completions, on)
    return steps if is_volunteer(engagements) else [each for each in steps if each.lapsed_on is None]


def is_volunteer(engagements: Sequence[Engagement]) -> bool:
    """Say whether one of somebody's engagements is a volunteer's."""
    return any(each.group.code == VOLUNTEERS for each in engagements)


def sent_back(completions: Sequence[Completion]) -> list[Completion]:
    """Return the entries that were sent back and not yet answered."""
    return [each for each in completions if each.evidence == Evidence.RETURNED]


def waiting_for_the_hub(completions: Sequence[Completion]) -> int:
    """Return how many entries await confirmation."""
    return sum(each.evidence == Evidence.SELF_DECLARED for each in completions)


def gaps_of(asked: Sequence[SkillStanding], group_ids: Collection[int], on: date) -> list[Gap]:
    """Return the skills that are asked and not held, sorted by what to do next, each with what would give it."""
    gaps = sorted((each for each in asked if each.state in GAPS), key=turn)
    helpful = modules_that_give([each.skill.id for each in gaps], on) if gaps else []
    return [Gap(each, closing(helpful, each.skill.id, each.required, group_ids)[:OFFERED_FOR_A_GAP]) for each in gaps]
