"""What every report is: a document with structure, the same figures as one table, and the same as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from training_app.files import Printed, Table


@dataclass(frozen=True)
class Report:
    """A report in all its forms. `name` is a good file name without its ending."""

    name: str
    document: Mapping[str, Any]
    table: Table
    printed: Printed


def share(percent: Decimal | None) -> str:
    """Return a percentage as people read it; a dash where there is none."""
    return "–" if percent is None else f"{percent:.1f}%"


def number(percent: Decimal | None) -> float | None:
    """Return a percentage as JSON holds it."""
    return None if percent is None else float(percent)
