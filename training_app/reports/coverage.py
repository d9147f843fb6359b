"""Coverage on a day, group by group and skill by skill."""

from __future__ import annotations

from typing import Any

from training_app.coverage.rules import Cell, Coverage, Summary
from training_app.files import Column, Table
from training_app.reports.report import Report, number

COUNTS = ("exempt", "met", "expiring", "lapsed", "below", "missing")
COLUMNS = (
    Column("as_at", "date"),
    Column("evidence"),
    Column("group"),
    Column("skill"),
    Column("required"),
    Column("people", "number"),
    *(Column(name, "number") for name in COUNTS),
    Column("percent", "percent"),
)


def coverage_report(coverage: Coverage, evidence: str) -> Report:
    """Return coverage as a report: in the table one row a cell; in the document groups with their skills."""
    name = f"coverage-{coverage.on.isoformat()}"
    return Report(
        name=name,
        document={
            "as_at": coverage.on,
            "evidence": evidence,
            "total": summary(coverage.total),
            "groups": [
                {
                    "group": each.group.code,
                    "name": each.group.name,
                    **summary(each.summary),
                    "skills": [_cell(cell) for cell in each.cells],
                }
                for each in coverage.groups
            ],
        },
        table=Table(
            COLUMNS,
            [
                (
                    coverage.on,
                    evidence,
                    each.group.code,
                    cell.skill.code,
                    cell.required.code,
                    cell.people,
                    *(getattr(cell, name) for name in COUNTS),
                    cell.percent,
                )
                for each in coverage.groups
                for cell in each.cells
            ],
            name,
        ),
    )


def summary(figures: Summary) -> dict[str, Any]:
    """Return people, fully skilled people and their percentage."""
    return {
        "people": figures.people,
        "fully_skilled": figures.fully_skilled,
        "percent": number(figures.percent),
    }


def _cell(cell: Cell) -> dict[str, Any]:
    return {
        "skill": cell.skill.code,
        "name": cell.skill.name,
        "required": cell.required.code,
        **{name: getattr(cell, name) for name in COUNTS},
        "percent": number(cell.percent),
    }
