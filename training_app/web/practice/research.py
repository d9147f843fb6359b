"""A team's action research: beginning, its page, its question, its entries and what it found."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from training_app.accounts.policy import Permission
from training_app.clock import today
from training_app.database import transaction
from training_app.errors import NotFound, Refused
from training_app.practice.actions import begin_research, change_question, invite, write_entry, write_finding
from training_app.practice.models import Kind, PracticeEntry, PracticeMember
from training_app.practice.queries import entries_of, entry_by
from training_app.practice.rules import STEPS
from training_app.records.queries import standing_completion
from training_app.web.access import account, requires
from training_app.web.access import actor as acting
from training_app.web.asking import LARGEST_ID, asked_choice
from training_app.web.practice.blueprint import own_practice
from training_app.web.practice.forms import BeginResearchForm, EntryForm, FindingForm, QuestionForm
from training_app.web.practice.own import (
    inviting,
    leaving,
    member_in,
    module_id_of,
    next_step_for,
    offer_modules,
)

_PROJECT = f"/my/practice/research/<int(max={LARGEST_ID}):project_id>"


@own_practice.route("/my/practice/research/new", methods=["GET", "POST"])
@requires(Permission.LOG_OWN_TRAINING)
def new_research() -> Response | tuple[str, int]:
    """Begin action research with a question."""
    me = account().person_id
    if me is None:
        return render_template("my/no_person.html"), 200
    form = BeginResearchForm()
    offer_modules(form.module, Kind.RESEARCH, submitted=form.is_submitted())
    if form.validate_on_submit():
        try:
            with transaction():
                project_id = begin_research(
                    acting(),
                    me,
                    module_id_of(form.module.data, Kind.RESEARCH),
                    form.question.data,
                    form.setting.data or None,
                ).id
        except Refused as refused:
            form.refuse(refused)
        else:
            flash("Your action research is begun. Invite your team next.", "success")
            return redirect(url_for("own_practice.research", project_id=project_id))
    return render_template("practice/new_research.html", form=form), form.status


@own_practice.get(_PROJECT)
@requires(Permission.SEE_OWN_RECORD)
def research(project_id: int) -> str:
    """Show the research of a team in which the visitor is: its question, the team, the cycle and the finding."""
    member = member_in(project_id, Kind.RESEARCH)
    practice = member.practice
    entry = (
        standing_completion(member.person_id, practice.module_id, practice.finished_on)
        if practice.finished_on
        else None
    )
    return render_template(
        "practice/research.html",
        practice=practice,
        me=member,
        entries=entries_of([practice.id]).get(practice.id, []),
        steps=STEPS,
        next_step=None if practice.is_over else next_step_for(member),
        entry=entry,
    )


@own_practice.route(f"{_PROJECT}/question", methods=["GET", "POST"])
@requires(Permission.LOG_OWN_TRAINING)
def question(project_id: int) -> Response | tuple[str, int]:
    """Put a team's question and setting in other words."""
    practice = member_in(project_id, Kind.RESEARCH).practice
    back = url_for("own_practice.research", project_id=project_id)
    form = QuestionForm()
    if not form.is_submitted():
        if practice.is_over:
            return redirect(back)
        form = QuestionForm(obj=practice, row_version=str(practice.row_version))
    if form.validate_on_submit():
        try:
            with transaction():
                change_question(
                    acting(),
                    member_in(project_id, Kind.RESEARCH),
                    form.question.data,
                    form.setting.data or None,
                    seen_version=form.seen_version,
                )
        except NotFound:
            raise
        except Refused as refused:
            form.refuse(refused)
            practice = member_in(project_id, Kind.RESEARCH).practice
            if form.is_overtaken:
                form.row_version.data = str(practice.row_version)
        else:
            flash("Saved for the whole team.", "success")
            return redirect(back)
    return render_template("practice/question.html", form=form, practice=practice, back=back), form.status


@own_practice.route(f"{_PROJECT}/entries", methods=["GET", "POST"])
@requires(Permission.LOG_OWN_TRAINING)
def add_entry(project_id: int) -> Response | tuple[str, int]:
    """Write about a step of the cycle; `?step=` chooses which."""
    return _write_entry(project_id, None)


