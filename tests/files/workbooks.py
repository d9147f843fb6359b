"""Workbooks for the tests: honest ones written by xlsxwriter, and ones with a part replaced by something hostile."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import xlsxwriter

SHEET = "xl/worksheets/sheet1.xml"


def a_workbook(
    rows: Sequence[Sequence[object]],
    *,
    change: Callable[[xlsxwriter.Workbook, Any], None] | None = None,
    **options: object,
) -> bytes:
    """Return a workbook of one sheet; dates become date cells. `change` may add to the workbook and its sheet."""
    file = io.BytesIO()
    workbook = xlsxwriter.Workbook(file, {"default_date_format": "dd/mm/yyyy", "in_memory": True, **options})
    sheet = workbook.add_worksheet("List")
    for number, row in enumerate(rows):
        for position, value in enumerate(row):
            if isinstance(value, str):
                sheet.write_string(number, position, value)
            elif value is not None:
                sheet.write(number, position, value)
    if change:
        change(workbook, sheet)
    workbook.close()
    return file.getvalue()


def parts_of(content: bytes) -> dict[str, bytes]:
    """Return what a workbook is packed from."""
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def packed(parts: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Pack parts, whatever they hold."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as writer:
        for name, part in parts.items():
            writer.writestr(name, part)
    return file.getvalue()


def with_sheet_of(xml: bytes) -> bytes:
    """Return a workbook whose one sheet has these rows of XML in it."""
    parts = parts_of(a_workbook([["reference"]]))
    parts[SHEET] = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        + xml
        + b"</sheetData></worksheet>"
    )
    return packed(parts)
