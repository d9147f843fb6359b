"""Asking the hub to put something in a record right, the list of what waits, and the answer."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, url_for
from flask import Response as File
from werkzeug.wrappers import Response

from training_app.accounts.policy import Permission
from training_app.clock import LONDON
from training_app.corrections.actions import answer_correction, ask_for_correction
from training_app.corrections.models import Answer, CorrectionRequest, Subject
from training_app.corrections.queries import (
    STATES,
    described,
    request_seen,
    requests_page,
    requests_wanted,
    subjects_of,
)
from training_app.database import transaction
from training_app.errors import ChangedMeanwhile, NotFound, Refused
from training_app.files import Column, Table
from training_app.people.models import Person
from training_app.people.queries import person_by_id, visible_person
from training_app.people.scope import visible_people
from training_app.web.access import account, actor, requires
from training_app.web.asking import LARGEST_ID, asked_choice, asked_page, asked_words
from training_app.web.corrections.forms import AnswerForm, AskForm
from training_app.web.downloads import download, each_format

corrections = Blueprint("corrections", __name__)
own_corrections = Blueprint("own_corrections", __name__)

_STATE_WORDS = {"waiting": "Waiting for an answer", "answered": "Answered", "all": "All"}


@own_corrections.route("/my/record/correction", methods=["GET", "POST"])
@requires(Permission.ASK_FOR_CORRECTION)
def ask() -> Response | tuple[str, int]:
    """Say what is wrong in the visitor's own record; `?about=` proposes what."""
    person_id = account().person_id
    me = person_by_id(visible_people(account()), person_id) if person_id is not None else None
    if me is None:
        return render_template("my/no_person.html"), 200
    form = AskForm()
    is_new = _ask(form, me)
    if is_new is None:
        return render_template("corrections/ask_own.html", form=form), form.status
    flash(
        "Thank you. The hub has it, and its answer will stand here."
        if is_new
        else "You have told the hub this already, so it was not sent twice. Its answer will stand here.",
        "success" if is_new else "note",
    )
    return redirect(url_for("my.record", _anchor="corrections"))


@corrections.route("/people/<reference>/correction", methods=["GET", "POST"])
@requires(Permission.ANSWER_CORRECTIONS)
def ask_for(reference: str) -> Response | tuple[str, int]:
    """Keep what somebody says is wrong in their record who told the hub in another way."""
    person = visible_person(visible_people(account()), reference)
    if person is None:
        raise NotFound
    form = AskForm()
    is_new = _ask(form, person)
    if is_new is None:
        return render_template("corrections/ask_for.html", form=form, person=person), form.status
    flash(
        f"What {person.name} asked for is kept and waits for an answer."
        if is_new
        else f"The same waits for {person.name} already, so it was not kept twice.",
        "success" if is_new else "note",
    )
    return redirect(url_for("people.person", reference=person.reference, _anchor="corrections"))


@corrections.get("/corrections")
@requires(Permission.ANSWER_CORRECTIONS)
def list_requests() -> str:
    """List what people asked to have put right: what waits, unless asked otherwise."""
    state = _asked_state()
    page = requests_page(visible_people(account()), state, asked_page())
    return render_template(
        "corrections/list.html",
        page=page,
        about=described(page.rows),
        state=state,
        states=[(each, _STATE_WORDS[each]) for each in STATES],
    )


@each_format(corrections, "/corrections")
@requires(Permission.ANSWER_CORRECTIONS)
def requests_file() -> File:
    """Return the same requests as a file."""
    requests = requests_wanted(visible_people(account()), _asked_state())
    return download(_table(requests), "corrections")


@corrections.route(f"/corrections/<int(max={LARGEST_ID}):request_id>", methods=["GET", "POST"])
@requires(Permission.ANSWER_CORRECTIONS)
def answer(request_id: int) -> Response | tuple[str, int]:
    """Show a request, and answer it."""
    found = request_seen(visible_people(account()), request_id)
    if found is None:
        raise NotFound
    form = AnswerForm(obj=found)
    if form.is_submitted() and found.answer is not None:
        form.refuse(ChangedMeanwhile())  # whatever it says: there is no form any more at which to put it right
    elif form.validate_on_submit():
        try:
            with transaction():
                answer_correction(actor(), found, Answer(form.answer.data), form.words.data or None, form.seen_version)
        except Refused as refused:
            form.refuse(refused)
        else:
            flash(f"{found.person.name} will read your answer on their record.", "success")
            return redirect(url_for("corrections.list_requests"))
    return render_template(
        "corrections/request.html",
        form=form,
        asked=found,
        about=described([found])[found.id],
        stands=(Subject(found.about), found.about_id) in subjects_of(found.person_id),
    ), form.status


def _ask(form: AskForm, person: Person) -> bool | None:
    """Keep what the form says; return whether it is new, None where nothing was sent or it was refused."""
    subjects = subjects_of(person.id)
    form.offer(subjects)
    if not form.is_submitted():
        form.about.data = asked_words("about")
    if not form.validate_on_submit():
        return None
    about, about_id = form.chosen()
    try:
        with transaction():
            return ask_for_correction(actor(), person.id, about, about_id, form.wording.data).is_new
    except Refused as refused:
        form.refuse(refused)
        return None


def _asked_state() -> str:
    return asked_choice("state", STATES, STATES[0]) or STATES[0]


def _table(requests: Sequence[CorrectionRequest]) -> Table:
    about = described(requests)
    names = ("person", "name", "about", "what_is_right", "asked_on", "answer", "answer_words", "answered_on")
    rows = [
        [
            *(each.person.reference, each.person.name, about[each.id], each.wording),
            each.asked_at.astimezone(LONDON).date(),
            *(each.answer, each.answer_words),
            each.answered_at.astimezone(LONDON).date() if each.answered_at else None,
        ]
        for each in requests
    ]
    return Table([Column(name) for name in names], rows)
