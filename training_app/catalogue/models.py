"""The catalogue: modules and their immutable versions, and pathways made of modules."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from training_app.database import Base, Identified, Versioned
from training_app.skills.models import Skill
from training_app.strategy.models import Priority, WorkforceGroup


class ModuleFormat(Identified, Base):
    """How a module is learned: workshop, e-learning, shadowing and so on."""

    __tablename__ = "module_format"

    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    position: Mapped[int]


class Module(Identified, Versioned, Base):
    """A catalogue entry. Here stands what may change without touching anybody's credit; what a completion gives stands in
    its versions. Retired, never deleted: `retired_on` is the first day on which it is no longer offered. With
    `confirmed_by_rule`, what people log counts as verified at once."""

    __tablename__ = "module"

    code: Mapped[str] = mapped_column(unique=True)
    summary: Mapped[str]
    access_link: Mapped[str | None]
    access_note: Mapped[str | None]
    access_contact: Mapped[str | None]
    retired_on: Mapped[date | None]
    confirmed_by_rule: Mapped[bool] = mapped_column(default=False, server_default=false())
    # Whether a coordinator may confirm it for their own people; where not, the workforce manager does.
    coordinator_may_confirm: Mapped[bool] = mapped_column(default=False, server_default=false())
    # How many days before a credit of it runs out its renewal is asked; None is the usual number.
    renewal_opens_days: Mapped[int | None]

    versions: Mapped[list[ModuleVersion]] = relationship(
        back_populates="module", order_by="ModuleVersion.number", cascade="all"
    )
    current: Mapped[ModuleVersion] = relationship(
        primaryjoin="and_(Module.id == ModuleVersion.module_id, ModuleVersion.superseded_at.is_(None))",
        viewonly=True,
        uselist=False,
    )
    priorities: Mapped[list[Priority]] = relationship(secondary="module_priority", order_by=Priority.number)
    groups: Mapped[list[WorkforceGroup]] = relationship(secondary="module_group", order_by=WorkforceGroup.position)
    prerequisites: Mapped[list[Module]] = relationship(
        secondary="module_prerequisite",
        primaryjoin="Module.id == ModulePrerequisite.module_id",
        secondaryjoin="Module.id == ModulePrerequisite.needs_module_id",
        order_by="Module.code",
    )


class ModuleVersion(Identified, Base):
    """What a module was from one edit to the next: title, format, hours, refresher and, in `gives`, its skills.

    Never changed after it is written, but for `superseded_at`; completions point here, so that a later edit of the module
    rewrites nobody's history. `refresh_months` is how long its credits stay valid, in calendar months; None is for good.

    Without a module it is private: what one entry of training outside the catalogue says and gives. It is written when the
    entry is logged, completed once, when a verifier says what it gives (`mapped_at`), and never changed afterwards. Its
    credits may also end on a day, `ends_on`, the first on which they no longer count; `is_formal` is None where nobody said.
    """

    __tablename__ = "module_version"
    __table_args__ = (
        UniqueConstraint("module_id", "number"),
        Index(
            "uq_module_version_current",
            "module_id",
            unique=True,
            sqlite_where=text("superseded_at IS NULL"),
            postgresql_where=text("superseded_at IS NULL"),
        ),
        CheckConstraint("refresh_months IS NULL OR refresh_months >= 1", name="refresh_at_least_one"),
        CheckConstraint("hours >= 0", name="hours_not_negative"),
        CheckConstraint("module_id IS NULL OR format_id IS NOT NULL", name="format_of_a_module"),
        CheckConstraint(
            "module_id IS NULL OR (ends_on IS NULL AND is_formal IS NULL AND mapped_at IS NULL)", name="private_alone"
        ),
        CheckConstraint("refresh_months IS NULL OR ends_on IS NULL", name="one_end"),
    )

    module_id: Mapped[int | None] = mapped_column(ForeignKey("module.id"))
    number: Mapped[int]
    title: Mapped[str]
    format_id: Mapped[int | None] = mapped_column(ForeignKey("module_format.id"))
    hours: Mapped[Decimal]
    refresh_months: Mapped[int | None]
    created_at: Mapped[datetime]
    superseded_at: Mapped[datetime | None]
    ends_on: Mapped[date | None]
    is_formal: Mapped[bool | None]
    mapped_at: Mapped[datetime | None]

    module: Mapped[Module | None] = relationship(back_populates="versions")
    format: Mapped[ModuleFormat | None] = relationship(lazy="joined")
    gives: Mapped[list[ModuleVersionSkill]] = relationship(lazy="selectin", cascade="all")

    @property
    def learned(self) -> ModuleFormat:
        """How a module of the catalogue is learned; what is private is of no such kind."""
        assert self.format is not None
        return self.format

    @property
    def awaits_mapping(self) -> bool:
        """Whether it is private and nobody has said yet which skills it gives."""
        return self.module_id is None and self.mapped_at is None


class ModuleVersionSkill(Base):
    """A skill that a version of a module gives, and to which `Level`."""

    __tablename__ = "module_version_skill"
    __table_args__ = (CheckConstraint("level BETWEEN 1 AND 3", name="level_known"),)

    version_id: Mapped[int] = mapped_column(ForeignKey("module_version.id"), primary_key=True)
    skill_id: Mapped[int] = mapped_column(ForeignKey("skill.id"), primary_key=True)
    level: Mapped[int]

    skill: Mapped[Skill] = relationship(lazy="joined", innerjoin=True)


class ModulePriority(Base):
    """A priority of the strategy that a module serves."""

    __tablename__ = "module_priority"

    module_id: Mapped[int] = mapped_column(ForeignKey("module.id"), primary_key=True)
    priority_id: Mapped[int] = mapped_column(ForeignKey("priority.id"), primary_key=True)


class ModuleGroup(Base):
    """A workforce group to which a module is suggested (a suggestion, not a limit)."""

    __tablename__ = "module_group"

    module_id: Mapped[int] = mapped_column(ForeignKey("module.id"), primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("workforce_group.id"), primary_key=True)


class ModulePrerequisite(Base):
    """A module that another one builds on."""

    __tablename__ = "module_prerequisite"

    module_id: Mapped[int] = mapped_column(ForeignKey("module.id"), primary_key=True)
    needs_module_id: Mapped[int] = mapped_column(ForeignKey("module.id"), primary_key=True)


class Pathway(Identified, Base):
    """A route through several modules, such as an induction."""

    __tablename__ = "pathway"

    code: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    position: Mapped[int]

    groups: Mapped[list[WorkforceGroup]] = relationship(secondary="pathway_group", order_by=WorkforceGroup.position)
    steps: Mapped[list[PathwayStep]] = relationship(order_by="PathwayStep.position", cascade="all, delete-orphan")


class PathwayGroup(Base):
    """A workforce group that a pathway is for."""

    __tablename__ = "pathway_group"

    pathway_id: Mapped[int] = mapped_column(ForeignKey("pathway.id"), primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("workforce_group.id"), primary_key=True)


class PathwayStep(Identified, Base):
    """One module of a pathway, due so many days after the engagement starts or the pathway is assigned."""

    __tablename__ = "pathway_step"
    __table_args__ = (UniqueConstraint("pathway_id", "module_id"),)

    pathway_id: Mapped[int] = mapped_column(ForeignKey("pathway.id"))
    module_id: Mapped[int] = mapped_column(ForeignKey("module.id"))
    position: Mapped[int]
    due_days: Mapped[int]
    optional: Mapped[bool]

    module: Mapped[Module] = relationship()
