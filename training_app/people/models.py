"""The workforce: people, the organisations they work or volunteer for, and their time in each group."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from training_app.database import Base, Identified, Versioned, Voidable
from training_app.strategy.models import WorkforceGroup


class OrganisationKind(StrEnum):
    """What sort of organisation it is."""

    MUSIC_SERVICE = "music_service"
    SCHOOL = "school"
    PARTNER = "partner"
    VOLUNTARY = "voluntary"
    GOVERNANCE = "governance"


class Organisation(Identified, Versioned, Base):
    """Whom people work or volunteer for. `name_key` is the normalised name by which it is known."""

    __tablename__ = "organisation"

    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    area: Mapped[str | None]


class Person(Identified, Versioned, Base):
    """Someone in the workforce. `reference` is the hub's own identifier, which may change; they need have no e-mail and no
    account. `name_key` is the normalised name by which they are searched and sorted, `email_key` the e-mail by which they are
    found. An e-mail without its key stands as it was typed but finds nobody: somebody else is found by it (see
    `ProbableDouble`). Since `erased_at` the row is somebody without a name: it stays so that past figures stay, and lists and
    searches leave it out."""

    __tablename__ = "person"
    __table_args__ = (Index("ix_person_name_key", "name_key", "id"),)

    reference: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    name_key: Mapped[str]
    email: Mapped[str | None]
    email_key: Mapped[str | None] = mapped_column(unique=True)
    erased_at: Mapped[datetime | None]


class Engagement(Identified, Versioned, Voidable, Base):
    """A person's time in one group at one organisation, both days included; without `end_on` it goes on."""

    __tablename__ = "engagement"
    __table_args__ = (
        Index(
            "uq_engagement_standing",
            "person_id",
            "organisation_id",
            "group_id",
            "start_on",
            unique=True,
            sqlite_where=text("voided_at IS NULL"),
            postgresql_where=text("voided_at IS NULL"),
        ),
        Index("ix_engagement_group", "group_id", "start_on", "end_on", "person_id"),
        Index("ix_engagement_organisation", "organisation_id", "person_id"),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    group_id: Mapped[int] = mapped_column(ForeignKey("workforce_group.id"))
    job_title: Mapped[str | None]
    start_on: Mapped[date]
    end_on: Mapped[date | None]

    person: Mapped[Person] = relationship()
    organisation: Mapped[Organisation] = relationship()
    group: Mapped[WorkforceGroup] = relationship()


class KeptLeaver(Identified, Base):
    """What is held about somebody who left was looked at, and is kept until a later day, for a reason."""

    __tablename__ = "kept_leaver"
    __table_args__ = (Index("ix_kept_leaver_person", "person_id"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    until: Mapped[date]
    reason: Mapped[str]
    decided_at: Mapped[datetime]
    decided_by_account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))


class OwnReference(Identified, Versioned, Base):
    """What an organisation calls somebody in its own spreadsheets, where that is not the hub's reference. Its coordinator's
    files find the person by it."""

    __tablename__ = "own_reference"
    __table_args__ = (
        UniqueConstraint("organisation_id", "reference"),
        Index("ix_own_reference_person", "person_id"),
        Index("ix_own_reference_reference", "reference"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    reference: Mapped[str]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))

    organisation: Mapped[Organisation] = relationship()


class Likeness(StrEnum):
    """By what somebody new is probably somebody whom the hub knows."""

    REFERENCE = "reference"
    EMAIL = "e-mail"
    NAME = "name"


class Settled(StrEnum):
    """What became of a probable double: what a manager decided, or that one of the two was erased."""

    SAME_PERSON = "same person"
    TWO_PEOPLE = "two people"
    ERASED = "erased"


class ProbableDouble(Identified, Versioned, Base):
    """Somebody whom a coordinator added and who is probably somebody the hub knew already, outside what that coordinator may
    see. It waits for a manager. `because` names the `Likeness`es, in their order, with commas between them."""

    __tablename__ = "probable_double"
    __table_args__ = (
        Index("ix_probable_double_person", "person_id"),
        Index("ix_probable_double_known", "known_id"),
        Index(
            "ix_probable_double_waiting",
            "noticed_at",
            sqlite_where=text("settled_at IS NULL"),
            postgresql_where=text("settled_at IS NULL"),
        ),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    known_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    because: Mapped[str]
    noticed_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_as: Mapped[str | None]

    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    known: Mapped[Person] = relationship(foreign_keys=[known_id])

    @property
    def likenesses(self) -> list[Likeness]:
        """By what the two are probably one, in their order."""
        return [Likeness(each) for each in self.because.split(", ")]


class FormerIdentity(Identified, Base):
    """Who somebody was recorded as besides, until the two were found to be one person: the reference, name and e-mail that were
    not kept, and the number of the row that is gone, under which the log speaks of them. An old reference leads to the person."""

    __tablename__ = "former_identity"
    __table_args__ = (Index("ix_former_identity_person", "person_id"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    former_person_id: Mapped[int] = mapped_column(unique=True)
    reference: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    email: Mapped[str | None]
    merged_at: Mapped[datetime]
