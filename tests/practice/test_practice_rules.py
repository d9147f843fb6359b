"""When a visit and a cycle are finished."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from training_app.practice.rules import (
    QUESTIONS,
    STEPS,
    missing_in_cycle,
    missing_in_visit,
    next_step_of_pair,
    next_step_of_team,
)

DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))


@given(DAYS | st.none(), DAYS, st.sets(st.sampled_from(sorted(QUESTIONS))))
def test_a_visit_is_finished_only_with_a_day_that_has_come_and_all_four_answers(
    on_day: date | None, today: date, answered: set[str]
) -> None:
    missing = missing_in_visit(on_day, dict.fromkeys(answered, "A few words"), today)
    has_all = on_day is not None and on_day <= today and answered == set(QUESTIONS)
    assert (missing is None) == has_all
    if missing is not None and (on_day is None or on_day > today):
        assert missing[0] == "on_day"


@given(st.sets(st.sampled_from(sorted(STEPS))), st.sampled_from([None, "It was calmer"]), DAYS | st.none(), DAYS)
def test_a_cycle_is_finished_only_with_every_step_a_finding_and_a_day_that_has_come(
    written: set[str], finding: str | None, on_day: date | None, today: date
) -> None:
    has_all = written == set(STEPS) and finding is not None and on_day is not None and on_day <= today
    assert (missing_in_cycle(written, finding, on_day, today) is None) == has_all


def test_what_comes_next_follows_the_visit() -> None:
    today = date(2026, 10, 3)

    def following(on_day: date | None = None, *, alone: bool = False, waits: bool = False, mine: bool = False) -> str:
        return next_step_of_pair(
            is_waiting=waits, is_alone=alone, on_day=on_day, mine_is_finished=mine, other="Ama", today=today
        )

    assert following(alone=True, waits=True) == "Wait for an answer to your invitation."
    assert following(alone=True) == "Invite somebody to observe with you."
    assert following() == "Agree on a day when you visit Ama."
    assert following(today + timedelta(days=1)) == "Visit Ama."
    assert following(today) == "Answer the four questions about your visit, and finish it."
    assert following(today, mine=True) == "Your visit is finished. Ama still has theirs to finish."


def test_a_team_goes_from_step_to_step() -> None:
    assert next_step_of_team(set(), None) == "Write the first entry for “Plan”."
    assert next_step_of_team({"plan", "act"}, None) == "Write the first entry for “Observe”."
    assert next_step_of_team(set(STEPS), None) == "Write what you found."
    assert next_step_of_team(set(STEPS), "It was calmer") == "Finish the cycle."
