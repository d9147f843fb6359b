"""What the log says of corrections that were asked for, in sentences."""

from __future__ import annotations

from training_app.audit.history import Action, Names, Sentence, Subject, Told, erased
from training_app.corrections.models import Answer

ANSWERS = {Answer.PUT_RIGHT.value: "it was put right", Answer.LEFT.value: "it is left as it is"}


def _asked(told: Told, _names: Names) -> Sentence:
    return Sentence("asked for", "correction", f"“{told.row.get('wording')}”")


def _answered(told: Told, _names: Names) -> Sentence:
    words = told.row.get("answer_words")
    answer = ANSWERS.get(str(told.row.get("answer")), "")
    return Sentence("answered", "correction", f"{answer}: “{words}”" if words else answer)


HISTORY = Subject(
    actions={
        "correction.asked": Action("Correction asked for", _asked),
        "correction.answered": Action("Correction answered", _answered),
        "correction.erased": Action("Correction’s words erased", erased("a correction")),
    }
)
