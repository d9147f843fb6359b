"""What a code, a link, hours and a refresher may be, what a circle of prerequisites is, and what goes out of reach."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training_app.catalogue.rules import (
    Need,
    Offer,
    OutOfReach,
    circle,
    code_problem,
    hours_problem,
    link_problem,
    out_of_reach,
    refresh_problem,
    refresher_in_words,
)
from training_app.skills.levels import Level


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


@pytest.mark.parametrize("hours", ["0", "0.25", "9999.99", "1.50"])
def test_hours_to_the_hundredth_are_right(hours: str) -> None:
    assert hours_problem(Decimal(hours)) is None


@pytest.mark.parametrize("hours", ["-0.01", "10000", "0.001", "NaN", "Infinity", "-Infinity", "1E+30", "1E-30"])
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


class TestOutOfReach:
    """Staff (1) need Practising in SEND (7)."""

    need = Need(1, 7, Level.PRACTISING, date(2024, 9, 1))

    def lost(self, *after: Offer, before: tuple[Offer, ...] = ()) -> list[OutOfReach]:
        workshop = Offer("SND-02", {7: Level.PRACTISING}, {1})
        return out_of_reach([self.need], [workshop, *(before or after)], list(after))

    def test_the_last_module_that_gives_a_level_is_missed(self) -> None:
        assert self.lost() == [OutOfReach(self.need)]
        assert self.lost(Offer("SND-01", {7: Level.AWARE}, {1})) == [OutOfReach(self.need)]

    def test_one_that_gives_the_level_or_more_and_is_suggested_to_the_group_will_do(self) -> None:
        assert self.lost(Offer("SND-09", {7: Level.LEADING}, {1, 2})) == []

    def test_one_that_is_suggested_to_others_only_is_named(self) -> None:
        assert self.lost(Offer("SND-03", {7: Level.PRACTISING}, {2})) == [OutOfReach(self.need, ("SND-03",))]

    def test_one_that_is_offered_only_for_a_while_does_not_make_up_for_it(self) -> None:
        ending = Offer("SND-03", {7: Level.PRACTISING}, {1}, date(2027, 3, 1))
        assert self.lost(ending) == [OutOfReach(self.need, (), "SND-03", date(2027, 3, 1))]

    def test_what_was_out_of_reach_before_is_left_out(self) -> None:
        assert out_of_reach([self.need], [Offer("SND-01", {7: Level.AWARE}, {1})], []) == []
