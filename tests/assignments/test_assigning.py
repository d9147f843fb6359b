"""Asking people to do modules, rules, waivers: what it asks of whom, and what it leaves alone."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta

import pytest

from tests.builders import Hub
from tests.watching import not_telling_the_log
from training_app.assignments.actions import (
    assign,
    end_rule,
    switch_on_rule,
    take_back,
    take_back_from,
    to_be_asked,
    void_rule,
    void_waiver,
    waive,
)
from training_app.assignments.models import AssignmentBatch, AssignmentRule, Waiver
from training_app.assignments.queries import duties_of, known_facts
from training_app.assignments.rules import Counted, Due, Duty, LeftOut, Status
from training_app.audit import AuditEvent
from training_app.catalogue.actions import retire_module
from training_app.catalogue.models import Module, Pathway
from training_app.clock import today
from training_app.database import db, transaction
from training_app.errors import Refused
from training_app.records.models import Evidence
from training_app.skills.actions import exempt, require_level
from training_app.skills.levels import Level

BECAUSE = "The board asked for it"


def module(hub: Hub, code: str) -> Module:
    return db.session.get_one(Module, hub.module_id(code))


def pathway(code: str) -> Pathway:
    return db.session.query(Pathway).filter_by(code=code).one()


def by(days: int = 30) -> Due:
    return Due(Counted.BY_A_DAY, today() + timedelta(days=days))


def asked(hub: Hub, people: list[int], code: str, due: Due | None = None) -> int:
    with transaction():
        return assign(hub.actor, people, module(hub, code), due or by(), whom="Some", reason=BECAUSE).id


def still(person: int, on: date | None = None) -> dict[str, Duty]:
    return {duty.module.code: duty for duty in duties_of(person, on or today()) if duty.is_open}


def ago(days: int) -> date:
    return today() - timedelta(days=days)


def test_a_module_is_asked_of_those_who_lack_it_and_others_are_left_out_with_the_reason(hub: Hub) -> None:
    lacks, holds, gone = hub.person("Lacks"), hub.person("Holds"), hub.person("Gone", end_on=ago(10))
    free, let_off, asked_before = hub.person("Free"), hub.person("Let off"), hub.person("Asked")
    hub.completion(holds, "SND-02", ago(30))
    asked(hub, [asked_before], "SND-02")
    with transaction():
        waive(hub.actor, let_off, hub.module_id("SND-02"), today(), BECAUSE)
        for skill in ("send", "communication"):
            exempt(hub.actor, free, hub.skill_id(skill), today(), BECAUSE)
    found = to_be_asked([lacks, holds, gone, free, let_off, asked_before], module(hub, "SND-02"), by())
    assert [each.because for each in found] == [
        None,
        LeftOut.HOLDS_IT,
        LeftOut.NOT_HERE,
        LeftOut.EXEMPT,
        LeftOut.WAIVED,
        LeftOut.ASKED,
    ]
    asked(hub, [lacks, holds, gone], "SND-02")
    assert set(still(lacks)) == {"SND-02"}
    assert still(holds) == still(gone) == {}


def test_pressed_twice_nobody_is_asked_twice(hub: Hub) -> None:
    person = hub.person()
    asked(hub, [person], "SND-02")
    with pytest.raises(Refused, match="still to be asked"):
        asked(hub, [person], "SND-02")
    assert db.session.query(AssignmentBatch).count() == 1


def test_a_batch_taken_back_is_asked_of_nobody_and_its_history_says_why(hub: Hub) -> None:
    people = [hub.person("One"), hub.person("Two")]
    batch = asked(hub, people, "SND-02")
    with transaction():
        take_back_from(hub.actor, db.session.get_one(AssignmentBatch, batch), people[0], "Works elsewhere now")
    assert (still(people[0]), set(still(people[1]))) == ({}, {"SND-02"})
    with transaction():
        assert take_back(hub.actor, db.session.get_one(AssignmentBatch, batch), "Wrong module") == 1
    assert still(people[1]) == {}
    told = db.session.query(AuditEvent).filter(AuditEvent.action == "assignment.taken_back").count()
    assert told == 2
    with pytest.raises(Refused, match="already"), transaction():
        take_back(hub.actor, db.session.get_one(AssignmentBatch, batch), "Again")
    asked(hub, people, "SND-02")
    assert set(still(people[0])) == {"SND-02"}


def test_somebody_who_joins_the_volunteers_gets_the_induction_with_its_days(hub: Hub) -> None:
    with transaction():
        rule = switch_on_rule(
            hub.actor, hub.group_id("frontline-volunteers"), pathway("induction-volunteers"), from_on=ago(5)
        ).id
    before = hub.person("Was there", group="frontline-volunteers", start_on=ago(400))
    new = hub.person("New", group="frontline-volunteers", start_on=ago(3))
    start = ago(3)
    due = {code: (duty.due_on - start).days for code, duty in still(new).items()}
    assert due == {"IND-02": 0, "IND-01": 14, "IND-03": 14, "IND-05": 60, "IND-04": 120}
    assert still(before) == {}
    assert still(new, ago(4)) == {}, "not on a day before they joined"
    with transaction():
        end_rule(hub.actor, db.session.get_one(AssignmentRule, rule), ago(1))
    assert still(new) == {}
    assert len(still(new, ago(1))) == 5


def test_a_rule_that_includes_those_present_counts_their_days_from_its_first(hub: Hub) -> None:
    person = hub.person(group="frontline-volunteers", start_on=ago(400))
    with transaction():
        group = hub.group_id("frontline-volunteers")
        rule = switch_on_rule(
            hub.actor, group, module(hub, "VOI-01"), from_on=today(), due_days=21, includes_present=True
        )
        rule_id = rule.id
    assert still(person)["VOI-01"].due_on == today() + timedelta(days=21)
    with transaction():
        void_rule(hub.actor, db.session.get_one(AssignmentRule, rule_id), "For another group")
    assert still(person) == {}


def test_the_same_rule_cannot_be_switched_on_twice_for_the_same_days(hub: Hub) -> None:
    group = hub.group_id("frontline-volunteers")
    with transaction():
        switch_on_rule(hub.actor, group, pathway("induction-volunteers"), from_on=today())
    with pytest.raises(Refused, match="already"), transaction():
        switch_on_rule(hub.actor, group, pathway("induction-volunteers"), from_on=today())


def test_a_step_is_done_by_what_somebody_holds_already(hub: Hub) -> None:
    person = hub.person()
    hub.completion(person, "IND-04", ago(100))
    asked(hub, [person], "IND-01")
    hub.completion(person, "INC-01", ago(1))  # gives more of what IND-01 gives
    assert "IND-01" not in still(person)


def test_the_yearly_update_is_never_owed_by_one_whose_workshop_lapsed(hub: Hub) -> None:
    in_date, lapsed = hub.person("In date"), hub.person("Lapsed")
    with transaction():
        group = hub.group_id("music-service-staff")
        require_level(hub.actor, group, hub.skill_id("safeguarding"), Level.PRACTISING, date(2020, 1, 1))
    hub.completion(in_date, "SAF-01", ago(340))
    hub.completion(lapsed, "SAF-01", ago(1200))
    assert {code: duty.status for code, duty in still(in_date).items()} == {"SAF-02": Status.TO_DO}
    assert {code: duty.status for code, duty in still(lapsed).items()} == {"SAF-01": Status.PAST}
    asked(hub, [lapsed], "SAF-02")
    assert set(still(lapsed)) == {"SAF-01"}
    assert still(lapsed)["SAF-01"].instead_of is not None
    hub.completion(lapsed, "SAF-01", today(), Evidence.SELF_DECLARED)
    assert [duty.status for duty in still(lapsed).values()] == [Status.AWAITING]


def test_a_renewal_opens_as_many_days_before_as_its_module_says(hub: Hub) -> None:
    person = hub.person()
    with transaction():
        group = hub.group_id("music-service-staff")
        require_level(hub.actor, group, hub.skill_id("safeguarding"), Level.PRACTISING, date(2020, 1, 1))
    hub.completion(person, "SAF-01", ago(320))
    assert set(still(person)) == {"SAF-02"}
    with transaction() as session:
        session.get_one(Module, hub.module_id("SAF-01")).renewal_opens_days = 30
        not_telling_the_log()
    assert still(person) == {}


def test_a_waiver_holds_on_its_days_and_can_be_taken_back(hub: Hub) -> None:
    person = hub.person()
    asked(hub, [person], "SND-02")
    with transaction():
        waiver = waive(hub.actor, person, hub.module_id("SND-02"), today(), BECAUSE, today() + timedelta(days=5)).id
    assert still(person) == {}
    assert set(still(person, today() + timedelta(days=6))) == {"SND-02"}
    with transaction():
        void_waiver(hub.actor, db.session.get_one(Waiver, waiver), "A mistake")
    assert set(still(person)) == {"SND-02"}


@pytest.mark.parametrize(
    ("due", "sentence"),
    [
        (Due(Counted.BY_A_DAY), "Enter the day"),
        (Due(Counted.BY_A_DAY, date(2020, 1, 1)), "or later"),
        (Due(Counted.FROM_START, days=-1), "whole number"),
        (Due(Counted.OWN_DAYS), "no days of its own"),
    ],
)
@pytest.mark.on_sqlite_only
def test_a_day_that_cannot_be_kept_is_refused_with_a_sentence(hub: Hub, due: Due, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        asked(hub, [hub.person()], "SND-02", due)


@pytest.mark.on_sqlite_only
def test_days_counted_from_the_start_never_lie_before_the_day_of_asking(hub: Hub) -> None:
    old, new = hub.person("Old", start_on=ago(400)), hub.person("New", start_on=ago(10))
    asked(hub, [old, new], "SND-02", Due(Counted.FROM_START, days=30))
    assert still(old)["SND-02"].due_on == today()
    assert still(new)["SND-02"].due_on == today() + timedelta(days=20)


def test_what_is_known_of_everybody_is_never_what_was_known_before_something_changed(hub: Hub) -> None:
    before = known_facts()
    assert known_facts() is before, "nothing is put together again while nothing has changed"
    group, skill = hub.group_id("music-service-staff"), hub.skill_id("send")
    with transaction():
        rule = switch_on_rule(hub.actor, group, module(hub, "SND-02"), from_on=today(), due_days=14)
    assert [each.group_id for each in known_facts().rules] == [group]
    with transaction():
        void_rule(hub.actor, rule, BECAUSE)
    assert known_facts().rules == []
    with transaction():
        require_level(hub.actor, group, skill, Level.LEADING, today() + timedelta(days=3))
    after = known_facts()
    assert after.required(today() + timedelta(days=3))[group][skill] is Level.LEADING
    assert after.required(today()) == before.required(today())
    with suppress(Refused), transaction():
        retire_module(hub.actor, module(hub, "SND-02"), today())
        assert known_facts().modules[hub.module_id("SND-02")].retired_on == today(), "seen where it is being changed"
        raise Refused("It is not kept.")
    assert known_facts().modules[hub.module_id("SND-02")].retired_on is None
