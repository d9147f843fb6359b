"""References, names and days, decided in plain Python."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training_app.people.rules import (
    covers,
    day_problem,
    following,
    has_something_to_read,
    in_words,
    name_key,
    organisation_key,
    overlap,
    probably_the_same_name,
    reference_problem,
    review_due_on,
    span_in_words,
    text_problem,
)


@pytest.mark.parametrize("reference", ["P-0241", "a", "x.y_z-1", "9" * 64])
def test_a_reference_may_have_letters_digits_dots_underscores_and_hyphens(reference: str) -> None:
    assert reference_problem(reference) is None


@pytest.mark.parametrize(
    "reference",
    ["", "x" * 65, "P 1", "Zoë", "P/1", "P-1.csv", "P-1.XLSX", "new", "NEW", ".", "..", "１２", "a\n", "a\0"],
)
def test_what_an_address_cannot_carry_is_no_reference(reference: str) -> None:
    assert reference_problem(reference)


def test_names_are_searched_without_accents_case_spaces_and_kinds_of_apostrophe() -> None:
    assert name_key("  Zoë   O’NEILL ") == name_key("zoe\u0308 o'neill") == "zoe o'neill"
    assert name_key("Strauß") == "strauss"


def test_an_organisation_is_known_by_its_name_however_it_is_spaced_or_capitalised() -> None:
    assert organisation_key(" St.  Mary's ") == organisation_key("ST. MARY'S")
    assert organisation_key("Ａcademy") == organisation_key("academy")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ama Okafor", "OKAFOR AMA"),
        ("Jon Smith", "John Smith"),
        ("Ama Okafor", "Ama Grace Okafor"),
        ("Siân O'Neill", "Sian ONeill"),
        ("Anne-Marie Fox", "Anne Marie Fox"),
    ],
)
def test_names_typed_in_another_way_are_probably_one_person(one: str, other: str) -> None:
    assert probably_the_same_name(name_key(one), name_key(other))


@pytest.mark.parametrize(
    ("one", "other"), [("Ama Okafor", "Ben Okafor"), ("Ama", "Ama Okafor"), ("Tom Reed", "Tim Reed"), ("Ama", "")]
)
def test_different_names_are_different_people(one: str, other: str) -> None:
    assert not probably_the_same_name(name_key(one), name_key(other))


def test_the_reference_after_one_keeps_its_width_and_grows_when_it_must() -> None:
    assert following("P-0241") == "P-0242"
    assert following("P-9999") == "P-10000"
    assert following("HUB.7") == "HUB.8"
    assert following("zoe") is None


def test_both_ends_of_a_span_are_included() -> None:
    first, last = date(2026, 3, 1), date(2026, 3, 31)
    assert covers(first, last, first)
    assert covers(first, last, last)
    assert not covers(first, last, date(2026, 4, 1))
    assert covers(first, None, date(2200, 12, 31))


def test_spans_overlap_when_they_share_one_day() -> None:
    march = (date(2026, 3, 1), date(2026, 3, 31))
    assert overlap(*march, date(2026, 3, 31), None)
    assert not overlap(*march, date(2026, 4, 1), None)
    assert overlap(date(2020, 1, 1), None, *march)
    assert not overlap(date(2026, 4, 1), None, *march)


@pytest.mark.parametrize("day", [date(1, 1, 1), date(1899, 12, 31), date(2201, 1, 1), date.max])
def test_a_day_outside_1900_to_2200_cannot_be_kept(day: date) -> None:
    assert day_problem(day) == "must be between 1 January 1900 and 31 December 2200"


def test_the_first_and_the_last_day_can_be_kept() -> None:
    assert day_problem(date(1900, 1, 1)) is None
    assert day_problem(date(2200, 12, 31)) is None


@pytest.mark.parametrize("text", ["a\0b", "\ud800", "a\x1bb", "a\x85", "\u202eevil"])
def test_characters_that_cannot_be_shown_have_no_place_in_a_name(text: str) -> None:
    assert text_problem(text, 100)


@pytest.mark.parametrize("text", ["Zoë O'Neill", "王小明", "🎺 Trumpet", "<b>{{7*7}}</b>", "م ح م د"])
def test_any_writing_and_any_sign_may_stand_in_a_name(text: str) -> None:
    assert text_problem(text, 100) is None


def test_a_name_of_invisible_characters_shows_nothing() -> None:
    assert not has_something_to_read(" \u200b\u2060\ufeff")
    assert has_something_to_read("a\u200d")


def test_days_are_written_out_in_sentences() -> None:
    assert in_words(date(2026, 10, 3)) == "3 October 2026"
    assert span_in_words(date(2026, 5, 1), None) == "from 1 May 2026"
    assert span_in_words(date(2026, 5, 1), date(2026, 10, 3)) == "from 1 May 2026 to 3 October 2026"


DAYS = st.dates(date(1950, 1, 1), date(2150, 12, 31))


@pytest.mark.parametrize(
    ("last_day", "years", "due"),
    [
        (date(2020, 8, 31), 6, date(2026, 8, 31)),
        (date(2020, 2, 29), 6, date(2026, 2, 28)),
        (date(2020, 2, 29), 4, date(2024, 2, 29)),
        (date(2019, 2, 28), 1, date(2020, 2, 28)),
    ],
)
def test_a_leaver_is_due_so_many_years_after_their_last_day(last_day: date, years: int, due: date) -> None:
    assert review_due_on([date(2010, 1, 1), last_day], date(2026, 11, 23), years) == due


def test_whoever_is_here_or_comes_or_never_was_is_no_leaver() -> None:
    on = date(2026, 11, 23)
    assert review_due_on([], on, 6) is None
    assert review_due_on([date(2010, 1, 1), None], on, 6) is None
    assert review_due_on([date(2010, 1, 1), on], on, 6) is None
    assert review_due_on([date(2010, 1, 1), date(2027, 1, 1)], on, 6) is None
    assert review_due_on([date(2010, 1, 1)], on, 6, kept_until=date(2028, 5, 1)) == date(2028, 5, 1)
    assert review_due_on([date(2010, 1, 1)], on, 6, kept_until=date(2012, 5, 1)) == date(2016, 1, 1)


@given(st.lists(DAYS, min_size=1), st.integers(1, 50), st.none() | DAYS)
def test_nobody_is_due_before_the_years_are_over_nor_more_than_a_day_off(
    ends: list[date], years: int, kept_until: date | None
) -> None:
    on = max(ends) + timedelta(days=1)
    due = review_due_on(ends, on, years, kept_until)
    assert due is not None
    plainly = (max(ends).year + years, max(ends).month, max(ends).day)
    without = review_due_on(ends, on, years)
    assert without is not None
    assert 0 <= plainly[2] - without.day <= 1
    assert (without.year, without.month) == plainly[:2]
    assert due == max(without, kept_until or without)
    assert review_due_on([*ends, on], on, years, kept_until) is None
