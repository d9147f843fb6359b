"""Completions: their list, recording and verifying them, sending back, correcting and voiding."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flask import Response as File
from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from training_app.accounts.policy import Permission
from training_app.catalogue.models import Module
from training_app.catalogue.queries import all_modules, module_by_code, module_by_id, modules_on_offer
from training_app.clock import today
from training_app.database import transaction
from training_app.errors import NotFound, Refused
from training_app.people.models import Person
from training_app.people.queries import (
    PeopleWanted,
    Presence,
    all_groups,
    all_organisations,
    organisations_of,
    people_by_reference,
    people_page,
)
from training_app.people.rules import in_words
from training_app.people.scope import People, is_everything, people_engaged, visible_organisations, visible_people
from training_app.records.actions import (
    correct_completion,
    log_again,
    record_completions,
    void_completion,
)
from training_app.records.models import Completion, Evidence
from training_app.records.queries import (
    COMPLETION_SORTS,
    CompletionsWanted,
    completions_page,
    completions_wanted,
    held_of,
    those_told_in_full,
)
from training_app.records.queue import claims_waiting
from training_app.skills.levels import Level
from training_app.skills.queries import all_skills
from training_app.web.access import account, actor, may, own_path, requires
from training_app.web.asking import (
    LARGEST_ID,
    LONGEST_ASKED,
    AskedDay,
    asked_choice,
    asked_day,
    asked_number,
    asked_page,
    asked_sort,
    asked_words,
)
from training_app.web.components.fields import showable
from training_app.web.downloads import download, each_format
from training_app.web.records import deciding, outside
from training_app.web.records import entry as entry_page
from training_app.web.records.blueprint import came_from, change, decider, found_entry, is_id, records, step, table
from training_app.web.records.effects import gained_by_several, holdings, moved, names_in_words
from training_app.web.records.forms import AddForm, AgainForm, CorrectForm, ReasonForm, references

__all__ = ["deciding", "outside", "records"]

EVIDENCE = (
    (Evidence.VERIFIED.value, "Verified"),
    (Evidence.SELF_DECLARED.value, "Awaiting confirmation"),
    (Evidence.RETURNED.value, "Sent back"),
    (Evidence.VOID.value, "Voided"),
)
# More people than one session holds; a longer list is a spreadsheet to bring in.
MOST_AT_ONCE = 500


@records.get("/records")
@requires(Permission.RECORD_COMPLETIONS)
def list_records() -> tuple[str, int]:
    """List what people completed, as asked for in the address."""
    wanted, first, last = _wanted()
    modules, places = all_modules(), visible_organisations(account())
    found = completions_page(visible_people(account()), wanted, asked_page(), places=places)
    page = render_template(
        "records/list.html",
        page=found,
        in_full=those_told_in_full(found.rows, places=places),
        wanted=wanted,
        first=first,
        last=last,
        waiting=claims_waiting(decider()).entries if may(Permission.VERIFY_COMPLETIONS) else 0,
        evidence=EVIDENCE,
        modules=[(code, f"{code} {title}") for _, code, title, _ in modules],
        module=next((code for module_id, code, *_ in modules if module_id == wanted.module_id), ""),
        groups=[(group.code, group.name) for group in all_groups()],
        organisations=all_organisations(places),
    )
    return page, max(first.status, last.status)


@each_format(records, "/records")
@requires(Permission.RECORD_COMPLETIONS)
def records_file() -> File:
    """Return the same completions as a file, with the columns of one that can be brought in and some more."""
    wanted, first, last = _wanted()
    for day in (first, last):
        if day.error:
            raise Refused(day.error)
    return download(table(_all_wanted(wanted)), "records")


def _all_wanted(wanted: CompletionsWanted) -> Sequence[Completion]:
    return completions_wanted(visible_people(account()), wanted, places=visible_organisations(account()))


@records.route("/records/add", methods=["GET", "POST"])
@requires(Permission.RECORD_COMPLETIONS)
def add() -> Response | tuple[str, int]:
    """Record a module for one or several people. "Find" looks for people and keeps what is chosen so far.

    `person` in the address ticks somebody; `among` only lists them to choose from, as people who come from another list.
    Whoever is no workforce manager records entries that wait to be verified, and nobody verifies their own.
    """
    form = AddForm()
    if not may(Permission.CHANGE_ANY_COMPLETION):
        form.without("evidence")
    form.module.choices = [("", "Choose"), *((code, f"{code} {title}") for code, title in _modules_to_record())]
    if not form.is_submitted():
        form.module.data = asked_words("module")
        form.person.data = _people_named(request.args.getlist("person"))
        form.back.data = came_from()
    chosen = people_by_reference(_recordable(), references(form)[:MOST_AT_ONCE])
    if form.is_submitted() and "find" not in request.form and form.validate():
        if len(chosen) != len(references(form)):
            form.person.errors = [
                "Somebody you ticked is not in the list any more. Look at who is ticked and save again"
            ]
        elif not chosen:
            form.person.errors = ["Tick at least one person"]
        elif _verifies_own(form, chosen):
            form.evidence.errors = ["One of them is you, and nobody verifies their own. Choose self-declared"]
        else:
            answer = _save(form, chosen)
            if answer is not None:
                return answer
    return _add_page(form, chosen)


@records.get(f"/records/<int(max={LARGEST_ID}):completion_id>")
@requires(Permission.SEE_PEOPLE)
def entry(completion_id: int) -> str:
    """Show one entry: what it gives and until when, who confirmed it, what it replaced, and what happened to it."""
    return render_template("records/entry.html", **entry_page.about(found_entry(completion_id)))


@records.route(f"/records/<int(max={LARGEST_ID}):completion_id>/void", methods=["GET", "POST"])
@requires(Permission.RECORD_COMPLETIONS)
def void(completion_id: int) -> Response | tuple[str, int]:
    """Take an entry out of the figures, with a reason."""
    entry = _theirs_to_change(completion_id)
    form = ReasonForm()
    if form.validate_on_submit():
        answer = change(form, entry, "is voided and counts on no day", void_completion)
        if answer is not None:
            return answer
    return step("records/void.html", form, entry)


@records.route(f"/records/<int(max={LARGEST_ID}):completion_id>/correct", methods=["GET", "POST"])
@requires(Permission.RECORD_COMPLETIONS)
def correct(completion_id: int) -> Response | tuple[str, int]:
    """Put the day of an entry right."""
    entry = _theirs_to_change(completion_id)
    form = CorrectForm()
    if not form.is_submitted():
        form.completed_on.process(None, entry.completed_on)
    if form.validate_on_submit():
        right = form.completed_on.data
        answer = change(
            form,
            entry,
            f"is now recorded on {in_words(right)}",
            lambda who, each, because, seen: correct_completion(who, each, right, because, seen),
        )
        if answer is not None:
            return answer
    return step("records/correct.html", form, entry)


@records.route(f"/records/<int(max={LARGEST_ID}):completion_id>/again", methods=["GET", "POST"])
@requires(Permission.RECORD_COMPLETIONS)
def again(completion_id: int) -> Response | tuple[str, int]:
    """Record an entry again that was sent back: with the right day, or with a note that says more."""
    entry = _theirs_to_change(completion_id)
    if entry.evidence != Evidence.RETURNED:
        raise NotFound
    form = AgainForm()
    if not form.is_submitted():
        form.completed_on.process(None, entry.completed_on)
    if form.validate_on_submit():
        day, note = form.completed_on.data, form.note.data or None
        answer = change(
            form,
            entry,
            "is recorded again and waits to be verified",
            lambda who, each, _, seen: log_again(who, each, day, note, seen),
        )
        if answer is not None:
            return answer
    return step(
        "records/again.html", form, entry, in_full=those_told_in_full([entry], places=visible_organisations(account()))
    )


def _wanted() -> tuple[CompletionsWanted, AskedDay, AskedDay]:
    first, last = asked_day("from"), asked_day("to")
    code = asked_words("module")
    module = module_by_code(code) if code else None
    if code and module is None:
        raise Refused(f"There is no module {code}. Choose one from the list.")
    wanted = CompletionsWanted(
        words=asked_words("q"),
        evidence=asked_choice("evidence", [value for value, _ in EVIDENCE]) or "",
        module_id=module.id if module else None,
        group=asked_words("group"),
        organisation_id=asked_number("organisation"),
        first=first.on if first.typed and not first.error else None,
        last=last.on if last.typed and not last.error else None,
        sort=asked_sort(COMPLETION_SORTS, "-day"),
    )
    return wanted, first, last


def _modules_to_record() -> list[tuple[str, str]]:
    """Return code and title of every module, the retired ones last: what was done before is recorded later."""
    offered = modules_on_offer(today())
    codes = {code for _, code, _ in offered}
    retired = [(code, f"{title} (retired)") for _, code, title, _ in all_modules() if code not in codes]
    return [(code, title) for _, code, title in offered] + retired


def _add_page(form: AddForm, chosen: Sequence[Person]) -> tuple[str, int]:
    """Show the form: those who are ticked first, then the others of the list they came from, then those looked for."""
    typed = request.form if form.is_submitted() else request.args
    recordable, places = _recordable(), visible_organisations(account())
    among = people_by_reference(recordable, _people_named(typed.getlist("among")))
    asked = {name: " ".join(showable(typed.get(name, "")).split())[:LONGEST_ASKED] for name in ("q", "group")}
    place = typed.get("organisation", "")
    organisation_id = int(place) if is_id(place) else None
    looked_for = PeopleWanted(
        on=today(),
        words=asked["q"],
        group=asked["group"],
        organisation_id=organisation_id,
        presence=None if asked["q"] else Presence.CURRENT,
    )
    found = people_page(recordable, looked_for, places=places)
    # A hub of one page is simply shown; of a larger one, or beside a list, only those who are looked for.
    is_listed = any(asked.values()) or organisation_id is not None or (found.pages == 1 and not among)
    ticked = {person.id for person in chosen}
    listed = ticked | {person.id for person in among}
    page = render_template(
        "records/add.html",
        form=form,
        chosen=chosen,
        among=among,
        not_ticked=[person for person in among if person.id not in ticked],
        found=found,
        is_listed=is_listed,
        others=[row for row in found.rows if row.person.id not in listed],
        asked=asked,
        organisation=organisation_id or "",
        groups=[(group.code, group.name) for group in all_groups()],
        organisations=all_organisations(places),
    )
    return page, form.status


def _recordable() -> People:
    """Return the ids of those for whom the visitor may record something: for a coordinator whoever is engaged with them today."""
    places = visible_organisations(account())
    return visible_people(account()) if is_everything(places) else people_engaged(places, today())


def _verifies_own(form: AddForm, chosen: Sequence[Person]) -> bool:
    """Say whether the visitor is about to record something of their own as verified."""
    is_verified = bool(form.evidence) and form.evidence.data == Evidence.VERIFIED.value
    return is_verified and account().person_id in {person.id for person in chosen}


def _people_named(references: Iterable[str]) -> list[str]:
    return [showable(each)[:LONGEST_ASKED] for each in references][:MOST_AT_ONCE]


def _save(form: AddForm, chosen: Sequence[Person]) -> Response | None:
    """Record what the form says and say what it changed; None where it was refused, with the reason at its field."""
    module = module_by_code(form.module.data)
    assert module is not None
    ids, names = [person.id for person in chosen], {person.id: person.name for person in chosen}
    back = own_path(form.back.data) or (
        url_for("people.person", reference=chosen[0].reference) if len(chosen) == 1 else url_for("records.list_records")
    )
    alone = ids[0] if len(ids) == 1 else None
    before = holdings(alone, today()) if alone else {}
    held_before = held_of(ids, today())
    evidence = Evidence(form.evidence.data) if form.evidence else Evidence.SELF_DECLARED
    places = visible_organisations(account())
    try:
        with transaction():
            recorded = record_completions(
                actor(),
                ids,
                module.id,
                form.completed_on.data,
                evidence,
                hours=form.hours.number,
                provider=form.provider.data or None,
                note=form.note.data or None,
                for_organisations=None if is_everything(places) else organisations_of(ids, places, today()),
                by_rule=not form.evidence,
            )
            new = [each.person_id for each in recorded.new]
            already = [person.name for person in recorded.already]
    except Refused as refused:
        form.refuse(refused)
        return None
    if new:
        done = f"{module.code} is recorded for {names_in_words([names[each] for each in new])}."
        effect = (
            moved(names[alone], before, holdings(alone, today()))
            if alone
            else gained_by_several(held_before, held_of(new, today()), _gives(module), all_skills())
        )
        waits = "" if form.evidence or module.confirmed_by_rule else " It counts once the hub has verified it."
        flash(f"{done} {effect}".strip() + waits, "success")
    if already:
        has = "has" if len(already) == 1 else "have"
        flash(
            f"{names_in_words(already)} {has} {module.code} on {in_words(form.completed_on.data)} already, "
            "so that entry was left as it is.",
            "note",
        )
    return redirect(back)


def _gives(module: Module) -> dict[int, Level]:
    found = module_by_id(module.id)
    return {given.skill_id: Level(given.level) for given in found.current.gives} if found else {}


def _theirs_to_change(completion_id: int) -> Completion:
    """Return an entry that the visitor may correct or void. Raises `NotFound` for one that they may not, exactly as for one
    that is absent, and `Refused` where it was theirs until somebody verified it."""
    entry = found_entry(completion_id)
    if may(Permission.CHANGE_ANY_COMPLETION):
        return entry
    if entry.recorded_by_account_id != account().id or entry.evidence == Evidence.VOID:
        raise NotFound
    if entry.evidence == Evidence.VERIFIED:
        raise Refused(
            "This entry was verified, so it is the workforce manager's to change. Tell them what is wrong with it."
        )
    return entry
