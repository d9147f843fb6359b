"""Nobody can work out a figure about a few people from what is shown.

The reader of these tests goes through all tables that could have led to what is shown, knowing the size of every group and
the rules, and looks for a group of which only one number remains possible.
"""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training_app.coverage.small_numbers import (
    Share,
    Shown,
    headline_may_be_shown,
    rounded_size,
    what_may_be_shown,
    whole_percent,
)

MOST_TABLES = 1500


def _table(met: tuple[int, ...], sizes: tuple[int, ...]) -> dict[str, Share]:
    return {f"group-{place}": Share(*each) for place, each in enumerate(zip(met, sizes, strict=True))}


def _seen(groups: dict[str, Share], total: Share, least: int) -> tuple[object, ...]:
    """Return all that a reader of one row learns, a percentage taken for the exact number."""
    shown = what_may_be_shown(groups, total, least)
    return (
        *(share.met if code in shown.groups else None for code, share in groups.items()),
        total.met if shown.total else None,
    )


def _added(groups: dict[str, Share]) -> Share:
    return Share(sum(each.met for each in groups.values()), sum(each.counted for each in groups.values()))


@st.composite
def sizes_of_groups(draw: st.DrawFn) -> tuple[int, ...]:
    sizes: list[int] = []
    tables = 1
    for _ in range(draw(st.integers(1, 5))):
        room = MOST_TABLES // tables - 1
        if room < 1:
            break
        sizes.append(draw(st.integers(1, min(room, 40))))
        tables *= sizes[-1] + 1
    return tuple(sizes)


@settings(max_examples=150, deadline=None)
@given(sizes=sizes_of_groups(), least=st.integers(3, 6))
def test_no_small_number_can_be_worked_out_from_any_row(sizes: tuple[int, ...], least: int) -> None:
    by_sight: dict[tuple[object, ...], list[tuple[int, ...]]] = {}
    for met in product(*(range(size + 1) for size in sizes)):
        groups = _table(met, sizes)
        by_sight.setdefault(_seen(groups, _added(groups), least), []).append(met)
    for sight, tables in by_sight.items():
        for place, size in enumerate(sizes):
            possible = {met[place] for met in tables}
            if len(possible) == 1:
                known = Share(possible.pop(), size)
                assert not 0 < known.met < least, (sight, place)
                assert not 0 < known.not_met < least, (sight, place)


@settings(max_examples=300, deadline=None)
@given(
    shares=st.lists(
        st.integers(0, 60).flatmap(lambda size: st.tuples(st.integers(0, size), st.just(size))), min_size=1, max_size=6
    ),
    least=st.integers(3, 6),
)
def test_what_is_shown_is_never_itself_small(shares: list[tuple[int, int]], least: int) -> None:
    groups = {f"group-{place}": Share(*each) for place, each in enumerate(shares) if each[1]}
    total = _added(groups)
    shown = what_may_be_shown(groups, total, least)
    assert not any(groups[code].is_small(least) for code in shown.groups)
    assert not (shown.total and total.is_small(least))


@settings(max_examples=300, deadline=None)
@given(
    sizes=st.lists(st.integers(5, 60), min_size=2, max_size=5),
    least=st.integers(3, 6),
    data=st.data(),
)
def test_the_total_less_all_groups_shown_is_never_a_single_group(
    sizes: list[int], least: int, data: st.DataObject
) -> None:
    met = tuple(data.draw(st.integers(0, size)) for size in sizes)
    groups = _table(met, tuple(sizes))
    shown = what_may_be_shown(groups, _added(groups), least)
    assert not shown.total or len(groups) - len(shown.groups) != 1


def test_a_few_who_hold_it_and_a_few_who_do_not_are_both_left_out() -> None:
    groups = {"staff": Share(4, 40), "teachers": Share(36, 40), "volunteers": Share(20, 40), "providers": Share(20, 40)}
    assert what_may_be_shown(groups, _added(groups), 5).groups == {"volunteers", "providers"}


def test_nobody_and_everybody_are_said() -> None:
    groups = {"staff": Share(0, 40), "teachers": Share(40, 40)}
    assert what_may_be_shown(groups, _added(groups), 5) == Shown(frozenset(groups), total=True)


def test_a_group_of_four_is_left_out_whatever_it_holds() -> None:
    groups = {"staff": Share(4, 4), "teachers": Share(30, 60), "volunteers": Share(10, 20)}
    assert "staff" not in what_may_be_shown(groups, _added(groups), 5).groups


def test_the_smallest_other_group_is_left_out_with_one_that_would_be_alone() -> None:
    groups = {"staff": Share(3, 40), "teachers": Share(30, 60), "volunteers": Share(10, 20)}
    assert what_may_be_shown(groups, _added(groups), 5) == Shown(frozenset({"teachers"}), total=True)


def test_where_hiding_a_second_group_is_not_enough_the_total_is_left_out() -> None:
    # Together the two would hold 3, which is a small number again.
    groups = {"staff": Share(3, 40), "teachers": Share(30, 60), "volunteers": Share(0, 20)}
    assert what_may_be_shown(groups, _added(groups), 5) == Shown(frozenset({"teachers"}), total=False)


def test_two_people_in_two_groups_cannot_be_told_by_subtraction() -> None:
    groups = {"staff": Share(10, 20), "teachers": Share(15, 30)}
    assert not what_may_be_shown(groups, Share(24, 48), 5).total


def test_in_a_large_total_rounding_hides_those_in_two_groups() -> None:
    groups = {"staff": Share(100, 200), "teachers": Share(150, 300)}
    assert what_may_be_shown(groups, Share(249, 498), 5).total


def test_everybody_is_not_said_in_the_headline_while_a_figure_is_left_out() -> None:
    rows = {"send": Shown(frozenset(), total=False)}
    assert not headline_may_be_shown(Share(50, 50), {"send": Share(50, 50)}, rows, 5)


def test_the_headline_is_left_out_where_it_would_say_how_many_lack_a_hidden_skill() -> None:
    rows = {"send": Shown(frozenset(), total=False), "data": Shown(frozenset(), total=True)}
    # 9 lack something, 5 of them using information well: the 4 others can only lack the hidden skill.
    totals = {"send": Share(46, 50), "data": Share(45, 50)}
    assert not headline_may_be_shown(Share(41, 50), totals, rows, 5)
    assert headline_may_be_shown(Share(45, 50), totals, rows, 5)


@pytest.mark.parametrize(
    ("part", "whole", "percent"), [(1, 8, 13), (1, 200, 1), (5, 1000, 1), (0, 7, 0), (7, 7, 100), (0, 0, None)]
)
def test_percentages_are_rounded_to_whole_ones_with_halves_away_from_zero(
    part: int, whole: int, percent: int | None
) -> None:
    assert whole_percent(part, whole) == percent


@pytest.mark.parametrize(
    ("people", "words"),
    [
        (0, "nobody yet"),
        (1, "fewer than 5 people"),
        (4, "fewer than 5 people"),
        (5, "about 10 people"),
        (44, "about 40 people"),
        (45, "about 50 people"),
        (1204, "about 1,200 people"),
    ],
)
def test_sizes_are_said_to_the_nearest_ten(people: int, words: str) -> None:
    assert rounded_size(people, 5) == words
