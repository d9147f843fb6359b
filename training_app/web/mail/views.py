"""Mail, for the workforce manager: whether it is on, what waits for whom, what could not be delivered, what has left."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask import Response as File
from sqlalchemy import Select
from werkzeug.wrappers import Response

from training_app.accounts.policy import Permission
from training_app.accounts.queries import account_numbered
from training_app.clock import LONDON, today
from training_app.database import transaction
from training_app.errors import Refused
from training_app.files import Column, Table
from training_app.mail import OutboxMessage, actions, queries
from training_app.mail.queries import SentCount
from training_app.mail.rules import is_kind
from training_app.people.queries import PAGE_SIZE, Page
from training_app.web.access import account, actor, requires
from training_app.web.asking import asked_page, asked_words
from training_app.web.downloads import download, each_format
from training_app.web.formatting import count
from training_app.web.mail.forms import FailedForm, GiveUpForm, SwitchOnForm

mail = Blueprint("mail", __name__)

DAYS_OF_SENT = 90


@mail.get("/mail")
@requires(Permission.MANAGE_MAIL)
def overview() -> str:
    """Show whether mail is on, and what is to be done about it."""
    return _overview(SwitchOnForm(newest_seen=queries.newest_waiting()))


@mail.post("/mail/test")
@requires(Permission.MANAGE_MAIL)
def test() -> Response:
    """Send the visitor a message that shows whether mail arrives."""
    with transaction():
        actions.queue_test(actor(), _own_address())
    flash(
        "A test is on its way to you. It leaves within a minute; load this page again to see what became of it.",
        "success",
    )
    return redirect(url_for("mail.overview"))


@mail.post("/mail/switch-on")
@requires(Permission.MANAGE_MAIL)
def switch_on() -> Response | tuple[str, int]:
    """Let messages leave from now on."""
    form = SwitchOnForm()
    try:
        with transaction():
            actions.switch_on(actor(), _own_address(), newest_seen=form.newest)
    except Refused as refused:
        form.refuse(refused)
        form.newest_seen.data = queries.newest_waiting()
        return _overview(form), 409
    flash("Mail is on. What was waiting leaves now.", "success")
    return redirect(url_for("mail.overview"))


@mail.post("/mail/switch-off")
@requires(Permission.MANAGE_MAIL)
def switch_off() -> Response:
    """Hold messages back from now on."""
    try:
        with transaction():
            actions.switch_off(actor())
    except Refused as refused:
        flash(refused.sentence, "important")
    else:
        flash("Mail is off. Messages wait until it is on again; sign-in links still leave.", "success")
    return redirect(url_for("mail.overview"))


@mail.get("/mail/waiting")
@requires(Permission.MANAGE_MAIL)
def waiting() -> str:
    """List the messages that wait, with whom they go to."""
    kind = _asked_kind()
    return render_template(
        "mail/waiting.html",
        page=_page(queries.waiting_messages(kind)),
        kind=kind,
        kinds=[(each.kind, _named(each.kind)) for each in queries.waiting_by_kind()],
        is_on=queries.mail_is_on(),
    )


@each_format(mail, "/mail/waiting")
@requires(Permission.MANAGE_MAIL)
def waiting_file() -> File:
    """Return the same messages as a file."""
    return _file(queries.waiting_messages(_asked_kind()), "messages-waiting")


@mail.route("/mail/waiting/give-up", methods=["GET", "POST"])
@requires(Permission.MANAGE_MAIL)
def give_up_waiting() -> Response | str:
    """Send none of the messages of a kind that wait, once that is confirmed."""
    kind = _asked_kind()
    if not kind:
        raise Refused("Choose first which messages are not to be sent.")
    form = GiveUpForm()
    if not form.validate_on_submit():
        many = queries.how_many(queries.waiting_messages(kind))
        return render_template("mail/give_up.html", form=form, kind=kind, named=_named(kind), many=many)
    with transaction():
        many = actions.give_up_waiting(actor(), kind)
    flash(f"{count(many, 'message is', 'messages are')} not sent.", "success")
    return redirect(url_for("mail.overview"))


@mail.get("/mail/not-delivered")
@requires(Permission.MANAGE_MAIL)
def failed() -> str:
    """List the messages that could not be delivered, with the reason."""
    return _failed_page(FailedForm())


@mail.post("/mail/not-delivered")
@requires(Permission.MANAGE_MAIL)
def deal_with_failed() -> Response | tuple[str, int]:
    """Try the messages that are ticked once more, or give them up; one that cannot be is left as it is, and said so."""
    form = FailedForm()
    if not form.validate() or not form.numbers or form.verb is None:
        form.form_errors.append("Tick the messages first, then say what to do with them.")
        return _failed_page(form), 400
    left: list[str] = []
    with transaction():
        messages = queries.messages_numbered(form.numbers)
        for each in messages:
            try:
                form.verb(actor(), each)
            except Refused as refused:
                left.append(refused.sentence)
        done = len(messages) - len(left)
    if done:
        flash(f"{count(done, 'message is', 'messages are')} {form.done_in_words}.", "success")
    for sentence in dict.fromkeys(left):
        flash(sentence, "important")
    return redirect(url_for("mail.failed"))


@each_format(mail, "/mail/not-delivered")
@requires(Permission.MANAGE_MAIL)
def failed_file() -> File:
    """Return the same messages as a file."""
    return _file(queries.failed_messages(), "messages-not-delivered")


@mail.get("/mail/sent")
@requires(Permission.MANAGE_MAIL)
def sent() -> str:
    """Count what has left, by day and kind."""
    return render_template("mail/sent.html", counts=_sent_lately(), days=DAYS_OF_SENT)


@each_format(mail, "/mail/sent")
@requires(Permission.MANAGE_MAIL)
def sent_file() -> File:
    """Return the same counts as a file."""
    names = ("sent_on", "kind", "messages")
    rows = [[each.on, each.kind, each.messages] for each in _sent_lately()]
    return download(Table([Column(name) for name in names], rows), "messages-sent")


def _overview(form: SwitchOnForm) -> str:
    settings = current_app.config["SETTINGS"]
    switch = queries.last_switch()
    by = account_numbered(switch.account_id) if switch and switch.account_id else None
    return render_template(
        "mail/overview.html",
        form=form,
        is_on=switch is not None and switch.is_on,
        switched_on=switch.at.astimezone(LONDON).date() if switch else None,
        switched_by=by.email if by else None,
        kinds=[(each, _named(each.kind)) for each in queries.waiting_by_kind()],
        trouble=queries.trouble(),
        not_delivered=queries.how_many(queries.failed_messages()),
        own_address=_own_address(),
        test=queries.last_test_to(_own_address()),
        test_arrived=queries.test_was_sent_to(_own_address()),
        server=settings.mail_server.host if settings.mail_server else None,
        sender=settings.mail_from,
        replies=settings.contact_email,
    )


def _own_address() -> str:
    """Return the visitor's own e-mail; an empty text, to which nothing can be sent, for who signs in by a code."""
    return account().email or ""


