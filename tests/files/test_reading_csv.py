"""Reading CSV files as people have them."""

from __future__ import annotations

import csv
import io
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.files.reading import COLUMNS, errors_of, read, sentence_about, values_of
from training_app.files import Column, Table, UnreadableFile, write_csv

PICTURE = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_every_encoding_and_separator_gives_the_same_rows(encoding: str, separator: str) -> None:
    text = "reference,name,job_title\r\nP1,Zoë O’Neill,Tutor – strings\r\n".replace(",", separator)
    sheet = read(text.encode(encoding))
    assert sheet.errors == []
    assert [dict(row.values) for row in sheet.rows] == [
        {"reference": "P1", "name": "Zoë O’Neill", "job_title": "Tutor – strings"}
    ]


def test_utf_16_may_have_its_bytes_the_other_way_round() -> None:
    assert values_of(read("\ufeffname\nZoë\n".encode("utf-16-be")), "name") == {2: "Zoë"}


def test_the_separator_is_the_one_that_gives_the_most_known_columns() -> None:
    sheet = read("reference;name;a,b,c,d,e\nP1;Ann;x\n")
    assert list(sheet.columns) == ["reference", "name"]


def test_bytes_that_no_encoding_has_are_named_by_their_line() -> None:
    assert "in line 3 is neither valid UTF-8" in sentence_about(b"name\nAnn\nB\x81b\n")
    assert "in line 2 is neither valid UTF-8" in sentence_about(b"\xef\xbb\xbfname\nZo\xeb\n")
    assert "neither valid UTF-8, UTF-16" in sentence_about("\ufeffname\nAnn".encode("utf-16-le") + b"x")


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\n\n  \r\n", b"\xff\xfe"])
def test_an_empty_file_says_so(content: bytes) -> None:
    assert sentence_about(content).startswith("The file is empty")


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (PICTURE, "a picture"),
        (b"%PDF-1.7\n", "a PDF"),
        (b"PK\x03\x04....", "a workbook or another packed file"),
        (b"\xd0\xcf\x11\xe0....", "an old workbook"),
        (b"\x7fELF\x01\x01\x00\x00", "not a table of text"),
        ("name\nAnn".encode("utf-16-le"), "not a table of text"),
        (b"\0" * 1000, "not a table of text"),
    ],
)
def test_something_else_called_csv_says_what_it_is(content: bytes, what: str) -> None:
    assert what in sentence_about(content)


@pytest.mark.parametrize("filename", ["people.txt", "people", "people.csv.pdf", "", "people.xls", "csv"])
def test_other_file_names_are_told_the_two_endings(filename: str) -> None:
    assert sentence_about("name\nAnn\n", filename).startswith("The name of the file must end in .csv or .xlsx")


def test_the_ending_may_have_capitals() -> None:
    assert values_of(read("name\nAnn\n", "PEOPLE.CSV"), "name") == {2: "Ann"}


def test_a_file_beyond_twenty_megabytes_is_refused() -> None:
    assert sentence_about(b"x" * (20 * 1024 * 1024 + 1)).startswith("The file is larger than 20 MB")


def test_a_file_with_too_many_rows_is_refused() -> None:
    assert sentence_about("name\n" + "x\n" * 200_001).startswith("The file has more than 200,000 rows")


def test_a_file_of_nothing_but_line_ends_is_refused() -> None:
    assert sentence_about("name\n" + "\n" * 1_200_000).startswith("The file has more than 1,100,000 lines")


def test_blank_rows_are_not_counted_but_are_lines() -> None:
    sheet = read("reference,name\n\nP1,Ann\n,\n  , \nP2,Bob\n\n")
    assert values_of(sheet, "name") == {3: "Ann", 6: "Bob"}
    assert sheet.row_count == 2
    assert sheet.errors == []


@pytest.mark.parametrize("blank", ["\t", "   ", " \t \t", ' ," "', "\t,\t", '"\t\n"'])
def test_a_row_that_holds_only_tabs_or_spaces_is_blank(blank: str) -> None:
    sheet = read(f"reference,name\nP1,Ann\n{blank}\nP2,Bob\n")
    assert sheet.errors == []
    assert sheet.row_count == 2


