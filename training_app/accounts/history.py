"""What the log says of accounts and of signing in, in sentences; and who an account is."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import Select, or_, select

from training_app.accounts.models import Account, AccountRole, Role
from training_app.accounts.rules import email_key
from training_app.audit.history import Action, Names, Sentence, Subject, Told, simply
from training_app.database import db

# What somebody is called by the highest of their roles.
_TITLES = (
    (Role.WORKFORCE_MANAGER, "the manager"),
    (Role.COORDINATOR, "the coordinator"),
    (Role.BOARD, "the board member"),
)


@dataclass(frozen=True)
class Holder:
    """Whose an account is: their e-mail, the person it belongs to, if any, and what they are called by their role."""

    email: str | None
    person_id: int | None
    title: str


def holders_of(ids: Collection[int]) -> Mapping[int, Holder]:
    """Return whose each of some accounts is, by the accounts' ids."""
    roles: dict[int, set[str]] = {}
    for account_id, role in db.session.execute(
        select(AccountRole.account_id, AccountRole.role).where(AccountRole.account_id.in_(ids))
    ):
        roles.setdefault(account_id, set()).add(role)
    rows = db.session.execute(select(Account.id, Account.email, Account.person_id).where(Account.id.in_(ids)))
    return {
        account_id: Holder(
            email, person_id, next((title for role, title in _TITLES if role in roles.get(account_id, ())), "")
        )
        for account_id, email, person_id in rows
    }


def accounts_speaking_of(words: str, people: Select[int]) -> Select[int]:
    """Return the ids of the accounts whose e-mail holds these words, or whose person is among these people."""
    return select(Account.id).where(
        or_(Account.email_key.contains(email_key(words), autoescape=True), Account.person_id.in_(people))
    )


def names_of_accounts(ids: Collection[int]) -> Mapping[int, str]:
    """Return the e-mails of accounts by their ids."""
    rows = db.session.execute(select(Account.id, Account.email).where(Account.id.in_(ids)))
    return {account_id: email or "an account without an e-mail" for account_id, email in rows}


def _account(told: Told, _names: Names) -> str:
    return f"account {told.row.get('email') or 'without an e-mail'}"


def _sign_in(_told: Told, _names: Names) -> str:
    return ""


def _opened(told: Told, names: Names) -> Sentence:
    return Sentence("opened", _account(told, names))


HISTORY = Subject(
    actions={
        "account.opened": Action("Account opened", _opened),
        "account.password_rehashed": Action(
            "Password kept in a newer form", simply("password kept in a newer form", _account)
        ),
        "sign_in.started": Action("Signed in", simply("sign-in begun", _sign_in)),
        "sign_in.ended": Action("Signed out", simply("sign-in ended", _sign_in)),
    },
    names={
        "account_id": names_of_accounts,
        "verified_by_account_id": names_of_accounts,
    },
)
