"""`report coverage` and `report trend`: the figures, on standard output or in a file."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import click
from flask import current_app

from training_app.cli.options import Day, OneLine, OneLineGroup, command
from training_app.clock import today
from training_app.coverage.queries import coverage_on, trend_between
from training_app.errors import Refused
from training_app.files import CannotBePrinted, UnknownFormat, format_named
from training_app.people.rules import in_words
from training_app.records.queries import COUNTING
from training_app.reports import Report, coverage_report, trend_report


@click.group("report", cls=OneLineGroup)
def report() -> None:
    """Reports, as files or on standard output."""


_evidence = click.option(
    "--evidence",
    type=click.Choice(list(COUNTING)),
    default="verified",
    help="Count only verified completions, or all that were declared.",
)
_groups = click.option("--groups", help="Workforce groups, separated by commas.")


@command("coverage")
@click.option("--as-at", type=Day(), help="The day to report on; today unless given.")
@_evidence
@_groups
@click.option("--format", "format_name", default="json", help="json, csv, xlsx or pdf.")
@click.option("--output", type=click.Path(path_type=Path), help="A file to write instead of standard output.")
def coverage(as_at: date | None, evidence: str, groups: str | None, format_name: str, output: Path | None) -> None:
    """Coverage of every skill by every group on a day."""
    _check_format(format_name)
    try:
        found = coverage_on(as_at or today(), evidence, _codes(groups))
    except Refused as refused:
        raise OneLine(f"--groups: {refused.sentence}") from refused
    _write(coverage_report(found, evidence), format_name, output)


@command("trend")
@click.option("--from", "first", type=Day(), required=True, help="The first day.")
@click.option("--to", "last", type=Day(), required=True, help="The last day.")
@_evidence
@_groups
@click.option("--format", "format_name", default="json", help="json, csv, xlsx or pdf.")
@click.option("--output", type=click.Path(path_type=Path), help="A file to write instead of standard output.")
def trend(first: date, last: date, evidence: str, groups: str | None, format_name: str, output: Path | None) -> None:
    """Coverage on the last day of every month between two days."""
    _check_format(format_name)
    if first > last:
        raise OneLine("--from is after --to; give the earlier day first.")
    try:
        months = trend_between(first, last, evidence, _codes(groups))
    except Refused as refused:
        raise OneLine(f"--groups: {refused.sentence}") from refused
    _write(trend_report(months, evidence, first, last), format_name, output)


report.add_command(coverage)
report.add_command(trend)


def _codes(groups: str | None) -> list[str] | None:
    return None if groups is None else [code for code in groups.split(",") if code.strip()]


def _check_format(name: str) -> None:
    """Refuse an unknown format before any work is done."""
    try:
        format_named(name)
    except UnknownFormat as unknown:
        raise OneLine(f"--format: {unknown}") from unknown


def _write(made: Report, format_name: str, output: Path | None) -> None:
    printed = replace(made.printed, hub=current_app.config["SETTINGS"].hub_name, made=f"Made on {in_words(today())}.")
    try:
        content = format_named(format_name).write(made.document, made.table, printed)
    except CannotBePrinted as refused:
        raise OneLine(f"--format: {refused.sentence}") from refused
    if output is None:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    try:
        output.write_bytes(content)
    except OSError as error:
        raise OneLine(f"--output: {output} cannot be written ({error.strerror}); choose another place.") from error


COMMANDS = (report,)
