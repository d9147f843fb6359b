"""Reading the catalogue: its modules as they are now, what they were before, and pathways."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from training_app.catalogue.models import (
    Module,
    ModuleFormat,
    ModuleGroup,
    ModulePriority,
    ModuleVersion,
    ModuleVersionSkill,
)
from training_app.catalogue.rules import code_problem
from training_app.database import db
from training_app.people.rules import name_key
from training_app.skills.levels import Level
from training_app.skills.models import Skill
from training_app.strategy.models import Priority, WorkforceGroup

# The format whose modules are of no use without a link.
E_LEARNING = "e-learning"
# So many ids are asked for by name; of more, everything is read.
_FEW = 500


@dataclass(frozen=True)
class ModulesWanted:
    """Which modules a list shows, and in which order.

    `words`: every word must occur in the code, the title or the summary. `skill`, `format` and `group` are codes, `priority` a
    number. `retired` shows those no longer offered on the day `on` instead of those that are; `without_link` only e-learning
    that has no link. `sort` is one of `MODULE_SORTS`, with a leading "-" the other way round.
    """

    on: date
    words: str = ""
    skill: str = ""
    priority: int | None = None
    format: str = ""
    group: str = ""
    retired: bool = False
    without_link: bool = False
    sort: str = "code"


MODULE_SORTS = ("code", "title", "format", "hours")


def all_formats() -> Sequence[ModuleFormat]:
    """Return how modules are learned, in their order."""
    return db.session.scalars(select(ModuleFormat).order_by(ModuleFormat.position)).all()


def module_by_code(code: str) -> Module | None:
    """Return the module with this code, however it is capitalised, with all that its page shows."""
    if code_problem(code):
        return None  # nothing can have it, and one database cannot even be asked about some letters
    return db.session.scalar(
        select(Module)
        .where(func.lower(Module.code) == code.casefold())
        .options(
            selectinload(Module.versions),
            joinedload(Module.current),
            selectinload(Module.priorities),
            selectinload(Module.groups),
            selectinload(Module.prerequisites).joinedload(Module.current),
        )
    )


def module_by_id(module_id: int) -> Module | None:
    """Return the module with this id, with its current version."""
    return db.session.get(Module, module_id, options=[joinedload(Module.current)])


def built_on(module_id: int) -> Sequence[Module]:
    """Return the modules that build on a module, by code, each with its current version."""
    return db.session.scalars(
        select(Module)
        .where(Module.prerequisites.any(Module.id == module_id))
        .options(joinedload(Module.current))
        .order_by(Module.code)
    ).all()


def modules_wanted(wanted: ModulesWanted) -> list[Module]:
    """Return the modules wanted, each with its current version, skills and groups. Four statements, however many."""
    found = db.session.scalars(
        _wanted(wanted).options(contains_eager(Module.current), selectinload(Module.groups))
    ).all()
    return [module for module in found if _speaks_of(module, wanted.words)]


def modules_on_offer(on: date) -> list[tuple[int, str, str]]:
    """Return id, code and title of every module that is offered on a day, by code."""
    rows = db.session.execute(
        select(Module.id, Module.code, ModuleVersion.title)
        .join(ModuleVersion, and_(ModuleVersion.module_id == Module.id, ModuleVersion.superseded_at.is_(None)))
        .where(_offered(on))
        .order_by(Module.code)
    )
    return [(module_id, code, title) for module_id, code, title in rows]


def all_modules() -> list[tuple[int, str, str, date | None]]:
    """Return id, code, title and first day of retirement of every module, by code."""
    rows = db.session.execute(
        select(Module.id, Module.code, ModuleVersion.title, Module.retired_on)
        .join(ModuleVersion, and_(ModuleVersion.module_id == Module.id, ModuleVersion.superseded_at.is_(None)))
        .order_by(Module.code)
    )
    return [(module_id, code, title, retired_on) for module_id, code, title, retired_on in rows]


def modules_speaking_of(words: str) -> list[int]:
    """Return the ids of the modules in whose code or title every word occurs."""
    return [
        module_id
        for module_id, code, title, _ in all_modules()
        if all(word in name_key(f"{code} {title}") for word in name_key(words).split())
    ]


def e_learning_without_link(on: date) -> int:
    """Count the e-learning on offer that has no link, so that nobody can do it from its page."""
    wanted = ModulesWanted(on, without_link=True)
    return db.session.scalar(select(func.count()).select_from(_wanted(wanted).order_by(None).subquery())) or 0


def what_versions_give(version_ids: Collection[int] | None = None) -> dict[int, dict[int, Level]]:
    """Return for each module version (or only those with these ids, where they are few) which skills it gives, each to which
    level."""
    versions = select(ModuleVersion.id, ModuleVersionSkill.skill_id, ModuleVersionSkill.level).outerjoin(
        ModuleVersionSkill, ModuleVersionSkill.version_id == ModuleVersion.id
    )
    if version_ids is not None and len(version_ids) <= _FEW:
        versions = versions.where(ModuleVersion.id.in_(version_ids))
    gives: dict[int, dict[int, Level]] = {}
    for version_id, skill_id, level in db.session.execute(versions):
        own = gives.setdefault(version_id, {})
        if skill_id is not None:
            own[skill_id] = Level(level)
    return gives


def _offered(on: date) -> ColumnElement[bool]:
    return or_(Module.retired_on.is_(None), Module.retired_on > on)


def _wanted(wanted: ModulesWanted) -> Select[Module]:
    query = (
        select(Module)
        .join(Module.current)
        .join(ModuleFormat, ModuleFormat.id == ModuleVersion.format_id)
        .where(~_offered(wanted.on) if wanted.retired else _offered(wanted.on))
    )
    if wanted.skill:
        giving = select(ModuleVersionSkill.version_id).join(Skill).where(Skill.code == wanted.skill)
        query = query.where(ModuleVersion.id.in_(giving))
    if wanted.priority is not None:
        serving = select(ModulePriority.module_id).join(Priority).where(Priority.number == wanted.priority)
        query = query.where(Module.id.in_(serving))
    if wanted.format:
        query = query.where(ModuleFormat.code == wanted.format)
    if wanted.group:
        suggested = select(ModuleGroup.module_id).join(WorkforceGroup).where(WorkforceGroup.code == wanted.group)
        query = query.where(Module.id.in_(suggested))
    if wanted.without_link:
        query = query.where(ModuleFormat.code == E_LEARNING, Module.access_link.is_(None))
    return query.order_by(*_order(wanted.sort))


def _order(sort: str) -> list[Any]:
    columns: dict[str, Any] = {
        "code": Module.code,
        "title": ModuleVersion.title,
        "format": ModuleFormat.position,
        "hours": ModuleVersion.hours,
    }
    first = columns.get(sort.removeprefix("-"), Module.code)
    return [first.desc() if sort.startswith("-") else first.asc(), Module.code]


def _speaks_of(module: Module, words: str) -> bool:
    said = name_key(f"{module.code} {module.current.title} {module.summary}")
    return all(word in said for word in name_key(words).split())
