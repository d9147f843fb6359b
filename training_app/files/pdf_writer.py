"""Documents as PDF, set by Typst from the templates in `templates/documents`.

A document is tagged for those who have it read to them, and its text is what was typed. Each is set by a process of its own,
which is stopped when it takes too long. It takes a moment: never inside a transaction.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from config import ROOT
from training_app.errors import Refused
from training_app.files.json_writer import as_json
from training_app.files.printed import Printed

TEMPLATES = ROOT / "templates" / "documents"
# Built with the styles (`npm run build`); without them the fonts of the machine and of the typesetter are taken.
FONTS = Path(__file__).parent / "fonts"
TYPESETTER = Path(__file__).with_name("typeset.py")

LONGEST_SECONDS = 30
# As JSON: some ten thousand rows.
LARGEST_DATA = 2 * 1024 * 1024
PDF_TYPE = "application/pdf"


class CannotBePrinted(Refused):
    """A document could not be set. Its sentence says what else to do."""


def write_pdf(printed: Printed) -> bytes:
    """Return a report as a PDF."""
    return set_pdf("report", printed.as_data())


def set_pdf(template: str, data: Mapping[str, Any]) -> bytes:
    """Return a PDF set from a template (by its name, without an ending) with this data, which must be what JSON can hold.

    Raises `CannotBePrinted` for too much of it, or where it takes too long.
    """
    content = json.dumps(data, ensure_ascii=False, allow_nan=False, default=as_json).encode()
    if len(content) > LARGEST_DATA:
        raise CannotBePrinted("This is too long for a PDF. Take the CSV or XLSX file, or ask for less of it.")
    command = [
        sys.executable,
        "-I",
        str(TYPESETTER),
        str(TEMPLATES / f"{template}.typ"),
        str(FONTS),
        str(LONGEST_SECONDS),
    ]
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=LONGEST_SECONDS, check=False)
    except subprocess.TimeoutExpired as slow:
        raise CannotBePrinted(_NOT_IN_TIME) from slow
    if done.returncode < 0:  # ended by a limit of its own
        raise CannotBePrinted(_NOT_IN_TIME)
    if done.returncode:
        raise RuntimeError(f"{template} could not be set: {done.stderr.decode(errors='replace')[-2000:]}")
    return done.stdout


_NOT_IN_TIME = "The document could not be made in time. Try again in a few minutes, or take another kind of file."
