"""Reading workbooks: what spreadsheets write, and what somebody hostile might."""

from __future__ import annotations

import contextlib
import io
import struct
import zipfile
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.files.reading import COLUMNS, errors_of, read, sentence_about, values_of
from tests.files.workbooks import SHEET, a_workbook, packed, parts_of, with_sheet_of
from training_app.files import UnreadableFile
from training_app.files.reading_xlsx import meaning_of_format

NAMES = list(COLUMNS)
HONEST = a_workbook([NAMES, ["P1", "Ann", date(2024, 2, 29), 1.5]])


def read_workbook(content: bytes) -> Any:
    """Read a workbook called people.xlsx."""
    return read(content, "people.xlsx")


def read_cell(value: object, number_format: str | int | None = None, **options: object) -> tuple[object, str | None]:
    """Return what one cell is read as, and the reason where it cannot be."""

    def write(workbook: xlsxwriter.Workbook, sheet: Any) -> None:
        style = workbook.add_format({"num_format": number_format}) if number_format else None
        sheet.write(1, 1, value, style)

    sheet = read_workbook(a_workbook([NAMES, ["P1"]], change=write, **options))
    assert all((error.line, error.column) == (2, "name") for error in sheet.errors)
    return sheet.rows[0].values["name"], sheet.errors[0].reason if sheet.errors else None


def test_a_sheet_is_read_with_its_dates_and_numbers() -> None:
    sheet = read_workbook(a_workbook([NAMES, ["P1", "Zoë", date(2024, 2, 29), 12.0], ["P2", " Bob ", None, 1.5]]))
    assert [dict(row.values) for row in sheet.rows] == [
        {"reference": "P1", "name": "Zoë", "start_on": date(2024, 2, 29), "job_title": "12"},
        {"reference": "P2", "name": "Bob", "start_on": None, "job_title": "1.5"},
    ]
    assert sheet.errors == []


def test_lines_are_the_sheets_own_row_numbers() -> None:
    sheet = read_workbook(a_workbook([NAMES, [], ["P1", "Ann"], [" "], [], ["P2", "Bob"]]))
    assert values_of(sheet, "name") == {3: "Ann", 6: "Bob"}
    assert sheet.row_count == 2


def test_a_table_that_does_not_begin_in_column_a_is_read() -> None:
    assert values_of(read_workbook(a_workbook([[None, None, "name"], [None, None, "Ann"]])), "name") == {2: "Ann"}


def test_rows_and_cells_without_an_address_follow_one_another() -> None:
    rows = (
        b'<row><c t="inlineStr"><is><t>reference</t></is></c><c t="inlineStr"><is><t>name</t></is></c></row>'
        b'<row r="5"><c><v>1</v></c><c r="B5"><v>2</v></c></row><row><c><v>3</v></c><c><v>4</v></c></row>'
    )
    assert values_of(read_workbook(with_sheet_of(rows)), "name") == {5: "2", 6: "4"}


@pytest.mark.parametrize("hide", ["hide", "very_hidden"])
def test_hidden_sheets_before_the_list_are_passed_over(hide: str) -> None:
    file = io.BytesIO()
    workbook = xlsxwriter.Workbook(file)
    hidden = workbook.add_worksheet("Old")
    hidden.write_row(0, 0, ["reference", "name"])
    hidden.write_row(1, 0, ["OLD", "Old"])
    getattr(hidden, hide)()
    chart = workbook.add_chart({"type": "column"})
    chart.add_series({"values": "=Old!$A$1:$A$2"})
    workbook.add_chartsheet("Picture").set_chart(chart)
    shown = workbook.add_worksheet("Now")
    shown.activate()
    shown.set_first_sheet()
    shown.write_row(0, 0, ["reference", "name"])
    shown.write_row(1, 0, ["NEW", "New"])
    workbook.add_worksheet("Later").write_row(0, 0, ["x"])
    workbook.close()
    assert values_of(read_workbook(file.getvalue()), "reference") == {2: "NEW"}


def test_a_workbook_without_a_visible_sheet_says_so() -> None:
    parts = parts_of(a_workbook([NAMES]))
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace(b"<sheet name", b'<sheet state="hidden" name')
    assert sentence_about(packed(parts), "people.xlsx").startswith("The workbook has no visible sheet")


@pytest.mark.parametrize("count_from_1904", [False, True])
def test_days_are_right_in_both_ways_of_counting_them(count_from_1904: bool) -> None:
    options = {"date_1904": count_from_1904}
    for day in (date(1904, 1, 2), date(2024, 2, 29), date(2025, 8, 31), date(2200, 12, 31)):
        assert read_cell(day, "yyyy-mm-dd", **options) == (day, None)
        assert read_cell(datetime(day.year, day.month, day.day), "dd/mm/yyyy hh:mm", **options) == (day, None)  # noqa: DTZ001


