"""Completions: their list, recording and verifying them, sending back, correcting and voiding."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from urllib.parse import urlsplit

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask import Response as File
from werkzeug.wrappers import Response

from training_app.accounts.policy import Permission
from training_app.audit import Actor
from training_app.catalogue.models import Module
from training_app.catalogue.queries import all_modules, module_by_code, module_by_id, modules_on_offer
from training_app.clock import now, today
from training_app.database import transaction
from training_app.errors import ChangedMeanwhile, NotFound, Refused
from training_app.files import Column, Table
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
    return_evidence,
    void_completion,
)
from training_app.records.actions import (
    verify as verify_entry,
)
from training_app.records.models import Completion, Evidence
from training_app.records.queries import (
    COMPLETION_SORTS,
    CompletionsWanted,
    completion_seen,
    completions_page,
    completions_seen,
    completions_wanted,
    details_told,
    entries_waiting,
    held_of,
    those_told_in_full,
    waiting_page,
)
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
from training_app.web.formatting import count
from training_app.web.forms import EditingForm
from training_app.web.records import entry as entry_page
from training_app.web.records.effects import gained_by_several, holdings, moved, names_in_words
from training_app.web.records.forms import AddForm, AgainForm, CorrectForm, ReasonForm, VerifyForm, references

records = Blueprint("records", __name__)

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
        waiting=entries_waiting(visible_people(account())).entries,
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
    return download(_table(_all_wanted(wanted)), "records")


@each_format(records, "/records/verify")
@requires(Permission.VERIFY_COMPLETIONS)
def waiting_file() -> File:
    """Return the entries that wait to be verified as a file, the longest ago completed first."""
    wanted = CompletionsWanted(evidence=Evidence.SELF_DECLARED.value, sort="day")
    return download(_table(_all_wanted(wanted)), "records-waiting")


def _all_wanted(wanted: CompletionsWanted) -> Sequence[Completion]:
    return completions_wanted(visible_people(account()), wanted, places=visible_organisations(account()))


def _table(entries: Sequence[Completion]) -> Table:
    in_full = those_told_in_full(entries, places=visible_organisations(account()))
    names = (
        *("person", "name", "module", "title", "completed_on"),
        *("evidence", "valid_until", "hours", "provider", "note"),
    )
    rows = [
        [
            *(each.person.reference, each.person.name, each.module.code, each.version.title, each.completed_on),
            *(each.evidence, each.valid_until, *details_told(each, in_full)),
        ]
        for each in entries
    ]
    return Table([Column(name) for name in names], rows)


@records.route("/records/add", methods=["GET", "POST"])
@requires(Permission.RECORD_COMPLETIONS)
def add() -> Response | tuple[str, int]:
    """Record a module for one or several people. "Find" looks for people and keeps what is chosen so far.

    `person` in the address ticks somebody; `among` only lists them to choose from, as people who come from another list.
    Whoever may not verify records entries that wait for it.
    """
    form = AddForm()
    if not may(Permission.VERIFY_COMPLETIONS):
        form.without("evidence")
    form.module.choices = [("", "Choose"), *((code, f"{code} {title}") for code, title in _modules_to_record())]
    if not form.is_submitted():
        form.module.data = asked_words("module")
        form.person.data = _people_named(request.args.getlist("person"))
        form.back.data = _came_from()
    chosen = people_by_reference(_recordable(), references(form)[:MOST_AT_ONCE])
    if form.is_submitted() and "find" not in request.form and form.validate():
        if len(chosen) != len(references(form)):
            form.person.errors = [
                "Somebody you ticked is not in the list any more. Look at who is ticked and save again"
            ]
        elif not chosen:
            form.person.errors = ["Tick at least one person"]
        else:
            answer = _save(form, chosen)
            if answer is not None:
                return answer
    return _add_page(form, chosen)


@records.get("/records/verify")
@requires(Permission.VERIFY_COMPLETIONS)
def waiting() -> str:
    """Show the self-declared entries that wait to be verified."""
    return _waiting_page(VerifyForm())


@records.post("/records/verify")
@requires(Permission.VERIFY_COMPLETIONS)
def verify_several() -> Response | tuple[str, int]:
    """Verify the entries that are ticked; one that changed meanwhile is left as it is and counted."""
    form = VerifyForm()
    seen = dict(pair for each in form.completion.data or [] if (pair := _seen(each)))
    if not form.validate() or not seen:
        form.form_errors.append("Tick the entries that you can confirm.")
        return _waiting_page(form), 400
    with transaction():
        found = completions_seen(
            visible_people(account()), seen, places=visible_organisations(account()), to_change=True
        )
        still_waiting = [
            each for each in found if each.evidence == Evidence.SELF_DECLARED and each.row_version == seen[each.id]
        ]
        for each in still_waiting:
            verify_entry(actor(), each)
        verified = len(still_waiting)
    left = len(seen) - verified
    others = f" {count(left, 'other')} had changed meanwhile and {'was' if left == 1 else 'were'} left." if left else ""
    flash(f"{count(verified, 'entry', 'entries')} verified, and counted from now on.{others}", "success")
    return redirect(url_for("records.waiting"))


@records.get(f"/records/<int(max={LARGEST_ID}):completion_id>")
@requires(Permission.SEE_PEOPLE)
def entry(completion_id: int) -> str:
    """Show one entry: what it gives and until when, who confirmed it, what it replaced, and what happened to it."""
    return render_template("records/entry.html", **entry_page.about(_found(completion_id)))


@records.post(f"/records/<int(max={LARGEST_ID}):completion_id>/verify")
@requires(Permission.VERIFY_COMPLETIONS)
def verify(completion_id: int) -> Response:
    """Verify one entry, unless it changed since the page was shown."""
    entry = _found(completion_id)
    form = EditingForm()
    back = _back_to(entry)
    person_id, name, code = entry.person_id, entry.person.name, entry.module.code
    before = holdings(person_id, today())
    try:
        with transaction():
            verify_entry(actor(), _found(completion_id, to_change=True), form.seen_version)
    except ChangedMeanwhile as changed:
        flash(changed.sentence, "important")
        return redirect(back)
    flash(f"{code} is verified. {moved(name, before, holdings(person_id, today()))}", "success")
    return redirect(back)


@records.route(f"/records/<int(max={LARGEST_ID}):completion_id>/send-back", methods=["GET", "POST"])
@requires(Permission.VERIFY_COMPLETIONS)
def send_back(completion_id: int) -> Response | tuple[str, int]:
    """Send an entry back for correction, with a reason that its person reads."""
    entry = _found(completion_id)
    form = ReasonForm()
    if form.validate_on_submit():
        answer = _change(form, entry, "is sent back with your reason", return_evidence)
        if answer is not None:
            return answer
    return _step("records/send_back.html", form, entry)


@records.route(f"/records/<int(max={LARGEST_ID}):completion_id>/void", methods=["GET", "POST"])
@requires(Permission.RECORD_COMPLETIONS)
def void(completion_id: int) -> Response | tuple[str, int]:
    """Take an entry out of the figures, with a reason."""
    entry = _theirs_to_change(completion_id)
    form = ReasonForm()
    if form.validate_on_submit():
        answer = _change(form, entry, "is voided and counts on no day", void_completion)
        if answer is not None:
            return answer
    return _step("records/void.html", form, entry)


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
        answer = _change(
            form,
            entry,
            f"is now recorded on {in_words(right)}",
            lambda who, each, because, seen: correct_completion(who, each, right, because, seen),
        )
        if answer is not None:
            return answer
    return _step("records/correct.html", form, entry)


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
        answer = _change(
            form,
            entry,
            "is recorded again and waits to be verified",
            lambda who, each, _, seen: log_again(who, each, day, note, seen),
        )
        if answer is not None:
            return answer
    return _step(
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
    organisation_id = int(place) if _is_id(place) else None
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


def _waiting_page(form: VerifyForm) -> str:
    page = waiting_page(visible_people(account()), asked_page())
    return render_template(
        "records/verify.html",
        form=form,
        page=page,
        groups=[(code, list(entries)) for code, entries in groupby(page.rows, key=lambda each: each.module.code)],
        ticked={str(each) for each in form.completion.data or []},
        now=now(),
    )


def _change(
    form: ReasonForm | CorrectForm | AgainForm,
    entry: Completion,
    done: str,
    change: Callable[[Actor, Completion, str, int], object],
) -> Response | None:
    """Do one act with a reason to an entry and say what it changed; None where it was refused."""
    back = own_path(form.back.data) or url_for("people.person", reference=entry.person.reference)
    person_id, name, code = entry.person_id, entry.person.name, entry.module.code
    before = holdings(person_id, today())
    entry_id = entry.id
    try:
        with transaction():
            reason = (form["reason"].data if "reason" in form else "") or ""
            change(actor(), _found(entry_id, to_change=True), reason, form.seen_version)
    except NotFound:
        raise
    except Refused as refused:
        form.refuse(refused)
        return None
    flash(f"{code} {done}. {moved(name, before, holdings(person_id, today()))}", "success")
    return redirect(back)


def _step(
    template: str, form: ReasonForm | CorrectForm | AgainForm, entry: Completion, **more: object
) -> tuple[str, int]:
    if not form.is_submitted():
        form.back.data = _came_from()
    if form.is_overtaken or not form.is_submitted():
        form.row_version.data = entry.row_version
    back = own_path(form.back.data) or url_for("people.person", reference=entry.person.reference)
    return render_template(template, form=form, entry=entry, back=back, **more), form.status


def _found(completion_id: int, *, to_change: bool = False) -> Completion:
    entry = completion_seen(
        visible_people(account()), completion_id, places=visible_organisations(account()), to_change=to_change
    )
    if entry is None:
        raise NotFound
    return entry


def _theirs_to_change(completion_id: int) -> Completion:
    """Return an entry that the visitor may correct or void. Raises `NotFound` for one that they may not, exactly as for one
    that is absent, and `Refused` where it was theirs until somebody verified it."""
    entry = _found(completion_id)
    if may(Permission.CHANGE_ANY_COMPLETION):
        return entry
    if entry.recorded_by_account_id != account().id or entry.evidence == Evidence.VOID:
        raise NotFound
    if entry.evidence == Evidence.VERIFIED:
        raise Refused(
            "This entry was verified, so it is the workforce manager's to change. Tell them what is wrong with it."
        )
    return entry


def _came_from() -> str:
    """Return the page of ours from which the visitor came, if there is one, to go back to afterwards."""
    named = own_path(request.args.get("back"))
    if named:
        return named
    came = urlsplit(request.referrer or "")
    if came.netloc != request.host or came.path == request.path:
        return ""
    return own_path(f"{came.path}?{came.query}" if came.query else came.path) or ""


def _back_to(entry: Completion) -> str:
    return (
        own_path(request.form.get("back")) or _came_from() or url_for("people.person", reference=entry.person.reference)
    )


def _seen(ticked: str) -> tuple[int, int] | None:
    """Return the entry and the version in which it was ticked (see `seen_as`), None for anything else."""
    number, _, version = ticked.partition(".")
    return (int(number), int(version)) if _is_id(number) and _is_id(version) else None


def _is_id(typed: str) -> bool:
    return typed.isascii() and typed.isdecimal() and len(typed) <= len(str(LARGEST_ID)) and int(typed) <= LARGEST_ID
