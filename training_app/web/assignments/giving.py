"""Asking people to do a module or a pathway: whom, what, by when and why; then who is asked and who is left out; and what was
asked before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response as File
from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from training_app.accounts.policy import Permission
from training_app.assignments.actions import CHANGED_SINCE_SHOWN, assign, take_back, take_back_from, to_be_asked
from training_app.assignments.models import Assignment, AssignmentBatch
from training_app.assignments.queries import (
    all_batches,
    assignments_of,
    batches_page,
    duties_of_people,
    known_facts,
    module_facts,
)
from training_app.assignments.rules import Counted, Duty, Shown, digest_of_asked
from training_app.catalogue.models import Module, Pathway
from training_app.catalogue.queries import module_by_code
from training_app.clock import today
from training_app.coverage.next_steps import helpful, modules_that_give
from training_app.database import transaction
from training_app.delivery.models import BookingState
from training_app.delivery.queries import bookings_of_session, session_seen, sessions_seen
from training_app.errors import ChangedMeanwhile, NotFound, Refused
from training_app.files import Column, Table
from training_app.people.models import Person
from training_app.people.queries import (
    PeopleWanted,
    all_groups,
    first_people,
    organisation_by_id,
    people_by_reference,
    visible_person,
)
from training_app.people.scope import visible_organisations, visible_people
from training_app.web.access import account, actor, requires
from training_app.web.asking import LARGEST_ID, asked_day, asked_number, asked_page, asked_words
from training_app.web.assignments.blueprint import assignments, chosen, found_batch, title_of, what_to_choose
from training_app.web.assignments.forms import AssignForm
from training_app.web.assignments.showing import MANY_LEFT_OUT, WHY_LEFT_OUT, status_words
from training_app.web.coverage.asked import asked
from training_app.web.coverage.showing import STATES, those_who
from training_app.web.coverage.views import asked_state, behind_figure
from training_app.web.downloads import download, each_format
from training_app.web.formatting import count, day
from training_app.web.forms import ReasonForm
from training_app.web.people.views import people_wanted

# More than one list that somebody looks through; larger hubs filter by group or organisation, or make a rule.
MOST_AT_ONCE = 500


@dataclass(frozen=True)
class Whom:
    """Who is meant: in words, the people, how many more fit than are taken at once, what would suit them, why they would be
    asked, and the way back; which skill it is about, where one is, and why the session on which they were booked was cancelled.
    """

    words: str
    people: Sequence[Person]
    more: int
    proposed: str
    reason: str
    back: str
    skill: str = ""
    cancelled: str = ""


@assignments.route("/assignments/new", methods=["GET", "POST"])
@requires(Permission.ASSIGN)
def new() -> Response | tuple[str, int]:
    """Ask people to do something, once it was shown who would be asked and who is left out, and why."""
    whom = whom_is_meant()
    form = AssignForm()
    form.what.choices = [("", "Choose a module or a pathway"), *what_to_choose()]
    form.person.choices = [(each.reference, each.name) for each in whom.people]
    if not form.is_submitted():
        form.what.data, form.reason.data = whom.proposed, whom.reason
    elif (form.validate() or form.forgets_who_left()) and "again" not in request.form:
        what = chosen(form.what.data)
        if isinstance(what, Module) and form.counted.data == Counted.OWN_DAYS:
            form.counted.errors = ["A module has no days of its own: choose another way to say by when"]
        else:
            return _previewed_or_saved(form, whom, what)
    if form.person.errors:
        form.person.errors = []
        form.form_errors.append("The list has changed since you saw it. Look again at who is asked.")
    return render_template("assignments/new.html", form=form, whom=whom), form.status


def _previewed_or_saved(form: AssignForm, whom: Whom, what: Module | Pathway) -> Response | tuple[str, int]:
    """Show who would be asked, or ask those who are ticked where just that was shown before."""
    if form.confirmed is None:
        return _preview(form, whom, what, ticked=None)
    if form.somebody_left:
        form.refuse(ChangedMeanwhile(CHANGED_SINCE_SHOWN))
        return _preview(form, whom, what, ticked=form.person.data)
    if not form.person.data:
        form.form_errors.append("Tick at least one person.")
        return _preview(form, whom, what, ticked=[])
    ticked, shown = form.ticked(whom.people), Shown({each.id for each in whom.people}, form.confirmed)
    try:
        with transaction():
            batch = assign(actor(), ticked, what, form.due, whom=whom.words, reason=form.reason.data, shown=shown)
            batch_id = batch.id
    except Refused as refused:
        form.refuse(refused)
        return _preview(form, whom_is_meant(), what, ticked=form.person.data)
    flash(f"They are asked to do it: {title_of(what)}.", "success")
    return redirect(url_for("assignments.batch", batch_id=batch_id))


def _preview(form: AssignForm, whom: Whom, what: Module | Pathway, ticked: Sequence[str] | None) -> tuple[str, int]:
    """Show who would be asked, ticked unless they were unticked before, and who is left out."""
    by_id = {each.id: each for each in whom.people}
    found = to_be_asked(list(by_id), what, form.due)
    form.shows(digest_of_asked(found))
    gets = [(by_id[each.person_id], each) for each in found if each.steps]
    return render_template(
        "assignments/preview.html",
        form=form,
        whom=whom,
        what=what,
        title=title_of(what),
        gets=gets,
        is_ticked=(lambda reference: True) if ticked is None else set(ticked).__contains__,
        left_out=[(by_id[each.person_id], WHY_LEFT_OUT[each.because]) for each in found if each.because],
        reasons=Counter(MANY_LEFT_OUT[each.because] for each in found if each.because),
        titles={module.id: f"{module.code} {module.title}" for module in module_facts().values()},
    ), form.status


def whom_is_meant() -> Whom:
    """Return who the address means: the names behind a coverage figure, whoever is booked on a session, people by their
    references, or a filtered list."""
    if "behind" in request.args:
        return _behind_a_figure(asked_words("behind"))
    if "booked" in request.args:
        return _booked_on(asked_number("booked"))
    if "person" in request.args:
        return _chosen_people(request.args.getlist("person"))
    return _filtered_list()


def _behind_a_figure(cell: str) -> Whom:
    group_code, _, skill_code = cell.partition("/")
    wanted = asked().or_refuse()
    group, skill, behind = behind_figure(wanted, group_code, skill_code)
    state = asked_state()
    shown = those_who(behind, state)
    people = people_by_reference(visible_people(account()), [each.reference for each in shown[:MOST_AT_ONCE]])
    required = max((each.standing.required for each in behind), default=None)
    would_help = (
        helpful(modules_that_give(known_facts(), [skill.id], today()), skill.id, required, group.id) if required else []
    )
    proposed = module_by_code(would_help[0].code) if would_help else None
    how = f", {dict(STATES)[state].lower()}" if state else ""
    place = f" at {wanted.organisation.name}" if wanted.organisation else ""
    return Whom(
        f"{group.name}{place}: {skill.name}{how}",
        people,
        max(0, len(shown) - MOST_AT_ONCE),
        f"module-{proposed.id}" if proposed else "",
        f"Your role asks for this skill: {skill.name}",
        url_for("coverage.names", group=group.code, skill=skill.code, **_query_without("behind", "kind")),
        skill=f"skill-{skill.id}",
    )


def _booked_on(session_id: int | None) -> Whom:
    """Return whoever has a place on a session, also where it was cancelled since. A place stays after its person was erased."""
    session = session_seen(sessions_seen(account()), session_id) if session_id is not None else None
    if session is None:
        raise NotFound
    bookings = bookings_of_session(session.id, visible_people(account()))
    people = [each.person for each in bookings if each.state == BookingState.BOOKED and each.person.erased_at is None]
    title = f"{session.module.current.title}, {day(session.first_on)}"
    return Whom(
        f"Booked on {title}",
        people[:MOST_AT_ONCE],
        max(0, len(people) - MOST_AT_ONCE),
        f"module-{session.module_id}",
        "",
        url_for("sessions.one", session_id=session.id),
        cancelled=f"The session on {day(session.first_on)} was cancelled: {session.cancel_reason}"
        if session.cancelled_at
        else "",
    )


def _chosen_people(references: Sequence[str]) -> Whom:
    people = people_by_reference(visible_people(account()), references[:MOST_AT_ONCE])
    if not people:
        raise NotFound
    one = people[0] if len(people) == 1 else None
    back = url_for("people.person", reference=one.reference) if one else url_for("people.list_people")
    words = "One person" if one else "People chosen one by one"
    return Whom(words, people, max(0, len(references) - MOST_AT_ONCE), _proposed(), "", back)


def _filtered_list() -> Whom:
    as_at = asked_day()
    if as_at.error:
        raise Refused(as_at.error)
    wanted, places = people_wanted(as_at), visible_organisations(account())
    people, found = first_people(visible_people(account()), wanted, MOST_AT_ONCE, places=places)
    back = url_for("people.list_people", **_query_without("module", "kind"))
    return Whom(_list_in_words(wanted), people, max(0, found - len(people)), _proposed(), "", back)


def _list_in_words(wanted: PeopleWanted) -> str:
    """Return whom a filtered list shows. What was searched for is not told: it may be somebody's name."""
    group = next((each.name for each in all_groups() if each.code == wanted.group), None)
    organisation = (
        organisation_by_id(visible_organisations(account()), wanted.organisation_id) if wanted.organisation_id else None
    )
    parts = [each for each in (group, organisation.name if organisation else None, wanted.area) if each]
    return f"People: {', '.join(parts)}" if parts else "People from the list"


