"""Accounts and whose they are: the list of accounts, and whom among the people an invitation can reach."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, exists, func, or_, select

from training_app.accounts.models import Account, AccountRole, Purpose, Role, SignIn, SignInLink
from training_app.accounts.queries import accounts_of_people, taken_email_keys
from training_app.addresses import email_key
from training_app.database import db
from training_app.mail.rules import can_be_written_to
from training_app.people.models import Person
from training_app.people.queries import (
    PAGE_SIZE,
    Page,
    PeopleWanted,
    Presence,
    engagements_of_people,
    people_with_engagements,
    presence_of,
)
from training_app.people.rules import name_key
from training_app.people.scope import People, Places

ACCOUNT_SORTS = ("name", "opened")


class AccountState(StrEnum):
    """What an account is like just now."""

    IN_USE = "in-use"
    NEVER = "never"
    DEACTIVATED = "deactivated"


@dataclass(frozen=True)
class AccountsWanted:
    """Which accounts a list shows: every word in the e-mail, or the person's name or reference; a role; a state."""

    words: str = ""
    role: Role | None = None
    state: AccountState | None = None
    sort: str = "name"


@dataclass(frozen=True)
class AccountListed:
    """An account with its person, when they last signed in, and when they were last invited."""

    account: Account
    person: Person | None
    signed_in_at: datetime | None
    invited_at: datetime | None

    @property
    def state(self) -> AccountState:
        """What it is like just now."""
        if not self.account.active:
            return AccountState.DEACTIVATED
        return AccountState.IN_USE if self.signed_in_at else AccountState.NEVER

    @property
    def name(self) -> str:
        """Whose it is: the person's name, else the e-mail."""
        return self.person.name if self.person else self.account.email or ""


def accounts_page(wanted: AccountsWanted, number: int = 1) -> Page:
    """Return one page of the accounts wanted; a number past the end gives the last page."""
    # Neither in order nor with when each last signed in, which would be looked up for every one of them.
    counted = _chosen(wanted).order_by(None).with_only_columns(Account.id, maintain_column_froms=True)
    found = db.session.scalar(select(func.count()).select_from(counted.subquery())) or 0
    number = min(number, max(1, -(-found // PAGE_SIZE)))
    return Page(_listed(_chosen(wanted).limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE)), number, found)


def accounts_wanted(wanted: AccountsWanted) -> Sequence[AccountListed]:
    """Return all accounts wanted."""
    return _listed(_chosen(wanted))


def account_listed(account_id: int) -> AccountListed | None:
    """Return one account as a list shows it; None where there is none."""
    found = _listed(_with_person().where(Account.id == account_id))
    return found[0] if found else None


def _listed(query: Select[*tuple[Any, ...]]) -> Sequence[AccountListed]:
    return [AccountListed(*row) for row in db.session.execute(query)]


def _with_person() -> Select[*tuple[Any, ...]]:
    signed_in_at = (
        select(func.max(SignIn.started_at)).where(SignIn.account_id == Account.id).correlate(Account).scalar_subquery()
    )
    invited_at = (
        select(func.max(SignInLink.made_at))
        .where(SignInLink.account_id == Account.id, SignInLink.purpose == Purpose.INVITATION.value)
        .correlate(Account)
        .scalar_subquery()
    )
    return select(Account, Person, signed_in_at, invited_at).outerjoin(Person, Person.id == Account.person_id)


def _chosen(wanted: AccountsWanted) -> Select[*tuple[Any, ...]]:
    chosen = _with_person()
    for word in wanted.words.split():
        chosen = chosen.where(
            or_(
                Account.email_key.contains(email_key(word), autoescape=True),
                Person.name_key.contains(name_key(word), autoescape=True),
                Person.reference.contains(word, autoescape=True),
            )
        )
    if wanted.role is not None:
        chosen = chosen.where(
            exists().where(AccountRole.account_id == Account.id, AccountRole.role == wanted.role.value)
        )
    ever = exists().where(SignIn.account_id == Account.id)
    if wanted.state is AccountState.DEACTIVATED:
        chosen = chosen.where(~Account.active)
    elif wanted.state is not None:
        chosen = chosen.where(Account.active, ever if wanted.state is AccountState.IN_USE else ~ever)
    named = func.coalesce(Person.name_key, Account.email_key)
    order = Account.created_at if wanted.sort.removeprefix("-") == "opened" else named
    return chosen.order_by(order.desc() if wanted.sort.startswith("-") else order, Account.id)


# --- whom an invitation can reach


@dataclass(frozen=True)
class ToInvite:
    """Somebody among the people wanted; `because` says why they cannot be invited, None where they can."""

    person: Person
    because: str | None


def whom_to_invite(people: People, wanted: PeopleWanted, *, places: Places) -> list[ToInvite]:
    """Return the people wanted, in the list's order, each with the reason why no invitation can reach them, if there is
    one: they have an account, no e-mail, one that somebody signs in with already, or are engaged nowhere now."""
    found = list({person.id: person for person, _ in people_with_engagements(people, wanted, places=places)}.values())
    ids = [person.id for person in found]
    accounts, engagements = accounts_of_people(ids), engagements_of_people(ids, places=places)
    taken = taken_email_keys([email_key(person.email) for person in found if person.email])

    def because(person: Person) -> str | None:
        if person.id in accounts:
            return (
                "Has an account" if any(each.active for each in accounts[person.id]) else "Their account is deactivated"
            )
        if person.email is None or not can_be_written_to(person.email):
            return "No e-mail: print a letter with a code"
        if person.email_key is None or person.email_key in taken:
            return "Somebody else signs in with their e-mail"
        if presence_of(engagements.get(person.id, []), wanted.on) not in (Presence.CURRENT, Presence.TO_COME):
            return "Not engaged now"
        return None

    return [ToInvite(person, because(person)) for person in found]