def test_the_29_february_1900_that_spreadsheets_count_is_no_day() -> None:
    assert read_cell(1, "yyyy-mm-dd") == (date(1900, 1, 1), None)
    assert read_cell(59, "yyyy-mm-dd") == (date(1900, 2, 28), None)
    assert read_cell(60, "yyyy-mm-dd") == (None, "the cell is formatted as a date, but holds a number that is none.")
    assert read_cell(61, "yyyy-mm-dd") == (date(1900, 3, 1), None)


@pytest.mark.parametrize("number", [0, -1, 3_000_000, 1e300])
def test_a_number_that_is_no_day_in_a_date_cell_is_an_error(number: float) -> None:
    value, reason = read_cell(number, "yyyy-mm-dd")
    assert value is None
    assert reason == "the cell is formatted as a date, but holds a number that is none."


def test_a_date_cell_beyond_2200_is_out_of_range() -> None:
    assert read_cell(200_000, "yyyy-mm-dd") == (
        None,
        '"2447-07-30" is out of range. Days from 1900-01-01 to 2200-12-31 can be used.',
    )


def test_a_date_cell_with_a_time_of_day_is_an_error() -> None:
    moment = datetime(2024, 2, 29, 13, 5)  # noqa: DTZ001
    assert read_cell(moment, "dd/mm/yyyy") == (
        None,
        "2024-02-29 has a time of day (13:05:00). Type the day alone.",
    )


@pytest.mark.parametrize(
    ("built_in", "expected"),
    [(14, date(2024, 2, 29)), (17, date(2024, 2, 29)), (20, None), (1, "45351"), (49, "45351")],
)
def test_number_formats_that_need_no_definition_are_known(built_in: int, expected: object) -> None:
    assert read_cell(45351, built_in)[0] == expected


@pytest.mark.parametrize(
    ("value", "number_format"), [(time(3, 4), "hh:mm"), (timedelta(hours=30), "[h]:mm"), (0.5, "mm:ss")]
)
def test_a_time_is_an_error(value: object, number_format: str) -> None:
    assert read_cell(value, number_format)[1] == (
        "the cell holds a time. Type what is meant as text, a number or a day."
    )


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        ("dd/mm/yyyy", "date"),
        ("[$-809]dddd, d mmmm yyyy;@", "date"),
        ("mmm-yy", "date"),
        ("mmmm", "date"),
        ('yyyy"年"m"月"d"日"', "date"),
        ("d/m/yy h:mm AM/PM", "date"),
        ("h:mm AM/PM", "time"),
        ("[hh]:mm:ss", "time"),
        ("[mm]:ss", "time"),
        ("ss.000", "time"),
        ("General", "number"),
        ("@", "number"),
        ("0.00E+00", "number"),
        ('#,##0 "days"', "number"),
        ("[Red]0;[Blue]-0", "number"),
        (r"0\d\a\y", "number"),
        ("0_d*s", "number"),
        ('0.0;"dd/mm/yyyy"', "number"),
        ("", "number"),
    ],
)
def test_a_number_format_tells_dates_times_and_numbers_apart(code: str, meaning: str) -> None:
    assert meaning_of_format(code) == meaning


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (12.0, "12"),
        (0, "0"),
        (-3, "-3"),
        (1.5, "1.5"),
        (0.1 + 0.2, "0.3"),
        (0.00001, "0.00001"),
        (1e14, "1" + "0" * 14),
    ],
)
def test_numbers_are_read_as_they_look(number: float, text: str) -> None:
    assert read_cell(number) == (text, None)


def test_a_number_too_long_for_a_spreadsheet_is_an_error() -> None:
    value, reason = read_cell(12345678901234567890)
    assert value is None
    assert reason
    assert "keeps only 15 digits" in reason


def test_yes_or_no_values_errors_and_uncounted_formulas_are_errors() -> None:
    def write(_workbook: xlsxwriter.Workbook, sheet: Any) -> None:
        sheet.write_boolean(1, 1, True)
        sheet.write_formula(2, 1, "=NA()", None, "#N/A")
        sheet.write_formula(3, 1, "=A1&B1", None, "")
        sheet.write_formula(4, 1, "=1+1", None, 2)
        sheet.write_formula(5, 1, '="x"', None, "x")

    sheet = read_workbook(a_workbook([NAMES, *[["P"]] * 5], change=write))
    assert errors_of(sheet) == [
        "line 2: name: the cell holds a spreadsheet's yes-or-no value (TRUE or FALSE). Type it as text.",
        'line 3: name: the cell holds the spreadsheet\'s error "#N/A". Put it right there and try again.',
        "line 4: name: the cell is a formula whose result is not in the file. "
        "Open it in a spreadsheet, save it, try again.",
    ]
    assert values_of(sheet, "name") == {2: None, 3: None, 4: None, 5: "2", 6: "x"}


