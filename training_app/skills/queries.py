"""Reading the framework, what each group needs, and who is exempt."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from training_app.database import db
from training_app.skills.models import Skill, SkillLevel


def all_skills() -> Sequence[Skill]:
    """Return the skills in the framework's order, each with its area."""
    return db.session.scalars(select(Skill).order_by(Skill.position)).all()


def level_meanings() -> Sequence[SkillLevel]:
    """Return what each level means, from the lowest."""
    return db.session.scalars(select(SkillLevel).order_by(SkillLevel.rank)).all()
