"""What the outbox holds about a person: to show it to them, and to erase it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import or_, select

from training_app.audit import Actor, Change, record_many
from training_app.audit.personal import ERASED_TEXT
from training_app.database import db
from training_app.mail.models import MessageState, OutboxMessage
from training_app.mail.transport import delete_files_of

TABLES = ("outbox_message",)

# An address at a domain that can never be anybody's.
NOBODYS_ADDRESS = "erased@erased.invalid"


def messages_of(person_id: int, addresses: Collection[str]) -> Sequence[OutboxMessage]:
    """Return the messages about a person, or to one of these addresses, the oldest first."""
    return db.session.scalars(
        select(OutboxMessage)
        .where(or_(OutboxMessage.person_id == person_id, OutboxMessage.recipient.in_(addresses)))
        .order_by(OutboxMessage.queued_at, OutboxMessage.id)
    ).all()


def held_about(person_id: int, addresses: Collection[str] = ()) -> dict[str, Sequence[dict[str, Any]]]:
    """Return the messages about a person, or to one of their own e-mail addresses, in plain words. What a message said stands
    there only where it was about them and holds no secret, and to whom it went only where that was them."""
    return {
        "Messages": [
            {
                "Subject": each.subject,
                "To": each.recipient if each.recipient in addresses else "the hub",
                "Written": each.queued_at,
                "Sent": each.sent_at,
                "Said": each.body if each.person_id == person_id and not each.holds_secret else None,
            }
            for each in messages_of(person_id, addresses)
        ]
    }


def erase(actor: Actor, person_id: int, addresses: Collection[str], folder: Path) -> None:
    """Empty every message about a person or to one of their own addresses, and delete its file in `folder`, where messages
    are written without a mail server. What has not left yet never does."""
    changes = []
    for each in messages_of(person_id, addresses):
        each.recipient, each.subject, each.body, each.last_problem = NOBODYS_ADDRESS, ERASED_TEXT, None, None
        each.claimed_by = each.claimed_until = None
        if each.state in (MessageState.WAITING, MessageState.FAILED):
            each.state = MessageState.GIVEN_UP.value
        changes.append(Change("message.erased", "outbox_message", each.id, person_id=person_id))
        delete_files_of(folder, each.id)
    record_many(actor, changes)


def move_person(actor: Actor, from_id: int, to_id: int) -> None:
    """Give the messages about somebody to another row of the same person."""
    changes = []
    for each in messages_of(from_id, ()):
        each.person_id = to_id
        changes.append(
            Change("message.moved", "outbox_message", each.id, {"person_id": from_id}, {"person_id": to_id}, to_id)
        )
    record_many(actor, changes)