def test_text_in_pieces_is_joined_and_its_pronunciation_left_out() -> None:
    rows = (
        b'<row><c t="inlineStr"><is><t>name</t></is></c></row>'
        b'<row><c t="inlineStr"><is><r><t xml:space="preserve">Ann </t></r><r><t>Lee</t></r><rPh><t>an</t></rPh></is></c></row>'
    )
    assert values_of(read_workbook(with_sheet_of(rows)), "name") == {2: "Ann Lee"}

    def write(workbook: xlsxwriter.Workbook, sheet: Any) -> None:
        sheet.write_rich_string(1, 1, "Ann ", workbook.add_format({"bold": True}), "Marie", " Lee")

    assert values_of(read_workbook(a_workbook([NAMES, ["P1"]], change=write)), "name") == {2: "Ann Marie Lee"}


def test_line_breaks_and_escaped_characters_in_cells_are_treated_as_in_csv() -> None:
    sheet = read_workbook(a_workbook([NAMES, ["P1", "a\nb"], ["P2", "a_x0007_b"], ["P3", "a\x07b"]]))
    assert values_of(sheet, "name") == {2: "a b", 3: "a_x0007_b", 4: None}
    assert errors_of(sheet)[0].startswith("line 4: name: the value holds a control character (U+0007)")


def test_a_dated_cell_may_be_written_out() -> None:
    rows = b'<row><c t="inlineStr"><is><t>name</t></is></c></row>' + b"".join(
        b'<row><c t="d"><v>%s</v></c></row>' % text
        for text in (b"2024-02-29", b"2024-02-29T00:00:00Z", b"2024-02-29T10:00:00", b"soon")
    )
    sheet = read_workbook(with_sheet_of(rows))
    assert values_of(sheet, "name") == {2: date(2024, 2, 29), 3: date(2024, 2, 29), 4: None, 5: None}
    assert [error.line for error in sheet.errors] == [4, 5]


def test_prefixes_backslashes_and_capitals_of_other_writers_are_understood() -> None:
    parts = parts_of(a_workbook([NAMES, ["P1", "Ann"]]))
    parts[SHEET] = (
        parts[SHEET]
        .replace(b"<", b"<x:")
        .replace(b"<x:/", b"</x:")
        .replace(b"<x:?", b"<?")
        .replace(b"xmlns=", b"xmlns:x=")
    )
    renamed = {name.replace("xl/", "XL\\").replace("worksheets/", "worksheets\\"): part for name, part in parts.items()}
    assert values_of(read_workbook(packed(renamed)), "name") == {2: "Ann"}


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=12)
VALUE = TEXT | st.integers(-(10**14), 10**14) | st.dates(date(1900, 3, 1), date(2200, 12, 31))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(VALUE, min_size=4, max_size=4), max_size=6), st.booleans())
def test_what_a_spreadsheet_writer_writes_is_read_back(rows: list[list[object]], count_from_1904: bool) -> None:
    if count_from_1904:
        rows = [[max(value, date(1904, 1, 1)) if isinstance(value, date) else value for value in row] for row in rows]
    sheet = read_workbook(a_workbook([NAMES, *rows], date_1904=count_from_1904))
    expected = [[_as_read(value) for value in row] for row in rows]
    assert sheet.errors == []
    assert [list(row.values.values()) for row in sheet.rows] == [
        row for row in expected if any(value is not None for value in row)
    ]


def _as_read(value: object) -> object:
    if isinstance(value, str):
        return value.replace("\u2028", " ").replace("\u2029", " ").strip() or None
    return value if isinstance(value, date) else str(value)


# What is no workbook, or no honest one


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "is not a workbook"),
        (b"reference,name\nP1,Ann\n", "is not a workbook"),
        (b"", "The file is empty"),
        (b"PK", "is not a workbook"),
        (b"PK\x03\x04" + b"\0" * 100, "is damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "is in an old format (.xls)"),
        (b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), "has a password"),
    ],
)
def test_something_else_called_xlsx_says_what_it_is(content: bytes, what: str) -> None:
    assert what in sentence_about(content, "people.xlsx")


def test_a_packed_file_without_a_workbook_in_it_says_so() -> None:
    assert "is not a workbook of that kind" in sentence_about(packed({"content.xml": b"<x/>"}), "people.xlsx")


def test_a_workbook_called_csv_says_so() -> None:
    assert "is a workbook" in sentence_about(a_workbook([NAMES]), "people.csv")


