"""The figures equal a separate recount on generated histories, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from tests.builders import Hub
from tests.coverage.histories import GROUPS, Loader, days, histories, telling_days, told
from tests.coverage.recount import History, recount
from training_app.assignments.queries import duties_of
from training_app.coverage.own import own_training
from training_app.coverage.queries import (
    coverage_on,
    in_date_until,
    people_behind,
    person_standing,
    standing_of,
    trend_between,
)
from training_app.coverage.standing import SkillStanding
from training_app.coverage.trend import month_ends
from training_app.database import db, transaction
from training_app.reports import coverage_report, trend_report

MANY = settings(
    max_examples=1000,
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)
FEWER = settings(MANY, max_examples=60)


def _loader(hub: Hub) -> Loader:
    with transaction() as session:
        return Loader(session.connection())


def _load(loader: Loader, history: History) -> None:
    db.session.rollback()
    with transaction() as session:
        loader.load(session.connection(), history)


def _without_names(document: dict) -> dict:
    for group in document["groups"]:
        group.pop("name")
        for skill in group["skills"]:
            skill.pop("name")
    return document


def test_coverage_equals_a_separate_recount_cell_by_cell(hub: Hub) -> None:
    loader = _loader(hub)

    @MANY
    @given(
        case=told(),
        evidence=st.sampled_from(["verified", "all"]),
        groups=st.lists(st.sampled_from(GROUPS), min_size=1, unique=True),
    )
    def holds(case: tuple[History, date], evidence: str, groups: list[str]) -> None:
        history, day = case
        _load(loader, history)
        in_order = [group for group in GROUPS if group in groups]
        expected = recount(history, in_order, day, evidence)
        for state in ("exempt", "met", "expiring", "lapsed", "below", "missing"):
            if any(cell[state] for group in expected["groups"] for cell in group["skills"]):
                event(f"somebody is {state}")
        found = coverage_report(coverage_on(day, evidence, groups), evidence)
        assert _without_names(dict(found.document)) == expected
        _table_says_the_same(found.table, expected)

    holds()


def _table_says_the_same(table: object, expected: dict) -> None:
    rows = [tuple(row) for row in table.rows]  # type: ignore[attr-defined]
    assert [(row[2], row[3], row[4], row[5], *row[6:12]) for row in rows] == [
        (
            group["group"],
            cell["skill"],
            cell["required"],
            group["people"],
            *(cell[state] for state in ("exempt", "met", "expiring", "lapsed", "below", "missing")),
        )
        for group in expected["groups"]
        for cell in group["skills"]
    ]


def test_the_names_behind_every_figure_are_as_many_as_it_says(hub: Hub) -> None:
    loader = _loader(hub)

    @FEWER
    @given(case=told(), evidence=st.sampled_from(["verified", "all"]))
    def holds(case: tuple[History, date], evidence: str) -> None:
        history, day = case
        _load(loader, history)
        expected = recount(history, GROUPS, day, evidence)
        for group in expected["groups"]:
            for cell in group["skills"]:
                behind = people_behind(group["group"], cell["skill"], day, evidence)
                assert len(behind) == group["people"]
                for state in ("exempt", "met", "lapsed", "below", "missing"):
                    assert sum(each.standing.state == state for each in behind) == cell[state], state
                assert sum(each.standing.expiring for each in behind) == cell["expiring"]

    holds()


def test_a_persons_own_page_says_what_the_report_counts(hub: Hub) -> None:
    loader = _loader(hub)

    @FEWER
    @given(case=told(), evidence=st.sampled_from(["verified", "all"]))
    def holds(case: tuple[History, date], evidence: str) -> None:
        history, day = case
        _load(loader, history)
        fully_skilled = 0
        for person in history.people:
            asked = [each for each in standing_of(person, day, evidence) if each.state is not None]
            counted = [each for each in asked if each.state != "exempt"]
            fully_skilled += bool(counted) and all(each.state == "met" for each in counted)
        expected = recount(history, GROUPS, day, evidence)["total"]["fully_skilled"]
        assert fully_skilled == (expected or 0)

    holds()


def test_somebodys_own_pages_say_what_the_hub_is_told_of_them(hub: Hub) -> None:
    loader = _loader(hub)

    @settings(FEWER, max_examples=20)
    @given(case=told())
    def holds(case: tuple[History, date]) -> None:
        history, day = case
        _load(loader, history)
        for person in history.people:
            own, told_of = own_training(person, day), person_standing(person, day)
            assert own.standing.groups == told_of.groups
            assert list(map(_in_one_order, own.standing.skills)) == list(map(_in_one_order, told_of.skills))
            for ours, theirs in ((own.standing.counting, told_of.counting), (own.standing.awaiting, told_of.awaiting)):
                assert {skill: set(some) for skill, some in ours.items()} == {
                    skill: set(some) for skill, some in theirs.items()
                }
            assert own.duties == duties_of(person, day)
            asked = [each for each in told_of.skills if each.state not in (None, "exempt")]
            if asked and all(each.state == "met" for each in asked):
                event("somebody holds all that is asked")
                assert own.in_date_until == in_date_until(person, day)

    holds()


def _in_one_order(standing: SkillStanding) -> SkillStanding:
    return replace(standing, credits=sorted(standing.credits, key=lambda credit: credit.completion_id))


def test_the_trend_equals_a_report_for_every_month(hub: Hub) -> None:
    loader = _loader(hub)

    @FEWER
    @given(history=histories(), first=days, last=days, evidence=st.sampled_from(["verified", "all"]))
    def holds(history: History, first: date, last: date, evidence: str) -> None:
        first, last = min(first, last), max(first, last)
        _load(loader, history)
        months = trend_report(trend_between(first, last, evidence, GROUPS), evidence, first, last).document["months"]
        assert [month["as_at"] for month in months] == month_ends(first, last)
        telling = set(telling_days(history))
        for place, month in enumerate(months):
            if month["as_at"] not in telling and place % max(1, len(months) // 4):
                continue
            expected = recount(history, GROUPS, month["as_at"], evidence)
            assert month["total"] == expected["total"]
            assert month["groups"] == [
                {name: group[name] for name in ("group", "people", "fully_skilled", "percent")}
                for group in expected["groups"]
            ]

    holds()
