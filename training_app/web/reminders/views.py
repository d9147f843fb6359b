"""Who is to be reminded of what, letters to print, what lapsed before mail was on; and stopping one's own reminders."""

from __future__ import annotations

import json
from collections.abc import Collection
from hashlib import sha256

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
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
from training_app.reminders.actions import begin_reminders, letters_written, one_at_a_time, stop_reminders
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
# What the form behind the link in a reminder says that it wants.
STOP, BEGIN = "stop", "begin"


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
        shown=_as_shown(found[:MOST_LETTERS]),
        more=len(found[MOST_LETTERS:]),
        on=on,
        words=status_words,
    )


@reminders.post("/reminders/letters")
@requires(Permission.MANAGE_MAIL)
def letters_printed() -> Response:
    """Keep that the letters were printed, so that the next run does not ask for the same again: those that the page showed, as
    far as they still say the same."""
    shown = dict(each.rpartition(":")[::2] for each in request.form.get("shown", "").split())
    on, since = today_and_since()
    with transaction():
        one_at_a_time()
        found = _by_letter(whom_to_remind(visible_people(account()), on, since))
        printed = [each for each in found if shown.get(each.reference) == _digest(each)]
        letters_written(actor(), printed)
    changed = sum(each.reference in shown for each in found) - len(printed)
    flash(_what_became(len(printed), changed, len(found) - len(printed)), "success" if printed else "important")
    return redirect(url_for("reminders.overview"))


@reminders.get("/reminders/stop/<token>")
@public
def stop(token: str) -> str:
    """Ask whoever follows the link in a reminder whether they want no more."""
    person = _whose(token)
    silent = is_silent(person.id)
    return render_template("reminders/stop.html", token=token, is_silent=silent, wanted=BEGIN if silent else STOP)


@reminders.post("/reminders/stop/<token>")
@public
def stopped(token: str) -> Response:
    """Stop the reminders or begin them again, whichever the form says: sent twice, or by two pages, it is the same as once."""
    wish = {STOP: stop_reminders, BEGIN: begin_reminders}.get(request.form.get("wanted", ""))
    with transaction():
        person = _whose(token)
        if wish is not None:
            wish(Actor(kind="visitor"), person.id)
    if wish is None:
        flash("Nothing was changed. Press the button below if you want to.", "note")
    return redirect(url_for("reminders.stop", token=token))


def _whose(token: str) -> Person:
    person = person_of_token(token)
    if person is None:
        raise NotFound
    return person


def _by_letter(found: list[ToRemind]) -> list[ToRemind]:
    return [each for each in found if each.address is None and not each.silent]


def _as_shown(letters: Collection[ToRemind]) -> str:
    """Return what the form carries about the letters on its page: to whom each goes, and a digest of it."""
    return " ".join(f"{each.reference}:{_digest(each)}" for each in letters)


def _digest(letter: ToRemind) -> str:
    """Return a digest of what a letter says and of why it is written now, since the same words come round again."""
    said = [
        [duty.module.code, duty.module.title, float(duty.module.hours), status_words(duty), str(occasion)]
        for duty, occasion in letter.reasons
    ]
    return sha256(json.dumps([letter.person_id, letter.name, said]).encode()).hexdigest()[:32]


def _what_became(printed: int, changed: int, left: int) -> str:
    """Say how many letters are marked, how many of those shown are not because they changed, and how many are left."""
    sentences = []
    if printed:
        sentences.append(f"{count(printed, 'letter is', 'letters are')} written. The same is not asked for again.")
    if changed == 1:
        sentences.append(
            "1 letter has changed since it was shown to you, or has come round again, so it is not marked."
        )
    elif changed:
        sentences.append(
            f"{changed} letters have changed since they were shown to you, or have come round again, so they are not marked."
        )
    if not sentences:
        sentences.append("Nothing was marked: these letters were marked before, or are not needed any more.")
    if left:
        sentences.append(f"{count(left, 'letter is', 'letters are')} still to be printed.")
    return " ".join(sentences)
