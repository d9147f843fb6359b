"""Working together: inviting, joining, writing, finishing and leaving. Each verb checks what it is given, tells the audit, and
commits nothing. What was sent twice is kept once.

Whoever writes holds the people first and the practice after them, in this order everywhere.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime

from sqlalchemy import select

from training_app.audit import Actor, record
from training_app.clock import now, today
from training_app.database import db, snapshot
from training_app.errors import ChangedMeanwhile, Refused
from training_app.people.actions import checked_text
from training_app.people.models import Person
from training_app.people.rules import day_problem, name_key
from training_app.practice.messages import tell_declined, tell_invited, tell_joined
from training_app.practice.models import (
    InvitationAnswer,
    Kind,
    Practice,
    PracticeEntry,
    PracticeInvitation,
    PracticeMember,
    PracticeVisit,
    Step,
)
from training_app.practice.queries import entries_of, invited_since, modules_done_as, person_meant, visits_of
from training_app.practice.rules import (
    INVITATIONS_WITHIN,
    LONGEST_CALLED,
    LONGEST_QUESTION,
    LONGEST_SETTING,
    MOST_IN_A_PAIR,
    MOST_IN_A_TEAM,
    MOST_INVITATIONS,
    QUESTIONS,
    missing_in_cycle,
    missing_in_visit,
)
from training_app.records.actions import log_training, one_writer_a_person
from training_app.records.rules import LONGEST_REFLECTION

OVER = "This is finished or was left, so nothing more is written in it."


def begin_pair(actor: Actor, person_id: int, module_id: int, typed: str) -> Practice:
    """Begin a peer observation of somebody with whom they name, by e-mail or as a colleague; return it. Begun twice in a row with
    the same, it is one. Raises `Refused` as `invite`, and for a module that is not completed in this way."""
    called = _checked_called(typed)
    one_writer_a_person([person_id])
    _check_module(Kind.PAIR, module_id)
    for each in _begun_by(person_id, Kind.PAIR, module_id):
        if any(_is_same(one.typed, called) for one in each.waiting):
            return each
    practice = _begin(actor, person_id, Kind.PAIR, module_id)
    _invite(actor, practice, practice.members[0], called)
    return practice


def begin_research(actor: Actor, person_id: int, module_id: int, question: str | None, setting: str | None) -> Practice:
    """Begin the action research of a team of which somebody is the first; return it. Begun twice with the same question, it is
    one. Raises `Refused` without a question, and for a module that is not completed in this way."""
    asked, where = _checked_question(question), _checked_setting(setting)
    one_writer_a_person([person_id])
    _check_module(Kind.RESEARCH, module_id)
    for each in _begun_by(person_id, Kind.RESEARCH, module_id):
        if each.question == asked:
            return each
    return _begin(actor, person_id, Kind.RESEARCH, module_id, asked, where)


def set_up_pair(actor: Actor, person_ids: Collection[int], module_id: int) -> Practice:
    """Invite two people to observe each other, for the hub; each decides for themselves. Set up twice, it is one. Raises
    `Refused` unless they are two, and for a module that is not completed in this way."""
    if len(set(person_ids)) != MOST_IN_A_PAIR:
        raise Refused("A pair is two people. Name two.", "names")
    people = one_writer_a_person(person_ids)
    _check_module(Kind.PAIR, module_id)
    standing = _open_pair_of({each.id for each in people}, module_id)
    if standing is not None:
        return standing
    practice = _begin(actor, None, Kind.PAIR, module_id)
    for person in people:
        _keep_invitation(actor, practice, None, person.name, person.id)
    return practice


def invite(actor: Actor, member: PracticeMember, typed: str) -> None:
    """Invite somebody, by e-mail or as a colleague by their whole name. It is the same to whoever invites whether the hub knows
    the one they name. Named twice, they are invited once.

    Raises `Refused` where nobody is named, the pair or team is full or over, or too many were invited in a day.
    """
    called = _checked_called(typed)
    practice = _held(member)
    _refuse_over(practice)
    if any(_is_same(each.typed, called) for each in practice.waiting):
        return
    _invite(actor, practice, member, called)


def withdraw_invitation(actor: Actor, invitation: PracticeInvitation) -> None:
    """Take back an invitation; one that was answered stays answered."""
    practice = _hold(invitation.practice_id)
    db.session.refresh(invitation)
    if invitation.answer is None:
        _answer(actor, practice, invitation, InvitationAnswer.WITHDRAWN)


def decline(actor: Actor, invitation: PracticeInvitation) -> None:
    """Say not this time. Nothing else is lost by it; a pair that the hub set up ends once neither takes part. Whoever invited
    them is written to.

    Raises `Refused` for an invitation that is no longer open.
    """
    practice = _hold(invitation.practice_id)
    db.session.refresh(invitation)
    if invitation.answer != InvitationAnswer.DECLINED:
        _refuse_closed(practice, invitation)
        _answer(actor, practice, invitation, InvitationAnswer.DECLINED)
        tell_declined(actor, practice, invitation)
        if not practice.standing and not practice.waiting:  # the hub set it up, and neither wants it
            _end(actor, practice, person_id=None)


def accept(actor: Actor, invitation: PracticeInvitation) -> Practice:
    """Join the pair or team into which somebody was invited; return it. Whoever invited them is written to. Raises `Refused` for
    an invitation that is no longer open, and where it is full."""
    person_id = invitation.person_id
    assert person_id is not None
    practice = _hold(invitation.practice_id, person_id)
    db.session.refresh(invitation)
    if any(each.person_id == person_id for each in practice.standing):
        if invitation.answer is None:
            _answer(actor, practice, invitation, InvitationAnswer.JOINED)
        return practice
    _refuse_closed(practice, invitation)
    if len(practice.standing) >= _most(practice):
        raise Refused("There is no place left in it.")
    _join(actor, practice, person_id)
    _answer(actor, practice, invitation, InvitationAnswer.JOINED)
    tell_joined(actor, practice, invitation, db.session.get_one(Person, person_id).name)
    return practice


def write_visit(
    actor: Actor,
    member: PracticeMember,
    on_day: date | None,
    answers: Mapping[str, str | None],
    *,
    finish: bool = False,
    seen_version: int | None = None,
) -> Practice:
    """Keep what one of a pair writes about their visit, each answer or none; with `finish` it is finished. When both are, each of
    the two has completed the module on the later day, and the claims are made; return the pair.

    `seen_version` is the version that they saw, 0 where there was none. Raises `Refused` for a pair that is over, a finished
    visit, words and days that cannot be, and where something is missing to finish; `ChangedMeanwhile` as `write_reflection`.
    """
    said = {
        name: checked_text(answers.get(name), "The answer", LONGEST_REFLECTION, name, lines=True) for name in QUESTIONS
    }
    _check_day(on_day)
    practice = _held(member)
    visit = visits_of(practice).get(member.id)
    is_same = visit is not None and visit.on_day == on_day and all(getattr(visit, each) == said[each] for each in said)
    if is_same and visit is not None and (visit.finished_at is not None or not finish):
        return practice  # sent twice
    _refuse_over(practice)
    if visit is not None and visit.finished_at is not None:
        raise Refused("Your visit is finished already.")
    if visit is None and seen_version:
        raise ChangedMeanwhile
    if visit is not None:
        visit.expect_version(seen_version)
    if finish:
        if len(practice.standing) < MOST_IN_A_PAIR:
            raise Refused("Wait until the other has joined; until then save without finishing.", "finish")
        missing = missing_in_visit(on_day, said, today())
        if missing:
            raise Refused(missing[1], missing[0])
    before = None if visit is None else snapshot(visit)
    if visit is None:
        visit = PracticeVisit(member_id=member.id, changed_at=now())
        db.session.add(visit)
    visit.on_day, visit.changed_at = on_day, now()
    for name, words in said.items():
        setattr(visit, name, words)
    if finish:
        visit.finished_at = now()
        record(actor, "practice_visit.finished", visit, before, member.person_id)
        visits = [visits_of(practice).get(each.id) for each in practice.standing]
        days = [each.on_day for each in visits if each is not None and each.finished_at is not None and each.on_day]
        if len(days) == MOST_IN_A_PAIR:
            _finish(actor, practice, max(days))
    else:
        record(actor, "practice_visit.written", visit, before, member.person_id)
    return practice


def change_question(
    actor: Actor, member: PracticeMember, question: str | None, setting: str | None, seen_version: int | None = None
) -> None:
    """Let a team's question and setting be others. Raises `Refused` without a question and for one that is over;
    `ChangedMeanwhile` where somebody else of the team saved it since."""
    asked, where = _checked_question(question), _checked_setting(setting)
    practice = _held(member)
    if practice.question == asked and practice.setting == where:
        return
    _refuse_over(practice)
    practice.expect_version(seen_version)
    before = snapshot(practice)
    practice.question, practice.setting = asked, where
    record(actor, "practice.changed", practice, before, member.person_id)


def write_entry(
    actor: Actor,
    member: PracticeMember,
    step: str,
    on_day: date,
    words: str | None,
    *,
    entry: PracticeEntry | None = None,
    seen_version: int | None = None,
) -> PracticeEntry:
    """Keep what one of a team writes about a step of the cycle, or writes anew of `entry`, which must be theirs. Raises `Refused`
    for one that is over, without words, for a day to come and a step that is none; `ChangedMeanwhile` where they saved the
    entry elsewhere since."""
    said = checked_text(words, "The entry", LONGEST_REFLECTION, "words", lines=True)
    if said is None:
        raise Refused("Write a few words.", "words")
    if step not in set(Step):
        raise Refused("Choose one of the four steps.", "step")
    _check_day(on_day)
    if on_day > today():
        raise Refused("This day is still to come. Write about it once it was.", "on_day")
    practice = _held(member)
    for each in entries_of([practice.id]).get(practice.id, []):
        is_it = entry is None or each.id == entry.id
        if is_it and each.member_id == member.id and (each.step, each.on_day, each.words) == (step, on_day, said):
            return each  # sent twice
    _refuse_over(practice)
    if entry is None:
        entry = PracticeEntry(
            member_id=member.id, step=step, on_day=on_day, words=said, written_at=now(), changed_at=now()
        )
        db.session.add(entry)
        record(actor, "practice_entry.written", entry, None, member.person_id)
        return entry
    db.session.refresh(entry)
    entry.expect_version(seen_version)
    before = snapshot(entry)
    entry.step, entry.on_day, entry.words, entry.changed_at = step, on_day, said, now()
    record(actor, "practice_entry.changed", entry, before, member.person_id)
    return entry


def write_finding(
    actor: Actor,
    member: PracticeMember,
    finding: str | None,
    *,
    shared: bool,
    finish_on: date | None = None,
    finish: bool = False,
    seen_version: int | None = None,
) -> None:
    """Keep what a team found, and whether the hub may read it. With `finish` the cycle is finished on that day, and each of the
    team has completed the module: the claims are made, once. A finding can be put in other words, shared and kept to the team
    afterwards too.

    Raises `Refused` for a team that left it, words that cannot be kept, and where something is missing to finish;
    `ChangedMeanwhile` where somebody else of the team saved it since.
    """
    said = checked_text(finding, "The finding", LONGEST_REFLECTION, "finding", lines=True)
    _check_day(finish_on)
    practice = _held(member)
    if practice.ended_at is not None:
        raise Refused(OVER)
    shared = shared and said is not None
    is_finished = practice.finished_at is not None
    if (practice.finding, practice.shared) == (said, shared) and (is_finished or not finish):
        return  # sent twice
    practice.expect_version(seen_version)
    if is_finished and said is None:
        raise Refused("The cycle is finished: leave a finding, in other words if you like.", "finding")
    if finish and not is_finished:
        written = {each.step for each in entries_of([practice.id]).get(practice.id, [])}
        missing = missing_in_cycle(written, said, finish_on, today())
        if missing:
            raise Refused(missing, "finding" if said is None else "finish")
    if (practice.finding, practice.shared) != (said, shared):
        before = snapshot(practice)
        practice.finding, practice.shared = said, shared
        record(actor, "practice.finding_written", practice, before, member.person_id)
    if finish and not is_finished and finish_on is not None:
        _finish(actor, practice, finish_on)


def leave(actor: Actor, member: PracticeMember) -> None:
    """Leave a pair or a team. A pair ends by it, a team when nobody is left; nothing that anybody wrote is lost. Left twice, it
    is left once; what is finished stays finished."""
    practice = _held(member)
    db.session.refresh(member)
    if member.left_at is None and not practice.is_over:
        leave_held(actor, practice, member)


def leave_held(actor: Actor, practice: Practice, member: PracticeMember) -> None:
    """Let a member leave a practice that is held already and not over."""
    before = snapshot(member)
    member.left_at = now()
    record(actor, "practice_member.left", member, before, member.person_id)
    if practice.kind == Kind.PAIR or not practice.standing:
        _end(actor, practice, person_id=member.person_id, at=member.left_at)


def _end(actor: Actor, practice: Practice, *, person_id: int | None, at: datetime | None = None) -> None:
    before = snapshot(practice)
    practice.ended_at = at or now()
    record(actor, "practice.ended", practice, before, person_id)
    close_invitations(actor, practice)


def close_invitations(actor: Actor, practice: Practice) -> None:
    """Take back what is open of a practice that is over, and forget how people were named in all of its invitations."""
    for each in practice.invitations:
        if each.answer is None:
            _answer(actor, practice, each, InvitationAnswer.WITHDRAWN)
        elif each.typed is not None:
            before = snapshot(each)
            each.typed = None
            record(actor, "practice_invitation.forgotten", each, before, _by_whom(each))


def _begin(
    actor: Actor,
    person_id: int | None,
    kind: Kind,
    module_id: int,
    question: str | None = None,
    setting: str | None = None,
) -> Practice:
    practice = Practice(
        kind=kind.value, module_id=module_id, question=question, setting=setting, shared=False, begun_at=now()
    )
    db.session.add(practice)
    record(actor, "practice.begun", practice, None, person_id)
    if person_id is not None:
        _join(actor, practice, person_id)
    return practice


def _join(actor: Actor, practice: Practice, person_id: int) -> None:
    member = PracticeMember(practice=practice, person=db.session.get_one(Person, person_id), joined_at=now())
    db.session.add(member)
    record(actor, "practice_member.joined", member, None, person_id)


def _invite(actor: Actor, practice: Practice, by: PracticeMember, called: str) -> None:
    if len(practice.standing) + len(practice.waiting) >= _most(practice):
        raise Refused(
            "A pair is two people. Withdraw the invitation that waits before you invite somebody else."
            if practice.kind == Kind.PAIR
            else f"A team is at most {MOST_IN_A_TEAM} people, with those who are invited.",
            "who",
        )
    if invited_since(by.person_id, now() - INVITATIONS_WITHIN) >= MOST_INVITATIONS:
        raise Refused("You have invited many people today. Go on tomorrow, or speak to them.", "who")
    if by.person.name_key == name_key(called) or (by.person.email and _is_same(by.person.email, called)):
        raise Refused("That is you. Name the other person.", "who")
    meant = person_meant(called, by.person_id, today())
    if meant is not None and meant in practice.known_people:
        meant = None  # and it looks as if the hub knew nobody of this name
    _keep_invitation(actor, practice, by, called, meant)


def _keep_invitation(
    actor: Actor, practice: Practice, by: PracticeMember | None, called: str, person_id: int | None
) -> None:
    invitation = PracticeInvitation(
        practice=practice, typed=called, person_id=person_id, invited_by=by, invited_at=now()
    )
    db.session.add(invitation)
    record(actor, "practice_invitation.sent", invitation, None, by.person_id if by else None)
    tell_invited(actor, practice, invitation, by.person.name if by else None)


def _answer(actor: Actor, practice: Practice, invitation: PracticeInvitation, answer: InvitationAnswer) -> None:
    before = snapshot(invitation)
    invitation.answer, invitation.answered_at = answer.value, now()
    if answer is not InvitationAnswer.DECLINED or practice.is_over:
        invitation.typed = None
    by = _by_whom(invitation) if answer is InvitationAnswer.WITHDRAWN else invitation.person_id
    record(actor, f"practice_invitation.{answer.value}", invitation, before, by)


def _by_whom(invitation: PracticeInvitation) -> int | None:
    return invitation.invited_by.person_id if invitation.invited_by is not None else None


def _finish(actor: Actor, practice: Practice, on: date) -> None:
    before = snapshot(practice)
    practice.finished_at, practice.finished_on = now(), on
    record(actor, "practice.finished", practice, before)
    close_invitations(actor, practice)
    for each in practice.standing:
        log_training(actor, each.person_id, practice.module_id, on)


def _held(member: PracticeMember) -> Practice:
    """Return the practice of a member, held. Raises `Refused` where they left it a moment ago."""
    practice = _hold(member.practice_id)
    if member.left_at is not None and not practice.is_over:
        raise Refused("You left this, so nothing more of yours is written in it.")
    return practice


def _hold(practice_id: int, *besides: int) -> Practice:
    people = set(db.session.scalars(select(PracticeMember.person_id).where(PracticeMember.practice_id == practice_id)))
    if people | set(besides):
        one_writer_a_person(people | set(besides))
    practice = db.session.scalars(
        select(Practice).where(Practice.id == practice_id).with_for_update().execution_options(populate_existing=True)
    ).one()
    db.session.expire(practice, ["members", "invitations"])
    for each in practice.members:
        db.session.refresh(each, ["left_at", "person_id"])
    return practice


def _begun_by(person_id: int, kind: Kind, module_id: int) -> list[Practice]:
    return list(
        db.session.scalars(
            select(Practice)
            .join(PracticeMember, PracticeMember.practice_id == Practice.id)
            .where(
                PracticeMember.person_id == person_id,
                PracticeMember.left_at.is_(None),
                Practice.kind == kind.value,
                Practice.module_id == module_id,
                Practice.finished_at.is_(None),
                Practice.ended_at.is_(None),
            )
            .order_by(Practice.id)
        )
    )


def _open_pair_of(person_ids: set[int], module_id: int) -> Practice | None:
    """Return a pair of these two, or to which they are invited, that is not over."""
    invited = db.session.scalars(
        select(Practice)
        .join(PracticeInvitation, PracticeInvitation.practice_id == Practice.id)
        .where(
            PracticeInvitation.person_id.in_(person_ids),
            Practice.kind == Kind.PAIR.value,
            Practice.module_id == module_id,
            Practice.finished_at.is_(None),
            Practice.ended_at.is_(None),
        )
        .order_by(Practice.id)
    ).unique()
    for each in invited:
        if each.known_people == person_ids:
            return each
    return None


def _most(practice: Practice) -> int:
    return MOST_IN_A_PAIR if practice.kind == Kind.PAIR else MOST_IN_A_TEAM


def _is_same(one: str | None, other: str) -> bool:
    return one is not None and name_key(one) == name_key(other)


def _refuse_over(practice: Practice) -> None:
    if practice.is_over:
        raise Refused(OVER)


def _refuse_closed(practice: Practice, invitation: PracticeInvitation) -> None:
    if practice.is_over or invitation.answer is not None:
        raise Refused("This invitation is no longer open.")


def _check_module(kind: Kind, module_id: int) -> None:
    if module_id not in {number for number, _, _ in modules_done_as(kind, today())}:
        raise Refused("Choose one of the modules in the list.", "module")


def _check_day(day: date | None) -> None:
    problem = day_problem(day) if day is not None else None
    if problem:
        raise Refused(f"The day {problem}.", "on_day")


def _checked_called(typed: str) -> str:
    called = checked_text(typed, "The name or e-mail", LONGEST_CALLED, "who")
    if called is None:
        raise Refused("Enter an e-mail address, or the name of a colleague.", "who")
    return called


def _checked_question(question: str | None) -> str:
    asked = checked_text(question, "The question", LONGEST_QUESTION, "question", lines=True)
    if asked is None:
        raise Refused("Enter the question that you want to look into.", "question")
    return asked


def _checked_setting(setting: str | None) -> str | None:
    return checked_text(setting, "The setting", LONGEST_SETTING, "setting", lines=True)
