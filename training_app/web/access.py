"""Who is visiting, and whether they may: every view declares its permission and one hook enforces it for all.

A view without a declaration is refused to everybody, so that forgetting it never opens anything.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, abort, current_app, g, redirect, request, session, url_for
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from werkzeug.wrappers import Response

from training_app.accounts.actions import hash_token
from training_app.accounts.models import Account
from training_app.accounts.policy import Permission, permissions_of
from training_app.accounts.queries import standing_sign_in
from training_app.audit import Actor
from training_app.database import new_batch_id

View = TypeVar("View", bound=Callable[..., Any])
_DECLARED = "declared_permission"

login_manager = LoginManager()


class Visitor(UserMixin):
    """A signed-in visitor: an account and the token of this browser's sign-in."""

    def __init__(self, account: Account, token: str) -> None:
        self.account = account
        self.token = token
        self.permissions = permissions_of(account.roles)
        self.name = account.email

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


def actor() -> Actor:
    """Return the signed-in visitor as the audit knows them; all they do in one request is one batch."""
    if "batch_id" not in g:
        g.batch_id = new_batch_id()
    return Actor("account", account().id, g.batch_id)


def welcome(token: str) -> None:
    """Sign this browser in with the token of a new sign-in. What the old session held is dropped, so that nobody can
    plant a session in somebody else's browser."""
    sign_in = standing_sign_in(hash_token(token))
    assert sign_in is not None
    session.clear()
    login_user(Visitor(sign_in.account, token))


def farewell() -> None:
    """Take this browser's cookie away. (The sign-in itself is ended in the accounts.)"""
    logout_user()
    session.clear()


def own_path(target: str | None) -> str | None:
    """Return a path of this site that somebody may be sent on to, or None: never another site's."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return None
    if any(ord(letter) < 32 or letter == "\\" for letter in target):
        return None
    parts = urlsplit(target)
    return None if parts.scheme or parts.netloc else target


@login_manager.user_loader
def _load(token: str) -> Visitor | None:
    sign_in = standing_sign_in(hash_token(token))
    return Visitor(sign_in.account, token) if sign_in else None


def _check() -> Response | None:
    if request.endpoint is None or request.endpoint == "static":
        return None
    needed = declared_permission(current_app.view_functions[request.endpoint])
    if needed is Permission.PUBLIC:
        return None
    signed_in = visitor()
    if signed_in is None:
        onward = request.full_path.rstrip("?") if request.method == "GET" else None
        return redirect(url_for("accounts.sign_in", next=own_path(onward)))
    if needed is None or not signed_in.may(needed):
        abort(403)
    return None


def init_app(app: Flask) -> None:
    """Enforce the declarations on every request."""
    login_manager.init_app(app)
    app.before_request(_check)
