"""What the hub does to its catalogue on the pages, in one line."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from training_app.audit import Actor
from training_app.catalogue.actions import ModuleAbout, ModuleContent, edit_module
from training_app.catalogue.models import Module
from training_app.database import db, transaction
from training_app.skills.levels import Level


def module(code: str) -> Module:
    """Return the module with this code."""
    return db.session.scalars(select(Module).where(Module.code == code)).one()


def edited(code: str, **changed: Any) -> None:
    """Change a module as the hub would on its page."""
    with transaction():
        row = module(code)
        version = row.current
        content = {
            "title": version.title,
            "format_id": version.format_id,
            "hours": version.hours,
            "refresh_months": version.refresh_months,
            "gives": {given.skill_id: Level(given.level) for given in version.gives},
        }
        about = {
            "summary": row.summary,
            "priority_ids": [each.id for each in row.priorities],
            "group_ids": [each.id for each in row.groups],
            "prerequisite_ids": [each.id for each in row.prerequisites],
        }
        for name, value in changed.items():
            (content if name in content else about)[name] = value
        edit_module(Actor.command(), row, ModuleContent(**content), ModuleAbout(**about))
