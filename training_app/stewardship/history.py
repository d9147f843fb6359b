"""What the log says of the stewardship of the whole house, in sentences."""

from __future__ import annotations

from datetime import datetime

from training_app.audit.actions import ERASED
from training_app.audit.history import Action, Names, Sentence, Subject, Told, erased, simply
from training_app.clock import LONDON
from training_app.files.days import in_words


def _demonstration(_told: Told, _names: Names) -> str:
    return "demonstration hub"


def _archive(told: Told, _names: Names) -> str:
    made_at = datetime.fromisoformat(str(told.row["made_at"])).astimezone(LONDON)
    return f"everything as it was backed up on {in_words(made_at.date())} at {made_at:%H:%M}"


def _emptied(told: Told, _names: Names) -> Sentence:
    events = len(told.row.get("event_ids", ()))
    return Sentence(
        "erased", "what the log said of a person", f"{events} {'entry' if events == 1 else 'entries'} emptied"
    )


HISTORY = Subject(
    actions={
        ERASED: Action("Details erased from the log", _emptied),
        "erasure.done": Action("Person erased for good", erased("everything")),
        "archive.restored": Action("Backup put back", simply("put back", _archive)),
        "demonstration.loaded": Action("Demonstration loaded", simply("loaded", _demonstration)),
    }
)
