"""Loading `seeds/`: the strategy, the framework, the catalogue and the pathways.

The files are judged as a whole before anything is written. Run again, `seed` updates what nobody edited here and leaves
what the hub edited, retired or withdrew: for each entry it remembers a digest of what it last wrote, and where the
database no longer says that, the entry belongs to the hub.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import select

from training_app.audit import Actor, record
from training_app.catalogue.actions import ModuleAbout, ModuleContent, add_module, edit_module
from training_app.catalogue.models import Module, ModuleFormat, Pathway, PathwayStep
from training_app.database import Base, db, plain, snapshot
from training_app.errors import Refused
from training_app.skills.actions import require_level
from training_app.skills.levels import Level
from training_app.skills.models import Requirement, Skill, SkillArea, SkillLevel
from training_app.stewardship.models import SeedRecord
from training_app.stewardship.seed_files import Seeds
from training_app.strategy.models import Priority, Strategy, Term, WorkforceGroup


@dataclass
class SeedReport:
    """How many entries were added, updated, left as they were, or kept because the hub edited them."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    kept: list[str] = field(default_factory=list)


def load(actor: Actor, folder: Path) -> SeedReport:
    """Load the seeds of a folder into the database, inside the caller's transaction.

    Raises `seed_files.SeedProblems` (which names every problem and where it is) before anything is written.
    """
    seeds = Seeds.read(folder)
    return _Loader(actor, seeds).run()


