"""Writing to the outbox."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from training_app.audit import Actor, Change, record_many
from training_app.clock import now
from training_app.database import db
from training_app.errors import Refused
from training_app.links import absolute
from training_app.mail import rules
from training_app.mail.models import MessageState, OutboxMessage


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
    db.session.flush()
    _record(actor, "message.queued", message)
    return message


def _record(actor: Actor, action: str, message: OutboxMessage, before: dict[str, Any] | None = None) -> None:
    """Tell the audit of a message, never of its body, which may let somebody in."""
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
