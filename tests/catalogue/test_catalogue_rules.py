"""What a code, a link, hours and a refresher may be, and what a circle of prerequisites is."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training_app.catalogue.rules import (
    circle,
    code_problem,
    hours_problem,
    link_problem,
    refresh_problem,
    refresher_in_words,
)


@pytest.mark.parametrize("code", ["SND-02", "a", "x" * 40, "1.2_3", "..a"])
def test_codes_of_letters_digits_dots_hyphens_and_underscores_are_right(code: str) -> None:
    assert code_problem(code) is None


@pytest.mark.parametrize(
    "code",
    ["", "x" * 41, "SND 02", "SND/02", "é", "a\0", "new", "NEW", ".", "..", "list.csv", "LIST.XLSX", "١", "a\n"],
)
def test_codes_that_no_address_can_hold_are_not(code: str) -> None:
    assert code_problem(code)


@pytest.mark.parametrize("link", ["https://example.org/course?a=1", "http://example.org", "HTTPS://EXAMPLE.ORG"])
def test_addresses_of_the_web_are_links(link: str) -> None:
    assert link_problem(link) is None


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://example.org",
        "//example.org",
        "example.org",
        "https://",
        "https:/x",
        "https://a b",
        "http://[",
        "mailto:a@b.example",
    ],
)
def test_nothing_else_is_a_link(link: str) -> None:
    assert link_problem(link)


@pytest.mark.parametrize("hours", ["0", "0.25", "9999", "1.50"])
def test_hours_to_the_hundredth_are_right(hours: str) -> None:
    assert hours_problem(Decimal(hours)) is None


@pytest.mark.parametrize("hours", ["-0.01", "9999.01", "0.001", "NaN", "Infinity", "-Infinity", "1E+30", "1E-30"])
def test_other_hours_are_not(hours: str) -> None:
    assert hours_problem(Decimal(hours))


def test_a_refresher_is_nothing_or_at_least_a_month() -> None:
    assert [refresh_problem(months) is None for months in (None, 1, 1200, 0, -1, 1201)] == [True] * 3 + [False] * 3
    assert refresher_in_words(1) == "Runs out after 1 month"
    assert refresher_in_words(12) == "Runs out after 12 months"
    assert refresher_in_words(None) == "Never runs out"


def test_a_circle_is_told_in_the_order_of_need() -> None:
    route = circle({1: {2}, 2: {3}, 3: {1}, 4: {1}})
    assert route is not None
    needs = {1: 2, 2: 3, 3: 1}
    assert route[0] == route[-1]
    assert all(needs[one] == other for one, other in pairwise(route))
    assert circle({1: {1}}) is not None


@given(st.dictionaries(st.integers(0, 9), st.sets(st.integers(0, 9))))
def test_modules_that_only_need_smaller_numbers_are_no_circle(needs: dict[int, set[int]]) -> None:
    assert circle({module: {each for each in needed if each < module} for module, needed in needs.items()}) is None
