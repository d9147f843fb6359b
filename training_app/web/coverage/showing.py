"""Turning coverage into what the pages draw: cells with links, counts with links, sentences, points of a chart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby

from training_app.coverage.queries import PersonBehind
from training_app.coverage.rules import Cell, Coverage, Summary
from training_app.coverage.standing import SkillStanding, State
from training_app.coverage.trend import Month
from training_app.files import Column, Table
from training_app.skills.models import Skill
from training_app.web.formatting import count, day, short_day

# Stands where a group's code stands in addresses, for the column of all groups together.
ALL_GROUPS = "all-groups"
ALL_GROUPS_NAME = "All groups"

# How people stand, in the order of what to do next: the word in addresses, and what the page calls it.
STATES = (
    ("lapsed", "Lapsed"),
    ("missing", "Not yet"),
    ("below", "Below"),
    ("expiring", "Runs out within 90 days"),
    ("met", "Holds it"),
    ("exempt", "Exempt"),
)


@dataclass(frozen=True)
class MatrixColumn:
    """A column of the matrix."""

    code: str
    name: str
    href: str | None = None


@dataclass(frozen=True)
class CellShown:
    """A figure of the matrix as it is drawn. A hidden one says nothing but that it is hidden; `words` stand in place of the
    percentage where that is not said exactly."""

    percent: Decimal | int | None
    met: int = 0
    people: int = 0
    exempt: int = 0
    required: str = ""
    href: str | None = None
    hidden: bool = False
    words: str | None = None


@dataclass(frozen=True)
class Area:
    """An area of the framework with its skills."""

    name: str
    skills: Sequence[Skill]


@dataclass(frozen=True)
class Point:
    """A point of the trend; `future` where it lies ahead, `words` in place of a percentage that is not said exactly."""

    label: str
    percent: Decimal | int | None
    detail: str | None = None
    future: bool = False
    words: str | None = None


def areas_of(skills: Sequence[Skill]) -> list[Area]:
    """Return the skills, given in the framework's order, under their areas."""
    return [Area(name, list(each)) for name, each in groupby(skills, key=lambda skill: skill.area.name)]


def cells_of(coverage: Coverage, address: Callable[[str, str], str | None]) -> dict[tuple[str, str], CellShown]:
    """Return the matrix's cells by group code and skill code, the total's under `ALL_GROUPS`."""
    cells = {}
    for each in coverage.groups:
        for cell in each.cells:
            href = address(each.group.code, cell.skill.code)
            cells[each.group.code, cell.skill.code] = _cell(cell, cell.required.label, href)
    for cell in coverage.total_cells:
        # No level: in the total it differs from person to person.
        cells[ALL_GROUPS, cell.skill.code] = _cell(cell, "", address(ALL_GROUPS, cell.skill.code))
    return cells


def summaries_of(coverage: Coverage, address: Callable[[str], str | None]) -> dict[str, CellShown]:
    """Return the row of those who hold every skill, by group code, the total under `ALL_GROUPS`; groups of which nothing
    is asked are left out."""
    rows = [*((each.group.code, each.summary) for each in coverage.groups), (ALL_GROUPS, coverage.total)]
    return {
        code: CellShown(figures.percent, figures.fully_skilled, figures.people, href=address(code))
        for code, figures in rows
        if figures.fully_skilled is not None
    }


def _cell(cell: Cell, required: str, href: str | None) -> CellShown:
    return CellShown(cell.percent, cell.met, cell.people, cell.exempt, required, href)


def sentence(figures: Summary, on: date, place: str = "", nobody: str = "these groups") -> str:
    """Return the one sentence that answers: `On 23 November 2026, 58 of 204 people hold every skill their role asks for`.

    `place` is put behind the day, such as ` at Fenwick Primary`; `nobody` says where nobody is when nobody is.
    """
    if figures.people == 0:
        return f"On {day(on)}{place}, nobody is recorded in {nobody}."
    if figures.fully_skilled is None:
        return f"On {day(on)}{place}, no skill is asked of these {count(figures.people, 'person', 'people')} yet."
    people = count(figures.people, "person", "people")
    verb = "holds" if figures.fully_skilled == 1 else "hold"
    return f"On {day(on)}{place}, {figures.fully_skilled:,} of {people} {verb} every skill their role asks for."


