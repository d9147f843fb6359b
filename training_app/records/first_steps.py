"""What somebody needs before they help or start: the steps of an induction that are due on the first day."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from training_app.records.rules import Credit, held, is_valid
from training_app.skills.levels import Level

# The group of whom it is said that they help; of every other, that they start.
VOLUNTEERS = "frontline-volunteers"


@dataclass(frozen=True)
class Step:
    """A step of a pathway: its module as it is now, and what that gives (levels by skill id)."""

    code: str
    title: str
    gives: Mapping[int, Level]


@dataclass(frozen=True)
class FirstStep:
    """A module that is due on the first day and not in date. `lapsed_on` is the day from which it no longer was (None: it
    never was); `logged` says that an entry which would do awaits confirmation, `returned` that one for it was sent back."""

    code: str
    title: str
    lapsed_on: date | None
    logged: bool
    returned: bool


def first_steps_needed(
    steps: Sequence[Step],
    counting: Sequence[Credit],
    awaiting: Sequence[Credit],
    returned: Collection[str],
    on: date,
) -> list[FirstStep]:
    """Return which of the steps that are due on the first day are not in date for somebody with these credits, of whom others
    await confirmation, and of whom entries of the modules `returned` (by code) were sent back. A step is also met by whoever
    holds all that it gives, whatever gave it to them."""
    return [
        FirstStep(
            step.code,
            step.title,
            _lapsed_on(step, counting, on),
            _is_met(step, [*counting, *awaiting], on),
            step.code in returned,
        )
        for step in steps
        if not _is_met(step, counting, on)
    ]


def _is_met(step: Step, credits: Sequence[Credit], on: date) -> bool:
    """Say whether credits meet a step: one of its module that is valid, or all that it gives held."""
    if any(each.module_code == step.code and is_valid(each.completed_on, each.valid_until, on) for each in credits):
        return True
    holds = held(credits, on)
    return all(holds.get(skill_id, Level.NONE) >= level for skill_id, level in step.gives.items())


def _lapsed_on(step: Step, credits: Sequence[Credit], on: date) -> date | None:
    """Return the day from which credits no longer met a step that they do not meet now; None where they never did."""
    before = [each for each in credits if each.completed_on <= on]
    own = [each.valid_until for each in before if each.module_code == step.code and each.valid_until is not None]
    held_until = [_held_until(skill_id, level, before) for skill_id, level in step.gives.items()]
    together = [min(end for end in held_until if end is not None)] if None not in held_until else []
    return max([*own, *together], default=None)


def _held_until(skill_id: int, level: Level, credits: Sequence[Credit]) -> date | None:
    """Return until when a level in a skill was held by some credits; None where it never was."""
    enough = [each for each in credits if each.skill_id == skill_id and each.level >= level]
    return max((each.valid_until or date.max for each in enough), default=None)
