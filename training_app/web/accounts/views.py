"""Signing in, by a link, a code or a password, and signing out."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from training_app.accounts.actions import prove_password, use_password
from training_app.accounts.codes import prove_code, use_code
from training_app.accounts.kept_forms import drop_form
from training_app.accounts.links import LinkHasEnded, ask_for_another, ask_for_link, use_link
from training_app.accounts.models import Purpose, SignInLink, WayIn
from training_app.accounts.policy import Permission
from training_app.accounts.queries import kept_form_of, link_of
from training_app.accounts.rules import lookup_part, masked, tidy_code
from training_app.accounts.sign_ins import end_sign_in, may_be_kept
from training_app.accounts.tokens import hash_token
from training_app.addresses import email_key
from training_app.clock import now
from training_app.database import transaction
from training_app.errors import NotFound
from training_app.mail.rules import can_be_written_to
from training_app.web.access import (
    account,
    begin_visit,
    farewell,
    own_path,
    public,
    requires,
    visitor,
    welcome,
)
from training_app.web.accounts.forms import CodeForm, SignInForm, UseLinkForm
from training_app.web.limits import count_post, count_try, forgive_try, may_be_sent_a_link

accounts = Blueprint("accounts", __name__)

# What the browser remembers of a link asked for: the e-mail that was typed, to show it and to send another.
_ASKED_FOR = "link_asked_for"
_GONE = 410
_KEPT = "/sign-in/kept/"


@accounts.route("/sign-in", methods=["GET", "POST"], endpoint="sign_in")
@public
def sign_in_page() -> Response | tuple[str, int]:
    """Ask for the e-mail: a link is sent to it, or with a password it lets in at once."""
    onward = own_path(request.args.get("next"))
    if visitor() is not None and request.method != "POST":
        return redirect(_home(onward))
    form = SignInForm()
    if form.is_submitted():
        count_post()
        if form.validate():
            answer = _by_password(form, onward) if _with_password(form) else _by_mail(form, onward)
            if answer is not None:
                return answer
    has_typed = bool((onward or "").startswith(_KEPT))
    return render_template("accounts/sign_in.html", form=form, onward=onward, has_typed=has_typed), form.status


def _with_password(form: SignInForm) -> bool:
    """Say which way was chosen. A password that was typed decides: Enter presses the first button, that of the link. Who
    sends no button, as a program does, means the password where there is such a field."""
    return (
        bool(form.password.data)
        or request.form.get("way", "password" if "password" in request.form else "") == "password"
    )


def _by_password(form: SignInForm, onward: str | None) -> Response | None:
    if not form.password.data:
        form.password.errors = ["Enter your password, or choose to be sent a link"]
        return None
    whose = ("email", email_key(form.email.data))
    count_try(*whose)
    proven = prove_password(form.email.data, form.password.data)
    if proven is not None:
        with transaction():
            found = use_password(proven)
            token = begin_visit(found, WayIn.PASSWORD, keep=form.keep.data) if found else None
        if token is not None:
            forgive_try(*whose)
            welcome(token)
            return redirect(_home(onward))
    form.email.errors = ["The e-mail and the password do not go together. Check both and try again."]
    return None


def _by_mail(form: SignInForm, onward: str | None) -> Response | None:
    email = form.email.data
    if not can_be_written_to(email):
        form.email.errors = ["Enter an e-mail address, such as name@example.org"]
        return None
    if may_be_sent_a_link(email_key(email)):
        with transaction():
            ask_for_link(email, onward)
    session[_ASKED_FOR] = email
    return redirect(url_for("accounts.link_sent", next=onward), 303)


@accounts.get("/sign-in/sent")
@public
def link_sent() -> Response | str:
    """Say that a link is on its way, if somebody signs in with the e-mail that was typed."""
    email = session.get(_ASKED_FOR)
    if not isinstance(email, str):
        return redirect(url_for("accounts.sign_in"))
    return render_template("accounts/link_sent.html", email=email, onward=own_path(request.args.get("next")))


@accounts.route("/sign-in/link/<token>", methods=["GET", "POST"], endpoint="link")
@public
def link_page(token: str) -> Response | tuple[str, int]:
    """Show the button that uses a link. Programs that look at links in mail press none, so it is still good afterwards."""
    form = UseLinkForm()
    if form.is_submitted():
        count_post()
        visitor()  # known before the transaction begins
        try:
            with transaction():
                used = use_link(token)
                assert used.account is not None
                onward = used.onward
                new = begin_visit(used.account, WayIn.LINK, keep=form.keep.data)
        except LinkHasEnded:
            return _ended_page(link_of(hash_token(token)), token)
        welcome(new)
        return redirect(_home(own_path(onward)))
    found = link_of(hash_token(token))
    if found is None or not _still_good(found):
        return _ended_page(found, token)
    assert found.account is not None
    return render_template(
        "accounts/link.html",
        form=form,
        who=masked(found.account.email or ""),
        is_invitation=found.purpose == Purpose.INVITATION.value,
        may_keep=may_be_kept(found.account),
    ), 200


@accounts.post("/sign-in/link/<token>/again", endpoint="link_again")
@public
def another_link(token: str) -> Response:
    """Send a new link in place of one that has ended, to the same account."""
    count_post()
    found = link_of(hash_token(token))
    if found is None:
        return redirect(url_for("accounts.sign_in"))
    email = found.account.email if found.account else None
    if email is not None and may_be_sent_a_link(email_key(email)):
        with transaction():
            ask_for_another(found)
    session[_ASKED_FOR] = ""
    return redirect(url_for("accounts.link_sent"), 303)


@accounts.route("/sign-in/code", methods=["GET", "POST"], endpoint="code")
@public
def code_page() -> Response | tuple[str, int]:
    """Let in who has a code from a printed letter."""
    onward = own_path(request.args.get("next"))
    form = CodeForm()
    if form.is_submitted():
        count_post()
        if form.validate():
            token = _by_code(form)
            if token is not None:
                welcome(token)
                return redirect(_home(onward))
    return render_template("accounts/code.html", form=form, onward=onward), form.status


def _by_code(form: CodeForm) -> str | None:
    code = tidy_code(form.code.data)
    if code is None:
        form.code.errors = ["A code has 12 letters and numbers, such as K7QP-4MTX-9RWD. Check it against your letter"]
        return None
    whose = ("code", lookup_part(code))
    count_try(*whose)
    visitor()  # known before the transaction begins
    proven = prove_code(code)
    if proven is not None:
        with transaction():
            found = use_code(proven)
            token = begin_visit(found, WayIn.CODE, keep=form.keep.data) if found else None
        if token is not None:
            forgive_try(*whose)
            return token
    form.code.errors = ["That code opens nothing. Check it against your letter: only the newest letter is good"]
    return None


@accounts.route("/sign-in/kept/<key>", methods=["GET", "POST"], endpoint="kept")
@requires(Permission.KEEP_OWN_ACCOUNT)
def kept_page(key: str) -> Response | str:
    """Show what was typed when a sign-in had ended, with a button that sends it again to where it was going."""
    form = kept_form_of(account().id, hash_token(key))
    if form is None:
        raise NotFound
    path = form.path
    if request.method == "POST":
        with transaction():
            drop_form(form)
        # The browser itself sends what is on the page once more, to a view that knows nothing of all this.
        return redirect(path, 307)
    shown = [(name, value) for name, value in form.fields if value and not name.startswith("row_version")]
    return render_template("accounts/kept.html", kept=form, shown=shown)


@accounts.route("/sign-out", methods=["GET", "POST"], endpoint="sign_out")
@public
def sign_out_page() -> Response | str:
    """End this browser's sign-in, so that its cookie opens nothing any more; a link shows the button that does it."""
    signed_in = visitor()
    if request.method != "POST" and signed_in is not None:  # HEAD only asks, too
        return render_template("accounts/sign_out.html")
    if signed_in is not None:
        with transaction():
            end_sign_in(signed_in.token)
        farewell()
    return redirect(url_for("accounts.sign_in"))


def _home(onward: str | None) -> str:
    return onward or url_for("home.front")


def _still_good(link: SignInLink) -> bool:
    account = link.account
    return (
        account is not None
        and account.active
        and link.used_at is None
        and link.ended_at is None
        and now() < link.expires_at
    )


def _ended_page(link: SignInLink | None, token: str) -> tuple[str, int]:
    return render_template("accounts/link_ended.html", token=token if link else None), _GONE