def _proposed() -> str:
    module = module_by_code(asked_words("module"))
    return f"module-{module.id}" if module else ""


def _query_without(*names: str) -> dict[str, Any]:
    return {key: values for key, values in request.args.to_dict(flat=False).items() if key not in names}


# --- what was asked before


@assignments.get("/assignments/given")
@requires(Permission.ASSIGN)
def list_batches() -> str:
    """List what was asked of several people at once, the newest first."""
    return render_template("assignments/batches.html", page=batches_page(asked_page()), title_of=_title)


@each_format(assignments, "/assignments/given")
@requires(Permission.ASSIGN)
def batches_file() -> File:
    """Return the same as a file."""
    names = ("what", "whom", "people", "assigned_on", "reason", "taken_back")
    rows = [
        [
            _title(each.batch),
            each.batch.whom,
            each.people,
            each.batch.assigned_on,
            each.batch.reason,
            each.batch.voided_at.date() if each.batch.voided_at else None,
        ]
        for each in all_batches()
    ]
    return download(Table([Column(name) for name in names], rows), "assignments-given")


@assignments.get(f"/assignments/given/<int(max={LARGEST_ID}):batch_id>", endpoint="batch")
@requires(Permission.ASSIGN)
def one_batch(batch_id: int) -> str:
    """Show a batch: what was asked of whom, and how it stands today."""
    batch = found_batch(batch_id)
    return render_template("assignments/batch.html", batch=batch, title=_title(batch), people=_people_of(batch))


