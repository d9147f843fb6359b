"""What the log says of the stewardship of the whole house, in sentences."""

from __future__ import annotations

from training_app.audit.actions import ERASED
from training_app.audit.history import Action, Names, Sentence, Subject, Told, erased, simply


def _demonstration(_told: Told, _names: Names) -> str:
    return "demonstration hub"


def _emptied(told: Told, _names: Names) -> Sentence:
    events = len(told.row.get("event_ids", ()))
    return Sentence(
        "erased", "what the log said of a person", f"{events} {'entry' if events == 1 else 'entries'} emptied"
    )


HISTORY = Subject(
    actions={
        ERASED: Action("Details erased from the log", _emptied),
        "erasure.done": Action("Person erased for good", erased("everything")),
        "demonstration.loaded": Action("Demonstration loaded", simply("loaded", _demonstration)),
    }
)
