"""What is read from a file: rows by column name, and what is wrong with them by line and column.

`sheet_from` holds the rules that CSV and XLSX share: how the first line is understood, which rows are blank, and what a
value may hold. The two readers only bring the cells.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from training_app.errors import Refused
from training_app.files.headings import Headings
from training_app.files.quoting import UNFIT_CHARACTER

MOST_ROWS = 200_000
MOST_COLUMNS = 200
LONGEST_VALUE = 10_000

_LINE_BREAK = re.compile("\r\n|[\r\n\N{LINE SEPARATOR}\N{PARAGRAPH SEPARATOR}]")


class UnreadableFile(Refused):
    """A file cannot be read as what it says it is. One sentence says why, and what would help."""


@dataclass(frozen=True)
class RowError:
    """What is wrong in one place: the line in the file, the column's name there, and why (beginning in small letters)."""

    line: int
    column: str
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.column}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Row:
    """A row that is not blank. `line` is its first line in the file; in XLSX the sheet's row number.

    `values` has every column that the file has and that is known: trimmed text, a date (from a date cell of a workbook),
    or None where the cell is blank. The columns in `unreadable` hold None because what stood there is among the errors.
    """

    line: int
    values: Mapping[str, str | date | None]
    unreadable: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Sheet:
    """A file as it was read. `columns` are the known ones that it has; `row_count` counts all rows but the blank ones."""

    columns: Sequence[str]
    rows: Sequence[Row]
    errors: Sequence[RowError]
    row_count: int


@dataclass(frozen=True)
class Unfit:
    """A cell whose content cannot be taken, and why."""

    reason: str


@dataclass(frozen=True)
class FoundRow:
    """A row as a reader found it: its line, and what its cells hold by their position (0 is the first column)."""

    line: int
    cells: Mapping[int, str | date | Unfit]


@dataclass(frozen=True)
class BrokenRow:
    """A row that could not be taken apart, the position of the cell where that began, and why."""

    line: int
    position: int
    reason: str


@dataclass
class _Gathering:
    """What has come together so far while the rows go by."""

    rows: list[Row] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    row_count: int = 0
    first_use_of_unnamed: dict[int, int] = field(default_factory=dict)


def sheet_from(found: Iterator[FoundRow | BrokenRow], known_columns: Sequence[str], required: Sequence[str]) -> Sheet:
    """Return the sheet that these rows make, the first of them being the line of column names.

    Raises `UnreadableFile` where there is no such line, or more columns or rows than anybody would have.
    """
    headings = _headings(found, known_columns)
    gathering = _Gathering(errors=[RowError(1, *error) for error in headings.errors(required)])
    for row in found:
        _gather(row, headings, gathering)
    for position, line in sorted(gathering.first_use_of_unnamed.items()):
        reason = f"this column has no name in the first line, but a value in line {line}. Name it or take it out."
        gathering.errors.append(RowError(1, headings.name_at(position), reason))
    gathering.errors.sort(key=lambda error: error.line)
    return Sheet(
        columns=tuple(headings.column_at.values()),
        rows=gathering.rows,
        errors=gathering.errors,
        row_count=gathering.row_count,
    )


def _headings(found: Iterator[FoundRow | BrokenRow], known_columns: Sequence[str]) -> Headings:
    first = next(found, None)
    if first is None:
        raise UnreadableFile("The file is empty: its first line must hold the names of the columns.")
    if isinstance(first, BrokenRow):
        raise UnreadableFile(f"The column names in line {first.line} cannot be read: {first.reason}")
    names: dict[int, str] = {}
    unreadable: dict[int, str] = {}
    for position, cell in first.cells.items():
        content = tidied(cell)
        if isinstance(content, Unfit):
            unreadable[position] = content.reason
        elif content is not None:
            names[position] = str(content)
    if first.line != 1 or not (names or unreadable):
        raise UnreadableFile("Line 1 is empty: the names of the columns must stand there.")
    if len(names) > MOST_COLUMNS:
        raise UnreadableFile(
            f"The first line names {len(names):,} columns; at most {MOST_COLUMNS} can be read; "
            f"the columns wanted here are {', '.join(known_columns)}."
        )
    return Headings(names, known_columns, unreadable)


def _gather(row: FoundRow | BrokenRow, headings: Headings, gathering: _Gathering) -> None:
    if isinstance(row, BrokenRow):
        _count_row(gathering)
        gathering.errors.append(RowError(row.line, headings.name_at(row.position), row.reason))
        return
    values: dict[str, str | date | None] = dict.fromkeys(headings.column_at.values())
    unreadable: set[str] = set()
    surplus: list[int] = []
    is_blank = True
    for position, cell in row.cells.items():
        content = tidied(cell)
        if content is None:
            continue
        is_blank = False
        column = headings.column_at.get(position)
        if column is None:
            if position >= headings.width:
                surplus.append(position)
            elif headings.has_no_name_at(position):
                gathering.first_use_of_unnamed.setdefault(position, row.line)
        elif isinstance(content, Unfit):
            gathering.errors.append(RowError(row.line, column, content.reason))
            unreadable.add(column)
        else:
            values[column] = content
    if is_blank:
        return
    _count_row(gathering)
    if surplus:
        reason = (
            f"the row goes on to column {max(surplus) + 1:,}, but the first line names only {headings.width}. "
            "Take out what is too much, or put quotation marks around a value that holds the separator."
        )
        gathering.errors.append(RowError(row.line, headings.name_at(min(surplus)), reason))
    gathering.rows.append(Row(row.line, values, frozenset(unreadable)))


def _count_row(gathering: _Gathering) -> None:
    gathering.row_count += 1
    if gathering.row_count > MOST_ROWS:
        raise UnreadableFile(
            f"The file has more than {MOST_ROWS:,} rows: split it, and bring in one part after the other."
        )


def tidied(cell: str | date | Unfit) -> str | date | Unfit | None:
    """Return what a cell holds: text on one line and trimmed, None for blank, or why it cannot be taken.

    A line break counts as a space; any other control character, and half a surrogate pair, is refused.
    """
    if not isinstance(cell, str):
        return cell
    # printable text, nearly all there is, has neither line breaks nor control characters
    if not cell.isprintable():
        cell = _LINE_BREAK.sub(" ", cell)
        if not cell.strip(" \t"):
            return None  # a tab alone, as some spreadsheets leave in what was emptied
        unfit = UNFIT_CHARACTER.search(cell)
        if unfit:
            return Unfit(
                f"the value holds a control character (U+{ord(unfit[0]):04X}) that cannot be seen. Type the value again."
            )
    text = cell.strip()
    if len(text) > LONGEST_VALUE:
        return Unfit(f"the value is {len(text):,} characters long; at most {LONGEST_VALUE:,} can be taken.")
    return text or None
