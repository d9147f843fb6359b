"""Short ways to pairs and teams for tests."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from tests.builders import Hub
from training_app.database import db, transaction
from training_app.practice.actions import accept, begin_pair, begin_research, invite, write_entry, write_visit
from training_app.practice.models import Practice, PracticeInvitation, PracticeMember
from training_app.practice.rules import QUESTIONS, STEPS
from training_app.records.models import Completion

PAIRS, RESEARCH = "TEA-02", "REF-03"
ANSWERS = {name: f"What {name} says" for name in QUESTIONS}
A_DAY, A_LATER_DAY = date(2026, 3, 2), date(2026, 3, 9)


def practice(practice_id: int) -> Practice:
    """Return a pair or team as the database has it now."""
    db.session.rollback()
    return db.session.get_one(Practice, practice_id)


def place_of(practice_id: int, person_id: int) -> PracticeMember:
    """Return the place of somebody in a pair or team."""
    places = select(PracticeMember).where(
        PracticeMember.practice_id == practice_id, PracticeMember.person_id == person_id
    )
    return db.session.scalars(places.order_by(PracticeMember.id)).first() or _nobody()


def open_invitation(practice_id: int) -> PracticeInvitation:
    """Return the one invitation that waits for an answer."""
    waiting = select(PracticeInvitation).where(
        PracticeInvitation.practice_id == practice_id, PracticeInvitation.answer.is_(None)
    )
    return db.session.scalars(waiting).one()


def a_pair(hub: Hub, one: int, other_email: str) -> int:
    """Return the number of a pair that somebody began, and which whoever has this e-mail joined."""
    module = hub.module_id(PAIRS)
    with transaction():
        pair = begin_pair(hub.actor, one, module, other_email)
        accept(hub.actor, pair.waiting[0])
        return pair.id


def visited(hub: Hub, pair: int, person: int, on: date = A_DAY, *, finish: bool = True, **answers: str) -> None:
    """Have one of a pair write about their visit, and finish it unless told otherwise."""
    with transaction():
        write_visit(hub.actor, place_of(pair, person), on, {**ANSWERS, **answers}, finish=finish)


def a_team(hub: Hub, first: int, *emails: str) -> int:
    """Return the number of a team that somebody began, and which whoever has these e-mails joined."""
    module = hub.module_id(RESEARCH)
    with transaction():
        team = begin_research(hub.actor, first, module, "What happens when they choose?", "A band")
        for each in emails:
            invite(hub.actor, team.members[0], each)
            accept(hub.actor, team.waiting[0])
        return team.id


def a_whole_cycle(hub: Hub, team: int, person: int) -> None:
    """Have one of a team write an entry for each step."""
    with transaction():
        for step in STEPS:
            write_entry(hub.actor, place_of(team, person), step, A_DAY, f"What we did to {step}")


def claims() -> list[tuple[int, str, str]]:
    """Return who has completed what by how it is evidenced, in the order of people."""
    db.session.rollback()
    rows = db.session.scalars(select(Completion).order_by(Completion.person_id, Completion.id))
    return [(each.person_id, each.completed_on.isoformat(), each.evidence) for each in rows]


def _nobody() -> PracticeMember:
    raise AssertionError("They are not in it.")
