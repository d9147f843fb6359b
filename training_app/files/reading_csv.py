"""Taking a CSV file apart: its encoding, its separator, its rows and the lines they begin in.

The standard library's reader does the work, in its strict mode. Where it stumbles, `_fault` looks at the row again, slowly,
to say in which line a quotation mark opens, and reading goes on in the line after it: one forgotten mark then costs one row,
and the rows behind it are still judged.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from training_app.files.headings import known_among
from training_app.files.quoting import UNFIT_CHARACTER
from training_app.files.sheet import LONGEST_VALUE, BrokenRow, FoundRow, UnreadableFile

if TYPE_CHECKING:
    from _csv import Reader

SEPARATORS = (",", ";", "\t")

# More than a spreadsheet can hold, so the rest of the lines can only be blank.
MOST_LINES = 1_100_000

# How many characters may be read again behind forgotten quotation marks, before giving up on the rest of the file.
_PATIENCE = 10_000_000
_BYTE_ORDER_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_OTHER_FILES = (
    (b"PK\x03\x04", "a workbook or another packed file"),
    (b"\xd0\xcf\x11\xe0", "an old workbook (.xls) or one with a password"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"%PDF", "a PDF"),
)
_ADVICE = "save the list as CSV (UTF-8) from your spreadsheet and try again."


def rows_of_csv(content: bytes, known_columns: Sequence[str]) -> Iterator[FoundRow | BrokenRow]:
    """Yield the rows of the file, the column names first, each with the line that it begins in.

    Raises `UnreadableFile` where this is not text, or text in none of the encodings that are read.
    """
    for beginning, what in _OTHER_FILES:
        if content.startswith(beginning):
            raise UnreadableFile(f"The file is called .csv, but is {what}: {_ADVICE}")
    text = decoded(content)
    if not text.strip():
        raise UnreadableFile("The file is empty: its first line must hold the names of the columns.")
    if _line_breaks(text) > MOST_LINES:
        raise UnreadableFile(f"The file has more than {MOST_LINES:,} lines: take out the blank ones, or split it.")
    lines = list(io.StringIO(text, newline=""))
    separator, known = _separator(lines, known_columns)
    if not known and UNFIT_CHARACTER.search(re.sub("[\r\n\t]", "", text[:1000])):
        raise UnreadableFile(f"The file is called .csv, but is not a table of text: {_ADVICE}")
    return _rows(lines, separator)


def decoded(content: bytes) -> str:
    """Return the text: by its byte order mark, else UTF-8 where it is valid, else Windows-1252.

    Half surrogate pairs are let through here, so that the value which holds one can be named by line and column.
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return _decoded_as(encoding, content[len(mark) :])
    try:
        return content.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return _decoded_as("cp1252", content)


def _decoded_as(encoding: str, content: bytes) -> str:
    try:
        return content.decode(encoding, "strict" if encoding == "cp1252" else "surrogatepass")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UnreadableFile(
            f"The text in line {line} is neither valid UTF-8, UTF-16 with a byte order mark, nor Windows-1252: {_ADVICE}"
        ) from None


def _reader(lines: Sequence[str], start: int, separator: str) -> Reader:
    """Return a strict reader of the lines from `start`. A space before a quotation mark does not make it part of the text."""
    rest = map(lines.__getitem__, range(start, len(lines)))
    return csv.reader(rest, delimiter=separator, strict=True, skipinitialspace=True)


def _separator(lines: Sequence[str], known_columns: Sequence[str]) -> tuple[str, int]:
    """Return the separator that gives the most known column names (of equals the most names), and how many."""
    best = (-1, -1)
    chosen = SEPARATORS[0]
    for separator in SEPARATORS:
        try:
            names = next(_reader(lines, 0, separator))
        except csv.Error:
            # a forgotten quotation mark among the names is to be named later, by the separator that is really there
            names = [name.strip(' "\r\n') for name in lines[0].split(separator)]
        found = (known_among(names, known_columns), len(names))
        if found > best:
            best, chosen = found, separator
    return chosen, max(best[0], 0)


def _rows(lines: Sequence[str], separator: str) -> Iterator[FoundRow | BrokenRow]:
    patience = _PATIENCE
    start = 0
    while start < len(lines):
        reader = _reader(lines, start, separator)
        while True:
            first = start + reader.line_num
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                looked_at = lines[first : start + reader.line_num]
                break
            if cells or first == 0:
                yield FoundRow(first + 1, {position: cell for position, cell in enumerate(cells) if cell})
        text = "".join(looked_at)
        fault = _fault(text, first, separator)
        patience -= len(text)
        if patience < 0:
            yield BrokenRow(first + 1, fault.position, f"{fault.reason} The lines after it were not read.")
            return
        yield BrokenRow(first + 1, fault.position, fault.reason)
        start = fault.last_line + 1


@dataclass(frozen=True)
class _Fault:
    """Why a row could not be taken apart, at which cell, and the last line (counted from 0) that is lost with it."""

    position: int
    reason: str
    last_line: int


def _fault(text: str, first: int, separator: str) -> _Fault:
    """Return what is wrong in a row that the strict reader refused. `first` is its first line, counted from 0."""
    end_of_plain_value = re.compile(f"[{separator}\r\n]")
    place = 0
    position = 0
    while True:
        while text[place : place + 1] == " ":
            place += 1
        begins = place
        if text[place : place + 1] == '"':
            closing = _closing_mark(text, place + 1)
            if closing is None:
                opens = first + _line_breaks(text[:begins])
                return _Fault(
                    position,
                    f"a quotation mark opens in line {opens + 1} and is not closed. Close it where the value ends, or "
                    'write it twice ("") where it is part of the text.',
                    opens,
                )
            place = closing + 1
            if text[place : place + 1] not in (separator, "\r", "\n", ""):
                opens = first + _line_breaks(text[:begins])
                closes = first + _line_breaks(text[:place])
                return _Fault(
                    position,
                    f"the quotation mark that opens in line {opens + 1} is closed in line {closes + 1}, in the middle of a "
                    'value. Close it where the value ends, and write it twice ("") where it is part of the text.',
                    opens,
                )
        else:
            place = _end(end_of_plain_value, text, place)
        length = len(text[begins:place].strip('"'))
        if length > LONGEST_VALUE:
            reason = f"the value is {length:,} characters long; at most {LONGEST_VALUE:,} can be taken."
            return _Fault(position, reason, first + _line_breaks(text[:place]))
        if text[place : place + 1] != separator:
            return _Fault(position, "the row cannot be read as CSV.", first + _line_breaks(text[:place]))
        place += 1
        position += 1


def _closing_mark(text: str, place: int) -> int | None:
    """Return where the quoted value that began before `place` is closed; two marks in a row are one that is text."""
    while True:
        mark = text.find('"', place)
        if mark == -1:
            return None
        if text[mark + 1 : mark + 2] != '"':
            return mark
        place = mark + 2


def _end(pattern: re.Pattern[str], text: str, place: int) -> int:
    found = pattern.search(text, place)
    return found.start() if found else len(text)


def _line_breaks(text: str) -> int:
    """Return how many lines end in the text, a carriage return with its line feed counted once."""
    return text.count("\n") + text.count("\r") - text.count("\r\n")
