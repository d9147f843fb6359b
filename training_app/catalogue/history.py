"""What the log says of modules and pathways, in sentences."""

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
    listed,
    simply,
)
from training_app.catalogue.models import Module, ModuleFormat, ModuleVersion
from training_app.database import db
from training_app.skills.history import level_words, names_of_skills

MODULE: Mapping[str, Column | str] = {
    "title": "the title",
    "format_id": "how it is learned",
    "hours": "the hours",
    "refresh_months": "the months until it is refreshed",
    "summary": "the summary",
    "access_link": "the link",
    "access_note": "how to do it",
    "access_contact": "the contact",
    "confirmed_by_rule": "whether what people log is confirmed by rule",
    "coordinator_may_confirm": Column(
        "whether a coordinator may confirm it for their own people", {True: "yes", False: "no"}
    ),
    "renewal_opens_days": "the days before its end on which its renewal is asked",
    "priority_ids": "the priorities",
    "group_ids": "whom it is suggested to",
    "prerequisite_ids": "what it builds on",
}
FORMAT = {"name": "the name", "position": "the place"}
PATHWAY = {"title": "the title", "position": "the place"}


def names_of_modules(_ids: Collection[int]) -> Mapping[int, str]:
    """Return code and title of modules by their ids."""
    rows = db.session.execute(
        select(Module.id, Module.code, ModuleVersion.title)
        .join(ModuleVersion, ModuleVersion.module_id == Module.id)
        .where(ModuleVersion.superseded_at.is_(None))
    )
    return {module_id: f"{code} {title}" for module_id, code, title in rows}


def codes_of_modules(_ids: Collection[int]) -> Mapping[int, str]:
    """Return the codes of modules by their ids."""
    return dict(db.session.execute(select(Module.id, Module.code)).all())


def names_of_formats(_ids: Collection[int]) -> Mapping[int, str]:
    """Return the names of the ways to learn by their ids."""
    return dict(db.session.execute(select(ModuleFormat.id, ModuleFormat.name)).all())


def _module(told: Told, _names: Names) -> str:
    return f"{told.row.get('code')} {told.row.get('title')}"


def gives_words(values: Mapping[str, int] | None, names: Names) -> str:
    """Say which skills are given, each to which level."""
    given = {int(skill): level for skill, level in (values or {}).items()}
    return (
        listed(f"{names.name('gives', skill)} to {level_words(level)}" for skill, level in given.items()) or "nothing"
    )


def _added(told: Told, names: Names) -> Sentence:
    return Sentence("added", _module(told, names), f"it gives {gives_words(told.row.get('gives'), names)}")


def _changed(told: Told, names: Names) -> Sentence:
    parts = [changes(told, MODULE, names)] if told.before else []
    if told.has_changed("gives"):
        parts.append(f"it gives {gives_words(told.row.get('gives'), names)} from now on")
    if told.has_changed("version"):
        parts.append(f"who completed it before keeps what version {(told.before or {}).get('version')} gave")
    return Sentence("changed", _module(told, names), "; ".join(each for each in parts if each))


def _retired(told: Told, names: Names) -> Sentence:
    return Sentence("retired", _module(told, names), f"it is not offered from {day_words(told.row.get('retired_on'))}")


def _format(told: Told, _names: Names) -> str:
    return f"the way to learn {told.row.get('name')}"


def _pathway(told: Told, _names: Names) -> str:
    return f"the pathway {told.row.get('title')}"


HISTORY = Subject(
    actions={
        "module.added": Action("Module added", _added),
        "module.changed": Action("Module changed", _changed),
        "module.retired": Action("Module retired", _retired),
        "module.reinstated": Action("Module offered again", simply("offered again", _module)),
        "module_format.added": Action("Way to learn added", simply("added", _format)),
        "module_format.changed": Action("Way to learn changed", simply("changed", _format, FORMAT)),
        "pathway.added": Action("Pathway added", simply("added", _pathway)),
        "pathway.changed": Action("Pathway changed", simply("changed", _pathway, PATHWAY)),
    },
    names={
        "module_id": names_of_modules,
        "prerequisite_ids": codes_of_modules,
        "format_id": names_of_formats,
        "gives": names_of_skills,
    },
)
