"""Until when somebody is in date: on every day before it nothing is missing, and on the day itself something is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from time_machine import travel

from tests.builders import Hub
from tests.coverage.histories import Loader, histories, telling_days
from tests.coverage.recount import History
from training_app.coverage.queries import all_groups, facts, in_date_until
from training_app.coverage.rules import Facts, coverage
from training_app.database import db, transaction
from training_app.people.models import Person
from training_app.skills.actions import exempt, require_level
from training_app.skills.levels import Level

# All that volunteers are asked for; the yearly safeguarding among it runs out first.
INDUCTION = ["IND-01", "IND-02", "IND-03", "IND-04", "IND-05"]


def _has_gap(known: Facts, day: date) -> bool:
    return any(cell.lapsed or cell.below or cell.missing for cell in coverage(known, day).total_cells)


def test_every_day_until_then_is_as_it_says(hub: Hub) -> None:
    with transaction() as session:
        loader = Loader(session.connection())

    @settings(
        max_examples=20,
        deadline=None,
        suppress_health_check=[
            HealthCheck.function_scoped_fixture,
            HealthCheck.too_slow,
            HealthCheck.data_too_large,
        ],
    )
    @given(history=histories(), chosen=st.data(), evidence=st.sampled_from(["verified", "all"]))
    def holds(history: History, chosen: st.DataObject, evidence: str) -> None:
        db.session.rollback()
        with transaction() as session:
            loader.load(session.connection(), history)
        days = telling_days(history)
        day = chosen.draw(st.sampled_from(days or [date(2026, 9, 1)]))
        known = facts(all_groups(), day, date(2200, 12, 31), evidence)
        for person_id in db.session.scalars(select(Person.id)).all():
            as_of_the_day = replace(
                known,
                engagements=[each for each in known.engagements if each[0] == person_id],
                exemptions=[each for each in known.exemptions if each[0] == person_id],
                credits=[each for each in known.credits if each[0] == person_id and each[2] <= day],
            )
            gaps = [each for each in days if each >= day and _has_gap(as_of_the_day, each)]
            if _has_gap(as_of_the_day, day):
                continue  # in date is said only of those who hold everything on the day itself
            until = in_date_until(person_id, day, evidence)
            event("a day is named" if until else "no day is named")
            assert until == min(gaps, default=None)

    holds()


def test_an_exemption_that_ends_a_requirement_that_comes_and_another_group_end_it(hub: Hub) -> None:
    with travel("2026-11-24 12:00 +0000"):
        person = hub.person(group="frontline-volunteers", with_completed=INDUCTION, completed_on="2026-10-03")
        skill, group = hub.skill_id("creative"), hub.group_id("frontline-volunteers")
        on = date(2026, 11, 24)
        assert in_date_until(person, on) == date(2027, 10, 3)
        with transaction():
            exempt(hub.actor, person, skill, date(2026, 1, 1), "On leave", date(2027, 3, 31))
            require_level(hub.actor, group, skill, Level.AWARE, date(2027, 2, 1))
        assert in_date_until(person, on) == date(2027, 4, 1)
        with transaction():
            require_level(hub.actor, group, hub.skill_id("data"), Level.PRACTISING, date(2027, 2, 1))
        assert in_date_until(person, on) == date(2027, 2, 1)
        hub.engagement(person, "music-service-staff", "2026-12-01")
        assert in_date_until(person, on) == date(2026, 12, 1)
