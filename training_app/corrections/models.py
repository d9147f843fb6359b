"""What people say is wrong in their record, and what the hub answered."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from training_app.database import Base, Identified, Versioned
from training_app.people.models import Person


class Subject(StrEnum):
    """What a request is about: who somebody is, one row of their record, or something else."""

    DETAILS = "details"
    ENGAGEMENT = "engagement"
    EXEMPTION = "exemption"
    COMPLETION = "completion"
    OTHER = "other"


class Answer(StrEnum):
    """What the hub did about a request."""

    PUT_RIGHT = "put-right"
    LEFT = "left"


class CorrectionRequest(Identified, Versioned, Base):
    """Something in a person's record is wrong, in their own words; and the hub's answer, once there is one.

    `about` is a `Subject`; `about_id` is the row that it names, for those that are rows. `answer` is an `Answer`, None while
    the request waits; `answer_words` may be empty where it was put right, and is the reason where it was left.
    """

    __tablename__ = "correction_request"
    __table_args__ = (
        Index("ix_correction_request_person", "person_id"),
        Index(
            "ix_correction_request_waiting",
            "asked_at",
            sqlite_where=text("answer IS NULL"),
            postgresql_where=text("answer IS NULL"),
        ),
        CheckConstraint("about IN ('details', 'engagement', 'exemption', 'completion', 'other')", name="about_known"),
        CheckConstraint("answer IN ('put-right', 'left')", name="answer_known"),
        CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", name="answered_when"),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    about: Mapped[str]
    about_id: Mapped[int | None]
    wording: Mapped[str]
    asked_at: Mapped[datetime]
    asked_by_account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    answer: Mapped[str | None]
    answer_words: Mapped[str | None]
    answered_at: Mapped[datetime | None]
    answered_by_account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))

    person: Mapped[Person] = relationship()
