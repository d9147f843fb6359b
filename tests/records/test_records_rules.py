"""How long a completion counts, whatever the calendar brings."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training_app.records.rules import Credit, add_months, extended_end, held, is_valid, valid_until
from training_app.skills.levels import Level

DAYS = st.dates(date(1900, 1, 1), date(2200, 12, 31))
MONTHS = st.integers(0, 1200)
ENDS = st.none() | DAYS


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2025, 8, 31), 6, date(2026, 2, 28)),
        (date(2023, 8, 31), 6, date(2024, 2, 29)),
        (date(2025, 12, 31), 1, date(2026, 1, 31)),
        (date(2025, 12, 31), 2, date(2026, 2, 28)),
        (date(2025, 1, 15), 12, date(2026, 1, 15)),
        (date(2025, 11, 30), 1, date(2025, 12, 30)),
    ],
)
def test_months_are_those_of_the_calendar_and_end_with_the_month(day: date, months: int, expected: date) -> None:
    assert add_months(day, months) == expected


@given(DAYS, MONTHS)
def test_so_many_months_later_it_is_that_month_and_the_same_day_or_the_month_s_last(day: date, months: int) -> None:
    later = add_months(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == min(day.day, monthrange(later.year, later.month)[1])


@given(DAYS, DAYS, MONTHS)
def test_who_completed_it_later_never_runs_out_earlier(one: date, other: date, months: int) -> None:
    assert (add_months(min(one, other), months)) <= add_months(max(one, other), months)


def test_what_is_never_refreshed_counts_for_good() -> None:
    assert valid_until(date(2020, 1, 1), None) is None
    assert is_valid(date(2020, 1, 1), None, date(2200, 12, 31))


def test_it_counts_from_its_day_up_to_but_not_on_the_day_it_runs_out() -> None:
    completed_on, ends = date(2025, 9, 1), date(2026, 9, 1)
    assert not is_valid(completed_on, ends, date(2025, 8, 31))
    assert is_valid(completed_on, ends, completed_on)
    assert is_valid(completed_on, ends, date(2026, 8, 31))
    assert not is_valid(completed_on, ends, ends)


@given(DAYS, st.integers(1, 1200), st.integers(-2, 2))
def test_it_is_valid_on_exactly_the_days_from_completion_to_the_day_before_its_end(
    completed_on: date, months: int, away: int
) -> None:
    ends = valid_until(completed_on, months)
    assert ends is not None
    for on in (completed_on + timedelta(days=away), ends + timedelta(days=away)):
        assert is_valid(completed_on, ends, on) == (completed_on <= on <= ends - timedelta(days=1))


@given(DAYS, st.lists(DAYS, max_size=4))
def test_extensions_only_ever_lengthen_and_the_latest_wins(end: date, extensions: list[date]) -> None:
    extended = extended_end(end, extensions)
    assert extended == max([end, *extensions])


def test_what_never_runs_out_cannot_be_given_an_end() -> None:
    assert extended_end(None, [date(2030, 1, 1)]) is None


@given(st.lists(st.tuples(st.integers(1, 3), st.sampled_from(list(Level)[1:]), DAYS, ENDS), max_size=12), DAYS)
def test_somebody_holds_the_highest_level_among_what_is_valid_that_day(
    given_credits: list[tuple[int, Level, date, date | None]], on: date
) -> None:
    credits = [Credit(*each) for each in given_credits]
    holds = held(credits, on)
    for skill in (1, 2, 3):
        valid = [c.level for c in credits if c.skill_id == skill and is_valid(c.completed_on, c.valid_until, on)]
        assert holds.get(skill, Level.NONE) == max(valid, default=Level.NONE)
