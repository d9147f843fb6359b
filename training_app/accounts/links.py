"""Links by mail: asking for one, inviting somebody, and using one, once."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from sqlalchemy import CursorResult, delete, select, update

from training_app.accounts import messages
from training_app.accounts.models import Account, Purpose, SignInLink
from training_app.accounts.queries import link_of
from training_app.accounts.rules import INVITATION_LIFE, LINK_LIFE
from training_app.accounts.sign_ins import end_links
from training_app.accounts.tokens import hash_token, new_token
from training_app.addresses import email_key
from training_app.audit import Actor, record
from training_app.clock import now
from training_app.database import db
from training_app.errors import Refused
from training_app.links import absolute
from training_app.mail import queue

# How long it is remembered that a link was made; then asking for the next one tidies it away.
REMEMBERED = timedelta(days=90)


class LinkHasEnded(Refused):
    """A link that was used already, ran out, or was followed by a newer one."""

    def __init__(self) -> None:
        super().__init__("This link has been used already, or it has run out.")


def ask_for_link(email: str, onward: str | None = None) -> None:
    """Send a link to whoever signs in with this e-mail, if anybody does; `onward` is the path where it is to lead.

    The caller learns nothing from it, neither by the answer nor by its time: for an e-mail that nobody signs in with, the
    same rows are written, and all but one taken back again. That one names nobody, and its token is told to nobody.
    """
    # Columns only: the account itself would bring its roles along, in statements that tell by their time who is known.
    known = db.session.execute(
        select(Account.id, Account.email, Account.person_id, Account.active)
        .where(Account.email_key == email_key(email))
        .with_for_update()
    ).one_or_none()
    account_id, to, person_id = (
        (known.id, known.email, known.person_id) if known and known.active else (None, email, None)
    )
    actor = Actor(kind="visitor")
    db.session.execute(delete(SignInLink).where(SignInLink.expires_at < now() - REMEMBERED))
    link, token = _make(actor, account_id, person_id, Purpose.SIGN_IN, LINK_LIFE, onward)
    subject, body = messages.sign_in_link(absolute(link_path(token)), link.expires_at)
    with suppress(_NobodyKnown), db.session.begin_nested():
        queue(
            actor,
            "sign-in link",
            to,
            subject,
            body,
            person_id=person_id,
            holds_secret=True,
            leaves_always=True,
            useful_until=link.expires_at,
        )
        if account_id is None:
            raise _NobodyKnown


class _NobodyKnown(Exception):
    """Nobody signs in with this e-mail."""


def ask_for_another(link: SignInLink) -> None:
    """Send a new link to the account of one that has ended, to lead where that one led."""
    account = link.account
    if account is not None and account.email is not None:
        ask_for_link(account.email, link.onward)


def invite(actor: Actor, account: Account, name: str | None = None) -> SignInLink:
    """Invite somebody by mail to sign in, with a link that works for two days; `name` is how they are greeted.

    Raises `Refused` where the account has no e-mail or is not active.
    """
    if account.email is None:
        raise Refused("There is no e-mail to send an invitation to. Print a letter with a code instead.")
    if not account.active:
        raise Refused("This account is deactivated. Reactivate it first.")
    link, token = _make(actor, account.id, account.person_id, Purpose.INVITATION, INVITATION_LIFE, None)
    subject, body = messages.invitation(absolute(link_path(token)), link.expires_at, name)
    queue(
        actor,
        "invitation",
        account.email,
        subject,
        body,
        person_id=account.person_id,
        holds_secret=True,
        useful_until=link.expires_at,
    )
    return link


def link_for_command(actor: Actor, account: Account) -> str:
    """Return the whole address of a new link of an account, to be handed over by whoever typed the command.

    Raises `Refused` where the account is not active.
    """
    if not account.active:
        raise Refused("This account is deactivated, so nobody can sign in to it.")
    _, token = _make(actor, account.id, account.person_id, Purpose.SIGN_IN, LINK_LIFE, None)
    return absolute(link_path(token))


def use_link(token: str) -> SignInLink:
    """Use a link: of any number who try at once, one succeeds. Raises `LinkHasEnded` for all others."""
    claimed = db.session.execute(
        update(SignInLink)
        .where(
            SignInLink.token_hash == hash_token(token),
            SignInLink.account_id.is_not(None),
            SignInLink.used_at.is_(None),
            SignInLink.ended_at.is_(None),
            SignInLink.expires_at > now(),
        )
        .values(used_at=now()),
        execution_options={"synchronize_session": False},
    )
    assert isinstance(claimed, CursorResult)
    link = link_of(hash_token(token)) if claimed.rowcount == 1 else None
    if link is None or link.account is None or not link.account.active:
        raise LinkHasEnded
    record(Actor.account(link.account.id), "sign_in_link.used", link)
    return link


def link_path(token: str) -> str:
    """Return the path at which a link is opened."""
    return f"/sign-in/link/{token}"


def _make(
    actor: Actor,
    account_id: int | None,
    person_id: int | None,
    purpose: Purpose,
    life: timedelta,
    onward: str | None,
) -> tuple[SignInLink, str]:
    """Return a new link and its token; the account's older ones end."""
    end_links(account_id)
    token, moment = new_token(), now()
    link = SignInLink(
        account_id=account_id,
        token_hash=hash_token(token),
        purpose=purpose.value,
        onward=onward,
        made_at=moment,
        expires_at=moment + life,
    )
    db.session.add(link)
    record(actor, "sign_in_link.made", link, person_id=person_id)
    return link, token
