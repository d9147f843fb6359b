"""Two rows that turned out to be one person: side by side, what merging them would do, and doing it."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from training_app.accounts.personal import accounts_of
from training_app.accounts.policy import Permission
from training_app.clock import today
from training_app.coverage.rules import Coverage
from training_app.database import transaction
from training_app.errors import NotFound, Refused
from training_app.people.models import Person
from training_app.people.queries import engagements_of_people, probable_doubles, visible_person
from training_app.people.scope import everywhere, visible_people
from training_app.records.queries import completions_of
from training_app.stewardship.merge import Kept, Merged, last_event_about, merge_people, rehearse_merge
from training_app.web.access import account, actor, requires
from training_app.web.asking import asked_words
from training_app.web.formatting import count
from training_app.web.people.blueprint import found_person
from training_app.web.rights.blueprint import rights
from training_app.web.rights.forms import MergeForm, OtherForm


@rights.route("/people/<reference>/merge", methods=["GET", "POST"])
@requires(Permission.MERGE_PEOPLE)
def merge(reference: str) -> Response | tuple[str, int]:
    """Choose who somebody is recorded as besides (`?other=`), see both side by side and what merging does, and merge them."""
    person = found_person(reference)
    if person.erased_at is not None:
        raise NotFound
    form = MergeForm()
    typed = form.other.data if form.is_submitted() else asked_words("other")
    other = visible_person(visible_people(account()), typed or "")
    if other is None or other.erased_at is not None or other.id == person.id:
        return _choose(person, typed or "", other)
    _offer(form, person, other)
    if not form.is_submitted():
        form.other.data, form.seen.data = other.reference, str(last_event_about(person.id, other.id))
        form.reference_of.data = form.name_of.data = str(person.id)
        form.email_of.data = str(person.id if person.email or not other.email else other.id)
    if form.validate_on_submit():
        try:
            with transaction():
                merged = merge_people(actor(), person.id, other.id, _kept(form), form.seen_event)
                stays = visible_person(visible_people(account()), person.reference)
                assert stays is not None
                name, kept_reference = stays.name, stays.reference
        except Refused as refused:
            form.refuse(refused)
            form.seen.data = str(last_event_about(person.id, other.id))
        else:
            flash(f"{name} is one person now. {effect(merged.before, merged.after)}", "success")
            return redirect(url_for("people.person", reference=kept_reference))
    return _side_by_side(form, person, other), form.status


def effect(before: Coverage, after: Coverage) -> str:
    """Say what a merge does to coverage today."""
    if (before.total, before.groups) == (after.total, after.groups):
        return "Coverage today stays as it is."
    return (
        f"Coverage today counts {count(after.total.people, 'person', 'people')} instead of {before.total.people:,}, of whom "
        f"{after.total.fully_skilled or 0:,} instead of {before.total.fully_skilled or 0:,} hold every skill asked."
    )


def _choose(person: Person, typed: str, other: Person | None) -> tuple[str, int]:
    form = OtherForm(formdata=None)
    form.other.data = typed
    if typed:
        what = "This is the same person already." if other is not None else f'Nobody has the reference "{typed}".'
        form.other.errors = [f"{what} Type the reference under which they are recorded besides."]
    doubles = probable_doubles(visible_people(account()), person.name, person.email, places=everywhere())
    page = render_template(
        "rights/merge_choose.html",
        form=form,
        person=person,
        doubles=[each for each in doubles if each.id != person.id],
    )
    return page, 400 if typed else 200


def _side_by_side(form: MergeForm, person: Person, other: Person) -> str:
    kept = _kept(form) if form.reference_of.data and form.name_of.data and form.email_of.data else None
    merged: Merged | None = None
    problem = None
    try:
        merged = rehearse_merge(actor(), person.id, other.id, kept or Kept(person.id, person.id, person.id))
    except Refused as refused:
        problem = refused.sentence
    both = [person, other]
    engagements = engagements_of_people([person.id, other.id], places=everywhere())
    return render_template(
        "rights/merge.html",
        form=form,
        person=person,
        other=other,
        rows=[
            ("Name", [each.name for each in both]),
            ("Reference", [each.reference for each in both]),
            ("E-mail", [each.email or "–" for each in both]),
            ("Engagements", [len(engagements.get(each.id, [])) for each in both]),
            ("Completions", [len(completions_of(each.id, places=everywhere())) for each in both]),
            (
                "Accounts",
                [", ".join(a.email or "without e-mail" for a in accounts_of(each.id)) or "–" for each in both],
            ),
        ],
        merged=merged,
        problem=problem,
        effect=effect(merged.before, merged.after) if merged else "",
        today=today(),
    )


def _offer(form: MergeForm, person: Person, other: Person) -> None:
    form.reference_of.choices = [(str(each.id), each.reference) for each in (person, other)]
    form.name_of.choices = [(str(each.id), f"{each.name} (of {each.reference})") for each in (person, other)]
    form.email_of.choices = [
        (str(each.id), f"{each.email or 'No e-mail'} (of {each.reference})") for each in (person, other)
    ]


def _kept(form: MergeForm) -> Kept:
    return Kept(int(form.reference_of.data), int(form.name_of.data), int(form.email_of.data))
