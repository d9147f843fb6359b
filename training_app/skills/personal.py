"""What the framework holds about a person, their exemptions: to show it to them, and to erase it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from training_app.audit import Actor, Change, record, record_many
from training_app.audit.personal import ERASED_TEXT
from training_app.clock import now
from training_app.database import db, snapshot
from training_app.people.personal import MERGED_BECAUSE, Held, moved_rows
from training_app.skills.models import Exemption

TABLES = ("exemption",)


def held_about(person_id: int) -> Held:
    """Return somebody's exemptions with their reasons, what was taken back included, in plain words."""
    exemptions = db.session.scalars(
        select(Exemption)
        .options(joinedload(Exemption.skill))
        .where(Exemption.person_id == person_id)
        .order_by(Exemption.start_on, Exemption.id)
    )
    return {
        "Exemptions": [
            {
                "Skill": each.skill.name,
                "First day": each.start_on,
                "Last day": each.end_on,
                "Reason": each.reason,
                "Taken back": each.voided_at,
                "Taken back because": each.void_reason,
            }
            for each in exemptions
        ]
    }


def erase(actor: Actor, person_id: int) -> None:
    """Take the reasons out of somebody's exemptions; their days stay."""
    changes = []
    for each in db.session.scalars(select(Exemption).where(Exemption.person_id == person_id).order_by(Exemption.id)):
        each.reason = ERASED_TEXT
        each.void_reason = ERASED_TEXT if each.void_reason else None
        changes.append(Change("exemption.erased", "exemption", each.id, person_id=person_id))
    record_many(actor, changes)


def move_person(actor: Actor, from_id: int, to_id: int) -> int:
    """Give somebody's exemptions to another row of the same person. Of two from the same skill and day the one that ends later
    stands, and succeeds the other; return how many there were."""
    standing = select(Exemption).where(Exemption.voided_at.is_(None))
    theirs = {
        (each.skill_id, each.start_on): each
        for each in db.session.scalars(standing.where(Exemption.person_id == to_id))
    }
    clashes = 0
    for one in db.session.scalars(standing.where(Exemption.person_id == from_id)).all():
        other = theirs.get((one.skill_id, one.start_on))
        if other is None:
            continue
        stays, goes = sorted(
            (one, other), key=lambda each: (each.end_on is not None, -(each.end_on or each.start_on).toordinal())
        )
        before = snapshot(goes)
        goes.voided_at, goes.void_reason, goes.successor_id = now(), MERGED_BECAUSE, stays.id
        record(actor, "exemption.voided", goes, before, goes.person_id, MERGED_BECAUSE)
        clashes += 1
    record_many(actor, moved_rows(Exemption, from_id, to_id))
    return clashes
