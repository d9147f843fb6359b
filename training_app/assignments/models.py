"""What people are asked to do: batches of assignments, rules about groups, and waivers; and what was allowed to several people at
once. Who owes what by when is never stored: it follows from these, and from what is recorded (see `rules.py`)."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from training_app.catalogue.models import Module, Pathway
from training_app.database import Base, Identified, Versioned, Voidable
from training_app.people.models import Person
from training_app.records.models import Extension
from training_app.skills.models import Exemption, Skill
from training_app.strategy.models import WorkforceGroup

_ONE_OF_TWO = "(module_id IS NULL) <> (pathway_id IS NULL)"


class AssignmentBatch(Identified, Versioned, Voidable, Base):
    """A module or a pathway that was given to several people at once. Taking it back voids it: it is asked of nobody, on no
    day. `whom` says in words whom it was meant for, `reason` why, in the words that those people read."""

    __tablename__ = "assignment_batch"
    __table_args__ = (CheckConstraint(_ONE_OF_TWO, name="module_or_pathway"),)

    module_id: Mapped[int | None] = mapped_column(ForeignKey("module.id"))
    pathway_id: Mapped[int | None] = mapped_column(ForeignKey("pathway.id"))
    assigned_on: Mapped[date]
    assigned_at: Mapped[datetime]
    assigned_by_account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    whom: Mapped[str] = mapped_column(info={"secret": True})
    reason: Mapped[str]

    module: Mapped[Module | None] = relationship()
    pathway: Mapped[Pathway | None] = relationship()


class Assignment(Identified, Base):
    """A module that one person was asked to do, by a day. `withdrawn_at` is set with its batch, or for this person alone."""

    __tablename__ = "assignment"
    __table_args__ = (
        Index(
            "uq_assignment_standing",
            "person_id",
            "module_id",
            "assigned_on",
            unique=True,
            sqlite_where=text("withdrawn_at IS NULL"),
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
        Index("ix_assignment_batch", "batch_id", "person_id"),
    )

    batch_id: Mapped[int] = mapped_column(ForeignKey("assignment_batch.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    module_id: Mapped[int] = mapped_column(ForeignKey("module.id"))
    assigned_on: Mapped[date]
    due_on: Mapped[date]
    optional: Mapped[bool]
    withdrawn_at: Mapped[datetime | None]

    batch: Mapped[AssignmentBatch] = relationship()
    person: Mapped[Person] = relationship()
    module: Mapped[Module] = relationship()


class AssignmentRule(Identified, Versioned, Voidable, Base):
    """That a group is asked to do a module or a pathway: whoever joins from `from_on` on, and with `includes_present` those who
    were there before, counted from that day. `until_on` is its last day, None while it goes on. `due_days` is for a module;
    a pathway's steps have days of their own."""

    __tablename__ = "assignment_rule"
    __table_args__ = (
        CheckConstraint(_ONE_OF_TWO, name="module_or_pathway"),
        CheckConstraint("(module_id IS NULL) = (due_days IS NULL)", name="days_of_a_module"),
        Index(
            "uq_assignment_rule_module",
            "group_id",
            "module_id",
            "from_on",
            unique=True,
            sqlite_where=text("voided_at IS NULL AND module_id IS NOT NULL"),
            postgresql_where=text("voided_at IS NULL AND module_id IS NOT NULL"),
        ),
        Index(
            "uq_assignment_rule_pathway",
            "group_id",
            "pathway_id",
            "from_on",
            unique=True,
            sqlite_where=text("voided_at IS NULL AND pathway_id IS NOT NULL"),
            postgresql_where=text("voided_at IS NULL AND pathway_id IS NOT NULL"),
        ),
    )

    group_id: Mapped[int] = mapped_column(ForeignKey("workforce_group.id"))
    module_id: Mapped[int | None] = mapped_column(ForeignKey("module.id"))
    pathway_id: Mapped[int | None] = mapped_column(ForeignKey("pathway.id"))
    due_days: Mapped[int | None]
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    includes_present: Mapped[bool]
    created_at: Mapped[datetime]

    group: Mapped[WorkforceGroup] = relationship()
    module: Mapped[Module | None] = relationship()
    pathway: Mapped[Pathway | None] = relationship()


