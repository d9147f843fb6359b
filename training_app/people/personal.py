"""What people, organisations and engagements hold about a person: to show it to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from training_app.database import db
from training_app.people.models import Engagement, Person

TABLES = ("person", "engagement")

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
    }