def points_of(months: Sequence[Month], today: date) -> list[Point]:
    """Return the trend's points."""
    return [
        Point(
            short_day(month.on).split(" ", 1)[1],
            month.total.percent,
            None
            if month.total.fully_skilled is None
            else f"{month.total.fully_skilled:,} of {count(month.total.people, 'person', 'people')}",
            month.on > today,
        )
        for month in months
    ]


def trend_in_words(points: Sequence[Point]) -> str:
    """Return one sentence that says what the line shows."""
    known = [point for point in points if point.percent is not None and not point.future]
    if not known:
        return "Nothing is known yet."
    if len(known) == 1:
        return f"{known[0].percent}% in {known[0].label}."
    return f"From {known[0].percent}% in {known[0].label} to {known[-1].percent}% in {known[-1].label}."


# --- the names behind a figure


def state_of(standing: SkillStanding) -> str:
    """Return how somebody stands as `STATES` calls it, `expiring` for those among the met; "" where nothing is asked."""
    if standing.expiring:
        return "expiring"
    return standing.state.value if standing.state else ""


def counts_of(behind: Sequence[PersonBehind]) -> dict[str, int]:
    """Return how many people there are in each of `STATES`; those who expire are also counted among the met."""
    counts = dict.fromkeys([name for name, _ in STATES], 0)
    for each in behind:
        if each.standing.state is not None:
            counts[each.standing.state.value] += 1
            counts["expiring"] += each.standing.expiring
    return counts


def those_who(behind: Sequence[PersonBehind], state: str) -> list[PersonBehind]:
    """Return those in one of `STATES`, everybody for ""."""
    if not state:
        return list(behind)
    if state == "expiring":
        return [each for each in behind if each.standing.expiring]
    return [each for each in behind if each.standing.state == state]


def standing_in_words(standing: SkillStanding) -> str:
    """Return how somebody stands in a few words, with the day that matters."""
    ends = day(standing.lapses_on)
    match standing.state:
        case State.MET if standing.expiring:
            return f"Runs out on {ends}"
        case State.MET:
            return f"Holds it until {ends}" if ends else "Holds it for good"
        case State.LAPSED:
            return f"Lapsed on {ends}"
        case State.BELOW:
            return f"Below: {standing.held.label}"
        case State.MISSING:
            return standing.ran_out_in_words or "Nothing recorded"
        case State.EXEMPT:
            return "Exempt"
        case _ if standing.held:
            return f"Not required; holds {standing.held.label}"
        case _:
            return f"Not required; {standing.ran_out_in_words}" if standing.ran_out else "Not required"


def table_behind(behind: Sequence[PersonBehind], on: date, evidence: str, group: str, skill: str) -> Table:
    """Return the people behind a figure as a file's table, in the page's order."""
    columns = (
        Column("as_at", "date"),
        Column("evidence"),
        Column("group"),
        Column("skill"),
        Column("reference"),
        Column("name"),
        Column("organisations"),
        Column("required"),
        Column("held"),
        Column("state"),
        Column("expiring"),
        Column("until", "date"),
    )
    return Table(
        columns,
        [
            (
                on,
                evidence,
                group,
                skill,
                each.reference,
                each.name,
                "; ".join(each.organisations),
                each.standing.required.code,
                each.standing.held.code,
                each.standing.state.value if each.standing.state else None,
                "yes" if each.standing.expiring else "no",
                each.standing.lapses_on,
            )
            for each in behind
        ],
    )


def merged(
    lists: Sequence[Sequence[PersonBehind]], turn: Callable[[SkillStanding], tuple[int, date]]
) -> list[PersonBehind]:
    """Return the people behind several groups' figures in one skill, each once with the highest level asked of them, as the
    total counts them; sorted by what to do next, then by name."""
    found: dict[int, PersonBehind] = {}
    for behind in lists:
        for each in behind:
            known = found.get(each.person_id)
            if known is None:
                found[each.person_id] = each
                continue
            highest = max(known, each, key=lambda one: one.standing.required)
            organisations = list(dict.fromkeys([*known.organisations, *each.organisations]))
            found[each.person_id] = PersonBehind(
                each.person_id, each.reference, each.name, organisations, highest.standing
            )
    return sorted(found.values(), key=lambda each: (turn(each.standing), each.name.casefold(), each.reference))
