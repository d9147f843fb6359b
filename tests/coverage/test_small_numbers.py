"""Nobody can work out a figure about a few people from what is said to the board.

The reader of these tests knows the size of every group, the rules, the page of last week and the page of this week, and that
just one thing was changed between them: one person's training, or one person who came or left. They go through everything
that could have led to the two pages, and look for a number from 1 to 4 that is the only one possible.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from training_app.coverage.small_numbers import (
    Figure,
    Row,
    Share,
    fewest_told_of,
    figure_of,
    headline_of,
    possible,
    rounded_size,
    row_of,
    whole_percent,
)

# How a few of a whole can change at once: how many hold it, and how many there are.
CHANGES = ((1, 0), (-1, 0), (0, 1), (1, 1), (0, -1), (-1, -1))
MOST_TABLES = 1200


def _is_small(met: int, counted: int, least: int) -> bool:
    return 0 < met < least or 0 < counted - met < least


def _words(figure: Figure | None) -> str | None:
    return figure.words if figure else None


class Seen:
    """What led to each thing that a reader can see: for every number the smallest and the largest that were possible."""

    def __init__(self) -> None:
        self.reach: dict[object, tuple[list[int], list[int]]] = {}
        self.sizes: dict[object, Sequence[int]] = {}

    def note(self, sight: object, numbers: Sequence[int], sizes: Sequence[int]) -> None:
        """Remember that a sight came of these numbers, each out of a size that the reader knows."""
        if sight not in self.reach:
            self.reach[sight] = (list(numbers), list(numbers))
            self.sizes[sight] = sizes
            return
        lowest, highest = self.reach[sight]
        for place, number in enumerate(numbers):
            if number < lowest[place]:
                lowest[place] = number
            elif number > highest[place]:
                highest[place] = number

    def settled(self, least: int) -> list[tuple[object, int, int]]:
        """Return each sight from which a small number follows, with the number and the size."""
        return [
            (sight, low, size)
            for sight, (lowest, highest) in self.reach.items()
            for low, high, size in zip(lowest, highest, self.sizes[sight], strict=True)
            if low == high and _is_small(low, size, least)
        ]


# --- one figure on its own


@pytest.mark.parametrize("least", [3, 4, 5, 6, 10])
def test_no_small_number_follows_from_a_figure_nor_from_how_it_turns_with_one_change(least: int) -> None:
    seen = Seen()
    for size in range(8 * least):
        for met in range(size + 1):
            before = _words(figure_of(Share(met, size), least))
            seen.note((size, before), [met], [size])
            for more_met, more in CHANGES:
                after, size_after = met + more_met, size + more
                if 0 <= after <= size_after:
                    then = _words(figure_of(Share(after, size_after), least))
                    seen.note((size, before, size_after, then), [met, after], [size, size_after])
    assert len(seen.reach) > 100
    assert seen.settled(least) == []


@settings(max_examples=150, deadline=None)
@given(size=st.integers(0, 3000), least=st.integers(3, 10), data=st.data())
def test_what_is_said_is_true_and_depends_on_rounded_numbers_only(size: int, least: int, data: st.DataObject) -> None:
    met = data.draw(st.integers(0, size))
    figure = figure_of(Share(met, size), least)
    assert (figure is None) == (size < fewest_told_of(least))
    if figure is None:
        return
    fewest, most = possible(Share(met, size), least)
    assert fewest <= met <= most
    assert figure.low % least == figure.high % least == figure.counted % least == 0
    exact, bound = 100 * met / size, int(re.findall(r"\d+", figure.words)[0])
    if figure.words.endswith("or less"):
        assert exact <= bound
    elif figure.words.endswith("or more"):
        assert exact >= bound
    else:
        assert least < met < size - least
        assert abs(exact - figure.percent) <= 100 * 2 * least / size + 1


# --- the whole page

Kinds = Mapping[frozenset[str], int]
"""How many people are in exactly these groups."""


def _page(
    kinds: Kinds, asks: Mapping[str, frozenset[int]], counts: tuple[int, ...], fully: int, least: int
) -> tuple[list[Row], Figure | None]:
    """Return what is said where `counts` hold each skill of each group, in order, and `fully` everything."""
    cells = _cells(asks)
    rows, asked = [], []
    for skill in sorted({skill for _, skill in cells}):
        shares = {
            group: Share(met, _size(kinds, group))
            for (group, of_skill), met in zip(cells, counts, strict=True)
            if of_skill == skill and _size(kinds, group)
        }
        if shares:
            rows.append(row_of(shares, least))
            asked.append(sum(size for groups, size in kinds.items() if any(skill in asks[group] for group in groups)))
    most_groups = max(len(groups) for groups in kinds)
    return rows, headline_of(Share(fully, sum(kinds.values())), rows, asked, least, most_groups)


def _cells(asks: Mapping[str, frozenset[int]]) -> list[tuple[str, int]]:
    return [(group, skill) for group in sorted(asks) for skill in sorted(asks[group])]


def _size(kinds: Kinds, group: str) -> int:
    return sum(size for groups, size in kinds.items() if group in groups)


def _ways(people: int, kinds: int) -> Iterator[tuple[int, ...]]:
    """Yield every way to spread people over kinds."""
    if kinds == 1:
        yield (people,)
        return
    for first in range(people + 1):
        for rest in _ways(people - first, kinds - 1):
            yield (first, *rest)


def attack(kinds: Kinds, asks: Mapping[str, frozenset[int]], least: int, page: Callable[..., object] = _page) -> Seen:
    """Go through all tables of so many people, each holding any of the skills, and all single changes of each table."""
    skills = max(skill for _, skill in _cells(asks)) + 1
    order = list(kinds)
    needed = [frozenset().union(*(asks[group] for group in groups)) for groups in order]
    # What can be held of that which is asked.
    held = [list(product(*((0, 1) if skill in need else (0,) for skill in range(skills)))) for need in needed]
    cells = _cells(asks)
    seen = Seen()

    @cache
    def counted(place: int, spread: tuple[int, ...]) -> tuple[int, ...]:
        """Return what people of one kind add to each cell, and to those who hold everything."""
        groups, need = order[place], needed[place]
        met = [
            sum(many for of, many in zip(held[place], spread, strict=True) if of[skill]) if group in groups else 0
            for group, skill in cells
        ]
        fully = sum(
            many for of, many in zip(held[place], spread, strict=True) if need and all(of[skill] for skill in need)
        )
        return (*met, fully)

    @cache
    def sight(sizes: tuple[int, ...], numbers: tuple[int, ...]) -> tuple[object, ...]:
        rows, headline = page(dict(zip(order, sizes, strict=True)), asks, numbers[:-1], numbers[-1], least)
        said = [(*map(_words, row.groups.values()), _words(row.total)) for row in rows]
        return (sizes, *said, _words(headline))

    @cache
    def sizes_of(sizes: tuple[int, ...]) -> tuple[int, ...]:
        now = dict(zip(order, sizes, strict=True))
        return (*(_size(now, group) for group, _ in cells), sum(sizes))

    sizes = tuple(kinds.values())
    for table in product(*(list(_ways(size, len(each))) for size, each in zip(sizes, held, strict=True))):
        parts = [counted(place, spread) for place, spread in enumerate(table)]
        numbers = tuple(map(sum, zip(*parts, strict=True)))
        before = sight(sizes, numbers)
        seen.note(before, numbers, sizes_of(sizes))
        for place, spread in enumerate(table):
            for changed in _changed(spread):
                sizes_then = (*sizes[:place], sum(changed), *sizes[place + 1 :])
                more = zip(numbers, parts[place], counted(place, changed), strict=True)
                numbers_then = tuple(number - old + new for number, old, new in more)
                seen.note(
                    (before, sight(sizes_then, numbers_then)),
                    numbers + numbers_then,
                    sizes_of(sizes) + sizes_of(sizes_then),
                )
    return seen


@cache
def _changed(spread: tuple[int, ...]) -> list[tuple[int, ...]]:
    """Return how one kind of people can stand after one of them learned or lost something, came or left."""
    moves = product([None, *range(len(spread))], repeat=2)
    return [
        tuple(many - (place == left) + (place == joined) for place, many in enumerate(spread))
        for left, joined in moves
        if left != joined and (left is None or spread[left])
    ]


def _groups(*names: str) -> frozenset[str]:
    return frozenset(names)


ONE, BOTH = frozenset({0}), frozenset({0, 1})


@pytest.mark.parametrize(
    ("kinds", "asks", "least"),
    [
        # A few beside many, two large ones, a few who are in two groups: one skill.
        ({_groups("A"): 20, _groups("B"): 3, _groups("C"): 14}, {"A": ONE, "B": ONE, "C": ONE}, 5),
        ({_groups("A"): 40, _groups("B"): 28}, {"A": ONE, "B": ONE}, 5),
        ({_groups("A"): 24, _groups("B"): 14, _groups("A", "B"): 2}, {"A": ONE, "B": ONE}, 5),
        ({_groups("A"): 10, _groups("B"): 7, _groups("C"): 4, _groups("D"): 2}, dict.fromkeys("ABCD", ONE), 3),
        # Two skills, which one person can learn or lose at once.
        ({_groups("A"): 16}, {"A": BOTH}, 3),
        ({_groups("A"): 9, _groups("B"): 8}, {"A": BOTH, "B": ONE}, 3),
    ],
)
def test_no_small_number_follows_from_two_pages_between_which_one_thing_changed(
    kinds: Kinds, asks: Mapping[str, frozenset[int]], least: int
) -> None:
    seen = attack(kinds, asks, least)
    assert len(seen.reach) > 20
    assert seen.settled(least) == []


@settings(max_examples=15, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 45), min_size=1, max_size=4),
    in_two=st.integers(0, 2),
    least=st.integers(3, 6),
)
def test_no_small_number_follows_from_two_pages_of_any_hub(sizes: list[int], in_two: int, least: int) -> None:
    kinds = {_groups("ABCD"[place]): size for place, size in enumerate(sizes)}
    if in_two and len(sizes) > 1:
        kinds[_groups("A", "B")] = in_two
    tables = 1
    for size in kinds.values():
        tables *= size + 1
    assume(tables <= MOST_TABLES)
    assert attack(kinds, dict.fromkeys("ABCD"[: len(sizes)], ONE), least).settled(least) == []


def _exact(kinds: Kinds, asks: object, counts: tuple[int, ...], fully: int, least: int) -> tuple[list[Row], None]:
    """Say every share of enough people exactly."""
    said = {
        group: Figure(met, met, met, size, f"{met}") if size >= least and not _is_small(met, size, least) else None
        for group, size, met in zip("ABC", kinds.values(), counts, strict=False)
    }
    return [Row(said, None)], None


def _with_a_total_of_its_own(
    kinds: Kinds, asks: Mapping[str, frozenset[int]], counts: tuple[int, ...], fully: int, least: int
) -> tuple[list[Row], Figure | None]:
    """Round what all groups hold together instead of adding up what is said of them."""
    rows, headline = _page(kinds, asks, counts, fully, least)
    return [replace(rows[0], total=figure_of(Share(sum(counts), sum(kinds.values())), least))], headline


def _with_a_headline_near_the_bounds(
    kinds: Kinds, asks: Mapping[str, frozenset[int]], counts: tuple[int, ...], fully: int, least: int
) -> tuple[list[Row], Figure | None]:
    """Round how many hold everything without a thought for the rows."""
    rows, _ = _page(kinds, asks, counts, fully, least)
    return rows, figure_of(Share(fully, sum(kinds.values())), least)


@pytest.mark.parametrize("page", [_exact, _with_a_total_of_its_own, _with_a_headline_near_the_bounds])
def test_the_reader_finds_a_small_number_where_the_page_is_less_careful(page: Callable[..., object]) -> None:
    kinds = {_groups("A"): 20, _groups("B"): 3, _groups("C"): 14}
    assert attack(kinds, dict.fromkeys("ABC", ONE), 5, page).settled(5)


# --- how it is said


def test_a_share_is_said_from_rounded_numbers() -> None:
    assert [_words(figure_of(Share(met, 41), 5)) for met in (17, 18, 22, 23)] == [
        "about 38%",
        "about 50%",
        "about 50%",
        "about 63%",
    ]


def test_near_nobody_and_near_everybody_a_bound_is_said() -> None:
    assert {_words(figure_of(Share(met, 40), 5)) for met in range(6)} == {"14% or less"}
    assert {_words(figure_of(Share(met, 40), 5)) for met in range(35, 41)} == {"86% or more"}
    assert "or" not in f"{_words(figure_of(Share(6, 40), 5))}{_words(figure_of(Share(34, 40), 5))}"


def test_the_smallest_group_that_is_told_of_is_told_of_in_three_parts() -> None:
    said = [_words(figure_of(Share(met, 14), 5)) for met in range(15)]
    assert said == ["39% or less"] * 6 + ["33% to 67%"] * 3 + ["61% or more"] * 6


@pytest.mark.parametrize("size", range(1, 13))
def test_nothing_is_said_of_twelve_people_or_fewer(size: int) -> None:
    assert {figure_of(Share(met, size), 5) for met in range(size + 1)} == {None}


def test_the_smallest_other_group_is_left_out_with_one_that_would_be_alone() -> None:
    row = row_of({"staff": Share(3, 3), "teachers": Share(30, 60), "volunteers": Share(10, 20)}, 5)
    assert {code for code, figure in row.groups.items() if figure} == {"teachers"}


def test_two_groups_that_are_left_out_need_no_third() -> None:
    row = row_of({"staff": Share(3, 3), "teachers": Share(30, 60), "volunteers": Share(1, 2)}, 5)
    assert {code for code, figure in row.groups.items() if figure} == {"teachers"}


def test_all_groups_together_are_added_up_from_what_is_said_of_each() -> None:
    groups = {"staff": Share(22, 41), "teachers": Share(33, 60), "volunteers": Share(12, 19)}
    assert _words(row_of(groups, 5).total) == "about 54%"
    assert _words(row_of({**groups, "providers": Share(0, 18)}, 5).total) == "46% to 50%"
    assert _words(row_of({"staff": Share(0, 41), "teachers": Share(2, 60)}, 5).total) == "11% or less"
    assert _words(row_of({"staff": Share(41, 41), "teachers": Share(58, 60)}, 5).total) == "89% or more"


def test_nothing_is_said_of_all_groups_where_too_much_is_left_out() -> None:
    assert row_of({"staff": Share(3, 3), "teachers": Share(9, 12), "volunteers": Share(10, 16)}, 5).total is None


def _rows(met: int, size: int, skills: int) -> tuple[list[Row], list[int]]:
    return [row_of({"staff": Share(met, size)}, 5)] * skills, [size] * skills


def test_the_headline_is_said_like_any_other_figure_where_the_rows_leave_it_room() -> None:
    assert _words(headline_of(Share(14, 240), *_rows(120, 240, 16), 5, 2)) == "about 6%"
    assert _words(headline_of(Share(3, 240), *_rows(120, 240, 16), 5, 2)) == "3% or less"


def test_near_the_bounds_that_the_rows_set_the_headline_is_said_less_exactly() -> None:
    assert _words(headline_of(Share(118, 240), *_rows(120, 240, 16), 5, 2)) == "40% or more"
    assert _words(headline_of(Share(3, 20), *_rows(5, 20, 2), 5, 1)) == "28% or less"
    assert headline_of(Share(15, 20), *_rows(20, 20, 2), 5, 1) is None


def test_nothing_is_said_of_a_hub_of_twelve_people() -> None:
    assert headline_of(Share(6, 12), *_rows(6, 12, 16), 5) is None


@pytest.mark.parametrize(("part", "whole", "percent"), [(1, 8, 13), (1, 200, 1), (5, 1000, 1), (0, 7, 0), (7, 7, 100)])
def test_percentages_are_rounded_to_whole_ones_with_halves_away_from_zero(part: int, whole: int, percent: int) -> None:
    assert whole_percent(part, whole) == percent


@pytest.mark.parametrize(
    ("people", "words"),
    [
        (0, "nobody yet"),
        (1, "fewer than 13 people"),
        (12, "fewer than 13 people"),
        (13, "about 15 people"),
        (42, "about 40 people"),
        (43, "about 45 people"),
        (1204, "about 1,205 people"),
    ],
)
def test_sizes_are_said_to_the_nearest_five(people: int, words: str) -> None:
    assert rounded_size(people, 5) == words
