"""Coverage as a function of facts: what is held against what is required, on one day.

Plain Python: no database, no clock. A person's skills are held in one integer, three bits for each skill: the lowest bit
stands for aware, the next for practising, the highest for leading, and a level sets its own bit and those below it. So the
highest of several credits is their bitwise OR, and a requirement is met where its bit is set. People who look the same in
all that matters are counted together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from training_app.people.rules import covers
from training_app.skills.levels import Level
from training_app.skills.rules import RequirementFact, levels_required

# A skill that would be lost within so many days is called expiring.
EXPIRING_WITHIN = timedelta(days=90)

BITS_A_SKILL = 3
ALL_LEVELS = 0b111


@dataclass(frozen=True)
class Named:
    """A group or a skill: its id, its code and what it is called."""

    id: int
    code: str
    name: str


# A person's span of days in a group, or of exemption from a skill; both ends included, None is open.
Span = tuple[int, int, date, date | None]


@dataclass(frozen=True)
class Facts:
    """Everything that coverage depends on.

    `groups` and `skills` stand in the framework's order; `engagements` are (person, group, start, end), `exemptions`
    (person, skill, start, end); `gives` says for each module version which skills it gives, each to which level; `credits`
    are (person, module version, completed on, valid until), only of completions that count by the evidence rule, in order of
    person.
    """

    groups: Sequence[Named]
    skills: Sequence[Named]
    requirements: Sequence[RequirementFact]
    engagements: Iterable[Span]
    exemptions: Iterable[Span]
    gives: Mapping[int, Mapping[int, Level]]
    credits: Iterable[tuple[int, int, date, date | None]]


@dataclass(frozen=True)
class Cell:
    """How a group stands in one skill. Everybody is exactly one of exempt, met, lapsed, below and missing; `expiring` are
    among the met."""

    skill: Named
    required: Level
    people: int
    exempt: int = 0
    met: int = 0
    expiring: int = 0
    lapsed: int = 0
    below: int = 0
    missing: int = 0

    @property
    def percent(self) -> Decimal | None:
        """The share of those not exempt who hold what is required; None where there is nobody to count."""
        return percentage(self.met, self.people - self.exempt)


@dataclass(frozen=True)
class Summary:
    """How many people there are, and how many hold every skill their role asks for (None where nothing is asked)."""

    people: int
    fully_skilled: int | None

    @property
    def percent(self) -> Decimal | None:
        """The share of the people who are fully skilled; None where nothing is asked or nobody is there."""
        return None if self.fully_skilled is None else percentage(self.fully_skilled, self.people)


@dataclass(frozen=True)
class GroupCoverage:
    """How a group stands, skill by skill."""

    group: Named
    summary: Summary
    cells: Sequence[Cell]


@dataclass(frozen=True)
class Coverage:
    """How the workforce stands on a day. `total` and `total_cells` count everybody once, with the highest level among
    their groups."""

    on: date
    groups: Sequence[GroupCoverage]
    total: Summary
    total_cells: Sequence[Cell]


def percentage(part: int, whole: int) -> Decimal | None:
    """Return 100 × part ÷ whole with one decimal, halves away from zero; None where the whole is 0."""
    if whole == 0:
        return None
    return Decimal((2000 * part + whole) // (2 * whole)) / 10


class SkillBits:
    """Where each skill's three bits stand."""

    def __init__(self, skills: Sequence[Named]) -> None:
        self.shift = {skill.id: BITS_A_SKILL * place for place, skill in enumerate(skills)}
        self.lowest = sum(1 << shift for shift in self.shift.values())
        self.highest = self.lowest << (BITS_A_SKILL - 1)

    def up_to(self, skill_id: int, level: Level) -> int:
        """Return the bits of a level and all levels below it."""
        return ((1 << level) - 1) << self.shift[skill_id]

    def whole(self, skill_id: int) -> int:
        """Return all bits of a skill."""
        return ALL_LEVELS << self.shift[skill_id]

    def of_levels(self, levels: Mapping[int, Level]) -> int:
        """Return the bits of several skills, each up to its level. Skills that are not in the framework add nothing."""
        bits = 0
        for skill_id, level in levels.items():
            if skill_id in self.shift:
                bits |= self.up_to(skill_id, level)
        return bits

    def only_the_top(self, bits: int) -> int:
        """Return, of bits that reach up to some level in each skill, only that level's own bit."""
        next_level_is_set = (bits >> 1) & ~self.highest
        return bits & ~next_level_is_set

    def any_level(self, bits: int) -> int:
        """Return all bits of each skill that is held at any level."""
        return (bits & self.lowest) * ALL_LEVELS


class _Tally:
    """Counts people into the cells of one group, or of the total."""

    def __init__(self) -> None:
        self.people = 0
        self.fully_skilled = 0
        self.by_state: dict[str, Counter[int]] = {
            state: Counter() for state in ("exempt", "met", "expiring", "lapsed", "below", "missing")
        }

    def add(self, how_many: int, masks: Mapping[str, int], *, fully_skilled: bool) -> None:
        self.people += how_many
        if fully_skilled:
            self.fully_skilled += how_many
        for state, bits in masks.items():
            counter = self.by_state[state]
            while bits:
                lowest = bits & -bits
                counter[lowest] += how_many
                bits ^= lowest


