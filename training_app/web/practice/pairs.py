"""A pair: beginning, its page, and what each writes about their visit."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from training_app.accounts.policy import Permission
from training_app.clock import today
from training_app.database import transaction
from training_app.errors import NotFound, Refused
from training_app.practice.actions import begin_pair, invite, write_visit
from training_app.practice.models import Kind
from training_app.practice.queries import visits_of
from training_app.practice.rules import QUESTIONS
from training_app.records.queries import standing_completion
from training_app.web.access import account, requires
from training_app.web.access import actor as acting
from training_app.web.asking import LARGEST_ID
from training_app.web.practice.blueprint import own_practice
from training_app.web.practice.forms import BeginPairForm, VisitForm
from training_app.web.practice.own import (
    SENT,
    inviting,
    leaving,
    member_in,
    module_id_of,
    next_step_for,
    offer_modules,
    partner_of,
)

_PAIR = f"/my/practice/pairs/<int(max={LARGEST_ID}):pair_id>"


@own_practice.route("/my/practice/pairs/new", methods=["GET", "POST"])
@requires(Permission.LOG_OWN_TRAINING)
def new_pair() -> Response | tuple[str, int]:
    """Begin a peer observation with somebody whom the visitor names."""
    me = account().person_id
    if me is None:
        return render_template("my/no_person.html"), 200
    form = BeginPairForm()
    offer_modules(form.module, Kind.PAIR, submitted=form.is_submitted())
    if form.validate_on_submit():
        try:
            with transaction():
                pair_id = begin_pair(acting(), me, module_id_of(form.module.data, Kind.PAIR), form.who.data).id
        except Refused as refused:
            form.refuse(refused)
        else:
            flash(SENT, "success")
            return redirect(url_for("own_practice.pair", pair_id=pair_id))
    return render_template("practice/new_pair.html", form=form), form.status


@own_practice.get(_PAIR)
@requires(Permission.SEE_OWN_RECORD)
def pair(pair_id: int) -> str:
    """Show a pair of the visitor's: what comes next, and what the two wrote."""
    member = member_in(pair_id, Kind.PAIR)
    practice, partner = member.practice, partner_of(member)
    visits = visits_of(practice)
    entry = (
        standing_completion(member.person_id, practice.module_id, practice.finished_on)
        if practice.finished_on and member.left_at is None
        else None
    )
    return render_template(
        "practice/pair.html",
        practice=practice,
        partner=partner,
        my_visit=visits.get(member.id),
        other_visit=visits.get(partner.id) if partner else None,
        questions=QUESTIONS,
        next_step=None if practice.is_over or member.left_at else next_step_for(member),
        entry=entry,
    )


@own_practice.route(f"{_PAIR}/visit", methods=["GET", "POST"])
@requires(Permission.LOG_OWN_TRAINING)
def visit(pair_id: int) -> Response | tuple[str, int]:
    """Write about the visit that the visitor pays to the other, and finish it."""
    member = member_in(pair_id, Kind.PAIR)
    written = visits_of(member.practice).get(member.id)
    form = VisitForm()
    back = url_for("own_practice.pair", pair_id=pair_id)
    is_closed = member.practice.is_over or (written is not None and written.finished_at is not None)
    if not form.is_submitted():
        if is_closed:
            return redirect(back)
        form.row_version.data = str(written.row_version if written else 0)
        if written is not None:
            form = VisitForm(obj=written, row_version=str(written.row_version))
            form.finish.data = False
    if form.validate_on_submit():
        try:
            with transaction():
                done = write_visit(
                    acting(),
                    member_in(pair_id, Kind.PAIR),
                    form.on_day.data,
                    {name: form[name].data or None for name in QUESTIONS},
                    finish=bool(form.finish.data),
                    seen_version=form.seen_version,
                )
                is_finished = done.finished_at is not None
        except NotFound:
            raise
        except Refused as refused:
            form.refuse(refused)
            written = visits_of(member_in(pair_id, Kind.PAIR).practice).get(member.id)
            if form.is_overtaken:
                form.row_version.data = str(written.row_version if written else 0)
        else:
            flash(
                "Both visits are finished. The module is logged for both of you, and awaits confirmation unless it needs none."
                if is_finished
                else "Your visit is finished."
                if form.finish.data
                else "Saved. The two of you can read it, and nobody else.",
                "success",
            )
            return redirect(back)
    page = render_template(
        "practice/visit.html",
        form=form,
        practice=member.practice,
        partner=partner_of(member),
        written=written,
        questions=QUESTIONS,
        back=back,
        today=today(),
    )
    return page, form.status


@own_practice.route(f"{_PAIR}/invite", methods=["GET", "POST"])
@requires(Permission.LOG_OWN_TRAINING)
def invite_to_pair(pair_id: int) -> Response | tuple[str, int]:
    """Invite somebody into a pair in which the visitor is alone."""
    return inviting(pair_id, Kind.PAIR, lambda member, typed: invite(acting(), member, typed))


@own_practice.route(f"{_PAIR}/leave", methods=["GET", "POST"])
@requires(Permission.LOG_OWN_TRAINING)
def leave_pair(pair_id: int) -> Response | tuple[str, int]:
    """Leave a pair."""
    return leaving(pair_id, Kind.PAIR)
