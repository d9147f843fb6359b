"""Who owes what, worked out a second time: day by day, straight from what the words mean, sharing no code with the rules.

And generated lives for it: people who join, leave and come back, complete early and late, are exempt, and rules that are
switched on late. The days gather where days are miscounted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from hypothesis import strategies as st

from tests.coverage.recount import RANK, months_after

DAY = timedelta(days=1)
# What the lives are made of, as the seeds have it: what each gives, after how many months it runs out.
CATALOGUE: dict[str, tuple[dict[str, str], int | None]] = {
    "IND-01": ({"inclusion": "aware"}, None),
    "IND-02": ({"safeguarding": "aware"}, 12),
    "IND-04": (
        {
            "circumstances": "aware",
            "send": "aware",
            "semhd": "aware",
            "communication": "aware",
            "youth-voice": "aware",
        },
        36,
    ),
    "SAF-01": ({"safeguarding": "practising"}, 12),
    "SAF-02": ({"safeguarding": "practising"}, 12),
    "SND-01": ({"send": "aware"}, 36),
    "SND-02": ({"send": "practising", "communication": "aware"}, 36),
}
GROUPS = ["music-service-staff", "frontline-volunteers"]
SKILLS = ["safeguarding", "send", "inclusion"]
WINDOW = 90

Span = tuple[str, date, date | None]


@dataclass
class Life:
    """What is recorded about one person, by codes."""

    engagements: list[Span] = field(default_factory=list)
    exemptions: list[Span] = field(default_factory=list)
    waivers: list[Span] = field(default_factory=list)
    assigned: list[tuple[str, date, date, bool]] = field(default_factory=list)
    """(module, asked on, due, whenever it suits)"""
    booked: list[tuple[str, date]] = field(default_factory=list)
    """(module, the session's only day)"""
    completed: list[tuple[str, date, str]] = field(default_factory=list)
    """(module, day, evidence)"""


@dataclass
class World:
    """What is asked of everybody, by codes."""

    rules: list[tuple[str, list[tuple[str, int, bool]], date, date | None, bool]] = field(default_factory=list)
    """(group, [(module, days, whenever it suits)], first day, last day, whether those present are asked too)"""
    requirements: list[tuple[str, str, str, date]] = field(default_factory=list)


@dataclass
class Owed:
    """What is expected of one module: how it stands, by when, whether whenever it suits, and why."""

    status: str
    due_on: date
    optional: bool
    because: set[tuple[str, date]]


def covers(start: date, end: date | None, day: date) -> bool:
    return start <= day and (end is None or day <= end)


def is_in(life: Life, group: str, day: date) -> bool:
    return any(each == group and covers(start, end, day) for each, start, end in life.engagements)


def valid(completed: tuple[str, date, str], day: date) -> bool:
    months = CATALOGUE[completed[0]][1]
    return completed[1] <= day and (months is None or day < months_after(completed[1], months))


def rank(life: Life, skill: str, day: date, evidence: tuple[str, ...], known_by: date | None = None) -> int:
    """Return the rank held in a skill on a day, by what was completed by another day."""
    ranks = [
        RANK[CATALOGUE[each[0]][0].get(skill, "none")]
        for each in life.completed
        if each[2] in evidence and valid(each, day) and each[1] <= (known_by or day)
    ]
    return max(ranks, default=0)


def met(life: Life, module: str, day: date, evidence: tuple[str, ...]) -> bool:
    """Say whether what a module asks is met on a day: it was done and is in date, or all that it gives is held."""
    if any(each[0] == module and each[2] in evidence and valid(each, day) for each in life.completed):
        return True
    return all(rank(life, skill, day, evidence) >= RANK[level] for skill, level in CATALOGUE[module][0].items())


VERIFIED, BOTH = ("verified",), ("verified", "self-declared")


def asked(life: Life, world: World, day: date) -> list[tuple[str, date, date, bool, tuple[str, date]]]:
    """Return what assignments and rules ask on a day: module, since when, due, whenever it suits, why."""
    found = []
    for module, asked_on, due_on, optional in life.assigned:
        if asked_on <= day:
            found.append((module, asked_on, due_on, optional, ("assigned", asked_on)))
    for group, steps, first, last, present in world.rules:
        if not covers(first, last, day) or not is_in(life, group, day):
            continue
        joined = day
        while is_in(life, group, joined - DAY):
            joined -= DAY
        if joined < first and not present:
            continue
        since = max(joined, first)
        for module, days, optional in steps:
            found.append((module, since, since + timedelta(days=days), optional, ("joined", joined)))
    return found


def owed(life: Life, world: World, day: date) -> dict[str, Owed]:
    """Return what assignments and rules ask of somebody on a day, by module to do; renewals are left out."""
    if not any(is_in(life, group, day) for group in GROUPS):
        return {}
    found: dict[str, list[Owed]] = {}
    for module, since, due_on, optional, because in asked(life, world, day):
        to_do, status = module, status_of(life, module, since, day)
        if status == "open" and module == "SAF-02" and not met(life, "SAF-01", day, VERIFIED):
            to_do = "SAF-01"
            if is_waived(life, to_do, day):
                status = "waived"
        found.setdefault(to_do, []).append(Owed(status, due_on, optional, {because}))
    return {module: joined_to_one(life, module, several, day) for module, several in found.items()}


def is_waived(life: Life, module: str, day: date) -> bool:
    return any(each == module and covers(start, end, day) for each, start, end in life.waivers)


def status_of(life: Life, module: str, since: date, day: date) -> str:
    gives = CATALOGUE[module][0]
    exempt = {skill for skill, start, end in life.exemptions if covers(start, end, day)}
    if is_waived(life, module, day) or set(gives) <= exempt:
        return "waived"
    walked = [since + timedelta(days=many) for many in range((day - since).days + 1)]
    if any(met(life, module, each, VERIFIED) for each in walked):
        return "done"
    if any(met(life, module, each, BOTH) for each in walked):
        return "awaiting"
    return "open"


def joined_to_one(life: Life, module: str, several: list[Owed], day: date) -> Owed:
    """Return one of several that ask the same module: what is still open goes before what is not."""
    still = [each for each in several if each.status in ("open", "awaiting")] or several
    binding = [each for each in still if not each.optional] or still
    due_on, optional = min(each.due_on for each in binding), all(each.optional for each in still)
    statuses = {each.status for each in still}
    status = next(each for each in ("open", "awaiting", "done", "waived") if each in statuses)
    if status == "open":
        status = open_status(life, module, due_on, optional, day)
    return Owed(status, due_on, optional, set().union(*(each.because for each in still)))


def open_status(life: Life, module: str, due_on: date, optional: bool, day: date) -> str:
    if any(each == module and day <= on for each, on in life.booked):
        return "booked"
    return "past" if due_on < day and not optional else "to-do"


def running_out(life: Life, world: World, day: date, evidence: tuple[str, ...] = VERIFIED) -> dict[str, date]:
    """Return of each skill that is asked on a day, and was held at that level, the first day on which it is not: where that
    day has come, or comes within the window."""
    found = {}
    for skill in SKILLS:
        levels = []
        for group in GROUPS:
            if is_in(life, group, day):
                decided = [one for one in world.requirements if one[:2] == (group, skill) and one[3] <= day]
                levels += [RANK[max(decided, key=lambda one: one[3])[2]]] if decided else []
        needed = max(levels, default=0)
        exempt = any(each == skill and covers(start, end, day) for each, start, end in life.exemptions)
        ever = any(
            each[2] in evidence and each[1] <= day and RANK[CATALOGUE[each[0]][0].get(skill, "none")] >= needed
            for each in life.completed
        )
        if not needed or exempt or not ever:
            continue
        if rank(life, skill, day, evidence) >= needed:
            later = [day + timedelta(days=many) for many in range(1, WINDOW + 1)]
            ends = next((each for each in later if rank(life, skill, each, evidence, day) < needed), None)
        else:
            ends = day
            while rank(life, skill, ends - DAY, evidence) < needed:
                ends -= DAY
        if ends is not None:
            found[skill] = ends
    return found


# --- generated lives

SHARP = [date(2024, 2, 29), date(2025, 2, 28), date(2025, 8, 31), date(2025, 9, 1), date(2026, 3, 29)]
days = st.one_of(
    st.builds(lambda day, shift: day + timedelta(days=shift), st.sampled_from(SHARP), st.integers(-95, 95)),
    st.dates(date(2024, 1, 1), date(2026, 12, 31)),
)
modules = st.sampled_from(sorted(CATALOGUE))


def spans(what: st.SearchStrategy[str]) -> st.SearchStrategy[Span]:
    return st.builds(
        lambda code, start, length: (code, start, None if length is None else start + timedelta(days=length)),
        what,
        days,
        st.none() | st.integers(0, 500),
    )


@st.composite
def times_in_groups(draw: st.DrawFn) -> list[Span]:
    """Times in groups, some of which begin where another ends, or a day or two later."""
    times = draw(st.lists(spans(st.sampled_from(GROUPS)), min_size=1, max_size=3, unique_by=lambda one: one[:2]))
    group, _, end = times[0]
    if end is not None and draw(st.booleans()):
        start = end + timedelta(days=draw(st.integers(0, 2)))
        follows = (group, start, start + timedelta(days=draw(st.integers(0, 400))))
        if follows[:2] not in {one[:2] for one in times}:
            times.append(follows)
    return times


lives = st.builds(
    Life,
    engagements=times_in_groups(),
    exemptions=st.lists(spans(st.sampled_from(SKILLS)), max_size=1),
    waivers=st.lists(spans(modules), max_size=1),
    assigned=st.lists(
        st.builds(
            lambda code, day, many, suits: (code, day, day + timedelta(days=many), suits),
            modules,
            days,
            st.integers(0, 200),
            st.booleans(),
        ),
        max_size=3,
        unique_by=lambda one: one[:2],
    ),
    booked=st.lists(st.tuples(modules, days), max_size=1),
    completed=st.lists(
        st.tuples(modules, days, st.sampled_from(["verified", "verified", "self-declared", "returned", "void"])),
        max_size=5,
        unique_by=lambda one: one[:2],
    ),
)
steps = st.lists(
    st.tuples(modules, st.integers(0, 150), st.booleans()), min_size=1, max_size=3, unique_by=lambda one: one[0]
)
worlds = st.builds(
    World,
    rules=st.lists(
        st.builds(
            lambda group, asks, first, length, present: (
                group,
                asks,
                first,
                None if length is None else first + timedelta(days=length),
                present,
            ),
            st.sampled_from(GROUPS),
            steps,
            days,
            st.none() | st.integers(0, 500),
            st.booleans(),
        ),
        max_size=2,
    ),
    requirements=st.lists(
        st.tuples(
            st.sampled_from(GROUPS), st.sampled_from(SKILLS), st.sampled_from(["aware", "practising", "none"]), days
        ),
        max_size=4,
        unique_by=lambda one: one[:2] + one[3:],
    ),
)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Life, World, date]:
    """A life in a world, and a day on which an error of one would show more often than on others."""
    life, world = draw(lives), draw(worlds)
    turning = {
        day for _, start, end in life.engagements + life.exemptions + life.waivers for day in (start, end) if day
    }
    turning |= {day for _, asked_on, due_on, _ in life.assigned for day in (asked_on, due_on)}
    turning |= {day for _, day in life.booked} | {since for *_, since in world.requirements}
    for module, day, _ in life.completed:
        months = CATALOGUE[module][1]
        turning.add(day)
        if months is not None:
            ends = months_after(day, months)
            turning |= {ends, ends - timedelta(days=WINDOW)}
    for group, asks, first, last, _ in world.rules:
        begins = [start for each, start, _ in life.engagements if each == group]
        turning |= {first, last or first} | {
            max(first, one) + timedelta(days=many) for one in begins for _, many, _ in asks
        }
    day = draw(st.sampled_from(sorted(turning))) + timedelta(days=draw(st.integers(-1, 1)))
    return life, world, draw(st.one_of(st.just(day), st.just(day), days))
