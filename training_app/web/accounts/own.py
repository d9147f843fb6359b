"""My account: how I sign in, where I am signed in, and a password for who wants one."""

from __future__ import annotations

from flask import current_app, flash, redirect, render_template, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from training_app.accounts import passwords
from training_app.accounts.actions import prove_password, set_password, sign_out_everywhere
from training_app.accounts.models import WayIn
from training_app.accounts.policy import Permission
from training_app.accounts.queries import standing_code_of, standing_sign_ins_of
from training_app.accounts.rules import FRESH, password_problem
from training_app.accounts.tokens import hash_token
from training_app.addresses import email_key
from training_app.clock import now
from training_app.database import transaction
from training_app.errors import NotFound
from training_app.web.access import account, actor, farewell, requires, sign_in_limits
from training_app.web.accounts.forms import (
    ChangePasswordForm,
    ChoosePasswordForm,
    CurrentPasswordForm,
    ExactForm,
)
from training_app.web.accounts.views import accounts
from training_app.web.limits import count_try, forgive_try

WAYS = {WayIn.LINK: "by a link", WayIn.CODE: "with a code", WayIn.PASSWORD: "with a password"}


@accounts.get("/account")
@requires(Permission.KEEP_OWN_ACCOUNT)
def own() -> str:
    """Show how the visitor signs in, and where they are signed in."""
    mine = account()
    return render_template(
        "accounts/own.html",
        account=mine,
        code=standing_code_of(mine.id),
        sign_ins=standing_sign_ins_of(mine.id, sign_in_limits()),
        this_one=hash_token(current_user.token),
        ways=WAYS,
    )


@accounts.route("/account/password", methods=["GET", "POST"])
@requires(Permission.KEEP_OWN_ACCOUNT)
def password() -> Response | tuple[str, int]:
    """Choose a password, or another one."""
    mine = account()
    if mine.email is None:
        raise NotFound  # there is nothing to type a password with
    must_show = _must_show_password()
    form = ChangePasswordForm() if must_show else ChoosePasswordForm()
    if form.validate_on_submit() and (not must_show or _shows_password(form)):
        problem = password_problem(form.password.data, (current_app.config["SETTINGS"].hub_name, mine.email))
        if problem:
            form.password.errors = [problem]
        else:
            password_hash = passwords.hash_of(form.password.data)
            with transaction():
                set_password(actor(), account(), password_hash, besides=current_user.token)
            flash("Your password is saved. Wherever else you were signed in, you no longer are.", "success")
            return redirect(url_for("accounts.own"))
    return render_template("accounts/password.html", form=form, has_one=mine.password_hash is not None), form.status


@accounts.route("/account/password/remove", methods=["GET", "POST"])
@requires(Permission.KEEP_OWN_ACCOUNT)
def remove_password() -> Response | tuple[str, int]:
    """Do without a password again."""
    if account().password_hash is None:
        raise NotFound
    must_show = _must_show_password()
    form = CurrentPasswordForm() if must_show else ExactForm()
    if form.validate_on_submit() and (not must_show or _shows_password(form)):
        with transaction():
            set_password(actor(), account(), None, besides=current_user.token)
        flash("Your password is removed. From now on a link signs you in.", "success")
        return redirect(url_for("accounts.own"))
    return render_template("accounts/remove_password.html", form=form), form.status


@accounts.post("/account/sign-out-everywhere")
@requires(Permission.KEEP_OWN_ACCOUNT)
def out_everywhere() -> Response:
    """End every sign-in of the visitor's account, this one too."""
    with transaction():
        sign_out_everywhere(actor(), account())
    farewell()
    flash("You are signed out everywhere.", "success")
    return redirect(url_for("accounts.sign_in"))


def _must_show_password() -> bool:
    """Say whether the password that they have must be typed: not by somebody who has just come in by a link or a code,
    who may have forgotten it, and has shown who they are."""
    just_came_in = current_user.way is not WayIn.PASSWORD and now() - current_user.started_at < FRESH
    return account().password_hash is not None and not just_came_in


def _shows_password(form: CurrentPasswordForm) -> bool:
    email = account().email or ""
    whose = ("email", email_key(email))
    count_try(*whose)
    if prove_password(email, form.current.data) is None:
        form.current.errors = ["That is not your password. Sign in anew by a link if you have forgotten it"]
        return False
    forgive_try(*whose)
    return True
