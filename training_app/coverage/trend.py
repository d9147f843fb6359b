"""Coverage month by month, in one sweep over what begins and ends instead of one report a month.

Each person is looked at once: what they hold, which groups they are in and what they are exempt from only changes at a few
of the month ends, and between two changes every month says the same. So each stretch is judged once and added to the months
it spans as a difference.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from calendar import monthrange
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate, pairwise

from training_app.coverage.rules import Facts, Named, SkillBits, Summary
from training_app.skills.rules import levels_required

# (first month, month after the last, bits): something that holds over a stretch of months.
Stretch = tuple[int, int, int]


@dataclass(frozen=True)
class Month:
    """The workforce on the last day of a month."""

    on: date
    total: Summary
    groups: Sequence[tuple[Named, Summary]]


def month_ends(first: date, last: date) -> list[date]:
    """Return the last day of every month whose last day lies between two days, both included."""
    ends: list[date] = []
    year, month = first.year, first.month
    while True:
        end = date(year, month, monthrange(year, month)[1])
        if end > last:
            return ends
        ends.append(end)
        if end == date(9999, 12, 31):
            return ends
        following = end + timedelta(days=1)
        year, month = following.year, following.month


def trend(facts: Facts, days: Sequence[date]) -> list[Month]:
    """Return how the workforce of `facts` stood on each of several days, given in order.

    The same figures as `rules.coverage` on each day: people, and those who hold every skill their groups ask for.
    """
    bits = SkillBits(facts.skills)
    needed = [_needed_by_group(facts, bits, day) for day in days]
    # Months from which something else is required than the month before.
    turns = [place for place in range(1, len(days)) if needed[place] != needed[place - 1]]
    group_places = {group.id: place for place, group in enumerate(facts.groups)}

    memberships: dict[int, list[Stretch]] = defaultdict(list)
    for person_id, group_id, start_on, end_on in facts.engagements:
        if group_id in group_places:
            first, after = _months(days, start_on, end_on)
            if first < after:
                memberships[person_id].append((first, after, 1 << group_places[group_id]))
    exemptions: dict[int, list[Stretch]] = defaultdict(list)
    for person_id, skill_id, start_on, end_on in facts.exemptions:
        if skill_id in bits.shift:
            first, after = _months(days, start_on, end_on)
            if first < after:
                exemptions[person_id].append((first, after, bits.whole(skill_id)))
    held = _held_over_time(facts, bits, days, memberships)

    count = _Count(len(facts.groups), len(days), needed)
    for person_id, spans in memberships.items():
        count.add(spans, held.get(person_id, ()), exemptions.get(person_id, ()), turns)
    return count.months(facts.groups, days)


def _needed_by_group(facts: Facts, bits: SkillBits, day: date) -> tuple[int, ...]:
    required = levels_required(facts.requirements, day)
    return tuple(bits.of_levels(required.get(group.id, {})) for group in facts.groups)


def _months(days: Sequence[date], start_on: date, end_on: date | None) -> tuple[int, int]:
    """Return the first month, and the month after the last, that a span of days covers; both its ends are included."""
    return bisect_left(days, start_on), len(days) if end_on is None else bisect_right(days, end_on)


def _held_over_time(
    facts: Facts, bits: SkillBits, days: Sequence[date], wanted: Mapping[int, object]
) -> dict[int, list[Stretch]]:
    gives = {version_id: bits.of_levels(levels) for version_id, levels in facts.gives.items()}
    place_of: dict[date, int] = {}
    months = len(days)
    held: dict[int, list[Stretch]] = {}
    current = None
    stretches: list[Stretch] = []
    for person_id, version_id, completed_on, valid_until in facts.credits:
        if person_id != current:
            current = person_id
            stretches = []
            if person_id in wanted:
                held[person_id] = stretches
        first = place_of.get(completed_on)
        if first is None:
            first = place_of[completed_on] = bisect_left(days, completed_on)
        if valid_until is None:
            after = months
        else:
            # It counts up to the day before `valid_until`, so the month that ends on that very day is out.
            after = place_of.get(valid_until, -1)
            if after < 0:
                after = place_of[valid_until] = bisect_left(days, valid_until)
        if first < after:
            stretches.append((first, after, gives[version_id]))
    return held


class _Count:
    """Gathers people and fully skilled people of each group, and of the total (last), as differences between months."""

    def __init__(self, groups: int, months: int, needed: Sequence[tuple[int, ...]]) -> None:
        self.groups = groups
        self.needed = needed
        self.people = [[0] * (months + 1) for _ in range(groups + 1)]
        self.fully = [[0] * (months + 1) for _ in range(groups + 1)]

    def add(
        self,
        memberships: Sequence[Stretch],
        held: Sequence[Stretch],
        exemptions: Sequence[Stretch],
        turns: Sequence[int],
    ) -> None:
        """Add one person over all months."""
        edges = set(turns)
        for stretches in (memberships, held, exemptions):
            for first, after, _ in stretches:
                edges.add(first)
                edges.add(after)
        begin = min(first for first, _, _ in memberships)
        end = max(after for _, after, _ in memberships)
        edges.add(begin)
        places = sorted(place for place in edges if begin <= place < end)
        places.append(end)
        for first, after in pairwise(places):
            groups = _at(memberships, first)
            if groups:
                self._add_stretch(first, after, groups, _at(held, first), _at(exemptions, first))

    def _add_stretch(self, first: int, after: int, groups: int, held: int, exempt: int) -> None:
        needed = self.needed[first]
        needed_by_all = 0
        for place in range(self.groups):
            if groups >> place & 1:
                needed_by_all |= needed[place]
                self._note(place, first, after, needed[place] & ~exempt, held)
        self._note(self.groups, first, after, needed_by_all & ~exempt, held)

    def _note(self, place: int, first: int, after: int, counted: int, held: int) -> None:
        people = self.people[place]
        people[first] += 1
        people[after] -= 1
        if counted and not counted & ~held:
            fully = self.fully[place]
            fully[first] += 1
            fully[after] -= 1

    def months(self, groups: Sequence[Named], days: Sequence[date]) -> list[Month]:
        """Return the gathered figures, month by month."""
        people = [list(accumulate(row)) for row in self.people]
        fully = [list(accumulate(row)) for row in self.fully]
        months = []
        for place, day in enumerate(days):
            needed = self.needed[place]
            summaries = [
                Summary(people[group][place], fully[group][place] if needed[group] else None)
                for group in range(self.groups)
            ]
            total = Summary(people[-1][place], fully[-1][place] if any(needed) else None)
            months.append(Month(day, total, list(zip(groups, summaries, strict=True))))
        return months


def _at(stretches: Sequence[Stretch], month: int) -> int:
    bits = 0
    for first, after, given in stretches:
        if first <= month < after:
            bits |= given
    return bits
