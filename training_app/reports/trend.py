"""Coverage on the last day of each of several months."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from training_app.coverage.trend import Month
from training_app.files import Column, Printed, PrintedColumn, Section, Table
from training_app.people.rules import in_words
from training_app.reports.coverage import COUNTED, in_a_sentence, summary
from training_app.reports.report import Report, share

COLUMNS = (
    Column("as_at", "date"),
    Column("evidence"),
    Column("group"),
    Column("people", "number"),
    Column("fully_skilled", "number"),
    Column("percent", "percent"),
)


def trend_report(months: Sequence[Month], evidence: str, first: date, last: date) -> Report:
    """Return the months as a report; in the table `total` stands among the groups, before them."""
    rows = []
    for month in months:
        for code, figures in (("total", month.total), *((group.code, each) for group, each in month.groups)):
            rows.append((month.on, evidence, code, figures.people, figures.fully_skilled, figures.percent))
    name = f"trend-{first.isoformat()}-to-{last.isoformat()}"
    return Report(
        name=name,
        document={
            "evidence": evidence,
            "months": [
                {
                    "as_at": month.on,
                    "total": summary(month.total),
                    "groups": [{"group": group.code, **summary(each)} for group, each in month.groups],
                }
                for month in months
            ],
        },
        table=Table(COLUMNS, rows, name),
        printed=_printed(months, evidence, first, last),
    )


def _printed(months: Sequence[Month], evidence: str, first: date, last: date) -> Printed:
    columns = [PrintedColumn("Group", wide=True)]
    columns += [PrintedColumn(label, numeric=True) for label in ("People", "Hold every skill", "Share")]
    return Printed(
        title=f"Skills coverage from {in_words(first)} to {in_words(last)}",
        lead=[COUNTED[evidence]],
        sections=[
            Section(
                in_words(month.on),
                in_a_sentence(month.total),
                columns,
                [
                    [
                        group.name,
                        f"{each.people:,}",
                        "–" if each.fully_skilled is None else f"{each.fully_skilled:,}",
                        share(each.percent),
                    ]
                    for group, each in month.groups
                ],
            )
            for month in months
        ],
    )
