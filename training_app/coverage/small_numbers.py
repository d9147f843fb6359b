"""Which figures may be shown to readers who must not learn anything about a few people.

Governors see percentages without names. But a percentage of a group whose size is known is a number of people, and a number
as small as three can be put to names by anybody who works there. So a figure is left out

1. where it tells of fewer than `least` people: where fewer are counted, or the number who hold the skill, or the number who
   do not, is from 1 to `least - 1`. (Nobody and everybody are said: they single out no one.)
2. where it would give away one that was left out, by subtraction from the figure for all groups. Where one group alone was
   left out, the smallest of the others is left out with it. The figure for all groups stays where what is left of it, once
   the groups shown are taken away, tells of enough people and can have come about in more than one way for each group left
   out; otherwise it is left out too. Nothing here depends on figures that are not shown, so leaving out tells nothing.
3. where, though every group is shown, their sum less the figure for all groups would tell how a few people who stand in two
   groups do.
4. where the share who hold every skill would say it: everybody, while some figure was left out; or so many who do not that a
   figure left out must be large.

The rules count on a reader who knows the size of every group, takes a group's rounded percentage for the exact one, and
knows these rules too. A test goes through all small tables as that reader would.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

# Sizes of groups are said to the nearest ten, so that they cannot be subtracted from each other either.
NEAREST = 10


@dataclass(frozen=True)
class Share:
    """How many of the people counted (those exempt left out) hold what is asked."""

    met: int
    counted: int

    @property
    def not_met(self) -> int:
        """How many do not hold it."""
        return self.counted - self.met

    @property
    def percent(self) -> int | None:
        """The share as a whole percentage, halves away from zero; None where nobody is counted."""
        return whole_percent(self.met, self.counted)

    def is_small(self, least: int) -> bool:
        """Say whether this tells of fewer than `least` people."""
        return self.counted < least or 0 < self.met < least or 0 < self.not_met < least

    def possible_when_hidden(self, least: int) -> set[int]:
        """Return which numbers who hold it a reader who knows the size must think possible once it is left out."""
        return {met for met in range(self.counted + 1) if Share(met, self.counted).is_small(least)}

    def possible_when_shown(self) -> set[int]:
        """Return which numbers who hold it have the same whole percentage."""
        roughly = self.met
        step = self.counted // 100 + 1
        near = range(max(0, roughly - step), min(self.counted, roughly + step) + 1)
        return {met for met in near if whole_percent(met, self.counted) == self.percent}


@dataclass(frozen=True)
class Shown:
    """What may be seen of one row: the codes of the groups whose figure may be, and whether that for all groups may."""

    groups: frozenset[str]
    total: bool


def whole_percent(part: int, whole: int) -> int | None:
    """Return 100 × part ÷ whole without decimals, halves away from zero; None where the whole is 0."""
    if whole == 0:
        return None
    return int((Decimal(100 * part) / whole).quantize(Decimal(1), ROUND_HALF_UP))


def what_may_be_shown(groups: Mapping[str, Share], total: Share, least: int) -> Shown:
    """Return which figures of one row may be shown.

    `groups` are the shares of each group that is asked and has people, `total` that of all of them, each person counted
    once; `least` is the smallest number of people that may be told of, at least 3 (of two people, one is already known when
    it is neither nobody nor everybody).
    """
    hidden = {code for code, share in groups.items() if share.is_small(least)}
    if len(hidden) == 1 and len(groups) > 1:
        hidden.add(_companion(groups, *hidden))
    shown = frozenset(groups.keys() - hidden)
    seen = [groups[code] for code in shown]
    if total.is_small(least):
        return Shown(shown, total=False)
    if not hidden:
        return Shown(shown, total=_keeps_those_in_two_groups_unknown(seen, total, least))
    # People in two groups make the sum of the groups and what is left of the total differ; both must tell nothing.
    left = Share(total.met - sum(each.met for each in seen), total.counted - sum(each.counted for each in seen))
    added = _added(groups[code] for code in hidden)
    return Shown(shown, total=all(_tells_nothing(groups, hidden, together, least) for together in (left, added)))


def _companion(groups: Mapping[str, Share], code: str) -> str:
    """Return the group that is left out together with one that would be left out alone: the smallest of the others. It is
    chosen by size and never by what they hold, so that the choice says nothing about what they hold."""
    return min(groups.keys() - {code}, key=lambda other: (groups[other].counted, other))


def _added(shares: Iterable[Share]) -> Share:
    shares = list(shares)
    return Share(sum(each.met for each in shares), sum(each.counted for each in shares))


def _tells_nothing(groups: Mapping[str, Share], hidden: Collection[str], together: Share, least: int) -> bool:
    """Say whether the sum of the hidden groups leaves at least two possible numbers for each of them."""
    if len(hidden) == 1 or together.is_small(least):
        return False
    if len(hidden) == 2:
        one, other = sorted(hidden)
        pairs = _possible_pairs(groups, one, other, together.met, least)
        return len({met for met, _ in pairs}) > 1
    possible = [groups[code].possible_when_hidden(least) for code in hidden]
    for place, own in enumerate(possible):
        sums_of_others = {0}
        for of_other in possible[:place] + possible[place + 1 :]:
            sums_of_others = {before + met for before in sums_of_others for met in of_other}
        if len({met for met in own if together.met - met in sums_of_others}) < 2:
            return False
    return True


def _possible_pairs(groups: Mapping[str, Share], one: str, other: str, met: int, least: int) -> list[tuple[int, int]]:
    """Return how two groups, of which one may only be the other's companion, can have come to hold `met` together."""
    possible = []
    for of_one in range(max(0, met - groups[other].counted), min(met, groups[one].counted) + 1):
        one_is_small = Share(of_one, groups[one].counted).is_small(least)
        other_is_small = Share(met - of_one, groups[other].counted).is_small(least)
        if (
            (one_is_small and other_is_small)
            or (one_is_small and _companion(groups, one) == other)
            or (other_is_small and _companion(groups, other) == one)
        ):
            possible.append((of_one, met - of_one))
    return possible


