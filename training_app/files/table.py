"""A table: what every list and report becomes before a writer turns it into a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "number", "percent", "date"]


@dataclass(frozen=True)
class Column:
    """A column: its name as it stands in the file's first line (snake_case), and what its cells hold, where known."""

    name: str
    kind: Kind | None = None


@dataclass(frozen=True)
class Table:
    """Columns and rows, a value for each column. A value is text, a number, a date, or None for none. The name is that of
    the file without its ending; a workbook's sheet is called so too."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[object]]
    name: str = ""
