"""Deciding what groups need, and exempting people."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, select

from tests.builders import Hub
from training_app.audit.models import AuditDetail, AuditEvent
from training_app.database import db, transaction
from training_app.errors import ChangedMeanwhile, Refused
from training_app.skills.actions import (
    change_exemption,
    exempt,
    require_level,
    void_exemption,
    void_requirement,
)
from training_app.skills.levels import Level
from training_app.skills.models import Exemption, Requirement
from training_app.skills.queries import (
    exemption_of,
    exemptions_of,
    requirement_by_id,
    skill_by_code,
    standing_requirements,
    voided_requirements,
)

pytestmark = pytest.mark.watched

DAY = date(2027, 1, 1)


def events() -> list[str]:
    return list(db.session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)))


def decide(hub: Hub, level: Level | int, on: date = DAY, group: str = "board-slt", skill: str = "send") -> Requirement:
    group_id, skill_id = hub.group_id(group), hub.skill_id(skill)
    with transaction():
        return require_level(hub.actor, group_id, skill_id, level, on)


def test_a_decision_for_a_new_day_is_added_and_the_same_day_is_changed(hub: Hub) -> None:
    before = len(events())
    first = decide(hub, Level.PRACTISING)
    second = decide(hub, Level.LEADING)
    assert first.id == second.id
    assert second.level == Level.LEADING
    decide(hub, Level.LEADING)
    assert events()[before:] == ["requirement.added", "requirement.changed"]


def test_past_days_and_an_end_with_nothing_before_it_are_allowed(hub: Hub) -> None:
    assert decide(hub, Level.NONE, date(1900, 1, 1)).level == Level.NONE
    assert decide(hub, Level.LEADING, date(2200, 12, 31), skill="data").level == Level.LEADING


def test_what_cannot_be_a_decision_is_refused_at_its_field(hub: Hub) -> None:
    group, skill = hub.group_id("board-slt"), hub.skill_id("send")
    for arguments, field in (
        ((group, skill, 4, DAY), "level"),
        ((group, skill, -1, DAY), "level"),
        ((group, skill, Level.AWARE, date(1899, 12, 31)), "effective_from"),
        ((group, skill, Level.AWARE, date.max), "effective_from"),
        ((10**9, skill, Level.AWARE, DAY), "group"),
        ((group, 10**9, Level.AWARE, DAY), "skill"),
    ):
        with pytest.raises(Refused) as told, transaction():
            require_level(hub.actor, *arguments)
        assert told.value.field == field


def test_a_decision_taken_back_keeps_its_reason_and_its_day_is_free_again(hub: Hub) -> None:
    wrong = decide(hub, Level.LEADING)
    with pytest.raises(Refused), transaction():
        void_requirement(hub.actor, wrong, "")
    with transaction():
        void_requirement(hub.actor, wrong, "Meant for another group")
    assert requirement_by_id(wrong.id) is None
    assert [each.void_reason for each in voided_requirements(wrong.group_id, wrong.skill_id)] == [
        "Meant for another group"
    ]
    with pytest.raises(Refused), transaction():
        void_requirement(hub.actor, wrong, "again")
    assert decide(hub, Level.AWARE).id != wrong.id


def test_standing_decisions_come_in_the_frameworks_order_in_one_statement(hub: Hub) -> None:
    decide(hub, Level.LEADING)
    decisions = standing_requirements()
    order = [(each.group.position, each.skill.position, each.effective_from) for each in decisions]
    assert order == sorted(order)
    pair = standing_requirements(hub.group_id("board-slt"), hub.skill_id("send"))
    assert [each.level for each in pair] == [Level.AWARE, Level.LEADING]


def test_a_skill_is_found_by_its_code_however_it_is_capitalised(hub: Hub) -> None:
    skill = skill_by_code("SEND")
    assert skill is not None
    assert skill.code == "send"
    assert skill_by_code("no-such-skill") is None


def test_an_exemption_has_days_and_a_reason(hub: Hub) -> None:
    person, skill = hub.person(), hub.skill_id("send")
    with transaction():
        exempt(hub.actor, person, skill, DAY, " On  leave ", date(2027, 6, 30))
    found = exemptions_of(person)
    assert [(each.reason, each.start_on, each.end_on) for each in found] == [("On leave", DAY, date(2027, 6, 30))]
    assert events()[-1] == "exemption.added"


def test_what_cannot_be_an_exemption_is_refused_at_its_field(hub: Hub) -> None:
    person, skill = hub.person("Ama Okafor"), hub.skill_id("send")
    with transaction():
        exempt(hub.actor, person, skill, DAY, "On leave")
    for arguments, field in (
        ((person, skill, DAY, "again"), "start_on"),
        ((person, skill, date(2028, 1, 1), " "), "reason"),
        ((person, skill, date(2028, 1, 1), "x" * 1001), "reason"),
        ((person, skill, date(2028, 1, 1), "a\0"), "reason"),
        ((person, skill, date(2028, 1, 1), "ends before", date(2027, 12, 31)), "end_on"),
        ((person, skill, date(1, 1, 1), "too early"), "start_on"),
        ((10**9, skill, DAY, "nobody"), "person"),
        ((person, 10**9, DAY, "no skill"), "skill"),
    ):
        with pytest.raises(Refused) as told, transaction():
            exempt(hub.actor, *arguments)
        assert told.value.field == field
    assert db.session.scalar(select(func.count()).select_from(Exemption)) == 1


def test_an_exemption_is_changed_by_one_editor_at_a_time_and_taken_back_with_a_reason(hub: Hub) -> None:
    person, skill = hub.person(), hub.skill_id("send")
    with transaction():
        exemption = exempt(hub.actor, person, skill, DAY, "On leave")
    seen = exemption.row_version
    with transaction():
        change_exemption(hub.actor, exemption, end_on=date(2027, 2, 1), reason="Leave", seen_version=seen)
    with pytest.raises(ChangedMeanwhile), transaction():
        change_exemption(hub.actor, exemption, end_on=None, reason="Other", seen_version=seen)
    with pytest.raises(Refused), transaction():
        change_exemption(hub.actor, exemption, end_on=date(2026, 1, 1), reason="Leave")
    with transaction():
        void_exemption(hub.actor, exemption, "Wrong person")
    assert exemption_of(person, exemption.id) is None
    assert events()[-3:] == ["exemption.added", "exemption.changed", "exemption.voided"]
    last = db.session.scalars(select(AuditDetail).order_by(AuditDetail.event_id.desc())).first()
    assert last is not None
    assert last.reason == "Wrong person"
    with pytest.raises(Refused), transaction():
        change_exemption(hub.actor, exemption, end_on=None, reason="Leave")
    with pytest.raises(Refused), transaction():
        void_exemption(hub.actor, exemption, "again")
