"""What people are written when the hub has answered."""

from __future__ import annotations

from datetime import date

from training_app.corrections.models import Answer
from training_app.links import absolute
from training_app.people.rules import in_words

ANSWER = "answer to a correction"


def answered(request_about: str, answer: Answer, words: str | None, asked_on: date) -> tuple[str, str]:
    """Return the subject and the body of the message that tells somebody what became of their request."""
    done = "has put it right" if answer is Answer.PUT_RIGHT else "has left it as it is"
    said = f" The hub says:\n\n{words}\n" if words else "\n"
    body = (
        f"On {in_words(asked_on)} you said that something in your training record is wrong:\n{request_about}\n\n"
        f"The hub has looked at it and {done}.{said}\n"
        f"Your record is at {absolute('/my/record')}\n"
    )
    return "Your training record: what became of your correction", body
