"""Who owes what by when, against a model that walks from day to day."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select

from tests.assignments.owing import (
    CATALOGUE,
    GROUPS,
    SKILLS,
    Life,
    World,
    cases,
    is_waived,
    lives,
    open_status,
    owed,
    running_out,
)
from tests.builders import Hub
from tests.coverage.recount import RANK, months_after
from tests.watching import forget_what_is_known
from training_app.assignments.models import Assignment, AssignmentBatch, AssignmentRule, Waiver
from training_app.assignments.queries import duties_of_people, module_facts, past_their_day
from training_app.assignments.rules import (
    AssignedFact,
    BookedFact,
    CreditFact,
    Duty,
    Known,
    PersonFacts,
    RuleFact,
    Source,
    Status,
    StepFact,
    duties,
    past_since,
)
from training_app.catalogue.models import ModuleVersion, Pathway, PathwayStep
from training_app.database import db, transaction
from training_app.delivery.models import Booking, TrainingSession
from training_app.people.models import Engagement, Person
from training_app.people.scope import everybody, everywhere
from training_app.records.models import Completion
from training_app.skills.levels import Level
from training_app.skills.models import Exemption, Requirement
from training_app.skills.rules import RequirementFact

MANY = settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.filter_too_much,
    ],
)
FEWER = settings(MANY, max_examples=25)
WORDS = {Source.ASSIGNED: "assigned", Source.JOINED: "joined"}


class Ids:
    """What the codes are called in a seeded hub."""

    def __init__(self, hub: Hub) -> None:
        self.groups = {code: hub.group_id(code) for code in GROUPS}
        self.skills = {code: hub.skill_id(code) for code in SKILLS}
        self.catalogue = module_facts()
        self.modules = {module.code: module.id for module in self.catalogue.values()}
        self.skill_of = {number: code for code, number in self.skills.items()}

    def known(self, world: World) -> Known:
        """Return the world as the rules are told of it."""
        return Known(
            self.catalogue,
            [
                RuleFact(
                    number,
                    self.groups[group],
                    [StepFact(self.modules[module], many, suits) for module, many, suits in steps],
                    first,
                    last,
                    present,
                )
                for number, (group, steps, first, last, present) in enumerate(world.rules, 1)
            ],
            [
                RequirementFact(self.groups[group], self.skills[skill], Level(RANK[level]), since)
                for group, skill, level, since in world.requirements
            ],
        )

    def person(self, life: Life) -> PersonFacts:
        """Return a life as the rules are told of it."""

        def credits(evidence: str) -> list[CreditFact]:
            return [
                CreditFact(self.modules[module], self.catalogue[self.modules[module]].gives, day, _ends(module, day))
                for module, day, given_as in life.completed
                if given_as == evidence
            ]

        return PersonFacts(
            1,
            engagements=[(self.groups[group], start, end) for group, start, end in life.engagements],
            exemptions=[(self.skills[skill], start, end) for skill, start, end in life.exemptions],
            waivers=[(self.modules[module], start, end) for module, start, end in life.waivers],
            assigned=[
                AssignedFact(number, self.modules[module], asked_on, due_on, suits)
                for number, (module, asked_on, due_on, suits) in enumerate(life.assigned, 1)
            ],
            booked=[
                BookedFact(number, self.modules[module], day, day)
                for number, (module, day) in enumerate(life.booked, 1)
            ],
            counting=credits("verified"),
            awaiting=credits("self-declared"),
        )


def _ends(module: str, day: date) -> date | None:
    months = CATALOGUE[module][1]
    return None if months is None else months_after(day, months)


def _hold_against_the_model(found: list[Duty], life: Life, world: World, day: date, ids: Ids) -> None:
    expected = owed(life, world, day)
    ending = running_out(life, world, day)
    assert max(Counter(duty.module.id for duty in found).values(), default=0) <= 1, "a duty twice"
    renewed = [each for duty in found for each in duty.because if each.source is Source.RUNS_OUT]
    assert sorted((ids.skill_of[each.number], each.on) for each in renewed) == sorted(ending.items())
    asked = {}
    for duty in found:
        because = {(WORDS[each.source], each.on) for each in duty.because if each.source is not Source.RUNS_OUT}
        ends = [each.on for each in duty.because if each.source is Source.RUNS_OUT]
        code = duty.module.code
        for each in duty.because:
            if each.source is Source.RUNS_OUT:
                _renews(duty, ids.skill_of[each.number], life, world, day)
        if code == "SAF-02" and duty.status in (Status.PAST, Status.TO_DO, Status.BOOKED):
            assert any(_in_date(life, "safeguarding", "practising", day)), "the yearly update after the workshop lapsed"
        if not because:
            _stands_as_a_renewal(duty, life, min(ends), day)
            continue
        event(f"asked and {duty.status}")
        asked[code] = because
        wanted = expected[code]
        assert because == wanted.because
        if not ends:
            assert (duty.status, duty.due_on, duty.optional) == (wanted.status, wanted.due_on, wanted.optional)
        else:
            assert not duty.optional
            own = [] if wanted.optional else [wanted.due_on]
            assert duty.due_on == min([*ends, *own])
    missed = {code for code, each in expected.items() if code not in asked}
    # What is settled gives way to a renewal of the same module, which stands in its place.
    assert all(expected[code].status in ("done", "waived") for code in missed), "a duty lost"
    assert missed <= {duty.module.code for duty in found}


def _in_date(life: Life, skill: str, level: str, day: date) -> list[bool]:
    return [
        completed_on <= day and (_ends(module, completed_on) or date.max) > day
        for module, completed_on, evidence in life.completed
        if evidence == "verified" and RANK[CATALOGUE[module][0].get(skill, "none")] >= RANK[level]
    ]


def _renews(duty: Duty, skill: str, life: Life, world: World, day: date) -> None:
    """A renewal gives the skill at the level that is asked, and can be done."""
    level = max(
        RANK[
            max((one for one in world.requirements if one[:2] == (group, skill) and one[3] <= day), key=lambda o: o[3])[
                2
            ]
        ]
        for group in GROUPS
        if any(one[:2] == (group, skill) and one[3] <= day for one in world.requirements)
        and any(each == group and start <= day and (end is None or day <= end) for each, start, end in life.engagements)
    )
    by_code = {**CATALOGUE}
    if duty.module.code in by_code:
        assert RANK[by_code[duty.module.code][0][skill]] >= level
    else:
        assert max(duty.module.gives.values()) >= level


def _stands_as_a_renewal(duty: Duty, life: Life, ends: date, day: date) -> None:
    event(f"renewal {duty.module.code} {duty.status}")
    assert duty.due_on == ends
    assert not duty.optional
    if is_waived(life, duty.module.code, day):
        assert duty.status == "waived"
    elif duty.status != "awaiting":
        assert duty.status == open_status(life, duty.module.code, ends, False, day)


@pytest.mark.on_sqlite_only
def test_duties_equal_those_of_a_model_that_walks_from_day_to_day(hub: Hub) -> None:
    ids = Ids(hub)

    @MANY
    @given(case=cases())
    def holds(case: tuple[Life, World, date]) -> None:
        life, world, day = case
        person, known = ids.person(life), ids.known(world)
        found = duties(person, known, day)
        _hold_against_the_model(found, life, world, day, ids)
        assert past_since(person, known, day) == min((each.due_on for each in _past(found)), default=None)

    holds()


def test_duties_read_from_the_database_equal_those_of_the_model(hub: Hub) -> None:
    ids = Ids(hub)
    place = hub.organisation()
    versions = dict(
        db.session.execute(
            select(ModuleVersion.module_id, ModuleVersion.id).where(ModuleVersion.superseded_at.is_(None))
        ).all()
    )

    @FEWER
    @given(case=cases(), others=st.lists(lives, max_size=2))
    def holds(case: tuple[Life, World, date], others: list[Life]) -> None:
        life, world, day = case
        several = [life, *others]
        with transaction() as session:
            _load(session.connection(), several, world, ids, place, versions)
        found = duties_of_people([*range(1, len(several) + 1)], day)
        for number, life in enumerate(several, 1):
            _hold_against_the_model(found.get(number, []), life, world, day, ids)
        past = {person_id: those for person_id, own in found.items() if (those := _past(own))}
        told = past_their_day(everybody(), day, len(several), places=everywhere())
        assert told.people == len(past)
        assert {each.person.id: each.duties for each in told.first} == past
        days = [min(duty.due_on for duty in each.duties) for each in told.first]
        assert days == sorted(days)
        db.session.rollback()

    holds()


def _past(found: list[Duty]) -> list[Duty]:
    """Return what of somebody's duties a home tells as past its day."""
    return [duty for duty in found if duty.status is Status.PAST and not duty.is_renewal]


