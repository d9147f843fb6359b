"""Reading the first visible sheet of a workbook, cell by cell, without a rectangle of the whole sheet in memory.

Cells are taken as what they hold, not as they look: a number is told from a date by its number format, as spreadsheets do.
What has no clear meaning as text or as a day (an error, a yes-or-no value, a time) is named, never guessed at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal

from training_app.files.days import BadDay, usable_day
from training_app.files.quoting import quoted
from training_app.files.sheet import FoundRow, Unfit, UnreadableFile
from training_app.files.workbook_package import Package

LAST_ROW = 1_048_576
LAST_COLUMN = 16_384
LARGEST_EXACT_NUMBER = 10**15
MILLISECONDS_IN_A_DAY = 86_400_000

# The number formats that need no definition in the file.
DATE_FORMATS = frozenset([*range(14, 18), 22, *range(27, 37), *range(50, 59)])
TIME_FORMATS = frozenset([*range(18, 22), *range(45, 48)])

# Text in quotes, conditions and colours in brackets, and characters that stand for themselves or for a gap.
_NOT_A_PLACEHOLDER = re.compile(r'"[^"]*"|\[(?![hms]+\])[^\]]*\]|[\\_*].|am/pm|a/p', re.IGNORECASE)
_ESCAPED_CHARACTER = re.compile("_x([0-9A-Fa-f]{4})_")

Meaning = Literal["number", "date", "time"]
Cell = str | date | Unfit


def rows_of_xlsx(content: bytes) -> Iterator[FoundRow]:
    """Yield the rows of the first visible sheet that hold anything, each with the sheet's own row number.

    Raises `UnreadableFile` where this is no workbook, is damaged or locked, or would be too large once unpacked.
    """
    package = Package(content)
    workbook = next((target for _, kind, target in package.relations("") if kind == "officeDocument"), None)
    if workbook is None or workbook not in package or not workbook.endswith(".xml"):
        raise UnreadableFile(
            "The file is called .xlsx, but is not a workbook of that kind: save the list as .xlsx or as CSV and try again."
        )
    outline = _outline(package, workbook)
    strings = _shared_strings(package, outline.strings) if outline.strings else []
    meanings = _meanings_of_styles(package, outline.styles) if outline.styles else []
    sheet = _SheetParser(strings, meanings, counts_from_1904=outline.counts_from_1904)
    for _ in package.read(outline.sheet, sheet.start, sheet.end, sheet.text):
        yield from sheet.finished
        sheet.finished.clear()


@dataclass(frozen=True)
class _Outline:
    """Where the parts are that matter: the first visible sheet, the texts and the styles."""

    sheet: str
    strings: str | None
    styles: str | None
    counts_from_1904: bool


def _outline(package: Package, workbook: str) -> _Outline:
    sheets: list[dict[str, str]] = []
    properties: dict[str, str] = {}

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag == "sheet":
            # the prefix of the relation's id is the writer's choice
            sheets.append({name.rpartition(":")[2]: value for name, value in attributes.items()})
        elif tag == "workbookPr":
            properties.update(attributes)

    for _ in package.read(workbook, start):
        pass
    relations = {identifier: (kind, target) for identifier, kind, target in package.relations(workbook)}
    by_kind = dict(relations.values())
    for sheet in sheets:
        kind, target = relations.get(sheet.get("id", ""), ("", ""))
        if kind == "worksheet" and sheet.get("state", "visible") == "visible":
            return _Outline(
                sheet=target,
                strings=by_kind.get("sharedStrings"),
                styles=by_kind.get("styles"),
                counts_from_1904=properties.get("date1904", "0") in ("1", "true"),
            )
    raise UnreadableFile("The workbook has no visible sheet with cells: unhide the one that holds the list.")


def _shared_strings(package: Package, name: str) -> list[str]:
    strings: list[str] = []
    texts = _Texts()

    def start(tag: str, _attributes: dict[str, str]) -> None:
        if tag == "si":
            texts.clear()
        texts.start(tag)

    def end(tag: str) -> None:
        texts.end(tag)
        if tag == "si":
            strings.append(texts.taken())

    for _ in package.read(name, start, end, texts.text):
        pass
    return strings


class _Texts:
    """Collects the text of `t` elements, leaving out how East Asian text is pronounced (`rPh`)."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._collects = False
        self._is_pronunciation = False

    def start(self, tag: str) -> None:
        if tag == "rPh":
            self._is_pronunciation = True
        elif tag == "t":
            self._collects = not self._is_pronunciation

    def end(self, tag: str) -> None:
        if tag == "rPh":
            self._is_pronunciation = False
        elif tag == "t":
            self._collects = False

    def text(self, data: str) -> None:
        if self._collects:
            self._pieces.append(data)

    def clear(self) -> None:
        self._pieces.clear()

    def taken(self) -> str:
        return _unescaped("".join(self._pieces))


