"""Reading and judging the files of `seeds/` before anything is written."""

from __future__ import annotations

import difflib
import reprlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from types import NoneType
from typing import Any

import yaml

from training_app.catalogue.rules import (
    LONGEST_CONTACT,
    LONGEST_LINK,
    LONGEST_NOTE,
    LONGEST_SUMMARY,
    LONGEST_TITLE,
    code_problem,
    hours_problem,
    link_problem,
    refresh_problem,
)
from training_app.errors import Refused
from training_app.people.rules import day_problem, has_something_to_read, text_problem
from training_app.skills.levels import HELD_LEVELS, Level
from training_app.strategy.rules import group_code_problem

Kinds = tuple[type, ...]

_LEVEL_CODES = [level.code for level in HELD_LEVELS]
_LONGEST_TEXT = 2000
_LARGEST_NUMBER = 36_500

# What each kind of entry must have, and what it may have besides, with the types of each value.
_MUST: dict[str, dict[str, Kinds]] = {
    "strategy": {"code": (str,), "name": (str,)},
    "priorities": {"number": (int,), "title": (str,), "statement": (str,)},
    "groups": {"code": (str,), "name": (str,), "priority": (int,), "description": (str,)},
    "levels": {"code": (str,), "name": (str,), "meaning": (str,), "shown_by": (str,)},
    "areas": {"code": (str,), "name": (str,), "skills": (list,)},
    "skills": {"code": (str,), "name": (str,), "definition": (str,), "priorities": (list,)},
    "terms": {"name": (str,), "start_on": (date,), "end_on": (date,)},
    "formats": {"code": (str,), "name": (str,)},
    "modules": {
        "code": (str,),
        "title": (str,),
        "format": (str,),
        "hours": (int, float),
        "refresh_months": (int, NoneType),
        "skills": (dict,),
        "priorities": (list,),
        "groups": (list,),
        "prerequisites": (list,),
        "summary": (str,),
    },
    "pathways": {"code": (str,), "title": (str,), "groups": (list,), "steps": (list,)},
    "steps": {"module": (str,), "due_days": (int,)},
}
_MAY: dict[str, dict[str, Kinds]] = {
    "strategy": {"plan_years": (int, NoneType), "source": (str, NoneType)},
    "modules": {"access_link": (str, NoneType), "access_note": (str, NoneType), "access_contact": (str, NoneType)},
    "steps": {"optional": (bool,)},
}
# The parts of a file that are lists of such entries, and those that are one mapping.
_LISTS = tuple(part for part in _MUST if part not in ("strategy", "steps"))
_SINGLE = {"strategy": "strategy", "requirements": "required"}
_LONGEST = {
    "name": LONGEST_TITLE,
    "title": LONGEST_TITLE,
    "summary": LONGEST_SUMMARY,
    "access_link": LONGEST_LINK,
    "access_note": LONGEST_NOTE,
    "access_contact": LONGEST_CONTACT,
}


