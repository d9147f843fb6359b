"""Pairs and teams: inviting without telling who is known, finishing once, leaving without loss."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from tests.builders import Hub
from tests.practice.learning import (
    A_DAY,
    A_LATER_DAY,
    ANSWERS,
    PAIRS,
    a_pair,
    a_team,
    a_whole_cycle,
    claims,
    open_invitation,
    place_of,
    practice,
    visited,
)
from training_app.audit.models import AuditDetail
from training_app.clock import today
from training_app.database import db, transaction
from training_app.errors import ChangedMeanwhile, Refused
from training_app.mail import OutboxMessage
from training_app.people.models import Person
from training_app.practice.actions import (
    accept,
    begin_pair,
    decline,
    invite,
    leave,
    set_up_pair,
    withdraw_invitation,
    write_entry,
    write_finding,
    write_visit,
)
from training_app.practice.models import PracticeEntry, PracticeInvitation, PracticeVisit
from training_app.practice.queries import visits_by
from training_app.practice.rules import MOST_INVITATIONS
from training_app.records.models import Evidence
from training_app.stewardship.check import problems
from training_app.stewardship.erase import erase_person
from training_app.stewardship.merge import Kept, merge_people
from training_app.stewardship.person import held_about


@pytest.fixture
def ama(hub: Hub) -> int:
    return hub.person("Ama Okafor", email="ama@hub.example")


@pytest.fixture
def ben(hub: Hub) -> int:
    return hub.person("Ben Osei", email="ben@hub.example")


def test_both_visits_finished_make_the_claim_for_each_once_however_often_it_is_pressed(
    hub: Hub, ama: int, ben: int
) -> None:
    pair = a_pair(hub, ama, "ben@hub.example")
    visited(hub, pair, ama, A_LATER_DAY)
    visited(hub, pair, ama, A_LATER_DAY)
    assert claims() == []
    for _ in range(3):
        visited(hub, pair, ben, A_DAY)
    waits = Evidence.SELF_DECLARED.value
    assert claims() == sorted([(ama, A_LATER_DAY.isoformat(), waits), (ben, A_LATER_DAY.isoformat(), waits)])
    assert list(problems()) == []


def test_whoever_has_the_module_on_that_day_already_has_it_once(hub: Hub, ama: int, ben: int) -> None:
    hub.completion(ama, PAIRS, A_DAY)
    pair = a_pair(hub, ama, "ben@hub.example")
    visited(hub, pair, ama)
    visited(hub, pair, ben)
    assert [each for each in claims() if each[0] == ama] == [(ama, A_DAY.isoformat(), Evidence.VERIFIED.value)]


def test_nothing_is_finished_before_the_other_has_joined(hub: Hub, ama: int, ben: int) -> None:
    with transaction():
        pair = begin_pair(hub.actor, ama, hub.module_id(PAIRS), "ben@hub.example").id
    visited(hub, pair, ama, finish=False)
    with pytest.raises(Refused, match="Wait until the other has joined"):
        visited(hub, pair, ama)


@pytest.mark.parametrize("called", ["ben@hub.example", "Ben Osei", "ben  osei"])
def test_somebody_is_meant_by_e_mail_or_as_a_colleague_by_name(hub: Hub, ama: int, ben: int, called: str) -> None:
    with transaction():
        pair = begin_pair(hub.actor, ama, hub.module_id(PAIRS), called).id
    assert open_invitation(pair).person_id == ben


@pytest.mark.on_sqlite_only
def test_nobody_is_meant_by_the_name_of_somebody_elsewhere_of_two_colleagues_or_of_one_who_left(
    hub: Hub, ama: int
) -> None:
    hub.person("Zoë Elsewhere", organisation=hub.organisation("Another School", kind="school"))
    hub.person("Jo Twice")
    hub.person("Jo Twice")
    hub.person("Lee Gone", end_on="2024-01-01")
    for called in ("Zoë Elsewhere", "Jo Twice", "Lee Gone", "Nobody At All"):
        with transaction():
            pair = begin_pair(hub.actor, ama, hub.module_id(PAIRS), called).id
        assert open_invitation(pair).person_id is None


@pytest.mark.on_sqlite_only
def test_only_whom_the_hub_knows_is_written_to_and_no_word_of_anybody_is_in_the_message(
    hub: Hub, ama: int, ben: int
) -> None:
    for called in ("ben@hub.example", "nobody@hub.example"):
        with transaction():
            pair = begin_pair(hub.actor, ama, hub.module_id(PAIRS), called).id
        place_of(pair, ama)
    messages = db.session.scalars(select(OutboxMessage)).all()
    assert [(each.recipient, each.subject) for each in messages] == [
        ("ben@hub.example", "Ama Okafor invites you to observe each other")
    ]
    assert "/my/practice/invitations/" in (messages[0].body or "")


def answers_told() -> list[tuple[str, str, str]]:
    """Return to whom, with which subject and what, answers to invitations were mailed."""
    told = select(OutboxMessage).where(OutboxMessage.kind == "answer to an invitation").order_by(OutboxMessage.id)
    return [(each.recipient, each.subject, each.body or "") for each in db.session.scalars(told)]


def test_whoever_invited_somebody_is_told_once_that_they_said_yes(hub: Hub, ama: int, ben: int) -> None:
    pair = a_pair(hub, ama, "ben@hub.example")
    with transaction():
        accept(hub.actor, practice(pair).invitations[0])
    ((recipient, subject, body),) = answers_told()
    assert (recipient, subject) == ("ama@hub.example", "Ben Osei will observe each other with you")
    assert f"http://localhost/my/practice/pairs/{pair}" in body


def test_whoever_invited_somebody_is_told_once_that_they_said_not_this_time_and_not_who(
    hub: Hub, ama: int, ben: int
) -> None:
    team = a_team(hub, ama)
    with transaction():
        invite(hub.actor, place_of(team, ama), "ben@hub.example")
    one = open_invitation(team)
    for _ in range(2):
        with transaction():
            decline(hub.actor, one)
    ((recipient, subject, body),) = answers_told()
    assert (recipient, subject) == ("ama@hub.example", "Not this time, says somebody you invited into your team")
    assert f"http://localhost/my/practice/research/{team}" in body
    assert not any(word in body for word in ("Ben", "ben@hub.example"))


@pytest.mark.on_sqlite_only
def test_who_left_meanwhile_or_has_no_address_is_told_of_no_answer(hub: Hub, ama: int, ben: int) -> None:
    cleo = hub.person("Cleo")
    a_pair(hub, cleo, "ben@hub.example")
    team = a_team(hub, ama, "ben@hub.example")
    assert len(answers_told()) == 1
    hub.person("Dee", email="dee@hub.example")
    with transaction():
        invite(hub.actor, place_of(team, ama), "dee@hub.example")
        leave(hub.actor, place_of(team, ama))
    with transaction():
        accept(hub.actor, open_invitation(team))
    assert len(answers_told()) == 1


@pytest.mark.on_sqlite_only
def test_the_same_invitation_sent_twice_is_one(hub: Hub, ama: int, ben: int) -> None:
    for _ in range(2):
        with transaction():
            begin_pair(hub.actor, ama, hub.module_id(PAIRS), "BEN@hub.example")
    team = a_team(hub, ama)
    for _ in range(2):
        with transaction():
            invite(hub.actor, place_of(team, ama), "ben@hub.example")
    assert db.session.scalar(select(func.count()).select_from(PracticeInvitation)) == 2


@pytest.mark.on_sqlite_only
def test_whoever_guesses_at_names_is_stopped_after_a_few(hub: Hub, ama: int) -> None:
    module = hub.module_id(PAIRS)
    for number in range(MOST_INVITATIONS):
        with transaction():
            begin_pair(hub.actor, ama, module, f"guess-{number}@hub.example")
    with pytest.raises(Refused, match="many people today"), transaction():
        begin_pair(hub.actor, ama, module, "one-more@hub.example")


@pytest.mark.on_sqlite_only
def test_an_invitation_can_be_declined_withdrawn_and_another_sent(hub: Hub, ama: int, ben: int) -> None:
    with transaction():
        pair = begin_pair(hub.actor, ama, hub.module_id(PAIRS), "ben@hub.example").id
    with pytest.raises(Refused, match="A pair is two people"), transaction():
        invite(hub.actor, place_of(pair, ama), "cleo@hub.example")
    invitation = open_invitation(pair).id
    with transaction():
        decline(hub.actor, db.session.get_one(PracticeInvitation, invitation))
    with pytest.raises(Refused, match="no longer open"), transaction():
        accept(hub.actor, db.session.get_one(PracticeInvitation, invitation))
    with transaction():
        invite(hub.actor, place_of(pair, ama), "cleo@hub.example")
    with transaction():
        withdraw_invitation(hub.actor, open_invitation(pair))
    assert [(each.answer, each.typed) for each in practice(pair).invitations] == [
        ("declined", "ben@hub.example"),
        ("withdrawn", None),
    ]


def test_the_hub_sets_up_a_pair_once_and_each_of_the_two_decides(hub: Hub, ama: int, ben: int) -> None:
    module = hub.module_id(PAIRS)
    for _ in range(2):
        with transaction():
            pair = set_up_pair(hub.actor, [ama, ben], module).id
    assert practice(pair).standing == []
    assert len(practice(pair).waiting) == 2
    with transaction():
        for each in list(db.session.scalars(select(PracticeInvitation))):
            accept(hub.actor, each)
    assert {each.person_id for each in practice(pair).standing} == {ama, ben}
    with pytest.raises(Refused, match="Name two"), transaction():
        set_up_pair(hub.actor, [ama], module)


@pytest.mark.on_sqlite_only
def test_a_pair_that_the_hub_set_up_ends_once_neither_takes_part_and_nobody_s_name_stays_in_it(
    hub: Hub, ama: int, ben: int
) -> None:
    with transaction():
        pair = set_up_pair(hub.actor, [ama, ben], hub.module_id(PAIRS)).id
    for invitation in [each.id for each in practice(pair).invitations]:
        assert practice(pair).ended_at is None
        with transaction():
            decline(hub.actor, db.session.get_one(PracticeInvitation, invitation))
    assert practice(pair).ended_at is not None
    assert {each.typed for each in practice(pair).invitations} == {None}


@pytest.mark.on_sqlite_only
def test_a_pair_that_is_left_ends_and_both_keep_what_they_wrote(hub: Hub, ama: int, ben: int) -> None:
    pair = a_pair(hub, ama, "ben@hub.example")
    visited(hub, pair, ama)
    visited(hub, pair, ben, finish=False, tried="Half a thought")
    with transaction():
        leave(hub.actor, place_of(pair, ben))
    assert practice(pair).ended_at is not None
    assert [visits_by(each)[place_of(pair, each).id].tried for each in (ama, ben)] == [
        ANSWERS["tried"],
        "Half a thought",
    ]
    with pytest.raises(Refused, match="finished or was left"):
        visited(hub, pair, ben)
    assert claims() == []
    assert list(problems()) == []


@pytest.mark.on_sqlite_only
def test_what_two_windows_save_of_one_visit_is_never_overwritten_unseen(hub: Hub, ama: int, ben: int) -> None:
    pair = a_pair(hub, ama, "ben@hub.example")
    with transaction():
        write_visit(hub.actor, place_of(pair, ama), A_DAY, {"tried": "One"}, seen_version=0)
    with pytest.raises(ChangedMeanwhile), transaction():
        write_visit(hub.actor, place_of(pair, ama), A_DAY, {"tried": "Other"}, seen_version=0)
    with transaction():
        write_visit(hub.actor, place_of(pair, ama), A_DAY, {"tried": "Other"}, seen_version=1)
    assert db.session.scalars(select(PracticeVisit.tried)).one() == "Other"


def test_a_team_finishes_its_cycle_and_each_has_completed_the_module_once(hub: Hub, ama: int, ben: int) -> None:
    cleo = hub.person("Cleo", email="cleo@hub.example", organisation=hub.organisation("A School", kind="school"))
    team = a_team(hub, ama, "ben@hub.example", "cleo@hub.example")
    with pytest.raises(Refused, match="Not yet written: Plan, Act, Observe, Reflect"), transaction():
        write_finding(hub.actor, place_of(team, ama), "Calmer", shared=False, finish=True, finish_on=A_DAY)
    a_whole_cycle(hub, team, ben)
    with transaction():
        leave(hub.actor, place_of(team, ben))
    for _ in range(2):
        with transaction():
            write_finding(hub.actor, place_of(team, cleo), "Calmer", shared=False, finish=True, finish_on=A_LATER_DAY)
    assert [each[:2] for each in claims()] == sorted([(ama, "2026-03-09"), (cleo, "2026-03-09")])
    assert practice(team).shared is False
    assert list(problems()) == []


@pytest.mark.on_sqlite_only
def test_a_finding_is_the_team_s_until_it_is_shared_and_again_when_it_no_longer_is(hub: Hub, ama: int) -> None:
    team = a_team(hub, ama)
    for shared in (False, True, False):
        with transaction():
            write_finding(hub.actor, place_of(team, ama), "Calmer", shared=shared)
        assert practice(team).shared is shared
    with transaction():
        write_finding(hub.actor, place_of(team, ama), None, shared=True)
    assert practice(team).shared is False


@pytest.mark.on_sqlite_only
def test_an_entry_sent_twice_is_one_and_one_of_a_day_to_come_is_none(hub: Hub, ama: int) -> None:
    team = a_team(hub, ama)
    for _ in range(2):
        with transaction():
            write_entry(hub.actor, place_of(team, ama), "plan", A_DAY, "Cards in a box")
    with pytest.raises(Refused, match="still to come"), transaction():
        write_entry(hub.actor, place_of(team, ama), "act", today() + timedelta(days=1), "Not yet")
    assert db.session.scalars(select(PracticeEntry.words)).all() == ["Cards in a box"]


def test_the_log_tells_that_there_is_a_pair_and_no_word_of_it_nor_whom_they_named(hub: Hub, ama: int, ben: int) -> None:
    pair = a_pair(hub, ama, "ben@hub.example")
    visited(hub, pair, ama, tried="zqword")
    team = a_team(hub, ama, "ben@hub.example")
    with transaction():
        write_entry(hub.actor, place_of(team, ama), "plan", A_DAY, "zqword")
        write_finding(hub.actor, place_of(team, ama), "zqword", shared=True)
    details = json.dumps([[each.before, each.after] for each in db.session.scalars(select(AuditDetail))], default=str)
    assert "zqword" not in details
    assert "What happens when they choose?" not in details
    about_invitations = [
        each for each in db.session.scalars(select(AuditDetail)) if "invited_at" in json.dumps(each.after or {})
    ]
    assert about_invitations
    for each in about_invitations:
        assert not {"typed", "person_id"} & {*(each.before or {}), *(each.after or {})}


def test_whoever_is_erased_takes_their_words_and_leaves_the_others_theirs(hub: Hub, ama: int, ben: int) -> None:
    pair = a_pair(hub, ama, "ben@hub.example")
    visited(hub, pair, ama)
    visited(hub, pair, ben, finish=False)
    team = a_team(hub, ama, "ben@hub.example")
    a_whole_cycle(hub, team, ama)
    a_whole_cycle(hub, team, ben)
    cleo = hub.person("Cleo")
    with transaction():
        waits = begin_pair(hub.actor, cleo, hub.module_id(PAIRS), "AMA@hub.example").id
    instance = hub.app.config["SETTINGS"].instance
    with transaction():
        erase_person(hub.actor, db.session.get_one(Person, ama), "They asked for it", instance)
    assert visits_by(ama)[place_of(pair, ama).id].tried is None
    assert visits_by(ben)[place_of(pair, ben).id].tried == ANSWERS["tried"]
    words = {each.words for each in db.session.scalars(select(PracticeEntry)) if each.member.person_id == ama}
    assert words == {"Erased"}
    assert practice(pair).ended_at is not None
    assert practice(team).question == "What happens when they choose?"
    assert [each.person_id for each in practice(team).standing] == [ben]
    assert [(each.typed, each.answer) for each in practice(waits).invitations] == [(None, "withdrawn")]
    with transaction():
        erase_person(hub.actor, db.session.get_one(Person, ben), "They asked for it", instance)
    assert practice(team).question is None
    assert list(problems()) == []


def test_two_rows_that_are_one_person_are_in_nothing_twice_and_lose_nothing(hub: Hub, ama: int, ben: int) -> None:
    cleo = hub.person("Cleo", email="cleo@hub.example")
    of_the_two = a_pair(hub, ama, "ben@hub.example")
    visited(hub, of_the_two, ama, finish=False)
    visited(hub, of_the_two, ben, finish=False)
    with_cleo = a_pair(hub, cleo, "ama@hub.example")
    team = a_team(hub, cleo, "ama@hub.example", "ben@hub.example")
    with transaction():
        own = begin_pair(hub.actor, ama, hub.module_id(PAIRS), "ben@hub.example").id
    with transaction():
        merged = merge_people(hub.actor, ama, ben, Kept(ben, ben, ben)).person_id
    assert practice(of_the_two).ended_at is not None
    assert len(held_about(merged)["Visits to others"]) == 2
    assert {each.person_id for each in practice(with_cleo).standing} == {cleo, merged}
    assert sorted(each.person_id for each in practice(team).standing) == sorted([cleo, merged])
    assert practice(own).waiting == []
    assert list(problems()) == []