@dataclass
class _Loader:
    actor: Actor
    seeds: Seeds
    report: SeedReport = field(default_factory=SeedReport)

    def run(self) -> SeedReport:
        self.remembered = {(row.kind, row.key): row for row in db.session.scalars(select(SeedRecord))}
        self._strategy()
        self.priorities = {row.number: row for row in db.session.scalars(select(Priority))}
        self._groups()
        self.groups = {row.code: row for row in db.session.scalars(select(WorkforceGroup))}
        self._simple_rows()
        self._skills()
        self.skills = {row.code: row for row in db.session.scalars(select(Skill))}
        self._requirements()
        self.formats = {row.code: row for row in db.session.scalars(select(ModuleFormat))}
        self._modules()
        self._pathways()
        return self.report

    # --- one entry: add, update, or leave to the hub

    def _entry(
        self,
        kind: str,
        key: str,
        wanted: Mapping[str, Any],
        present: Mapping[str, Any] | None,
        write: Callable[[], object],
        *,
        gone: bool = False,
    ) -> None:
        """Write one entry unless it says the same already or belongs to the hub.

        `wanted` and `present` are the entry in one shape, from the file and from the database; `gone` says that the hub
        retired or withdrew it.
        """
        remembered = self.remembered.get((kind, key))
        new_digest = digest(wanted)
        if present is None and remembered is None and not gone:
            write()
            self.report.added += 1
        elif gone or present is None or (remembered is None and digest(present) != new_digest):
            self.report.kept.append(f"{kind} {key}")
            return
        elif digest(present) == new_digest:
            self.report.unchanged += 1
        elif remembered is not None and digest(present) == remembered.digest:
            write()
            self.report.updated += 1
        else:
            self.report.kept.append(f"{kind} {key}")
            return
        self._remember(kind, key, new_digest)

    def _remember(self, kind: str, key: str, new_digest: str) -> None:
        row = self.remembered.get((kind, key))
        if row is None:
            row = SeedRecord(kind=kind, key=key, digest=new_digest)
            db.session.add(row)
            self.remembered[(kind, key)] = row
        row.digest = new_digest

    def _row(self, kind: str, key: str, table: type[Base], where: Mapping[str, Any], wanted: dict[str, Any]) -> None:
        """Write one entry that is a single row of a table, known by `where`."""
        row = db.session.scalar(select(table).filter_by(**where))
        present = None if row is None else {name: getattr(row, name) for name in wanted}

        def write() -> None:
            before = snapshot(row) if row is not None else None
            target = row if row is not None else table(**where)
            for name, value in wanted.items():
                setattr(target, name, value)
            db.session.add(target)
            record(self.actor, f"{table.__tablename__}.{'changed' if before else 'added'}", target, before)

        self._entry(kind, key, wanted, present, write)

    # --- the kinds of entry, in the order in which they build on each other

    def _strategy(self) -> None:
        strategy = self.seeds.strategy
        self._row(
            "strategy",
            strategy["code"],
            Strategy,
            {"code": strategy["code"]},
            {name: strategy.get(name) for name in ("name", "plan_years", "source")},
        )
        for each in self.seeds.priorities:
            self._row(
                "priority",
                str(each["number"]),
                Priority,
                {"number": each["number"]},
                {"title": each["title"], "statement": each["statement"]},
            )

    def _groups(self) -> None:
        for position, each in enumerate(self.seeds.groups):
            self._row(
                "group",
                each["code"],
                WorkforceGroup,
                {"code": each["code"]},
                {
                    "name": each["name"],
                    "description": each["description"],
                    "priority_id": self.priorities[each["priority"]].id,
                    "position": position,
                },
            )

    def _simple_rows(self) -> None:
        for each in self.seeds.terms:
            self._row(
                "term",
                each["start_on"].isoformat(),
                Term,
                {"start_on": each["start_on"]},
                {"name": each["name"], "end_on": each["end_on"]},
            )
        for each in self.seeds.levels:
            self._row(
                "level",
                each["code"],
                SkillLevel,
                {"rank": int(Level.of_code(each["code"]))},
                {name: each[name] for name in ("name", "meaning", "shown_by")},
            )
        for position, each in enumerate(self.seeds.formats):
            self._row(
                "format",
                each["code"],
                ModuleFormat,
                {"code": each["code"]},
                {"name": each["name"], "position": position},
            )
        for position, each in enumerate(self.seeds.areas):
            self._row(
                "area",
                each["code"],
                SkillArea,
                {"code": each["code"]},
                {"name": each["name"], "position": position},
            )

    def _skills(self) -> None:
        areas = {row.code: row.id for row in db.session.scalars(select(SkillArea))}
        present = {row.code: row for row in db.session.scalars(select(Skill))}
        for position, (area, each) in enumerate(self.seeds.skills_in_order()):
            skill = present.get(each["code"])
            wanted = {
                "name": each["name"],
                "definition": each["definition"],
                "area_id": areas[area],
                "position": position,
                "priorities": sorted(each["priorities"]),
            }
            now_says = None
            if skill is not None:
                now_says = {name: getattr(skill, name) for name in wanted}
                now_says["priorities"] = [priority.number for priority in skill.priorities]
            self._entry("skill", each["code"], wanted, now_says, self._skill_writer(each["code"], skill, wanted))

    def _skill_writer(self, code: str, skill: Skill | None, wanted: dict[str, Any]) -> Callable[[], None]:
        def write() -> None:
            before = None
            if skill is not None:
                before = {**snapshot(skill), "priorities": [each.number for each in skill.priorities]}
            target = skill if skill is not None else Skill(code=code)
            for name, value in wanted.items():
                setattr(target, name, self._priorities(value) if name == "priorities" else value)
            db.session.add(target)
            besides = {"priorities": wanted["priorities"]}
            record(self.actor, f"skill.{'changed' if before else 'added'}", target, before, besides=besides)

        return write

    def _priorities(self, numbers: list[int]) -> list[Priority]:
        return [self.priorities[number] for number in numbers]

    def _requirements(self) -> None:
        standing: dict[tuple[int, int, date], Requirement] = {}
        withdrawn: set[tuple[int, int, date]] = set()
        for row in db.session.scalars(select(Requirement)):
            key = (row.group_id, row.skill_id, row.effective_from)
            if row.voided_at is None:
                standing[key] = row
            else:
                withdrawn.add(key)
        for group, skill, level, effective_from in self.seeds.requirements():
            key = (self.groups[group].id, self.skills[skill].id, effective_from)
            found = standing.get(key)
            self._entry(
                "requirement",
                f"{group} {skill} {effective_from.isoformat()}",
                {"level": int(level)},
                None if found is None else {"level": found.level},
                self._requirement_writer(key, level),
                gone=found is None and key in withdrawn,
            )

    def _requirement_writer(self, key: tuple[int, int, date], level: Level) -> Callable[[], object]:
        return lambda: require_level(self.actor, key[0], key[1], level, key[2])

    def _modules(self) -> None:
        """Write each module after those it builds on, whatever their order in the file."""
        present = {row.code.casefold(): row for row in db.session.scalars(select(Module))}
        for each in self.seeds.modules_by_need():
            self._module(each, present)

    def _module(self, each: dict[str, Any], present: dict[str, Module]) -> None:
        module = present.get(each["code"].casefold())
        wanted = {
            "title": each["title"],
            "format": each["format"],
            "hours": str(Decimal(str(each["hours"])).quantize(Decimal("0.01"))),
            "refresh_months": each["refresh_months"],
            "skills": dict(each["skills"]),
            "summary": each["summary"],
            "access_link": each.get("access_link") or None,
            "access_note": each.get("access_note") or None,
            "access_contact": each.get("access_contact") or None,
            "priorities": sorted(each["priorities"]),
            "groups": sorted(each["groups"]),
            "prerequisites": sorted(each["prerequisites"]),
        }
        self._entry(
            "module",
            each["code"],
            wanted,
            None if module is None else _module_as_seed(module),
            self._module_writer(each["code"], module, wanted, present),
            gone=module is not None and module.retired_on is not None,
        )

    def _module_writer(
        self, code: str, module: Module | None, wanted: dict[str, Any], present: dict[str, Module]
    ) -> Callable[[], object]:
        content = ModuleContent(
            title=wanted["title"],
            format_id=self.formats[wanted["format"]].id,
            hours=Decimal(wanted["hours"]),
            refresh_months=wanted["refresh_months"],
            gives={self.skills[skill].id: Level.of_code(level) for skill, level in wanted["skills"].items()},
        )

        def write() -> None:
            about = ModuleAbout(
                summary=wanted["summary"],
                access_link=wanted["access_link"],
                access_note=wanted["access_note"],
                access_contact=wanted["access_contact"],
                # Decided by the hub, not by its files.
                coordinator_may_confirm=module is not None and module.coordinator_may_confirm,
                renewal_opens_days=None if module is None else module.renewal_opens_days,
                priority_ids=[self.priorities[number].id for number in wanted["priorities"]],
                group_ids=[self.groups[group].id for group in wanted["groups"]],
                prerequisite_ids=[present[needed.casefold()].id for needed in wanted["prerequisites"]],
                confirmed_by_rule=module is not None and module.confirmed_by_rule,  # the hub's own to decide
            )
            try:
                if module is None:
                    present[code.casefold()] = add_module(self.actor, code, content, about)
                else:
                    edit_module(self.actor, module, content, about)
            except Refused as refused:
                # What the files say fits together, but not with what the hub has changed since.
                raise Refused(f"modules: {code}: {refused.sentence}", refused.field) from refused

        return write

    def _pathways(self) -> None:
        modules = {row.code.casefold(): row for row in db.session.scalars(select(Module))}
        present = {row.code: row for row in db.session.scalars(select(Pathway))}
        for position, each in enumerate(self.seeds.pathways):
            pathway = present.get(each["code"])
            wanted = {
                "title": each["title"],
                "position": position,
                "groups": sorted(each["groups"]),
                "steps": [
                    [step["module"].casefold(), step["due_days"], bool(step.get("optional", False))]
                    for step in each["steps"]
                ],
            }
            self._entry(
                "pathway",
                each["code"],
                wanted,
                None if pathway is None else _pathway_as_seed(pathway),
                self._pathway_writer(each["code"], pathway, wanted, modules),
            )

    def _pathway_writer(
        self, code: str, pathway: Pathway | None, wanted: dict[str, Any], modules: dict[str, Module]
    ) -> Callable[[], None]:
        def write() -> None:
            before = {**snapshot(pathway), **_pathway_as_seed(pathway)} if pathway is not None else None
            target = pathway if pathway is not None else Pathway(code=code)
            target.title, target.position = wanted["title"], wanted["position"]
            target.groups = [self.groups[group] for group in wanted["groups"]]
            target.steps.clear()
            db.session.add(target)
            db.session.flush()
            target.steps.extend(
                PathwayStep(module_id=modules[module].id, position=place, due_days=due, optional=optional)
                for place, (module, due, optional) in enumerate(wanted["steps"])
            )
            record(self.actor, f"pathway.{'changed' if before else 'added'}", target, before, besides=wanted)

        return write


def _module_as_seed(module: Module) -> dict[str, Any]:
    version = module.current
    return {
        "title": version.title,
        "format": version.learned.code,
        "hours": str(version.hours.quantize(Decimal("0.01"))),
        "refresh_months": version.refresh_months,
        "skills": {given.skill.code: Level(given.level).code for given in version.gives},
        "summary": module.summary,
        "access_link": module.access_link,
        "access_note": module.access_note,
        "access_contact": module.access_contact,
        "priorities": sorted(priority.number for priority in module.priorities),
        "groups": sorted(group.code for group in module.groups),
        "prerequisites": sorted(needed.code for needed in module.prerequisites),
    }


def _pathway_as_seed(pathway: Pathway) -> dict[str, Any]:
    return {
        "title": pathway.title,
        "position": pathway.position,
        "groups": sorted(group.code for group in pathway.groups),
        "steps": [[step.module.code.casefold(), step.due_days, step.optional] for step in pathway.steps],
    }


def digest(entry: Mapping[str, Any]) -> str:
    """Return a digest of an entry's values that is the same whatever the order of its keys."""
    text = json.dumps(entry, sort_keys=True, default=plain, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()
