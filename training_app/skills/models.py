"""The framework: areas, skills, what each level means; what each group requires from when; who is exempt."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from training_app.database import Base, Identified, Versioned, Voidable
from training_app.people.models import Person
from training_app.strategy.models import Priority, WorkforceGroup


class SkillArea(Identified, Base):
    """One of the areas under which the skills stand."""

    __tablename__ = "skill_area"

    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    position: Mapped[int]


class Skill(Identified, Base):
    """A skill of the framework, in plain English; `position` is its place in the framework's order."""

    __tablename__ = "skill"

    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    definition: Mapped[str]
    area_id: Mapped[int] = mapped_column(ForeignKey("skill_area.id"))
    position: Mapped[int]

    area: Mapped[SkillArea] = relationship(lazy="joined", innerjoin=True)
    priorities: Mapped[list[Priority]] = relationship(secondary="skill_priority", order_by=Priority.number)


class SkillPriority(Base):
    """A priority of the strategy that a skill serves."""

    __tablename__ = "skill_priority"

    skill_id: Mapped[int] = mapped_column(ForeignKey("skill.id"), primary_key=True)
    priority_id: Mapped[int] = mapped_column(ForeignKey("priority.id"), primary_key=True)


class SkillLevel(Identified, Base):
    """What a level means, and how it is shown, in the framework's words. `rank` is a `Level`."""

    __tablename__ = "skill_level"

    rank: Mapped[int] = mapped_column(unique=True)
    name: Mapped[str]
    meaning: Mapped[str]
    shown_by: Mapped[str]


class Requirement(Identified, Versioned, Voidable, Base):
    """The level that everybody in a group needs in a skill, from a day until one for the same pair with a later day.
    `level` is a `Level`; `NONE` ends the requirement."""

    __tablename__ = "requirement"
    __table_args__ = (
        Index(
            "uq_requirement_standing",
            "group_id",
            "skill_id",
            "effective_from",
            unique=True,
            sqlite_where=text("voided_at IS NULL"),
            postgresql_where=text("voided_at IS NULL"),
        ),
        CheckConstraint("level BETWEEN 0 AND 3", name="level_known"),
    )

    group_id: Mapped[int] = mapped_column(ForeignKey("workforce_group.id"))
    skill_id: Mapped[int] = mapped_column(ForeignKey("skill.id"))
    level: Mapped[int]
    effective_from: Mapped[date]

    group: Mapped[WorkforceGroup] = relationship()
    skill: Mapped[Skill] = relationship()


class Exemption(Identified, Versioned, Voidable, Base):
    """Days, both included and the end perhaps open, on which nothing is required of a person in a skill; with its reason."""

    __tablename__ = "exemption"
    __table_args__ = (
        Index(
            "uq_exemption_standing",
            "person_id",
            "skill_id",
            "start_on",
            unique=True,
            sqlite_where=text("voided_at IS NULL"),
            postgresql_where=text("voided_at IS NULL"),
        ),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    skill_id: Mapped[int] = mapped_column(ForeignKey("skill.id"))
    start_on: Mapped[date]
    end_on: Mapped[date | None]
    reason: Mapped[str]

    person: Mapped[Person] = relationship()
    skill: Mapped[Skill] = relationship()
