"""Training sessions, who leads them, bookings and registers."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from training_app.catalogue.models import Module
from training_app.database import Base, Identified, Versioned
from training_app.people.models import Person
from training_app.records.models import Completion


class TrainingSession(Identified, Versioned, Base):
    """A module taught on one or several days. Never deleted: it is cancelled, with a reason.

    `first_on` and `last_on` are those of its dates, kept for lists. `places` is how many can take part, None for as many as
    come. `takes_bookings` is false for one that was only recorded afterwards. Of young people who teach with others there is
    a count and never a name.
    """

    __tablename__ = "training_session"
    __table_args__ = (
        Index("ix_training_session_days", "last_on", "first_on"),
        Index("ix_training_session_module", "module_id"),
        CheckConstraint("places IS NULL OR places >= 1", name="places_at_least_one"),
        CheckConstraint("young_co_trainers >= 0", name="young_co_trainers_not_negative"),
        CheckConstraint("first_on <= last_on", name="days_in_order"),
    )

    module_id: Mapped[int] = mapped_column(ForeignKey("module.id"))
    first_on: Mapped[date]
    last_on: Mapped[date]
    place: Mapped[str | None]
    online_link: Mapped[str | None]
    area: Mapped[str | None]
    venue_access: Mapped[str | None]
    places: Mapped[int | None]
    takes_bookings: Mapped[bool]
    outside_trainer: Mapped[str | None]
    young_co_trainers: Mapped[int]
    paid_time: Mapped[bool]
    cancelled_at: Mapped[datetime | None]
    cancel_reason: Mapped[str | None]
    created_at: Mapped[datetime]

    module: Mapped[Module] = relationship()
    dates: Mapped[list[SessionDate]] = relationship(
        order_by="SessionDate.on_day, SessionDate.starts", cascade="all, delete-orphan", lazy="selectin"
    )
    facilitators: Mapped[list[SessionFacilitator]] = relationship(
        order_by="SessionFacilitator.id", cascade="all, delete-orphan", lazy="selectin"
    )
    register: Mapped[Register | None] = relationship(back_populates="session")


class SessionDate(Identified, Base):
    """One day of a session, with the times that a clock in London shows; none where only the day is known."""

    __tablename__ = "session_date"
    __table_args__ = (
        UniqueConstraint("session_id", "on_day", "starts"),
        CheckConstraint("(starts IS NULL) = (ends IS NULL)", name="both_times_or_none"),
    )

    session_id: Mapped[int] = mapped_column(ForeignKey("training_session.id"))
    on_day: Mapped[date]
    starts: Mapped[time | None]
    ends: Mapped[time | None]


class SessionFacilitator(Identified, Base):
    """Somebody of the hub who leads a session; their account opens its register."""

    __tablename__ = "session_facilitator"
    __table_args__ = (
        UniqueConstraint("session_id", "person_id"),
        Index("ix_session_facilitator_person", "person_id"),
    )

    session_id: Mapped[int] = mapped_column(ForeignKey("training_session.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))

    person: Mapped[Person] = relationship(lazy="joined")


class BookingState(StrEnum):
    """Whether somebody has a place, waits for one, or no longer wants one."""

    BOOKED = "booked"
    WAITING = "waiting"
    CANCELLED = "cancelled"


class Booking(Identified, Versioned, Base):
    """Somebody's place in a session, or their place in the waiting list, which goes by `booked_at`.

    `help_wanted` is what would help them take part. Only facilitators and the manager read it, until two weeks after the
    session, when it is deleted; the log never holds it. `reminded_of` is the day of the session of which they were last
    reminded.
    """

    __tablename__ = "booking"
    __table_args__ = (
        Index(
            "uq_booking_standing",
            "session_id",
            "person_id",
            unique=True,
            sqlite_where=text("state <> 'cancelled'"),
            postgresql_where=text("state <> 'cancelled'"),
        ),
        Index("ix_booking_person", "person_id"),
        CheckConstraint("state IN ('booked', 'waiting', 'cancelled')", name="state_known"),
    )

    session_id: Mapped[int] = mapped_column(ForeignKey("training_session.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    state: Mapped[str]
    booked_at: Mapped[datetime]
    help_wanted: Mapped[str | None] = mapped_column(info={"secret": True})
    moved_up_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    cancel_reason: Mapped[str | None]
    reminded_of: Mapped[date | None]

    session: Mapped[TrainingSession] = relationship()
    person: Mapped[Person] = relationship()


class Register(Identified, Versioned, Base):
    """That a session's register was saved, and since when; `batch_id` is that of the log, under which all of it was first
    recorded. Reversed, its completions are void; saved again, it stands again."""

    __tablename__ = "register"

    session_id: Mapped[int] = mapped_column(ForeignKey("training_session.id"), unique=True)
    saved_at: Mapped[datetime]
    batch_id: Mapped[str]
    reversed_at: Mapped[datetime | None]
    reverse_reason: Mapped[str | None]

    session: Mapped[TrainingSession] = relationship(back_populates="register")


class Presence(StrEnum):
    """Whether somebody was there. A mark that was a mistake is withdrawn, never deleted."""

    PRESENT = "present"
    PART = "part"
    ABSENT = "absent"
    WITHDRAWN = "withdrawn"


class RegisterMark(Identified, Base):
    """One line of a register. It points to the completion, not back; `made_it` says that the register recorded that one,
    so that the register may void it.

    A line without a person is a name that somebody typed who may not look for people: it waits until the manager says who it
    is, and completes nothing until then. `hours` are those of somebody who was there for a part.
    """

    __tablename__ = "register_mark"
    __table_args__ = (
        Index(
            "uq_register_mark_standing",
            "session_id",
            "person_id",
            unique=True,
            sqlite_where=text("presence <> 'withdrawn' AND person_id IS NOT NULL"),
            postgresql_where=text("presence <> 'withdrawn' AND person_id IS NOT NULL"),
        ),
        Index(
            "uq_register_mark_typed",
            "session_id",
            "typed_key",
            unique=True,
            sqlite_where=text("presence <> 'withdrawn' AND person_id IS NULL"),
            postgresql_where=text("presence <> 'withdrawn' AND person_id IS NULL"),
        ),
        Index("ix_register_mark_person", "person_id"),
        CheckConstraint("presence IN ('present', 'part', 'absent', 'withdrawn')", name="presence_known"),
        CheckConstraint("person_id IS NOT NULL OR typed_name IS NOT NULL", name="somebody"),
    )

    session_id: Mapped[int] = mapped_column(ForeignKey("training_session.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    typed_name: Mapped[str | None]
    typed_key: Mapped[str | None]
    presence: Mapped[str]
    hours: Mapped[Decimal | None]
    completion_id: Mapped[int | None] = mapped_column(ForeignKey("completion.id"))
    made_it: Mapped[bool]
    marked_at: Mapped[datetime]

    person: Mapped[Person | None] = relationship()
    completion: Mapped[Completion | None] = relationship()


class RegisterLink(Identified, Base):
    """A link by which an outside trainer opens one register; the link holds a random token, this row its hash."""

    __tablename__ = "register_link"
    __table_args__ = (Index("ix_register_link_session", "session_id"),)

    session_id: Mapped[int] = mapped_column(ForeignKey("training_session.id"))
    token_hash: Mapped[str] = mapped_column(unique=True)
    made_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

    session: Mapped[TrainingSession] = relationship()


class CalendarFeed(Identified, Base):
    """An address at which somebody's calendar reads the sessions they are booked on; kept as a hash, and taken back by them."""

    __tablename__ = "calendar_feed"
    __table_args__ = (Index("ix_calendar_feed_account", "account_id"),)

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    token_hash: Mapped[str] = mapped_column(unique=True)
    made_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
