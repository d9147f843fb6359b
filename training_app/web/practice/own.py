"""What the visitor takes part in, their invitations, and answering or taking back one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from training_app.accounts.policy import Permission
from training_app.clock import today
from training_app.database import transaction
from training_app.errors import NotFound, Refused
from training_app.practice.actions import accept, decline, leave, withdraw_invitation
from training_app.practice.models import InvitationAnswer, Kind, Practice, PracticeInvitation, PracticeMember
from training_app.practice.queries import (
    entries_of,
    invitation_of_theirs,
    invitation_to,
    invitations_to,
    membership_in,
    memberships_of,
    modules_done_as,
    visits_of,
)
from training_app.practice.rules import next_step_of_pair, next_step_of_team
from training_app.web.access import account, requires
from training_app.web.access import actor as acting
from training_app.web.asking import LARGEST_ID, asked_words
from training_app.web.components.fields import ListField
from training_app.web.practice.blueprint import own_practice
from training_app.web.practice.forms import YES, AnswerForm, InviteForm, LeaveForm

NO_LONGER_OPEN = "This invitation is no longer open."
SENT = "The invitation is kept. If the hub knows them, they find it on their page, and in their mail where it can."


@dataclass(frozen=True)
class Mine:
    """One thing that the visitor takes part in: with whom, and what comes next (None where it is over)."""

    member: PracticeMember
    others: str
    next_step: str | None

    @property
    def practice(self) -> Practice:
        """The pair or team."""
        return self.member.practice


@own_practice.get("/my/practice")
@requires(Permission.SEE_OWN_RECORD)
def mine() -> str:
    """Show the invitations to the visitor, what they take part in with its next step first, and what is over."""
    me = account().person_id
    if me is None:
        return render_template("my/no_person.html")
    all_of_it = list(map(_described, memberships_of(me)))
    return render_template(
        "practice/mine.html",
        invitations=[(each, others_invited_with(each)) for each in invitations_to(me)],
        under_way=[each for each in all_of_it if each.next_step],
        over=[each for each in all_of_it if not each.next_step],
        pairs_on_offer=bool(modules_done_as(Kind.PAIR, today())),
        research_on_offer=bool(modules_done_as(Kind.RESEARCH, today())),
    )


@own_practice.route(f"/my/practice/invitations/<int(max={LARGEST_ID}):invitation_id>", methods=["GET", "POST"])
@requires(Permission.LOG_OWN_TRAINING)
def invitation(invitation_id: int) -> Response | tuple[str, int]:
    """Show an invitation to the visitor with what it means, and take their answer."""
    asked = _to_me(invitation_id)
    if asked.answer == InvitationAnswer.JOINED:
        return redirect(address_of(asked.practice))
    if asked.answer is not None or asked.practice.is_over:
        flash(NO_LONGER_OPEN, "note")
        return redirect(url_for("own_practice.mine"))
    form = AnswerForm()
    if form.validate_on_submit():
        says_yes = form.answer.data == YES
        try:
            with transaction():
                again = _to_me(invitation_id)
                if says_yes:
                    accept(acting(), again)
                else:
                    decline(acting(), again)
        except Refused as refused:
            form.refuse(refused)
        else:
            flash("You take part." if says_yes else "Your answer is kept. Nothing else changes.", "success")
            return redirect(address_of(_to_me(invitation_id).practice) if says_yes else url_for("own_practice.mine"))
    page = render_template("practice/invitation.html", form=form, invitation=asked, others=others_invited_with(asked))
    return page, form.status


@own_practice.post(f"/my/practice/sent/<int(max={LARGEST_ID}):sent_id>/withdraw")
@requires(Permission.LOG_OWN_TRAINING)
def withdraw(sent_id: int) -> Response:
    """Take back an invitation into what the visitor takes part in."""
    with transaction():
        sent = invitation_of_theirs(account().person_id, sent_id)
        if sent is None:
            raise NotFound
        withdraw_invitation(acting(), sent)
        back = address_of(sent.practice)
    flash("The invitation is taken back.", "success")
    return redirect(back)


def member_in(practice_id: int, kind: Kind) -> PracticeMember:
    """Return the visitor's place in a pair or team. Raises `NotFound` where they have none as where there is no such thing."""
    found = membership_in(account().person_id, practice_id, kind)
    if found is None:
        raise NotFound
    return found