def _asked_kind() -> str:
    kind = asked_words("kind")
    if kind and not is_kind(kind):
        raise Refused("There is no such kind of message. Choose one from the list.")
    return kind


def _named(kind: str) -> str:
    """Return a kind of message as a heading names it."""
    return kind[:1].upper() + kind[1:]


def _page(messages: Select[OutboxMessage]) -> Page:
    found = queries.how_many(messages)
    number = min(asked_page(), max(1, -(-found // PAGE_SIZE)))
    return Page(queries.some_of(messages, first=(number - 1) * PAGE_SIZE, many=PAGE_SIZE), number, found)


def _file(messages: Select[OutboxMessage], name: str) -> File:
    columns = ("kind", "to", "subject", "queued_at", "tries", "last_problem")
    rows = [
        [each.kind, each.recipient, each.subject, f"{each.queued_at:%Y-%m-%d %H:%M}", each.attempts, each.last_problem]
        for each in queries.all_of(messages)
    ]
    return download(Table([Column(each) for each in columns], rows), name)


def _failed_page(form: FailedForm) -> str:
    return render_template("mail/failed.html", form=form, page=_page(queries.failed_messages()), ticked=form.numbers)


def _sent_lately() -> Sequence[SentCount]:
    return queries.sent_by_day(since=today() - timedelta(days=DAYS_OF_SENT - 1))