@each_format(assignments, f"/assignments/given/<int(max={LARGEST_ID}):batch_id>")
@requires(Permission.ASSIGN)
def batch_file(batch_id: int) -> File:
    """Return whom a batch asked what, and how it stands, as a file."""
    names = ("reference", "name", "module", "due_on", "status")
    rows = [
        [each.person.reference, each.person.name, each.module.code, each.due_on, words]
        for _, lines in _people_of(found_batch(batch_id))
        for each, words in lines
    ]
    return download(Table([Column(name) for name in names], rows), f"assignment-{batch_id}")


@assignments.route(f"/assignments/given/<int(max={LARGEST_ID}):batch_id>/take-back", methods=["GET", "POST"])
@requires(Permission.ASSIGN)
def take_batch_back(batch_id: int) -> Response | tuple[str, int]:
    """Take a batch back, all of it or, with `?person=`, for one person."""
    batch = found_batch(batch_id)
    reference = asked_words("person")
    person = visible_person(visible_people(account()), reference) if reference else None
    if reference and person is None:
        raise NotFound
    form = ReasonForm(row_version=batch.row_version)
    if form.validate_on_submit():
        try:
            with transaction():
                if person is not None:
                    take_back_from(actor(), batch, person.id, form.reason.data)
                    told = f"This is no longer asked of {person.name}."
                else:
                    many = take_back(actor(), batch, form.reason.data, form.seen_version)
                    told = f"Taken back: it is no longer asked of {count(many, 'person', 'people')}."
        except Refused as refused:
            form.refuse(refused)
            form.row_version.data = batch.row_version
        else:
            flash(told, "success")
            return redirect(url_for("assignments.batch", batch_id=batch_id))
    return render_template(
        "assignments/take_back.html", form=form, batch=batch, person=person, title=_title(batch)
    ), form.status


def _title(batch: AssignmentBatch) -> str:
    return title_of(batch.module or batch.pathway)  # type: ignore[arg-type]


def _people_of(batch: AssignmentBatch) -> list[tuple[Person, list[tuple[Assignment, str]]]]:
    """Return the people of a batch by name, each with what was asked of them and how it stands today."""
    given = assignments_of(batch.id, visible_people(account()))
    owed = duties_of_people({each.person_id for each in given}, today())
    found: dict[int, tuple[Person, list[tuple[Assignment, str]]]] = {}
    for each in given:
        lines = found.setdefault(each.person_id, (each.person, []))[1]
        lines.append((each, _stands(each, owed.get(each.person_id, []))))
    return list(found.values())


def _stands(given: Assignment, owed: Sequence[Duty]) -> str:
    if given.withdrawn_at is not None:
        return "Taken back"
    for duty in owed:
        asked_for = duty.instead_of or duty.module
        if given.module_id in (duty.module.id, asked_for.id):
            return status_words(duty)
    return "In no group today"
