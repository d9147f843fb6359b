"""Reading and judging the files of `seeds/` before anything is written."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

import yaml

from training_app.errors import Refused
from training_app.skills.levels import HELD_LEVELS, Level

_LEVEL_CODES = [level.code for level in HELD_LEVELS]

# What each kind of entry must have, with the type of its value.
_SHAPES: dict[str, dict[str, type | tuple[type, ...]]] = {
    "priorities": {"number": int, "title": str, "statement": str},
    "groups": {"code": str, "name": str, "priority": int, "description": str},
    "levels": {"code": str, "name": str, "meaning": str, "shown_by": str},
    "areas": {"code": str, "name": str, "skills": list},
    "skills": {"code": str, "name": str, "definition": str, "priorities": list},
    "terms": {"name": str, "start_on": date, "end_on": date},
    "formats": {"code": str, "name": str},
    "modules": {
        "code": str,
        "title": str,
        "format": str,
        "hours": (int, float),
        "refresh_months": (int, type(None)),
        "skills": dict,
        "priorities": list,
        "groups": list,
        "prerequisites": list,
        "summary": str,
    },
    "pathways": {"code": str, "title": str, "groups": list, "steps": list},
}


class SeedProblems(Refused):
    """The seeds contradict themselves. `problems` names each, with its file and entry."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = list(problems)


