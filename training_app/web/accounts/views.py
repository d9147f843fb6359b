"""Signing in and signing out."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from training_app.accounts.actions import sign_in_by_password, sign_out
from training_app.database import transaction
from training_app.errors import Refused
from training_app.web.access import farewell, own_path, public, visitor, welcome
from training_app.web.accounts.forms import SignInForm

accounts = Blueprint("accounts", __name__)


@accounts.route("/sign-in", methods=["GET", "POST"], endpoint="sign_in")
@public
def sign_in_page() -> Response | str | tuple[str, int]:
    """Ask for e-mail and password, and let in who gives both rightly."""
    onward = own_path(request.args.get("next")) or url_for("home.front")
    if visitor() is not None and request.method == "GET":
        return redirect(onward)
    form = SignInForm()
    if not form.validate_on_submit():
        return render_template("accounts/sign_in.html", form=form), 400 if form.errors else 200
    try:
        with transaction():
            token = sign_in_by_password(form.email.data, form.password.data)
    except Refused as refused:
        form.email.errors = [refused.sentence]
        return render_template("accounts/sign_in.html", form=form), 400
    welcome(token)
    return redirect(onward)


@accounts.route("/sign-out", methods=["GET", "POST"], endpoint="sign_out")
@public
def sign_out_page() -> Response | str:
    """End this browser's sign-in, so that its cookie opens nothing any more; a link shows the button that does it."""
    signed_in = visitor()
    if request.method == "GET" and signed_in is not None:
        return render_template("accounts/sign_out.html")
    if signed_in is not None:
        with transaction():
            sign_out(signed_in.token)
        farewell()
    return redirect(url_for("accounts.sign_in"))