class _Loader(yaml.SafeLoader):
    """Reads YAML, but refuses a key that stands twice, of which YAML would silently drop the first."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Return a mapping; raises `ConstructorError` where a key stands twice."""
        seen: set[Any] = set()
        for key_node, _ in node.value:
            if isinstance(key_node, yaml.ScalarNode) and key_node.tag != "tag:yaml.org,2002:merge":
                if key_node.value in seen:
                    raise yaml.constructor.ConstructorError(
                        None, None, f'"{key_node.value}" stands twice', key_node.start_mark
                    )
                seen.add(key_node.value)
        return super().construct_mapping(node, deep)


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
            document = yaml.load(path.read_text(encoding="utf-8"), _Loader)
        except UnicodeDecodeError:
            self._say(path.name, "the file", "is not in UTF-8; save it in that encoding")
        except OSError as error:
            self._say(path.name, "the file", f"cannot be opened ({error.strerror})")
        except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
            mark = getattr(error, "problem_mark", None)
            where = f"line {mark.line + 1}" if mark else "somewhere"
            told = getattr(error, "problem", None) or "a value is not what it looks like"
            self._say(path.name, where, f"cannot be read as YAML ({told}); look for a missing quote, indent or day")
        else:
            self._take_parts(path, document)

    def _take_parts(self, path: Path, document: Any) -> None:
        if not isinstance(document, dict):
            self._say(path.name, "the file", "must consist of named parts, such as `modules:`")
            return
        for part, value in document.items():
            if part in _SINGLE:
                self._take_one(path, part, value)
            elif part in _LISTS:
                self._take_list(path, part, value)
            elif part != "version":
                known = ["version", *_SINGLE, *_LISTS]
                self._say(path.name, _shown(part), f"is not a part of the seeds{_near(part, known)}")

    def _take_one(self, path: Path, part: str, value: Any) -> None:
        if not isinstance(value, dict):
            self._say(path.name, part, "must be a mapping")
        elif getattr(self, _SINGLE[part]):
            self._say(path.name, part, f"stands in {self.came_from[part]} already")
        elif part == "requirements" or self._has_its_shape(part, value, f"{path.name}: {part}"):
            setattr(self, _SINGLE[part], value)
            self.came_from[part] = path.name

    def _take_list(self, path: Path, part: str, value: Any) -> None:
        if not isinstance(value, list):
            self._say(path.name, part, "must be a list")
            return
        for place, entry in enumerate(value, start=1):
            if not isinstance(entry, dict):
                self._say(path.name, f"{part}, entry {place}", "must be a mapping such as {code: …}")
                continue
            known_by = next((entry[name] for name in ("code", "number", "start_on") if name in entry), None)
            called = f"entry {place}" if known_by is None else _shown(known_by).strip('"')
            where = f"{path.name}: {part}: {called}"
            if self._has_its_shape(part, entry, where):
                getattr(self, part).append({**entry, "_where": where})

    def _has_its_shape(self, part: str, entry: dict[Any, Any], where: str) -> bool:
        """Say whether an entry has all that its kind needs, and nothing else; tidies its texts."""
        before = len(self.problems)
        kinds = {**_MUST[part], **_MAY.get(part, {})}
        for name in list(entry):
            if name not in kinds:
                self.problems.append(f"{where}: {_shown(name)} is not known here{_near(name, list(kinds))}.")
        for name in _MUST[part]:
            if name not in entry:
                self.problems.append(f"{where}: {name} is missing.")
        for name, allowed in kinds.items():
            if name in entry:
                if isinstance(entry[name], str):
                    entry[name] = " ".join(entry[name].split())
                wrong = _value_problem(name, entry[name], allowed, needed=name in _MUST[part])
                if wrong:
                    self.problems.append(f"{where}: {name} {wrong}.")
        return len(self.problems) == before

    def _say(self, file: str, where: str, what: str) -> None:
        self.problems.append(f"{file}: {where} {what}.")

    # --- judging

    def _judge(self) -> None:
        needed = [part for part in _LISTS if part not in ("terms", "pathways")]
        for part in (*needed, *_SINGLE):
            if not getattr(self, _SINGLE.get(part, part)):
                self.problems.append(f"seeds: there are no {part}; one of the files must have them.")
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
        for level in _LEVEL_CODES:
            if level not in [each["code"] for each in self.levels]:
                self.problems.append(f"levels: {level} is missing; say what it means.")
        for each in self.groups:
            wrong = group_code_problem(each["code"])
            if wrong:
                self.problems.append(f"{each['_where']}: code {wrong}.")
            self._known(each, "priority", [each["priority"]], priorities)
        for each in self.areas:
            self._known(each, "skills", each["skills"], skills)
        self._each_skill_in_one_area()
        for each in self.skills:
            self._known(each, "priorities", each["priorities"], priorities)
        for each in self.terms:
            if each["end_on"] < each["start_on"]:
                self.problems.append(f"{each['_where']}: end_on is before start_on.")
        for each in self.modules:
            self._judge_module(each, formats, skills, priorities, groups, modules)
        for each in self.pathways:
            self._judge_pathway(each, groups, modules)
        self._judge_requirements(groups, skills)
        self._no_cycle(modules)

    def _judge_module(
        self,
        module: dict[str, Any],
        formats: Sequence[str],
        skills: Sequence[str],
        priorities: Sequence[int],
        groups: Sequence[str],
        modules: Sequence[str],
    ) -> None:
        self._known(module, "format", [module["format"]], formats)
        self._known(module, "skills", module["skills"], skills)
        self._known(module, "skills", list(module["skills"].values()), _LEVEL_CODES, once=False)
        self._known(module, "priorities", module["priorities"], priorities)
        self._known(module, "groups", module["groups"], groups)
        self._known(module, "prerequisites", module["prerequisites"], modules)
        for name, wrong in (
            ("code", code_problem(module["code"])),
            ("hours", hours_problem(Decimal(str(module["hours"])))),
            ("refresh_months", refresh_problem(module["refresh_months"])),
            ("access_link", link_problem(module["access_link"]) if module.get("access_link") else None),
            ("skills", None if module["skills"] else "is empty; a module gives at least one skill"),
        ):
            if wrong:
                self.problems.append(f"{module['_where']}: {name} {wrong}.")

    def _no_doubles(self) -> None:
        for part in _LISTS:
            name = {"priorities": "number", "terms": "start_on"}.get(part, "code")
            seen: dict[str, str] = {}
            for entry in getattr(self, part):
                key = str(entry[name]).casefold()
                if key in seen:
                    self.problems.append(f"{entry['_where']}: the same {name} stands twice.")
                seen[key] = entry["_where"]

    def _known(
        self, entry: dict[str, Any], name: str, values: Iterable[Any], offered: Collection[Any], *, once: bool = True
    ) -> None:
        """Say where a value is none of those offered (also not by being `True` where 1 is), or stands twice."""
        seen: list[Any] = []
        for value in values:
            if type(value) not in (str, int) or value not in offered:
                self.problems.append(
                    f"{entry['_where']}: {name}: {_shown(value)} does not exist{_near(value, offered)}."
                )
            elif once and value in seen:
                self.problems.append(f"{entry['_where']}: {name}: {_shown(value)} stands twice.")
            seen.append(value)

    def _each_skill_in_one_area(self) -> None:
        listed = [code for area in self.areas for code in area["skills"]]
        for skill in self.skills:
            count = listed.count(skill["code"])
            if count != 1:
                self.problems.append(f"{skill['_where']}: must stand in exactly one area, not in {count}.")

    def _judge_pathway(self, pathway: dict[str, Any], groups: Sequence[str], modules: Sequence[str]) -> None:
        where = pathway["_where"]
        self._known(pathway, "groups", pathway["groups"], groups)
        steps = []
        for place, step in enumerate(pathway["steps"], start=1):
            if not isinstance(step, dict):
                self.problems.append(f"{where}: step {place} must be a mapping such as {{module: …, due_days: …}}.")
            elif self._has_its_shape("steps", step, f"{where}: step {place}"):
                steps.append(step["module"])
        self._known(pathway, "steps", steps, modules)
        if not pathway["steps"]:
            self.problems.append(f"{where}: steps is empty.")

    def _judge_requirements(self, groups: Sequence[str], skills: Sequence[str]) -> None:
        where = f"{self.came_from['requirements']}: requirements"
        wrong = _value_problem("effective_from", self.required.get("effective_from"), (date,), needed=True)
        if wrong:
            self.problems.append(f"{where}: effective_from {wrong}.")
        for group, needs in self.required.items():
            if group == "effective_from":
                continue
            if group not in groups:
                self.problems.append(f"{where}: {_shown(group)} is not a group{_near(group, groups)}.")
            elif not isinstance(needs, dict | None):
                self.problems.append(f"{where}: {group} must be a mapping of skill to level.")
            else:
                for skill, level in (needs or {}).items():
                    self._judge_requirement(f"{where}: {group}", skill, level, skills)

    def _judge_requirement(self, where: str, skill: Any, level: Any, skills: Sequence[str]) -> None:
        if skill not in skills:
            self.problems.append(f"{where}: {_shown(skill)} is not a skill{_near(skill, skills)}.")
        elif level not in ["none", *_LEVEL_CODES]:
            self.problems.append(f"{where}: {skill}: {_shown(level)} is not a level{_near(level, _LEVEL_CODES)}.")
        elif not any(self._reaches(module, skill, Level.of_code(level)) for module in self.modules):
            self.problems.append(f"{where}: {skill}: no module reaches {level}; add one or ask for a lower level.")

    @staticmethod
    def _reaches(module: dict[str, Any], skill: str, level: Level) -> bool:
        given = module["skills"].get(skill, Level.NONE.code)
        return given in ["none", *_LEVEL_CODES] and Level.of_code(given) >= level

    def _no_cycle(self, modules: Sequence[str]) -> None:
        needs = {each["code"]: [code for code in each["prerequisites"] if code in modules] for each in self.modules}
        try:
            TopologicalSorter(needs).prepare()
        except CycleError as cycle:
            # The sorter lists each one before the one that needs it; told the other way round it reads "needs".
            route = list(reversed(cycle.args[1]))
            where = next(each["_where"] for each in self.modules if each["code"] == route[0])
            self.problems.append(f"{where}: prerequisites go round in a circle: {' needs '.join(route)}.")


