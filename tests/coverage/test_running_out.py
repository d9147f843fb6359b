"""What runs out soon is, skill by skill, what the total counts as expiring, on generated histories."""

from __future__ import annotations

from collections import Counter
from datetime import date

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from tests.builders import Hub
from tests.coverage.histories import GROUPS, Loader, days, histories
from tests.coverage.recount import History
from training_app.coverage.queries import facts, groups_named, standing_of
from training_app.coverage.rules import coverage
from training_app.coverage.running_out import running_out
from training_app.database import db, transaction


def test_what_runs_out_is_what_the_total_counts_as_expiring(hub: Hub) -> None:
    with transaction() as session:
        loader = Loader(session.connection())

    @settings(
        max_examples=60,
        deadline=None,
        suppress_health_check=[
            HealthCheck.function_scoped_fixture,
            HealthCheck.too_slow,
            HealthCheck.data_too_large,
        ],
    )
    @given(history=histories(), day=days, evidence=st.sampled_from(["verified", "all"]))
    def holds(history: History, day: date, evidence: str) -> None:
        db.session.rollback()
        with transaction() as session:
            loader.load(session.connection(), history)
        known = facts(groups_named(GROUPS), day, day, evidence)
        ending = running_out(known, day)
        counted = Counter(each.skill_id for each in ending)
        assert counted == {cell.skill.id: cell.expiring for cell in coverage(known, day).total_cells if cell.expiring}
        assert ending == sorted(ending)
        for each in ending[:3]:
            event("something runs out")
            (own,) = [one for one in standing_of(each.person_id, day, evidence) if one.skill.id == each.skill_id]
            assert own.lapses_on == each.on

    holds()
