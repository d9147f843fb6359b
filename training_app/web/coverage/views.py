"""Coverage: the matrix, one group, and the names behind each figure; each also as a file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import Response, render_template, request, url_for

from training_app.accounts.policy import Permission
from training_app.assignments.queries import known_facts
from training_app.coverage.next_steps import helpful, modules_that_give
from training_app.coverage.queries import (
    PersonBehind,
    all_groups,
    coverage_on,
    first_requirement_on,
    people_behind,
    trend_between,
)
from training_app.coverage.rules import Cell, Coverage, Named, Summary
from training_app.coverage.standing import turn
from training_app.coverage.trend import Month
from training_app.errors import NotFound, Refused
from training_app.files import Table, quoted
from training_app.reports import coverage_report, trend_report
from training_app.reports.coverage import COLUMNS, COUNTS
from training_app.skills import queries as framework
from training_app.strategy.queries import priorities_behind
from training_app.web.access import requires
from training_app.web.coverage import running_out
from training_app.web.coverage.asked import EVIDENCE_RULES, Asked, asked, organisations_to_choose
from training_app.web.coverage.blueprint import coverage
from training_app.web.coverage.showing import (
    ALL_GROUPS,
    ALL_GROUPS_NAME,
    STATES,
    CellShown,
    MatrixColumn,
    areas_of,
    cells_of,
    counts_of,
    merged,
    points_of,
    sentence,
    standing_in_words,
    state_of,
    summaries_of,
    table_behind,
    those_who,
    trend_in_words,
)
from training_app.web.downloads import download, each_format

__all__ = ["coverage", "running_out"]

PAGE_SIZE = 100
# A trend shows at most ten years: a line of more months than that cannot be read, and a day may lie two centuries ahead.
LONGEST_TREND_MONTHS = 120


@coverage.get("/coverage")
@requires(Permission.SEE_COVERAGE)
def matrix() -> tuple[str, int]:
    """Show how well each group holds each skill on a day, and how that came about month by month."""
    wanted = asked()
    found = _coverage(wanted)
    months = _months(wanted)
    points = points_of(months, wanted.today)
    groups = [
        MatrixColumn(each.group.code, each.group.name, _group_page(wanted, each.group.code)) for each in found.groups
    ]
    page = render_template(
        "coverage/matrix.html",
        asked=wanted,
        page_errors=wanted.page_errors(),
        choices=_choices(wanted),
        priorities=priorities_behind(wanted.group_codes),
        sentence=sentence(found.total, wanted.day, _place(wanted)),
        coverage=found,
        areas=areas_of([skill for skill in framework.all_skills() if _is_asked(found, skill.code)]),
        groups=[*groups, MatrixColumn(ALL_GROUPS, ALL_GROUPS_NAME, _group_page(wanted, ALL_GROUPS))],
        all_groups=ALL_GROUPS,
        cells=cells_of(found, lambda group, skill: _cell_page(wanted, group, skill)),
        summaries=summaries_of(found, lambda group: _group_page(wanted, group)),
        points=points,
        trend_in_words=trend_in_words(points),
        other_groups=_other_groups(wanted),
    )
    return page, wanted.status


@each_format(coverage, "/coverage")
@requires(Permission.SEE_COVERAGE)
def matrix_file() -> Response:
    """Send the same figures as the coverage report's file."""
    wanted = asked().or_refuse()
    report = coverage_report(_coverage(wanted), wanted.evidence)
    return download(report.table, report.name)


@each_format(coverage, "/coverage/trend")
@requires(Permission.SEE_COVERAGE)
def trend_file() -> Response:
    """Send the figures of the chart as the trend report's file."""
    wanted = asked().or_refuse()
    report = trend_report(_months(wanted), wanted.evidence, _first_month(wanted), wanted.day)
    return download(report.table, report.name)


