"""Whom an account may see, as a SELECT of person ids.

Every list, count, file and single look-up of people or their records starts here, so that nobody unseen leaks into a page.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import Select, false, func, or_, select

from training_app.accounts.models import Account, Role
from training_app.database import db
from training_app.people.models import Engagement, Person


def visible_people(account: Account) -> Select[int]:
    """Return the ids of the people whose records this account may see: for a workforce manager everybody, otherwise the
    person whose account it is, if any."""
    people = select(Person.id)
    if Role.WORKFORCE_MANAGER in account.roles:
        return people
    if Role.MEMBER in account.roles and account.person_id is not None:
        return people.where(Person.id == account.person_id)
    return people.where(false())


def everybody() -> Select[int]:
    """Return the ids of all people: for commands typed on the server, and for figures that name nobody."""
    return select(Person.id)


def effective_organisation_ids(account: Account, on: date) -> frozenset[int]:
    """Return the organisations whose people a coordinator looks after on a day.

    Those that the account was given, but for where the coordinator has left: where the person whose account it is was
    engaged, and no engagement of theirs goes on or is still to come. Where they were never engaged, and where nobody is
    linked to the account, nothing can tell that they left, so those stay. Other roles have none.
    """
    given = account.organisation_ids if Role.COORDINATOR in account.roles else frozenset()
    if not given or account.person_id is None:
        return given
    left = (
        select(Engagement.organisation_id)
        .where(
            Engagement.person_id == account.person_id,
            Engagement.organisation_id.in_(given),
            Engagement.voided_at.is_(None),
        )
        .group_by(Engagement.organisation_id)
        .having(func.count().filter(or_(Engagement.end_on.is_(None), Engagement.end_on >= on)) == 0)
    )
    return given - frozenset(db.session.scalars(left))
