"""Sets one document and ends: a program of its own, so that what takes too long or too much memory can be stopped.

    python typeset.py TEMPLATE FONTS SECONDS  < data as JSON  > the PDF

It runs without the rest of the house, and imports nothing of it.
"""

from __future__ import annotations

import resource
import sys
from pathlib import Path

import typst

MOST_MEMORY = 4 * 1024**3


def set_document(template: Path, fonts: str, data: str) -> bytes:
    """Return a tagged PDF. Where no font knows a letter of it, what is said of accessibility (PDF/UA-1) cannot be promised, and
    the document is made without the promise: it stays tagged, and the letter stays in its text."""
    inputs = {"data": data}
    try:
        return _compiled(template, fonts, inputs, ["ua-1"])
    except typst.TypstError as error:
        if "could not be displayed" not in str(error):
            raise
    return _compiled(template, fonts, {**inputs, "unknown-letters": "some"}, [])


def _compiled(template: Path, fonts: str, inputs: dict[str, str], standards: list[str]) -> bytes:
    made = typst.compile(
        str(template),
        root=str(template.parent),
        font_paths=[fonts],
        sys_inputs=inputs,
        pdf_standards=standards,  # type: ignore[arg-type]
    )
    assert isinstance(made, bytes)
    return made


def main() -> None:
    """Set what is on standard input."""
    template, fonts, seconds = sys.argv[1:]
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds)))
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    sys.stdout.buffer.write(set_document(Path(template), fonts, sys.stdin.buffer.read().decode()))


if __name__ == "__main__":
    main()
