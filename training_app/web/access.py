"""Who is visiting, and whether they may: every view declares its permission and one hook enforces it for all.

A view without a declaration is refused to everybody, so that forgetting it never opens anything.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, abort, current_app, g, redirect, request, session, url_for
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from sqlalchemy.exc import OperationalError
from werkzeug.wrappers import Response

from training_app.accounts.models import Account, Ended, SignIn, WayIn
from training_app.accounts.policy import Permission, permissions_of
from training_app.accounts.queries import standing_sign_in
from training_app.accounts.rules import SignInLimits, authority_of
from training_app.accounts.sign_ins import begin_sign_in, end_sign_in, note_seen
from training_app.accounts.tokens import hash_token
from training_app.audit import Actor
from training_app.clock import now, today
from training_app.database import is_writing, new_batch_id, transaction
from training_app.people.queries import names_of
from training_app.people.scope import left_organisation_ids
from training_app.web.keeping import kept_path

View = TypeVar("View", bound=Callable[..., Any])
_DECLARED = "declared_permission"
LONGEST_PATH = 2000

login_manager = LoginManager()


class Visitor(UserMixin):
    """A signed-in visitor: an account and the token of this browser's sign-in, with how and when it began."""

    def __init__(self, sign_in: SignIn, token: str) -> None:
        self.account = sign_in.account
        self.token = token
        self.permissions = permissions_of(self.account.roles)
        self.way = WayIn(sign_in.way)
        self.started_at = sign_in.started_at
        self.kept = sign_in.kept
        self._email, self._person_id = self.account.email, self.account.person_id

    @property
    def name(self) -> str:
        """The e-mail that they sign in with, or the name of whoever has none."""
        if self._email is not None or self._person_id is None:
            return self._email or ""
        return names_of([self._person_id])[self._person_id][1]

    def get_id(self) -> str:
        """Return what flask-login keeps in the cookie: the token, never the account's id."""
        return self.token

    def may(self, permission: Permission) -> bool:
        """Say whether this visitor may do something."""
        return permission in self.permissions


def requires(permission: Permission) -> Callable[[View], View]:
    """Declare what a visitor needs in order to open a view."""

    def declare(view: View) -> View:
        setattr(view, _DECLARED, permission)
        return view

    return declare


public = requires(Permission.PUBLIC)


def declared_permission(view: Callable[..., Any]) -> Permission | None:
    """Return what a view declared, or None where it declared nothing."""
    found: Permission | None = getattr(view, _DECLARED, None)
    return found


def visitor() -> Visitor | None:
    """Return who is signed in, or None."""
    return current_user if current_user.is_authenticated else None


def account() -> Account:
    """Return the account of the signed-in visitor; only for views that need a sign-in."""
    found: Account = current_user.account
    return found


def may(permission: Permission) -> bool:
    """Say whether the signed-in visitor may do something, where a page has more for some of those who may open it."""
    signed_in = visitor()
    return signed_in is not None and signed_in.may(permission)


def actor() -> Actor:
    """Return the signed-in visitor as the audit knows them; all they do in one request is one batch."""
    if "batch_id" not in g:
        g.batch_id = new_batch_id()
    return Actor("account", account().id, g.batch_id)


def sign_in_limits() -> SignInLimits:
    """Return how long sign-ins stand, by the hub's settings."""
    settings = current_app.config["SETTINGS"]
    return SignInLimits(settings.sign_in_idle, settings.sign_in_longest, settings.sign_in_kept)


def begin_visit(account: Account, way: WayIn, *, keep: bool = False) -> str:
    """Begin a sign-in of somebody who has proven who they are, inside the caller's transaction, and return its token for
    `welcome`. Whoever was signed in with this browser before is no longer."""
    before = visitor()
    if before is not None:
        end_sign_in(before.token, Ended.ANEW)
    return begin_sign_in(account, way, _authority(account), keep=keep)


def welcome(token: str) -> None:
    """Sign this browser in with the token of a new sign-in. What the old session held is dropped, so that nobody can
    plant a session in somebody else's browser."""
    sign_in = standing_sign_in(hash_token(token), sign_in_limits())
    assert sign_in is not None
    session.clear()
    session.permanent = sign_in.kept  # a cookie that stays when the browser is closed
    login_user(Visitor(sign_in, token))


def farewell() -> None:
    """Take this browser's cookie away. (The sign-in itself is ended in the accounts.)"""
    logout_user()
    session.clear()


def last_token() -> str | None:
    """Return the token of this browser's sign-in, whether it stands or has ended; None where it has none."""
    token = session.get("_user_id")
    return token if isinstance(token, str) else None


def _authority(account: Account) -> str:
    left = left_organisation_ids(account.person_id, today()) if account.person_id is not None else ()
    return authority_of(account.roles, account.organisation_ids, account.person_id, left)


def own_path(target: str | None) -> str | None:
    """Return a path of this site that somebody may be sent on to, or None: never another site's."""
    if not target or len(target) > LONGEST_PATH or not target.startswith("/") or target.startswith(("//", "/\\")):
        return None
    if any(ord(letter) < 32 or letter == "\\" for letter in target):
        return None
    parts = urlsplit(target)
    return None if parts.scheme or parts.netloc else target


@login_manager.user_loader
def _load(token: str) -> Visitor | None:
    limits = sign_in_limits()
    sign_in = standing_sign_in(hash_token(token), limits)
    if sign_in is None or sign_in.authority != _authority(sign_in.account):
        return None
    if now() - sign_in.last_seen_at > limits.between_notes and not is_writing():
        _note_seen(sign_in.id)
    return Visitor(sign_in, token)


def _note_seen(sign_in_id: int) -> None:
    """Note that somebody is still here; where others are writing just now, the next page does it."""
    with suppress(OperationalError), transaction(at_once=True):
        note_seen(sign_in_id)


def _check() -> Response | None:
    if request.endpoint is None or request.endpoint == "static":
        return None
    needed = declared_permission(current_app.view_functions[request.endpoint])
    if needed is Permission.PUBLIC:
        return None
    signed_in = visitor()
    if signed_in is None:
        onward = request.full_path.rstrip("?") if request.method == "GET" else kept_path(last_token())
        return redirect(url_for("accounts.sign_in", next=own_path(onward)))
    if needed is None or not signed_in.may(needed):
        abort(403)
    return None


def init_app(app: Flask) -> None:
    """Enforce the declarations on every request."""
    login_manager.init_app(app)
    app.before_request(_check)
