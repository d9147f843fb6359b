"""One's own record: am I in date, what runs out when, what is not yet recorded, what have I done; and logging training."""

from __future__ import annotations

from datetime import date

from flask import Response as File
from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from training_app.accounts.policy import Permission
from training_app.audit.queries import EventsWanted, events_page
from training_app.catalogue.queries import module_by_code, modules_on_offer
from training_app.clock import today
from training_app.corrections.queries import described, requests_of
from training_app.coverage.own import own_training
from training_app.coverage.standing import State
from training_app.database import transaction
from training_app.errors import Refused
from training_app.files import Column, Table
from training_app.people.models import Person
from training_app.people.queries import person_by_id
from training_app.people.rules import in_words
from training_app.people.scope import everywhere, visible_people
from training_app.records.actions import log_training
from training_app.records.history import SAID_ALREADY
from training_app.records.models import Completion, Evidence
from training_app.records.queries import completion_seen, completions_of
from training_app.skills.levels import Level
from training_app.web.access import account, actor, requires
from training_app.web.asking import LARGEST_ID, asked_number, asked_page, asked_words
from training_app.web.downloads import download, each_format
from training_app.web.my import other, why
from training_app.web.my.blueprint import my
from training_app.web.my.doubts import doubts
from training_app.web.my.forms import TODAY, LogForm
from training_app.web.my.own import answer_for, asked_of, gaps_of, is_volunteer, needed_first, waiting_for_the_hub
from training_app.web.records.uploads import Upload, add_upload, take_in_upload
from training_app.web.telling import LATEST, told_to_the_visitor

__all__ = ["my", "other", "why"]

# Entries shown at first; the rest of a long history is one click away.
SHOWN_AT_FIRST = 20
# What somebody's own history tells of: their record, not their account's comings and goings.
TOLD_TO_THEMSELVES = (
    *("person", "engagement", "exemption", "waiver", "completion", "extension", "evidence_file", "reflection"),
    "correction_request",
)


@my.get("/my/record")
@requires(Permission.SEE_OWN_RECORD)
def record() -> str:
    """Show the visitor's own record."""
    me = _me()
    if me is None:
        return render_template("my/no_person.html")
    on = today()
    own = own_training(me.id, on)
    skills = own.standing.skills
    sentence, mood = answer_for(own)
    completions = completions_of(me.id, places=everywhere())
    corrections = requests_of(me.id)
    return render_template(
        "my/record.html",
        person=me,
        on=on,
        groups=own.standing.groups,
        sentence=sentence,
        mood=mood,
        first=needed_first(own),
        is_volunteer=is_volunteer(own),
        returned=own.sent_back,
        held=sorted(
            ((each, each.held_until(on)) for each in skills if each.held is not Level.NONE),
            key=lambda each: (each[1] or date.max, each[0].skill.name),
        ),
        asked_to_do=asked_of(own),
        exempt=[each for each in skills if each.state is State.EXEMPT],
        ran_out=[each for each in skills if each.required is Level.NONE and each.ran_out],
        gaps=gaps_of(own),
        completions=completions if "all" in request.args else completions[:SHOWN_AT_FIRST],
        found=len(completions),
        waiting=waiting_for_the_hub(own),
        history=told_to_the_visitor(events_page(_own_history(me), size=LATEST).rows),
        corrections=corrections,
        corrections_about=described(corrections) if corrections else {},
    )


@my.get("/my/record/history")
@requires(Permission.SEE_OWN_RECORD)
def history() -> str:
    """Show what happened to the visitor's record, the latest first."""
    me = _me()
    if me is None:
        return render_template("my/no_person.html")
    page = events_page(_own_history(me), asked_page())
    return render_template("my/history.html", page=page, entries=told_to_the_visitor(page.rows))


@each_format(my, "/my/record")
@requires(Permission.SEE_OWN_RECORD)
def record_file() -> File:
    """Return what the visitor completed as a file."""
    me = _me()
    names = ("module", "title", "completed_on", "evidence", "valid_until", "hours", "provider", "note")
    rows = [
        [
            *(each.code, each.version.title, each.completed_on, each.evidence, each.valid_until),
            *(each.hours, each.provider, each.note),
        ]
        for each in (completions_of(me.id, places=everywhere()) if me else [])
    ]
    return download(Table([Column(name) for name in names], rows), "my-training")


