"""Codes from printed letters, for whoever has no e-mail of their own.

Three groups of four letters and numbers out of twenty: the first group finds the code, the other eight characters are
the secret (34 bits). With at most ten tries of a code in five minutes, guessing one takes thousands of years. Only a slow
hash is kept, so that even with the database in hand each code takes years of a processor.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from sqlalchemy import select

from training_app.accounts import passwords
from training_app.accounts.models import Account, SignInCode
from training_app.accounts.queries import code_found_by, standing_code_of
from training_app.accounts.rules import CODE_LENGTH, CODE_LETTERS, lookup_part, tidy_code
from training_app.accounts.sign_ins import end_those_begun_by_code
from training_app.audit import Actor, record
from training_app.clock import now
from training_app.database import db, refusing_doubles, snapshot
from training_app.errors import ChangedMeanwhile, Refused


@dataclass(frozen=True)
class PreparedCode:
    """A new code and its slow hash, computed before a transaction begins."""

    code: str = field(repr=False)
    code_hash: str = field(repr=False)


def prepare_code() -> PreparedCode:
    """Return a new random code. Takes some 20 milliseconds: not to be called inside a transaction."""
    code = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
    return PreparedCode(code, passwords.hash_of(code))


def give_code(actor: Actor, account: Account, prepared: PreparedCode, *, seen: int | None) -> SignInCode:
    """Let somebody sign in with a new code; the one that they had, and what was begun with it, ends.

    `seen` is the id of the code that stood when the actor decided, None for none. Raises `ChangedMeanwhile` where another
    stands by now (a page was sent twice: the first letter must stay good), `Refused` where the account is not active.
    """
    _lock(account)
    if not account.active:
        raise Refused("This account is deactivated. Reactivate it first.")
    standing = standing_code_of(account.id)
    if (standing.id if standing else None) != seen:
        raise ChangedMeanwhile
    if standing is not None:
        _end(actor, account, standing, "sign_in_code.replaced")
    code = SignInCode(account=account, lookup=lookup_part(prepared.code), code_hash=prepared.code_hash, made_at=now())
    with refusing_doubles("That code could not be made. Try again."):
        db.session.add(code)
    record(actor, "sign_in_code.made", code, person_id=account.person_id)
    return code


def withdraw_code(actor: Actor, account: Account) -> None:
    """Take somebody's code away, and end what was begun with it. Raises `Refused` where there is none."""
    _lock(account)
    standing = standing_code_of(account.id)
    if standing is None:
        raise Refused("There is no code to withdraw: it was withdrawn already.")
    _end(actor, account, standing, "sign_in_code.withdrawn")


@dataclass(frozen=True)
class ProvenCode:
    """Somebody typed the code with this id rightly."""

    code_id: int


def prove_code(typed: str) -> ProvenCode | None:
    """Return a proof that somebody knows a code, or None. It does the same work whether there is such a code or not, and
    takes some 20 milliseconds: not to be called inside a transaction."""
    code = tidy_code(typed)
    found = code_found_by(lookup_part(code)) if code else None
    right = passwords.matches(code or "", found.code_hash if found else None)
    return ProvenCode(found.id) if found is not None and right else None


def use_code(proven: ProvenCode) -> Account | None:
    """Return the account of a code that was typed rightly; None where it was withdrawn a moment ago."""
    code = db.session.get(SignInCode, proven.code_id, populate_existing=True)
    if code is None or code.ended_at is not None or not code.account.active:
        return None
    code.last_used_at = now()
    return code.account


def _lock(account: Account) -> None:
    """Let whoever else gives or takes this account's code wait."""
    db.session.execute(select(Account.id).where(Account.id == account.id).with_for_update())
    db.session.refresh(account)


def _end(actor: Actor, account: Account, code: SignInCode, action: str) -> None:
    before = snapshot(code)
    code.ended_at = now()
    record(actor, action, code, before, account.person_id)
    end_those_begun_by_code(actor, account)