@own_practice.route(f"{_PROJECT}/entries/<int(max={LARGEST_ID}):entry_id>", methods=["GET", "POST"])
@requires(Permission.LOG_OWN_TRAINING)
def change_entry(project_id: int, entry_id: int) -> Response | tuple[str, int]:
    """Change what the visitor wrote about a step of the cycle."""
    return _write_entry(project_id, entry_id)


@own_practice.route(f"{_PROJECT}/finding", methods=["GET", "POST"])
@requires(Permission.LOG_OWN_TRAINING)
def finding(project_id: int) -> Response | tuple[str, int]:
    """Write what the team found, share it or not, and finish the cycle."""
    practice = member_in(project_id, Kind.RESEARCH).practice
    back = url_for("own_practice.research", project_id=project_id)
    form = FindingForm()
    if not form.is_submitted():
        if practice.ended_at is not None:
            return redirect(back)
        form = FindingForm(obj=practice, row_version=str(practice.row_version), finish_on=today())
    if form.validate_on_submit():
        try:
            with transaction():
                write_finding(
                    acting(),
                    member_in(project_id, Kind.RESEARCH),
                    form.finding.data or None,
                    shared=bool(form.shared.data),
                    finish=bool(form.finish.data),
                    finish_on=form.finish_on.data,
                    seen_version=form.seen_version,
                )
        except NotFound:
            raise
        except Refused as refused:
            form.refuse(refused)
            practice = member_in(project_id, Kind.RESEARCH).practice
            if form.is_overtaken:
                form.row_version.data = str(practice.row_version)
        else:
            flash(
                "Saved. The module is logged for each of the team, and awaits confirmation unless it needs none."
                if form.finish.data
                else "Saved for the whole team.",
                "success",
            )
            return redirect(back)
    return render_template("practice/finding.html", form=form, practice=practice, back=back), form.status


@own_practice.route(f"{_PROJECT}/invite", methods=["GET", "POST"])
@requires(Permission.LOG_OWN_TRAINING)
def invite_to_research(project_id: int) -> Response | tuple[str, int]:
    """Invite somebody into a team."""
    return inviting(project_id, Kind.RESEARCH, lambda member, typed: invite(acting(), member, typed))


@own_practice.route(f"{_PROJECT}/leave", methods=["GET", "POST"])
@requires(Permission.LOG_OWN_TRAINING)
def leave_research(project_id: int) -> Response | tuple[str, int]:
    """Leave a team."""
    return leaving(project_id, Kind.RESEARCH)


def _write_entry(project_id: int, entry_id: int | None) -> Response | tuple[str, int]:
    member = member_in(project_id, Kind.RESEARCH)
    written = _mine(member, entry_id)
    back = url_for("own_practice.research", project_id=project_id)
    form = EntryForm()
    if not form.is_submitted():
        if member.practice.is_over:
            return redirect(back)
        if written is not None:
            form = EntryForm(obj=written, row_version=str(written.row_version))
        else:
            form = EntryForm(on_day=today(), step=asked_choice("step", list(STEPS)), row_version="0")
    if form.validate_on_submit():
        try:
            with transaction():
                writer = member_in(project_id, Kind.RESEARCH)
                write_entry(
                    acting(),
                    writer,
                    form.step.data,
                    form.on_day.data,
                    form.words.data,
                    entry=_mine(writer, entry_id),
                    seen_version=form.seen_version if entry_id is not None else None,
                )
        except NotFound:
            raise
        except Refused as refused:
            form.refuse(refused)
            written = _mine(member_in(project_id, Kind.RESEARCH), entry_id)
            if form.is_overtaken and written is not None:
                form.row_version.data = str(written.row_version)
        else:
            flash("Saved. Your team can read it.", "success")
            return redirect(back)
    page = render_template(
        "practice/entry.html", form=form, practice=member.practice, written=written, steps=STEPS, back=back
    )
    return page, form.status


def _mine(member: PracticeMember, entry_id: int | None) -> PracticeEntry | None:
    if entry_id is None:
        return None
    found = entry_by(member, entry_id)
    if found is None:
        raise NotFound
    return found
