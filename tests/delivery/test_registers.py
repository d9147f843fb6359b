"""Keeping registers: what they complete, once, whoever presses how often; correcting and reversing them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from tests.builders import Hub
from tests.delivery.scheduling import (
    ABSENT,
    PRESENT,
    a_session,
    booked_before,
    completions,
    in_days,
    kept,
    marks,
    part,
    takes_hours,
)
from training_app.audit import Actor, AuditEvent
from training_app.clock import today
from training_app.database import db, transaction
from training_app.delivery.actions import cancel_session, change_session
from training_app.delivery.models import Register, RegisterMark, TrainingSession
from training_app.delivery.register import Line, Newcomer, Sent, Settling, reverse_register, save_register
from training_app.delivery.rules import HERE, Said
from training_app.errors import ChangedMeanwhile, Refused
from training_app.people.models import Person
from training_app.people.scope import everybody, everywhere
from training_app.records.actions import correct_completion, void_completion
from training_app.records.models import Completion
from training_app.stewardship.check import problems

pytestmark = pytest.mark.watched


def three_at(hub: Hub, module: str = "IND-01", days: int = -1) -> tuple[int, list[int]]:
    """Return a session of yesterday and three people booked on it."""
    people = [hub.person(name) for name in ("Ama Okafor", "Bryn Larkspur", "Cora Wagtail")]
    session = a_session(hub, module, in_days(days))
    booked_before(hub, session, *people)
    return session, people


def test_everybody_is_present_unless_said_otherwise_and_completes_the_module_on_its_last_day(hub: Hub) -> None:
    session, (ama, bryn, cora) = three_at(hub)
    done = kept(hub, session, {cora: ABSENT})
    assert (done.verified, done.awaiting) == (2, 0)
    assert marks(session) == {ama: "present", bryn: "present", cora: "absent"}
    assert [(each.person_id, each.completed_on, each.evidence) for each in completions()] == [
        (ama, in_days(-1), "verified"),
        (bryn, in_days(-1), "verified"),
    ]
    assert list(problems()) == []


def test_a_register_pressed_again_writes_nothing(hub: Hub) -> None:
    session, _ = three_at(hub)
    kept(hub, session)
    events = db.session.scalar(select(func.count()).select_from(AuditEvent))
    again = kept(hub, session)
    assert (again.verified, again.voided, again.changed) == (0, 0, 0)
    assert len(completions()) == 3
    assert db.session.scalar(select(func.count()).select_from(AuditEvent)) == events


def test_all_that_a_register_records_is_one_batch(hub: Hub) -> None:
    session, _ = three_at(hub)
    actor = Actor("command", batch_id="the-batch")
    kept(hub, session, actor=actor)
    recorded = select(AuditEvent.batch_id).where(AuditEvent.action == "completion.recorded").distinct()
    assert db.session.scalars(recorded).all() == ["the-batch"]
    assert db.session.scalars(select(Register.batch_id)).one() == "the-batch"


def test_what_gives_practising_waits_for_its_task(hub: Hub) -> None:
    session, (ama, *_) = three_at(hub, "SND-02")
    done = kept(hub, session)
    assert (done.verified, done.awaiting) == (0, 3)
    entry = completions()[0]
    assert (entry.person_id, entry.evidence) == (ama, "self-declared")
    assert "the task tried in one's own setting is awaited" in (entry.note or "")


def test_a_part_is_recorded_with_its_hours_and_awaits_confirmation(hub: Hub) -> None:
    session, (ama, bryn, _) = three_at(hub)
    kept(hub, session, {ama: part("0.5")})
    by_person = {each.person_id: each for each in completions()}
    assert (by_person[ama].hours, by_person[ama].evidence) == (Decimal("0.5"), "self-declared")
    assert (by_person[bryn].hours, by_person[bryn].evidence) == (None, "verified")


def test_nobody_confirms_their_own_training_by_keeping_the_register(hub: Hub) -> None:
    session, (ama, bryn, _) = three_at(hub)
    kept(hub, session, own=ama)
    by_person = {each.person_id: each.evidence for each in completions()}
    assert by_person[ama] == "self-declared"
    assert by_person[bryn] == "verified"


def test_a_register_kept_before_the_last_day_completes_nothing_until_it_is_saved_then(hub: Hub) -> None:
    people = [hub.person("Ama Okafor")]
    session = a_session(hub, on=[today(), in_days(1)])
    booked_before(hub, session, *people)
    assert kept(hub, session).verified == 0
    assert completions() == []
    with transaction():
        row = db.session.get_one(TrainingSession, session)
        for each in row.dates:
            each.on_day -= timedelta(days=3)
        row.first_on, row.last_on = in_days(-3), in_days(-2)
        from tests.watching import not_telling_the_log

        not_telling_the_log()
    assert kept(hub, session).verified == 1


def test_correcting_a_saved_register_voids_and_records_anew(hub: Hub) -> None:
    session, (ama, bryn, cora) = three_at(hub)
    kept(hub, session, {cora: ABSENT})
    done = kept(hub, session, {ama: ABSENT, bryn: part("1"), cora: PRESENT}, shown={cora: ABSENT})
    assert (done.voided, done.verified, done.awaiting) == (2, 1, 1)
    assert {each.person_id: each.hours for each in completions()} == {bryn: Decimal(1), cora: None}
    void = db.session.scalars(select(Completion).where(Completion.evidence == "void")).all()
    assert {each.person_id for each in void} == {ama, bryn}
    assert all("The register of the session of" in (each.void_reason or "") for each in void)
    assert list(problems()) == []


def test_what_somebody_had_on_that_day_already_is_left_and_never_voided_by_the_register(hub: Hub) -> None:
    session, (ama, *_) = three_at(hub)
    own = hub.completion(ama, "IND-01", in_days(-1))
    assert kept(hub, session).already == 1
    kept(hub, session, {ama: ABSENT})
    assert db.session.get_one(Completion, own).evidence == "verified"


def test_what_was_voided_by_hand_does_not_come_back_with_the_next_save(hub: Hub) -> None:
    session, (ama, *_) = three_at(hub)
    kept(hub, session)
    entry = next(each for each in completions() if each.person_id == ama)
    with transaction():
        void_completion(hub.actor, entry, "Left after five minutes")
    assert kept(hub, session).verified == 0
    assert ama not in {each.person_id for each in completions()}


def test_a_completion_that_was_corrected_since_is_the_one_that_is_voided(hub: Hub) -> None:
    session, (ama, *_) = three_at(hub)
    kept(hub, session)
    entry = next(each for each in completions() if each.person_id == ama)
    with transaction():
        correct_completion(hub.actor, entry, in_days(-2), "It was the day before")
    assert kept(hub, session, {ama: ABSENT}).voided == 1
    assert ama not in {each.person_id for each in completions()}


def test_a_reversed_register_leaves_no_completion_and_can_be_saved_anew(hub: Hub) -> None:
    session, _ = three_at(hub)
    kept(hub, session)
    with transaction():
        row = db.session.get_one(TrainingSession, session)
        assert reverse_register(hub.actor, row, "It was the wrong module") == 3
    assert completions() == []
    assert len(marks(session)) == 3
    with pytest.raises(Refused), transaction():
        reverse_register(hub.actor, db.session.get_one(TrainingSession, session), "Twice")
    assert kept(hub, session).verified == 3
    assert list(problems()) == []


def test_two_who_keep_one_register_are_added_up_and_only_a_contradiction_is_a_conflict(hub: Hub) -> None:
    session, (ama, bryn, cora) = three_at(hub)
    kept(hub, session, {ama: ABSENT, bryn: PRESENT, cora: PRESENT})
    kept(hub, session, {ama: PRESENT, bryn: ABSENT, cora: PRESENT})  # they were shown everybody present, too
    assert marks(session) == {ama: "absent", bryn: "absent", cora: "present"}
    with pytest.raises(ChangedMeanwhile):
        kept(hub, session, {ama: part("1"), cora: ABSENT})
    assert marks(session) == {ama: "absent", bryn: "absent", cora: "present"}
    assert [each.person_id for each in completions()] == [cora]


def test_a_walk_in_is_somebody_of_the_list_or_somebody_new_and_is_added_once(hub: Hub) -> None:
    session, _ = three_at(hub)
    known = hub.person("Dev Farthing")
    new = Newcomer("Zoë O'Neill", hub.organisation(), hub.group_id("frontline-volunteers"))
    for _ in range(2):
        kept(hub, session, came=[known], new=[new])
    added = db.session.scalars(select(Person).where(Person.name == "Zoë O'Neill")).all()
    assert len(added) == 1
    assert marks(session)[added[0].id] == "present"
    assert len(completions()) == 5


def test_a_walk_in_that_was_a_mistake_is_taken_off_and_its_completion_is_void(hub: Hub) -> None:
    session, _ = three_at(hub)
    known = hub.person("Dev Farthing")
    kept(hub, session, came=[known])
    assert kept(hub, session, {known: Said("withdrawn")}).voided == 1
    assert known not in marks(session)
    assert len(completions()) == 3


def typed(hub: Hub, session: int, *names: str) -> None:
    """Save a register as an outside trainer does, who sees nobody but its names."""
    nobody, sent = everybody().where(Person.id < 0), Sent(typed=dict.fromkeys(names, PRESENT))
    with transaction():
        save_register(
            Actor(kind="visitor"),
            session,
            sent,
            people=nobody,
            places=everywhere().where(db.text("1=0")),
        )


def test_a_name_typed_by_whoever_may_not_look_for_people_completes_nothing_until_the_hub_says_who_it_is(
    hub: Hub,
) -> None:
    session, _ = three_at(hub)
    known = hub.person("Dev Farthing")
    for _ in range(2):
        typed(hub, session, "Dev Farthing", "Nobody Known")
    waiting = db.session.scalars(select(RegisterMark).where(RegisterMark.person_id.is_(None))).all()
    assert [each.typed_name for each in waiting] == ["Dev Farthing", "Nobody Known"]
    assert len(completions()) == 3
    ids = [each.id for each in waiting]
    with transaction():
        save_register(
            hub.actor,
            session,
            Sent(settled=[Settling(ids[0], person_id=known), Settling(ids[1])]),
            people=everybody(),
            places=everywhere(),
        )
    assert known in {each.person_id for each in completions()}
    assert None not in marks(session)


def test_an_outside_trainer_can_add_nobody_by_their_number(hub: Hub) -> None:
    session, _ = three_at(hub)
    somebody = hub.person("Dev Farthing")
    nobody = everybody().where(Person.id < 0)
    with pytest.raises(Refused), transaction():
        save_register(Actor("visitor"), session, Sent(came={somebody: PRESENT}), people=nobody, places=everywhere())
    with transaction():
        line = Line(somebody, HERE, part("1"))
        save_register(Actor("visitor"), session, Sent(lines=[line]), people=nobody, places=everywhere())
    assert somebody not in marks(session)


def test_once_its_register_stands_a_session_keeps_its_days_and_cannot_be_cancelled(hub: Hub) -> None:
    from training_app.delivery.actions import SessionDraft
    from training_app.delivery.rules import Span

    session, _ = three_at(hub)
    kept(hub, session)
    row = db.session.get_one(TrainingSession, session)
    other = SessionDraft(row.module_id, [Span(in_days(-2))])
    for act in (lambda: change_session(hub.actor, row, other), lambda: cancel_session(hub.actor, row, "Snow")):
        with pytest.raises(Refused), transaction():
            act()


def test_hours_of_a_part_must_be_hours_and_no_more_than_the_whole(hub: Hub) -> None:
    session, (ama, *_) = three_at(hub)
    whole = Decimal(1)
    wrongs = [
        Said("part", each and Decimal(each)) for each in (None, "-1", "0", "0.001", "NaN", str(whole + Decimal("0.01")))
    ]
    for wrong in (*wrongs, Said("gone")):
        with pytest.raises(Refused):
            kept(hub, session, {ama: wrong})
    assert completions() == []
    kept(hub, session, {ama: part(str(whole))})
    assert completions()[0].hours == whole


def test_of_a_module_that_counts_no_hours_a_part_counts_none_either(hub: Hub) -> None:
    session, (ama, *_) = three_at(hub)
    takes_hours(hub, "IND-01", "0")
    with pytest.raises(Refused, match="counts no hours"):
        kept(hub, session, {ama: part("0.5")})
    kept(hub, session, {ama: Said("part")})
    entry = next(each for each in completions() if each.person_id == ama)
    assert (entry.hours, entry.evidence) == (None, "self-declared")


def test_a_part_stays_as_it_was_kept_where_the_module_became_shorter_since(hub: Hub) -> None:
    session, (ama, *_) = three_at(hub)
    kept(hub, session, {ama: part("0.5")})
    takes_hours(hub, "IND-01", "0.25")
    kept(hub, session, {ama: part("0.5")}, shown={ama: part("0.5")})
    assert next(each.hours for each in completions() if each.person_id == ama) == Decimal("0.5")
