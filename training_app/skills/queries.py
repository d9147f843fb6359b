"""Reading the framework, what each group needs, and who is exempt."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import contains_eager, joinedload

from training_app.database import db
from training_app.people.rules import LONGEST_NAME, text_problem
from training_app.skills.levels import Level
from training_app.skills.models import Exemption, Requirement, Skill, SkillLevel
from training_app.skills.rules import RequirementFact
from training_app.strategy.models import WorkforceGroup


def all_skills() -> Sequence[Skill]:
    """Return the skills in the framework's order, each with its area."""
    return db.session.scalars(select(Skill).order_by(Skill.position)).all()


def level_meanings() -> Sequence[SkillLevel]:
    """Return what each level means, from the lowest."""
    return db.session.scalars(select(SkillLevel).order_by(SkillLevel.rank)).all()


def standing_requirements(group_id: int | None = None, skill_id: int | None = None) -> Sequence[Requirement]:
    """Return the decisions that stand about what groups need, past and coming ones included, in the framework's order of
    groups and skills and then by day; only those of a group or a skill where one is given."""
    query = (
        select(Requirement)
        .join(WorkforceGroup, WorkforceGroup.id == Requirement.group_id)
        .join(Skill, Skill.id == Requirement.skill_id)
        .options(contains_eager(Requirement.group), contains_eager(Requirement.skill))
        .where(Requirement.voided_at.is_(None))
        .order_by(WorkforceGroup.position, Skill.position, Requirement.effective_from)
    )
    if group_id is not None:
        query = query.where(Requirement.group_id == group_id)
    if skill_id is not None:
        query = query.where(Requirement.skill_id == skill_id)
    return db.session.scalars(query).all()


def requirement_facts() -> list[RequirementFact]:
    """Return every requirement that was not withdrawn, past and coming ones included."""
    rows = db.session.execute(
        select(Requirement.group_id, Requirement.skill_id, Requirement.level, Requirement.effective_from).where(
            Requirement.voided_at.is_(None)
        )
    )
    return [RequirementFact(group, skill, Level(level), day) for group, skill, level, day in rows]


def needed_from(day: date) -> list[Requirement]:
    """Return the decisions that ask for a level on a day or later: the one in force for each group and skill, and those to
    come; in the framework's order, each with its group and skill."""
    decisions = standing_requirements()
    in_force = {(each.group_id, each.skill_id): each.id for each in decisions if each.effective_from <= day}
    return [
        each
        for each in decisions
        if each.level > Level.NONE and (each.effective_from > day or in_force[each.group_id, each.skill_id] == each.id)
    ]


def voided_requirements(group_id: int, skill_id: int) -> Sequence[Requirement]:
    """Return the decisions about a group and a skill that were taken back, the latest taken back first."""
    return db.session.scalars(
        select(Requirement)
        .where(
            Requirement.group_id == group_id,
            Requirement.skill_id == skill_id,
            Requirement.voided_at.is_not(None),
        )
        .order_by(Requirement.voided_at.desc(), Requirement.id.desc())
    ).all()


def requirement_by_id(requirement_id: int) -> Requirement | None:
    """Return a decision that stands by its id."""
    return db.session.scalar(
        select(Requirement).where(Requirement.id == requirement_id, Requirement.voided_at.is_(None))
    )


def requirement_of(group_id: int, skill_id: int, effective_from: date) -> Requirement | None:
    """Return the decision that stands about a group and a skill from this very day, if there is one."""
    return db.session.scalar(
        select(Requirement).where(
            Requirement.group_id == group_id,
            Requirement.skill_id == skill_id,
            Requirement.effective_from == effective_from,
            Requirement.voided_at.is_(None),
        )
    )


def skill_by_code(code: str) -> Skill | None:
    """Return the skill with this code, however it is capitalised."""
    if text_problem(code, LONGEST_NAME) is not None:
        return None  # and never a question to the database about what it cannot hold
    return db.session.scalar(select(Skill).where(func.lower(Skill.code) == code.casefold()))


def exemptions_of(person_id: int) -> Sequence[Exemption]:
    """Return somebody's exemptions that stand, the latest first, each with its skill."""
    return db.session.scalars(
        select(Exemption)
        .options(joinedload(Exemption.skill))
        .where(Exemption.person_id == person_id, Exemption.voided_at.is_(None))
        .order_by(Exemption.start_on.desc(), Exemption.id.desc())
    ).all()


def exemption_of(person_id: int, exemption_id: int) -> Exemption | None:
    """Return a standing exemption by its id if it is this person's."""
    return db.session.scalar(
        select(Exemption).where(
            Exemption.id == exemption_id, Exemption.person_id == person_id, Exemption.voided_at.is_(None)
        )
    )


def definition_of(skill_id: int) -> str:
    """Return what a skill is, in the framework's words."""
    return db.session.scalars(select(Skill.definition).where(Skill.id == skill_id)).one()