def coverage(facts: Facts, on: date) -> Coverage:
    """Return how the workforce of `facts` stands on a day.

    A credit counts on the day when it was completed by then and its end, if any, is later. Lapsed means: not held, but
    once completed at the level required today. Expiring means: held, but not on the 90th day from then by what was
    completed so far.
    """
    bits = SkillBits(facts.skills)
    required = levels_required(facts.requirements, on)
    group_ids = [group.id for group in facts.groups]
    place_of = {group_id: place for place, group_id in enumerate(group_ids)}
    needed_of_group = [bits.of_levels(required.get(group_id, {})) for group_id in group_ids]

    groups_of: dict[int, int] = {}
    for person_id, group_id, start_on, end_on in facts.engagements:
        if group_id in place_of and covers(start_on, end_on, on):
            groups_of[person_id] = groups_of.get(person_id, 0) | 1 << place_of[group_id]
    exempt_of: dict[int, int] = {}
    for person_id, skill_id, start_on, end_on in facts.exemptions:
        if skill_id in bits.shift and covers(start_on, end_on, on):
            exempt_of[person_id] = exempt_of.get(person_id, 0) | bits.whole(skill_id)

    alike = _people_alike(facts, bits, on, groups_of, exempt_of)
    tallies = [_Tally() for _ in group_ids]
    total = _Tally()
    for (groups, exempt, held, held_later, ever), how_many in alike.items():
        needed_by_all = 0
        for place, tally in enumerate(tallies):
            if groups >> place & 1:
                needed_by_all |= needed_of_group[place]
                _count(tally, bits, needed_of_group[place], exempt, held, held_later, ever, how_many)
        _count(total, bits, needed_by_all, exempt, held, held_later, ever, how_many)

    highest: dict[int, Level] = {}
    for group_id in group_ids:
        for skill_id, level in required.get(group_id, {}).items():
            highest[skill_id] = max(highest.get(skill_id, Level.NONE), level)
    return Coverage(
        on=on,
        groups=[
            GroupCoverage(
                group,
                _summary(tally, asked=group.id in required),
                _cells(tally, facts.skills, bits, required.get(group.id, {})),
            )
            for group, tally in zip(facts.groups, tallies, strict=True)
        ],
        total=_summary(total, asked=bool(highest)),
        total_cells=_total_cells(total, facts.skills, bits, highest),
    )


def _people_alike(
    facts: Facts, bits: SkillBits, on: date, groups_of: Mapping[int, int], exempt_of: Mapping[int, int]
) -> Counter[tuple[int, int, int, int, int]]:
    """Count people by (groups, exemptions, held, held in 90 days, ever completed), each a mask.

    The credits come in order of person, so that one person's are gathered in local variables before the next begins: this
    loop runs once for every credit of everybody and is what the speed of a report depends on.
    """
    gives = {version_id: bits.of_levels(levels) for version_id, levels in facts.gives.items()}
    later = on + EXPIRING_WITHIN
    alike: Counter[tuple[int, int, int, int, int]] = Counter()
    unseen = dict(groups_of)
    current = None
    held = held_later = ever = 0
    for person_id, version_id, completed_on, valid_until in facts.credits:
        if person_id != current:
            if current is not None:
                groups = unseen.pop(current, 0)
                if groups:
                    alike[groups, exempt_of.get(current, 0), held, held_later, ever] += 1
            current = person_id
            held = held_later = ever = 0
        if completed_on > on:
            continue
        given = gives[version_id]
        ever |= given
        if valid_until is None or valid_until > later:
            held |= given
            held_later |= given
        elif valid_until > on:
            held |= given
    if current is not None:
        groups = unseen.pop(current, 0)
        if groups:
            alike[groups, exempt_of.get(current, 0), held, held_later, ever] += 1
    for person_id, groups in unseen.items():
        alike[groups, exempt_of.get(person_id, 0), 0, 0, 0] += 1
    return alike


def _count(
    tally: _Tally,
    bits: SkillBits,
    needed: int,
    exempt: int,
    held: int,
    held_later: int,
    ever: int,
    how_many: int,
) -> None:
    """Put people who look the same into exactly one state for each skill that is needed."""
    asked = bits.only_the_top(needed)
    counted = asked & ~exempt
    met = counted & held
    gap = counted & ~held
    lapsed = gap & ever
    never = gap & ~ever
    below = never & bits.any_level(held)
    tally.add(
        how_many,
        {
            "exempt": asked & exempt,
            "met": met,
            "expiring": met & ~held_later,
            "lapsed": lapsed,
            "below": below,
            "missing": never & ~below,
        },
        fully_skilled=bool(counted) and not gap,
    )


def _summary(tally: _Tally, *, asked: bool) -> Summary:
    return Summary(tally.people, tally.fully_skilled if asked else None)


def _cells(tally: _Tally, skills: Sequence[Named], bits: SkillBits, required: Mapping[int, Level]) -> list[Cell]:
    cells = []
    for skill in skills:
        level = required.get(skill.id)
        if level is None:
            continue
        bit = 1 << bits.shift[skill.id] + level - 1
        counts = {state: counter[bit] for state, counter in tally.by_state.items()}
        cells.append(Cell(skill, level, tally.people, **counts))
    return cells


def _total_cells(tally: _Tally, skills: Sequence[Named], bits: SkillBits, highest: Mapping[int, Level]) -> list[Cell]:
    """In the total the level differs from person to person, so a skill's counts are summed over its three bits; only those
    of whom the skill is asked are its people."""
    cells = []
    for skill in skills:
        if skill.id not in highest:
            continue
        own_bits = [1 << bits.shift[skill.id] + place for place in range(BITS_A_SKILL)]
        counts = {state: sum(counter[bit] for bit in own_bits) for state, counter in tally.by_state.items()}
        people = sum(counts[state] for state in ("exempt", "met", "lapsed", "below", "missing"))
        cells.append(Cell(skill, highest[skill.id], people, **counts))
    return cells
