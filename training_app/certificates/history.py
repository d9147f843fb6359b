"""What the log says of certificates, in sentences."""

from __future__ import annotations

from training_app.audit.history import Action, Names, Sentence, Subject, Told, erased


def _issued(told: Told, names: Names) -> Sentence:
    return Sentence("made", "a certificate", names.name("completion_id", told.row.get("completion_id")))


def _silenced(_told: Told, _names: Names) -> Sentence:
    return Sentence("had certificates confirmed to nobody")


def _confirmed(_told: Told, _names: Names) -> Sentence:
    return Sentence("had certificates confirmed again")


HISTORY = Subject(
    actions={
        "certificate.issued": Action("Certificate made", _issued),
        "certificate.erased": Action("Certificate erased", erased("a certificate")),
        "certificate_silence.begun": Action("Certificates confirmed to nobody", _silenced),
        "certificate_silence.ended": Action("Certificates confirmed again", _confirmed),
        "certificate_silence.erased": Action("Choice about certificates erased", erased("a choice about certificates")),
    }
)
