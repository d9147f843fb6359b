"""The coordinator's home and figures: of the people of their organisations in their time there, and of nothing else."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select, update
from time_machine import travel

from tests.builders import CountedQueries, Hub
from tests.clients import PageClient
from tests.coordinator.two_of_three import TODAY, fill, the_coordinator
from tests.coverage.histories import GROUPS, Loader, told
from tests.coverage.recount import History, recount
from training_app.coverage.needs import who_needs_what
from training_app.coverage.queries import coverage_on, facts, groups_named
from training_app.coverage.rules import coverage
from training_app.database import db, transaction
from training_app.people.models import Engagement, Organisation, Person
from training_app.people.scope import everywhere
from training_app.records.actions import return_evidence
from training_app.records.models import Completion, Evidence
from training_app.reports import coverage_report

FEW = settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


def words(html: str) -> str:
    main = html.partition("<main")[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


def home(client: PageClient) -> str:
    return words(client.get("/").get_data(as_text=True))


@pytest.mark.begins_with(fill, on=TODAY)
@travel(TODAY, tick=False)
def test_the_home_says_who_needs_what_first(hub: Hub) -> None:
    coordinator = the_coordinator(hub)
    school = hub.organisation("Fenwick Primary")
    lapsed = hub.person("Gus Lapsed", reference="F-7", group="generalist-teachers", organisation=school)
    hub.completion(lapsed, "SAF-03", "2025-01-10")
    soon = hub.person("Hana Soon", reference="F-8", group="generalist-teachers", organisation=school)
    hub.completion(soon, "SAF-03", "2026-01-10")
    said = home(coordinator)
    assert "at your 2 organisations, 0 of 5 people hold every skill their role asks for" in said
    first = said.partition("Who needs something first")[2]
    assert first.index("Gus Lapsed") < first.index("Ama Here")
    assert "Renew Keeping children safe" in first
    assert "1 to renew" in first
    assert "Hana Soon" in first.partition("What runs out first")[2]
    assert "Cora Left" not in said
    assert "SECRET" not in said


@pytest.mark.begins_with(fill, on=TODAY)
@travel(TODAY, tick=False)
def test_the_home_shows_what_was_sent_back_and_how_to_answer_it(hub: Hub) -> None:
    coordinator = the_coordinator(hub)
    coordinator.submit(
        "/records/add",
        {
            "module": "IND-01",
            "person": ["F-1"],
            "save": "yes",
            "completed_on-day": "2",
            "completed_on-month": "11",
            "completed_on-year": "2026",
        },
    )
    assert "2 entries await confirmation" in home(coordinator)
    of_elin = db.session.scalars(select(Completion).where(Completion.evidence == Evidence.SELF_DECLARED)).all()
    with transaction():
        for entry in of_elin:
            return_evidence(hub.actor, db.session.get_one(Completion, entry.id), f"SECRET of {entry.person.reference}")
    said = home(coordinator)
    assert "SECRET of F-1" in said
    assert "SECRET of F-5" not in said
    assert said.count("Record it again") == 1


@pytest.mark.begins_with(fill, on=TODAY)
@travel(TODAY, tick=False)
@pytest.mark.on_sqlite_only
def test_the_home_costs_no_more_statements_the_more_people_there_are(hub: Hub) -> None:
    coordinator = the_coordinator(hub)
    with CountedQueries() as few:
        home(coordinator)
    school = hub.organisation("Fenwick Primary")
    for number in range(20):
        hub.person(f"Teacher {number}", group="generalist-teachers", organisation=school)
    with CountedQueries() as many:
        home(coordinator)
    assert many.count == few.count


@pytest.mark.begins_with(fill, on=TODAY)
@travel(TODAY, tick=False)
def test_the_figures_of_one_organisation_and_of_all_own_ones_are_of_time_there(hub: Hub) -> None:
    coordinator = the_coordinator(hub)

    def people_of(path: str) -> dict[str, int]:
        rows = csv.DictReader(io.StringIO(coordinator.get(path).get_data(as_text=True)))
        return {row["group"]: int(row["people"]) for row in rows if int(row["people"])}

    assert people_of("/coverage.csv") == {"generalist-teachers": 2, "frontline-volunteers": 1}
    assert people_of("/coverage.csv?organisation=Fenwick+Choir") == {"frontline-volunteers": 1}
    assert people_of("/coverage.csv?as_at=2025-07-01") == {"generalist-teachers": 3, "frontline-volunteers": 1}
    assert people_of("/coverage.csv?as_at=2027-02-01") == {"generalist-teachers": 3, "frontline-volunteers": 1}


def test_figures_within_organisations_equal_a_recount_of_the_engagements_there(hub: Hub) -> None:
    with transaction() as session:
        loader = Loader(session.connection())
        places = session.scalars(
            insert(Organisation).returning(Organisation.id),
            [{"name": name, "name_key": name, "kind": "school", "row_version": 1} for name in ("a", "b", "c")],
        ).all()
    own = everywhere().where(Organisation.id.in_(places[:2]))
    code_of = {group_id: code for code, group_id in loader.groups.items()}

    @FEW
    @given(case=told(), evidence=st.sampled_from(["verified", "all"]), shift=st.integers(0, 2))
    def holds(case: tuple[History, date], evidence: str, shift: int) -> None:
        history, day = case
        db.session.rollback()
        with transaction() as session:
            loader.load(session.connection(), history)
            for row in session.scalars(select(Engagement).order_by(Engagement.id)).all():
                place = places[(row.id + shift) % 3]
                session.execute(update(Engagement).where(Engagement.id == row.id).values(organisation_id=place))
        there = db.session.scalars(select(Engagement).where(Engagement.organisation_id.in_(places[:2])))
        history.engagements = [
            (person_of(each.person_id), code_of[each.group_id], each.start_on, each.end_on) for each in there
        ]
        found: dict[str, Any] = dict(coverage_report(coverage_on(day, evidence, GROUPS, places=own), evidence).document)
        for group in found["groups"]:
            group.pop("name")
            for skill in group["skills"]:
                skill.pop("name")
        assert found == recount(history, GROUPS, day, evidence)
        # Who needs what is, skill by skill, what the total counts as lapsed, below and missing.
        known = facts(groups_named(GROUPS), day, day, evidence, places=own)
        needs = who_needs_what(known, day)
        counted = Counter(skill for each in needs for skill, _ in each.lapsed)
        others = Counter(skill for each in needs for skill, _ in each.not_yet)
        cells = coverage(known, day).total_cells
        assert counted == Counter({cell.skill.id: cell.lapsed for cell in cells if cell.lapsed})
        assert others == Counter(
            {cell.skill.id: cell.below + cell.missing for cell in cells if cell.below + cell.missing}
        )

    def person_of(person_id: int) -> int:
        return int(db.session.get_one(Person, person_id).reference.removeprefix("R"))

    holds()
