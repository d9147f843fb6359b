"""Exempting several people at once, waiving a module for them, or extending what they hold: whom, what and why; then who gets it
and who is left out; and what was allowed before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Response as File
from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from training_app.accounts.policy import Permission
from training_app.assignments.actions import CHANGED_SINCE_SHOWN
from training_app.assignments.allowances import (
    Allowed,
    Terms,
    allow,
    check_terms,
    digest_of_allowed,
    take_back_allowance,
    take_back_allowance_from,
    to_be_allowed,
)
from training_app.assignments.models import Allowance, AllowanceKind
from training_app.assignments.queries import (
    ItemListed,
    all_allowances,
    allowances_page,
    allowed_to,
    entries_by_id,
)
from training_app.assignments.rules import Shown
from training_app.catalogue.queries import all_modules, modules_on_offer
from training_app.clock import today
from training_app.database import transaction
from training_app.errors import ChangedMeanwhile, NotFound, Refused
from training_app.files import Column, Table
from training_app.people.queries import visible_person
from training_app.people.rules import span_in_words
from training_app.people.scope import visible_people
from training_app.records.models import Completion, Evidence
from training_app.skills.queries import all_skills
from training_app.web.access import account, actor, may, requires
from training_app.web.asking import LARGEST_ID, asked_choice, asked_page, asked_words
from training_app.web.assignments.blueprint import assignments, found_allowance, title_of
from training_app.web.assignments.forms import AllowanceForm
from training_app.web.assignments.giving import Whom, whom_is_meant
from training_app.web.assignments.showing import MANY_UNCHANGED, WHY_UNCHANGED
from training_app.web.downloads import download, each_format
from training_app.web.formatting import count, day
from training_app.web.forms import ReasonForm

NUMBER = f"/assignments/allowances/<int(max={LARGEST_ID}):allowance_id>"


@dataclass(frozen=True)
class Words:
    """How the pages speak of one kind of allowance, and what a visitor needs for it."""

    heading: str
    lead: str
    which: str
    reason_hint: str
    see: str
    gets: str
    button: str
    done: str
    needs: Permission


WORDS = {
    AllowanceKind.EXEMPTION: Words(
        "Exempt people from a skill",
        "On these days the skill is asked of none of them, and they count in no figure of it.",
        "Skill",
        "It stands in the history of each of them.",
        "See who is exempted",
        "To be exempted",
        "Exempt",
        "They are exempt on these days.",
        Permission.EXEMPT,
    ),
    AllowanceKind.WAIVER: Words(
        "Waive a module for people",
        "On these days the module is not asked of them. What coverage asks stays as it is.",
        "Module",
        "It stands in the history of each of them.",
        "See for whom it is waived",
        "Waived for",
        "Waive it for",
        "The module is not asked of them on these days.",
        Permission.ASSIGN,
    ),
    AllowanceKind.EXTENSION: Words(
        "Extend validity",
        "What they hold counts up to a later day, without a gap, in figures of past days too.",
        "What is extended?",
        "It stands in the history of each of them.",
        "See what is extended",
        "To be extended",
        "Extend it for",
        "What they hold counts longer.",
        Permission.CHANGE_ANY_COMPLETION,
    ),
}


@assignments.route("/assignments/allowances/new", methods=["GET", "POST"])
@requires(Permission.ASSIGN)
def new_allowance() -> Response | tuple[str, int]:
    """Exempt people, waive a module for them or extend what they hold (`?kind=`), once it was shown who gets it and who is left
    out, and why. Whom the address means is as for asking people to do a module."""
    kind = AllowanceKind(
        asked_choice("kind", [each.value for each in AllowanceKind], None) or AllowanceKind.EXTENSION.value
    )
    _refuse_where_not_theirs(kind)
    whom = whom_is_meant()
    form = AllowanceForm()
    form.without(*(("start_on", "end_on") if kind is AllowanceKind.EXTENSION else ("until",)))
    form.what.label.text = WORDS[kind].which
    form.what.choices = [("", "Choose one"), *_what_to_choose(kind)]
    form.person.choices = [(each.reference, each.name) for each in whom.people]
    if not form.is_submitted():
        proposed = {AllowanceKind.EXEMPTION: whom.skill, AllowanceKind.WAIVER: whom.proposed}
        offered = {value for value, _ in form.what.choices}
        suits = proposed.get(kind, whom.skill or whom.proposed)
        form.what.data, form.reason.data = suits if suits in offered else "", whom.cancelled
    elif (form.validate() or form.forgets_who_left()) and "again" not in request.form:
        try:
            return _previewed_or_saved(form, whom, _terms(kind, form))
        except Refused as refused:
            form.refuse(refused)
    if form.person.errors:
        form.person.errors = []
        form.form_errors.append("The list has changed since you saw it. Look again at who is meant.")
    return render_template("assignments/allowance_new.html", form=form, whom=whom, words=WORDS[kind]), form.status


def _previewed_or_saved(form: AllowanceForm, whom: Whom, terms: Terms) -> Response | tuple[str, int]:
    """Show who gets it, or save what was shown before. Raises `Refused` for what is to be put right in the form."""
    check_terms(terms)
    if form.confirmed is None:
        return _preview(form, whom, terms, ticked=None)
    if form.somebody_left:
        form.refuse(ChangedMeanwhile(CHANGED_SINCE_SHOWN))
        return _preview(form, whom, terms, ticked=form.person.data)
    ticked, shown = form.ticked(whom.people), Shown({each.id for each in whom.people}, form.confirmed)
    if not ticked:
        form.form_errors.append("Tick at least one person.")
        return _preview(form, whom, terms, ticked=[])
    try:
        with transaction():
            allowance = allow(actor(), ticked, terms, whom=whom.words, reason=form.reason.data, shown=shown)
            allowance_id = allowance.id
    except Refused as refused:
        if refused.field:
            raise
        form.refuse(refused)
        return _preview(form, whom_is_meant(), terms, ticked=form.person.data)
    flash(WORDS[terms.kind].done, "success")
    return redirect(url_for("assignments.allowance", allowance_id=allowance_id))


def _refuse_where_not_theirs(kind: AllowanceKind) -> None:
    if not may(WORDS[kind].needs):
        abort(403)


def _what_to_choose(kind: AllowanceKind) -> list[tuple[str, str]]:
    """Return what can be chosen: an extension may be of what gives a skill, or of what gives as much as a module, be that retired
    or not."""
    skills = [(f"skill-{each.id}", each.name) for each in all_skills()]
    if kind is AllowanceKind.EXEMPTION:
        return skills
    if kind is AllowanceKind.WAIVER:
        return [(f"module-{number}", f"{code} {title}") for number, code, title in modules_on_offer(today())]
    return [*skills, *((f"module-{number}", f"{code} {title}") for number, code, title, _ in all_modules())]


def _terms(kind: AllowanceKind, form: AllowanceForm) -> Terms:
    which, _, number = form.what.data.partition("-")
    return Terms(
        kind,
        skill_id=int(number) if which == "skill" else None,
        module_id=int(number) if which == "module" else None,
        start_on=form.day("start_on"),
        end_on=form.day("end_on"),
        until=form.day("until"),
    )


def _preview(form: AllowanceForm, whom: Whom, terms: Terms, ticked: Sequence[str] | None) -> tuple[str, int]:
    """Show who gets it, ticked unless they were unticked before, and who is left out."""
    by_id = {each.id: each for each in whom.people}
    found = to_be_allowed(list(by_id), terms)
    form.shows(digest_of_allowed(found))
    gets = [each for each in found if each.because is None]
    entries = entries_by_id({each.entry.completion_id for each in found if each.entry is not None})
    return render_template(
        "assignments/allowance_preview.html",
        form=form,
        whom=whom,
        words=WORDS[terms.kind],
        title=dict(form.what.choices)[form.what.data],
        days=_days(terms),
        gets=[(by_id[each.person_id], _now(each), _entry(each, entries)) for each in gets],
        ran_out=sum(1 for each in gets if each.has_run_out(today())),
        is_ticked=(lambda reference: True) if ticked is None else set(ticked).__contains__,
        left_out=[
            (by_id[each.person_id], WHY_UNCHANGED[each.because], _entry(each, entries))
            for each in found
            if each.because
        ],
        reasons=Counter(MANY_UNCHANGED[each.because] for each in found if each.because),
    ), form.status


def _days(terms: Terms | Allowance) -> str:
    """Return from when to when it goes, in words: `from 1 May 2026 to 3 October 2026`, or `until 3 October 2026`."""
    end = terms.until if isinstance(terms, Terms) else terms.valid_until
    if end is not None:
        return f"until {day(end)}"
    return span_in_words(terms.start_on, terms.end_on) if terms.start_on else ""


def _now(each: Allowed) -> str:
    """Return until when what is extended counts before that; nothing for what is no extension."""
    if each.entry is None or each.entry.credit.valid_until is None:
        return ""
    return f"{'Ran out on' if each.has_run_out(today()) else 'Until'} {day(each.entry.credit.valid_until)}"


def _entry(each: Allowed, entries: Mapping[int, Completion]) -> str:
    """Return which entry it is about, in words."""
    entry = entries.get(each.entry.completion_id) if each.entry else None
    return f"{entry.called()}, {day(entry.completed_on)}" if entry else ""


# --- what was allowed before


@assignments.get("/assignments/allowances")
@requires(Permission.ASSIGN)
def list_allowances() -> str:
    """List what several people were allowed at once, the newest first."""
    return render_template(
        "assignments/allowances.html", page=allowances_page(asked_page()), title_of=title_of_allowance, days_of=_days
    )


@each_format(assignments, "/assignments/allowances")
@requires(Permission.ASSIGN)
def allowances_file() -> File:
    """Return the same as a file."""
    names = (
        "kind",
        "what",
        "whom",
        "people",
        "first_day",
        "last_day",
        "valid_until",
        "made_on",
        "reason",
        "taken_back",
    )
    rows = [
        [
            *(each.allowance.kind, _what(each.allowance), each.allowance.whom, each.people),
            *(each.allowance.start_on, each.allowance.end_on, each.allowance.valid_until),
            *(each.allowance.made_at.date(), each.allowance.reason),
            each.allowance.voided_at.date() if each.allowance.voided_at else None,
        ]
        for each in all_allowances()
    ]
    return download(Table([Column(name) for name in names], rows), "allowances")


@assignments.get(NUMBER, endpoint="allowance")
@requires(Permission.ASSIGN)
def one_allowance(allowance_id: int) -> str:
    """Show what was allowed to whom, and how it stands today."""
    allowance = found_allowance(allowance_id)
    return render_template(
        "assignments/allowance.html",
        allowance=allowance,
        title=title_of_allowance(allowance),
        days=_days(allowance),
        people=[(each, _stands(each)) for each in allowed_to(allowance.id, visible_people(account()))],
        may_take_back=may(WORDS[AllowanceKind(allowance.kind)].needs),
    )


@each_format(assignments, NUMBER)
@requires(Permission.ASSIGN)
def allowance_file(allowance_id: int) -> File:
    """Return to whom it was allowed, and how it stands, as a file."""
    allowance = found_allowance(allowance_id)
    rows = [
        [each.item.person.reference, each.item.person.name, _stands(each)]
        for each in allowed_to(allowance.id, visible_people(account()))
    ]
    return download(
        Table([Column(name) for name in ("reference", "name", "status")], rows), f"allowance-{allowance_id}"
    )


@assignments.route(f"{NUMBER}/take-back", methods=["GET", "POST"])
@requires(Permission.ASSIGN)
def take_allowance_back(allowance_id: int) -> Response | tuple[str, int]:
    """Take back what was allowed, all of it or, with `?person=`, for one person."""
    allowance = found_allowance(allowance_id)
    _refuse_where_not_theirs(AllowanceKind(allowance.kind))
    reference = asked_words("person")
    person = visible_person(visible_people(account()), reference) if reference else None
    if reference and person is None:
        raise NotFound
    form = ReasonForm(row_version=allowance.row_version)
    if form.validate_on_submit():
        try:
            with transaction():
                if person is not None:
                    take_back_allowance_from(actor(), allowance, person.id, form.reason.data)
                    told = f"Taken back for {person.name}."
                else:
                    many = take_back_allowance(actor(), allowance, form.reason.data, form.seen_version)
                    told = f"Taken back for {count(many, 'person', 'people')}."
        except Refused as refused:
            form.refuse(refused)
            form.row_version.data = allowance.row_version
        else:
            flash(told, "success")
            return redirect(url_for("assignments.allowance", allowance_id=allowance_id))
    return render_template(
        "assignments/allowance_take_back.html",
        form=form,
        allowance=allowance,
        person=person,
        title=title_of_allowance(allowance),
    ), form.status


def title_of_allowance(allowance: Allowance) -> str:
    """Return what an allowance is called: `Extension: SND-02 Sensory-friendly sessions`."""
    return f"{AllowanceKind(allowance.kind).value.capitalize()}: {_what(allowance)}"


def _what(allowance: Allowance) -> str:
    return allowance.skill.name if allowance.skill else title_of(allowance.module)  # type: ignore[arg-type]


def _stands(each: ItemListed) -> str:
    """Return how what was made for somebody stands today, in words."""
    if not each.stands:
        return "Taken back"
    if each.entry is not None:
        if each.entry.evidence == Evidence.VOID:
            return f"{each.entry.called()} was voided"
        return f"{each.entry.called()} counts until {day(each.entry.valid_until)}"
    span = each.item.exemption or each.item.waiver
    words = span_in_words(span.start_on, span.end_on) if span else ""
    return words[:1].upper() + words[1:]
