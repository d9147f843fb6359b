"""How the first line of a file is understood."""

from __future__ import annotations

import pytest

from tests.files.reading import errors_of, read, sentence_about, values_of
from tests.files.workbooks import a_workbook


@pytest.mark.parametrize(
    "name",
    [
        "start_on",
        "Start On",
        "START-ON",
        "startOn",
        " start\N{NO-BREAK SPACE}on ",
        "start\N{NON-BREAKING HYPHEN}on",
        "ｓｔａｒｔ＿ｏｎ",
        '"Start\non"',
        '"\ufb06art_on"',
    ],
)
def test_column_names_match_whatever_their_spacing_and_capitals(name: str) -> None:
    sheet = read(f"reference,{name}\nP1,2026-07-31\n")
    assert list(sheet.columns) == ["reference", "start_on"]
    assert [row.values["start_on"] for row in sheet.rows] == ["2026-07-31"]


def test_an_unknown_column_is_an_error_in_line_1_with_a_suggestion() -> None:
    sheet = read("Referense,name\nP1,Ann\n")
    assert errors_of(sheet) == [
        'line 1: referense: "Referense" is not a column of this file. Did you mean "reference"?'
    ]


def test_an_unknown_column_like_none_that_is_wanted_is_told_the_names_there_are() -> None:
    sheet = read("reference,Shoe Size\nP1,42\n")
    assert errors_of(sheet) == [
        'line 1: shoe size: "Shoe Size" is not a column of this file. '
        "Take it out; the columns are reference, name, start_on, job_title."
    ]


def test_a_missing_column_is_named_by_its_own_name() -> None:
    sheet = read("name\nAnn\n", required=("reference", "name", "start_on"))
    assert errors_of(sheet) == [
        "line 1: reference: this column is missing. Add it, with a value in every row.",
        "line 1: start_on: this column is missing. Add it, with a value in every row.",
    ]
    assert list(sheet.columns) == ["name"]


def test_a_column_that_is_there_twice_is_named_once_with_its_places() -> None:
    sheet = read("name,reference,NAME\nAnn,P1,Bob\n")
    assert errors_of(sheet) == [
        "line 1: name: this column is there more than once (columns 1 and 3). Keep one of them."
    ]
    assert values_of(sheet, "name") == {2: "Ann"}


def test_rows_are_still_read_when_the_first_line_has_errors() -> None:
    sheet = read("reference,name,shoes\nP1,An\x07n,42\n", required=("start_on",))
    assert [(error.line, error.column) for error in sheet.errors] == [(1, "shoes"), (1, "start_on"), (2, "name")]


def test_a_column_without_name_or_values_is_ignored() -> None:
    sheet = read("reference,,name,,\nP1,,Ann,,\n")
    assert sheet.errors == []
    assert values_of(sheet, "name") == {2: "Ann"}


def test_a_column_without_name_but_with_values_is_an_error_once() -> None:
    sheet = read("reference,,name\nP1,,Ann\nP2,x,Bob\nP3,y,Cy\n")
    assert errors_of(sheet) == [
        "line 1: column 2: this column has no name in the first line, but a value in line 3. Name it or take it out."
    ]
    assert sheet.row_count == 3


def test_a_name_with_a_control_character_is_an_error_in_line_1() -> None:
    sheet = read("reference,na\0me\nP1,Ann\n")
    assert errors_of(sheet) == [
        "line 1: column 2: the value holds a control character (U+0000) that cannot be seen. Type the value again."
    ]


def test_a_colon_in_a_column_name_does_not_break_the_line_that_names_it() -> None:
    assert errors_of(read("reference,size: shoes\nP1,\n"))[0].startswith("line 1: size shoes: ")


def test_a_thousand_column_names_are_one_sentence() -> None:
    names = ",".join(f"column{number}" for number in range(1000))
    assert sentence_about(f"{names}\n").startswith("The first line names 1,000 columns; at most 200 can be read;")


@pytest.mark.parametrize("content", ["\nreference\nP1\n", ",,,\nreference,name\n", "  ,\t\nreference\n"])
def test_column_names_must_stand_in_line_1(content: str) -> None:
    assert sentence_about(content) == "Line 1 is empty: the names of the columns must stand there."


def test_column_names_must_stand_in_row_1_of_a_sheet() -> None:
    content = a_workbook([[None], [None], ["reference", "name"], ["P1", "Ann"]])
    assert sentence_about(content, "people.xlsx") == ("Line 1 is empty: the names of the columns must stand there.")