def _unescaped(text: str) -> str:
    """Return the text with `_x000A_` and the like as the characters that XML could not hold."""
    return _ESCAPED_CHARACTER.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def _meanings_of_styles(package: Package, name: str) -> list[Meaning]:
    """Return for each cell style of the workbook whether a number in it is a number, a date or a time."""
    formats: dict[int, Meaning] = {}
    meanings: list[Meaning] = []
    is_among_cell_styles = False

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal is_among_cell_styles
        if tag == "numFmt" and "numFmtId" in attributes:
            formats[int(attributes["numFmtId"])] = meaning_of_format(attributes.get("formatCode", ""))
        elif tag == "cellXfs":
            is_among_cell_styles = True
        elif tag == "xf" and is_among_cell_styles:
            number = int(attributes.get("numFmtId", "0"))
            meanings.append(formats.get(number) or _meaning_of_built_in(number))

    def end(tag: str) -> None:
        nonlocal is_among_cell_styles
        if tag == "cellXfs":
            is_among_cell_styles = False

    for _ in package.read(name, start, end):
        pass
    return meanings


def _meaning_of_built_in(number: int) -> Meaning:
    if number in DATE_FORMATS:
        return "date"
    return "time" if number in TIME_FORMATS else "number"


def meaning_of_format(code: str) -> Meaning:
    """Return whether a number format such as `dd/mm/yyyy`, `[h]:mm` or `#,##0` shows a date, a time or a number."""
    first = _NOT_A_PLACEHOLDER.sub("", code).partition(";")[0].casefold()
    if first in ("general", "standard"):
        return "number"
    if "y" in first or "d" in first:
        return "date"
    if "h" in first or "s" in first:
        return "time"
    if "m" in first:
        return "time" if "[m" in first else "date"
    return "number"


@dataclass
class _SheetParser:
    """Takes the cells of a sheet from its XML. `finished` holds the rows that are complete and hold anything."""

    strings: Sequence[str]
    meanings: Sequence[Meaning]
    counts_from_1904: bool
    finished: list[FoundRow] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._is_among_rows = False
        self._line = 0
        self._position = -1
        self._cells: dict[int, Cell] = {}
        self._cell: Mapping[str, str] = {}
        self._value: list[str] = []
        self._is_in_value = False
        self._has_formula = False
        self._inline = _Texts()
        self._positions: dict[str, int] = {}

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if not self._is_among_rows:
            self._is_among_rows = tag == "sheetData"
        elif tag == "c":
            reference = attributes.get("r")
            self._position = self._position_in(reference) if reference else self._position + 1
            self._cell = attributes
            self._value = []
            self._has_formula = False
            self._inline.clear()
        elif tag == "v":
            self._is_in_value = True
        elif tag == "f":
            self._has_formula = True
        elif tag == "row":
            self._line = int(attributes.get("r", self._line + 1))
            if not 1 <= self._line <= LAST_ROW:
                raise ValueError("a sheet has no such row")
            self._position = -1
            self._cells = {}
        else:
            self._inline.start(tag)

    def text(self, data: str) -> None:
        if self._is_in_value:
            self._value.append(data)
        elif self._is_among_rows:
            self._inline.text(data)

    def end(self, tag: str) -> None:
        if not self._is_among_rows:
            return
        if tag == "v":
            self._is_in_value = False
        elif tag == "c":
            cell = self._content()
            if cell is not None and cell != "":
                self._cells[self._position] = cell
        elif tag == "row":
            if self._cells:
                self.finished.append(FoundRow(self._line, self._cells))
        elif tag == "sheetData":
            self._is_among_rows = False
        else:
            self._inline.end(tag)

    def _position_in(self, reference: str) -> int:
        """Return the position of the column in a reference such as `AB12`: 27."""
        letters = reference.rstrip("0123456789")
        position = self._positions.get(letters)
        if position is None:
            position = 0
            for letter in letters:
                if not "A" <= letter <= "Z" or position > LAST_COLUMN:
                    raise ValueError("a sheet has no such column")
                position = position * 26 + ord(letter) - ord("A") + 1
            if not 1 <= position <= LAST_COLUMN:
                raise ValueError("a sheet has no such column")
            position -= 1
            self._positions[letters] = position
        return position

    def _content(self) -> Cell | None:
        """Return what the cell that just ended holds; None for nothing."""
        kind = self._cell.get("t", "n")
        if kind == "inlineStr":
            return self._inline.taken()
        value = "".join(self._value)
        if kind == "s":
            return self.strings[_natural(value)] if value else None
        if kind == "str":
            return _unescaped(value)
        if not value.strip():
            if self._has_formula:
                return Unfit(
                    "the cell is a formula whose result is not in the file. Open it in a spreadsheet, save it, try again."
                )
            return None
        if kind == "b":
            return Unfit("the cell holds a spreadsheet's yes-or-no value (TRUE or FALSE). Type it as text.")
        if kind == "e":
            return Unfit(f"the cell holds the spreadsheet's error {quoted(value)}. Put it right there and try again.")
        if kind == "d":
            return _day_written(value)
        return self._number(float(value))

    def _number(self, number: float) -> Cell:
        style = self._cell.get("s")
        meaning: Meaning = self.meanings[_natural(style)] if style and self.meanings else "number"
        if meaning == "date":
            return _day_counted(number, counts_from_1904=self.counts_from_1904)
        if meaning == "time":
            return Unfit("the cell holds a time. Type what is meant as text, a number or a day.")
        return _number_as_text(number)


