"""Workbooks that are filled in by hand and brought back: lines that stand, spare ones below, and what may be chosen in a cell."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from training_app.files.quoting import harmless
from training_app.files.xlsx_writer import sheet_name


@dataclass(frozen=True)
class ToFill:
    """A column: its name, how many characters wide, and whether its cells may be changed in the lines that stand (in the spare
    ones all may, but for those of hidden columns, by which the file is known when it comes back). `choices` are offered as a
    list; `most` is the largest number that makes sense."""

    name: str
    width: int = 12
    is_open: bool = False
    is_hidden: bool = False
    choices: Sequence[str] = ()
    most: Decimal | None = None


def write_to_fill(
    name: str,
    columns: Sequence[ToFill],
    lines: Sequence[Sequence[object]],
    spare: Sequence[Sequence[object]],
    notes: Sequence[str],
) -> bytes:
    """Return a workbook: a first sheet, named `name`, with the names of the columns, the lines and the spare lines; and a second
    with notes on how to fill it in. What is not to be changed is locked, without a password; text is never a formula."""
    file = io.BytesIO()
    workbook = xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = workbook.add_worksheet(sheet_name(name))
    locked = workbook.add_format({"border": 1, "border_color": "#999999"})
    opened = workbook.add_format({"border": 1, "border_color": "#999999", "locked": False, "bg_color": "#fff8dc"})
    sheet.write_row(0, 0, [each.name for each in columns], workbook.add_format({"bold": True, "bottom": 2}))
    for number, line in enumerate([*lines, *spare], start=1):
        is_spare = number > len(lines)
        for position, (column, value) in enumerate(zip(columns, line, strict=True)):
            is_open = not column.is_hidden and (is_spare or column.is_open)
            _write(sheet, (number, position), value, opened if is_open else locked)
    last = len(lines) + len(spare)
    for position, column in enumerate(columns):
        sheet.set_column(position, position, column.width, None, {"hidden": True} if column.is_hidden else {})
        if column.choices:
            sheet.data_validation(
                1,
                position,
                last,
                position,
                {
                    "validate": "list",
                    "source": list(column.choices),
                    "error_title": column.name,
                    "error_message": f"Choose {', '.join(column.choices[:-1])} or {column.choices[-1]}.",
                },
            )
        if column.most is not None:
            sheet.data_validation(
                1,
                position,
                last,
                position,
                {
                    "validate": "decimal",
                    "criteria": "between",
                    "minimum": 0,
                    "maximum": float(column.most),
                    "error_title": column.name,
                    "error_message": f"Write a number up to {column.most.normalize():f}, such as 0.5.",
                },
            )
    sheet.freeze_panes(1, 1)
    sheet.repeat_rows(0)
    sheet.fit_to_pages(1, 0)
    sheet.protect("", {"format_columns": True, "format_rows": True})
    explained = workbook.add_worksheet("How to fill it in")
    explained.set_column(0, 0, 100)
    for number, note in enumerate(notes):
        explained.write_string(number, 0, harmless(note))
    workbook.close()
    return file.getvalue()


def _write(sheet: Worksheet, place: tuple[int, int], value: object, cell_format: object) -> None:
    if value is None:
        sheet.write_blank(*place, None, cell_format)
    elif isinstance(value, int | Decimal):
        sheet.write_number(*place, float(value), cell_format)
    else:
        sheet.write_string(*place, harmless(str(value)), cell_format)
