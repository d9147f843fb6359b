"""What somebody needs before they help or start: the steps of an induction that are due on the first day."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from training_app.catalogue.models import Module, ModuleVersionSkill
from training_app.catalogue.queries import first_steps
from training_app.records.models import Completion, Evidence
from training_app.records.rules import Credit, held, is_valid
from training_app.skills.levels import Level

# The group of whom it is said that they help; of every other, that they start.
VOLUNTEERS = "frontline-volunteers"


@dataclass(frozen=True)
class FirstStep:
    """A module that is due on the first day and not in date. `lapsed_on` is the day from which it no longer was (None: it
    never was); `logged` says that an entry which would do awaits confirmation, `returned` that one for it was sent back."""

    module: Module
    lapsed_on: date | None
    logged: bool
    returned: bool


def first_steps_needed(group_ids: Collection[int], completions: Sequence[Completion], on: date) -> list[FirstStep]:
    """Return what is due on the first day in these groups and not in date for somebody with these completions, by verified
    training. A step is also met by whoever holds all that it gives, whatever gave it to them."""
    steps = first_steps(group_ids) if group_ids else ()
    verified = [each for each in completions if each.evidence == Evidence.VERIFIED]
    logged = [each for each in completions if each.evidence == Evidence.SELF_DECLARED]
    returned = {each.module_id for each in completions if each.evidence == Evidence.RETURNED}
    return [
        FirstStep(
            step.module,
            _lapsed_on(step.module, verified, on),
            _is_met(step.module, verified + logged, on),
            step.module_id in returned,
        )
        for step in steps
        if not _is_met(step.module, verified, on)
    ]


def _is_met(module: Module, counting: Sequence[Completion], on: date) -> bool:
    """Say whether completions meet a step: one of its module that is valid, or all that it gives held."""
    if any(each.module_id == module.id and is_valid(each.completed_on, each.valid_until, on) for each in counting):
        return True
    holds = held(_credits(counting), on)
    gives = module.current.gives
    return bool(gives) and all(holds.get(each.skill_id, Level.NONE) >= each.level for each in gives)


def _lapsed_on(module: Module, counting: Sequence[Completion], on: date) -> date | None:
    """Return the day from which completions no longer met a step that they do not meet now; None where they never did."""
    before = [each for each in counting if each.completed_on <= on]
    own = [each.valid_until for each in before if each.module_id == module.id and each.valid_until is not None]
    credits = _credits(before)
    held_until = [_held_until(given, credits) for given in module.current.gives]
    together = [min(end for end in held_until if end is not None)] if held_until and None not in held_until else []
    return max([*own, *together], default=None)


def _held_until(given: ModuleVersionSkill, credits: Sequence[Credit]) -> date | None:
    """Return until when the level that a module gives in a skill was held by some credits; None where it never was."""
    enough = [each for each in credits if each.skill_id == given.skill_id and each.level >= given.level]
    return max((each.valid_until or date.max for each in enough), default=None)


def _credits(completions: Sequence[Completion]) -> list[Credit]:
    return [
        Credit(given.skill_id, Level(given.level), each.completed_on, each.valid_until)
        for each in completions
        for given in each.version.gives
    ]
