"""Who left so long ago that what is held about them is to be looked at: kept for now, or erased."""

from __future__ import annotations

from flask import Response as File
from flask import current_app, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from training_app.accounts.policy import Permission
from training_app.clock import today
from training_app.database import transaction
from training_app.errors import NotFound, Refused
from training_app.files import Column, Table
from training_app.people.actions import keep_leaver
from training_app.people.queries import LeaverDue, leaver_due, leavers_due
from training_app.people.rules import in_words
from training_app.people.scope import visible_people
from training_app.web.access import account, actor, requires
from training_app.web.downloads import download, each_format
from training_app.web.people.blueprint import found_person
from training_app.web.rights.blueprint import rights
from training_app.web.rights.forms import KeepForm


def review_after_years() -> int:
    """Return how long the hub keeps what is held about whoever left, in years."""
    years: int = current_app.config["SETTINGS"].review_after_years
    return years


@rights.get("/people/review")
@requires(Permission.ERASE_PEOPLE)
def review() -> str:
    """List who left so long ago that what is held about them is to be looked at."""
    return render_template("rights/review.html", due=_due(), years=review_after_years())


@each_format(rights, "/people/review")
@requires(Permission.ERASE_PEOPLE)
def review_file() -> File:
    """Return the same list as a file."""
    rows = [[each.person.reference, each.person.name, each.left_on, each.due_since] for each in _due()]
    return download(Table([Column(name) for name in ("person", "name", "left_on", "due_since")], rows), "review")


@rights.route("/people/<reference>/keep", methods=["GET", "POST"])
@requires(Permission.ERASE_PEOPLE)
def keep(reference: str) -> Response | tuple[str, int]:
    """Keep what is held about somebody who left until a later day."""
    person = found_person(reference)
    leaver = leaver_due(person, today(), review_after_years())
    if person.erased_at is not None:
        raise NotFound
    if leaver is None:
        raise Refused(f"{person.name} has not left, so there is nothing to keep for now.")
    form = KeepForm()
    if form.validate_on_submit():
        try:
            with transaction():
                until = keep_leaver(actor(), person, form.until.data, form.reason.data).until
        except Refused as refused:
            form.refuse(refused)
        else:
            flash(
                f"What is held about {person.name} is kept until {in_words(until)}, and is listed here again then.",
                "success",
            )
            return redirect(url_for("rights.review"))
    return render_template("rights/keep.html", form=form, person=person, leaver=leaver), form.status


def _due() -> list[LeaverDue]:
    return leavers_due(visible_people(account()), today(), review_after_years())