def address_of(practice: Practice) -> str:
    """Return where the page of a pair or team is for those who take part."""
    if practice.kind == Kind.PAIR:
        return url_for("own_practice.pair", pair_id=practice.id)
    return url_for("own_practice.research", project_id=practice.id)


def leaving(practice_id: int, kind: Kind) -> Response | tuple[str, int]:
    """Show what leaving means, and let the visitor leave."""
    member = member_in(practice_id, kind)
    back = address_of(member.practice)
    if member.left_at is not None or member.practice.is_over:
        return redirect(back)
    form = LeaveForm()
    if form.validate_on_submit():
        with transaction():
            leave(acting(), member_in(practice_id, kind))
        flash("You have left. What you wrote is kept for you.", "success")
        return redirect(url_for("own_practice.mine"))
    return render_template("practice/leave.html", form=form, practice=member.practice, back=back), form.status


def inviting(practice_id: int, kind: Kind, invite: Callable[[PracticeMember, str], None]) -> Response | tuple[str, int]:
    """Show whom to invite, and keep the invitation; the answer is the same whether the hub knows them or not."""
    member = member_in(practice_id, kind)
    back = address_of(member.practice)
    if member.left_at is not None or member.practice.is_over:
        return redirect(back)
    form = InviteForm()
    if form.validate_on_submit():
        try:
            with transaction():
                invite(member_in(practice_id, kind), form.who.data)
        except NotFound:
            raise
        except Refused as refused:
            form.refuse(refused)
        else:
            flash(SENT, "success")
            return redirect(back)
    return render_template("practice/invite.html", form=form, practice=member.practice, back=back), form.status


def offer_modules(field: ListField, kind: Kind, *, submitted: bool) -> None:
    """Offer the modules that are completed in this way; one alone, or that of `?module=`, is chosen already."""
    codes = [(code, f"{title} ({code})") for _, code, title in modules_done_as(kind, today())]
    field.choices = [("", "Choose"), *codes] if len(codes) != 1 else codes
    if not submitted:
        asked = asked_words("module")
        field.data = asked if asked in {code for code, _ in codes} else codes[0][0] if len(codes) == 1 else ""


def module_id_of(code: str, kind: Kind) -> int:
    """Return the number of a module that was offered. Raises `Refused` for one that no longer is."""
    for number, offered, _ in modules_done_as(kind, today()):
        if offered == code:
            return number
    raise Refused("Choose one of the modules in the list.", "module")


def names_of(members: list[PracticeMember]) -> str:
    """Return the names of members, as a sentence lists them."""
    names = [each.person.name for each in members]
    return ", ".join(names[:-1]) + (" and " if len(names) > 1 else "") + names[-1] if names else ""


def others_invited_with(invitation: PracticeInvitation) -> str:
    """Return with whom somebody would take part, as far as it is known; whom the hub invites with them is named too."""
    practice = invitation.practice
    named = names_of(practice.standing)
    if named or invitation.invited_by is not None:
        return named
    return next((each.typed or "" for each in practice.waiting if each.id != invitation.id), "")


def _described(member: PracticeMember) -> Mine:
    practice = member.practice
    others = [each for each in practice.members if each.person_id != member.person_id]
    if practice.kind != Kind.PAIR:
        others = [each for each in others if each.left_at is None]
    named = names_of(others) or ", ".join(each.typed or "" for each in practice.waiting)
    if member.left_at is not None or practice.is_over:
        return Mine(member, named, None)
    return Mine(member, named, next_step_for(member))


def next_step_for(member: PracticeMember) -> str:
    """Return what the visitor does next in what is under way."""
    practice = member.practice
    if practice.kind != Kind.PAIR:
        written = {each.step for each in entries_of([practice.id]).get(practice.id, [])}
        return next_step_of_team(written, practice.finding)
    partner = partner_of(member)
    visit = visits_of(practice).get(member.id)
    return next_step_of_pair(
        is_waiting=bool(practice.waiting),
        is_alone=partner is None,
        on_day=visit.on_day if visit else None,
        mine_is_finished=visit is not None and visit.finished_at is not None,
        other=partner.person.name if partner else "",
        today=today(),
    )


def partner_of(member: PracticeMember) -> PracticeMember | None:
    """Return the other of a pair, also once one of them has left; None where nobody has joined yet."""
    return next((each for each in member.practice.members if each.id != member.id), None)


def _to_me(invitation_id: int) -> PracticeInvitation:
    found = invitation_to(account().person_id, invitation_id)
    if found is None:
        raise NotFound
    return found
