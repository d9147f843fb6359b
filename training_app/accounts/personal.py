"""What the accounts hold about a person: to show it to them, and to erase it. Of tokens and passwords only that there are
some."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, select

from training_app.accounts.actions import deactivate
from training_app.accounts.codes import withdraw_code
from training_app.accounts.models import Account, KeptForm, Role, SignIn, SignInCode, SignInLink
from training_app.accounts.queries import standing_code_of
from training_app.audit import Actor, Change, record_many
from training_app.audit.personal import ERASED_TEXT
from training_app.database import db

TABLES = (
    *("account", "account_role", "account_organisation"),
    *("sign_in", "sign_in_link", "sign_in_code", "kept_form"),
)

# A domain that can never be anybody's.
NOWHERE = "erased.invalid"

_ROLES = {
    Role.WORKFORCE_MANAGER: "workforce manager",
    Role.COORDINATOR: "coordinator",
    Role.MEMBER: "member",
    Role.BOARD: "board",
}


_THEIRS_ALONE = "not sent yet, so only they may read it"


def accounts_of(person_id: int) -> Sequence[Account]:
    """Return the accounts that belong to a person, the oldest first."""
    return db.session.scalars(select(Account).where(Account.person_id == person_id).order_by(Account.id)).all()


def held_about(person_id: int, *, to_themselves: bool = True) -> dict[str, Sequence[dict[str, Any]]]:
    """Return somebody's accounts and when they signed in, in plain words. What they typed and have not sent yet is said to
    themselves alone; others learn only that it is there."""
    accounts = accounts_of(person_id)
    ids = [each.id for each in accounts]
    sign_ins = db.session.scalars(
        select(SignIn).where(SignIn.account_id.in_(ids)).order_by(SignIn.started_at, SignIn.id)
    )
    links = db.session.scalars(select(SignInLink).where(SignInLink.account_id.in_(ids)).order_by(SignInLink.id))
    codes = db.session.scalars(select(SignInCode).where(SignInCode.account_id.in_(ids)).order_by(SignInCode.id))
    kept = db.session.scalars(select(KeptForm).where(KeptForm.account_id.in_(ids)).order_by(KeptForm.id))
    return {
        "Account": [
            {
                "Signs in with": each.email,
                "Notices go to": each.contact_address,
                "May act as": [_ROLES[role] for role in sorted(each.roles)],
                "Password": "kept as a hash" if each.password_hash else "none",
                "Opened": each.created_at,
                "Stands": "yes" if each.active else "no",
                "Deactivated": each.deactivated_at,
                "Deactivated because": each.deactivated_because,
            }
            for each in accounts
        ],
        "Sign-ins": [
            {
                "Signed in": each.started_at,
                "By": each.way,
                "Last seen": each.last_seen_at,
                "Ended": each.ended_at,
                "Because": each.ended_because,
            }
            for each in sign_ins
        ],
        "Links to sign in with": [
            {"Sent": each.made_at, "For": each.purpose, "Used": each.used_at, "Good until": each.expires_at}
            for each in links
        ],
        "Codes to sign in with": [
            {"Given": each.made_at, "Last used": each.last_used_at, "Taken back": each.ended_at} for each in codes
        ],
        "Typed when a sign-in had ended, kept for an hour": [
            {
                "Typed": each.kept_at,
                "For": each.path,
                "Words": [": ".join(field) for field in each.fields] if to_themselves else _THEIRS_ALONE,
            }
            for each in kept
        ],
    }


def objects_of(person_id: int) -> list[tuple[str, int]]:
    """Return the rows of a person's accounts as the log names them: table and id."""
    ids = [each.id for each in accounts_of(person_id)]
    tables = (SignIn, SignInLink, SignInCode, KeptForm)
    return [
        *(("account", each) for each in ids),
        *(
            (table.__tablename__, row_id)
            for table in tables
            for row_id in db.session.scalars(select(table.id).where(table.account_id.in_(ids)))
        ),
    ]


def erase(actor: Actor, person_id: int) -> None:
    """Close somebody's accounts: every sign-in, link and code ends, what they typed goes, and so do e-mail and password. The
    row stays without a name, because the log says by its number who did what.

    Raises `Refused` where it is the account of the last workforce manager.
    """
    changes = []
    for account in accounts_of(person_id):
        if account.active:
            deactivate(actor, account, ERASED_TEXT)
        if standing_code_of(account.id) is not None:
            withdraw_code(actor, account)
        db.session.execute(delete(KeptForm).where(KeptForm.account_id == account.id))
        for link in db.session.scalars(select(SignInLink).where(SignInLink.account_id == account.id)):
            link.onward = None
        account.email = account.email_key = f"erased-{account.id}@{NOWHERE}"
        account.contact_address = account.password_hash = None
        account.deactivated_because = ERASED_TEXT
        changes.append(Change("account.erased", "account", account.id, person_id=person_id))
    record_many(actor, changes)


def move_person(actor: Actor, from_id: int, to_id: int, *, kept_id: int) -> bool:
    """Give somebody's accounts to another row of the same person. Where both have an open one, that of `kept_id` stays open and
    the others are closed; return whether that was so.

    Raises `Refused` where the one that would be closed is that of the last workforce manager.
    """
    both = {person_id: accounts_of(person_id) for person_id in (from_id, to_id)}
    stay_open = [each for each in both[kept_id] if each.active]
    close = [each for person_id, several in both.items() if person_id != kept_id for each in several if each.active]
    if stay_open:
        for account in close:
            deactivate(actor, account, "Its person was recorded twice and has another account")
    changes = []
    for account in both[from_id]:
        if account.email is None and any(other.email is None for other in both[to_id]):
            account.email = account.email_key = f"closed-{account.id}@{NOWHERE}"
        account.person_id = to_id
        changes.append(
            Change("account.moved", "account", account.id, {"person_id": from_id}, {"person_id": to_id}, to_id)
        )
    record_many(actor, changes)
    return bool(stay_open and close)
