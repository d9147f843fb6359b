"""Where certificates contradict themselves; a sentence for each."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from training_app.certificates.models import Certificate
from training_app.certificates.rules import tidy_number
from training_app.database import db
from training_app.people.models import Person
from training_app.records.models import Completion


def problems() -> Iterator[str]:
    """Yield a sentence for every certificate whose number is none, or that an erased person still has."""
    rows = db.session.execute(
        select(Certificate.id, Certificate.number, Certificate.issued_at, Person.erased_at, Completion.created_at)
        .join(Completion, Completion.id == Certificate.completion_id)
        .join(Person, Person.id == Completion.person_id)
        .order_by(Certificate.id)
    )
    for certificate_id, number, issued_at, erased_at, recorded_at in rows:
        this = f"certificate {certificate_id}"
        if tidy_number(number) != number:
            yield f"{this}: its number is none that a certificate can have."
        if issued_at < recorded_at:
            yield f"{this}: was made before what it confirms was recorded."
        if erased_at is not None:
            yield f"{this}: its person was erased."
