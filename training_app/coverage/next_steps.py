"""What would close a gap: the modules on offer that give a skill at the level asked."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from sqlalchemy import Date, Select, and_, bindparam, or_, select

from training_app.catalogue.models import Module, ModuleFormat, ModuleGroup, ModuleVersion, ModuleVersionSkill
from training_app.database import db
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


def modules_that_give(skill_ids: Collection[int], on: date) -> list[HelpfulModule]:
    """Return for each of some skills the modules that are offered on a day and give it, the lowest level first, then by
    code. One statement, however many modules there are."""
    rows = db.session.execute(_giving(), {"skills": list(skill_ids), "day": on})
    suggested: dict[tuple[Any, ...], set[int]] = {}
    for *module, group_id in rows:
        groups = suggested.setdefault(tuple(module), set())
        if group_id is not None:
            groups.add(group_id)
    return [
        HelpfulModule(code, title, how, hours, skill_id, Level(level), frozenset(groups))
        for (code, title, how, hours, skill_id, level), groups in suggested.items()
    ]


@cache
def _giving() -> Select[*tuple[Any, ...]]:
    """Return the statement of the modules on offer on the `day` that give one of the `skills`, put together once."""
    return (
        select(
            Module.code,
            ModuleVersion.title,
            ModuleFormat.name,
            ModuleVersion.hours,
            ModuleVersionSkill.skill_id,
            ModuleVersionSkill.level,
            ModuleGroup.group_id,
        )
        .join(ModuleVersion, and_(ModuleVersion.module_id == Module.id, ModuleVersion.superseded_at.is_(None)))
        .join(ModuleFormat, ModuleFormat.id == ModuleVersion.format_id)
        .join(ModuleVersionSkill, ModuleVersionSkill.version_id == ModuleVersion.id)
        .outerjoin(ModuleGroup, ModuleGroup.module_id == Module.id)
        .where(
            ModuleVersionSkill.skill_id.in_(bindparam("skills", expanding=True)),
            or_(Module.retired_on.is_(None), Module.retired_on > bindparam("day", type_=Date)),
        )
        .order_by(ModuleVersionSkill.level, Module.code)
    )


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
