"""Whom and where an account may see, as SELECTs of person ids and of organisation ids.

Every list, count, file and single look-up of people or their records starts here, so that nobody unseen leaks into a page.
Of somebody who is seen, only the engagements at organisations that are seen are told: the others are as if they were not.
A SELECT without a condition is everybody, or everywhere.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, false, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from training_app.accounts.models import Account, Role
from training_app.clock import today
from training_app.database import db
from training_app.people.models import Engagement, Organisation, Person

People = Select[Any]
Places = Select[Any]


def visible_people(account: Account) -> People:
    """Return the ids of the people whose records this account may see: for a workforce manager everybody; for a coordinator
    whoever is, was or will be engaged at one of their organisations; and the person whose account it is."""
    people = select(Person.id)
    if Role.WORKFORCE_MANAGER in account.roles:
        return people
    seen: list[ColumnElement[bool]] = []
    if Role.COORDINATOR in account.roles:
        engaged = select(Engagement.person_id).where(
            Engagement.organisation_id.in_(_own_organisations(account)), Engagement.voided_at.is_(None)
        )
        seen.append(Person.id.in_(engaged))
    if Role.MEMBER in account.roles and account.person_id is not None:
        seen.append(Person.id == account.person_id)
    return people.where(or_(*seen) if seen else false())


def visible_organisations(account: Account) -> Places:
    """Return the ids of the organisations that this account looks after: for a workforce manager all, for a coordinator their
    own, for anybody else none."""
    organisations = select(Organisation.id)
    if Role.WORKFORCE_MANAGER in account.roles:
        return organisations
    if Role.COORDINATOR in account.roles:
        return organisations.where(Organisation.id.in_(_own_organisations(account)))
    return organisations.where(false())


def everybody() -> People:
    """Return the ids of all people: for commands typed on the server, and for figures that name nobody."""
    return select(Person.id)


def everywhere() -> Places:
    """Return the ids of all organisations: for commands typed on the server, and for somebody's own record."""
    return select(Organisation.id)


def only(places: Places, organisation_id: int) -> Places:
    """Return of these organisations the one with this id."""
    return places.where(Organisation.id == organisation_id)


def is_everything(seen: People | Places) -> bool:
    """Say whether nobody and nothing is left out, so that a comparison with all ids can be spared."""
    return seen.whereclause is None


def engaged_at(places: Places) -> list[ColumnElement[bool]]:
    """Return the conditions that keep engagements to those at these organisations."""
    return [] if is_everything(places) else [Engagement.organisation_id.in_(places)]


def people_engaged(places: Places, on: date) -> People:
    """Return the ids of the people who have an engagement at one of these organisations on a day."""
    engaged = select(Engagement.person_id).where(
        Engagement.voided_at.is_(None),
        Engagement.start_on <= on,
        or_(Engagement.end_on.is_(None), Engagement.end_on >= on),
        *engaged_at(places),
    )
    return select(Person.id).where(Person.id.in_(engaged))


def is_shared(person_id: ColumnElement[int] | InstrumentedAttribute[int], places: Places) -> ColumnElement[bool]:
    """Return the condition that the person with this id is, was or will be engaged at an organisation that is none of these:
    of them less is told. Never true where these are all organisations."""
    if is_everything(places):
        return false()
    elsewhere = select(Engagement.id).where(
        Engagement.person_id == person_id,
        Engagement.voided_at.is_(None),
        Engagement.organisation_id.not_in(places),
    )
    return elsewhere.exists()


def effective_organisation_ids(account: Account, on: date) -> frozenset[int]:
    """Return the organisations whose people a coordinator looks after on a day.

    Those that the account was given, but for those that the person whose account it is has left. Where they were never
    engaged, and where nobody is linked to the account, nothing can tell that they left, so those stay. Other roles have
    none.
    """
    given = account.organisation_ids if Role.COORDINATOR in account.roles else frozenset()
    if not given or account.person_id is None:
        return given
    return given - left_organisation_ids(account.person_id, on)


def left_organisation_ids(person_id: int, on: date) -> frozenset[int]:
    """Return the organisations that somebody has left by a day: where they were engaged, and no engagement of theirs goes
    on or is still to come."""
    return frozenset(
        db.session.scalars(
            select(Engagement.organisation_id)
            .where(Engagement.person_id == person_id, Engagement.voided_at.is_(None))
            .group_by(Engagement.organisation_id)
            .having(func.count().filter(or_(Engagement.end_on.is_(None), Engagement.end_on >= on)) == 0)
        )
    )


def _own_organisations(account: Account) -> frozenset[int]:
    return effective_organisation_ids(account, today())
