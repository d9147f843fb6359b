"""Tables as files to keep."""

from __future__ import annotations

from flask import Response

from training_app.files import Table, format_named


def download(table: Table, name: str, kind: str = "csv") -> Response:
    """Return a table as a file called `name` with the ending of its format (`csv` unless another is named)."""
    wanted = format_named(kind)
    response = Response(wanted.write(None, table), content_type=wanted.mime_type)
    response.headers.set("Content-Disposition", "attachment", filename=name + wanted.extension)
    return response
