"""Where pairs and teams contradict themselves; a sentence for each."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from training_app.database import db
from training_app.practice.models import Kind, Practice, PracticeInvitation, PracticeMember, PracticeVisit
from training_app.practice.rules import MOST_IN_A_PAIR


def problems() -> Iterator[str]:
    """Yield a sentence for every pair of more than two, every pair that is finished without both visits, every one that is over
    and still waits for answers, and every finding that is shared and not there."""
    finished = dict(
        db.session.execute(
            select(PracticeMember.practice_id, func.count())
            .join(PracticeVisit, PracticeVisit.member_id == PracticeMember.id)
            .where(PracticeVisit.finished_at.is_not(None))
            .group_by(PracticeMember.practice_id)
        ).all()
    )
    waiting = set(db.session.scalars(select(PracticeInvitation.practice_id).where(PracticeInvitation.answer.is_(None))))
    for each in db.session.scalars(select(Practice).options(selectinload(Practice.members)).order_by(Practice.id)):
        this = f"{each.kind} {each.id}"
        if each.kind == Kind.PAIR:
            if len(each.standing) > MOST_IN_A_PAIR:
                yield f"{this}: is of {len(each.standing)} people."
            if each.finished_at is not None and finished.get(each.id, 0) < MOST_IN_A_PAIR:
                yield f"{this}: is finished, and a visit is not."
        if each.is_over and each.id in waiting:
            yield f"{this}: is over, and somebody is still invited to it."
        if each.shared and each.finding is None:
            yield f"{this}: shares a finding that is not there."
