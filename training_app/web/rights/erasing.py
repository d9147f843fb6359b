"""Erasing somebody: what goes and what stays, where else they are named, and doing it."""

from __future__ import annotations

from pathlib import Path

from flask import current_app, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from training_app.accounts.policy import Permission
from training_app.clock import today
from training_app.database import transaction
from training_app.errors import NotFound, Refused
from training_app.people.models import Person
from training_app.people.queries import Presence, engagements_of_people, presence_of
from training_app.people.scope import everywhere
from training_app.stewardship.erase import GOES_AND_STAYS, erase_person, forget_old_pages, named_elsewhere
from training_app.stewardship.person import held_about
from training_app.web.access import actor, requires
from training_app.web.people.blueprint import found_person
from training_app.web.rights.blueprint import rights
from training_app.web.rights.forms import EraseForm


@rights.route("/people/<reference>/erase", methods=["GET", "POST"])
@requires(Permission.ERASE_PEOPLE)
def erase(reference: str) -> Response | tuple[str, int]:
    """Show what an erasure takes away, and do it once the reason and the reference are typed."""
    person = found_person(reference)
    if person.erased_at is not None:
        raise NotFound
    form = EraseForm()
    if not form.is_submitted():
        form.row_version.data = person.row_version
    if form.validate_on_submit():
        try:
            if form.reference.data != person.reference:
                raise Refused("This is not their reference. Type it as it stands above.", "reference")
            with transaction():
                erase_person(actor(), person, form.reason.data, _instance(), form.seen_version)
        except Refused as refused:
            form.refuse(refused)
            form.row_version.data = person.row_version
        else:
            is_tidy = forget_old_pages()
            flash(
                "The person is erased. What they count for in past figures stays, without a name."
                + (
                    ""
                    if is_tidy
                    else " The database was too busy to overwrite its old pages; the next erasure does it."
                ),
                "success",
            )
            return redirect(url_for("people.list_people"))
    return _page(form, person), form.status


def _page(form: EraseForm, person: Person) -> str:
    entries = engagements_of_people([person.id], places=everywhere()).get(person.id, [])
    return render_template(
        "rights/erase.html",
        form=form,
        person=person,
        goes_and_stays=[
            (heading, len(entries), *GOES_AND_STAYS[heading]) for heading, entries in held_about(person.id).items()
        ],
        elsewhere=named_elsewhere(person),
        is_still_here=presence_of(entries, today()) in (Presence.CURRENT, Presence.TO_COME),
    )


def _instance() -> Path:
    folder: Path = current_app.config["SETTINGS"].instance
    return folder
