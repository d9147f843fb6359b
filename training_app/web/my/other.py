"""Logging training of one's own that is not in the catalogue, and answering an entry that was sent back."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from training_app.accounts.policy import Permission
from training_app.clock import today
from training_app.database import transaction
from training_app.errors import NotFound, Refused
from training_app.files.taking_in import OFFERED
from training_app.people.models import Person
from training_app.people.queries import person_by_id
from training_app.people.rules import in_words
from training_app.people.scope import everywhere, visible_people
from training_app.records.actions import log_again
from training_app.records.evidence import attach, evidence_of
from training_app.records.models import Completion, Evidence
from training_app.records.outside import log_outside
from training_app.records.queries import completion_seen
from training_app.records.rules import LONGEST_NOTE
from training_app.web.access import account, actor, requires
from training_app.web.asking import LARGEST_ID
from training_app.web.components.fields import (
    DayField,
    HeldField,
    LongTextField,
    Needed,
    RadiosField,
    TidyString,
    UploadField,
)
from training_app.web.forms import EditingForm
from training_app.web.my.blueprint import my
from training_app.web.records.outside import TrainingFields
from training_app.web.records.uploads import Upload, take_in_upload

TODAY, YESTERDAY, ANOTHER = "today", "yesterday", "another"


class OtherForm(TrainingFields):
    """Training of one's own outside the catalogue, and when it was."""

    when = RadiosField(
        "When did you complete it?",
        choices=[(TODAY, "Today"), (YESTERDAY, "Yesterday"), (ANOTHER, "Another day")],
        default=TODAY,
        validators=[Needed("Choose when you completed it")],
    )
    completed_on = DayField("Which day?", what="the day you completed it", latest=today, optional=True)

    def validate(self, extra_validators: Any = None) -> bool:
        """Check the form; the day matters only where neither today nor yesterday is chosen."""
        is_right: bool = super().validate(extra_validators)
        if self.when.data in (TODAY, YESTERDAY):
            self.completed_on.errors = []
            is_right = is_right or not (self.errors or self.sent_in_vain)
        elif self.when.data == ANOTHER and self.completed_on.data is None and not self.completed_on.errors:
            self.completed_on.errors = ["Enter the day you completed it, like 27 3 2026"]
            is_right = False
        return is_right

    def day(self) -> date:
        """Return the day that was chosen; only for a form that was found right."""
        if self.when.data in (TODAY, YESTERDAY):
            return today() - timedelta(days=int(self.when.data == YESTERDAY))
        chosen: date = self.completed_on.data
        return chosen


class AnswerForm(EditingForm):
    """An answer to an entry that was sent back: the right day, another photo, words, or all of them."""

    completed_on = DayField("When did you complete it?", what="the day you completed it", latest=today)
    photo = UploadField("Photo or PDF (optional)", render_kw={"accept": OFFERED})
    # The word for a photo that was taken in with this form already.
    kept_photo = HeldField()
    answer = LongTextField("Your answer", filters=[TidyString("The answer", LONGEST_NOTE)])


class AnswerOutsideForm(TrainingFields, AnswerForm):
    """The same for training outside the catalogue, of which everything may be put right."""


@my.route("/my/record/log/other", methods=["GET", "POST"])
@requires(Permission.LOG_OWN_TRAINING)
def log_other() -> Response | tuple[str, int]:
    """Log training that is not in the catalogue; it waits until somebody at the hub has said what it gives."""
    me = _me()
    if me is None:
        return render_template("my/no_person.html"), 200
    form = OtherForm()
    if form.validate_on_submit():
        day = form.day()
        try:
            with transaction():
                logged = log_outside(actor(), me.id, form.training(day))
                is_new, title = logged.is_new, logged.completion.version.title
        except Refused as refused:
            form.refuse(refused)
        else:
            flash(
                f"{title} is logged for {in_words(day)}. It counts once somebody at the hub has said what it gives."
                if is_new
                else f"You have {title} on {in_words(day)} already, so it was not logged twice.",
                "success" if is_new else "note",
            )
            return redirect(url_for("my.record"))
    return render_template("my/other.html", form=form), form.status


