"""Writing the catalogue. Each verb checks what it is given, whoever calls it, and tells the audit.

What a module gives stands in its versions, and those are never changed: an edit that touches it writes another version, so
that what somebody completed before keeps what it was recorded with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm.attributes import flag_modified

from training_app.audit import Actor, Change, record_many
from training_app.catalogue.models import (
    Module,
    ModuleFormat,
    ModulePrerequisite,
    ModuleVersion,
    ModuleVersionSkill,
)
from training_app.catalogue.rules import (
    LONGEST_CONTACT,
    LONGEST_LINK,
    LONGEST_NOTE,
    LONGEST_SUMMARY,
    LONGEST_TITLE,
    circle,
    code_problem,
    hours_problem,
    link_problem,
    refresh_problem,
    renewal_problem,
)
from training_app.clock import now
from training_app.database import Base, db, refusing_doubles, snapshot
from training_app.errors import Refused
from training_app.people.actions import checked_text
from training_app.people.rules import day_problem, in_words
from training_app.skills.levels import HELD_LEVELS, Level
from training_app.skills.models import Skill
from training_app.strategy.models import Priority, WorkforceGroup


@dataclass(frozen=True)
class ModuleContent:
    """What a completion is recorded with: a change in any of it makes a new version.

    `refresh_months` is how long its credits stay valid, in calendar months, None for good; `gives` says to which level it
    develops each skill (by the skill's id).
    """

    title: str
    format_id: int
    hours: Decimal
    refresh_months: int | None
    gives: Mapping[int, Level]


@dataclass(frozen=True)
class ModuleAbout:
    """What may change without touching anybody's credit. The ids are of priorities, of the groups to which the module is
    suggested, and of the modules it builds on. `confirmed_by_rule` says that what people log of it counts at once,
    `coordinator_may_confirm` that a coordinator may confirm it for their own people. `renewal_opens_days` is how many days
    before it runs out its renewal is asked, None the usual number."""

    summary: str
    access_link: str | None = None
    access_note: str | None = None
    access_contact: str | None = None
    priority_ids: Sequence[int] = ()
    group_ids: Sequence[int] = ()
    prerequisite_ids: Sequence[int] = ()
    confirmed_by_rule: bool = False
    coordinator_may_confirm: bool = False
    renewal_opens_days: int | None = None


def add_module(actor: Actor, code: str, content: ModuleContent, about: ModuleAbout) -> Module:
    """Add a module to the catalogue under a code that no other has, however it is capitalised.

    Raises `Refused`, naming the field, for a code, text, link, number, skill or prerequisite that cannot be kept.
    """
    _one_at_a_time()
    code = code.strip()
    problem = code_problem(code)
    if problem:
        raise Refused(f"The code {problem}.", "code")
    namesake = db.session.scalar(select(Module).where(func.lower(Module.code) == code.casefold()))
    if namesake is not None:
        raise Refused(f"{namesake.current.title} has the code {namesake.code} already. Choose another.", "code")
    content, about = _checked_content(content), _checked_about(about)
    module = Module(code=code)
    with refusing_doubles("Somebody else has just taken this code. Choose another.", "code"):
        _describe(module, about)
        db.session.add(module)
    _write_version(module, content, number=1)
    _tell(actor, "module.added", module, None)
    return module


def edit_module(
    actor: Actor, module: Module, content: ModuleContent, about: ModuleAbout, seen_version: int | None = None
) -> Module:
    """Change a module. Where `content` differs from what it says now a new version is written, and what was completed
    before keeps the version it was recorded with. Saving the same again writes nothing.

    `seen_version` is the row version that the editor saw. Raises `Refused` as `add_module`, and for prerequisites that go
    round in a circle; `ChangedMeanwhile` where somebody else saved first.
    """
    _one_at_a_time()
    module.expect_version(seen_version)
    content, about = _checked_content(content), _checked_about(about)
    _refuse_circle(module, about.prerequisite_ids)
    before = _as_told(module)
    if differs(module.current, content):
        module.current.superseded_at = now()
        number = module.current.number + 1
        db.session.flush()  # the old one must be closed before the database lets the new one be current
        _write_version(module, content, number)
    _describe(module, about)
    if _as_told(module) != before:
        # What stands in other tables changes the module too, and a second editor must be told of it.
        flag_modified(module, "summary")
        _tell(actor, "module.changed", module, before)
    return module


def retire_module(actor: Actor, module: Module, on: date, seen_version: int | None = None) -> None:
    """Offer a module no longer from a day on. What it gave stays with those who completed it.

    Raises `Refused` where it is retired already, or for a day that cannot be kept, and `ChangedMeanwhile`.
    """
    problem = day_problem(on)
    if problem:
        raise Refused(f"The day {problem}.", "retired_on")
    if module.retired_on is not None:
        raise Refused(f"{module.code} is retired from {in_words(module.retired_on)} already.")
    module.expect_version(seen_version)
    before = _as_told(module)
    module.retired_on = on
    _tell(actor, "module.retired", module, before)


def reinstate_module(actor: Actor, module: Module) -> None:
    """Offer a retired module again. Raises `Refused` where it is on offer already."""
    if module.retired_on is None:
        raise Refused(f"{module.code} is in the catalogue already.")
    before = _as_told(module)
    module.retired_on = None
    _tell(actor, "module.reinstated", module, before)


def differs(version: ModuleVersion, content: ModuleContent) -> bool:
    """Say whether a module that is to have this content needs a new version."""
    return version.format_id is None or content != ModuleContent(
        version.title,
        version.format_id,
        version.hours,
        version.refresh_months,
        {given.skill_id: Level(given.level) for given in version.gives},
    )


def _one_at_a_time() -> None:
    """Let one writer at a time change the catalogue: a code that differs only in its capitals, or a circle of
    prerequisites, is seen by no constraint of the database."""
    db.session.execute(select(ModuleFormat.id).order_by(ModuleFormat.id).limit(1).with_for_update(key_share=True))


def _checked_content(content: ModuleContent) -> ModuleContent:
    title = checked_text(content.title, "The title", LONGEST_TITLE, "title")
    if title is None:
        raise Refused("Enter the module's title.", "title")
    if db.session.get(ModuleFormat, content.format_id) is None:
        raise Refused("Choose how the module is learned.", "format")
    problem = hours_problem(content.hours)
    if problem:
        raise Refused(f"The hours {problem}.", "hours")
    problem = refresh_problem(content.refresh_months)
    if problem:
        raise Refused(f"The refresher {problem}.", "refresh_months")
    if not content.gives:
        raise Refused("Choose at least one skill that the module gives, and to which level.", "gives")
    if any(level not in HELD_LEVELS for level in content.gives.values()):
        raise Refused("Choose aware, practising or leading for each skill that the module gives.", "gives")
    _all_there(Skill, list(content.gives), "skill", "gives")
    return replace(content, title=title, hours=content.hours.quantize(Decimal("0.01")))


def _checked_about(about: ModuleAbout) -> ModuleAbout:
    link = checked_text(about.access_link, "The link", LONGEST_LINK, "access_link")
    problem = link_problem(link) if link else None
    if problem:
        raise Refused(f"The link {problem}.", "access_link")
    problem = renewal_problem(about.renewal_opens_days)
    if problem:
        raise Refused(f"The number of days {problem}.", "renewal_opens_days")
    _all_there(Priority, about.priority_ids, "priority", "priorities")
    _all_there(WorkforceGroup, about.group_ids, "workforce group", "groups")
    _all_there(Module, about.prerequisite_ids, "module", "prerequisites")
    return replace(
        about,
        summary=checked_text(about.summary, "The summary", LONGEST_SUMMARY, "summary") or "",
        access_link=link,
        access_note=checked_text(about.access_note, "How to do it", LONGEST_NOTE, "access_note"),
        access_contact=checked_text(about.access_contact, "The contact", LONGEST_CONTACT, "access_contact"),
    )


def _all_there(table: type[Base], ids: Sequence[int], what: str, field: str) -> None:
    found = set(db.session.scalars(select(table.id).where(table.id.in_(ids))))  # type: ignore[attr-defined]
    if found != set(ids):
        raise Refused(f"There is no such {what}. Choose from the list.", field)


def _refuse_circle(module: Module, prerequisite_ids: Sequence[int]) -> None:
    needs: dict[int, set[int]] = {}
    for each in db.session.scalars(select(ModulePrerequisite).where(ModulePrerequisite.module_id != module.id)):
        needs.setdefault(each.module_id, set()).add(each.needs_module_id)
    needs[module.id] = set(prerequisite_ids)
    route = circle(needs)
    if route is None:
        return
    codes = dict(db.session.execute(select(Module.id, Module.code).where(Module.id.in_(route))).all())
    told = " needs ".join(codes[each] for each in route)
    raise Refused(f"The modules would need one another in a circle: {told}. Leave one of them out.", "prerequisites")


def _describe(module: Module, about: ModuleAbout) -> None:
    module.summary = about.summary
    module.access_link, module.access_note = about.access_link, about.access_note
    module.access_contact = about.access_contact
    module.confirmed_by_rule = about.confirmed_by_rule
    module.coordinator_may_confirm = about.coordinator_may_confirm
    module.renewal_opens_days = about.renewal_opens_days
    module.priorities = _rows(Priority, about.priority_ids)
    module.groups = _rows(WorkforceGroup, about.group_ids)
    module.prerequisites = _rows(Module, about.prerequisite_ids)


def _rows(table: Any, ids: Sequence[int]) -> list[Any]:
    with db.session.no_autoflush:
        return list(db.session.scalars(select(table).where(table.id.in_(ids)).order_by(table.id)))


def _write_version(module: Module, content: ModuleContent, number: int) -> None:
    version = ModuleVersion(
        module_id=module.id,
        number=number,
        title=content.title,
        format_id=content.format_id,
        hours=content.hours,
        refresh_months=content.refresh_months,
        created_at=now(),
        gives=[ModuleVersionSkill(skill_id=skill_id, level=int(level)) for skill_id, level in content.gives.items()],
    )
    db.session.add(version)
    db.session.flush()
    db.session.expire(module, ["versions", "current"])


def _as_told(module: Module) -> dict[str, Any]:
    """Return all that a module says, for the audit's before and after."""
    version = module.current
    return {
        **snapshot(module),
        "version": version.number,
        "title": version.title,
        "format_id": version.format_id,
        "hours": str(version.hours),
        "refresh_months": version.refresh_months,
        "gives": {str(given.skill_id): given.level for given in sorted(version.gives, key=lambda each: each.skill_id)},
        "priority_ids": sorted(priority.id for priority in module.priorities),
        "group_ids": sorted(group.id for group in module.groups),
        "prerequisite_ids": sorted(needed.id for needed in module.prerequisites),
    }


def _tell(actor: Actor, action: str, module: Module, before: dict[str, Any] | None) -> None:
    db.session.flush()
    record_many(actor, [Change(action, "module", module.id, before, _as_told(module))])
