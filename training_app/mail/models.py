"""The outbox, and the switch that lets it leave."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from training_app.database import Base, Identified

# The kind of message by which a manager sees whether mail arrives.
TEST = "test"


class MessageState(StrEnum):
    """Where a message is."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    """It could not be delivered and is not tried again unless the manager says so."""
    GIVEN_UP = "given_up"
    """The manager decided not to send it."""
    OUT_OF_DATE = "out_of_date"
    """Its link or code had run out before it could leave."""


class OutboxMessage(Identified, Base):
    """One message to one address.

    `kind` says in a few plain words what it is, as managers read it: "sign-in link". `person_id` is the person it is about,
    if any. `message_id` stays the same through all tries, so that a mail server can tell a second copy. A body that holds
    a secret is wiped once it was sent or is `useful_until` no longer; one that `leaves_always` does not wait for mail to
    be switched on. `sent_on` is the day of `sent_at` in London. While a sender has claimed it (`claimed_by`, until
    `claimed_until`), no other takes it.
    """

    __tablename__ = "outbox_message"
    __table_args__ = (
        Index("ix_outbox_message_due", "state", "next_attempt_at", "id"),
        Index("ix_outbox_message_person", "person_id"),
        Index("ix_outbox_message_sent", "sent_on", "kind"),
    )

    message_id: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    recipient: Mapped[str]
    subject: Mapped[str]
    body: Mapped[str | None] = mapped_column(info={"secret": True})
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    holds_secret: Mapped[bool]
    leaves_always: Mapped[bool]
    queued_at: Mapped[datetime]
    useful_until: Mapped[datetime | None]
    state: Mapped[str]
    attempts: Mapped[int]
    next_attempt_at: Mapped[datetime]
    claimed_by: Mapped[str | None]
    claimed_until: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    sent_on: Mapped[date | None]
    last_problem: Mapped[str | None]


class MailSwitch(Identified, Base):
    """Mail was switched on or off, when and by which account. The last row says how it is; without any it is off."""

    __tablename__ = "mail_switch"

    is_on: Mapped[bool]
    at: Mapped[datetime]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
