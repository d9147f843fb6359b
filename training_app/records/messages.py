"""What people are written about their entries: that one was sent back, that it counts, that it counts no longer. What falls
together for one person is one message, and what is taken back before it left is never heard of."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from training_app.accounts.queries import addresses_for_notices
from training_app.audit import Actor
from training_app.links import absolute
from training_app.mail import queue_together, take_out
from training_app.mail.queries import was_told_last
from training_app.mail.rules import can_be_written_to
from training_app.people.rules import in_words
from training_app.records.models import Completion
from training_app.records.queries import predecessors
from training_app.records.rules import valid_until

KIND = "training record"
_SEVERAL = "Your training record: what is new"
_CONFIRMED, _RECORDED, _PUT_RIGHT = "Confirmed", "Recorded", "Put right"


@dataclass(frozen=True)
class _Reader:
    """Where a person is written to, and whether they can sign in, so that links are of use to them."""

    address: str
    signs_in: bool


def tell_returned(actor: Actor, entry: Completion, because: str) -> None:
    """Write to somebody that an entry of theirs was sent back, and why. That it counts is taken out of a message that still
    waits."""
    title = f"Please answer about {_title(entry)}"
    for reader in _readers([entry]).values():
        _tell(actor, entry, reader, title, _sent_back(entry, because, reader.signs_in), instead_of=_it_counted(entry))


def tell_verified(actor: Actor, entry: Completion, returned_because: str | None) -> None:
    """Write to somebody that an entry of theirs is confirmed, and where its certificate is. That it was sent back, for the
    reason `returned_because`, is taken out of a message that still waits; so is that one like it was taken back."""
    no_longer = {*_it_went_back(entry, returned_because), *_it_was_taken_back(entry)}
    for reader in _readers([entry]).values():
        _tell_that_it_counts(actor, entry, reader, _CONFIRMED, instead_of=no_longer)


def tell_recorded(actor: Actor, entries: Sequence[Completion]) -> None:
    """Write to people that a register recorded and confirmed something for them, and where its certificate is. Where a message
    still waits that says that the same was taken back, it is as they were told before, so that this alone is taken out."""
    readers = _readers(entries)
    for entry in entries:
        reader = readers.get(entry.person_id)
        if reader is not None and not take_out(actor, KIND, entry.person_id, _it_was_taken_back(entry)):
            _tell_that_it_counts(actor, entry, reader, _RECORDED)


def tell_taken_back(actor: Actor, entry: Completion) -> None:
    """See that nobody goes on believing that an entry counts which is void now: what still waits to say so is taken out, and
    whoever was told so, of this or of one whose place it took, is told that it does not. Who was told nothing hears nothing."""
    take_out(actor, KIND, entry.person_id, {*_it_went_back(entry, entry.return_reason), *_it_counted(entry)})
    told = next((each for each in (entry, *predecessors(entry)) if _was_told_that_it_counts(each)), None)
    if told is not None:
        for reader in _readers([told]).values():
            title = f"No longer in your training record: {_title(told)}"
            _tell(actor, told, reader, title, _taken_back(told, reader.signs_in))


def tell_put_right(actor: Actor, entry: Completion, successor: Completion) -> None:
    """Write to somebody what an entry says now, where a message told or was to tell that the one counts whose place it took."""
    waited = [
        word for word in (_CONFIRMED, _RECORDED) if take_out(actor, KIND, entry.person_id, _it_counted(entry, [word]))
    ]
    if waited or take_out(actor, KIND, entry.person_id, _it_counted(entry)) or _was_told_that_it_counts(entry):
        for reader in _readers([successor]).values():
            _tell_that_it_counts(actor, successor, reader, waited[0] if waited else _PUT_RIGHT)


def _was_told_that_it_counts(entry: Completion) -> bool:
    if entry.verified_at is None:
        return False
    no_longer = {*_it_went_back(entry, entry.return_reason), *_it_was_taken_back(entry)}
    return was_told_last(KIND, entry.person_id, _it_counted(entry), no_longer, entry.verified_at)


def _readers(entries: Sequence[Completion]) -> Mapping[int, _Reader]:
    """Return who is written to about entries, by the person's id; whoever has no address is not in it."""
    ways_in = addresses_for_notices({each.person_id for each in entries})
    addresses = {each.person_id: ways_in.get(each.person_id) or each.person.email for each in entries}
    return {
        person_id: _Reader(address, signs_in=person_id in ways_in)
        for person_id, address in addresses.items()
        if address is not None and can_be_written_to(address)
    }


def _tell_that_it_counts(
    actor: Actor, entry: Completion, reader: _Reader, word: str, *, instead_of: Collection[str] = ()
) -> None:
    part = _counts(entry, word, entry.valid_until, reader.signs_in)
    _tell(actor, entry, reader, f"{word}: {_title(entry)}", part, instead_of=instead_of)


def _tell(
    actor: Actor, entry: Completion, reader: _Reader, subject: str, part: str, *, instead_of: Collection[str] = ()
) -> None:
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


# --- what is said, and every way in which it may have been said: its reader's way in and its end may be others by now


def _sent_back(entry: Completion, because: str, signs_in: bool) -> str:
    answer = (
        f"Put it right, or say more: {absolute(f'/my/record/answer/{entry.id}')}"
        if signs_in
        else "To put it right or to say more, reply to this message, or tell whoever looks after your record."
    )
    return f"Sent back to you: {_title(entry)}.\n\nIt does not count yet. The reason:\n\n{because}\n\n{answer}"


def _it_went_back(entry: Completion, because: str | None) -> set[str]:
    return {_sent_back(entry, because, signs_in) for signs_in in (True, False)} if because else set()


def _counts(entry: Completion, word: str, until: date | None, signs_in: bool) -> str:
    counts = f"It counts until {in_words(until)}." if until else "It counts for good."
    certificate = (
        f"Its certificate is ready: {absolute('/my/certificates')}"
        if signs_in
        else "Ask the hub for its certificate if you need it."
    )
    return f"{word}: {_title(entry)}.\n\n{counts}\n\n{certificate}"


def _it_counted(entry: Completion, words: Collection[str] = (_CONFIRMED, _RECORDED, _PUT_RIGHT)) -> set[str]:
    own_end = valid_until(entry.completed_on, entry.version.refresh_months, entry.version.ends_on)
    ends = {entry.valid_until, own_end, *(each.valid_until for each in entry.extensions)}
    return {_counts(entry, word, until, signs_in) for word in words for until in ends for signs_in in (True, False)}


def _taken_back(entry: Completion, signs_in: bool) -> str:
    why = (
        f"Why stands in its history: {absolute('/my/record/history')}"
        if signs_in
        else "Ask the hub why, if you wonder."
    )
    return (
        f"No longer in your training record: {_title(entry)}.\n\n"
        f"We wrote to you that it counts. It was taken back since, and its certificate no longer stands.\n\n{why}"
    )


def _it_was_taken_back(entry: Completion) -> set[str]:
    return {_taken_back(entry, signs_in) for signs_in in (True, False)}


def _title(entry: Completion) -> str:
    return f"{entry.version.title}, {in_words(entry.completed_on)}"