def _natural(text: str) -> int:
    """Return an index that counts from 0; a negative one would silently count from the end."""
    number = int(text)
    if number < 0:
        raise IndexError("an index cannot be negative")
    return number


def _number_as_text(number: float) -> Cell:
    """Return a number as a spreadsheet shows it, with 15 digits at most: 12.0 is `12`."""
    if not abs(number) < LARGEST_EXACT_NUMBER:
        return Unfit(
            "the number is too long for a spreadsheet, which keeps only 15 digits. Format the cell as text and type it again."
        )
    if number.is_integer():
        return str(int(number))
    text = f"{number:.15f}".rstrip("0") if "e" in f"{number:.15g}" else f"{number:.15g}"
    return text.rstrip(".")


def _day_counted(number: float, *, counts_from_1904: bool) -> Cell:
    """Return the day that a spreadsheet counts as this number, or why it is none.

    The count begins with 1900-01-01 as 1 and includes a 29 February 1900 that never was; or with 1904-01-01 as 0.
    """
    if not abs(number) < LARGEST_EXACT_NUMBER:
        return Unfit("the cell is formatted as a date, but holds a number that is none.")
    milliseconds = round(number * MILLISECONDS_IN_A_DAY)
    days, time_of_day = divmod(milliseconds, MILLISECONDS_IN_A_DAY)
    if counts_from_1904:
        first, is_a_day = date(1904, 1, 1), days >= 0
    elif days < 60:
        first, is_a_day = date(1899, 12, 31), days >= 1
    else:
        first, is_a_day = date(1899, 12, 30), days > 60
    try:
        day = first + timedelta(days=days)
    except OverflowError:
        is_a_day = False
    if not is_a_day:
        return Unfit("the cell is formatted as a date, but holds a number that is none.")
    return _whole_day(day, timedelta(milliseconds=time_of_day))


def _day_written(text: str) -> Cell:
    """Return the day of a cell that holds its date in words of ISO 8601."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return Unfit("the cell is said to hold a date, but does not. Type it again as YYYY-MM-DD or DD/MM/YYYY.")
    return _whole_day(moment.date(), moment.replace(tzinfo=None) - datetime.combine(moment, datetime.min.time()))


def _whole_day(day: date, time_of_day: timedelta) -> Cell:
    if time_of_day:
        return Unfit(f"{day.isoformat()} has a time of day ({str(time_of_day).partition('.')[0]}). Type the day alone.")
    try:
        return usable_day(day)
    except BadDay as bad:
        return Unfit(str(bad))
