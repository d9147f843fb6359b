"""Coverage on a day, group by group and skill by skill."""

from __future__ import annotations

from typing import Any

from training_app.coverage.rules import Cell, Coverage, Summary
from training_app.files import Column, Printed, PrintedColumn, Section, Table
from training_app.people.rules import in_words
from training_app.reports.report import Report, number, share

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
        printed=_printed(coverage, evidence),
    )


COUNTED = {
    "verified": "Only verified training counts.",
    "all": "Training that awaits confirmation counts as well as what is verified.",
}


def _printed(coverage: Coverage, evidence: str) -> Printed:
    return Printed(
        title=f"Skills coverage on {in_words(coverage.on)}",
        lead=[in_a_sentence(coverage.total), COUNTED[evidence]],
        sections=[
            Section(
                each.group.name,
                in_a_sentence(each.summary),
                [
                    PrintedColumn("Skill", wide=True),
                    PrintedColumn("Asked for"),
                    *(
                        PrintedColumn(label, numeric=True)
                        for label in ("Exempt", "Hold it", "Runs out in 90 days", "Lapsed", "Below", "Not yet", "Share")
                    ),
                ],
                [
                    [
                        cell.skill.name,
                        cell.required.label,
                        *(f"{getattr(cell, name):,}" for name in COUNTS),
                        share(cell.percent),
                    ]
                    for cell in each.cells
                ],
            )
            for each in coverage.groups
        ],
    )


def in_a_sentence(figures: Summary) -> str:
    """Return how many of these people hold everything that is asked of them."""
    people = f"{figures.people:,} {'person' if figures.people == 1 else 'people'}"
    if figures.fully_skilled is None:
        return f"{people}. Nothing is asked of this group on the day."
    if not figures.people:
        return "Nobody on the day."
    return f"{figures.fully_skilled:,} of {people} hold every skill that is asked of them ({share(figures.percent)})."


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
