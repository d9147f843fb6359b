"""Waiving a module for somebody, and taking that back."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from training_app.accounts.policy import Permission
from training_app.assignments.actions import void_waiver, waive
from training_app.assignments.queries import waiver_of
from training_app.catalogue.queries import modules_on_offer
from training_app.clock import today
from training_app.database import transaction
from training_app.errors import NotFound, Refused
from training_app.web.access import actor, requires
from training_app.web.asking import LARGEST_ID, asked_words
from training_app.web.assignments.blueprint import assignments
from training_app.web.assignments.forms import WaiverForm
from training_app.web.forms import ReasonForm
from training_app.web.people.blueprint import found_person


@assignments.route("/people/<reference>/waivers/new", methods=["GET", "POST"])
@requires(Permission.ASSIGN)
def new_waiver(reference: str) -> Response | tuple[str, int]:
    """Ask a module no more of somebody; `?module=` proposes one."""
    person = found_person(reference)
    form = WaiverForm()
    offered = modules_on_offer(today())
    form.module.choices = [
        ("", "Choose a module"),
        *((str(number), f"{code} {title}") for number, code, title in offered),
    ]
    if not form.is_submitted():
        proposed = asked_words("module").casefold()
        form.module.data = next((str(number) for number, code, _ in offered if code.casefold() == proposed), "")
    if form.validate_on_submit():
        try:
            with transaction():
                waive(
                    actor(),
                    person.id,
                    int(form.module.data),
                    form.start_on.data,
                    form.reason.data,
                    form.end_on.data,
                )
        except Refused as refused:
            form.refuse(refused)
        else:
            flash(f"The module is not asked of {person.name} on these days.", "success")
            return redirect(url_for("people.person", reference=person.reference) + "#asked")
    return render_template("assignments/waiver_new.html", form=form, person=person), form.status


@assignments.route(f"/people/<reference>/waivers/<int(max={LARGEST_ID}):waiver_id>/take-back", methods=["GET", "POST"])
@requires(Permission.ASSIGN)
def take_waiver_back(reference: str, waiver_id: int) -> Response | tuple[str, int]:
    """Take back a waiver that was given by mistake."""
    person = found_person(reference)
    waiver = waiver_of(person.id, waiver_id)
    if waiver is None:
        raise NotFound
    form = ReasonForm(row_version=waiver.row_version)
    if form.validate_on_submit():
        try:
            with transaction():
                void_waiver(actor(), waiver, form.reason.data, form.seen_version)
        except Refused as refused:
            form.refuse(refused)
            form.row_version.data = waiver.row_version
        else:
            flash("Taken back. The module is asked again where it was.", "success")
            return redirect(url_for("people.person", reference=person.reference) + "#asked")
    return render_template("assignments/waiver_take_back.html", form=form, person=person, waiver=waiver), form.status
