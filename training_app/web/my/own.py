"""What somebody's home and their record both say of their training: the one line first, what is needed first, what is still
to do, and what was sent back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from training_app.assignments.rules import Status
from training_app.coverage.next_steps import HelpfulModule, closing, modules_that_give
from training_app.coverage.own import OwnTraining
from training_app.coverage.rules import EXPIRING_WITHIN
from training_app.coverage.standing import GAPS, CreditInSkill, SkillStanding, State, turn
from training_app.delivery.queries import Place, soonest_with_places
from training_app.records.first_steps import VOLUNTEERS, FirstStep, first_steps_needed
from training_app.records.rules import Credit
from training_app.skills.levels import Level
from training_app.web.assignments.showing import Told, told_to
from training_app.web.formatting import count, day

# How many modules are offered for each gap; the catalogue has the rest.
OFFERED_FOR_A_GAP = 2


@dataclass(frozen=True)
class Gap:
    """A skill that is asked and not held, and what would give it."""

    standing: SkillStanding
    modules: Sequence[HelpfulModule]


def answer_for(own: OwnTraining) -> tuple[str, str | None]:
    """Return the one line that comes first, and its mood (`good`, `soon`, `gap` or None)."""
    due = [each for each in own.standing.skills if each.asked_by and each.state is not State.EXEMPT]
    gaps = [each for each in due if each.state is not State.MET]
    if not due:
        return "No skill is asked of you at the moment.", None
    if gaps:
        skills = count(len(due), "skill", "skills")
        return f"{len(due) - len(gaps)} of the {skills} your role asks for are recorded and in date.", "gap"
    until = own.in_date_until
    if until is None:
        return "You are in date.", "good"
    return f"You are in date until {day(until)}.", "soon" if until <= own.on + EXPIRING_WITHIN else "good"


def needed_first(own: OwnTraining) -> list[FirstStep]:
    """Return what somebody who stands like this needs before anything else. For volunteers that is also what ran out, since
    they do not help without it; others go on working, and find it among what is to renew."""
    steps = first_steps_needed(
        own.known.first_steps([group.id for group in own.standing.groups]),
        _credits(own.standing.counting),
        _credits(own.standing.awaiting),
        {each.code for each in own.sent_back if each.code},
        own.on,
    )
    return steps if is_volunteer(own) else [each for each in steps if each.lapsed_on is None]


def _credits(in_skills: Mapping[int, Sequence[CreditInSkill]]) -> list[Credit]:
    return [
        Credit(skill_id, each.level, each.completed_on, each.valid_until, each.module_code or "")
        for skill_id, credits in in_skills.items()
        for each in credits
    ]


@dataclass(frozen=True)
class Ask:
    """Something that is asked of somebody, with the soonest session of it that has a place, where there is one."""

    told: Told
    session: Place | None


def asked_of(own: OwnTraining) -> list[Ask]:
    """Return what is asked of somebody and still open, in the order in which to do it."""
    still = [duty for duty in own.duties if duty.is_open]
    to_book = {duty.module.id for duty in still if duty.status in (Status.PAST, Status.TO_DO)}
    sessions = soonest_with_places(to_book, own.on) if to_book else {}
    told = told_to(still, own.known, own.on, you=True)
    return [Ask(each, sessions.get(each.duty.module.id)) for each in told]


def besides(gaps: Sequence[Gap], asked: Sequence[Ask]) -> list[Gap]:
    """Return the gaps that nothing that is asked would close: of the others the person reads there already."""
    gives = [each.told.duty.module.gives for each in asked]
    return [
        gap
        for gap in gaps
        if not any(given.get(gap.standing.skill.id, Level.NONE) >= gap.standing.required for given in gives)
    ]


def is_volunteer(own: OwnTraining) -> bool:
    """Say whether one of the groups that somebody is in is that of the volunteers."""
    return any(group.code == VOLUNTEERS for group in own.standing.groups)


def waiting_for_the_hub(own: OwnTraining) -> int:
    """Return how many of somebody's entries await confirmation."""
    return len({each.completion_id for credits in own.standing.awaiting.values() for each in credits})


def gaps_of(own: OwnTraining) -> list[Gap]:
    """Return the skills that are asked and not held, sorted by what to do next, each with what would give it."""
    gaps = sorted((each for each in own.standing.skills if each.state in GAPS), key=turn)
    group_ids = [group.id for group in own.standing.groups]
    helpful = modules_that_give(own.known, [each.skill.id for each in gaps], own.on)
    return [Gap(each, closing(helpful, each.skill.id, each.required, group_ids)[:OFFERED_FOR_A_GAP]) for each in gaps]
