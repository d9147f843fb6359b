"""The list of people, a person's page, adding somebody and changing who they are."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response as File
from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from training_app.accounts.policy import Permission
from training_app.accounts.queries import accounts_of_people
from training_app.assignments.queries import duties_of, known_facts, waivers_of
from training_app.clock import today
from training_app.corrections.queries import described, requests_of
from training_app.coverage.next_steps import closing, modules_that_give
from training_app.coverage.queries import in_date_until, standing_of
from training_app.coverage.standing import State
from training_app.database import transaction
from training_app.errors import NotFound, Refused
from training_app.files import Column, Table
from training_app.people.actions import add_person, begin_engagement, change_person
from training_app.people.doubles import add_starter, change_details
from training_app.people.models import Person
from training_app.people.queries import (
    PEOPLE_SORTS,
    PeopleWanted,
    Presence,
    all_areas,
    all_groups,
    all_organisations,
    engagements_of_people,
    next_reference,
    own_references_of,
    people_page,
    people_with_engagements,
    presence_of,
    probable_doubles,
    shared_among,
)
from training_app.people.rules import name_key
from training_app.people.scope import is_everything, visible_organisations, visible_people
from training_app.records.queries import completions_of, details_told, those_told_in_full
from training_app.skills.levels import Level
from training_app.skills.queries import exemptions_of
from training_app.web.access import account, actor, may, requires
from training_app.web.asking import (
    EVIDENCE_RULES,
    AskedDay,
    asked_choice,
    asked_day,
    asked_evidence,
    asked_number,
    asked_page,
    asked_sort,
    asked_words,
)
from training_app.web.assignments.showing import told_to
from training_app.web.downloads import download, each_format
from training_app.web.people import doubles as probable
from training_app.web.people import effects, engagements, exemptions, history, organisations, skills
from training_app.web.people.blueprint import found_person, people
from training_app.web.people.forms import AddPersonForm, PersonForm
from training_app.web.records.blueprint import those_to_decide
from training_app.web.records.worth import recognising
from training_app.web.telling import history_of

__all__ = ["engagements", "exemptions", "history", "organisations", "people", "probable", "skills"]

PRESENCES = (
    (Presence.CURRENT.value, "Here on that day"),
    (Presence.TO_COME.value, "To come"),
    (Presence.LEFT.value, "Left"),
    (Presence.NONE.value, "No engagement"),
)


@people.get("/people")
@requires(Permission.SEE_PEOPLE)
def list_people() -> tuple[str, int]:
    """List the people whom the visitor may see, as asked for in the address."""
    as_at = asked_day()
    wanted, places = people_wanted(as_at), visible_organisations(account())
    return render_template(
        "people/list.html",
        page=people_page(visible_people(account()), wanted, asked_page(), places=places),
        wanted=wanted,
        as_at=as_at,
        presences=PRESENCES,
        groups=[(group.code, group.name) for group in all_groups()],
        organisations=all_organisations(places),
        areas=[(area, area) for area in all_areas(places)],
    ), as_at.status


@each_format(people, "/people")
@requires(Permission.SEE_PEOPLE)
def people_file() -> File:
    """Return the same people as a file: a row for each engagement, in the form that can be brought in again."""
    as_at = asked_day()
    if as_at.error:
        raise Refused(as_at.error)
    names = ("reference", "name", "email", "organisation", "organisation_kind", "area")
    more = ("workforce_group", "job_title", "start_on", "end_on")
    rows = []
    places = visible_organisations(account())
    found = people_with_engagements(visible_people(account()), people_wanted(as_at), places=places)
    shared = shared_among({person.id for person, _ in found}, places=places)
    for person, engagement in found:
        who: list[object] = [person.reference, person.name, None if person.id in shared else person.email]
        if engagement is None:
            rows.append([*who, *[None] * 7])
            continue
        place = engagement.organisation
        rows.append(
            [
                *who,
                *(place.name, place.kind, place.area),
                *(engagement.group.code, engagement.job_title, engagement.start_on, engagement.end_on),
            ]
        )
    return download(Table([Column(name) for name in names + more], rows), "people")


@people.route("/people/new", methods=["GET", "POST"])
@requires(Permission.CHANGE_PEOPLE)
def new_person() -> Response | tuple[str, int]:
    """Add somebody with their first engagement; whoever is probably the same person is shown first."""
    form = AddPersonForm()
    may_choose = may(Permission.CHOOSE_REFERENCES)
    engagements.offer_choices(form)
    if not may_choose:
        form.without("reference")
    elif not form.is_submitted():
        form.reference.data = next_reference()
    doubles: Sequence[Person] = []
    if form.validate_on_submit():
        shown_for = f"{name_key(form.name.data)} {form.email.data.casefold()}".strip()
        doubles = probable_doubles(
            visible_people(account()), form.name.data, form.email.data, places=visible_organisations(account())
        )
        if doubles and form.same_as_shown.data != shown_for:
            form.same_as_shown.data = shown_for
            return _add_page(form, doubles)
        try:
            with transaction():
                name, email = form.name.data, form.email.data or None
                person = (
                    add_person(actor(), form.reference.data, name, email)
                    if may_choose
                    else add_starter(
                        actor(),
                        name,
                        email,
                        people=visible_people(account()),
                        places=visible_organisations(account()),
                    )
                )
                engagement = begin_engagement(
                    actor(),
                    person.id,
                    int(form.organisation.data),
                    int(form.group.data),
                    form.start_on.data,
                    job_title=form.job_title.data or None,
                )
        except Refused as refused:
            form.refuse(refused)
        else:
            flash(
                f"{person.name} is added. {effects.begun(engagement, today(), visible_organisations(account()))}",
                "success",
            )
            return redirect(url_for("people.person", reference=person.reference))
    return _add_page(form, [])


@people.get("/people/<reference>")
@requires(Permission.SEE_PEOPLE)
def person(reference: str) -> tuple[str, int]:
    """Show who somebody is, where they are engaged, how they stand in each skill and why, and what they completed."""
    who = found_person(reference)
    as_at, evidence, places = asked_day(), asked_evidence(), visible_organisations(account())
    standings = standing_of(who.id, as_at.on, evidence, places=places)
    asked = [each for each in standings if each.required is not Level.NONE]
    counted = [each for each in asked if each.state is not State.EXEMPT]
    held = [each for each in counted if each.state is State.MET]
    gaps = [each for each in counted if each.state is not State.MET]
    modules = modules_that_give(known_facts(), [each.skill.id for each in gaps], today()) if gaps else []
    entries = engagements_of_people([who.id], places=places).get(who.id, [])
    completions = completions_of(who.id, places=places)
    may_manage_accounts = may(Permission.MANAGE_ACCOUNTS)
    corrections = requests_of(who.id) if may(Permission.ANSWER_CORRECTIONS) else []
    return render_template(
        "people/person.html",
        person=who,
        accounts=accounts_of_people([who.id]).get(who.id, []) if may_manage_accounts else [],
        may_manage_accounts=may_manage_accounts,
        is_shared=bool(shared_among([who.id], places=places)),
        as_at=as_at,
        evidence=evidence,
        evidence_rules=EVIDENCE_RULES,
        engagements=entries,
        presence=presence_of(entries, as_at.on),
        is_recordable=is_everything(places) or presence_of(entries, today()) is Presence.CURRENT,
        today=today(),
        asked=asked,
        also_held=[each for each in standings if each.required is Level.NONE],
        counted=counted,
        held=held,
        would_give={
            each.skill.id: closing(modules, each.skill.id, each.required, [group.id for group in each.asked_by])[:1]
            for each in gaps
        },
        in_date_until=in_date_until(who.id, as_at.on, evidence, places=places) if held and held == counted else None,
        exemptions=exemptions_of(who.id),
        own_references=own_references_of(who.id, places=places),
        history=history_of(history.about(who.id)),
        completions=completions,
        in_full=those_told_in_full(completions, places=places),
        to_decide=those_to_decide(completions),
        recognising=recognising() if may(Permission.MAP_TRAINING) else [],
        corrections=corrections,
        corrections_about=described(corrections) if corrections else {},
        owed=told_to(
            duties_of(who.id, as_at.on, places=places), known_facts(), as_at.on, reasons=may(Permission.ASSIGN)
        ),
        waivers=waivers_of(who.id) if may(Permission.ASSIGN) else [],
    ), as_at.status


@each_format(people, "/people/<reference>")
@requires(Permission.SEE_PEOPLE)
def person_file(reference: str) -> File:
    """Return what somebody completed as a file."""
    who = found_person(reference)
    places = visible_organisations(account())
    entries = completions_of(who.id, places=places)
    in_full = those_told_in_full(entries, places=places)
    names = ("person", "module", "title", "completed_on", "evidence", "valid_until", "hours", "provider", "note")
    rows = [
        [
            *(who.reference, each.code, each.title(each.id in in_full), each.completed_on, each.evidence),
            *(each.valid_until, *details_told(each, in_full)),
        ]
        for each in entries
    ]
    return download(Table([Column(name) for name in names], rows), who.reference)


@people.route("/people/<reference>/edit", methods=["GET", "POST"])
@requires(Permission.CHANGE_PEOPLE)
def edit_person(reference: str) -> Response | tuple[str, int]:
    """Change somebody's reference, name and e-mail; for a coordinator name and e-mail, of those engaged nowhere else."""
    who = found_person(reference)
    seen, places = visible_people(account()), visible_organisations(account())
    if shared_among([who.id], places=places):
        raise NotFound
    form = PersonForm(obj=who)
    may_choose = may(Permission.CHOOSE_REFERENCES)
    if not may_choose:
        form.without("reference")
    if form.validate_on_submit():
        details = {"name": form.name.data, "email": form.email.data or None, "seen_version": form.seen_version}
        try:
            with transaction():
                if may_choose:
                    change_person(actor(), who, reference=form.reference.data, **details)
                else:
                    change_details(actor(), who, people=seen, places=places, **details)
        except Refused as refused:
            form.refuse(refused)
            form.row_version.data = who.row_version
        else:
            flash(f"The details of {who.name} are saved. Coverage stays as it is.", "success")
            return redirect(url_for("people.person", reference=who.reference))
    return render_template("people/edit.html", form=form, person=who), form.status


def people_wanted(as_at: AskedDay) -> PeopleWanted:
    presence = asked_choice("when", [value for value, _ in PRESENCES])
    return PeopleWanted(
        on=as_at.on,
        words=asked_words("q"),
        group=asked_words("group"),
        organisation_id=asked_number("organisation"),
        area=asked_words("area"),
        presence=Presence(presence) if presence else None,
        sort=asked_sort(PEOPLE_SORTS, "name"),
    )


def _add_page(form: AddPersonForm, doubles: Sequence[Person]) -> tuple[str, int]:
    places, ids = visible_organisations(account()), [each.id for each in doubles]
    return render_template(
        "people/new.html",
        form=form,
        doubles=doubles,
        shared=shared_among(ids, places=places),
        engagements=engagements_of_people(ids, places=places),
    ), form.status
