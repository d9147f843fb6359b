"""The formats that a list or a report can be had in. A new one is a writer in a file of its own and a line in `FORMATS`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from training_app.errors import Refused
from training_app.files.csv_writer import write_csv
from training_app.files.json_writer import write_json
from training_app.files.pdf_writer import PDF_TYPE, write_pdf
from training_app.files.printed import Printed, printed_table
from training_app.files.quoting import quoted
from training_app.files.table import Table
from training_app.files.xlsx_writer import write_xlsx


class UnknownFormat(Refused):
    """A format was asked for that is not offered here. Its sentence names those that are."""


@dataclass(frozen=True)
class Format:
    """How one kind of file is called, sent and written.

    `takes` says what its writer is given: the flat `Table`, the document, which may be nested, or what
    people read on paper.
    """

    name: str
    mime_type: str
    extension: str
    writer: Callable[[Any], bytes]
    takes: Literal["table", "document", "printed"] = "table"

    def write(self, document: object | None, table: Table, printed: Printed | None = None) -> bytes:
        """Return the file. Where there is no document, the table becomes one: a list of rows by column name; and where
        nothing is said of how it is printed, one of the table alone."""
        if self.takes == "table":
            return self.writer(table)
        if self.takes == "printed":
            return self.writer(printed or printed_table(table))
        return self.writer(_rows_by_name(table) if document is None else document)


FORMATS = {
    each.name: each
    for each in (
        Format("json", "application/json", ".json", write_json, takes="document"),
        Format("csv", "text/csv; charset=utf-8", ".csv", write_csv),
        Format("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".xlsx", write_xlsx),
        Format("pdf", PDF_TYPE, ".pdf", write_pdf, takes="printed"),
    )
}

# What every list of records can be had as.
FORMATS_OF_TABLES = tuple(each for each in FORMATS.values() if each.takes == "table")


def format_named(name: str, offered: Iterable[str] = tuple(FORMATS)) -> Format:
    """Return the format of that name if it is among those offered; raises `UnknownFormat` with a sentence if not."""
    choices = [each for each in offered if each in FORMATS]
    wanted = name.casefold()
    if wanted in choices:
        return FORMATS[wanted]
    says = f"This cannot be had as {wanted}." if wanted in FORMATS else f"{quoted(name)} is not a format."
    *others, last = choices
    raise UnknownFormat(f"{says} Choose {', '.join(others)}{' or ' if others else ''}{last}.")


def _rows_by_name(table: Table) -> list[dict[str, object]]:
    names = [column.name for column in table.columns]
    return [dict(zip(names, row, strict=True)) for row in table.rows]
