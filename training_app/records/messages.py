"""What people are written when somebody has decided about their entries. What falls together for one person is one message."""

from __future__ import annotations

from dataclasses import dataclass

from training_app.accounts.queries import address_for_notices
from training_app.audit import Actor
from training_app.links import absolute
from training_app.mail import queue_together
from training_app.mail.rules import can_be_written_to
from training_app.people.rules import in_words
from training_app.records.models import Completion

KIND = "training record"
_SEVERAL = "Your training record: what is new"


@dataclass(frozen=True)
class _Reader:
    """Where a person is written to, and whether they can sign in, so that links are of use to them."""

    address: str
    signs_in: bool


def tell_returned(actor: Actor, entry: Completion, because: str) -> None:
    """Write to somebody that an entry of theirs was sent back, and why. That it was confirmed is taken out of a message that
    still waits."""
    reader = _reader(entry)
    if reader is not None:
        title = f"Please answer about {_title(entry)}"
        _tell(actor, entry, reader, title, _sent_back(entry, because, reader), instead_of=_confirmed(entry, reader))


def tell_verified(actor: Actor, entry: Completion, returned_because: str | None) -> None:
    """Write to somebody that an entry of theirs is confirmed, and where its certificate is. That it was sent back, for the
    reason `returned_because`, is taken out of a message that still waits."""
    reader = _reader(entry)
    if reader is not None:
        no_longer = _sent_back(entry, returned_because, reader) if returned_because else None
        _tell(actor, entry, reader, f"Confirmed: {_title(entry)}", _confirmed(entry, reader), instead_of=no_longer)


def _reader(entry: Completion) -> _Reader | None:
    """Return who is written to about an entry; None where its person has no address."""
    way_in = address_for_notices(entry.person_id)
    address = way_in or entry.person.email
    if address is None or not can_be_written_to(address):
        return None
    return _Reader(address, signs_in=way_in is not None)


def _tell(actor: Actor, entry: Completion, reader: _Reader, subject: str, part: str, *, instead_of: str | None) -> None:
    queue_together(
        actor,
        KIND,
        reader.address,
        subject,
        part,
        several=_SEVERAL,
        footer=f"Your record: {absolute('/my/record')}" if reader.signs_in else "The hub keeps a record of training.",
        person_id=entry.person_id,
        instead_of=instead_of,
    )


def _sent_back(entry: Completion, because: str, reader: _Reader) -> str:
    answer = (
        f"Put it right, or say more: {absolute(f'/my/record/answer/{entry.id}')}"
        if reader.signs_in
        else "To put it right or to say more, reply to this message, or tell whoever looks after your record."
    )
    return f"Sent back to you: {_title(entry)}.\n\nIt does not count yet. The reason:\n\n{because}\n\n{answer}"


def _confirmed(entry: Completion, reader: _Reader) -> str:
    counts = f"It counts until {in_words(entry.valid_until)}." if entry.valid_until else "It counts for good."
    certificate = (
        f"Its certificate is ready: {absolute('/my/certificates')}"
        if reader.signs_in
        else "Ask the hub for its certificate if you need it."
    )
    return f"Confirmed: {_title(entry)}.\n\n{counts}\n\n{certificate}"


def _title(entry: Completion) -> str:
    return f"{entry.version.title}, {in_words(entry.completed_on)}"
