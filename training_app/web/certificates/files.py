"""The documents that people take along, as answers: training passports and certificates."""

from __future__ import annotations

from flask import Response, current_app, url_for

from training_app.certificates.models import Certificate
from training_app.certificates.printing import certificate_data
from training_app.certificates.queries import certificates_of, said_of
from training_app.clock import LONDON, today
from training_app.coverage.queries import standing_of
from training_app.errors import NotFound
from training_app.files import PDF_TYPE, set_pdf
from training_app.links import absolute
from training_app.people.models import Person
from training_app.people.queries import engagements_of_people
from training_app.people.scope import Places
from training_app.records.models import Completion, Evidence
from training_app.records.queries import completions_of, those_told_in_full
from training_app.reports.passport import passport_data


def passport_of(person: Person, name: str, *, places: Places) -> Response:
    """Return somebody's training passport as far as a reader of these places is told it, in a file called `name`."""
    on = today()
    completions = completions_of(person.id, places=places)
    in_full = those_told_in_full(completions, places=places)
    data = passport_data(
        person,
        current_app.config["SETTINGS"].hub_name,
        on,
        engagements=engagements_of_people([person.id], places=places).get(person.id, []),
        standings=standing_of(person.id, on, places=places),
        completions=completions,
        hours_told={each.id: each.hours for each in completions if each.id in in_full},
    )
    return _pdf(set_pdf("passport", data), name)


def certificate_file(entry: Completion) -> Response:
    """Return the certificate of a completion. Raises `NotFound` where none was made, or it is not verified any more."""
    certificate = certificates_of([entry.id]).get(entry.id)
    if certificate is None or entry.evidence != Evidence.VERIFIED:
        raise NotFound
    settings = current_app.config["SETTINGS"]
    data = certificate_data(
        said_of(entry),
        certificate.number,
        settings.hub_name,
        issued_on=certificate.issued_at.astimezone(LONDON).date(),
        confirmed_at=confirmed_at(certificate) if hub_confirms() else None,
    )
    return _pdf(set_pdf("certificate", data), f"certificate-{entry.completed_on.isoformat()}")


def hub_confirms() -> bool:
    """Say whether the hub has certificates confirmed to others."""
    confirms: bool = current_app.config["SETTINGS"].confirm_certificates
    return confirms


def confirmed_at(certificate: Certificate) -> str:
    """Return the whole address at which a certificate is confirmed."""
    return absolute(url_for("certificates.confirm", number=certificate.number))


def _pdf(content: bytes, name: str) -> Response:
    response = Response(content, content_type=PDF_TYPE)
    response.headers.set("Content-Disposition", "attachment", filename=f"{name}.pdf")
    return response
