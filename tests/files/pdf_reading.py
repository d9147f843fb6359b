"""Reading a PDF in a test, with a reader that has nothing to do with what wrote it."""

from __future__ import annotations

import io
import re
from typing import Any

from pypdf import PdfReader
from pypdf.generic import DictionaryObject


def text_of_pdf(content: bytes) -> str:
    """Return the text of all pages."""
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def letters_told_apart(content: bytes) -> str:
    """Return those letters of which a shape alone does not tell what they are, as the document says what they are."""
    pages = [page.get_contents() for page in PdfReader(io.BytesIO(content)).pages]
    told = [re.findall(rb"/ActualText<FEFF([0-9A-F]+)>", page.get_data()) for page in pages if page is not None]
    return "".join(bytes.fromhex(each.decode()).decode("utf-16-be") for page in told for each in page)


def pages_of_pdf(content: bytes) -> int:
    """Return how many pages there are."""
    return len(PdfReader(io.BytesIO(content)).pages)


def title_of_pdf(content: bytes) -> str | None:
    """Return the document's title."""
    metadata = PdfReader(io.BytesIO(content)).metadata
    return metadata.title if metadata else None


def is_tagged(content: bytes) -> bool:
    """Say whether the document tells a screen reader what is a heading, a table, a list, and in which language it is."""
    root: Any = PdfReader(io.BytesIO(content)).trailer["/Root"]
    return bool(root["/MarkInfo"]["/Marked"]) and "/StructTreeRoot" in root and root["/Lang"] == "en-GB"


def promises_accessibility(content: bytes) -> bool:
    """Say whether it says of itself that it is PDF/UA-1."""
    root: Any = PdfReader(io.BytesIO(content)).trailer["/Root"]
    return b"<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_data()


def tags_of(content: bytes) -> set[str]:
    """Return the kinds of things that the document's structure names: `H1`, `Table`, `TH`, `Figure`."""
    root: Any = PdfReader(io.BytesIO(content)).trailer["/Root"]
    found: set[str] = set()
    waiting = [root["/StructTreeRoot"]]
    while waiting:
        node = waiting.pop()
        if isinstance(node, DictionaryObject):
            if "/S" in node:
                found.add(str(node["/S"]).removeprefix("/"))
            children = node.get("/K", [])
            waiting += [each.get_object() for each in (children if isinstance(children, list) else [children])]
    return found
