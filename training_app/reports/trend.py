"""Coverage on the last day of each of several months."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from training_app.coverage.trend import Month
from training_app.files import Column, Table
from training_app.reports.coverage import summary
from training_app.reports.report import Report

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
    )
