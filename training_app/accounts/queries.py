"""Finding accounts, the sessions that stand, links and codes."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import Row, func, select

from training_app.accounts.models import (
    Account,
    AccountRole,
    KeptForm,
    Role,
    SignIn,
    SignInCode,
    SignInLink,
)
from training_app.accounts.rules import KEPT_FORM_LIFE, SignInLimits, stands
from training_app.addresses import email_key, is_email
from training_app.clock import now
from training_app.database import db


def account_by_email(email: str) -> Account | None:
    """Return the account with this e-mail, however it is written."""
    if not is_email(email):
        return None  # and never a question to the database about what it cannot hold
    return db.session.scalar(select(Account).where(Account.email_key == email_key(email)))


def account_numbered(account_id: int) -> Account | None:
    """Return the account with this id."""
    return db.session.get(Account, account_id)


def accounts_of_people(person_ids: Collection[int]) -> Mapping[int, list[Account]]:
    """Return the accounts of some people, by the person's id; who has none is not in it."""
    found: dict[int, list[Account]] = {}
    for account in db.session.scalars(
        select(Account).where(Account.person_id.in_(person_ids)).order_by(Account.active.desc(), Account.id)
    ):
        assert account.person_id is not None
        found.setdefault(account.person_id, []).append(account)
    return found


def taken_email_keys(keys: Collection[str]) -> frozenset[str]:
    """Return which of these e-mails' keys are some account's."""
    return frozenset(
        key for key in db.session.scalars(select(Account.email_key).where(Account.email_key.in_(keys))) if key
    )


def addresses_for_notices(person_ids: Collection[int]) -> Mapping[int, str]:
    """Return where a notice about somebody's own record may go, by the person's id: the e-mail that they sign in with, else the
    address that they share with others; who has no active account with either is not in it."""
    ways = {
        person_id: [each.email or each.contact_address for each in accounts if each.active]
        for person_id, accounts in accounts_of_people(person_ids).items()
    }
    return {person_id: next(filter(None, given)) for person_id, given in ways.items() if any(given)}


def address_for_notices(person_id: int) -> str | None:
    """Return where a notice about somebody's own record may go; None where `addresses_for_notices` knows none."""
    return addresses_for_notices([person_id]).get(person_id)


def active_managers() -> int:
    """Return how many active accounts are workforce managers."""
    return (
        db.session.scalar(
            select(func.count()).select_from(Account).join(AccountRole).where(Account.active, _is_manager)
        )
        or 0
    )


def lock_managers() -> None:
    """Let whoever else changes a workforce manager's account wait until this transaction ends."""
    db.session.execute(
        select(Account.id).join(AccountRole).where(_is_manager).order_by(Account.id).with_for_update(of=Account)
    )


_is_manager = AccountRole.role == Role.WORKFORCE_MANAGER.value


# --- sign-ins


def standing_sign_in(token_hash: str, limits: SignInLimits) -> SignIn | None:
    """Return the sign-in of this token while it stands and its account is active."""
    found = db.session.scalar(
        select(SignIn).join(Account).where(SignIn.token_hash == token_hash, SignIn.ended_at.is_(None), Account.active)
    )
    if found is None or not stands(found.started_at, found.last_seen_at, found.kept, limits, now()):
        return None
    return found


def standing_sign_ins_of(account_id: int, limits: SignInLimits) -> list[SignIn]:
    """Return where somebody is signed in, the latest first."""
    moment = now()
    return [
        each
        for each in db.session.scalars(
            select(SignIn)
            .where(SignIn.account_id == account_id, SignIn.ended_at.is_(None))
            .order_by(SignIn.started_at.desc(), SignIn.id.desc())
        )
        if stands(each.started_at, each.last_seen_at, each.kept, limits, moment)
    ]


def account_last_signed_in(token_hash: str) -> Account | None:
    """Return the active account whose sign-in had this token, whether it still stands or not."""
    return db.session.scalar(select(Account).join(SignIn).where(SignIn.token_hash == token_hash, Account.active))


# --- links, codes, kept forms


def link_of(token_hash: str) -> SignInLink | None:
    """Return the link with this token, whatever became of it."""
    return db.session.scalar(select(SignInLink).where(SignInLink.token_hash == token_hash))


# Of these two columns only: an account itself would bring its roles along, in statements that tell by their time who is known.


def password_for(email: str) -> Row[int, str | None, bool] | None:
    """Return id, password hash and whether it is active of the account that signs in with this e-mail."""
    if not is_email(email):
        return None
    return db.session.execute(
        select(Account.id, Account.password_hash, Account.active).where(Account.email_key == email_key(email))
    ).one_or_none()


def code_found_by(lookup: str) -> Row[int, str] | None:
    """Return id and hash of the standing code of an active account that begins so."""
    return db.session.execute(
        select(SignInCode.id, SignInCode.code_hash)
        .join(Account)
        .where(SignInCode.lookup == lookup, SignInCode.ended_at.is_(None), Account.active)
    ).one_or_none()


def standing_code_of(account_id: int) -> SignInCode | None:
    """Return the code with which somebody can sign in, if there is one."""
    return db.session.scalar(
        select(SignInCode).where(SignInCode.account_id == account_id, SignInCode.ended_at.is_(None))
    )


def kept_form_of(account_id: int, key_hash: str) -> KeptForm | None:
    """Return what this account typed before its sign-in ended, while it is kept; None for anybody else's."""
    return db.session.scalar(
        select(KeptForm).where(
            KeptForm.key_hash == key_hash,
            KeptForm.account_id == account_id,
            KeptForm.kept_at > now() - KEPT_FORM_LIFE,
        )
    )