@coverage.get("/coverage/<group>")
@requires(Permission.SEE_COVERAGE)
def one_group(group: str) -> tuple[str, int]:
    """Show how one group stands in each skill that is asked of it."""
    wanted = asked()
    chosen, summary, cells = _group(wanted, group)
    page = render_template(
        "coverage/group.html",
        asked=wanted,
        page_errors=wanted.page_errors(),
        choices=_choices(wanted),
        group=chosen,
        sentence=sentence(summary, wanted.day, _place(wanted), nobody="this group"),
        summary=summary,
        cells=cells,
        is_total=chosen.code == ALL_GROUPS,
        cell_page=lambda skill, **more: _cell_page(wanted, chosen.code, skill, **more),
    )
    return page, wanted.status


@each_format(coverage, "/coverage/<group>")
@requires(Permission.SEE_COVERAGE)
def group_file(group: str) -> Response:
    """Send one group's figures with the coverage report's columns."""
    wanted = asked().or_refuse()
    chosen, _, cells = _group(wanted, group)
    rows = [
        (
            wanted.day,
            wanted.evidence,
            chosen.code,
            cell.skill.code,
            cell.required.code,
            cell.people,
            *(getattr(cell, name) for name in COUNTS),
            cell.percent,
        )
        for cell in cells
    ]
    return download(Table(COLUMNS, rows), f"coverage-{chosen.code}-{wanted.day.isoformat()}")


