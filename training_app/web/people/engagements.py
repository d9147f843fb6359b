"""Adding, changing, ending and taking back engagements. Each says what it changes in coverage."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from training_app.accounts.policy import Permission
from training_app.clock import today
from training_app.database import transaction
from training_app.errors import Refused
from training_app.people.actions import begin_engagement, change_engagement, end_engagement, void_engagement
from training_app.people.models import Engagement, Person
from training_app.people.queries import all_groups, all_organisations, person_by_id
from training_app.people.scope import visible_organisations, visible_people
from training_app.web.access import account, actor, requires
from training_app.web.asking import LARGEST_ID
from training_app.web.forms import HouseForm, ReasonForm
from training_app.web.people import effects
from training_app.web.people.blueprint import found_engagement, found_person, people
from training_app.web.people.forms import AddPersonForm, ChangeEngagementForm, EndEngagementForm, EngagementForm

_ONE = f"/people/<reference>/engagements/<int(max={LARGEST_ID}):engagement_id>"


def offer_choices(form: AddPersonForm | EngagementForm) -> None:
    """Give a form the groups there are, and the organisations that the visitor may see."""
    form.organisation.choices = [
        ("", ""),
        *((str(key), name) for key, name in all_organisations(visible_organisations(account()))),
    ]
    form.group.choices = [("", "Choose a group"), *((str(group.id), group.name) for group in all_groups())]


@people.route("/people/<reference>/engagements/new", methods=["GET", "POST"])
@requires(Permission.CHANGE_PEOPLE)
def new_engagement(reference: str) -> Response | tuple[str, int]:
    """Add an engagement."""
    person = found_person(reference)
    form = EngagementForm()
    offer_choices(form)
    if form.validate_on_submit():
        try:
            with transaction():
                engagement = begin_engagement(
                    actor(),
                    person.id,
                    int(form.organisation.data),
                    int(form.group.data),
                    form.start_on.data,
                    form.end_on.data,
                    form.job_title.data or None,
                )
        except Refused as refused:
            form.refuse(refused)
        else:
            return _done(person, effects.begun(engagement, today(), visible_organisations(account())))
    return _page("engagement_new", form, person, None)


@people.route(f"{_ONE}/change", methods=["GET", "POST"])
@requires(Permission.CHANGE_PEOPLE)
def change_engagement_page(reference: str, engagement_id: int) -> Response | tuple[str, int]:
    """Put an engagement's job title and days right."""
    person = found_person(reference)
    engagement = found_engagement(person, engagement_id)
    form = ChangeEngagementForm(obj=engagement)
    before = (engagement.start_on, engagement.end_on)
    if form.validate_on_submit():
        try:
            with transaction():
                change_engagement(
                    actor(),
                    engagement,
                    job_title=form.job_title.data or None,
                    start_on=form.start_on.data,
                    end_on=form.end_on.data,
                    seen_version=form.seen_version,
                )
        except Refused as refused:
            form.refuse(refused)
            form.row_version.data = engagement.row_version
        else:
            return _done(person, effects.changed(engagement, before, today(), visible_organisations(account())))
    return _page("engagement_change", form, person, engagement)


@people.route(f"{_ONE}/end", methods=["GET", "POST"])
@requires(Permission.CHANGE_PEOPLE)
def end_engagement_page(reference: str, engagement_id: int) -> Response | tuple[str, int]:
    """Say on which day somebody leaves a group."""
    person = found_person(reference)
    engagement = found_engagement(person, engagement_id)
    form = EndEngagementForm(row_version=engagement.row_version, end_on=engagement.end_on or today())
    before = (engagement.start_on, engagement.end_on)
    if form.validate_on_submit():
        try:
            with transaction():
                end_engagement(actor(), engagement, form.end_on.data, form.seen_version)
        except Refused as refused:
            form.refuse(refused)
            form.row_version.data = engagement.row_version
        else:
            return _done(person, effects.ended(engagement, before, today(), visible_organisations(account())))
    return _page("engagement_end", form, person, engagement)


@people.route(f"{_ONE}/void", methods=["GET", "POST"])
@requires(Permission.CHANGE_PEOPLE)
def void_engagement_page(reference: str, engagement_id: int) -> Response | tuple[str, int]:
    """Take back an engagement that was entered by mistake."""
    person = found_person(reference)
    engagement = found_engagement(person, engagement_id)
    form = ReasonForm(row_version=engagement.row_version)
    if form.validate_on_submit():
        try:
            with transaction():
                void_engagement(actor(), engagement, form.reason.data, form.seen_version)
        except Refused as refused:
            form.refuse(refused)
            form.row_version.data = engagement.row_version
        else:
            return _done(person, effects.voided(engagement, today(), visible_organisations(account())))
    return _page("engagement_void", form, person, engagement)


def _done(person: Person, sentence: str) -> Response:
    flash(sentence, "success")
    is_seen = person_by_id(visible_people(account()), person.id) is not None
    return redirect(url_for("people.person", reference=person.reference) if is_seen else url_for("people.list_people"))


def _page(template: str, form: HouseForm, person: Person, engagement: Engagement | None) -> tuple[str, int]:
    page = render_template(f"people/{template}.html", form=form, person=person, engagement=engagement)
    return page, form.status
