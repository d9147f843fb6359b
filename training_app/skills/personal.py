"""What the framework holds about a person, their exemptions: to show it to them."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import joinedload

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
