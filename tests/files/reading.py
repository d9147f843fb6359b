"""Short words for reading a file in a test."""

from __future__ import annotations

import pytest

from training_app.files import Sheet, UnreadableFile, read_sheet

COLUMNS = ("reference", "name", "start_on", "job_title")


def read(content: str | bytes, filename: str = "people.csv", required: tuple[str, ...] = ()) -> Sheet:
    """Read a file that may have any of `COLUMNS`."""
    if isinstance(content, str):
        content = content.encode()
    return read_sheet(content, filename, COLUMNS, required)


def values_of(sheet: Sheet, column: str) -> dict[int, object]:
    """Return what stands in a column, by line."""
    return {row.line: row.values[column] for row in sheet.rows}


def errors_of(sheet: Sheet) -> list[str]:
    """Return the errors as they are printed."""
    return [str(error) for error in sheet.errors]


def sentence_about(content: str | bytes, filename: str = "people.csv") -> str:
    """Return the one sentence with which an unreadable file is answered."""
    with pytest.raises(UnreadableFile) as refused:
        read(content, filename)
    sentence = refused.value.sentence
    assert "\n" not in sentence
    assert ". " not in sentence, "one sentence, not two"
    return sentence
