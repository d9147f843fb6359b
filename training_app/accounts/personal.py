"""What the accounts hold about a person: to show it to them. Of tokens and passwords only that there are some."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from training_app.accounts.models import Account, Role, SignIn
from training_app.database import db

TABLES = ("account", "account_role", "account_organisation", "sign_in")

_ROLES = {
    Role.WORKFORCE_MANAGER: "workforce manager",
    Role.COORDINATOR: "coordinator",
    Role.MEMBER: "member",
    Role.BOARD: "board",
}


def accounts_of(person_id: int) -> Sequence[Account]:
    """Return the accounts that belong to a person, the oldest first."""
    return db.session.scalars(select(Account).where(Account.person_id == person_id).order_by(Account.id)).all()


def held_about(person_id: int) -> dict[str, Sequence[dict[str, Any]]]:
    """Return somebody's accounts and when they signed in, in plain words."""
    accounts = accounts_of(person_id)
    sign_ins = db.session.scalars(
        select(SignIn)
        .where(SignIn.account_id.in_([each.id for each in accounts]))
        .order_by(SignIn.started_at, SignIn.id)
    )
    return {
        "Account": [
            {
                "Signs in with": each.email,
                "May act as": [_ROLES[role] for role in sorted(each.roles)],
                "Password": "kept as a hash" if each.password_hash else "none",
                "Opened": each.created_at,
                "Stands": "yes" if each.active else "no",
            }
            for each in accounts
        ],
        "Sign-ins": [{"Signed in": each.started_at, "Signed out": each.ended_at} for each in sign_ins],
    }
