"""What somebody needs before they help or start: the steps of an induction that are due on the first day."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from training_app.catalogue.models import Module
from training_app.catalogue.queries import first_steps
from training_app.records.models import Completion, Evidence
from training_app.records.rules import is_valid
from training_app.skills.levels import Level

# The group of whom it is said that they help; of every other, that they start.
VOLUNTEERS = "frontline-volunteers"


@dataclass(frozen=True)
class FirstStep:
    """A module that is due on the first day and not in date; `logged` when an entry for it awaits confirmation."""

    module: Module
    lapsed_on: date | None
    logged: bool


def first_steps_needed(
    group_ids: Collection[int], held: Mapping[int, Level], completions: Sequence[Completion], on: date
) -> list[FirstStep]:
    """Return what is due on the first day in these groups and not in date for somebody with these completions, who holds
    `held` (levels by skill id) on the day. A step is also met by whoever holds all that it gives."""
    needed = []
    for step in first_steps(group_ids) if group_ids else ():
        module = step.module
        gives = module.current.gives
        if gives and all(held.get(each.skill_id, Level.NONE) >= each.level for each in gives):
            continue
        mine = [each for each in completions if each.module_id == module.id]
        verified = [each for each in mine if each.evidence == Evidence.VERIFIED]
        if any(is_valid(each.completed_on, each.valid_until, on) for each in verified):
            continue
        ends = [each.valid_until for each in verified if each.valid_until is not None]
        logged = any(
            each.evidence == Evidence.SELF_DECLARED and is_valid(each.completed_on, each.valid_until, on)
            for each in mine
        )
        needed.append(FirstStep(module, max(ends, default=None), logged))
    return needed
