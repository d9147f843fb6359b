"""What is held of a person's pairs and teams: to show it to them, to erase it, and to move it. Nobody else is named."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import or_, select

from training_app.accounts.queries import accounts_of_people
from training_app.audit import Actor, Change, record, record_many
from training_app.audit.personal import ERASED_TEXT
from training_app.clock import now
from training_app.database import db, snapshot
from training_app.people.models import Person
from training_app.people.personal import Held, moved_rows
from training_app.people.rules import name_key
from training_app.practice.actions import leave_held
from training_app.practice.history import KINDS
from training_app.practice.models import (
    InvitationAnswer,
    Practice,
    PracticeEntry,
    PracticeInvitation,
    PracticeMember,
)
from training_app.practice.queries import memberships_of, visits_by
from training_app.practice.rules import QUESTIONS, STEPS

TABLES = ("practice", "practice_member", "practice_invitation", "practice_visit", "practice_entry")

ANSWERS_IN_WORDS = {
    InvitationAnswer.JOINED.value: "joined",
    InvitationAnswer.DECLINED.value: "not this time",
    InvitationAnswer.WITHDRAWN.value: "taken back",
}
_THEIRS = "only they may read it"


def held_about(person_id: int, *, to_themselves: bool = True) -> Held:
    """Return the pairs and teams in which somebody takes part with what they wrote in them, and the invitations to them. Others
    than themselves (not `to_themselves`) read of the words only what a team shares with the hub."""

    def told(words: str | None, *, shared: bool = False) -> str | None:
        return words if to_themselves or shared or words is None else _THEIRS

    memberships, visits = list(reversed(memberships_of(person_id))), visits_by(person_id)
    return {
        "Learning with others": [
            {
                "What": KINDS[each.practice.kind],
                "Module": _module(each.practice),
                "Joined": each.joined_at,
                "Left": each.left_at,
                "Finished on": each.practice.finished_on,
                "Left by others": each.practice.ended_at,
                "The team’s question": told(each.practice.question, shared=each.practice.shared),
                "Where": told(each.practice.setting, shared=each.practice.shared),
                "What the team found": told(each.practice.finding, shared=each.practice.shared),
                "Shared with the hub": "yes" if each.practice.shared else "no",
            }
            for each in memberships
        ],
        "Visits to others": [
            {
                "Module": _module(each.practice),
                "Visited on": visit.on_day,
                **{question: told(getattr(visit, name)) for name, question in QUESTIONS.items()},
                "Last changed": visit.changed_at,
                "Finished": visit.finished_at,
            }
            for each in memberships
            if (visit := visits.get(each.id)) is not None
        ],
        "Entries in a team’s cycle": [
            {
                "Module": _module(each.member.practice),
                "Step": STEPS[each.step],
                "On": each.on_day,
                "Words": told(each.words),
                "Written": each.written_at,
                "Last changed": each.changed_at,
            }
            for each in _entries(person_id)
        ],
        "Invitations to learn with others": [
            {
                "Module": _module(each.practice),
                "Named as": told(each.typed),
                "Invited": each.invited_at,
                "Answered": each.answered_at,
                "Answer": ANSWERS_IN_WORDS[each.answer] if each.answer else None,
            }
            for each in _invitations(person_id)
        ],
    }


def objects_of(person_id: int) -> list[tuple[str, int]]:
    """Return the rows about somebody that do not say so themselves: what they wrote about visits, and in a team's cycle."""
    return [
        *(("practice_visit", each.id) for each in visits_by(person_id).values()),
        *(("practice_entry", each.id) for each in _entries(person_id)),
    ]


def erase(actor: Actor, person_id: int) -> None:
    """Take somebody out of what is under way, and their words out of all of it; what others wrote stays. A team's question,
    setting and finding go with the last of the team. How they were named in invitations is forgotten."""
    changes = []
    for each in memberships_of(person_id):
        practice = each.practice
        if each.left_at is None and not practice.is_over:
            leave_held(actor, practice, each)
        is_last = all(one.person_id == person_id or one.person.erased_at is not None for one in practice.members)
        if is_last and practice.question is not None:
            practice.question = practice.setting = practice.finding = None
            practice.shared = False
            changes.append(Change("practice.erased", "practice", practice.id, person_id=person_id))
    for visit in visits_by(person_id).values():
        for name in QUESTIONS:
            setattr(visit, name, None)
        changes.append(Change("practice_visit.erased", "practice_visit", visit.id, person_id=person_id))
    for entry in _entries(person_id):
        entry.words = ERASED_TEXT
        changes.append(Change("practice_entry.erased", "practice_entry", entry.id, person_id=person_id))
    for invitation in {*_invitations(person_id), *_naming(person_id)}:
        invitation.typed = None
        if invitation.answer is None:
            invitation.answer, invitation.answered_at = InvitationAnswer.WITHDRAWN.value, now()
        changes.append(Change("practice_invitation.erased", "practice_invitation", invitation.id, person_id=person_id))
    record_many(actor, changes)


def move_person(actor: Actor, from_id: int, to_id: int) -> None:
    """Give somebody's pairs, teams and invitations to another row of the same person. Nobody is in one twice, nor invited into
    it while they are in it: the one row leaves, with all that was written, and a pair of the two ends."""
    standing = {each.practice_id for each in memberships_of(to_id) if each.left_at is None}
    theirs = memberships_of(from_id)
    for each in theirs:
        if each.left_at is None and each.practice_id in standing:
            if each.practice.is_over:
                before = snapshot(each)
                each.left_at = now()
                record(actor, "practice_member.left", each, before, from_id)
            else:
                leave_held(actor, each.practice, each)
    standing |= {each.practice_id for each in theirs if each.left_at is None}
    invited: set[int] = set()
    for invitation in (*_invitations(to_id), *_invitations(from_id)):
        if invitation.answer is not None:
            continue
        if invitation.practice_id in standing | invited:
            before = snapshot(invitation)
            invitation.answer, invitation.answered_at = InvitationAnswer.WITHDRAWN.value, now()
            invitation.typed = None
            record(actor, "practice_invitation.withdrawn", invitation, before, to_id)
        invited.add(invitation.practice_id)
    record_many(actor, [*moved_rows(PracticeMember, from_id, to_id), *moved_rows(PracticeInvitation, from_id, to_id)])
    db.session.expire_all()


def _module(practice: Practice) -> str:
    return f"{practice.module.code} {practice.module.current.title}"


def _entries(person_id: int) -> Sequence[PracticeEntry]:
    return db.session.scalars(
        select(PracticeEntry)
        .join(PracticeEntry.member)
        .where(PracticeMember.person_id == person_id)
        .order_by(PracticeEntry.id)
    ).all()


def _invitations(person_id: int) -> Sequence[PracticeInvitation]:
    return db.session.scalars(
        select(PracticeInvitation).where(PracticeInvitation.person_id == person_id).order_by(PracticeInvitation.id)
    ).all()


def _naming(person_id: int) -> list[PracticeInvitation]:
    """Return the invitations in which somebody was named whom the hub did not know by it then."""
    person = db.session.get_one(Person, person_id)
    known: list[Any] = [
        person.name,
        person.email,
        *(each.email for each in accounts_of_people([person_id]).get(person_id, [])),
    ]
    keys = {name_key(each) for each in known if each}
    nobody = select(PracticeInvitation).where(
        PracticeInvitation.typed.is_not(None),
        or_(PracticeInvitation.person_id.is_(None), PracticeInvitation.person_id != person_id),
    )
    return [each for each in db.session.scalars(nobody) if name_key(each.typed or "") in keys]
