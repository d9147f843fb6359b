"""Reading people, organisations and engagements."""

from __future__ import annotations

from sqlalchemy import select

from training_app.accounts.rules import email_key
from training_app.database import db
from training_app.people.models import Organisation, Person
from training_app.people.rules import organisation_key


def person_by_reference(reference: str) -> Person | None:
    """Return the person with this reference, exactly as written."""
    return db.session.scalar(select(Person).where(Person.reference == reference))


def person_by_email(email: str) -> Person | None:
    """Return the person with this e-mail, however it is written."""
    return db.session.scalar(select(Person).where(Person.email_key == email_key(email)))


def organisation_by_name(name: str) -> Organisation | None:
    """Return the organisation known by this name, however it is spaced or capitalised."""
    return db.session.scalar(select(Organisation).where(Organisation.name_key == organisation_key(name)))
