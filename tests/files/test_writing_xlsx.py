"""Tables as workbooks, read back with the reader that takes what people bring in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.files.workbooks import SHEET, parts_of
from training_app.errors import Refused
from training_app.files import Column, Table, read_sheet, write_xlsx
from training_app.files import xlsx_writer as writer
from training_app.files.reading_xlsx import rows_of_xlsx

DAYS = st.dates(date(1900, 1, 1), date(2200, 12, 31))
# What no value may hold is refused long before a file is written.
TEXTS = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=60)


def read_back(value: object, kind: str | None = None) -> object:
    """Return how one value comes back; None where nothing does."""
    content = write_xlsx(Table([Column("before"), Column("value", kind)], [["x", value]]))  # type: ignore[arg-type]
    _, row = rows_of_xlsx(content)
    return row.cells.get(1)


def column_read_back(values: Sequence[object]) -> list[object]:
    """Return how the values of a column come back."""
    content = write_xlsx(Table([Column("value")], [[value] for value in values]))
    return [row.cells[0] for row in rows_of_xlsx(content)][1:]


def test_a_day_is_a_day_and_a_number_a_number_and_nothing_is_nothing() -> None:
    assert read_back(date(2026, 7, 31)) == date(2026, 7, 31)
    assert read_back(-5) == "-5"
    assert read_back(Decimal("1.50"), "number") == "1.5"
    assert read_back(Decimal("66.65"), "percent") == "66.7"
    assert read_back(2.25, "percent") == "2.3"
    assert read_back(None, "percent") is None
    sheet = parts_of(write_xlsx(Table([Column("n")], [[-5], ["-5"]])))[SHEET].decode()
    assert '<c r="A2"><v>-5</v></c>' in sheet
    assert re.search(r'<c r="A3" t="s">', sheet), "what was typed as text stays text"


@settings(max_examples=20, deadline=None)
@given(st.lists(DAYS, min_size=1, max_size=20))
def test_every_day_comes_back_as_itself(days: list[date]) -> None:
    assert column_read_back(days) == days


@settings(max_examples=20, deadline=None)
@given(st.lists(TEXTS.filter(len), min_size=1, max_size=20))
def test_every_text_comes_back_as_typed_but_for_what_would_run(texts: list[str]) -> None:
    def runs(text: str) -> bool:
        return text.startswith(("=", "+", "-", "@")) and not re.fullmatch(r"[+-]?[0-9]+([.][0-9]+)?", text)

    assert column_read_back(texts) == [f"'{text}" if runs(text) else text for text in texts]


@pytest.mark.parametrize("text", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "=", "-"])
def test_nothing_is_ever_a_formula(text: str) -> None:
    content = write_xlsx(Table([Column(text)], [[text]]))
    assert read_back(text) == "'" + text
    assert b"<f>" not in parts_of(content)[SHEET]


def test_what_looks_like_a_link_or_a_number_is_text() -> None:
    content = write_xlsx(Table([Column("a")], [["https://hub.example/"], ["mailto:a@hub.example"], ["007"], ["1e5"]]))
    assert b"hyperlink" not in parts_of(content)[SHEET]
    assert [row.cells[0] for row in rows_of_xlsx(content)][1:] == [
        "https://hub.example/", "mailto:a@hub.example", "007", "1e5",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "name", ["Zoë", "Zoe\u0308", "O'Neill", "𝕏", "محمد", "<b>", "{{7*7}}", "_x0041_", " a ", "a\nb"]
)
def test_a_name_stays_as_typed(name: str) -> None:
    assert read_back(name) == name


def test_what_a_sheet_cannot_hold_as_a_number_or_a_day_is_text() -> None:
    assert read_back(10**18) == "1000000000000000000"
    assert read_back(float("nan")) == "nan"
    assert read_back(float("-inf")) == "'-inf"
    assert read_back(True) == "True"
    assert read_back(date(1899, 12, 31)) == "1899-12-31"
    assert read_back(datetime(2026, 7, 31, 9, 5, tzinfo=UTC)) == "2026-07-31T09:05:00+00:00"
    assert len(str(read_back("a" * 40_000))) == 32_767


def test_the_names_stay_in_sight_and_the_columns_are_wide_enough() -> None:
    sheet = parts_of(write_xlsx(Table([Column("on"), Column("note")], [[date(2026, 7, 31), "x" * 300]])))[
        SHEET
    ].decode()
    assert '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>' in sheet
    on, note = (float(width) for width in re.findall(r'<col [^>]*?width="([0-9.]+)"', sheet))
    assert 12 <= on < 20
    assert 55 < note < 65, "a long note does not push the other columns off the screen"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("coverage-2026-07-31", "coverage-2026-07-31"),
        ("a/b\\c[d]e:f*g?h", "a b c d e f g h"),
        ("'quoted'", "quoted"),
        ("", "Table"),
        ("x" * 40, "x" * 31),
    ],
)
def test_the_sheet_is_called_as_the_table_where_a_spreadsheet_allows(name: str, shown: str) -> None:
    workbook = parts_of(write_xlsx(Table([Column("a")], [], name)))["xl/workbook.xml"].decode()
    assert f'<sheet name="{shown}"' in workbook


def test_more_rows_than_a_sheet_holds_are_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "MOST_ROWS", 3)
    assert write_xlsx(Table([Column("a")], [[1], [2]]))
    with pytest.raises(Refused) as refused:
        write_xlsx(Table([Column("a")], [[1], [2], [3]]))
    assert refused.value.sentence == "A workbook holds 2 rows, and there are 3. Take the CSV file."


def test_a_workbook_can_be_brought_in_again() -> None:
    table = Table([Column("reference"), Column("start_on")], [["A-1", date(2024, 2, 29)], ["A-2", None]])
    sheet = read_sheet(write_xlsx(table), "people.xlsx", ["reference", "start_on"], [])
    assert sheet.errors == []
    assert [list(row.values.values()) for row in sheet.rows] == [["A-1", date(2024, 2, 29)], ["A-2", None]]
