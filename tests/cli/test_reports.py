"""The figures on the command line: what stands on standard output, and one line for what cannot be."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from pathlib import Path

import pytest

from tests.builders import Hub
from tests.files.pdf_reading import is_tagged, text_of_pdf, title_of_pdf
from training_app.database import db
from training_app.files import read_sheet


def _ask(hub: Hub, *arguments: str) -> tuple[int, str, str]:
    db.session.rollback()
    result = hub.app.test_cli_runner().invoke(args=list(arguments))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def test_coverage_as_json_has_the_agreed_keys_in_order(hub: Hub) -> None:
    hub.person(with_completed=["SND-02"])
    status, out, err = _ask(hub, "report", "coverage", "--as-at", "2026-10-01")
    document = json.loads(out)
    assert (status, err) == (0, "")
    assert list(document) == ["as_at", "evidence", "total", "groups"]
    assert document["total"] == {"people": 1, "fully_skilled": 0, "percent": 0.0}
    group = document["groups"][0]
    assert list(group) == ["group", "name", "people", "fully_skilled", "percent", "skills"]
    assert list(group["skills"][0]) == [
        "skill", "name", "required", "exempt", "met", "expiring", "lapsed", "below", "missing", "percent",
    ]  # fmt: skip
    assert [each["group"] for each in document["groups"]] == [
        "music-service-staff", "generalist-teachers", "specialist-teachers", "frontline-volunteers", "hub-providers",
    ]  # fmt: skip
    assert document["groups"][1]["people"] == 0
    assert document["groups"][1]["percent"] is None


def test_coverage_as_csv_has_one_row_a_cell_and_one_decimal(hub: Hub) -> None:
    hub.person(with_completed=["SND-02"])
    _, out, _ = _ask(
        hub,
        "report",
        "coverage",
        "--as-at",
        "01/10/2026",
        "--groups",
        "Music-Service-Staff,board-slt",
        "--format",
        "csv",
    )
    rows = list(csv.DictReader(io.StringIO(out)))
    send = next(row for row in rows if (row["group"], row["skill"]) == ("music-service-staff", "send"))
    assert (send["as_at"], send["met"], send["people"], send["percent"]) == ("2026-10-01", "1", "1", "100.0")
    assert next(row for row in rows if row["group"] == "board-slt")["percent"] == ""


def test_coverage_says_the_same_as_json_as_csv_and_as_a_workbook_cell_by_cell(hub: Hub, tmp_path: Path) -> None:
    hub.person(with_completed=["SND-02"])
    hub.person(group="frontline-volunteers", with_completed=["IND-04", "SND-02"])
    hub.person(group="frontline-volunteers")
    question = ("report", "coverage", "--as-at", "2026-10-01", "--groups", "music-service-staff,frontline-volunteers")
    document = json.loads(_ask(hub, *question)[1])
    rows = list(csv.DictReader(io.StringIO(_ask(hub, *question, "--format", "csv")[1])))
    target = tmp_path / "coverage.xlsx"
    assert _ask(hub, *question, "--format", "xlsx", "--output", str(target)) == (0, "", "")
    names = list(rows[0])
    sheet = read_sheet(target.read_bytes(), target.name, names, names)
    assert sheet.errors == []
    assert [[str(row.values[name] or "") for name in names] for row in sheet.rows] == [
        [_shortest(row[name]) for name in names] for row in rows
    ]
    assert [{name: _shortest(value) for name, value in row.items()} for row in rows] == [
        {
            "as_at": "2026-10-01",
            "evidence": "verified",
            "group": group["group"],
            "people": str(group["people"]),
            **{
                name: "" if (value := skill[name]) is None else f"{value:g}" if name == "percent" else str(value)
                for name in ("skill", "required", "exempt", "met", "expiring", "lapsed", "below", "missing", "percent")
            },
        }
        for group in document["groups"]
        for skill in group["skills"]
    ]
    assert len({row["percent"] for row in rows}) > 2, "otherwise this says little"


def test_coverage_can_be_printed_and_says_the_same_figures(hub: Hub, tmp_path: Path) -> None:
    hub.person(with_completed=["SND-02"])
    hub.person(with_completed=["SND-02", "IND-04"])
    target = tmp_path / "coverage.pdf"
    question = ("report", "coverage", "--as-at", "2026-10-01", "--groups", "music-service-staff,board-slt")
    assert _ask(hub, *question, "--format", "pdf", "--output", str(target)) == (0, "", "")
    said = text_of_pdf(target.read_bytes())
    assert title_of_pdf(target.read_bytes()) == "Skills coverage on 1 October 2026"
    assert is_tagged(target.read_bytes())
    assert "0 of 2 people hold every skill that is asked of them (0.0%)." in said
    assert "Only verified training counts." in said
    for group in json.loads(_ask(hub, *question)[1])["groups"]:
        assert group["name"] in said
        for skill in group["skills"]:
            assert skill["name"] in said
            assert skill["percent"] is None or f"{skill['percent']:.1f}%" in said


def _shortest(cell: str) -> str:
    """Return a percentage as a sheet's number reads: 100.0 is 100."""
    return cell.removesuffix(".0")


def test_the_trend_has_every_month_whose_last_day_lies_between(hub: Hub) -> None:
    _, out, _ = _ask(hub, "report", "trend", "--from", "2024-01-31", "--to", "2024-03-30")
    assert [month["as_at"] for month in json.loads(out)["months"]] == ["2024-01-31", "2024-02-29"]
    _, out, _ = _ask(hub, "report", "trend", "--from", "2024-01-05", "--to", "2024-01-30")
    assert json.loads(out) == {"evidence": "verified", "months": []}


def test_the_trend_as_csv_has_the_total_among_the_groups(hub: Hub) -> None:
    _, out, _ = _ask(hub, "report", "trend", "--from", "2026-01-01", "--to", "2026-01-31", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert rows[0]["group"] == "total"
    assert list(rows[0]) == ["as_at", "evidence", "group", "people", "fully_skilled", "percent"]


def test_a_report_goes_to_a_file_and_then_nothing_is_printed(hub: Hub, tmp_path: Path) -> None:
    target = tmp_path / "coverage.json"
    assert _ask(hub, "report", "coverage", "--output", str(target)) == (0, "", "")
    assert json.loads(target.read_text())["as_at"] >= date(2026, 1, 1).isoformat()


@pytest.mark.on_sqlite_only
@pytest.mark.parametrize(
    "arguments",
    [
        ("report",),
        ("report", "nonsense"),
        ("import",),
        ("account",),
        ("report", "coverage", "--as-at", "31/02/2026"),
        ("report", "coverage", "--as-at", "2026-W01-1"),
        ("report", "coverage", "--evidence", "some"),
        ("report", "coverage", "--groups", "nobody"),
        ("report", "coverage", "--groups", ""),
        ("report", "coverage", "--format", "tiff"),
        ("report", "coverage", "--output", "/nowhere/at/all.json"),
        ("report", "coverage", "--colour"),
        ("report", "trend", "--from", "2026-02-01"),
        ("report", "trend", "--from", "2026-02-01", "--to", "2026-01-01"),
        ("import", "people"),
        ("import", "people", "a.csv", "b.csv"),
    ],
)
def test_a_bad_argument_is_answered_by_one_line_and_exit_status_2(hub: Hub, arguments: tuple[str, ...]) -> None:
    status, out, err = _ask(hub, *arguments)
    assert (status, out) == (2, "")
    assert len(err.strip().splitlines()) == 1
