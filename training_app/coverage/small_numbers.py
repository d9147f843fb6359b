"""What may be said to readers who must not learn anything about a few people.

Governors see shares without names. But a share of a group whose size is known is a number of people, a number as small as
three can be put to names by anybody who works there, and of two pages a week apart one can be subtracted from the other.
So, with `least` (5) the smallest number of people that may be told of:

1. Every number of people is rounded to the nearest multiple of `least` before a share is worked out, those counted and
   those who hold the skill alike, and the share is said from the rounded numbers only.
2. `least` people or fewer who hold it are not told apart from nobody, nor as few who do not: there a bound is said, "12% or
   less". So what is said turns only between numbers of which neither, nor what is left of those counted, is from 1 to
   `least - 1`: seeing it turn when one person's training changed tells nothing more.
3. Where too few are counted for two such ends (about three times `least`), nothing is said. Where that leaves out one
   group of a row, the smallest of the others is left out with it. This follows from the sizes of the groups and never from
   what they hold, so leaving out tells nothing.
4. What is said of all groups together is added up from what is said of each, so it tells nothing that they did not.
5. How many hold every skill is rounded like any other number; but where the rows bound it, it is said no more exactly than
   that it stays clear of the bounds, at which it would settle what is said of the rows.

The rules count on a reader who knows the size of every group, these rules, the pages of last week and of this, and that just
one thing was changed between them. A test goes through tables as that reader would.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal


@dataclass(frozen=True)
class Share:
    """How many of the people counted (those exempt left out) hold what is asked."""

    met: int
    counted: int


@dataclass(frozen=True)
class Figure:
    """What is said of a share, in `words`: from `low` to `high` of `counted`, all in rounded numbers; `drawn` is the number
    by which it is drawn and put in order. A bound in words is one that the exact share keeps."""

    low: int
    high: int
    drawn: int
    counted: int
    words: str

    @property
    def percent(self) -> int:
        """The whole percentage by which it is drawn and put in order."""
        return whole_percent(self.drawn, self.counted)


@dataclass(frozen=True)
class Row:
    """What is said of one row: a figure for each group that is asked and has people, and one for all of them together; None
    for one that is left out. `most` can hold it at the most by what is said, `most_without` can not, added up group by
    group."""

    groups: Mapping[str, Figure | None]
    total: Figure | None
    most: int = field(default=0, repr=False)
    most_without: int = field(default=0, repr=False)


def whole_percent(part: int, whole: int) -> int:
    """Return 100 × part ÷ whole without decimals, halves away from zero."""
    return int((Decimal(100 * part) / whole).quantize(Decimal(1), ROUND_HALF_UP))


def rounded(number: int, least: int) -> int:
    """Return the multiple of `least` that is nearest to a number of people, the higher of two."""
    return (number + least // 2) // least * least


def fewest_told_of(least: int) -> int:
    """Return how many must be counted for a share to be told of: enough for the two ends to leave room for each other."""
    return 3 * least - least // 2


def figure_of(share: Share, least: int) -> Figure | None:
    """Return what may be said of a share on its own; None where too few are counted."""
    if share.counted < fewest_told_of(least):
        return None
    turns = _turns(share.counted, least)
    place, counted = bisect_left(turns, share.met), rounded(share.counted, least)
    if place == 0:
        return _at_most(least, least, share.counted, least)
    if place == len(turns):
        words = f"{100 - _up(least, counted - least // 2)}% or more"
        return Figure(counted - least, counted, counted - least, counted, words)
    if counted == 3 * least:
        return _between(least, 2 * least, counted // 2, counted)
    met = least * (place + 1)
    return Figure(met, met, met, counted, f"about {whole_percent(met, counted)}%")


def possible(share: Share, least: int) -> tuple[int, int]:
    """Return the fewest and the most who can hold it by what is said, for a reader who knows how many are counted."""
    if share.counted < fewest_told_of(least):
        return 0, share.counted
    return _around(share.met, _turns(share.counted, least), share.counted)


def _turns(counted: int, least: int) -> list[int]:
    """Return after which numbers of people, out of so many, something else is said.

    Those in between depend only on the rounded number of those counted; the last stands `least` people from everybody.
    """
    last_of_a_step = 2 * least + (least - 1) // 2
    return [least, *range(last_of_a_step, rounded(counted, least) - 2 * least, least), counted - least - 1]


def _around(number: int, turns: Sequence[int], counted: int) -> tuple[int, int]:
    """Return the numbers from after the turn before a number to the next turn."""
    place = bisect_left(turns, number)
    return turns[place - 1] + 1 if place else 0, turns[place] if place < len(turns) else counted


def _up(part: int, whole: int) -> int:
    return -(-100 * part // whole)


def _at_most(high: int, drawn: int, counted: int, least: int) -> Figure:
    about = rounded(counted, least)
    return Figure(0, high, drawn, about, f"{_up(high, about - least // 2)}% or less")


def _between(low: int, high: int, drawn: int, counted: int) -> Figure:
    return Figure(low, high, drawn, counted, f"{100 * low // counted}% to {_up(high, counted)}%")


def row_of(groups: Mapping[str, Share], least: int) -> Row:
    """Return what is said of one row. `groups` are the shares of the groups that are asked and have people; `least`, at least
    3, is the smallest number of people that may be told of (of two people, one is already known when it is neither nobody
    nor everybody)."""
    hidden = {code for code, share in groups.items() if share.counted < fewest_told_of(least)}
    if len(hidden) == 1 and len(groups) > 1:
        hidden.add(min(groups.keys() - hidden, key=lambda code: (groups[code].counted, code)))
    # Also of the one that is left out for the sake of another: it is said as soon as there is no need for that any more.
    ranges = [possible(each, least) for each in groups.values()]
    figures = {code: None if code in hidden else figure_of(each, least) for code, each in groups.items()}
    return Row(
        groups=figures,
        total=_together(groups, figures, least),
        most=sum(most for _, most in ranges),
        most_without=sum(each.counted - fewest for each, (fewest, _) in zip(groups.values(), ranges, strict=True)),
    )


def _together(groups: Mapping[str, Share], figures: Mapping[str, Figure | None], least: int) -> Figure | None:
    """Return the sum of the figures of a row's groups, in which one that is left out can be anything; None where that leaves
    half of it open."""
    low = high = drawn = counted = 0
    for code, share in groups.items():
        about, figure = rounded(share.counted, least), figures[code]
        counted += about
        low += figure.low if figure else 0
        high += figure.high if figure else about
        drawn += figure.drawn if figure else about // 2
    if not counted or 2 * (high - low) > counted:
        return None
    fewest = counted - len(groups) * (least // 2)
    if low == high:
        words = f"about {whole_percent(drawn, counted)}%"
    elif low == 0:
        words = f"{_up(high, fewest)}% or less"
    elif high == counted:
        words = f"{100 - _up(counted - low, fewest)}% or more"
    else:
        return _between(low, high, drawn, counted)
    return Figure(low, high, drawn, counted, words)


def headline_of(
    everything: Share, rows: Sequence[Row], asked: Sequence[int], least: int, most_groups: int = 1
) -> Figure | None:
    """Return what is said of the share who hold every skill asked of them, beside the rows of all skills; None where nothing
    can be. `asked` says for each row of how many people its skill is asked, each counted once; `most_groups` in how many
    groups one person is at the most.

    Whoever holds every skill holds each, and whoever does not lacks one: so the rows bound how many hold every skill, and
    would be settled by it where it stood on such a bound. It is therefore said only up to `clear` people from the bounds:
    more than what is said of the groups of one person can make up for.
    """
    people = everything.counted
    if people < fewest_told_of(least):
        return None
    clear = (2 * least + 1) * most_groups
    highest = min((row.most + people - counted for row, counted in zip(rows, asked, strict=True)), default=people)
    lowest = people - sum(row.most_without for row in rows)
    turns = [last for last in _turns(people, least) if lowest + clear <= last <= highest - clear - 1]
    fewest, most = _around(everything.met, turns, people)
    if (fewest, most) == possible(everything, least):
        return figure_of(everything, least)
    if fewest:
        about = rounded(people, least)
        words = f"{100 * fewest // (about + (least - 1) // 2)}% or more"
        return Figure(rounded(fewest, least), about, rounded(fewest, least), about, words)
    # The bound of the rows in whole steps, so that it does not tell the size of a group.
    most = min(most, -(-highest // least) * least)
    return _at_most(most, rounded(most, least), people, least) if 2 * most <= people else None


def rounded_size(people: int, least: int) -> str:
    """Return how many people a group has, in words: `about 40 people`."""
    if people == 0:
        return "nobody yet"
    if people < fewest_told_of(least):
        return f"fewer than {fewest_told_of(least)} people"
    return f"about {rounded(people, least):,} people"
