"""The board's home: are we on track? Percentages at the end of the last term, without a name or a small number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import current_app, render_template

from training_app.clock import today
from training_app.coverage.queries import facts, first_requirement_on, groups_named
from training_app.coverage.rules import Cell, Coverage, coverage
from training_app.coverage.small_numbers import (
    Share,
    Shown,
    headline_may_be_shown,
    rounded_size,
    what_may_be_shown,
)
from training_app.skills import queries as framework
from training_app.strategy.models import SKILLED_WORKFORCE
from training_app.strategy.queries import last_term_ended, priority_numbered, terms_ended
from training_app.web.coverage.showing import (
    ALL_GROUPS,
    ALL_GROUPS_NAME,
    CellShown,
    MatrixColumn,
    Point,
    areas_of,
    trend_in_words,
)

LARGEST_GAPS = 3
NUMBERS = {3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight", 9: "nine", 10: "ten"}


@dataclass(frozen=True)
class Gap:
    """A group and a skill that few hold."""

    skill: str
    group: str
    percent: int


def board_home(others: list[tuple[str, str]]) -> str:
    """Return the page."""
    priority = priority_numbered(SKILLED_WORKFORCE)
    least: int = current_app.config["SETTINGS"].smallest_count_shown
    fewest = NUMBERS.get(least, str(least))
    term = last_term_ended(today())
    if term is None:
        return render_template("home/board_later.html", others=others, priority=priority, fewest=fewest)
    terms = terms_ended(first_requirement_on() or term.end_on, today())
    days = [each.end_on for each in terms] or [term.end_on]
    known = facts(groups_named(), days[0], days[-1], "verified")
    found = coverage(known, term.end_on)
    rows = _rows(found, least)
    points = [Point(each.name.replace(" term", ""), _headline(coverage(known, each.end_on), least)) for each in terms]
    return render_template(
        "home/board.html",
        others=others,
        priority=priority,
        fewest=fewest,
        term=term,
        headline=_headline(found, least),
        people=rounded_size(found.total.people, least),
        sizes=[(each.group.name, rounded_size(each.summary.people, least)) for each in found.groups],
        areas=areas_of([skill for skill in framework.all_skills() if skill.code in rows]),
        groups=[*(MatrixColumn(each.group.code, each.group.name) for each in found.groups), _ALL],
        cells=_cells(found, rows),
        all_groups=ALL_GROUPS,
        points=points,
        trend_in_words=trend_in_words(points),
        gaps=_largest_gaps(found, rows),
    )


_ALL = MatrixColumn(ALL_GROUPS, ALL_GROUPS_NAME)


def _headline(found: Coverage, least: int) -> int | None:
    """Return the share of people who hold everything, None where it may not be shown beside that day's own figures: what
    was hidden at a term's end stays hidden in the trend."""
    everything = Share(found.total.fully_skilled or 0, found.total.people)
    shown = found.total.fully_skilled is not None and headline_may_be_shown(
        everything, _shares(found.total_cells), _rows(found, least), least
    )
    return everything.percent if shown else None


def _share(cell: Cell) -> Share:
    return Share(cell.met, cell.people - cell.exempt)


def _shares(cells: Sequence[Cell]) -> dict[str, Share]:
    return {cell.skill.code: _share(cell) for cell in cells}


def _rows(found: Coverage, least: int) -> dict[str, Shown]:
    """Return for each skill that is asked which of its figures may be shown."""
    rows = {}
    for total in found.total_cells:
        groups = {
            each.group.code: _share(cell)
            for each in found.groups
            for cell in each.cells
            if cell.skill == total.skill and cell.people
        }
        rows[total.skill.code] = what_may_be_shown(groups, _share(total), least)
    return rows


def _cells(found: Coverage, rows: Mapping[str, Shown]) -> dict[tuple[str, str], CellShown]:
    cells = {}
    for each in found.groups:
        for cell in each.cells:
            may_be = not cell.people or each.group.code in rows[cell.skill.code].groups
            cells[each.group.code, cell.skill.code] = _cell(cell, cell.required.label, may_be=may_be)
    for cell in found.total_cells:
        may_be = not cell.people or rows[cell.skill.code].total
        cells[ALL_GROUPS, cell.skill.code] = _cell(cell, "", may_be=may_be)
    return cells


def _cell(cell: Cell, required: str, *, may_be: bool) -> CellShown:
    """Return a cell with its percentage and no number of people; not even that where it may not be shown."""
    return CellShown(_share(cell).percent, required=required) if may_be else CellShown(None, hidden=True)


def _largest_gaps(found: Coverage, rows: Mapping[str, Shown]) -> list[Gap]:
    gaps = [
        Gap(cell.skill.name, each.group.name, percent)
        for each in found.groups
        for cell in each.cells
        if each.group.code in rows[cell.skill.code].groups
        and (percent := _share(cell).percent) is not None
        and percent < 100
    ]
    return sorted(gaps, key=lambda gap: gap.percent)[:LARGEST_GAPS]