class Waiver(Identified, Versioned, Voidable, Base):
    """Days, both included and the end perhaps open, on which a module is not asked of somebody, with the reason."""

    __tablename__ = "waiver"
    __table_args__ = (
        Index(
            "uq_waiver_standing",
            "person_id",
            "module_id",
            "start_on",
            unique=True,
            sqlite_where=text("voided_at IS NULL"),
            postgresql_where=text("voided_at IS NULL"),
        ),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    module_id: Mapped[int] = mapped_column(ForeignKey("module.id"))
    start_on: Mapped[date]
    end_on: Mapped[date | None]
    reason: Mapped[str]

    person: Mapped[Person] = relationship()
    module: Mapped[Module] = relationship()


class AllowanceKind(StrEnum):
    """What several people are allowed at once."""

    EXEMPTION = "exemption"
    WAIVER = "waiver"
    EXTENSION = "extension"


class Allowance(Identified, Versioned, Voidable, Base):
    """An exemption from a skill, a waiver of a module, or an extension of what gives either, that was given to several people
    at once. Taking it back voids it, and all that it made and that still stands.

    `start_on` and `end_on` are the days of an exemption or a waiver, both included and the end perhaps open; `valid_until` is
    the day up to, but not on, which an extension lets credits count. `whom` says in words whom it was meant for.
    """

    __tablename__ = "allowance"
    __table_args__ = (
        CheckConstraint("kind IN ('exemption', 'waiver', 'extension')", name="kind_known"),
        CheckConstraint("(skill_id IS NULL) <> (module_id IS NULL)", name="skill_or_module"),
        CheckConstraint("(start_on IS NULL) <> (valid_until IS NULL)", name="days_or_end"),
    )

    kind: Mapped[str]
    skill_id: Mapped[int | None] = mapped_column(ForeignKey("skill.id"))
    module_id: Mapped[int | None] = mapped_column(ForeignKey("module.id"))
    start_on: Mapped[date | None]
    end_on: Mapped[date | None]
    valid_until: Mapped[date | None]
    whom: Mapped[str] = mapped_column(info={"secret": True})
    reason: Mapped[str]
    made_at: Mapped[datetime]
    made_by_account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))

    skill: Mapped[Skill | None] = relationship()
    module: Mapped[Module | None] = relationship()


class AllowanceItem(Identified, Base):
    """What an allowance made for one person: an exemption, a waiver or an extension, which says whether it stands."""

    __tablename__ = "allowance_item"
    __table_args__ = (
        CheckConstraint(
            "(exemption_id IS NOT NULL AND waiver_id IS NULL AND extension_id IS NULL)"
            " OR (exemption_id IS NULL AND waiver_id IS NOT NULL AND extension_id IS NULL)"
            " OR (exemption_id IS NULL AND waiver_id IS NULL AND extension_id IS NOT NULL)",
            name="one_of_three",
        ),
        Index("ix_allowance_item_allowance", "allowance_id", "person_id"),
        Index("ix_allowance_item_person", "person_id"),
    )

    allowance_id: Mapped[int] = mapped_column(ForeignKey("allowance.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    exemption_id: Mapped[int | None] = mapped_column(ForeignKey("exemption.id"), unique=True)
    waiver_id: Mapped[int | None] = mapped_column(ForeignKey("waiver.id"), unique=True)
    extension_id: Mapped[int | None] = mapped_column(ForeignKey("extension.id"), unique=True)

    allowance: Mapped[Allowance] = relationship()
    person: Mapped[Person] = relationship()
    exemption: Mapped[Exemption | None] = relationship()
    waiver: Mapped[Waiver | None] = relationship()
    extension: Mapped[Extension | None] = relationship()
