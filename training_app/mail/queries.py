"""Reading the outbox: whether mail is on, what is held back, what failed and what has left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, func, or_, select

from training_app.addresses import email_key
from training_app.clock import now
from training_app.database import db
from training_app.mail.models import TEST, MailSwitch, MessageState, OutboxMessage


def last_switch() -> MailSwitch | None:
    """Return when and by whom mail was last switched on or off; None where it never was."""
    return db.session.scalar(select(MailSwitch).order_by(MailSwitch.id.desc()).limit(1))


def mail_is_on() -> bool:
    """Say whether messages may leave that do not leave always."""
    switch = last_switch()
    return switch is not None and switch.is_on


def test_was_sent_to(address: str) -> bool:
    """Say whether a test has left for this address since mail was last switched."""
    switch = last_switch()
    sent = select(OutboxMessage.recipient).where(
        OutboxMessage.kind == TEST, OutboxMessage.state == MessageState.SENT.value
    )
    if switch is not None:
        sent = sent.where(OutboxMessage.sent_at > switch.at)
    return any(email_key(recipient) == email_key(address) for recipient in db.session.scalars(sent))


def _is_held() -> ColumnElement[bool]:
    """What waits and does not leave by itself while mail is off, and no sender has in hand."""
    return (
        (OutboxMessage.state == MessageState.WAITING.value)
        & ~OutboxMessage.leaves_always
        & or_(OutboxMessage.claimed_until.is_(None), OutboxMessage.claimed_until <= now())
    )


def held_messages() -> Select[OutboxMessage]:
    """Return the messages that leave once mail is on, the newest first."""
    return select(OutboxMessage).where(_is_held()).order_by(OutboxMessage.id.desc())


def held_after(number: int) -> int:
    """Return how many messages are held that came after the one with this number."""
    query = select(func.count()).select_from(OutboxMessage).where(_is_held(), OutboxMessage.id > number)
    return db.session.scalar(query) or 0


def newest_held() -> int:
    """Return the number of the newest message that is held; 0 for none."""
    return db.session.scalar(select(func.max(OutboxMessage.id)).where(_is_held())) or 0


@dataclass(frozen=True)
class HeldKind:
    """How many messages of a kind are held, for how many addresses, and since when."""

    kind: str
    messages: int
    addresses: int
    since: datetime


def held_by_kind() -> Sequence[HeldKind]:
    """Return what is held, counted by kind."""
    query = (
        select(
            OutboxMessage.kind,
            func.count(),
            func.count(OutboxMessage.recipient.distinct()),
            func.min(OutboxMessage.queued_at),
        )
        .where(_is_held())
        .group_by(OutboxMessage.kind)
        .order_by(OutboxMessage.kind)
    )
    return [HeldKind(*row) for row in db.session.execute(query)]


def failed_messages() -> Select[OutboxMessage]:
    """Return the messages that could not be delivered, the newest first."""
    return (
        select(OutboxMessage).where(OutboxMessage.state == MessageState.FAILED.value).order_by(OutboxMessage.id.desc())
    )


def how_many(messages: Select[OutboxMessage]) -> int:
    """Return how many messages a selection has."""
    return db.session.scalar(select(func.count()).select_from(messages.order_by(None).subquery())) or 0


def some_of(messages: Select[OutboxMessage], *, first: int, many: int) -> Sequence[OutboxMessage]:
    """Return at most `many` messages of a selection from the place `first` on, counted from 0."""
    return db.session.scalars(messages.limit(many).offset(first)).all()


def message_numbered(number: int) -> OutboxMessage | None:
    """Return the message with this number."""
    return db.session.get(OutboxMessage, number)


@dataclass(frozen=True)
class SentCount:
    """How many messages of a kind left on a day."""

    on: date
    kind: str
    messages: int


def sent_by_day(*, since: date) -> Sequence[SentCount]:
    """Return what has left from a day on, by day and kind, the latest day first."""
    query = (
        select(OutboxMessage.sent_on, OutboxMessage.kind, func.count())
        .where(OutboxMessage.sent_on >= since)
        .group_by(OutboxMessage.sent_on, OutboxMessage.kind)
        .order_by(OutboxMessage.sent_on.desc(), OutboxMessage.kind)
    )
    return [SentCount(on, kind, many) for on, kind, many in db.session.execute(query) if on is not None]


def trouble() -> str | None:
    """Return why the message that waits longest could not leave yet, where something keeps it; None where all is well."""
    return db.session.scalar(
        select(OutboxMessage.last_problem)
        .where(OutboxMessage.state == MessageState.WAITING.value, OutboxMessage.last_problem.is_not(None))
        .order_by(OutboxMessage.queued_at, OutboxMessage.id)
        .limit(1)
    )
