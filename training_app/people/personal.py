"""What people, organisations and engagements hold about a person: to show it to them, to erase it, and to
move it to the person they turned out to be."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import joinedload

from training_app.audit import Actor, Change, record, record_many
from training_app.audit.personal import ERASED_TEXT
from training_app.clock import now
from training_app.database import db, snapshot
from training_app.people.doubles import doubles_merged
from training_app.people.models import (
    Engagement,
    FormerIdentity,
    KeptLeaver,
    OwnReference,
    Person,
    ProbableDouble,
    Settled,
)
from training_app.people.queries import former_identities_of, person_by_reference
from training_app.people.rules import ERASED_NAME, name_key, nameless_reference, spans_joined

TABLES = ("person", "engagement", "kept_leaver", "former_identity", "own_reference", "probable_double")

Held = dict[str, Sequence[dict[str, Any]]]


def held_about(person_id: int) -> Held:
    """Return what is held about somebody, in plain words: who they are, and where they work or volunteer, what was taken
    back included."""
    person = db.session.get_one(Person, person_id)
    engagements = db.session.scalars(
        select(Engagement)
        .options(joinedload(Engagement.group), joinedload(Engagement.organisation))
        .where(Engagement.person_id == person_id)
        .order_by(Engagement.start_on, Engagement.id)
    )
    own_references = db.session.scalars(
        select(OwnReference)
        .options(joinedload(OwnReference.organisation))
        .where(OwnReference.person_id == person_id)
        .order_by(OwnReference.id)
    )
    doubles = db.session.scalars(_doubles_of(person_id))
    return {
        "Details": [{"Name": person.name, "Reference": person.reference, "E-mail": person.email}],
        "Engagements": [
            {
                "Workforce group": each.group.name,
                "Organisation": each.organisation.name,
                "Job title": each.job_title,
                "First day": each.start_on,
                "Last day": each.end_on,
                "Taken back": each.voided_at,
                "Taken back because": each.void_reason,
            }
            for each in engagements
        ],
        "Recorded besides as": [
            {"Name": each.name, "Reference": each.reference, "E-mail": each.email, "Until": each.merged_at}
            for each in former_identities_of(person_id)
        ],
        "Kept after leaving": [
            {"Decided": each.decided_at, "Until": each.until, "Because": each.reason} for each in _kept(person_id)
        ],
        "Called otherwise by their organisation": [
            {"Organisation": each.organisation.name, "Reference": each.reference} for each in own_references
        ],
        "Probably here twice": [
            {
                "Alike in": each.because,
                "Noticed": each.noticed_at,
                "Settled": each.settled_at,
                "Settled as": each.settled_as,
            }
            for each in doubles
        ],
    }


def erase(actor: Actor, person_id: int) -> None:
    """Take away who somebody is: the row stays without a name, and their engagements with their days but without job titles
    and reasons. What an organisation calls them goes, and nobody need settle any more whether they are here twice."""
    engagements = db.session.scalars(
        select(Engagement).where(Engagement.person_id == person_id).order_by(Engagement.id)
    )
    changes = []
    for each in engagements:
        each.job_title = None
        each.void_reason = ERASED_TEXT if each.void_reason else None
        changes.append(Change("engagement.erased", "engagement", each.id, person_id=person_id))
    for kept in _kept(person_id):
        kept.reason = ERASED_TEXT
        changes.append(Change("leaver.erased", "kept_leaver", kept.id, person_id=person_id))
    for double in db.session.scalars(_doubles_of(person_id).where(ProbableDouble.settled_at.is_(None))):
        double.settled_at, double.settled_as = now(), Settled.ERASED.value
        changes.append(Change("probable_double.settled", "probable_double", double.id, person_id=person_id))
    for own in db.session.scalars(select(OwnReference).where(OwnReference.person_id == person_id)):
        changes.append(Change("own_reference.erased", "own_reference", own.id, person_id=person_id))
        db.session.delete(own)
    for former in former_identities_of(person_id):
        former.reference, former.name, former.email = _free_nameless_reference(), ERASED_NAME, None
        changes.append(Change("person.former_erased", "former_identity", former.id, person_id=person_id))
    person = db.session.get_one(Person, person_id)
    person.reference = _free_nameless_reference()
    person.name, person.name_key = ERASED_NAME, name_key(ERASED_NAME)
    person.email = person.email_key = None
    person.erased_at = now()
    record_many(actor, [*changes, Change("person.erased", "person", person_id, person_id=person_id)])


def move_person(actor: Actor, from_id: int, to_id: int) -> int:
    """Give everything of one row to another that turned out to be the same person. Engagements in the same group at the same
    organisation that share days become one that covers all of them; return into how many such were joined."""
    joined = _join_engagements(actor, from_id, to_id)
    doubles_merged(actor, to_id, from_id)
    moved = [
        *moved_rows(Engagement, from_id, to_id),
        *moved_rows(KeptLeaver, from_id, to_id),
        *moved_rows(FormerIdentity, from_id, to_id),
    ]
    record_many(actor, moved)
    return joined


def moved_rows(table: type[Any], from_id: int, to_id: int) -> list[Change]:
    """Give the rows of a table with a `person_id` to another person, and return what to tell the log."""
    changes = []
    for row in db.session.scalars(select(table).where(table.person_id == from_id).order_by(table.id)):
        row.person_id = to_id
        name = table.__tablename__
        changes.append(Change(f"{name}.moved", name, row.id, {"person_id": from_id}, {"person_id": to_id}, to_id))
    db.session.flush()
    return changes


MERGED_BECAUSE = "Recorded twice: the two were found to be one person"


def _join_engagements(actor: Actor, from_id: int, to_id: int) -> int:
    standing = db.session.scalars(
        select(Engagement)
        .where(Engagement.person_id.in_([from_id, to_id]), Engagement.voided_at.is_(None))
        .order_by(Engagement.start_on, Engagement.id)
    ).all()
    places: dict[tuple[int, int], list[Engagement]] = {}
    for each in standing:
        places.setdefault((each.organisation_id, each.group_id), []).append(each)
    joined = 0
    for (organisation_id, group_id), there in places.items():
        for several, start_on, end_on in spans_joined([(each.start_on, each.end_on) for each in there]):
            parts = [there[place] for place in several]
            befores = [snapshot(each) for each in parts]
            for each in parts:
                each.voided_at, each.void_reason = now(), MERGED_BECAUSE
            db.session.flush()
            whole = Engagement(
                person_id=to_id,
                organisation_id=organisation_id,
                group_id=group_id,
                job_title=next((each.job_title for each in reversed(parts) if each.job_title), None),
                start_on=start_on,
                end_on=end_on,
            )
            db.session.add(whole)
            record(actor, "engagement.begun", whole, person_id=to_id, reason=MERGED_BECAUSE)
            for each, before in zip(parts, befores, strict=True):
                each.successor_id = whole.id
                record(actor, "engagement.voided", each, before, each.person_id, MERGED_BECAUSE)
            joined += 1
    return joined


def _kept(person_id: int) -> Sequence[KeptLeaver]:
    return db.session.scalars(select(KeptLeaver).where(KeptLeaver.person_id == person_id).order_by(KeptLeaver.id)).all()


def _doubles_of(person_id: int) -> Select[ProbableDouble]:
    is_theirs = or_(ProbableDouble.person_id == person_id, ProbableDouble.known_id == person_id)
    return select(ProbableDouble).where(is_theirs).order_by(ProbableDouble.id)


def _free_nameless_reference() -> str:
    while True:
        offered = nameless_reference(secrets.choice)
        if person_by_reference(offered) is None:
            return offered
