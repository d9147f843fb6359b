"""What the log says of accounts and of signing in, in sentences; and who an account is."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import Select, or_, select

from training_app.accounts.models import Account, AccountRole, Purpose, Role
from training_app.addresses import email_key
from training_app.audit.history import Action, Column, Names, Sentence, Subject, Told, erased, listed, simply
from training_app.database import db

# What somebody is called by the highest of their roles.
_TITLES = (
    (Role.WORKFORCE_MANAGER, "the manager"),
    (Role.COORDINATOR, "the coordinator"),
    (Role.BOARD, "the board member"),
)


ROLES = {
    Role.WORKFORCE_MANAGER.value: "workforce manager",
    Role.COORDINATOR.value: "coordinator",
    Role.MEMBER.value: "member",
    Role.BOARD.value: "board member",
}
ACCOUNT: Mapping[str, Column | str] = {
    "email": "the e-mail to sign in with",
    "contact_address": "the address for notices",
    "roles": Column("the roles", ROLES),
    "organisation_ids": "the organisations",
}


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


def _nothing_more(_told: Told, _names: Names) -> str:
    return ""


def _opened(told: Told, _names: Names) -> Sentence:
    roles = listed(ROLES.get(each, each) for each in told.row.get("roles", ()))
    return Sentence("opened", _account(told, _names), f"as {roles}" if roles else "")


def _signed_in(told: Told, _names: Names) -> Sentence:
    return Sentence("sign-in begun", "", f"with a {told.row['way']}" if told.row.get("way") else "")


def _link_made(told: Told, _names: Names) -> Sentence:
    return Sentence("invitation made" if told.row.get("purpose") == Purpose.INVITATION else "sign-in link made")


HISTORY = Subject(
    actions={
        "account.opened": Action("Account opened", _opened),
        "account.roles_changed": Action("Roles of an account changed", simply("roles changed", _account, ACCOUNT)),
        "account.person_linked": Action("Account linked to a person", simply("linked to the person", _account)),
        "account.person_unlinked": Action("Account linked to nobody", simply("linked to nobody any more", _account)),
        "account.email_changed": Action("E-mail to sign in with changed", simply("changed", _account, ACCOUNT)),
        "account.contact_changed": Action("Address for notices changed", simply("changed", _account, ACCOUNT)),
        "account.moved": Action("Account moved to another row", simply("moved with its person", _account)),
        "account.deactivated": Action("Account deactivated", simply("deactivated", _account)),
        "account.reactivated": Action("Account reactivated", simply("reactivated", _account)),
        "account.erased": Action("Account’s words erased", erased("an account")),
        "account.signed_out_everywhere": Action("Signed out everywhere", simply("signed out everywhere", _account)),
        "account.password_chosen": Action("Password chosen", simply("password chosen", _account)),
        "account.password_changed": Action("Password changed", simply("password changed", _account)),
        "account.password_removed": Action("Password removed", simply("password removed", _account)),
        "account.password_rehashed": Action("Password kept in a newer form", simply("password kept anew", _account)),
        "sign_in.started": Action("Signed in", _signed_in),
        "sign_in.ended": Action("Signed out", simply("sign-in ended", _nothing_more)),
        "sign_in_link.made": Action("Sign-in link made", _link_made),
        "sign_in_link.used": Action("Sign-in link used", simply("sign-in link used", _nothing_more)),
        "sign_in_code.made": Action("Sign-in code made", simply("sign-in code made", _nothing_more)),
        "sign_in_code.replaced": Action("Sign-in code replaced", simply("sign-in code replaced", _nothing_more)),
        "sign_in_code.withdrawn": Action("Sign-in code withdrawn", simply("sign-in code withdrawn", _nothing_more)),
    },
    names={
        "account_id": names_of_accounts,
        "verified_by_account_id": names_of_accounts,
    },
)
