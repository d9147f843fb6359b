"""Finding accounts and the sessions that stand."""

from __future__ import annotations

from sqlalchemy import select

from training_app.accounts.models import Account, SignIn
from training_app.accounts.rules import email_key
from training_app.database import db


def account_by_email(email: str) -> Account | None:
    """Return the account with this e-mail, however it is written."""
    return db.session.scalar(select(Account).where(Account.email_key == email_key(email)))


def account_numbered(account_id: int) -> Account | None:
    """Return the account with this id."""
    return db.session.get(Account, account_id)


def standing_sign_in(token_hash: str) -> SignIn | None:
    """Return the sign-in of this token while it stands and its account is active."""
    return db.session.scalar(
        select(SignIn).join(Account).where(SignIn.token_hash == token_hash, SignIn.ended_at.is_(None), Account.active)
    )