def test_half_a_workbook_is_damaged() -> None:
    content = a_workbook([NAMES, ["P1", "Ann"]])
    assert "is damaged" in sentence_about(content[: len(content) // 2], "people.xlsx")


def test_an_empty_sheet_says_so() -> None:
    assert sentence_about(a_workbook([]), "people.xlsx").startswith("The file is empty")


def test_a_zip_bomb_is_refused_by_its_directory() -> None:
    parts = parts_of(a_workbook([NAMES]))
    assert "larger than 50 MB" in sentence_about(packed({**parts, "xl/bomb.xml": b"0" * 60_000_000}), "people.xlsx")
    assert "packed more tightly" in sentence_about(packed({**parts, SHEET: b" " * 20_000_000}), "people.xlsx")


def test_a_zip_bomb_that_lies_about_its_size_is_not_unpacked_beyond_it() -> None:
    content = packed({**parts_of(a_workbook([NAMES])), SHEET: b"<worksheet>" + b" " * 40_000_000})
    honest = struct.pack("<I", len(b"<worksheet>") + 40_000_000)
    assert content.count(honest) == 2
    assert "is damaged" in sentence_about(content.replace(honest, struct.pack("<I", 5_000)), "people.xlsx")


def test_a_workbook_of_thousands_of_parts_is_refused() -> None:
    parts = {**parts_of(a_workbook([NAMES])), **{f"x/{number}": b"" for number in range(1_001)}}
    assert "more than 1,000 parts" in sentence_about(packed(parts), "people.xlsx")


def test_a_part_locked_with_a_password_says_so() -> None:
    content = bytearray(packed(parts_of(HONEST)))
    directory = content.index(b"PK\x01\x02")
    while directory != -1:
        content[directory + 8] |= 1
        directory = content.find(b"PK\x01\x02", directory + 1)
    assert "has a password" in sentence_about(bytes(content), "people.xlsx")


def test_unusual_ways_of_packing_are_refused() -> None:
    assert "is damaged" in sentence_about(packed(parts_of(a_workbook([NAMES])), zipfile.ZIP_LZMA), "people.xlsx")


def test_entities_of_its_own_are_refused() -> None:
    parts = parts_of(a_workbook([NAMES]))
    parts[SHEET] = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><worksheet>&b;</worksheet>'
    assert "is damaged" in sentence_about(packed(parts), "people.xlsx")


def test_a_cell_at_the_far_end_of_the_sheet_costs_nothing() -> None:
    rows = (
        b'<row r="1"><c r="A1" t="inlineStr"><is><t>name</t></is></c></row>'
        b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    )
    sheet = read_workbook(with_sheet_of(rows))
    assert [(error.line, error.column) for error in sheet.errors] == [(1_048_576, "column 16384")]


def test_a_row_of_a_thousand_columns_is_one_error() -> None:
    sheet = read_workbook(a_workbook([NAMES, ["x"] * 1000, ["P2", "Bob"]]))
    assert [error.line for error in sheet.errors] == [2]
    assert values_of(sheet, "name")[3] == "Bob"


@pytest.mark.parametrize(
    "xml",
    [
        b'<row r="0"/>',
        b'<row r="1048577"/>',
        b'<row r="x"/>',
        b'<row><c r="XFE1"/></row>',
        b'<row><c r="1"/></row>',
        b'<row><c r="a1"/></row>',
        b'<row><c r="AAAAAAAAAAAAAAAA1"/></row>',
        b'<row><c t="s"><v>99</v></c></row>',
        b'<row><c t="s"><v>-1</v></c></row>',
        b'<row><c s="99"><v>1</v></c></row>',
        b"<row><c><v>one</v></c></row>",
        b"<row><c>",
        b"<row></c>",
        b"\x00",
    ],
)
def test_sheets_that_make_no_sense_are_damaged(xml: bytes) -> None:
    assert "is damaged" in sentence_about(with_sheet_of(xml), "people.xlsx")


@pytest.mark.parametrize("number", [b"NaN", b"INF", b"-1e999"])
def test_a_number_that_is_none_is_an_error(number: bytes) -> None:
    rows = b'<row><c t="inlineStr"><is><t>name</t></is></c></row><row><c><v>' + number + b"</v></c></row>"
    sheet = read_workbook(with_sheet_of(rows))
    assert [(error.line, error.column) for error in sheet.errors] == [(2, "name")]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_damage_to_a_workbook_makes_the_reader_stumble(data: st.DataObject) -> None:
    content = bytearray(HONEST)
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, 10_000)) % len(content)] = data.draw(st.integers(0, 255))
    with contextlib.suppress(UnreadableFile):
        read_workbook(bytes(content))


def test_an_honest_workbook_of_ten_thousand_equal_rows_is_read() -> None:
    sheet = read_workbook(a_workbook([NAMES, *[["P1", "Ann", date(2024, 2, 29), "Tutor"]] * 10_000]))
    assert sheet.row_count == 10_000
    assert sheet.errors == []
