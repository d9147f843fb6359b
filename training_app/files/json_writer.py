"""Documents as JSON."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal


def write_json(document: object) -> bytes:
    """Return the document as JSON in UTF-8, indented for people, days as `YYYY-MM-DD`, with a line end at the end.

    Raises `TypeError` for what JSON cannot hold, and `ValueError` for a number that is not one.
    """
    text = json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False, default=as_json)
    return f"{text}\n".encode()


def as_json(value: object) -> object:
    """Return a day or a decimal as JSON holds it. Raises `TypeError` for what JSON cannot hold."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON")