_AT = datetime(2024, 1, 1, tzinfo=UTC)


def _load(connection: Any, several: list[Life], world: World, ids: Ids, place: int, versions: dict[int, int]) -> None:
    """Put lives and a world into the database, in place of those before."""
    forget_what_is_known()
    for table in (
        *(Assignment, AssignmentBatch, AssignmentRule, Waiver, Booking, TrainingSession, Completion, Exemption),
        *(Engagement, Person, Requirement),
    ):
        connection.execute(delete(table))
    made = select(Pathway.id).where(Pathway.code.like("made-%"))
    connection.execute(delete(PathwayStep).where(PathwayStep.pathway_id.in_(made)))
    connection.execute(delete(Pathway).where(Pathway.code.like("made-%")))

    def put(table: Any, rows: list[dict[str, Any]]) -> None:
        if rows:
            columns = table.__table__.columns
            defaults: dict[str, Any] = {"row_version": 1} if "row_version" in columns else {}
            connection.execute(insert(table), [{**defaults, **row} for row in rows])

    put(
        Requirement,
        [
            {"group_id": ids.groups[g], "skill_id": ids.skills[s], "level": RANK[level], "effective_from": since}
            for g, s, level, since in world.requirements
        ],
    )
    for number, (group, steps, first, last, present) in enumerate(world.rules, 1):
        put(Pathway, [{"id": 1000 + number, "code": f"made-{number}", "title": "Made", "position": 100 + number}])
        put(
            PathwayStep,
            [
                {"pathway_id": 1000 + number, "module_id": ids.modules[m], "position": p, "due_days": d, "optional": o}
                for p, (m, d, o) in enumerate(steps)
            ],
        )
        rule = {"group_id": ids.groups[group], "pathway_id": 1000 + number, "from_on": first, "until_on": last}
        put(AssignmentRule, [{"id": number, **rule, "includes_present": present, "created_at": _AT}])
    for person, life in enumerate(several, 1):
        who = {"person_id": person}
        put(Person, [{"id": person, "reference": f"R{person}", "name": "Ama", "name_key": "ama"}])
        put(
            Engagement,
            [
                {**who, "organisation_id": place, "group_id": ids.groups[g], "start_on": start, "end_on": end}
                for g, start, end in life.engagements
            ],
        )
        put(
            Exemption,
            [
                {**who, "skill_id": ids.skills[s], "start_on": start, "end_on": end, "reason": "Because"}
                for s, start, end in life.exemptions
            ],
        )
        put(
            Waiver,
            [
                {**who, "module_id": ids.modules[m], "start_on": start, "end_on": end, "reason": "Because"}
                for m, start, end in life.waivers
            ],
        )
        for number, (module, asked_on, due_on, suits) in enumerate(life.assigned):
            batch = 100 * person + number
            what = {"module_id": ids.modules[module], "assigned_on": asked_on}
            put(AssignmentBatch, [{"id": batch, **what, "assigned_at": _AT, "whom": "All", "reason": "Because"}])
            put(Assignment, [{"batch_id": batch, **who, **what, "due_on": due_on, "optional": suits}])
        for number, (module, day) in enumerate(life.booked):
            session = 100 * person + number
            about = {"module_id": ids.modules[module], "first_on": day, "last_on": day, "takes_bookings": True}
            put(
                TrainingSession,
                [{"id": session, **about, "young_co_trainers": 0, "paid_time": False, "created_at": _AT}],
            )
            put(Booking, [{"session_id": session, **who, "state": "booked", "booked_at": _AT}])
        put(
            Completion,
            [
                {
                    **who,
                    "module_id": ids.modules[module],
                    "module_version_id": versions[ids.modules[module]],
                    "completed_on": day,
                    "valid_until": _ends(module, day),
                    "evidence": evidence,
                    "created_at": _AT,
                    "verified_by_rule": False,
                }
                for module, day, evidence in life.completed
            ],
        )