@my.route(f"/my/record/answer/<int(max={LARGEST_ID}):returned_id>", methods=["GET", "POST"])
@requires(Permission.LOG_OWN_TRAINING)
def answer(returned_id: int) -> Response | tuple[str, int]:
    """Answer an entry of one's own that was sent back: put it right, send a better photo, or say more. It waits again, with the
    answer beside it."""
    entry = _own_entry(returned_id)
    if entry.evidence != Evidence.RETURNED:
        flash("This entry was answered already, so nothing was changed.", "note")
        return redirect(url_for("my.record"))
    form: AnswerForm = AnswerOutsideForm() if entry.is_outside else AnswerForm()
    if not form.is_submitted():
        form.completed_on.process(None, entry.completed_on)
        if isinstance(form, AnswerOutsideForm):
            form.fill_from(entry)
    upload = take_in_upload(form.photo, form.kept_photo.data) if form.is_submitted() else Upload()
    form.kept_photo.data = upload.word
    if form.validate_on_submit() and not upload.problem:
        if upload.kept is None and _says_nothing_new(form, entry):
            form.answer.errors = ["Put something right above, or write an answer"]
        else:
            called = entry.version.title
            try:
                with transaction():
                    standing = _answer(form, _own_entry(returned_id, to_change=True))
                    if upload.kept is not None:
                        attach(actor(), standing, upload.kept)
            except NotFound:
                raise
            except Refused as refused:
                form.refuse(refused)
            else:
                flash(f"{called} is sent to the hub again, with what you said. It awaits confirmation.", "success")
                return redirect(url_for("my.record"))
    if upload.problem:
        form.photo.errors = [*form.photo.errors, upload.problem]
    if form.is_overtaken or not form.is_submitted():
        form.row_version.data = str(entry.row_version)
    files = len(evidence_of([entry.id]).get(entry.id, ()))
    return render_template("my/answer.html", form=form, entry=entry, files=files), form.status


def _answer(form: AnswerForm, entry: Completion) -> Completion:
    """Send an entry to the hub again as the form says, and return the one that stands now. Raises `Refused` where that would be
    what stands there already."""
    if isinstance(form, AnswerOutsideForm):
        training = form.training(form.completed_on.data)
        logged = log_outside(
            actor(),
            entry.person_id,
            training,
            in_answer_to=entry,
            answer=form.answer.data or None,
            seen_version=form.seen_version,
        )
        if not logged.is_new:
            raise Refused("You have this on that day already. Choose another day, or another title.", "completed_on")
        return logged.completion
    answer = form.answer.data or None
    return log_again(actor(), entry, form.completed_on.data, seen_version=form.seen_version, answer=answer)


def _says_nothing_new(form: AnswerForm, entry: Completion) -> bool:
    if form.answer.data or form.completed_on.data != entry.completed_on:
        return False
    if not isinstance(form, AnswerOutsideForm):
        return True
    said = form.training(entry.completed_on)
    was = (entry.version.title, entry.provider, entry.hours, entry.version.is_formal, entry.note)
    return (said.title, said.provider, said.hours, said.is_formal, said.note) == was


def _own_entry(entry_id: int, *, to_change: bool = False) -> Completion:
    """Return an entry of the visitor's own. Raises `NotFound` for anybody else's exactly as for one absent."""
    entry = completion_seen(visible_people(account()), entry_id, places=everywhere(), to_change=to_change)
    if entry is None or entry.person_id != account().person_id:
        raise NotFound
    return entry


def _me() -> Person | None:
    person_id = account().person_id
    return person_by_id(visible_people(account()), person_id) if person_id is not None else None
