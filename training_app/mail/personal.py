"""What the outbox holds about a person: to show it to them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import or_, select

from training_app.database import db
from training_app.mail.models import OutboxMessage

TABLES = ("outbox_message",)


def held_about(person_id: int, addresses: Collection[str] = ()) -> dict[str, Sequence[dict[str, Any]]]:
    """Return the messages about a person, or to one of their own e-mail addresses, in plain words. What a message said stands
    there only where it was about them and holds no secret, and to whom it went only where that was them."""
    messages = db.session.scalars(
        select(OutboxMessage)
        .where(or_(OutboxMessage.person_id == person_id, OutboxMessage.recipient.in_(addresses)))
        .order_by(OutboxMessage.queued_at, OutboxMessage.id)
    )
    return {
        "Messages": [
            {
                "Subject": each.subject,
                "To": each.recipient if each.recipient in addresses else "the hub",
                "Written": each.queued_at,
                "Sent": each.sent_at,
                "Said": each.body if each.person_id == person_id and not each.holds_secret else None,
            }
            for each in messages
        ]
    }
