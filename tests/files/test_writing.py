"""Tables and documents as files."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from decimal import Decimal

import pytest

from training_app.files import FORMATS, Column, Table, UnknownFormat, format_named, write_csv, write_json


def written(value: object, kind: str | None = None) -> str:
    """Return how one value stands in a CSV file."""
    content = write_csv(Table([Column("before"), Column("value", kind)], [["x", value]]))  # type: ignore[arg-type]
    return list(csv.reader(io.StringIO(content.decode("utf-8"), newline="")))[1][1]


def test_a_csv_begins_with_the_names_and_has_no_byte_order_mark() -> None:
    table = Table([Column("as_at", "date"), Column("name")], [[date(2026, 7, 31), "Zoë, of “Brass”"]])
    assert write_csv(table) == 'as_at,name\r\n2026-07-31,"Zoë, of “Brass”"\r\n'.encode()


def test_a_table_without_rows_is_its_first_line() -> None:
    assert write_csv(Table([Column("a"), Column("b")], [])) == b"a,b\r\n"


def test_a_row_must_have_a_value_for_each_column() -> None:
    with pytest.raises(ValueError, match="longer"):
        write_csv(Table([Column("a"), Column("b")], [["only one"]]))


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (None, "percent", ""),
        (100, "percent", "100.0"),
        (Decimal("66.65"), "percent", "66.7"),
        (2.25, "percent", "2.3"),
        (0.0, "percent", "0.0"),
        (0, "number", "0"),
        (-5, "number", "-5"),
        (-5, None, "-5"),
        (Decimal("-1.50"), "number", "-1.5"),
        (Decimal("2E+1"), "number", "20"),
        (Decimal("0.00"), "number", "0"),
        (2.5, "number", "2.5"),
        (date(2024, 2, 29), None, "2024-02-29"),
    ],
)
def test_numbers_and_days_are_written_plainly(value: object, kind: str | None, text: str) -> None:
    assert written(value, kind) == text


@pytest.mark.parametrize("text", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "=", "-", "-5e"])
def test_text_that_a_spreadsheet_would_run_is_made_harmless(text: str) -> None:
    assert written(text) == "'" + text


@pytest.mark.parametrize("text", ["-5", "+4.25", "5", "a=b", "'=1", "O'Neill", "", " =1", "–5", "{{7*7}}", "<b>"])
def test_other_text_and_numbers_typed_as_text_are_left_alone(text: str) -> None:
    assert written(text) == text


def test_json_has_days_as_text_percentages_as_numbers_and_names_as_they_are() -> None:
    document = {
        "as_at": date(2026, 7, 31),
        "percent": Decimal("66.7"),
        "people": Decimal(3),
        "name": "Zoë",
        "none": None,
    }
    content = write_json(document)
    assert content.endswith(b"}\n")
    assert "Zoë" in content.decode("utf-8")
    assert b'\n  "percent": 66.7' in content
    assert json.loads(content) == {
        "as_at": "2026-07-31",
        "percent": 66.7,
        "people": 3,
        "name": "Zoë",
        "none": None,
    }


def test_json_refuses_what_is_no_number() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json([float("nan")])
    with pytest.raises(TypeError, match="object has no form in JSON"):
        write_json([object()])


def test_each_format_takes_what_it_needs_of_a_report() -> None:
    table = Table([Column("group"), Column("people", "number")], [["board-slt", 4]])
    document = {"groups": []}
    assert FORMATS["csv"].write(document, table) == b"group,people\r\nboard-slt,4\r\n"
    assert json.loads(FORMATS["json"].write(document, table)) == document


def test_a_list_without_a_document_is_rows_by_column_name_in_json() -> None:
    table = Table([Column("group"), Column("people", "number")], [["board-slt", 4]])
    assert json.loads(FORMATS["json"].write(None, table)) == [{"group": "board-slt", "people": 4}]


def test_a_format_is_found_by_its_name_in_any_capitals() -> None:
    assert format_named("CSV").extension == ".csv"
    assert format_named("json", ["csv", "json"]).mime_type == "application/json"


@pytest.mark.parametrize(
    ("name", "offered", "sentence"),
    [
        ("xlsx", ["json", "csv"], "This cannot be had as xlsx. Choose json or csv."),
        ("png", ["json", "csv", "xlsx"], '"png" is not a format. Choose json, csv or xlsx.'),
        ("pdf", ["json", "csv"], "This cannot be had as pdf. Choose json or csv."),
        ("json", ["csv"], "This cannot be had as json. Choose csv."),
        ("docx", ["json", "csv"], '"docx" is not a format. Choose json or csv.'),
        ("", ["json", "csv"], '"" is not a format. Choose json or csv.'),
        ("\ud800\0", ["csv"], '"\ufffd\ufffd" is not a format. Choose csv.'),
    ],
)
def test_another_format_is_answered_with_those_there_are(name: str, offered: list[str], sentence: str) -> None:
    with pytest.raises(UnknownFormat) as refused:
        format_named(name, offered)
    assert refused.value.sentence == sentence
