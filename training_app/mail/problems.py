"""Where messages of the outbox contradict themselves; a sentence for each, without the address."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from training_app.database import db
from training_app.mail.models import MessageState, OutboxMessage
from training_app.mail.rules import can_be_written_to, is_kind

_ROWS_AT_ONCE = 5_000
# Where a body that lets somebody in has no reason to be there any more.
_AT_ITS_END = frozenset({MessageState.SENT, MessageState.GIVEN_UP, MessageState.OUT_OF_DATE})


def problems() -> Iterator[str]:
    """Yield a sentence for every message that contradicts itself."""
    query = select(OutboxMessage).order_by(OutboxMessage.id).execution_options(yield_per=_ROWS_AT_ONCE)
    for message in db.session.scalars(query):
        this = f"message {message.id} ({message.kind})"
        yield from (f"{this}: {wrong}" for wrong in _problems_of(message))


def _problems_of(message: OutboxMessage) -> Iterator[str]:
    if not is_kind(message.kind):
        yield "its kind is not a few plain words."
    if not can_be_written_to(message.recipient):
        yield "is not addressed to an e-mail address."
    if message.state not in list(MessageState):
        yield f'"{message.state}" is no state of a message.'
    if (message.state == MessageState.SENT) != (message.sent_at is not None):
        yield "is sent without a moment, or has one without being sent."
    if (message.sent_at is None) != (message.sent_on is None):
        yield "has a day of sending without its moment, or the other way round."
    if message.holds_secret and message.body is not None and message.state in _AT_ITS_END:
        yield "still holds what lets somebody in."
    if message.state == MessageState.WAITING and message.body is None:
        yield "waits to be sent with nothing in it."
    if message.state != MessageState.WAITING and message.claimed_by is not None:
        yield "is claimed by a sender, but waits no more."
