"""What is held of a person's certificates: to show it to them, and to erase it."""

from __future__ import annotations

from training_app.audit import Actor, Change, record_many
from training_app.certificates.actions import confirm_again, confirm_to_nobody
from training_app.certificates.queries import certificates_of_person, silence_of
from training_app.certificates.rules import shown_number
from training_app.database import db
from training_app.people.personal import Held
from training_app.people.rules import in_words

TABLES = ("certificate", "certificate_silence")


def held_about(person_id: int) -> Held:
    """Return which certificates were made for somebody, and whether they are confirmed to others."""
    silence = silence_of(person_id)
    return {
        "Certificates": [
            {
                "Certificate of": f"{each.completion.version.title}, {in_words(each.completion.completed_on)}",
                "Number": shown_number(each.number),
                "Made": each.issued_at,
            }
            for each in certificates_of_person(person_id)
        ],
        "Certificates confirmed to nobody": [{"Since": silence.since}] if silence else [],
    }


def objects_of(person_id: int) -> list[tuple[str, int]]:
    """Return the rows about somebody that do not say so themselves: their certificates."""
    return [("certificate", each.id) for each in certificates_of_person(person_id)]


def erase(actor: Actor, person_id: int) -> None:
    """Forget somebody's certificates: from now on their numbers are such as nobody has."""
    changes = []
    for each in certificates_of_person(person_id):
        changes.append(Change("certificate.erased", "certificate", each.id, person_id=person_id))
        db.session.delete(each)
    silence = silence_of(person_id)
    if silence is not None:
        changes.append(Change("certificate_silence.erased", "certificate_silence", silence.id, person_id=person_id))
        db.session.delete(silence)
    record_many(actor, changes)


def move_person(actor: Actor, from_id: int, to_id: int) -> None:
    """Carry over that somebody's certificates are confirmed to nobody; the certificates go with what was completed."""
    if silence_of(from_id) is not None:
        confirm_again(actor, from_id)
        confirm_to_nobody(actor, to_id)
