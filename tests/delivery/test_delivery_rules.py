"""When a register is open, what clocks show, and how what several people say of one line goes together."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training_app.delivery.rules import (
    LONDON,
    Said,
    Span,
    awaits_task,
    begins_at,
    can_be_booked,
    merged,
    moment_of,
    parse_time,
    register_closes_on,
    register_is_open,
    spans_problem,
    time_exists,
    times_in_words,
)
from training_app.skills.levels import Level

DAYS = st.dates(date(2020, 1, 1), date(2100, 1, 1))
PRESENT, ABSENT, PART = Said("present"), Said("absent"), Said("part", Decimal("1.5"))


@pytest.mark.parametrize(
    ("typed", "is_read_as"),
    [
        ("9:30", time(9, 30)),
        ("09.30", time(9, 30)),
        ("0930", time(9, 30)),
        ("14", time(14, 0)),
        ("2pm", time(14, 0)),
        ("12 am", time(0, 0)),
        ("12:15PM", time(12, 15)),
        ("24:00", None),
        ("9:60", None),
        ("13pm", None),
        ("noon", None),
        ("", None),
        ("٩:٣٠", None),
    ],
)
def test_a_time_is_read_as_people_write_it(typed: str, is_read_as: time | None) -> None:
    assert parse_time(typed) == is_read_as


def test_the_hour_that_the_clocks_skip_in_march_is_no_time() -> None:
    spring = date(2027, 3, 28)
    assert not time_exists(spring, time(1, 30))
    assert time_exists(spring, time(0, 59))
    assert time_exists(spring, time(2, 0))
    assert spans_problem([Span(spring, time(1, 30), time(3, 0))]) is not None


def test_the_same_time_on_the_clock_is_another_moment_after_the_clocks_change() -> None:
    assert moment_of(date(2026, 10, 24), time(9, 30)) == datetime(2026, 10, 24, 8, 30, tzinfo=UTC)
    assert moment_of(date(2026, 10, 25), time(9, 30)) == datetime(2026, 10, 25, 9, 30, tzinfo=UTC)
    assert moment_of(date(2026, 10, 25), time(1, 30)) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # the first of two


@given(DAYS, st.times().filter(lambda at: at.second == 0))
def test_a_moment_shows_on_a_clock_in_london_what_was_scheduled(on: date, at: time) -> None:
    if time_exists(on, at):
        shown = moment_of(on, at).astimezone(LONDON)
        assert (shown.date(), shown.time()) == (on, at)


@given(DAYS, st.integers(0, 30), st.integers(-40, 80))
def test_a_register_is_open_from_the_day_before_to_fourteen_days_after(first: date, longer: int, offset: int) -> None:
    last = first + timedelta(days=longer)
    on = first + timedelta(days=offset)
    assert register_is_open(first, last, on) == (-1 <= offset <= longer + 14)
    assert register_closes_on(last) - last == timedelta(days=14)


@given(DAYS, st.integers(-3, 3))
def test_a_session_can_be_booked_until_it_begins(on: date, hours: int) -> None:
    spans = [Span(on + timedelta(days=7), time(12), time(13)), Span(on, time(12), time(13))]
    at = begins_at(spans[1]) + timedelta(hours=hours)
    assert can_be_booked(spans, at) == (hours < 0)


def test_two_dates_that_overlap_and_an_end_before_the_beginning_are_told() -> None:
    day = date(2026, 12, 1)
    assert spans_problem([]) == "Give at least one day."
    assert spans_problem([Span(day, time(9), time(10)), Span(day, time(10), time(11))]) is None
    assert "overlap" in (spans_problem([Span(day, time(9), time(10)), Span(day, time(9, 59), time(11))]) or "")
    assert "overlap" in (spans_problem([Span(day), Span(day)]) or "")
    assert "end later" in (spans_problem([Span(day, time(10), time(10))]) or "")


SAID = st.sampled_from([PRESENT, ABSENT, PART])


@given(shown=SAID, sent=SAID, stands=SAID)
def test_of_a_line_that_several_keep_each_change_stays_and_only_a_contradiction_is_told(
    shown: Said, sent: Said, stands: Said
) -> None:
    after = merged(shown, sent, stands)
    if sent == shown:
        assert after == stands  # left alone: whatever somebody else made of it stays
    elif stands == shown:
        assert after == sent  # nobody else touched it
    elif stands == sent:
        assert after == sent  # both say the same
    else:
        assert after is None


def test_a_module_that_gives_practising_awaits_its_task_and_one_that_gives_aware_does_not() -> None:
    assert awaits_task([Level.AWARE, Level.PRACTISING])
    assert awaits_task([Level.LEADING])
    assert not awaits_task([Level.AWARE])
    assert not awaits_task([])


def test_times_are_written_as_people_say_them() -> None:
    assert times_in_words(Span(date(2026, 12, 1), time(9, 30), time(12))) == "9:30am to 12pm"
    assert times_in_words(Span(date(2026, 12, 1))) == ""