@dataclass
class Seeds:
    """Everything that `seeds/` says, judged and free of contradictions."""

    strategy: dict[str, Any] = field(default_factory=dict)
    priorities: list[dict[str, Any]] = field(default_factory=list)
    groups: list[dict[str, Any]] = field(default_factory=list)
    levels: list[dict[str, Any]] = field(default_factory=list)
    areas: list[dict[str, Any]] = field(default_factory=list)
    skills: list[dict[str, Any]] = field(default_factory=list)
    required: dict[str, Any] = field(default_factory=dict)
    terms: list[dict[str, Any]] = field(default_factory=list)
    formats: list[dict[str, Any]] = field(default_factory=list)
    modules: list[dict[str, Any]] = field(default_factory=list)
    pathways: list[dict[str, Any]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    came_from: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path) -> Seeds:
        """Return the seeds of a folder's YAML files. Raises `SeedProblems` naming everything that is wrong, and where."""
        seeds = cls()
        for path in sorted(folder.glob("*.y*ml")):
            seeds._take_in(path)
        if not seeds.problems:
            seeds._judge()
        if seeds.problems:
            raise SeedProblems(seeds.problems)
        return seeds

    def skills_in_order(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield (area code, skill) in the framework's order: by area, then as the area lists them."""
        by_code = {skill["code"]: skill for skill in self.skills}
        for area in self.areas:
            for code in area["skills"]:
                yield area["code"], by_code[code]

    def modules_by_need(self) -> list[dict[str, Any]]:
        """Return the modules so that each comes after all it builds on."""
        by_code = {module["code"]: module for module in self.modules}
        order = TopologicalSorter({code: module["prerequisites"] for code, module in by_code.items()})
        return [by_code[code] for code in order.static_order()]

    def requirements(self) -> Iterator[tuple[str, str, Level, date]]:
        """Yield (group code, skill code, level, effective from) for each requirement."""
        effective_from = self.required["effective_from"]
        for group in self.groups:
            for skill, level in (self.required.get(group["code"]) or {}).items():
                yield group["code"], skill, Level.of_code(level), effective_from

    # --- taking in

    def _take_in(self, path: Path) -> None:
        try:
            document = yaml.safe_load(path.read_text(encoding="utf-8"))
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            mark = getattr(error, "problem_mark", None)
            where = f" line {mark.line + 1}" if mark else ""
            self.problems.append(f"{path.name}{where}: cannot be read as YAML; look for a missing quote or indent.")
            return
        if not isinstance(document, dict):
            self.problems.append(f"{path.name}: must be a list of named parts, such as `modules:`.")
            return
        for part, value in document.items():
            if part == "version":
                continue
            if part == "requirements":
                self._take_one(path, "required", value)
            elif part == "strategy":
                self._take_one(path, "strategy", value)
            elif part in _SHAPES:
                self._take_list(path, part, value)
            else:
                self._say(path.name, f'"{part}"', f"is not a part of the seeds{_near(str(part), _SHAPES)}")

    def _take_one(self, path: Path, part: str, value: Any) -> None:
        if not isinstance(value, dict):
            self._say(path.name, part, "must be a mapping")
        elif getattr(self, part):
            self._say(path.name, part, f"stands in {self.came_from[part]} already")
        else:
            setattr(self, part, value)
            self.came_from[part] = path.name

    def _take_list(self, path: Path, part: str, value: Any) -> None:
        if not isinstance(value, list):
            self._say(path.name, part, "must be a list")
            return
        for place, entry in enumerate(value, start=1):
            if not isinstance(entry, dict):
                self._say(path.name, f"{part}, entry {place}", "must be a mapping such as {code: …}")
                continue
            entry["_where"] = f"{path.name}: {part}: {entry.get('code') or entry.get('number') or f'entry {place}'}"
            if self._has_its_shape(part, entry):
                getattr(self, part).append(entry)

    def _has_its_shape(self, part: str, entry: dict[str, Any]) -> bool:
        before = len(self.problems)
        for name, kinds in _SHAPES[part].items():
            if name not in entry:
                self.problems.append(f"{entry['_where']}: {name} is missing.")
            elif not isinstance(entry[name], kinds) or isinstance(entry[name], bool):
                self.problems.append(f"{entry['_where']}: {name} cannot be {entry[name]!r}.")
        return len(self.problems) == before

    def _say(self, file: str, where: str, what: str) -> None:
        self.problems.append(f"{file}: {where} {what}.")

    # --- judging

    def _judge(self) -> None:
        for part in ("strategy", "required", "priorities", "groups", "levels", "areas", "skills", "formats", "modules"):
            if not getattr(self, part):
                self.problems.append(f"seeds: there are no {part if part != 'required' else 'requirements'}.")
        if self.problems:
            return
        self._no_doubles()
        priorities = [each["number"] for each in self.priorities]
        groups = [each["code"] for each in self.groups]
        skills = [each["code"] for each in self.skills]
        formats = [each["code"] for each in self.formats]
        modules = [each["code"] for each in self.modules]
        for each in self.levels:
            self._known(each, "code", [each["code"]], _LEVEL_CODES)
        for each in self.groups:
            self._known(each, "priority", [each["priority"]], priorities)
        for each in self.areas:
            self._known(each, "skills", each["skills"], skills)
        self._each_skill_in_one_area(skills)
        for each in self.skills:
            self._known(each, "priorities", each["priorities"], priorities)
        for each in self.terms:
            if each["end_on"] < each["start_on"]:
                self.problems.append(f"{each['_where']}: end_on is before start_on.")
        for each in self.modules:
            self._known(each, "format", [each["format"]], formats)
            self._known(each, "skills", each["skills"], skills)
            self._known(each, "skills", each["skills"].values(), _LEVEL_CODES)
            self._known(each, "priorities", each["priorities"], priorities)
            self._known(each, "groups", each["groups"], groups)
            self._known(each, "prerequisites", each["prerequisites"], modules)
            if not each["skills"]:
                self.problems.append(f"{each['_where']}: skills is empty; a module gives at least one skill.")
            if each["hours"] < 0:
                self.problems.append(f"{each['_where']}: hours cannot be negative.")
            if each["refresh_months"] is not None and each["refresh_months"] < 1:
                self.problems.append(
                    f"{each['_where']}: refresh_months is at least 1, or null for credits that never run out."
                )
        for each in self.pathways:
            self._judge_pathway(each, groups, modules)
        self._judge_requirements(groups, skills)
        self._no_cycle(modules)

    def _no_doubles(self) -> None:
        for part in _SHAPES:
            seen: dict[str, str] = {}
            for entry in getattr(self, part):
                key = str(entry.get("code") or entry.get("number") or entry.get("start_on")).casefold()
                if key in seen:
                    self.problems.append(f"{entry['_where']}: the same code stands twice.")
                seen[key] = entry["_where"]

    def _known(self, entry: dict[str, Any], name: str, values: Any, offered: Sequence[Any]) -> None:
        for value in values:
            if value not in offered:
                self.problems.append(
                    f"{entry['_where']}: {name}: {value!r} does not exist{_near(str(value), offered)}."
                )

    def _each_skill_in_one_area(self, skills: Sequence[str]) -> None:
        listed = [code for area in self.areas for code in area["skills"]]
        for code in skills:
            if listed.count(code) != 1:
                self.problems.append(f"skills: {code}: must stand in exactly one area, not in {listed.count(code)}.")

    def _judge_pathway(self, pathway: dict[str, Any], groups: Sequence[str], modules: Sequence[str]) -> None:
        self._known(pathway, "groups", pathway["groups"], groups)
        for step in pathway["steps"]:
            due = step.get("due_days") if isinstance(step, dict) else None
            if not isinstance(due, int) or due < 0:
                self.problems.append(f"{pathway['_where']}: a step needs `module` and `due_days` (0 or more).")
                continue
            self._known(pathway, "steps", [step.get("module")], modules)
        named = [step.get("module") for step in pathway["steps"] if isinstance(step, dict)]
        if len(named) != len(set(named)):
            self.problems.append(f"{pathway['_where']}: a module stands in it twice.")

    def _judge_requirements(self, groups: Sequence[str], skills: Sequence[str]) -> None:
        where = f"{self.came_from['required']}: requirements"
        if not isinstance(self.required.get("effective_from"), date):
            self.problems.append(f"{where}: effective_from must be a day such as 2024-09-01.")
        reached: dict[str, Level] = {}
        for module in self.modules:
            for skill, level in module["skills"].items():
                if level in _LEVEL_CODES:
                    reached[skill] = max(reached.get(skill, Level.NONE), Level.of_code(level))
        for group, needs in self.required.items():
            if group == "effective_from":
                continue
            if group not in groups:
                self.problems.append(f"{where}: {group!r} is not a group{_near(str(group), groups)}.")
                continue
            for skill, level in (needs or {}).items():
                if skill not in skills:
                    self.problems.append(f"{where}: {group}: {skill!r} is not a skill{_near(str(skill), skills)}.")
                elif level not in ("none", *_LEVEL_CODES):
                    self.problems.append(
                        f"{where}: {group}: {skill}: {level!r} is not a level{_near(str(level), _LEVEL_CODES)}."
                    )
                elif reached.get(skill, Level.NONE) < Level.of_code(level):
                    self.problems.append(
                        f"{where}: {group}: {skill}: no module reaches {level}; add one or ask for a lower level."
                    )

    def _no_cycle(self, modules: Sequence[str]) -> None:
        needs = {each["code"]: [code for code in each["prerequisites"] if code in modules] for each in self.modules}
        try:
            TopologicalSorter(needs).prepare()
        except CycleError as cycle:
            route = " needs ".join(reversed(cycle.args[1]))
            self.problems.append(f"modules: prerequisites go round in a circle: {route}.")


def _near(word: str, offered: Any) -> str:
    found = difflib.get_close_matches(word, [str(each) for each in offered], n=1)
    return f' (did you mean "{found[0]}"?)' if found else ""
