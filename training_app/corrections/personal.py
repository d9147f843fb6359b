"""What is held of the corrections that a person asked for: to show it to them."""

from __future__ import annotations

from training_app.corrections.models import Answer
from training_app.corrections.queries import described, requests_of
from training_app.people.personal import Held

TABLES = ("correction_request",)

_ANSWERS = {Answer.PUT_RIGHT: "put right", Answer.LEFT: "left as it is"}


def held_about(person_id: int) -> Held:
    """Return what somebody asked to have put right and what was answered, in plain words."""
    requests = requests_of(person_id)
    about = described(requests)
    return {
        "Corrections asked for": [
            {
                "About": about[each.id],
                "What is right": each.wording,
                "Asked": each.asked_at,
                "Became of it": _ANSWERS[Answer(each.answer)] if each.answer else "waiting for an answer",
                "Answered": each.answered_at,
                "Answer": each.answer_words,
            }
            for each in requests
        ]
    }
