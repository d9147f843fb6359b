"""Exempting somebody from a skill, changing that and taking it back. Each says what it changes in coverage."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from training_app.accounts.policy import Permission
from training_app.clock import today
from training_app.database import transaction
from training_app.errors import Refused
from training_app.people.models import Person
from training_app.skills.actions import change_exemption, exempt, void_exemption
from training_app.skills.models import Exemption
from training_app.skills.queries import all_skills
from training_app.web.access import actor, requires
from training_app.web.asking import LARGEST_ID, asked_words
from training_app.web.forms import HouseForm, ReasonForm
from training_app.web.people import effects
from training_app.web.people.blueprint import found_exemption, found_person, people
from training_app.web.people.forms import ChangeExemptionForm, ExemptionForm

_ONE = f"/people/<reference>/exemptions/<int(max={LARGEST_ID}):exemption_id>"


@people.route("/people/<reference>/exemptions/new", methods=["GET", "POST"])
@requires(Permission.EXEMPT)
def new_exemption(reference: str) -> Response | tuple[str, int]:
    """Exempt somebody from a skill; `?skill=` proposes one."""
    person = found_person(reference)
    form = ExemptionForm()
    skills = all_skills()
    form.skill.choices = [("", "Choose a skill"), *((str(skill.id), skill.name) for skill in skills)]
    if not form.is_submitted():
        proposed = next((skill for skill in skills if skill.code == asked_words("skill")), None)
        form.skill.data = str(proposed.id) if proposed else ""
    if form.validate_on_submit():
        try:
            with transaction():
                exemption = exempt(
                    actor(),
                    person.id,
                    int(form.skill.data),
                    form.start_on.data,
                    form.reason.data,
                    form.end_on.data,
                )
        except Refused as refused:
            form.refuse(refused)
        else:
            return _done(person, effects.exempted(exemption, today()))
    return _page("exemption_new", form, person, None)


@people.route(f"{_ONE}/change", methods=["GET", "POST"])
@requires(Permission.EXEMPT)
def change_exemption_page(reference: str, exemption_id: int) -> Response | tuple[str, int]:
    """Change when an exemption ends, or its reason."""
    person = found_person(reference)
    exemption = found_exemption(person, exemption_id)
    form = ChangeExemptionForm(obj=exemption)
    if form.validate_on_submit():
        try:
            with transaction():
                change_exemption(
                    actor(),
                    exemption,
                    end_on=form.end_on.data,
                    reason=form.reason.data,
                    seen_version=form.seen_version,
                )
        except Refused as refused:
            form.refuse(refused)
            form.row_version.data = exemption.row_version
        else:
            return _done(person, effects.exempted(exemption, today()))
    return _page("exemption_change", form, person, exemption)


@people.route(f"{_ONE}/void", methods=["GET", "POST"])
@requires(Permission.EXEMPT)
def void_exemption_page(reference: str, exemption_id: int) -> Response | tuple[str, int]:
    """Take back an exemption that was entered by mistake."""
    person = found_person(reference)
    exemption = found_exemption(person, exemption_id)
    form = ReasonForm(row_version=exemption.row_version)
    if form.validate_on_submit():
        try:
            with transaction():
                void_exemption(actor(), exemption, form.reason.data, form.seen_version)
        except Refused as refused:
            form.refuse(refused)
            form.row_version.data = exemption.row_version
        else:
            return _done(person, effects.exemption_voided(exemption, today()))
    return _page("exemption_void", form, person, exemption)


def _done(person: Person, sentence: str) -> Response:
    flash(sentence, "success")
    return redirect(url_for("people.person", reference=person.reference))


def _page(template: str, form: HouseForm, person: Person, exemption: Exemption | None) -> tuple[str, int]:
    page = render_template(f"people/{template}.html", form=form, person=person, exemption=exemption)
    return page, form.status