def _value_problem(name: str, value: Any, allowed: Kinds, *, needed: bool) -> str | None:
    """Return what is wrong with a single value as the end of a sentence, or None."""
    # A truth value would pass for a number, and a moment for a day.
    if not isinstance(value, allowed) or (type(value) in (bool, datetime) and type(value) not in allowed):
        return f"cannot be {_shown(value)}; it must be {_kinds_in_words(allowed)}"
    if isinstance(value, str):
        if needed and not has_something_to_read(value):
            return "is empty"
        wrong = text_problem(value, _LONGEST.get(name, _LONGEST_TEXT))
        return wrong or (code_problem(value) if name == "code" else None)
    if isinstance(value, date):
        return day_problem(value)
    if isinstance(value, int) and not 0 <= value <= _LARGEST_NUMBER:
        return f"must be from 0 to {_LARGEST_NUMBER:,}"
    return None


def _kinds_in_words(allowed: Kinds) -> str:
    words = {str: "text", int: "a whole number", float: "a number", list: "a list [ … ]", dict: "a mapping { … }"}
    words |= {date: "a day such as 2024-09-01", bool: "true or false", NoneType: "null"}
    return " or ".join(words[kind] for kind in allowed)


def _shown(value: object) -> str:
    """Return a value as a sentence can hold it: short, whatever is in it."""
    if isinstance(value, str) and len(value) <= 60:
        return f'"{value}"'
    try:
        return reprlib.repr(value)
    except ValueError:  # Python writes no number of thousands of digits
        return "a number as large as that"


def _near(word: object, offered: Iterable[object]) -> str:
    if not isinstance(word, str) or len(word) > 60:
        return ""
    found = difflib.get_close_matches(word, [str(each) for each in offered], n=1)
    return f' (did you mean "{found[0]}"?)' if found else ""
