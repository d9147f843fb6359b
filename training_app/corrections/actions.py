"""Asking for something in a record to be put right, and answering. Each verb checks what it is given and tells the audit."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from training_app.accounts.queries import address_for_notices
from training_app.audit import Actor, record
from training_app.clock import LONDON, now
from training_app.corrections import messages
from training_app.corrections.models import Answer, CorrectionRequest, Subject
from training_app.corrections.queries import described, subjects_of
from training_app.database import db, snapshot
from training_app.errors import Refused
from training_app.mail import queue
from training_app.people.actions import checked_text
from training_app.people.models import Person
from training_app.people.rules import LONGEST_REASON


@dataclass(frozen=True)
class Asked:
    """A request; it is not new where the same waits already."""

    request: CorrectionRequest
    is_new: bool


def ask_for_correction(
    actor: Actor, person_id: int, about: Subject, about_id: int | None, wording: str | None
) -> Asked:
    """Ask the hub to put something in somebody's record right. Pressed twice, it is one request.

    `about_id` names the row for subjects that are rows of theirs. Raises `Refused` where there is no such person or row, and
    where the wording says nothing, is too long or cannot be shown.
    """
    words = checked_text(wording, "What is right", LONGEST_REASON, "wording")
    if words is None:
        raise Refused("Say what is right, so that the hub can change it.", "wording")
    # Held, so that a second press of the same button waits for the first and then finds what it wrote.
    person = db.session.scalar(select(Person.id).where(Person.id == person_id).with_for_update(key_share=True))
    if person is None:
        raise Refused("There is no such person. Choose somebody from the list.", "person")
    if (about, about_id) not in subjects_of(person_id):
        raise Refused("Choose what it is about from the list.", "about")
    waiting = db.session.scalar(
        select(CorrectionRequest).where(
            CorrectionRequest.person_id == person_id,
            CorrectionRequest.about == about.value,
            CorrectionRequest.about_id.is_(None) if about_id is None else CorrectionRequest.about_id == about_id,
            CorrectionRequest.wording == words,
            CorrectionRequest.answer.is_(None),
        )
    )
    if waiting is not None:
        return Asked(waiting, is_new=False)
    request = CorrectionRequest(
        person_id=person_id,
        about=about.value,
        about_id=about_id,
        wording=words,
        asked_at=now(),
        asked_by_account_id=actor.account_id,
    )
    db.session.add(request)
    record(actor, "correction.asked", request, person_id=person_id)
    return Asked(request, is_new=True)


def answer_correction(
    actor: Actor, request: CorrectionRequest, answer: Answer, words: str | None, seen_version: int | None = None
) -> None:
    """Answer a request: it was put right, or it is left as it is and the words say why. Its person reads both.

    Where they can be written to it is sent to them as well: to the address at which they get notices, which nobody but a
    manager changes; where they have no account, to the e-mail that is recorded of them.

    Raises `Refused` where it was answered already or is left without a
    reason, and `ChangedMeanwhile`.
    """
    request.expect_version(seen_version)
    if request.answer is not None:
        raise Refused("This was answered already.")
    words = checked_text(words, "The answer", LONGEST_REASON, "words")
    if answer is Answer.LEFT and words is None:
        raise Refused("Say why it is left as it is; the person will read it.", "words")
    before = snapshot(request)
    request.answer, request.answer_words = answer.value, words
    request.answered_at, request.answered_by_account_id = now(), actor.account_id
    record(actor, "correction.answered", request, before, request.person_id)
    address = address_for_notices(request.person_id) or request.person.email
    if address is not None:
        asked_on = request.asked_at.astimezone(LONDON).date()
        subject, body = messages.answered(described([request])[request.id], answer, words, asked_on)
        queue(actor, messages.ANSWER, address, subject, body, person_id=request.person_id)
