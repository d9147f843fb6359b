"""Letting messages leave, so that two senders at once never send one twice.

A sender claims a row in a short transaction of its own, lets the message leave while it holds no lock, and then marks the
row. Where it dies in between, the claim runs out and the message is sent again with the same Message-ID: once at least
is what SMTP can promise.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from flask import Flask, current_app
from sqlalchemy import ColumnElement, and_, func, literal, or_, select
from sqlalchemy.exc import DBAPIError

from training_app.audit import Actor
from training_app.audit.chain import seal_everything
from training_app.clock import now
from training_app.database import db, transaction
from training_app.mail.actions import fail, mark_out_of_date, mark_sent, put_off, wipe
from training_app.mail.letter import Letter
from training_app.mail.models import MessageState, OutboxMessage
from training_app.mail.queries import mail_is_on
from training_app.mail.rules import next_attempt
from training_app.mail.transport import FOLDER, NotTaken, ServerAway, Transport, delete_files_of, transport_for

# Longer than any server may take over one message, so that a claim runs out only when its sender is no more.
LEASE = timedelta(minutes=10)
WAIT_FOR_THE_SERVER = timedelta(minutes=1)
# What is never sent again, so that its words are of no use to anybody.
DONE_WITH = (MessageState.SENT.value, MessageState.GIVEN_UP.value, MessageState.OUT_OF_DATE.value)
SECONDS_BETWEEN_LOOKS = 2.0
SECONDS_AFTER_TROUBLE = 30.0

_log = logging.getLogger(__name__)


@dataclass
class Delivered:
    """What one run did: how many messages were sent, put off, failed or out of date, and why none could leave, if so."""

    counts: Counter[MessageState] = field(default_factory=Counter)
    away: str | None = None


def deliver_due(stop: threading.Event | None = None) -> Delivered:
    """Let every message leave that is due, one after the other, until none is or `stop` is set.

    Nothing but messages that `leaves_always` leaves while mail is switched off. Opens transactions of its own.
    """
    actor = Actor.command()
    done = Delivered()
    done.counts[MessageState.OUT_OF_DATE] = _drop_what_is_out_of_date(actor)
    forget_what_was_said()
    transport = transport_for(current_app.config["SETTINGS"])
    try:
        while not (stop and stop.is_set()) and done.away is None:
            claimed = claim(actor)
            if claimed is None:
                break
            _deliver(actor, transport, *claimed, done)
    finally:
        transport.close()
    return done


def keep_delivering(app: Flask, stop: threading.Event) -> None:
    """Look for due messages every two seconds until `stop` is set; what goes wrong is logged, and tried again later."""
    while not stop.is_set():
        pause = SECONDS_BETWEEN_LOOKS
        with app.app_context():
            try:
                away = deliver_due(stop).away
                seal_everything()
            except DBAPIError as error:
                away = f"The database does not answer ({type(error.orig).__name__})."
            except Exception:  # one message that breaks the sender must not keep all others waiting
                _log.exception("A message could not be sent.")
                away = None
                pause = SECONDS_AFTER_TROUBLE
            if away:
                _log.error("No mail can leave: %s", away)
                pause = SECONDS_AFTER_TROUBLE
        stop.wait(pause)


def claim(actor: Actor) -> tuple[str, Letter] | None:
    """Claim the message that is due longest, and return the claim and the message; None where none is due.

    A message whose claim ran out so often that no try is left made its senders break off, and is given to nobody again.
    """
    moment = now()
    if db.session.scalar(select(OutboxMessage.id).where(*_due(moment)).limit(1)) is None:
        return None  # looking takes no lock that writers would have to wait for
    while True:
        with transaction():
            message = db.session.scalar(
                select(OutboxMessage)
                .where(*_due(moment))
                .order_by(OutboxMessage.next_attempt_at, OutboxMessage.id)
                .limit(1)
                .with_for_update(skip_locked=True)
            )
            if message is None:
                return None
            if message.attempts and next_attempt(message.attempts, moment) is None:
                fail(actor, message, "Whoever tried to send it broke off each time.")
                continue
            token = uuid.uuid4().hex
            message.claimed_by, message.claimed_until = token, moment + LEASE
            message.attempts += 1
            return token, _letter(message)


def _due(moment: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        OutboxMessage.state == MessageState.WAITING.value,
        OutboxMessage.next_attempt_at <= moment,
        or_(OutboxMessage.claimed_until.is_(None), OutboxMessage.claimed_until <= moment),
        OutboxMessage.leaves_always | (literal(mail_is_on())),
    )


def _letter(message: OutboxMessage) -> Letter:
    return Letter(
        message.id,
        message.message_id,
        message.kind,
        message.recipient,
        message.subject,
        message.body or "",
        message.queued_at,
    )


def _deliver(actor: Actor, transport: Transport, token: str, letter: Letter, done: Delivered) -> None:
    not_taken: NotTaken | None = None
    try:
        transport.deliver(letter)
    except NotTaken as problem:
        not_taken = problem
    except ServerAway as problem:
        done.away = problem.problem
    with transaction():
        message = db.session.scalar(
            select(OutboxMessage)
            .where(OutboxMessage.id == letter.number, OutboxMessage.claimed_by == token)
            .with_for_update()
        )
        if message is None:
            return  # the claim ran out meanwhile, and the message is another sender's now
        done.counts[_marked(actor, message, not_taken, done.away)] += 1


def _marked(actor: Actor, message: OutboxMessage, not_taken: NotTaken | None, away: str | None) -> MessageState:
    """Mark what became of a message, and return where it is now."""
    moment = now()
    if away is not None:
        message.attempts -= 1  # it was never tried
        put_off(message, moment + WAIT_FOR_THE_SERVER, away)
        return MessageState.WAITING
    if not_taken is None:
        mark_sent(actor, message)
        return MessageState.SENT
    again = None if not_taken.for_good else next_attempt(message.attempts, moment)
    if again is None:
        fail(actor, message, not_taken.problem)
        return MessageState.FAILED
    put_off(message, again, not_taken.problem)
    return MessageState.WAITING


def forget_what_was_said() -> int:
    """Forget what messages said that left, or were given up, so many days ago as the hub has set, and delete their files;
    return how many. That there was a message, when and to whom, stays."""
    settings = current_app.config["SETTINGS"]
    longest_ago = now() - timedelta(days=settings.sent_mail_kept_days)
    said_long_ago = (
        OutboxMessage.state.in_(DONE_WITH),
        func.coalesce(OutboxMessage.sent_at, OutboxMessage.queued_at) <= longest_ago,
        OutboxMessage.body.is_not(None),
    )
    if db.session.scalar(select(OutboxMessage.id).where(*said_long_ago).limit(1)) is None:
        return 0
    with transaction():
        messages = db.session.scalars(
            select(OutboxMessage).where(*said_long_ago).with_for_update(skip_locked=True)
        ).all()
        numbers = [message.id for message in messages]
        for message in messages:
            message.body = None
    for number in numbers:
        delete_files_of(settings.instance / FOLDER, number)
    return len(numbers)


def _drop_what_is_out_of_date(actor: Actor) -> int:
    """Send nothing any more whose link or code has run out, and keep no such body; return how many were waiting."""
    moment = now()
    out_of_date = and_(
        OutboxMessage.useful_until <= moment,
        or_(OutboxMessage.claimed_until.is_(None), OutboxMessage.claimed_until <= moment),
        or_(
            OutboxMessage.state == MessageState.WAITING.value,
            and_(
                OutboxMessage.state == MessageState.FAILED.value,
                OutboxMessage.holds_secret,
                OutboxMessage.body.is_not(None),
            ),
        ),
    )
    if db.session.scalar(select(OutboxMessage.id).where(out_of_date).limit(1)) is None:
        return 0
    waiting = 0
    with transaction():
        for message in db.session.scalars(select(OutboxMessage).where(out_of_date).with_for_update(skip_locked=True)):
            if message.state == MessageState.WAITING.value:
                mark_out_of_date(actor, message)
                waiting += 1
            else:
                wipe(message)
    return waiting