@coverage.get("/coverage/<group>/<skill>")
@requires(Permission.SEE_COVERAGE)
def names(group: str, skill: str) -> tuple[str, int]:
    """Show the people behind one figure, sorted by what to do next, and what would close the gap."""
    wanted = asked()
    chosen, in_skill, behind = behind_figure(wanted, group, skill)
    state = asked_state()
    shown = those_who(behind, state)
    number = _page_number(len(shown))
    counts = counts_of(behind)
    counted = sum(1 for each in behind if each.standing.state not in (None, "exempt"))
    modules = modules_that_give(known_facts(), [in_skill.id], wanted.today)
    required = max((each.standing.required for each in behind), default=None)
    page = render_template(
        "coverage/names.html",
        asked=wanted,
        page_errors=wanted.page_errors(),
        choices=_choices(wanted),
        group=chosen,
        group_page=_group_page(wanted, chosen.code),
        skill=in_skill,
        required=required,
        behind=behind,
        counts=counts,
        figure=CellShown(None, counts["met"], counted),
        states=STATES,
        state=state,
        shown=shown[(number - 1) * PAGE_SIZE : number * PAGE_SIZE],
        found=len(shown),
        awaiting=sum(each.standing.awaits_what_is_asked for each in shown),
        page=number,
        page_count=max(1, -(-len(shown) // PAGE_SIZE)),
        page_size=PAGE_SIZE,
        modules=helpful(modules, in_skill.id, required, chosen.id) if required else [],
        standing_in_words=standing_in_words,
        state_of=state_of,
        is_total=chosen.code == ALL_GROUPS,
        record_page=_record_page(shown[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]),
    )
    return page, wanted.status


@each_format(coverage, "/coverage/<group>/<skill>")
@requires(Permission.SEE_COVERAGE)
def names_file(group: str, skill: str) -> Response:
    """Send the people behind one figure, in the page's order and with its filter."""
    wanted = asked().or_refuse()
    chosen, in_skill, behind = behind_figure(wanted, group, skill)
    table = table_behind(those_who(behind, asked_state()), wanted.day, wanted.evidence, chosen.code, in_skill.code)
    return download(table, f"coverage-{chosen.code}-{in_skill.code}-{wanted.day.isoformat()}")


def _coverage(wanted: Asked, group_codes: Sequence[str] | None = None) -> Coverage:
    return coverage_on(
        wanted.day,
        wanted.evidence,
        group_codes or wanted.group_codes,
        places=wanted.places,
    )


def _first_month(wanted: Asked) -> date:
    """Return the day from which the trend is shown."""
    first = first_requirement_on() or wanted.day
    years = LONGEST_TREND_MONTHS // 12
    earliest = date(max(1, wanted.day.year - years), wanted.day.month, 1)
    return max(first, earliest)


def _months(wanted: Asked) -> list[Month]:
    return trend_between(
        _first_month(wanted),
        wanted.day,
        wanted.evidence,
        wanted.group_codes,
        places=wanted.places,
    )


def _group(wanted: Asked, code: str) -> tuple[Named, Summary, Sequence[Cell]]:
    """Return a group, or all groups together, with its figures. Raises `NotFound` where there is no such group."""
    if code == ALL_GROUPS:
        found = _coverage(wanted)
        return Named(0, ALL_GROUPS, ALL_GROUPS_NAME), found.total, found.total_cells
    group = _group_named(code)
    (only,) = _coverage(wanted, [group.code]).groups
    return only.group, only.summary, only.cells


def _group_named(code: str) -> Named:
    group = next((each for each in all_groups() if each.code.casefold() == code.casefold()), None)
    if group is None:
        raise NotFound
    return group


def behind_figure(wanted: Asked, group_code: str, skill_code: str) -> tuple[Named, Named, list[PersonBehind]]:
    """Return a group, or all groups together, a skill, and the people behind that figure. Raises `NotFound`."""
    skill = next((each for each in framework.all_skills() if each.code.casefold() == skill_code.casefold()), None)
    if skill is None:
        raise NotFound
    in_skill = Named(skill.id, skill.code, skill.name)
    if group_code != ALL_GROUPS:
        group = _group_named(group_code)
        return group, in_skill, _people_behind(wanted, group.code, skill.code)
    lists = [_people_behind(wanted, group.code, skill.code) for group in wanted.groups]
    asked_of = [[each for each in behind if each.standing.required] for behind in lists]
    return Named(0, ALL_GROUPS, ALL_GROUPS_NAME), in_skill, merged(asked_of, turn)


def _people_behind(wanted: Asked, group_code: str, skill_code: str) -> list[PersonBehind]:
    return people_behind(group_code, skill_code, wanted.day, wanted.evidence, places=wanted.places)


def asked_state() -> str:
    """Return which of `STATES` was asked for, "" for all. Raises `Refused` for another."""
    state = request.args.get("state", "")
    if state and state not in dict(STATES):
        raise Refused(f"{quoted(state)} is not a way to stand in a skill. There are: {', '.join(dict(STATES))}.")
    return state


def _page_number(found: int) -> int:
    """Return the page asked for, from 1; the first for what is no number, the last for one past the end."""
    typed = request.args.get("page", "")
    number = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) <= 9 else 1
    return min(max(1, number), max(1, -(-found // PAGE_SIZE)))


def _choices(wanted: Asked) -> dict[str, Sequence[tuple[str, str]]]:
    return {
        "evidence": EVIDENCE_RULES,
        "organisation": organisations_to_choose(),
    }


def _place(wanted: Asked) -> str:
    return f" at {wanted.organisation.name}" if wanted.organisation else ""


def _is_asked(found: Coverage, skill_code: str) -> bool:
    """Say whether a skill is asked of any group shown; rows of nothing but "not required" would only be in the way."""
    return any(cell.skill.code == skill_code for cell in found.total_cells)


def _other_groups(wanted: Asked) -> list[tuple[str, str]]:
    """Return links to the groups that are not shown, each with its name; or one back to the usual ones."""
    if "groups" in wanted.query:
        back: dict[str, Any] = {name: value for name, value in wanted.query.items() if name != "groups"}
        return [("The groups of Priority 3", url_for("coverage.matrix", **back))]
    shown = set(wanted.group_codes)
    kept: dict[str, Any] = dict(wanted.query)
    return [
        (group.name, url_for("coverage.matrix", **{**kept, "groups": group.code}))
        for group in all_groups()
        if group.code not in shown
    ]


def _group_page(wanted: Asked, group: str) -> str:
    return url_for("coverage.one_group", group=group, **_query_for(wanted, group))


def _cell_page(wanted: Asked, group: str, skill: str, **more: Any) -> str:
    return url_for("coverage.names", group=group, skill=skill, **_query_for(wanted, group), **more)


def _record_page(shown: Sequence[PersonBehind]) -> str:
    """Return the address of the page that records one completion for several people, with these to choose from."""
    here = request.full_path.rstrip("?")
    return url_for("records.add", among=[each.reference for each in shown], back=here)


def _query_for(wanted: Asked, group: str) -> dict[str, Any]:
    """Return the query for a page about one group; which groups were chosen only matters to all of them together."""
    return {name: value for name, value in wanted.query.items() if name != "groups" or group == ALL_GROUPS}
