"""Tables as workbooks."""

from __future__ import annotations

import io
import re
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import TypeGuard

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from training_app.errors import Refused
from training_app.files.quoting import harmless
from training_app.files.table import Kind, Table

# What a sheet holds, header included; and a cell. xlsxwriter leaves out what is beyond without a word.
MOST_ROWS = 1_048_576
LONGEST_TEXT = 32_767
LONGEST_SHEET_NAME = 31
FIRST_DAY_OF_A_SPREADSHEET = date(1900, 1, 1)
LARGEST_EXACT_NUMBER = 10**15

_NOT_IN_A_SHEET_NAME = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_ONE_DECIMAL = Decimal("0.1")
# In characters: a day such as "31 Jul 2026" fits, and a long note does not push the other columns off the screen.
NARROWEST, WIDEST = 8, 60
_SHOWS_A_DAY, _SHOWS_ONE_DECIMAL = "d mmm yyyy", "0.0"
_WIDTH_OF_A_DAY = 12


def write_xlsx(table: Table) -> bytes:
    """Return the table as a workbook of one sheet, named as the table: the names in a first row that stays in sight, days as
    days, numbers as numbers, percentages with one decimal as in the CSV, and text as text.

    Nothing is ever a formula or a link: what a spreadsheet would take for a formula is given the same leading apostrophe as
    in the CSV, because a sheet is often saved as one. Raises `Refused` for more rows than a sheet holds.
    """
    if len(table.rows) >= MOST_ROWS:
        raise Refused(f"A workbook holds {MOST_ROWS - 1:,} rows, and there are {len(table.rows):,}. Take the CSV file.")
    file = io.BytesIO()
    workbook = xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = workbook.add_worksheet(sheet_name(table.name))
    formats: dict[str, Format] = {
        name: workbook.add_format({"num_format": name}) for name in (_SHOWS_A_DAY, _SHOWS_ONE_DECIMAL)
    }
    names = [column.name for column in table.columns]
    sheet.write_row(0, 0, names, workbook.add_format({"bold": True, "bottom": 1}))
    sheet.freeze_panes(1, 0)
    for number, row in enumerate(table.rows, start=1):
        for position, (column, value) in enumerate(zip(table.columns, row, strict=True)):
            _write(sheet, (number, position), value, column.kind, formats)
    for position, width in enumerate(_widths(table)):
        sheet.set_column(position, position, width)
    workbook.close()
    return file.getvalue()


def _write(
    sheet: Worksheet, place: tuple[int, int], value: object, kind: Kind | None, formats: dict[str, Format]
) -> None:
    if value is None:
        return
    if _is_day(value):
        sheet.write_datetime(*place, value, formats[_SHOWS_A_DAY])
    elif not _is_exact_number(value):
        text = value.isoformat() if isinstance(value, date) else str(value)
        sheet.write_string(*place, harmless(text)[:LONGEST_TEXT])
    elif kind == "percent":
        # str() first, so that 2.25 is rounded as written and not as the nearest binary fraction of it
        rounded = Decimal(str(value)).quantize(_ONE_DECIMAL, ROUND_HALF_UP)
        sheet.write_number(*place, float(rounded), formats[_SHOWS_ONE_DECIMAL])
    else:
        sheet.write_number(*place, float(value))


def _is_day(value: object) -> TypeGuard[date]:
    return isinstance(value, date) and not isinstance(value, datetime) and value >= FIRST_DAY_OF_A_SPREADSHEET


def _is_exact_number(value: object) -> TypeGuard[int | float | Decimal]:
    """Say whether this is a number that a spreadsheet keeps as it is: with 15 digits at most before the point."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return False
    return -LARGEST_EXACT_NUMBER < value < LARGEST_EXACT_NUMBER


def sheet_name(name: str) -> str:
    """Return what a spreadsheet takes as the name of a sheet: not too long, no brackets or slashes, no quotes around it."""
    return _NOT_IN_A_SHEET_NAME.sub(" ", name)[:LONGEST_SHEET_NAME].strip("' ") or "Table"


def _widths(table: Table) -> list[int]:
    widths = [len(column.name) for column in table.columns]
    for row in table.rows:
        widths = [max(width, _width(value)) for width, value in zip(widths, row, strict=True)]
    return [min(max(width + 2, NARROWEST), WIDEST) for width in widths]


def _width(value: object) -> int:
    if isinstance(value, date):
        return _WIDTH_OF_A_DAY
    return 0 if value is None else len(str(value))