@my.route("/my/record/log", methods=["GET", "POST"])
@requires(Permission.LOG_OWN_TRAINING)
def log() -> Response | tuple[str, int]:
    """Log a module that the visitor completed; what is odd about it is said before it is kept, and then kept all the same
    where they want it."""
    me = _me()
    if me is None:
        return render_template("my/no_person.html"), 200
    form = LogForm()
    returned = _sent_back(me, form.again.data if form.is_submitted() else str(asked_number("again") or ""))
    _offer_modules(form, returned)
    upload = take_in_upload(form.photo, form.kept_photo.data) if form.is_submitted() else Upload()
    form.kept_photo.data = upload.word
    if not form.is_submitted():
        form.when.data = TODAY
        form.module.data = returned.code if returned else asked_words("module")
        form.again.data = str(returned.id) if returned else ""
    if form.validate_on_submit() and "change" not in request.form:
        answer = _doubted(form, me.id, upload) or _log(form, me.id, returned, upload)
        if answer is not None:
            return answer
    if upload.problem:
        form.photo.errors = [*form.photo.errors, upload.problem]
    return render_template("my/log.html", form=form, returned=returned), form.status


def _doubted(form: LogForm, person_id: int, upload: Upload) -> tuple[str, int] | None:
    """Return the page that says what is odd about an entry; None where nothing is, or where it was shown already."""
    module, day = module_by_code(form.module.data), form.day()
    assert module is not None
    this = f"{module.code} {day.isoformat()}"
    if form.confirmed.data == this:
        return None
    odd = doubts(module, day, completions_of(person_id, places=everywhere()), today())
    if not odd:
        return None
    form.confirmed.data = this
    page = render_template("my/sure.html", form=form, module=module, day=day, doubts=odd, problem=upload.problem)
    return page, 200


def _own_history(me: Person) -> EventsWanted:
    # That two entries of theirs were merged changes no waiver.
    return EventsWanted(people=[me.id], object_types=TOLD_TO_THEMSELVES, without=(*SAID_ALREADY, "waiver.moved"))


def _log(form: LogForm, person_id: int, returned: Completion | None, upload: Upload) -> Response | None:
    """Keep what the form says, whatever becomes of its photo; None where it was refused, with the reason at its field."""
    module = module_by_code(form.module.data)
    assert module is not None
    code, title, module_id, day = module.code, module.current.title, module.id, form.day()
    answers = returned if returned is not None and returned.module_id == module_id else None
    try:
        with transaction():
            logged = log_training(actor(), person_id, module_id, day, note=form.note.data or None, in_answer_to=answers)
            is_new, entry_id = logged.is_new, logged.completion.id
            evidence = Evidence(logged.completion.evidence)
            problem = add_upload(logged.completion, upload.kept) if upload.kept else upload.problem
    except Refused as refused:
        form.refuse(refused)
        return None
    if is_new:
        flash(
            f"{code} {title} is logged for {in_words(day)}. "
            + (
                "It is confirmed by rule, and counts from now on."
                if evidence is Evidence.VERIFIED
                else "It awaits confirmation: it counts once somebody at the hub has verified it."
            ),
            "success",
        )
    else:
        flash(f"You have {code} on {in_words(day)} already, so it was not logged twice.", "note")
    if problem:
        flash(f"Your photo or PDF was not added. {problem} You can add one below.", "important")
    return redirect(url_for("own_entries.entry", completion_id=entry_id))


def _me() -> Person | None:
    person_id = account().person_id
    return person_by_id(visible_people(account()), person_id) if person_id is not None else None


def _sent_back(me: Person, typed: str | None) -> Completion | None:
    """Return the visitor's own entry with this id if it was sent back."""
    if not typed or not (typed.isascii() and typed.isdecimal()) or len(typed) > len(str(LARGEST_ID)):
        return None
    entry = completion_seen(visible_people(account()), min(int(typed), LARGEST_ID), places=everywhere())
    is_mine = (
        entry is not None and entry.person_id == me.id and entry.evidence == Evidence.RETURNED and not entry.is_outside
    )
    return entry if is_mine else None


def _offer_modules(form: LogForm, returned: Completion | None) -> None:
    offered = [(code, f"{title} ({code})") for _, code, title in modules_on_offer(today())]
    if returned is not None and returned.code is not None and returned.code not in {code for code, _ in offered}:
        offered.insert(0, (returned.code, f"{returned.version.title} ({returned.code})"))
    form.module.choices = [("", "Choose"), *sorted(offered, key=lambda choice: choice[1].casefold())]
