"""Reading a CSV file or a workbook that somebody brings."""

from __future__ import annotations

from collections.abc import Sequence

from training_app.files.reading_csv import decoded, rows_of_csv
from training_app.files.reading_xlsx import rows_of_xlsx
from training_app.files.sheet import Sheet, UnreadableFile, sheet_from
from training_app.files.workbook_package import PACKED, Package

LARGEST_FILE_MB = 20


def read_sheet(content: bytes, filename: str, known_columns: Sequence[str], required: Sequence[str]) -> Sheet:
    """Return what stands in the file, by the columns that are known, with every error by line and column.

    `filename` tells by its ending what the file says it is: `.csv` or `.xlsx`. Column names are matched without regard to
    capitals, spaces, hyphens and underscores; those in `required` must be there. Raises `UnreadableFile` with one sentence
    where the file cannot be read as what it says it is, or is larger than anybody's list.
    """
    if len(content) > LARGEST_FILE_MB * 1024 * 1024:
        raise UnreadableFile(
            f"The file is larger than {LARGEST_FILE_MB} MB: split it, and bring in one part after the other."
        )
    name = filename.casefold()
    if not name.endswith((".csv", ".xlsx")):
        raise UnreadableFile("The name of the file must end in .csv or .xlsx: save the list as one of the two.")
    if not content:
        raise UnreadableFile("The file is empty: its first line must hold the names of the columns.")
    found = rows_of_csv(content, known_columns) if name.endswith(".csv") else rows_of_xlsx(content)
    return sheet_from(found, known_columns, required)


def text_of(content: bytes) -> str | None:
    """Return everything that is written in a CSV file or a workbook, to look for words in it; None where it cannot be read."""
    try:
        return Package(content).text() if content.startswith(PACKED) else decoded(content)
    except UnreadableFile:
        return None
