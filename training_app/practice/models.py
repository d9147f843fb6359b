"""People who learn from each other: pairs who observe each other, and teams who try out one change and tell what came of it.

What they write is theirs. No column of words is in the log, and none is searched when somebody else is erased.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from training_app.catalogue.models import Module
from training_app.database import Base, Identified, Versioned
from training_app.people.models import Person
from training_app.records.models import NO_READER_S_BUSINESS, OWN_WORDS


class Kind(StrEnum):
    """Two who visit each other, or a team with a question."""

    PAIR = "pair"
    RESEARCH = "research"


class Practice(Identified, Versioned, Base):
    """A pair's peer observation or a team's action research, by which its members complete a module.

    `finished_on` is the day on which each of them completed it. `ended_at` says that it was left before. Question, setting and
    finding are a team's; the finding is read by the hub only while it is `shared`.
    """

    __tablename__ = "practice"
    __table_args__ = (
        Index("ix_practice_module", "module_id"),
        CheckConstraint("kind IN ('pair', 'research')", name="kind_known"),
        CheckConstraint("(finished_at IS NULL) = (finished_on IS NULL)", name="finished_on_a_day"),
        CheckConstraint("finished_at IS NULL OR ended_at IS NULL", name="finished_or_left"),
    )

    kind: Mapped[str]
    module_id: Mapped[int] = mapped_column(ForeignKey("module.id"))
    question: Mapped[str | None] = mapped_column(info=OWN_WORDS)
    setting: Mapped[str | None] = mapped_column(info=OWN_WORDS)
    finding: Mapped[str | None] = mapped_column(info=OWN_WORDS)
    shared: Mapped[bool]
    begun_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    finished_on: Mapped[date | None]
    ended_at: Mapped[datetime | None]

    module: Mapped[Module] = relationship()
    members: Mapped[list[PracticeMember]] = relationship(back_populates="practice", order_by="PracticeMember.id")
    invitations: Mapped[list[PracticeInvitation]] = relationship(
        back_populates="practice", order_by="PracticeInvitation.id"
    )

    @property
    def is_over(self) -> bool:
        """Say whether it was finished or left, so that nothing more is written in it."""
        return self.finished_at is not None or self.ended_at is not None

    @property
    def standing(self) -> list[PracticeMember]:
        """Those who take part, without those who left."""
        return [each for each in self.members if each.left_at is None]

    @property
    def waiting(self) -> list[PracticeInvitation]:
        """The invitations that nobody has answered yet."""
        return [each for each in self.invitations if each.answer is None]

    @property
    def known_people(self) -> set[int]:
        """The numbers of those who take part and of those whom the hub knows to be invited."""
        invited = {each.person_id for each in self.waiting if each.person_id is not None}
        return {each.person_id for each in self.standing} | invited


class PracticeMember(Identified, Base):
    """Somebody who takes part, until they leave. What they wrote hangs on this row."""

    __tablename__ = "practice_member"
    __table_args__ = (
        Index(
            "uq_practice_member_standing",
            "practice_id",
            "person_id",
            unique=True,
            sqlite_where=text("left_at IS NULL"),
            postgresql_where=text("left_at IS NULL"),
        ),
        Index("ix_practice_member_person", "person_id"),
    )

    practice_id: Mapped[int] = mapped_column(ForeignKey("practice.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    joined_at: Mapped[datetime]
    left_at: Mapped[datetime | None]

    practice: Mapped[Practice] = relationship(back_populates="members")
    person: Mapped[Person] = relationship(lazy="joined")

    @property
    def goes_on_reading(self) -> bool:
        """Say whether they read what is written: whoever stays, and whoever left last, with whom it ended."""
        return self.left_at is None or self.left_at == self.practice.ended_at


class InvitationAnswer(StrEnum):
    """What became of an invitation."""

    JOINED = "joined"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class PracticeInvitation(Identified, Base):
    """Somebody is asked to take part. `typed` is how they were named, kept until the invitation has served; `person_id` is who
    that is, where the hub knows. Neither is told to whoever invites, nor to the log. Without `invited_by_member_id` the hub set
    it up."""

    __tablename__ = "practice_invitation"
    __table_args__ = (
        Index("ix_practice_invitation_practice", "practice_id"),
        Index("ix_practice_invitation_person", "person_id"),
        CheckConstraint("answer IN ('joined', 'declined', 'withdrawn')", name="answer_known"),
        CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", name="answered_at_a_moment"),
    )

    practice_id: Mapped[int] = mapped_column(ForeignKey("practice.id"))
    typed: Mapped[str | None] = mapped_column(info=OWN_WORDS)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), info=NO_READER_S_BUSINESS)
    invited_by_member_id: Mapped[int | None] = mapped_column(ForeignKey("practice_member.id"))
    invited_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    answer: Mapped[str | None]

    practice: Mapped[Practice] = relationship(back_populates="invitations")
    invited_by: Mapped[PracticeMember | None] = relationship()


class PracticeVisit(Identified, Versioned, Base):
    """What one of a pair writes about the visit they paid to the other: a day and four answers, which the two alone read."""

    __tablename__ = "practice_visit"

    member_id: Mapped[int] = mapped_column(ForeignKey("practice_member.id"), unique=True)
    on_day: Mapped[date | None]
    tried: Mapped[str | None] = mapped_column(info=OWN_WORDS)
    young_people: Mapped[str | None] = mapped_column(info=OWN_WORDS)
    surprised: Mapped[str | None] = mapped_column(info=OWN_WORDS)
    take_away: Mapped[str | None] = mapped_column(info=OWN_WORDS)
    changed_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]

    member: Mapped[PracticeMember] = relationship()


class Step(StrEnum):
    """The steps of a cycle of action research, in their order."""

    PLAN = "plan"
    ACT = "act"
    OBSERVE = "observe"
    REFLECT = "reflect"


class PracticeEntry(Identified, Versioned, Base):
    """What one of a team wrote about a step of their cycle; the team reads it."""

    __tablename__ = "practice_entry"
    __table_args__ = (
        Index("ix_practice_entry_member", "member_id"),
        CheckConstraint("step IN ('plan', 'act', 'observe', 'reflect')", name="step_known"),
    )

    member_id: Mapped[int] = mapped_column(ForeignKey("practice_member.id"))
    on_day: Mapped[date]
    step: Mapped[str]
    words: Mapped[str] = mapped_column(info=OWN_WORDS)
    written_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    member: Mapped[PracticeMember] = relationship()
