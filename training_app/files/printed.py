"""A report as it is printed: sentences and tables for people to read, where the other formats hold figures to count with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from training_app.files.table import Table


@dataclass(frozen=True)
class PrintedColumn:
    """A column as people read it. A wide one takes what room the others leave."""

    label: str
    numeric: bool = False
    wide: bool = False


@dataclass(frozen=True)
class Section:
    """A heading, perhaps a sentence, and perhaps a table of texts."""

    heading: str
    note: str = ""
    columns: Sequence[PrintedColumn] = ()
    rows: Sequence[Sequence[str]] = ()


@dataclass(frozen=True)
class Printed:
    """A title, what it says in sentences, and its sections; at the foot of each page whose it is and when it was made."""

    title: str
    lead: Sequence[str] = ()
    sections: Sequence[Section] = ()
    hub: str = ""
    made: str = ""

    def as_data(self) -> Mapping[str, Any]:
        """Return it as the template takes it."""
        return asdict(self)


def printed_table(table: Table) -> Printed:
    """Return a table of which nothing else is known as one section."""
    numeric = ("number", "percent")
    columns = [PrintedColumn(each.name.replace("_", " "), each.kind in numeric) for each in table.columns]
    rows = [["" if value is None else _written(value) for value in row] for row in table.rows]
    title = table.name.replace("-", " ").strip().capitalize() or "Table"
    return Printed(title, sections=[Section(title, columns=columns, rows=rows)])


def _written(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
