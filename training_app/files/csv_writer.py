"""Tables as CSV."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from training_app.files.quoting import harmless
from training_app.files.table import Kind, Table

_ONE_DECIMAL = Decimal("0.1")


def write_csv(table: Table) -> bytes:
    """Return the table as CSV in UTF-8: commas, a first line of names, nothing for None, days as `YYYY-MM-DD`.

    There is no byte order mark, because other programs read these files too, and lines end as RFC 4180 has it. Percentages
    have one decimal (`100.0`). Text that a spreadsheet would take for a formula is given a leading apostrophe; numbers
    are left alone, so −5 stays −5.
    """
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow([column.name for column in table.columns])
    kinds = [column.kind for column in table.columns]
    writer.writerows([_written(value, kind) for value, kind in zip(row, kinds, strict=True)] for row in table.rows)
    return file.getvalue().encode("utf-8")


def _written(value: object, kind: Kind | None) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return harmless(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if kind == "percent":
        # str() first, so that 2.25 is rounded as written and not as the nearest binary fraction of it
        return str(Decimal(str(value)).quantize(_ONE_DECIMAL, ROUND_HALF_UP))
    if isinstance(value, Decimal):
        return _plain_decimal(value)
    return harmless(str(value))


def _plain_decimal(value: Decimal) -> str:
    """Write `1.50` as `1.5` and `2E+1` as `20`."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
