"""What people are written who are invited to observe each other or to try out a change together, and who invited them."""

from __future__ import annotations

from training_app.accounts.queries import address_for_notices
from training_app.audit import Actor
from training_app.database import db
from training_app.links import absolute
from training_app.mail import queue
from training_app.mail.rules import can_be_written_to
from training_app.people.models import Person
from training_app.practice.models import Kind, Practice, PracticeInvitation

KIND = "invitation to learn together"
ANSWERED = "answer to an invitation"


def tell_invited(actor: Actor, practice: Practice, invitation: PracticeInvitation, by: str | None) -> None:
    """Write to somebody who is invited, where the hub has an address of theirs; `by` is who invites them, None where the hub
    does. The message holds nothing that anybody wrote."""
    address = _address(invitation.person_id) if invitation.person_id is not None else None
    if address is None:
        return
    who, title = by or "Your Music Hub", practice.module.current.title
    asked, means = (
        (
            "observe each other",
            "Each of you visits the other once and answers four open questions. Nothing is graded, and only the two of you "
            "read what you write.",
        )
        if practice.kind == Kind.PAIR
        else (
            "try out a change together",
            "A small team asks one question, tries something, and writes down what happened. Only the team reads it, unless "
            "it shares what it found.",
        )
    )
    queue(
        actor,
        KIND,
        address,
        f"{who} invites you to {asked}",
        f"{who} invites you to {asked}: {title}.\n\n{means}\n\n"
        f"Say yes, or not this time: {absolute(f'/my/practice/invitations/{invitation.id}')}\n\n"
        f"If you cannot sign in yet, ask the hub: {absolute('/contact')}",
        person_id=invitation.person_id,
    )


def tell_joined(actor: Actor, practice: Practice, invitation: PracticeInvitation, who: str) -> None:
    """Write to whoever invited somebody that `who` joined. From now on each sees the other's name."""
    subject, next_step = (
        (f"{who} will observe each other with you", "Agree on two days, visit each other, and write about it here")
        if practice.kind == Kind.PAIR
        else (f"{who} joined your team", "See who takes part, and what the team does next")
    )
    _tell_answer(actor, practice, invitation, subject, next_step)


def tell_declined(actor: Actor, practice: Practice, invitation: PracticeInvitation) -> None:
    """Write to whoever invited somebody that they said not this time. How they were named stands on the page alone: it is what
    the inviter typed, and the hub tells nobody whom it knows by that."""
    who = "your colleague" if practice.kind == Kind.PAIR else "somebody you invited into your team"
    next_step = "Nothing that you wrote is lost. See it, or invite somebody else"
    _tell_answer(actor, practice, invitation, f"Not this time, says {who}", next_step)


def _tell_answer(
    actor: Actor, practice: Practice, invitation: PracticeInvitation, subject: str, next_step: str
) -> None:
    """Write to whoever invited somebody, if they take part still and the hub has an address of theirs."""
    by = invitation.invited_by
    address = _address(by.person_id) if by is not None and by.left_at is None else None
    if by is None or address is None:
        return
    place = "pairs" if practice.kind == Kind.PAIR else "research"
    queue(
        actor,
        ANSWERED,
        address,
        subject,
        f"{subject}: {practice.module.current.title}.\n\n{next_step}: {absolute(f'/my/practice/{place}/{practice.id}')}",
        person_id=by.person_id,
    )


def _address(person_id: int) -> str | None:
    """Return where somebody is written to; None where the hub has no address of theirs."""
    address = address_for_notices(person_id) or db.session.get_one(Person, person_id).email
    return address if address is not None and can_be_written_to(address) else None
