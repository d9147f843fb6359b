"""What the framework holds about a person, their exemptions: to show it to them, and to erase it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from training_app.audit import Actor, Change, record_many
from training_app.audit.personal import ERASED_TEXT
from training_app.database import db
from training_app.people.personal import Held
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
