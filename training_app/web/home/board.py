"""The board's home: are we on track? Shares at the end of the last term, without a name or a small number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask import current_app, render_template

from training_app.clock import today
from training_app.coverage.queries import facts, first_requirement_on, groups_named
from training_app.coverage.rules import Cell, Coverage, Facts, coverage
from training_app.coverage.small_numbers import (
    Figure,
    Row,
    Share,
    fewest_told_of,
    headline_of,
    rounded_size,
    row_of,
)
from training_app.people.rules import covers
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
)

LARGEST_GAPS = 3
NUMBERS = {3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight", 9: "nine", 10: "ten"}


@dataclass(frozen=True)
class Gap:
    """A skill that few of a group hold, and how many in words."""

    skill: str
    group: str
    words: str


def board_home(others: list[tuple[str, str]]) -> str:
    """Return the page."""
    priority = priority_numbered(SKILLED_WORKFORCE)
    least: int = current_app.config["SETTINGS"].smallest_count_shown
    step = NUMBERS.get(least, str(least))
    term = last_term_ended(today())
    if term is None:
        return render_template("home/board_later.html", others=others, priority=priority, fewest=fewest_told_of(least))
    terms = terms_ended(first_requirement_on() or term.end_on, today())
    days = [each.end_on for each in terms] or [term.end_on]
    known = facts(groups_named(), days[0], days[-1], "verified")
    found = coverage(known, term.end_on)
    rows = _rows(found, least)
    points = [_point(each.name, _headline(known, coverage(known, each.end_on), least)) for each in terms]
    return render_template(
        "home/board.html",
        others=others,
        priority=priority,
        step=step,
        fewest=fewest_told_of(least),
        term=term,
        headline=_headline(known, found, least),
        people=rounded_size(found.total.people, least),
        sizes=[(each.group.name, rounded_size(each.summary.people, least)) for each in found.groups],
        areas=areas_of([skill for skill in framework.all_skills() if skill.code in rows]),
        groups=[*(MatrixColumn(each.group.code, each.group.name) for each in found.groups), _ALL],
        cells=_cells(found, rows),
        all_groups=ALL_GROUPS,
        points=points,
        trend_in_words=_trend_in_words(points),
        gaps=_largest_gaps(found, rows),
    )


_ALL = MatrixColumn(ALL_GROUPS, ALL_GROUPS_NAME)


def _headline(known: Facts, found: Coverage, least: int) -> Figure | None:
    """Return what is said of those who hold everything beside that day's own figures: what was not said at a term's end is
    not said in the trend either."""
    if found.total.fully_skilled is None:
        return None
    return headline_of(
        Share(found.total.fully_skilled, found.total.people),
        list(_rows(found, least).values()),
        [_share(cell).counted for cell in found.total_cells],
        least,
        _most_groups(known, found.on),
    )


def _most_groups(known: Facts, on: date) -> int:
    """Return in how many groups one person is at the most."""
    shown = {group.id for group in known.groups}
    groups = {
        (person_id, group_id)
        for person_id, group_id, start_on, end_on in known.engagements
        if group_id in shown and covers(start_on, end_on, on)
    }
    return max(Counter(person_id for person_id, _ in groups).values(), default=1)


def _share(cell: Cell) -> Share:
    return Share(cell.met, cell.people - cell.exempt)


def _rows(found: Coverage, least: int) -> dict[str, Row]:
    """Return for each skill that is asked what is said of it."""
    return {
        total.skill.code: row_of(
            {
                each.group.code: _share(cell)
                for each in found.groups
                for cell in each.cells
                if cell.skill == total.skill and _share(cell).counted
            },
            least,
        )
        for total in found.total_cells
    }


def _cells(found: Coverage, rows: Mapping[str, Row]) -> dict[tuple[str, str], CellShown]:
    cells = {}
    for each in found.groups:
        for cell in each.cells:
            figure = rows[cell.skill.code].groups.get(each.group.code)
            cells[each.group.code, cell.skill.code] = _cell(cell, cell.required.label, figure)
    for cell in found.total_cells:
        cells[ALL_GROUPS, cell.skill.code] = _cell(cell, "", rows[cell.skill.code].total)
    return cells


def _cell(cell: Cell, required: str, figure: Figure | None) -> CellShown:
    """Return a cell with what is said of it and no number of people."""
    if not _share(cell).counted:
        return CellShown(None, required=required)
    return CellShown(figure.percent, required=required, words=figure.words) if figure else CellShown(None, hidden=True)


def _largest_gaps(found: Coverage, rows: Mapping[str, Row]) -> list[Gap]:
    """Return the figures furthest from everybody, by what is said of them and in the order of the page."""
    gaps = [
        (figure.percent, Gap(cell.skill.name, each.group.name, figure.words))
        for each in found.groups
        for cell in each.cells
        if (figure := rows[cell.skill.code].groups.get(each.group.code)) and figure.high < figure.counted
    ]
    return [gap for _, gap in sorted(gaps, key=lambda each: each[0])[:LARGEST_GAPS]]


def _point(term: str, figure: Figure | None) -> Point:
    label = term.replace(" term", "")
    return Point(label, figure.percent, words=figure.words) if figure else Point(label, None)


def _trend_in_words(points: Sequence[Point]) -> str:
    """Return one sentence that says what the line shows."""
    said = [f"{point.words} in {point.label}" for point in points if point.words]
    if not said:
        return "Nothing is known yet."
    return f"{said[0]}.".capitalize() if len(said) == 1 else f"From {said[0]} to {said[-1]}."