def test_a_blank_cell_and_a_missing_one_are_nothing() -> None:
    sheet = read("reference,name,job_title\nP1, \nP2\n")
    assert [dict(row.values) for row in sheet.rows] == [
        {"reference": "P1", "name": None, "job_title": None},
        {"reference": "P2", "name": None, "job_title": None},
    ]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_rows_after_a_value_of_several_lines_keep_their_own_line(line_end: str) -> None:
    lines = ["reference,name", 'P1,"Ann', "Marie", 'Smith"', "P2,Bob", 'P3,"Cy', 'Dee"', "P4,Ed"]
    sheet = read(line_end.join(lines))
    assert values_of(sheet, "name") == {2: "Ann Marie Smith", 5: "Bob", 6: "Cy Dee", 8: "Ed"}


def test_a_first_line_of_several_lines_still_is_line_1_and_rows_count_on() -> None:
    assert values_of(read('reference,"na\nme"\nP1,Ann\n'), "name") == {3: "Ann"}


def test_spaces_before_quotation_marks_are_no_part_of_the_value() -> None:
    assert values_of(read('reference, name\nP1, "Smith, Ann"\n'), "name") == {2: "Smith, Ann"}


def test_a_quotation_mark_inside_a_plain_value_is_text() -> None:
    assert values_of(read('reference,name\nP1,5" pipe\n'), "name") == {2: '5" pipe'}


def test_a_quotation_mark_left_open_costs_one_row_and_names_its_line() -> None:
    sheet = read('reference,name\nP1,Ann\nP2,"Bob\nP3,Cy\nP4,De\0e\n')
    assert values_of(sheet, "name") == {2: "Ann", 4: "Cy", 5: None}
    first, second = errors_of(sheet)
    assert first.startswith("line 3: name: a quotation mark opens in line 3 and is not closed. Close it")
    assert second.startswith("line 5: name: ")
    assert sheet.row_count == 4


def test_a_quotation_mark_left_open_and_met_by_another_names_both_lines() -> None:
    sheet = read('reference,name\nP1,"Ann\nP2,Bob\nP3,"Cy"\nP4,Dee\n')
    assert values_of(sheet, "reference") == {3: "P2", 4: "P3", 5: "P4"}
    assert errors_of(sheet)[0].startswith(
        "line 2: name: the quotation mark that opens in line 2 is closed in line 4, in the middle of a value."
    )


def test_a_quotation_mark_left_open_behind_a_value_of_several_lines_is_found_in_its_own_line() -> None:
    sheet = read('reference,name,job_title\nP1,"Ann\nMarie","Tutor\nP2,Bob,\n')
    assert errors_of(sheet)[0].startswith("line 2: job_title: a quotation mark opens in line 3 and is not closed.")
    assert values_of(sheet, "reference") == {4: "P2"}


def test_a_single_quotation_mark_inside_a_quoted_value_is_an_error_of_its_row() -> None:
    sheet = read('reference,name\nP1,"Ann "the" Smith"\nP2,"Bob ""the"" Jones"\n')
    assert values_of(sheet, "name") == {3: 'Bob "the" Jones'}
    assert errors_of(sheet)[0].startswith("line 2: name: the quotation mark that opens in line 2 is closed in line 2")


def test_doubled_quotation_marks_do_not_hide_the_one_left_open() -> None:
    sheet = read('reference,name\nP1, "Ann ""the"" Smith\nP2,Bob\n')
    assert errors_of(sheet)[0].startswith("line 2: name: a quotation mark opens in line 2 and is not closed.")
    assert values_of(sheet, "name") == {3: "Bob"}


def test_a_quotation_mark_left_open_in_the_first_line_is_a_sentence() -> None:
    with pytest.raises(UnreadableFile, match="in line 1 cannot be read: a quotation mark opens in line 1"):
        read('reference,"name,job_title\nP1,Ann,\n')


def test_many_forgotten_quotation_marks_do_not_take_for_ever() -> None:
    sheet = read("reference,name\n" + 'P1,"x\n' * 50_000)
    assert len(sheet.errors) == 50_000
    sheet = read("reference,name\n" + 'more","and more\n' * 1_000_000)
    assert errors_of(sheet)[0].endswith("The lines after it were not read.")


def test_a_row_longer_than_the_first_line_is_an_error_when_something_stands_there() -> None:
    sheet = read("reference,name\nP1,Ann,,\nP2,Smith, Bob\n")
    assert errors_of(sheet) == [
        "line 3: column 3: the row goes on to column 3, but the first line names only 2. "
        "Take out what is too much, or put quotation marks around a value that holds the separator."
    ]


