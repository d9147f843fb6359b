"""Two rows turned out to be one person: everything of both stands in one of them, and nothing of either is lost.

The row with the higher number stays, so that no number is ever given a second time and the log of the other stays its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from training_app.accounts import personal as accounts
from training_app.addresses import email_key
from training_app.assignments import personal as assignments
from training_app.audit import Actor, AuditEvent, Change, record, record_many
from training_app.certificates import personal as certificates
from training_app.clock import now, today
from training_app.corrections import personal as corrections
from training_app.coverage.queries import coverage_on
from training_app.coverage.rules import Coverage
from training_app.database import db, snapshot, transaction
from training_app.delivery import personal as delivery
from training_app.errors import ChangedMeanwhile, Refused
from training_app.mail import personal as mail
from training_app.people import personal as people
from training_app.people.models import FormerIdentity, Person
from training_app.people.rules import name_key
from training_app.practice import personal as practice
from training_app.records import personal as records
from training_app.reminders import personal as reminders
from training_app.skills import personal as skills


@dataclass(frozen=True)
class Kept:
    """Whose reference, name and e-mail are kept, each by the number of a row."""

    reference_of: int
    name_of: int
    email_of: int


@dataclass(frozen=True)
class Merged:
    """What a merge did: how many engagements were joined, how many doubles of completions and exemptions gave way, whether an
    account was closed, and coverage today before and after."""

    person_id: int
    engagements: int
    completions: int
    exemptions: int
    closed_an_account: bool
    before: Coverage
    after: Coverage


class _Rehearsed(Exception):
    def __init__(self, merged: Merged) -> None:
        self.merged = merged


def last_event_about(*person_ids: int) -> int:
    """Return the number of the last thing that the log says of any of these people: who saw it has seen how they are."""
    return db.session.scalar(select(func.max(AuditEvent.id)).where(AuditEvent.person_id.in_(person_ids))) or 0


def rehearse_merge(actor: Actor, one_id: int, other_id: int, kept: Kept) -> Merged:
    """Return what merging two people would do, by doing it and taking it back. Raises `Refused` as `merge_people`."""
    try:
        with transaction():
            raise _Rehearsed(merge_people(actor, one_id, other_id, kept))
    except _Rehearsed as rehearsed:
        return rehearsed.merged


def merge_people(actor: Actor, one_id: int, other_id: int, kept: Kept, seen: int | None = None) -> Merged:
    """Make one person of two rows. Who they were recorded as besides is remembered: the old reference leads to them, and a file
    that names it finds them.

    `seen` is the `last_event_about` both that the actor has seen. Raises `Refused` for one and the same, for somebody who is
    gone or erased, and where the last workforce manager's account would be closed; `ChangedMeanwhile` where anything about
    them was written since.
    """
    if one_id == other_id:
        raise Refused("Choose somebody else: this is the same person already.", "other")
    both = db.session.scalars(
        select(Person)
        .where(Person.id.in_([one_id, other_id]))
        .order_by(Person.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    if len(both) != len({one_id, other_id}):
        raise Refused("The two were merged already. Look at the page of either.")
    if any(each.erased_at is not None for each in both):
        raise Refused("Somebody who was erased cannot be merged with anybody.")
    if seen is not None and seen != last_event_about(one_id, other_id):
        raise ChangedMeanwhile
    gone, stays = both
    before_that = coverage_on(today())
    by_id = {each.id: (each.reference, each.name, each.email) for each in both}
    closed = accounts.move_person(actor, gone.id, stays.id, kept_id=kept.email_of)
    joined = people.move_person(actor, gone.id, stays.id)
    completions = records.move_person(actor, gone.id, stays.id)
    certificates.move_person(actor, gone.id, stays.id)
    exemptions = skills.move_person(actor, gone.id, stays.id)
    corrections.move_person(actor, gone.id, stays.id)
    practice.move_person(actor, gone.id, stays.id)
    delivery.move_person(actor, gone.id, stays.id)
    assignments.move_person(actor, gone.id, stays.id)
    reminders.move_person(actor, gone.id, stays.id)
    mail.move_person(actor, gone.id, stays.id)
    _give_identity(actor, gone, stays, kept, by_id)
    return Merged(stays.id, joined, completions, exemptions, closed, before_that, coverage_on(today()))


def _give_identity(
    actor: Actor, gone: Person, stays: Person, kept: Kept, by_id: dict[int, tuple[str, str, str | None]]
) -> None:
    gone_id, was, was_gone = gone.id, snapshot(stays), snapshot(gone)
    not_kept = {gone_id: stays.id, stays.id: gone_id}
    db.session.delete(gone)
    db.session.flush()
    stays.reference, stays.name = by_id[kept.reference_of][0], by_id[kept.name_of][1]
    stays.name_key = name_key(stays.name)
    stays.email = by_id[kept.email_of][2]
    # An e-mail that somebody else is found by stands here as it was typed, and finds nobody.
    key = email_key(stays.email) if stays.email else None
    taken = key is not None and db.session.scalar(
        select(Person.id).where(Person.email_key == key, Person.id != stays.id)
    )
    stays.email_key = None if taken else key
    former = FormerIdentity(
        person_id=stays.id,
        former_person_id=gone_id,
        reference=by_id[not_kept[kept.reference_of]][0],
        name=by_id[not_kept[kept.name_of]][1],
        email=by_id[not_kept[kept.email_of]][2],
        merged_at=now(),
    )
    db.session.add(former)
    record(actor, "person.merged", stays, was, stays.id)
    record(actor, "person.recorded_besides", former, person_id=stays.id)
    record_many(actor, [Change("person.merged_away", "person", gone_id, was_gone, None, gone_id)])
