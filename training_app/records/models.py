"""What people have completed, how it is evidenced, and how long it counts."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from training_app.catalogue.models import Module, ModuleVersion
from training_app.database import Base, Identified, Versioned, Voidable
from training_app.people.models import Person

# A column that is its writer's alone: not in the log, and not searched when somebody else is erased.
OWN_WORDS = {"secret": True, "private": True}
# By what the house finds a file; in the log it would tell nobody anything.
NO_READER_S_BUSINESS = {"secret": True}
# What training outside the catalogue is called where its own title is not told.
OUTSIDE = "Training outside the catalogue"


class Evidence(StrEnum):
    """How far a completion can be relied on. Only the first two ever count in coverage."""

    VERIFIED = "verified"
    SELF_DECLARED = "self-declared"
    RETURNED = "returned"
    VOID = "void"


class Completion(Identified, Versioned, Voidable, Base):
    """A person completed a module on a day.

    What it gives is what its module version gives: credits are derived, never copied. `valid_until` is the first day on
    which they no longer count (None: they count for good): `completed_on` plus the version's refresh, or what the latest
    standing extension says. `evidence` is an `Evidence`; a voided row has `VOID` and its `voided_at`. `verified_by_rule` is
    true where nobody looked at it, and its module asks nobody to. Who recorded it is kept where it was an account, and for
    which of their organisations where it was a coordinator's.

    Training outside the catalogue has no module, and a private version of its own; `title_key`, made of its title, is what
    then tells whether it was logged twice. `answer` is what somebody wrote to an entry that had been sent back, whose
    `return_reason` then stays beside it until it is verified.
    """

    __tablename__ = "completion"
    __table_args__ = (
        Index(
            "uq_completion_standing",
            "person_id",
            "module_id",
            "completed_on",
            unique=True,
            sqlite_where=text("evidence <> 'void'"),
            postgresql_where=text("evidence <> 'void'"),
        ),
        Index(
            "uq_completion_outside",
            "person_id",
            "title_key",
            "completed_on",
            unique=True,
            sqlite_where=text("evidence <> 'void' AND title_key IS NOT NULL"),
            postgresql_where=text("evidence <> 'void' AND title_key IS NOT NULL"),
        ),
        # Serves coverage and "what does this person hold" without touching the table.
        Index(
            "ix_completion_credits",
            "person_id",
            "module_version_id",
            "completed_on",
            "valid_until",
            "evidence",
        ),
        Index("ix_completion_module", "module_id", "completed_on"),
        # A list by day reads as many of its rows as a page has, and counts without touching the table. Only what stands, which
        # a statement has to say in these words: an index of everything would lure the coverage query away from its own.
        Index(
            "ix_completion_day",
            "completed_on",
            "id",
            "evidence",
            sqlite_where=text("evidence <> 'void'"),
            postgresql_where=text("evidence <> 'void'"),
        ),
        # What waits for confirmation or was sent back is little beside what is verified; so is what is void.
        Index(
            "ix_completion_unverified",
            "evidence",
            "completed_on",
            "id",
            sqlite_where=text("evidence <> 'verified'"),
            postgresql_where=text("evidence <> 'verified'"),
        ),
        # Whether anything outside the catalogue is called so.
        Index(
            "ix_completion_outside",
            "title_key",
            sqlite_where=text("title_key IS NOT NULL"),
            postgresql_where=text("title_key IS NOT NULL"),
        ),
        CheckConstraint("evidence IN ('verified', 'self-declared', 'returned', 'void')", name="evidence_known"),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    module_id: Mapped[int | None] = mapped_column(ForeignKey("module.id"))
    module_version_id: Mapped[int] = mapped_column(ForeignKey("module_version.id"))
    completed_on: Mapped[date]
    valid_until: Mapped[date | None]
    evidence: Mapped[str]
    hours: Mapped[Decimal | None]
    provider: Mapped[str | None]
    note: Mapped[str | None]
    created_at: Mapped[datetime]
    recorded_by_account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    recorded_for_organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    verified_at: Mapped[datetime | None]
    verified_by_account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    verified_by_rule: Mapped[bool] = mapped_column(default=False, server_default=false())
    return_reason: Mapped[str | None]
    title_key: Mapped[str | None]
    answer: Mapped[str | None]

    person: Mapped[Person] = relationship()
    module: Mapped[Module | None] = relationship()
    version: Mapped[ModuleVersion] = relationship()
    extensions: Mapped[list[Extension]] = relationship(order_by="Extension.id")

    @property
    def is_outside(self) -> bool:
        """Whether it is training outside the catalogue."""
        return self.module_id is None

    @property
    def code(self) -> str | None:
        """The code of its module; None for training outside the catalogue."""
        return self.module.code if self.module else None

    def title(self, in_full: bool = True) -> str:
        """Return its title. That of training outside the catalogue was typed by somebody: to a reader who is not told in full
        it is called no more than that."""
        return self.version.title if in_full or not self.is_outside else OUTSIDE

    def called(self, in_full: bool = True) -> str:
        """Return what it is called in a list of many: code and title, or the title alone."""
        return f"{self.code} {self.version.title}" if self.code else self.title(in_full)

    def briefly(self, in_full: bool = True) -> str:
        """Return what it is called where there is little room: the code, or else the title."""
        return self.code or self.title(in_full)


class Extension(Identified, Voidable, Base):
    """A later end for the credits of one completion, with its reason. Withdrawn by voiding; the latest that stands wins."""

    __tablename__ = "extension"
    __table_args__ = (Index("ix_extension_completion", "completion_id"),)

    completion_id: Mapped[int] = mapped_column(ForeignKey("completion.id"))
    valid_until: Mapped[date]
    reason: Mapped[str]
    created_at: Mapped[datetime]


class EvidenceFile(Identified, Voidable, Base):
    """A photo or PDF that goes with a completion. The file stands in the store of evidence as `stored_as`, a random name of its
    own, and was there before this row; once taken away (voided) it is gone for good, and the row says only that there was one.

    `digest` is that of what was sent, so that a file sent twice is kept once.
    """

    __tablename__ = "evidence_file"
    __table_args__ = (
        Index(
            "uq_evidence_file_standing",
            "completion_id",
            "digest",
            unique=True,
            sqlite_where=text("voided_at IS NULL"),
            postgresql_where=text("voided_at IS NULL"),
        ),
        CheckConstraint("content_type IN ('image/jpeg', 'application/pdf')", name="content_type_known"),
    )

    completion_id: Mapped[int] = mapped_column(ForeignKey("completion.id"))
    stored_as: Mapped[str] = mapped_column(unique=True, info=NO_READER_S_BUSINESS)
    content_type: Mapped[str]
    size: Mapped[int]
    digest: Mapped[str | None] = mapped_column(info=NO_READER_S_BUSINESS)
    created_at: Mapped[datetime]
    added_by_account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))

    completion: Mapped[Completion] = relationship()


class Reflection(Identified, Versioned, Base):
    """What somebody wrote about a completion of theirs: what they tried, what young people said, what they will do differently.

    It is theirs alone unless `shared`. The log never holds its words, and nobody else is shown them in passing.
    """

    __tablename__ = "reflection"

    completion_id: Mapped[int] = mapped_column(ForeignKey("completion.id"), unique=True)
    tried: Mapped[str | None] = mapped_column(info=OWN_WORDS)
    young_people_said: Mapped[str | None] = mapped_column(info=OWN_WORDS)
    differently: Mapped[str | None] = mapped_column(info=OWN_WORDS)
    shared: Mapped[bool]
    written_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    completion: Mapped[Completion] = relationship()

    @property
    def has_words(self) -> bool:
        """Whether anything is written in it."""
        return bool(self.tried or self.young_people_said or self.differently)
