"""What a reader finds in an answer, whether it is a page, a workbook or a printed report."""

from __future__ import annotations

from werkzeug.test import TestResponse

from tests.files.pdf_reading import text_of_pdf
from tests.files.workbooks import parts_of


def text_in(response: TestResponse) -> str:
    """Return the text of an answer; a word that a printed report breaks at its hyphen stands there whole too."""
    content = response.get_data()
    if content.startswith(b"%PDF"):
        printed = text_of_pdf(content)
        return printed + printed.replace("-\n", "-")
    if content.startswith(b"PK\x03\x04"):
        parts = parts_of(content)
        parts.pop("docProps/core.xml", None)  # only when it was made
        return "\n".join(part.decode(errors="replace") for part in parts.values())
    return content.decode(errors="replace")
