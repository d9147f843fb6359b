"""What the log says of the framework, of requirements and of exemptions, in sentences."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import select

from training_app.audit.history import (
    Action,
    Column,
    Names,
    Sentence,
    Subject,
    Told,
    changes,
    day_words,
    erased,
    simply,
)
from training_app.database import db
from training_app.skills.levels import Level
from training_app.skills.models import Skill, SkillArea

LEVELS = {int(each): each.code if each else "nothing" for each in Level}
REQUIREMENT: Mapping[str, Column | str] = {"level": Column("the level", LEVELS), "effective_from": "the day"}
EXEMPTION = {"end_on": "the last day", "reason": "the reason"}
AREA = {"name": "the name", "position": "the place"}
SKILL = {"name": "the name", "definition": "the definition", "area_id": "the area", "position": "the place"}
SKILL_LEVEL = {"name": "the name", "meaning": "the meaning", "shown_by": "what shows it"}


def names_of_skills(_ids: Collection[int]) -> Mapping[int, str]:
    """Return the names of skills by their ids."""
    return dict(db.session.execute(select(Skill.id, Skill.name)).all())


def names_of_areas(_ids: Collection[int]) -> Mapping[int, str]:
    """Return the names of the framework's areas by their ids."""
    return dict(db.session.execute(select(SkillArea.id, SkillArea.name)).all())


def level_words(level: object) -> str:
    """Return how a level that the log holds is spoken of; "nothing" is the one that ends a requirement."""
    return LEVELS.get(level, "an unknown level") if isinstance(level, int) else "an unknown level"


def _requirement(told: Told, names: Names) -> str:
    skill = names.name("skill_id", told.row.get("skill_id"))
    return f"{skill} for {names.name('group_id', told.row.get('group_id'))}"


def _required(told: Told, names: Names) -> Sentence:
    level = level_words(told.row.get("level"))
    since = day_words(told.row.get("effective_from"))
    return Sentence("decided", _requirement(told, names), f"{level} is needed from {since}")


def _requirement_changed(told: Told, names: Names) -> Sentence:
    since = day_words(told.row.get("effective_from"))
    more = changes(told, REQUIREMENT, names)
    return Sentence(f"what is needed from {since} changed", _requirement(told, names), more)


def _requirement_voided(told: Told, names: Names) -> Sentence:
    level = level_words(told.row.get("level"))
    since = day_words(told.row.get("effective_from"))
    return Sentence("taken back as a mistake", _requirement(told, names), f"it said {level} from {since}")


def _exemption(told: Told, names: Names) -> str:
    return f"exemption from {names.name('skill_id', told.row.get('skill_id'))}"


def days_words(told: Told) -> str:
    """Return on which days something holds that the log tells of: from a first day, perhaps to a last one."""
    first, last = told.row.get("start_on"), told.row.get("end_on")
    return f"from {day_words(first)}" + (f" to {day_words(last)}" if last else "")


def _exempted(told: Told, names: Names) -> Sentence:
    return Sentence("added", _exemption(told, names), days_words(told))


def _exemption_taken_back(told: Told, names: Names) -> Sentence:
    return Sentence("taken back as a mistake", _exemption(told, names), f"it was {days_words(told)}")


def _skill(told: Told, _names: Names) -> str:
    return f"the skill {told.row.get('name')}"


def _area(told: Told, _names: Names) -> str:
    return f"the area {told.row.get('name')}"


def _level(told: Told, _names: Names) -> str:
    return f"the level {told.row.get('name')}"


HISTORY = Subject(
    actions={
        "requirement.added": Action("Requirement decided", _required),
        "requirement.changed": Action("Requirement changed", _requirement_changed),
        "requirement.voided": Action("Requirement taken back", _requirement_voided),
        "exemption.added": Action("Exemption added", _exempted),
        "exemption.changed": Action("Exemption changed", simply("changed", _exemption, EXEMPTION)),
        "exemption.voided": Action("Exemption taken back", _exemption_taken_back),
        "exemption.erased": Action("Exemption’s words erased", erased("an exemption")),
        "skill.added": Action("Skill added", simply("added", _skill)),
        "skill.changed": Action("Skill changed", simply("changed", _skill, SKILL)),
        "skill_area.added": Action("Skill area added", simply("added", _area)),
        "skill_area.changed": Action("Skill area changed", simply("changed", _area, AREA)),
        "skill_level.added": Action("Level described", simply("added", _level)),
        "skill_level.changed": Action("Level described anew", simply("changed", _level, SKILL_LEVEL)),
    },
    names={"skill_id": names_of_skills, "area_id": names_of_areas},
)
