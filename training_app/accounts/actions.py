"""Opening accounts, signing in and signing out."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable

from training_app.accounts import passwords
from training_app.accounts.models import Account, AccountOrganisation, AccountRole, Role, SignIn
from training_app.accounts.queries import account_by_email, standing_sign_in
from training_app.accounts.rules import email_key, is_email
from training_app.audit import Actor, record
from training_app.clock import now
from training_app.database import db, snapshot
from training_app.errors import Refused


def open_account(
    actor: Actor,
    email: str,
    roles: Iterable[Role],
    *,
    person_id: int | None = None,
    organisation_ids: Iterable[int] = (),
    password: str | None = None,
) -> Account:
    """Open an account for an e-mail, with its roles; without a password nobody can sign in by password.

    Raises `Refused` where the e-mail is none or has an account already, a coordinator has no organisation, or a member no
    person.
    """
    roles = frozenset(roles)
    organisation_ids = frozenset(organisation_ids)
    if not is_email(email):
        raise Refused(f'"{email}" is not an e-mail address. Give one such as name@example.org.', "email")
    if account_by_email(email) is not None:
        raise Refused(f"{email.strip()} has an account already.", "email")
    if not roles:
        raise Refused("An account needs at least one role.", "role")
    if Role.COORDINATOR in roles and not organisation_ids:
        raise Refused("A coordinator needs at least one organisation.", "organisation")
    if Role.MEMBER in roles and person_id is None:
        raise Refused("A member needs a person whose record they see.", "person")
    account = Account(
        email=email.strip(),
        email_key=email_key(email),
        password_hash=passwords.hash_of(password) if password else None,
        person_id=person_id,
        active=True,
        created_at=now(),
        role_rows=[AccountRole(role=role.value) for role in sorted(roles)],
        organisation_rows=[AccountOrganisation(organisation_id=each) for each in sorted(organisation_ids)],
    )
    db.session.add(account)
    record(actor, "account.opened", account, person_id=person_id)
    return account


def hash_token(token: str) -> str:
    """Return the form in which a random token is stored. It has 256 bits, so one round of SHA-256 is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def sign_in_by_password(email: str, password: str) -> str:
    """Sign somebody in and return the token for their cookie.

    Raises `Refused` with the same sentence whether the e-mail, the password or both are unknown.
    """
    account = account_by_email(email)
    right = passwords.matches(password, account.password_hash if account else None)
    if account is None or not right or not account.active:
        raise Refused("The e-mail and the password do not go together. Check both and try again.")
    actor = Actor.account(account.id)
    if account.password_hash and passwords.needs_rehash(account.password_hash):
        before = snapshot(account)
        account.password_hash = passwords.hash_of(password)
        record(actor, "account.password_rehashed", account, before)
    token = secrets.token_urlsafe(32)
    sign_in = SignIn(account=account, token_hash=hash_token(token), started_at=now())
    db.session.add(sign_in)
    record(actor, "sign_in.started", sign_in)
    return token


def sign_out(token: str) -> None:
    """End the sign-in of a token; a token that is not standing ends nothing."""
    sign_in = standing_sign_in(hash_token(token))
    if sign_in is None:
        return
    before = snapshot(sign_in)
    sign_in.ended_at = now()
    record(Actor.account(sign_in.account_id), "sign_in.ended", sign_in, before)