def _keeps_those_in_two_groups_unknown(groups: Collection[Share], total: Share, least: int) -> bool:
    """Say whether the groups, all shown, and the total leave unknown how those do who are counted in two groups.

    Here the rounding is counted on: it is what keeps a large total from being subtracted.
    """
    added = _added(groups)
    twice = Share(added.met - total.met, added.counted - total.counted)
    if twice.counted == 0 or not twice.is_small(least):
        return True
    lowest = sum(min(each.possible_when_shown()) for each in groups) - max(total.possible_when_shown())
    highest = sum(max(each.possible_when_shown()) for each in groups) - min(total.possible_when_shown())
    return min(highest, twice.counted) > max(lowest, 0)


def headline_may_be_shown(
    everything: Share, totals: Mapping[str, Share], shown: Mapping[str, Shown], least: int
) -> bool:
    """Say whether the share of people who hold every skill may be shown.

    `totals` are by skill the shares of all groups together, `shown` by skill what is shown of that row. Everybody who does
    not hold every skill lacks one, so those who do not, less all those of the totals that are shown, are the fewest who are
    hidden in the rest.
    """
    if everything.is_small(least):
        return False
    something_is_hidden = any(not row.total for row in shown.values())
    if not something_is_hidden:
        return True
    hidden_totals = [skill for skill, row in shown.items() if not row.total]
    fewest_hidden = everything.not_met - sum(
        share.not_met for skill, share in totals.items() if skill not in hidden_totals
    )
    return everything.not_met > 0 and fewest_hidden <= len(hidden_totals)


def rounded_size(people: int, least: int) -> str:
    """Return how many people a group has in words that give away nothing by subtraction: `about 40 people`."""
    if people == 0:
        return "nobody yet"
    if people < least:
        return f"fewer than {least} people"
    return f"about {max(NEAREST, (people + NEAREST // 2) // NEAREST * NEAREST):,} people"