def test_a_row_of_a_thousand_columns_is_one_error() -> None:
    sheet = read("reference,name\nP1" + ",x" * 999 + "\nP2,Bob\n")
    assert [error.line for error in sheet.errors] == [2]
    assert "goes on to column 1,000" in sheet.errors[0].reason
    assert sheet.row_count == 2


@pytest.mark.parametrize("length", [10_001, 200_000])
@pytest.mark.parametrize("mark", ["", '"'])
def test_a_value_too_long_for_anything_is_an_error_of_its_row(length: int, mark: str) -> None:
    sheet = read(f"reference,name\nP1,{mark}{'x' * length}{mark}\nP2,Bob\n")
    assert [(error.line, error.column) for error in sheet.errors] == [(2, "name")]
    assert f"{length:,} characters long; at most 10,000" in sheet.errors[0].reason
    assert values_of(sheet, "name")[3] == "Bob"


def test_a_line_break_inside_a_value_counts_as_a_space() -> None:
    sheet = read('name\n"a\nb"\n"c\r\nd"\n"e\rf"\n"g\N{LINE SEPARATOR}h"\n"i\n\nj\n"\n')
    assert [row.values["name"] for row in sheet.rows] == ["a b", "c d", "e f", "g h", "i  j"]


CONTROL_CHARACTERS = sorted(
    {chr(code) for code in range(0x100) if unicodedata.category(chr(code)) == "Cc"} - {"\r", "\n"}
)


HALF_PAIRS = [chr(0xD800), chr(0xDFFF)]


@pytest.mark.parametrize("character", [*CONTROL_CHARACTERS, *HALF_PAIRS])
def test_other_control_characters_are_errors_that_name_the_column(character: str) -> None:
    content = f"reference,name\nP1,A{character}n\nP2,{character}\n".encode("utf-8", "surrogatepass")
    sheet = read(content)
    alone = [] if character == "\t" else [(3, "name")]  # a tab alone is as good as nothing
    assert [(error.line, error.column) for error in sheet.errors] == [(2, "name"), *alone]
    assert f"U+{ord(character):04X}" in sheet.errors[0].reason
    assert sheet.rows[0].unreadable == {"name"}
    assert sheet.rows[0].values == {"reference": "P1", "name": None}


def test_half_a_surrogate_pair_in_utf_16_is_an_error_of_its_row() -> None:
    content = b"\xff\xfe" + "name\nA\ud800\nBob 🎺\n".encode("utf-16-le", "surrogatepass")
    sheet = read(content)
    assert [error.line for error in sheet.errors] == [2]
    assert values_of(sheet, "name")[3] == "Bob 🎺"


@pytest.mark.parametrize(
    "name", ["O'Neill", "Zoe\u0308", "אבג", "a\u200bb", "🎻", "<b>", "{{7*7}}", "Null", "%00", "=1+1", "x" * 400]
)
def test_unusual_names_stay_as_they_are(name: str) -> None:
    assert values_of(read(f"name\n{name}\n"), "name") == {2: name}


TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from('\n\r",;\t =+-@'), min_size=0, max_size=30
)


@given(st.lists(st.lists(TEXT, min_size=4, max_size=4), max_size=8))
@example([["=1", "-5", "a\tb", "\r\n"]])
def test_what_is_written_is_read_back(rows: list[list[str]]) -> None:
    content = write_csv(Table([Column(name) for name in COLUMNS], rows))
    sheet = read(content)
    as_written = list(csv.reader(io.StringIO(content.decode(), newline="")))[1:]
    expected = [[_as_read(value) for value in row] for row in as_written]
    assert [list(row.values.values()) for row in sheet.rows] == [
        [None if value == "refused" else value for value in row] for row in expected if any(row)
    ]
    assert len(sheet.errors) == sum(row.count("refused") for row in expected)


def _as_read(value: str) -> str | None:
    value = value.replace("\r\n", " ")
    for line_break in "\r\n\u2028\u2029":
        value = value.replace(line_break, " ")
    return "refused" if "\t" in value else value.strip() or None


@given(st.binary(max_size=300))
@example(b'name\n"')
@example(b"name\n1,2\n\x00")
def test_no_bytes_at_all_make_the_reader_stumble(content: bytes) -> None:
    for beginning in (b"", b"name,reference\n", b"\xff\xfe", b"\xef\xbb\xbf"):
        try:
            sheet = read(beginning + content)
        except UnreadableFile:
            continue
        for error in sheet.errors:
            assert not {"\n", "\r"} & set(str(error))
            str(error).encode("utf-8")
