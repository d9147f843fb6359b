"""When a visit and a cycle are finished."""

from __future__ import annotations

from collections.abc import Iterable
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

TODAY = date(2026, 10, 3)
# The day of the visit as so many days from today, or none yet; and which of the four there are, a bit for each.
DAYS_FROM_TODAY = st.integers(-400, 400) | st.none()
WHICH_OF_FOUR = st.integers(0, 15)


def _day(days_from_today: int | None) -> date | None:
    return None if days_from_today is None else TODAY + timedelta(days=days_from_today)


def _chosen(names: Iterable[str], which: int) -> set[str]:
    return {name for place, name in enumerate(names) if which >> place & 1}


@given(DAYS_FROM_TODAY, WHICH_OF_FOUR)
def test_a_visit_is_finished_only_with_a_day_that_has_come_and_all_four_answers(days: int | None, which: int) -> None:
    answered = _chosen(QUESTIONS, which)
    missing = missing_in_visit(_day(days), dict.fromkeys(answered, "A few words"), TODAY)
    has_come = days is not None and days <= 0
    assert (missing is None) == (has_come and answered == set(QUESTIONS))
    if not has_come:
        assert missing is not None
        assert missing[0] == "on_day"


@given(WHICH_OF_FOUR, st.sampled_from([None, "It was calmer"]), DAYS_FROM_TODAY)
def test_a_cycle_is_finished_only_with_every_step_a_finding_and_a_day_that_has_come(
    which: int, finding: str | None, days: int | None
) -> None:
    written = _chosen(STEPS, which)
    has_all = written == set(STEPS) and finding is not None and days is not None and days <= 0
    assert (missing_in_cycle(written, finding, _day(days), TODAY) is None) == has_all


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
