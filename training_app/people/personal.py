"""What people, organisations and engagements hold about a person: to show it to them, and to erase it."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import joinedload

from training_app.audit import Actor, Change, record_many
from training_app.audit.personal import ERASED_TEXT
from training_app.clock import now
from training_app.database import db
from training_app.people.models import Engagement, KeptLeaver, OwnReference, Person, ProbableDouble, Settled
from training_app.people.queries import person_by_reference
from training_app.people.rules import ERASED_NAME, name_key, nameless_reference

TABLES = ("person", "engagement", "kept_leaver", "own_reference", "probable_double")

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
    person = db.session.get_one(Person, person_id)
    person.reference = _free_nameless_reference()
    person.name, person.name_key = ERASED_NAME, name_key(ERASED_NAME)
    person.email = person.email_key = None
    person.erased_at = now()
    record_many(actor, [*changes, Change("person.erased", "person", person_id, person_id=person_id)])


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
