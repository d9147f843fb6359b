"""What is held of the corrections that a person asked for: to show it to them, and to erase it."""

from __future__ import annotations

from training_app.audit import Actor, Change, record_many
from training_app.audit.personal import ERASED_TEXT
from training_app.clock import now
from training_app.corrections.models import Answer, CorrectionRequest
from training_app.corrections.queries import described, requests_of
from training_app.people.personal import Held, moved_rows

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


def erase(actor: Actor, person_id: int) -> None:
    """Take the words out of what somebody asked for and was answered; what still waits is closed."""
    changes = []
    for each in requests_of(person_id):
        each.wording = ERASED_TEXT
        each.answer_words = ERASED_TEXT if each.answer_words else None
        if each.answer is None:
            each.answer, each.answer_words, each.answered_at = Answer.LEFT.value, ERASED_TEXT, now()
        changes.append(Change("correction.erased", "correction_request", each.id, person_id=person_id))
    record_many(actor, changes)


def move_person(actor: Actor, from_id: int, to_id: int) -> None:
    """Give what somebody asked to have put right to another row of the same person."""
    record_many(actor, moved_rows(CorrectionRequest, from_id, to_id))
