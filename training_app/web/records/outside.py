"""Training outside the catalogue as the hub keeps it: logged for somebody, mapped to skills, recognised at once."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from training_app.accounts.policy import Permission
from training_app.catalogue.queries import all_formats
from training_app.catalogue.rules import LONGEST_TITLE
from training_app.clock import today
from training_app.database import transaction
from training_app.errors import NotFound, Refused
from training_app.people.models import Person
from training_app.people.queries import organisations_of, visible_person
from training_app.people.rules import LONGEST_REASON, in_words
from training_app.people.scope import is_everything, people_engaged, visible_organisations, visible_people
from training_app.records.evidence import evidence_of
from training_app.records.models import Completion
from training_app.records.outside import Training, keep_for_next_time, log_outside, map_outside, recognise
from training_app.records.reflections import shared_reflection_of
from training_app.records.rules import LONGEST_NOTE, LONGEST_PROVIDER
from training_app.web.access import account, actor, may, own_path, requires
from training_app.web.asking import LARGEST_ID, asked_words
from training_app.web.catalogue.forms import HoursField
from training_app.web.components.fields import (
    DayField,
    HeldField,
    ListField,
    LongTextField,
    Needed,
    RadiosField,
    TextField,
    TickField,
    TidyString,
)
from training_app.web.forms import HouseForm
from training_app.web.records.blueprint import back_to, came_from, found_entry, records
from training_app.web.records.effects import holdings, moved
from training_app.web.records.worth import WorthForm, proposal, recognising

FORMAL, INFORMAL = "formal", "informal"


class TrainingFields(HouseForm):
    """What is typed about training outside the catalogue, but for its day, which each form asks in its own way."""

    title = TextField(
        "What was it?", filters=[TidyString("The title", LONGEST_TITLE)], validators=[Needed("Say what it was")]
    )
    provider = TextField("Who ran it? (optional)", filters=[TidyString("The provider", LONGEST_PROVIDER)])
    hours = HoursField("How many hours? (optional)", filters=[TidyString("The hours", 20)])
    formal = RadiosField(
        "Was it formal or informal? (optional)",
        choices=[(FORMAL, "Formal: a course, a workshop, a qualification"), (INFORMAL, "Informal: anything else")],
    )
    note = LongTextField("Note (optional)", filters=[TidyString("The note", LONGEST_NOTE)])

    def training(self, completed_on: date) -> Training:
        """Return what was said; only for a form that was found right."""
        return Training(
            self.title.data or "",
            completed_on,
            self.provider.data or None,
            self.hours.number,
            {FORMAL: True, INFORMAL: False}.get(self.formal.data or ""),
            self.note.data or None,
        )

    def fill_from(self, entry: Completion) -> None:
        """Show what an entry says now."""
        self.title.data, self.provider.data, self.note.data = entry.version.title, entry.provider, entry.note
        self.hours.data = "" if entry.hours is None else f"{Decimal(entry.hours).normalize():f}"
        if entry.version.is_formal is not None:
            self.formal.data = FORMAL if entry.version.is_formal else INFORMAL


class LogForForm(TrainingFields):
    """Training that somebody else did outside the catalogue."""

    completed_on = DayField("When was it completed?", what="the day", default=today, latest=today)
    back = HeldField()


class RecogniseForm(WorthForm, TrainingFields):
    """The same, with what it gives."""

    completed_on = DayField("When was it completed?", what="the day", latest=today)
    back = HeldField()


class MapForm(WorthForm):
    """What an entry gives; with the reason where it is said anew; perhaps kept as a module for next time."""

    reason = TextField(
        "Why is this said anew?",
        filters=[TidyString("The reason", LONGEST_REASON)],
        validators=[Needed("Give a reason")],
    )
    keep = TickField("Keep it as a module of the catalogue for next time")
    code = TextField("Its code", filters=[TidyString("The code", 100)])
    format = ListField("How is it learned?")
    back = HeldField()


@records.route("/people/<reference>/outside", methods=["GET", "POST"])
@requires(Permission.RECORD_COMPLETIONS)
def log_outside_for(reference: str) -> Response | tuple[str, int]:
    """Log training outside the catalogue for somebody; it waits until somebody at the hub has said what it gives."""
    person = _recordable(reference)
    form = LogForForm()
    if not form.is_submitted():
        form.back.data = came_from()
    if form.validate_on_submit():
        person_id, name, day = person.id, person.name, form.completed_on.data
        try:
            with transaction():
                logged = log_outside(
                    actor(), person_id, form.training(day), for_organisation_id=_for_organisation(person_id)
                )
                is_new, title = logged.is_new, logged.completion.version.title
        except Refused as refused:
            form.refuse(refused)
        else:
            flash(
                f"{title} is logged for {name}. It counts for nothing until somebody at the hub has said what it gives."
                if is_new
                else f"{name} has {title} on {in_words(day)} already, so it was not logged twice.",
                "success" if is_new else "note",
            )
            return redirect(_back(form.back.data, person))
    return render_template(
        "records/outside.html",
        form=form,
        person=person,
        back=_back(form.back.data, person),
        recognising=recognising() if may(Permission.MAP_TRAINING) else [],
    ), form.status


@records.route("/people/<reference>/recognise", methods=["GET", "POST"])
@requires(Permission.MAP_TRAINING)
def recognise_for(reference: str) -> Response | tuple[str, int]:
    """Recognise what somebody did elsewhere: log it, say what it gives and confirm it, on one screen. `as` in the address
    names the module whose title, skills and end are proposed."""
    person = _recordable(reference)
    form = RecogniseForm.with_skills()
    proposed = proposal("", asked_words("as"))
    if not form.is_submitted():
        form.back.data = came_from()
        if proposed is not None:
            form.title.data = proposed.current.title
            form.propose(proposed.current)
    if form.validate_on_submit():
        person_id, name, day = person.id, person.name, form.completed_on.data
        before = holdings(person_id, today())
        try:
            with transaction():
                done = recognise(
                    actor(),
                    person_id,
                    form.training(day),
                    form.worth(),
                    for_organisation_id=_for_organisation(person_id),
                )
                title, is_new = done.completion.version.title, done.is_new
        except Refused as refused:
            form.refuse(refused)
        else:
            flash(
                f"{title} is recognised. {moved(name, before, holdings(person_id, today()))}"
                if is_new
                else f"{name} has {title} on {in_words(day)} already, so it was not recorded twice.",
                "success" if is_new else "note",
            )
            return redirect(_back(form.back.data, person))
    return render_template(
        "records/recognise.html", form=form, person=person, proposed=proposed, back=_back(form.back.data, person)
    ), form.status


@records.route(f"/records/<int(max={LARGEST_ID}):outside_id>/map", methods=["GET", "POST"])
@requires(Permission.MAP_TRAINING)
def map_entry(outside_id: int) -> Response | tuple[str, int]:
    """Say what training outside the catalogue gives, and confirm it by that; or say it anew, with the reason."""
    entry = _outside_entry(outside_id)
    form = MapForm.with_skills()
    form.format.choices = [("", "Choose"), *((str(each.id), each.name) for each in all_formats())]
    is_mapped = not entry.version.awaits_mapping
    if not is_mapped:
        del form.reason
    proposed = None if is_mapped else proposal(entry.version.title, asked_words("as"))
    if not form.is_submitted():
        form.back.data = came_from()
        if is_mapped:
            form.propose(entry.version)
        elif proposed is not None:
            form.propose(proposed.current)
    if form.validate_on_submit() and _knows_what_to_keep(form):
        answer = _map(form, entry)
        if answer is not None:
            return answer
    if form.is_overtaken or not form.is_submitted():
        form.row_version.data = str(entry.row_version)
    return render_template(
        "records/map.html",
        form=form,
        entry=entry,
        is_mapped=is_mapped,
        proposed=proposed,
        recognising=[] if is_mapped else recognising(),
        files=evidence_of([entry.id]).get(entry.id, ()),
        reflection=shared_reflection_of(entry.id),
        back=back_to(entry, form),
    ), form.status


def _map(form: MapForm, entry: Completion) -> Response | None:
    """Keep what the form says and say what it changed; None where it was refused, with the reason at its field."""
    back = back_to(entry, form)
    entry_id, person_id, name, title = entry.id, entry.person_id, entry.person.name, entry.version.title
    before = holdings(person_id, today())
    kept = ""
    try:
        with transaction():
            reason = (form.reason.data or "") if "reason" in form else ""
            standing = map_outside(
                actor(), found_entry(entry_id, to_change=True), form.worth(), reason, form.seen_version
            )
            if form.keep.data:
                module = keep_for_next_time(actor(), standing, form.code.data or "", int(form.format.data))
                kept = f" It is kept in the catalogue as {module.code}."
    except NotFound:
        raise
    except Refused as refused:
        form.refuse(refused)
        return None
    flash(f"{title} is confirmed. {moved(name, before, holdings(person_id, today()))}{kept}", "success")
    return redirect(back)


def _knows_what_to_keep(form: MapForm) -> bool:
    """Say whether a form that is to be kept as a module says under which code and as what."""
    if not form.keep.data:
        return True
    if not form.code.data:
        form.code.errors = ["Enter a code, such as OBS-01"]
    if not form.format.data:
        form.format.errors = ["Choose how it is learned"]
    return not form.errors


def _outside_entry(completion_id: int) -> Completion:
    entry = found_entry(completion_id)
    if not entry.is_outside:
        raise NotFound
    return entry


def _recordable(reference: str) -> Person:
    """Return somebody for whom the visitor may record something, as on the page where completions are recorded."""
    places = visible_organisations(account())
    people = visible_people(account()) if is_everything(places) else people_engaged(places, today())
    person = visible_person(people, reference)
    if person is None or person.erased_at is not None:
        raise NotFound
    return person


def _for_organisation(person_id: int) -> int | None:
    places = visible_organisations(account())
    return None if is_everything(places) else organisations_of([person_id], places, today()).get(person_id)


def _back(named: str | None, person: Person) -> str:
    return own_path(named) or url_for("people.person", reference=person.reference)
