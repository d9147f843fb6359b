"""What would close a gap: the modules on offer that give a skill at the level asked."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from training_app.assignments.rules import Known
from training_app.skills.levels import Level


@dataclass(frozen=True)
class HelpfulModule:
    """A module on offer, what it gives in one skill, and the ids of the groups to which it is suggested."""

    code: str
    title: str
    format: str
    hours: Decimal
    skill_id: int
    level: Level
    group_ids: frozenset[int]

    def is_suggested_to(self, group_id: int | None) -> bool:
        """Say whether it is suggested to a group."""
        return group_id in self.group_ids


def modules_that_give(known: Known, skill_ids: Collection[int], on: date) -> list[HelpfulModule]:
    """Return for each of some skills the modules that are offered on a day and give it, the lowest level first, then by
    code."""
    found = [
        HelpfulModule(
            *(module.code, module.title, module.format, module.hours),
            *(skill_id, module.gives[skill_id], module.group_ids),
        )
        for skill_id in skill_ids
        for module in known.giving.get(skill_id, ())
        if module.is_offered(on)
    ]
    return sorted(found, key=lambda module: (module.level, module.code))


def closing(
    modules: Collection[HelpfulModule], skill_id: int, required: Level, group_ids: Collection[int]
) -> list[HelpfulModule]:
    """Return those of some modules that give a skill at the level required of somebody in these groups, or above: those
    suggested to one of their groups first, of those the shortest."""
    enough = [module for module in modules if module.skill_id == skill_id and module.level >= required]
    return sorted(enough, key=lambda module: (not module.group_ids & set(group_ids), module.hours, module.code))


def helpful(
    modules: Collection[HelpfulModule], skill_id: int, required: Level, group_id: int | None
) -> list[HelpfulModule]:
    """Return those of some modules that give a skill at the level required or above, those suggested to the group first."""
    enough = [module for module in modules if module.skill_id == skill_id and module.level >= required]
    return sorted(enough, key=lambda module: not module.is_suggested_to(group_id))
