"""Whom an account may see, as a SELECT of person ids.

Every list, count, file and single look-up of people or their records starts here, so that nobody unseen leaks into a page.
"""

from __future__ import annotations

from sqlalchemy import Select, false, select

from training_app.accounts.models import Account, Role
from training_app.people.models import Person


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
