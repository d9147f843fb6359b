"""Reading the outbox: whether mail is on, what is held back, what failed and what has left."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, func, select

from training_app.addresses import email_key
from training_app.database import db
from training_app.mail.models import TEST, MailSwitch, MessageState, OutboxMessage
from training_app.mail.rules import WAIT_FOR_MORE, without


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


def last_test_to(address: str) -> OutboxMessage | None:
    """Return the newest test written to this address, whatever became of it."""
    tests = select(OutboxMessage).where(OutboxMessage.kind == TEST).order_by(OutboxMessage.id.desc())
    return next((each for each in db.session.scalars(tests) if email_key(each.recipient) == email_key(address)), None)


def _is_waiting() -> ColumnElement[bool]:
    """What waits; while mail is off, without what leaves all the same."""
    waits = OutboxMessage.state == MessageState.WAITING.value
    return waits if mail_is_on() else waits & ~OutboxMessage.leaves_always


def not_begun() -> ColumnElement[bool]:
    """What waits and was never tried, so that nobody can have read it yet and it may still say something else."""
    return (
        (OutboxMessage.state == MessageState.WAITING.value)
        & OutboxMessage.claimed_by.is_(None)
        & (OutboxMessage.attempts == 0)
    )


def was_told_last(kind: str, person_id: int, these: Collection[str], those: Collection[str], since: datetime) -> bool:
    """Say whether of the parts `these`, and `those` that contradict them, it is one of these that has left for somebody last,
    in a message of `queue_together`. A message on its way counts as left.

    Of messages whose words are forgotten it is taken that they said one of these, where they were written by the minute after
    `since`, the moment from which it was true, and left afterwards.
    """
    forgotten = False
    for message in db.session.scalars(
        select(OutboxMessage)
        .where(
            OutboxMessage.kind == kind,
            OutboxMessage.person_id == person_id,
            OutboxMessage.state.in_((MessageState.SENT.value, MessageState.WAITING.value)),
            ~not_begun(),
        )
        .order_by(OutboxMessage.id.desc())
    ):
        if message.body is None:
            by_then = message.queued_at <= since + WAIT_FOR_MORE
            forgotten |= by_then and message.sent_at is not None and message.sent_at >= since
        elif without(message.body, these) != message.body:
            return True
        elif without(message.body, those) != message.body:
            return False
    return forgotten


def waiting_messages(kind: str = "") -> Select[OutboxMessage]:
    """Return the messages that wait, of one kind or of all, the newest first; while mail is off, those that it holds back."""
    messages = select(OutboxMessage).where(_is_waiting()).order_by(OutboxMessage.id.desc())
    return messages.where(OutboxMessage.kind == kind) if kind else messages


def held_back() -> int:
    """Return how many messages wait only because mail is switched off."""
    return 0 if mail_is_on() else how_many(waiting_messages())


def waiting_after(number: int) -> int:
    """Return how many messages wait that came after the one with this number."""
    query = select(func.count()).select_from(OutboxMessage).where(_is_waiting(), OutboxMessage.id > number)
    return db.session.scalar(query) or 0


def newest_waiting() -> int:
    """Return the number of the newest message that waits; 0 for none."""
    return db.session.scalar(select(func.max(OutboxMessage.id)).where(_is_waiting())) or 0


@dataclass(frozen=True)
class WaitingKind:
    """How many messages of a kind wait, for how many addresses, and since when."""

    kind: str
    messages: int
    addresses: int
    since: datetime


def waiting_by_kind() -> Sequence[WaitingKind]:
    """Return what waits, counted by kind."""
    query = (
        select(
            OutboxMessage.kind,
            func.count(),
            func.count(OutboxMessage.recipient.distinct()),
            func.min(OutboxMessage.queued_at),
        )
        .where(_is_waiting())
        .group_by(OutboxMessage.kind)
        .order_by(OutboxMessage.kind)
    )
    return [WaitingKind(*row) for row in db.session.execute(query)]


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


def all_of(messages: Select[OutboxMessage]) -> Sequence[OutboxMessage]:
    """Return all messages of a selection, for a file."""
    return db.session.scalars(messages).all()


def messages_numbered(numbers: Collection[int]) -> Sequence[OutboxMessage]:
    """Return the messages with these numbers, kept from others until this transaction ends."""
    return db.session.scalars(select(OutboxMessage).where(OutboxMessage.id.in_(numbers)).with_for_update()).all()


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
