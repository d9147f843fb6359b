"""Writing to the outbox."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select

from training_app.audit import Actor, Change, record, record_many
from training_app.clock import now, today
from training_app.database import db
from training_app.errors import Refused
from training_app.links import absolute
from training_app.mail import rules
from training_app.mail.models import TEST, MailSwitch, MessageState, OutboxMessage
from training_app.mail.queries import mail_is_on, not_begun, test_was_sent_to, waiting_after, waiting_messages


def queue(
    actor: Actor,
    kind: str,
    to: str,
    subject: str,
    body: str,
    *,
    person_id: int | None = None,
    holds_secret: bool = False,
    leaves_always: bool = False,
    useful_until: datetime | None = None,
) -> OutboxMessage:
    """Put a plain-text message into the outbox, in the transaction of the change it tells of, and return its row.

    `kind` names it in a few plain words ("sign-in link"), `person_id` is whom it is about. With `holds_secret` the body is
    wiped once it is sent, and at the latest when it is no longer useful: at the moment `useful_until`, else after two days.
    `leaves_always` is for sign-in links, which leave even before a manager has switched mail on.

    Raises `Refused` where `to` is not an e-mail address, ValueError where the kind is none. Line breaks and other control
    characters in the subject become spaces.
    """
    if not rules.is_kind(kind):
        raise ValueError(f'"{kind}" names no kind of message: a few plain words in small letters do.')
    if not rules.can_be_written_to(to):
        raise Refused("That is not an e-mail address. Give one such as name@example.org.", "email")
    moment = now()
    message = OutboxMessage(
        message_id=f"{uuid.uuid4().hex}@{urlsplit(absolute('/')).hostname}",
        kind=kind,
        recipient=to.strip(),
        subject=rules.tidy_subject(subject),
        body=rules.tidy_body(body),
        person_id=person_id,
        holds_secret=holds_secret,
        leaves_always=leaves_always,
        queued_at=moment,
        useful_until=rules.useful_until(moment, holds_secret=holds_secret, given=useful_until),
        state=MessageState.WAITING.value,
        attempts=0,
        next_attempt_at=moment,
    )
    db.session.add(message)
    _record(actor, "message.queued", message)
    return message


def queue_together(
    actor: Actor,
    kind: str,
    to: str,
    subject: str,
    part: str,
    *,
    several: str,
    footer: str,
    person_id: int,
    useful_until: datetime | None = None,
    instead_of: Collection[str] = (),
) -> OutboxMessage:
    """Tell somebody something that may fall together with more of its kind: it waits a minute, and what comes meanwhile for the
    same person goes with it, as one message under the subject `several`. A part that stands there already is not added twice;
    the parts `instead_of`, which are no longer true, are taken out.

    The message is the parts and then the `footer`; it is useful as long as the most lasting of its parts. Raises as `queue`.
    """
    waits = db.session.scalar(
        select(OutboxMessage)
        .where(
            OutboxMessage.kind == kind,
            OutboxMessage.person_id == person_id,
            OutboxMessage.recipient == to.strip(),
            not_begun(),
        )
        .order_by(OutboxMessage.id.desc())
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    end, part = rules.tidy_body(footer), rules.tidy_body(part)
    if waits is None:
        message = queue(actor, kind, to, subject, f"{part}\n{end}", person_id=person_id, useful_until=useful_until)
        message.next_attempt_at = message.queued_at + rules.WAIT_FOR_MORE
        return message
    before, so_far = _told(waits), (waits.body or "").removesuffix(end)
    so_far = rules.without(so_far, instead_of)
    if part in so_far:
        return waits
    waits.body, waits.subject = f"{so_far}{part}\n{end}", rules.tidy_subject(several if so_far else subject)
    lasts = waits.useful_until is not None and useful_until is not None
    waits.useful_until = max(waits.useful_until, useful_until) if lasts else None  # type: ignore[type-var]
    _record(actor, "message.added_to", waits, before)
    return waits


def take_out(actor: Actor, kind: str, person_id: int, parts: Collection[str]) -> bool:
    """Take parts that are no longer true out of the messages of a kind to somebody that `queue_together` wrote and that nobody
    has begun to send, or that could not be delivered; return whether one stood there. A message with nothing left to tell is
    given up."""
    stood_there = False
    for message in db.session.scalars(
        select(OutboxMessage)
        .where(
            OutboxMessage.kind == kind,
            OutboxMessage.person_id == person_id,
            not_begun() | (OutboxMessage.state == MessageState.FAILED.value),
        )
        .order_by(OutboxMessage.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ):
        body = message.body or ""
        left = rules.without(body, parts)
        if left == body:
            continue
        stood_there = True
        if not rules.tells_something(left):
            _end(actor, "message.given_up", message, MessageState.GIVEN_UP)
            continue
        before, message.body = _told(message), left
        _record(actor, "message.shortened", message, before)
    return stood_there


def queue_test(actor: Actor, to: str) -> OutboxMessage:
    """Put a message into the outbox that shows a manager whether mail arrives; it leaves even while mail is off."""
    return queue(
        actor,
        TEST,
        to,
        "A test from Training and skills",
        "This message shows that mail from Training and skills arrives.\n\n"
        f"See what waits, and switch mail on or off: {absolute('/mail')}",
        leaves_always=True,
    )


def switch_on(actor: Actor, own_address: str, *, newest_seen: int) -> MailSwitch:
    """Let messages leave. `own_address` is the manager's own, `newest_seen` the number of the newest message that they saw
    waiting (0 for none).

    Raises `Refused` where mail is on already, no test has been sent to them, or other messages have come since they looked.
    """
    if mail_is_on():
        raise Refused("Mail is on already.")
    if not test_was_sent_to(own_address):
        raise Refused("Send a test to yourself first, so that you know what others will see.")
    unseen = waiting_after(newest_seen)
    if unseen:
        came = "1 more message has" if unseen == 1 else f"{unseen:,} more messages have"
        raise Refused(f"{came} come since you looked. See to whom they would go, then switch mail on.")
    return _switch(actor, "mail.switched_on", is_on=True)


def switch_off(actor: Actor) -> MailSwitch:
    """Hold back every message but sign-in links from now on. Raises `Refused` where mail is off already."""
    if not mail_is_on():
        raise Refused("Mail is off already.")
    return _switch(actor, "mail.switched_off", is_on=False)


def _switch(actor: Actor, action: str, *, is_on: bool) -> MailSwitch:
    switch = MailSwitch(is_on=is_on, at=now(), account_id=actor.account_id)
    db.session.add(switch)
    record(actor, action, switch)
    return switch


def try_again(actor: Actor, message: OutboxMessage) -> None:
    """Let a message that failed be tried from the beginning. Raises `Refused` where it has not failed, or is out of date."""
    _expect_failed(message)
    if message.body is None or (message.useful_until is not None and message.useful_until <= now()):
        raise Refused(
            "What this message held has run out, so it cannot be sent any more. Give it up, and ask for a new one."
        )
    before = _told(message)
    message.state = MessageState.WAITING.value
    message.attempts = 0
    message.next_attempt_at = now()
    _record(actor, "message.tried_again", message, before)


def give_up(actor: Actor, message: OutboxMessage) -> None:
    """Send a message that failed never. Raises `Refused` where it has not failed."""
    _expect_failed(message)
    _end(actor, "message.given_up", message, MessageState.GIVEN_UP)


def give_up_waiting(actor: Actor, kind: str) -> int:
    """Send none of the messages of a kind that wait; return how many that were. What a sender has in hand, or leaves
    although mail is off, stays."""
    waiting = db.session.scalars(
        waiting_messages(kind).where(OutboxMessage.claimed_by.is_(None)).with_for_update()
    ).all()
    for message in waiting:
        _end(actor, "message.given_up", message, MessageState.GIVEN_UP)
    return len(waiting)


def mark_sent(actor: Actor, message: OutboxMessage) -> None:
    """Note that a message has left; a body that lets somebody in is kept no longer."""
    message.sent_at, message.sent_on = now(), today()
    message.last_problem = None
    _end(actor, "message.sent", message, MessageState.SENT)


def put_off(message: OutboxMessage, until: datetime, problem: str) -> None:
    """Note why a message could not leave, and try it again later. The row itself says how often; the audit hears of the
    end alone."""
    message.next_attempt_at = until
    message.last_problem = problem
    _let_go(message)


def fail(actor: Actor, message: OutboxMessage, problem: str) -> None:
    """Try a message no more; its body stays for a manager who wants it tried again, as long as it is useful."""
    before = _told(message)
    message.state = MessageState.FAILED.value
    message.last_problem = problem
    _let_go(message)
    _record(actor, "message.failed", message, before)


def mark_out_of_date(actor: Actor, message: OutboxMessage) -> None:
    """Note that a message was not sent before what it holds ran out."""
    _end(actor, "message.out_of_date", message, MessageState.OUT_OF_DATE)


def wipe(message: OutboxMessage) -> None:
    """Forget a body that lets somebody in."""
    if message.holds_secret:
        message.body = None


def _end(actor: Actor, action: str, message: OutboxMessage, state: MessageState) -> None:
    before = _told(message)
    message.state = state.value
    _let_go(message)
    wipe(message)
    _record(actor, action, message, before)


def _let_go(message: OutboxMessage) -> None:
    message.claimed_by = message.claimed_until = None


def _expect_failed(message: OutboxMessage) -> None:
    if message.state != MessageState.FAILED.value:
        raise Refused("Somebody else has dealt with this message already.")


def _record(actor: Actor, action: str, message: OutboxMessage, before: dict[str, Any] | None = None) -> None:
    """Tell the audit of a message, never of its body, which may let somebody in."""
    db.session.flush()
    change = Change(action, message.__tablename__, message.id, before, _told(message), message.person_id)
    record_many(actor, [change])


def _told(message: OutboxMessage) -> dict[str, Any]:
    return {
        "kind": message.kind,
        "recipient": message.recipient,
        "subject": message.subject,
        "state": message.state,
        "last_problem": message.last_problem,
    }
