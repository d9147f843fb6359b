"""What the records hold about a person, completions and extensions: to show it to them, and to erase it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from training_app.audit import Actor, Change, record_many
from training_app.audit.personal import ERASED_TEXT
from training_app.database import db
from training_app.people.personal import Held
from training_app.people.rules import in_words
from training_app.records.models import Completion, Evidence, Extension

TABLES = ("completion", "extension")

EVIDENCE_IN_WORDS = {
    Evidence.VERIFIED: "verified by the hub",
    Evidence.SELF_DECLARED: "awaiting confirmation",
    Evidence.RETURNED: "sent back",
    Evidence.VOID: "voided",
}


def held_about(person_id: int) -> Held:
    """Return all that somebody completed, with notes, evidence and reasons, void entries included, in plain words."""
    completions = db.session.scalars(
        select(Completion)
        .options(joinedload(Completion.module), joinedload(Completion.version), selectinload(Completion.extensions))
        .where(Completion.person_id == person_id)
        .order_by(Completion.completed_on, Completion.id)
    )
    return {
        "Training completed": [
            {
                "Module": f"{each.module.code} {each.version.title}",
                "Completed on": each.completed_on,
                "Evidence": EVIDENCE_IN_WORDS[Evidence(each.evidence)],
                "Counts until": each.valid_until or "for good",
                "Hours": each.hours,
                "Provider": each.provider,
                "Note": each.note,
                "Recorded": each.created_at,
                "Verified": each.verified_at,
                "Sent back because": each.return_reason,
                "Voided": each.voided_at,
                "Voided because": each.void_reason,
                "Extended": [_extended(extension) for extension in each.extensions],
            }
            for each in completions
        ]
    }


def objects_of(person_id: int) -> list[tuple[str, int]]:
    """Return the rows about somebody that do not say so themselves: the extensions of what they completed."""
    of_theirs = select(Extension.id).join(Completion).where(Completion.person_id == person_id)
    return [("extension", each) for each in db.session.scalars(of_theirs)]


def erase(actor: Actor, person_id: int) -> None:
    """Take notes, providers and reasons out of all that somebody completed; days, evidence and what it gives stay."""
    changes = []
    for each in db.session.scalars(
        select(Completion)
        .options(selectinload(Completion.extensions))
        .where(Completion.person_id == person_id)
        .order_by(Completion.id)
    ):
        each.note = each.provider = None
        each.return_reason = ERASED_TEXT if each.return_reason else None
        each.void_reason = ERASED_TEXT if each.void_reason else None
        changes.append(Change("completion.erased", "completion", each.id, person_id=person_id))
        for extension in each.extensions:
            extension.reason = ERASED_TEXT
            extension.void_reason = ERASED_TEXT if extension.void_reason else None
            changes.append(Change("extension.erased", "extension", extension.id, person_id=person_id))
    record_many(actor, changes)


def _extended(extension: Extension) -> str:
    taken_back = f" (taken back: {extension.void_reason})" if extension.voided_at else ""
    return f"to {in_words(extension.valid_until)}: {extension.reason}{taken_back}"
