"""The organisations that people work or volunteer for."""

from __future__ import annotations

from flask import Response as File
from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from training_app.accounts.policy import Permission
from training_app.clock import today
from training_app.database import transaction
from training_app.errors import Refused
from training_app.files import Column, Table
from training_app.people.actions import add_organisation, change_organisation
from training_app.people.models import OrganisationKind
from training_app.people.queries import (
    ORGANISATION_SORTS,
    OrganisationsWanted,
    PeopleWanted,
    Presence,
    all_areas,
    organisations_page,
    organisations_wanted,
    people_page,
)
from training_app.people.scope import visible_organisations, visible_people
from training_app.web.access import account, actor, requires
from training_app.web.asking import LARGEST_ID, asked_choice, asked_page, asked_sort, asked_words
from training_app.web.downloads import download, each_format
from training_app.web.people.blueprint import found_organisation, people
from training_app.web.people.forms import KINDS, OrganisationForm


@people.get("/organisations")
@requires(Permission.SEE_PEOPLE)
def list_organisations() -> str:
    """List the organisations with how many people each has today."""
    wanted, places = _wanted(), visible_organisations(account())
    return render_template(
        "organisations/list.html",
        page=organisations_page(visible_people(account()), wanted, asked_page(), places=places),
        wanted=wanted,
        kinds=KINDS,
        kind_names=dict(KINDS),
        areas=[(area, area) for area in all_areas(places)],
    )


@each_format(people, "/organisations")
@requires(Permission.SEE_PEOPLE)
def organisations_file() -> File:
    """Return the same organisations as a file."""
    rows = [
        [each.organisation.name, each.organisation.kind, each.organisation.area, each.people]
        for each in organisations_wanted(visible_people(account()), _wanted(), places=visible_organisations(account()))
    ]
    names = ("organisation", "organisation_kind", "area", "people")
    return download(Table([Column(name) for name in names], rows), "organisations")


@people.route("/organisations/new", methods=["GET", "POST"])
@requires(Permission.CHANGE_ORGANISATIONS)
def new_organisation() -> Response | tuple[str, int]:
    """Add an organisation."""
    form = OrganisationForm()
    if form.validate_on_submit():
        try:
            with transaction():
                organisation = add_organisation(actor(), form.name.data, form.kind.data, form.area.data or None)
        except Refused as refused:
            form.refuse(refused)
        else:
            flash(f"{organisation.name} is added. It changes coverage once somebody is engaged there.", "success")
            return redirect(url_for("people.list_organisations"))
    page = render_template("organisations/new.html", form=form, areas=all_areas(visible_organisations(account())))
    return page, form.status


@people.route(f"/organisations/<int(max={LARGEST_ID}):organisation_id>", methods=["GET", "POST"])
@requires(Permission.CHANGE_ORGANISATIONS)
def organisation(organisation_id: int) -> Response | tuple[str, int]:
    """Show an organisation, and change its name, kind and area."""
    place = found_organisation(organisation_id)
    form = OrganisationForm(obj=place)
    if form.validate_on_submit():
        try:
            with transaction():
                change_organisation(
                    actor(),
                    place,
                    name=form.name.data,
                    kind=form.kind.data,
                    area=form.area.data or None,
                    seen_version=form.seen_version,
                )
        except Refused as refused:
            form.refuse(refused)
            form.row_version.data = place.row_version
        else:
            flash(f"{place.name} is saved. Coverage stays as it is.", "success")
            return redirect(url_for("people.list_organisations"))
    places = visible_organisations(account())
    here = PeopleWanted(on=today(), organisation_id=place.id, presence=Presence.CURRENT)
    page = render_template(
        "organisations/edit.html",
        form=form,
        organisation=place,
        areas=all_areas(places),
        kind_names=dict(KINDS),
        here=people_page(visible_people(account()), here, places=places).found,
    )
    return page, form.status


def _wanted() -> OrganisationsWanted:
    kind = asked_choice("kind", [value for value, _ in KINDS])
    return OrganisationsWanted(
        on=today(),
        words=asked_words("q"),
        kind=OrganisationKind(kind) if kind else None,
        area=asked_words("area"),
        sort=asked_sort(ORGANISATION_SORTS, "name"),
    )
