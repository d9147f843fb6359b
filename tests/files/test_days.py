"""How a day may be written."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training_app.files import BadDay, parse_day


@pytest.mark.parametrize("text", ["2026-07-31", "31/07/2026"])
def test_a_day_is_written_with_the_year_first_or_the_day_first(text: str) -> None:
    assert parse_day(text) == date(2026, 7, 31)


@given(st.dates(date(1900, 1, 1), date(2200, 12, 31)))
def test_every_usable_day_is_read_in_both_forms(day: date) -> None:
    assert parse_day(day.isoformat()) == day
    assert parse_day(f"{day.day:02}/{day.month:02}/{day.year}") == day


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1/7/2026",
        "31/07/26",
        "31-07-2026",
        "2026/07/31",
        "07/31/2026 ",
        "2026-W31-5",
        "20260731",
        "2026-7-31",
        "２０２６-07-31",
        "٢٠٢٦-07-31",
        "2026-07-31T00:00",
        "31 July 2026",
        "46234",
        "2026-07-31\n",
        "{{7*7}}",
        "x" * 5000,
    ],
)
def test_any_other_form_is_refused_and_both_right_ones_are_named(text: str) -> None:
    with pytest.raises(BadDay, match="Write it as YYYY-MM-DD or DD/MM/YYYY") as refused:
        parse_day(text)
    assert len(str(refused.value)) < 200


@pytest.mark.parametrize("text", ["31/02/2026", "2025-02-29", "2026-13-01", "00/01/2026", "0000-01-01"])
def test_a_day_that_no_calendar_has_is_refused(text: str) -> None:
    with pytest.raises(BadDay, match="is not a day that the calendar has"):
        parse_day(text)


@pytest.mark.parametrize("text", ["1899-12-31", "01/01/2201", "0001-01-01", "9999-12-31"])
def test_days_outside_three_centuries_are_refused(text: str) -> None:
    with pytest.raises(BadDay, match="Days from 1900-01-01 to 2200-12-31 can be used"):
        parse_day(text)
