"""Beginning and ending the sign-ins that stand."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, update

from training_app.accounts.models import Account, Ended, Role, SignIn, SignInLink, WayIn
from training_app.accounts.tokens import hash_token, new_token
from training_app.audit import Actor, Change, record, record_many
from training_app.clock import now
from training_app.database import db, snapshot


def begin_sign_in(account: Account, way: WayIn, authority: str, *, keep: bool = False) -> str:
    """Sign somebody in who has proven who they are, and return the token for their cookie.

    `authority` is what they may do now (`rules.authority_of`). With `keep` it is kept on this phone: only for accounts
    whose only role is member, because whoever finds the phone sees what they see.
    """
    token = new_token()
    moment = now()
    sign_in = SignIn(
        account=account,
        token_hash=hash_token(token),
        way=way.value,
        kept=keep and may_be_kept(account),
        authority=authority,
        started_at=moment,
        last_seen_at=moment,
    )
    db.session.add(sign_in)
    record(Actor.account(account.id), "sign_in.started", sign_in)
    return token


def may_be_kept(account: Account) -> bool:
    """Say whether an account may stay signed in on a phone: when it is a member's and nothing else."""
    return account.roles == {Role.MEMBER}


def end_sign_in(token: str, because: Ended = Ended.SIGNED_OUT) -> None:
    """End the sign-in of a token; one that has ended already, or never was, is left alone."""
    sign_in = db.session.scalar(select(SignIn).where(SignIn.token_hash == hash_token(token), SignIn.ended_at.is_(None)))
    if sign_in is not None:
        _end(Actor.account(sign_in.account_id), [sign_in], because)


def end_all(actor: Actor, account: Account, because: Ended, *, besides: str | None = None) -> None:
    """End every sign-in of an account and every link that could begin one, but for the sign-in of the token `besides`."""
    standing = select(SignIn).where(SignIn.account_id == account.id, SignIn.ended_at.is_(None))
    if besides is not None:
        standing = standing.where(SignIn.token_hash != hash_token(besides))
    _end(actor, db.session.scalars(standing).all(), because)
    end_links(account.id)


def end_those_begun_by_code(actor: Actor, account: Account) -> None:
    """End the sign-ins that began with an account's code, because somebody else may hold the letter."""
    by_code = select(SignIn).where(
        SignIn.account_id == account.id, SignIn.ended_at.is_(None), SignIn.way == WayIn.CODE.value
    )
    _end(actor, db.session.scalars(by_code).all(), Ended.CODE)


def end_links(account_id: int | None) -> None:
    """End the links of an account that nobody has used yet. (Told to the audit by whatever ends them.)"""
    db.session.execute(
        update(SignInLink)
        .where(SignInLink.account_id == account_id, SignInLink.used_at.is_(None), SignInLink.ended_at.is_(None))
        .values(ended_at=now()),
        execution_options={"synchronize_session": False},
    )


def note_seen(sign_in_id: int) -> None:
    """Note that a sign-in is in use. No change that anybody made, so the audit is not told."""
    db.session.execute(
        update(SignIn).where(SignIn.id == sign_in_id).values(last_seen_at=now()),
        execution_options={"synchronize_session": False},
    )


def _end(actor: Actor, sign_ins: Sequence[SignIn], because: Ended) -> None:
    changes = []
    for sign_in in sign_ins:
        before = snapshot(sign_in)
        sign_in.ended_at, sign_in.ended_because = now(), because.value
        changes.append(Change("sign_in.ended", "sign_in", sign_in.id, before, snapshot(sign_in), reason=because.value))
    db.session.flush()
    record_many(actor, changes)
