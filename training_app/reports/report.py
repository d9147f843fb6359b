"""What every report is: a document with structure, and the same figures as one table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from training_app.files import Table


@dataclass(frozen=True)
class Report:
    """A report in both of its forms. `name` is a good file name without its ending."""

    name: str
    document: Mapping[str, Any]
    table: Table


def number(percent: Decimal | None) -> float | None:
    """Return a percentage as JSON holds it."""
    return None if percent is None else float(percent)
