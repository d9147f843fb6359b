"""What the records hold about a person, completions and extensions: to show it to them."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

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


def _extended(extension: Extension) -> str:
    taken_back = f" (taken back: {extension.void_reason})" if extension.voided_at else ""
    return f"to {in_words(extension.valid_until)}: {extension.reason}{taken_back}"
