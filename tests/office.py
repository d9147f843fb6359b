"""LibreOffice, with no window, as somebody in a village hall uses it: it opens a workbook, cells are filled in, it saves.

Where there is no LibreOffice the tests that need it say so and are skipped, unless REQUIRE_BROWSER=1.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from xml.dom import minidom

import pytest

_SECONDS = 120
Cells = dict[tuple[int, int], str | float]


def filled_in_by_libreoffice(content: bytes, cells: Mapping[tuple[int, int], str | float], folder: Path) -> bytes:
    """Return a workbook as LibreOffice saves it after some cells of its first sheet were filled in, by row and column from 0.
    It is opened and saved by LibreOffice twice: to a form in which cells can be written, and back."""
    (folder / "register.xlsx").write_bytes(content)
    _converted(folder / "register.xlsx", "fods", folder / "open")
    flat = folder / "open" / "register.fods"
    book = minidom.parse(str(flat))
    rows = _rows(book)
    for (line, position), value in cells.items():
        _write(book, _cells(rows[line])[position], value)
    flat.write_text(book.toxml(), encoding="utf-8")
    _converted(flat, "xlsx", folder / "saved")
    return (folder / "saved" / "register.xlsx").read_bytes()


def _converted(file: Path, ending: str, to: Path) -> None:
    path = shutil.which("soffice")
    if path is None:
        sentence = "There is no LibreOffice on this machine, so nothing is filled in with it."
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(sentence)
        pytest.skip(sentence)
    profile = f"-env:UserInstallation={(file.parent / 'profile').resolve().as_uri()}"
    command = [path, profile, "--headless", "--norestore", "--convert-to", ending, "--outdir", str(to), str(file)]
    done = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)
    assert (to / f"{file.stem}.{ending}").is_file(), done.stderr


def _rows(book: minidom.Document) -> list[minidom.Element]:
    """Return the rows of the first sheet that are used, each on its own where several alike stand as one."""
    table = book.getElementsByTagName("table:table")[0]
    for row in list(table.getElementsByTagName("table:table-row")):
        _single(row, "table:number-rows-repeated", most=100)
    return list(table.getElementsByTagName("table:table-row"))


def _cells(row: minidom.Element) -> list[minidom.Element]:
    for cell in list(row.getElementsByTagName("table:table-cell")):
        _single(cell, "table:number-columns-repeated", most=10)
    return list(row.getElementsByTagName("table:table-cell"))


def _single(element: minidom.Element, repeated: str, most: int) -> None:
    times = int(element.getAttribute(repeated) or 1)
    if 1 < times <= most:
        element.removeAttribute(repeated)
        for _ in range(times - 1):
            element.parentNode.insertBefore(element.cloneNode(deep=True), element)


def _write(book: minidom.Document, cell: minidom.Element, value: str | float) -> None:
    kind = "string" if isinstance(value, str) else "float"
    cell.setAttribute("office:value-type", kind)
    cell.setAttribute("calcext:value-type", kind)
    if kind == "float":
        cell.setAttribute("office:value", str(value))
    for child in list(cell.childNodes):
        cell.removeChild(child)
    paragraph = book.createElement("text:p")
    paragraph.appendChild(book.createTextNode(str(value)))
    cell.appendChild(paragraph)
