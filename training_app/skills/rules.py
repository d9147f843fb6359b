"""Which level each group needs in each skill on a day. Days are passed in; nothing here asks the time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from training_app.skills.levels import Level


@dataclass(frozen=True)
class RequirementFact:
    """The level that a group needs in a skill from a day; `Level.NONE` ends it."""

    group_id: int
    skill_id: int
    level: Level
    effective_from: date


def levels_required(requirements: Iterable[RequirementFact], on: date) -> dict[int, dict[int, Level]]:
    """Return for each group the skills required on a day, with their levels.

    In force is, for each pair of group and skill, the one that took effect last; the level `none` leaves nothing.
    """
    in_force: dict[tuple[int, int], RequirementFact] = {}
    for each in requirements:
        if each.effective_from > on:
            continue
        pair = (each.group_id, each.skill_id)
        if pair not in in_force or in_force[pair].effective_from < each.effective_from:
            in_force[pair] = each
    required: dict[int, dict[int, Level]] = {}
    for each in in_force.values():
        if each.level is not Level.NONE:
            required.setdefault(each.group_id, {})[each.skill_id] = each.level
    return required
