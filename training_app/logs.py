"""The log in production: one JSON object a line on stderr, without a name, an e-mail, a secret or anything typed.

What went wrong is told by its kind and by where it happened, never by the words of the exception: those quote values
("Key (email)=(…) already exists"). Of other people's libraries only where they complained is told, for the same reason.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from flask import Flask, g, has_request_context

from config import ROOT

OWN = "training_app"


class JsonLines(logging.Formatter):
    """Writes a record as one line of JSON. What is passed as `extra={"facts": {…}}` stands in it as it is."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
        }
        if record.name.partition(".")[0] == OWN:
            line["message"] = record.getMessage()
        else:
            line["message"] = f"{record.name} at {_place(record.pathname, record.lineno)}"
        if has_request_context() and "request_id" in g:
            line["request"] = g.request_id
        line |= getattr(record, "facts", {})
        if record.exc_info and record.exc_info[1] is not None:
            line["errors"] = told(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False)


def told(error: BaseException) -> list[dict[str, Any]]:
    """Return what went wrong and what had caused it, each with its kind and the places it came through."""
    found: list[dict[str, Any]] = []
    each: BaseException | None = error
    while each is not None and len(found) < 10:
        found.append(
            {"kind": f"{type(each).__module__}.{type(each).__qualname__}", "through": _places(each.__traceback__)}
        )
        each = each.__cause__ or (None if each.__suppress_context__ else each.__context__)
    return found


def _places(walked: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(walked)
    return [f"{_place(frame.filename, frame.lineno)} {frame.name}" for frame in frames]


def _place(file: str, line: int | None) -> str:
    """Return a place in the code; of what is installed only from its package on."""
    path = Path(file)
    if path.is_relative_to(ROOT):
        path = path.relative_to(ROOT)
    parts = path.parts
    if "site-packages" in parts:
        parts = parts[parts.index("site-packages") + 1 :]
    return f"{'/'.join(parts)}:{line}"


def init_app(app: Flask) -> None:
    """In production, write everything to stderr as JSON lines; elsewhere leave Flask's own words for the developer."""
    if not app.config["SETTINGS"].is_production:
        return
    lines = logging.StreamHandler(sys.stderr)
    lines.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [lines]
    root.setLevel(logging.WARNING)
    own = logging.getLogger(OWN)
    own.handlers.clear()
    own.setLevel(logging.INFO)
    own.propagate = True
    # Flask's own words would repeat the path, in which a sign-in link's secret may stand.
    app.log_exception = lambda exc_info: app.logger.error("A request broke off.", exc_info=exc_info)  # type: ignore[method-assign]
