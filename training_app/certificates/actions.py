"""Making certificates, and letting them be confirmed to others or not. Each verb tells the audit; none commits."""

from __future__ import annotations

from sqlalchemy import select

from training_app.audit import Actor, record
from training_app.certificates.models import Certificate, CertificateSilence
from training_app.certificates.queries import certificates_of, silence_of
from training_app.certificates.rules import new_number
from training_app.clock import now
from training_app.database import db, refusing_doubles, snapshot
from training_app.errors import Refused
from training_app.people.models import Person
from training_app.records.models import Completion, Evidence


def issue_certificate(actor: Actor, entry: Completion) -> Certificate:
    """Return the certificate of a completion, made now where there is none yet: asked for twice, it is the same.

    Raises `Refused` for a completion that is not verified.
    """
    _hold(entry.person_id)
    if entry.evidence != Evidence.VERIFIED or entry.person.erased_at is not None:
        raise Refused("There is a certificate only for training that the hub has verified.")
    standing = certificates_of([entry.id]).get(entry.id)
    if standing is not None:
        return standing
    certificate = Certificate(completion_id=entry.id, number=new_number(), issued_at=now())
    with refusing_doubles():
        db.session.add(certificate)
    record(actor, "certificate.issued", certificate, person_id=entry.person_id)
    return certificate


def confirm_to_nobody(actor: Actor, person_id: int) -> None:
    """Have none of somebody's certificates confirmed from now on. Done twice, it is done once."""
    _hold(person_id)
    if silence_of(person_id) is not None:
        return
    silence = CertificateSilence(person_id=person_id, since=now())
    db.session.add(silence)
    record(actor, "certificate_silence.begun", silence, person_id=person_id)


def confirm_again(actor: Actor, person_id: int) -> None:
    """Have somebody's certificates confirmed again to whoever has their number."""
    _hold(person_id)
    silence = silence_of(person_id)
    if silence is None:
        return
    before = snapshot(silence)
    record(actor, "certificate_silence.ended", silence, before, person_id)
    db.session.delete(silence)


def _hold(person_id: int) -> None:
    """Let a second press of the same button wait for the first, and then find what it wrote."""
    db.session.execute(select(Person.id).where(Person.id == person_id).with_for_update(key_share=True))
