"""What people are written who are invited to observe each other or to try out a change together."""

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


def tell_invited(actor: Actor, practice: Practice, invitation: PracticeInvitation, by: str | None) -> None:
    """Write to somebody who is invited, where the hub has an address of theirs; `by` is who invites them, None where the hub
    does. The message holds nothing that anybody wrote."""
    if invitation.person_id is None:
        return
    address = address_for_notices(invitation.person_id) or db.session.get_one(Person, invitation.person_id).email
    if address is None or not can_be_written_to(address):
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
