"""Who is to be reminded of what, letters to print, what lapsed before mail was on; and stopping one's own reminders."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask import Response as File
from werkzeug.wrappers import Response

from training_app.accounts.policy import Permission
from training_app.assignments.queries import duties_of_people
from training_app.audit import Actor
from training_app.database import transaction
from training_app.errors import NotFound
from training_app.files import Column, Table
from training_app.people.models import Person
from training_app.people.queries import PAGE_SIZE, Page
from training_app.people.scope import visible_people
from training_app.reminders.actions import begin_reminders, letters_written, stop_reminders
from training_app.reminders.queries import (
    ToRemind,
    is_silent,
    lapsed_before_mail,
    mail_on_since,
    person_of_token,
    today_and_since,
    whom_to_remind,
)
from training_app.reminders.rules import is_quiet
from training_app.web.access import account, actor, public, requires
from training_app.web.asking import asked_page
from training_app.web.assignments.showing import status_words
from training_app.web.downloads import download, each_format
from training_app.web.formatting import MONTHS, count

reminders = Blueprint("reminders", __name__)

# Letters made at once; the next ones follow once these are said to be printed.
MOST_LETTERS = 50


@reminders.get("/reminders")
@requires(Permission.MANAGE_MAIL)
def overview() -> str:
    """Show whom the next run writes to, who needs a letter, and what lapsed before mail was switched on."""
    on, since = today_and_since()
    people = visible_people(account())
    owed = duties_of_people(people, on)
    found = whom_to_remind(people, on, since, owed)
    lapsed = lapsed_before_mail(people, since, owed)
    quiet: frozenset[int] = current_app.config["SETTINGS"].reminders_quiet_months
    number = min(asked_page(), max(1, -(-len(lapsed) // PAGE_SIZE)))
    return render_template(
        "reminders/overview.html",
        is_on=mail_on_since() is not None,
        is_quiet=is_quiet(on, quiet),
        quiet=[MONTHS[month - 1] for month in sorted(quiet)],
        by_mail=[each for each in found if each.address and not each.silent],
        by_letter=_by_letter(found),
        silent=[each for each in found if each.silent],
        lapsed=Page(lapsed[(number - 1) * PAGE_SIZE : number * PAGE_SIZE], number, len(lapsed)),
        since=since,
        status_words=status_words,
    )


@each_format(reminders, "/reminders")
@requires(Permission.MANAGE_MAIL)
def reminders_file() -> File:
    """Return everybody whom there is reason to remind, and how, as a file."""
    on, since = today_and_since()
    rows = [
        [
            each.reference,
            each.name,
            "wants none" if each.silent else "mail" if each.address else "letter",
            " ".join(duty.module.code for duty, _ in each.reasons),
        ]
        for each in whom_to_remind(visible_people(account()), on, since)
    ]
    names = ("reference", "name", "by", "modules")
    return download(Table([Column(name) for name in names], rows), "reminders")


@reminders.get("/reminders/letters")
@requires(Permission.MANAGE_MAIL)
def letters() -> str:
    """Show letters for those without an e-mail, each on a sheet of its own."""
    on, since = today_and_since()
    found = _by_letter(whom_to_remind(visible_people(account()), on, since))
    return render_template(
        "reminders/letters.html",
        letters=found[:MOST_LETTERS],
        more=len(found[MOST_LETTERS:]),
        on=on,
        words=status_words,
    )


@reminders.post("/reminders/letters")
@requires(Permission.MANAGE_MAIL)
def letters_printed() -> Response:
    """Keep that the letters were printed, so that the next run does not ask for the same again."""
    on, since = today_and_since()
    with transaction():
        found = _by_letter(whom_to_remind(visible_people(account()), on, since))[:MOST_LETTERS]
        letters_written(actor(), found)
    flash(f"{count(len(found), 'letter is', 'letters are')} written. The same is not asked for again.", "success")
    return redirect(url_for("reminders.overview"))


@reminders.get("/reminders/stop/<token>")
@public
def stop(token: str) -> str:
    """Ask whoever follows the link in a reminder whether they want no more."""
    person = _whose(token)
    return render_template("reminders/stop.html", token=token, is_silent=is_silent(person.id))


@reminders.post("/reminders/stop/<token>")
@public
def stopped(token: str) -> Response:
    """Stop the reminders, or begin them again where they were stopped."""
    person = _whose(token)
    silent = is_silent(person.id)
    who = Actor(kind="visitor")
    with transaction():
        if silent:
            begin_reminders(who, person.id)
        else:
            stop_reminders(who, person.id)
    return redirect(url_for("reminders.stop", token=token))


def _whose(token: str) -> Person:
    person = person_of_token(token)
    if person is None:
        raise NotFound
    return person


def _by_letter(found: list[ToRemind]) -> list[ToRemind]:
    return [each for each in found if each.address is None and not each.silent]
