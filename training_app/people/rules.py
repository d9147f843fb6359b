"""What counts as a reference, how names of organisations and people are told apart, and which days an engagement covers."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

# Words that stand where a reference would stand in the addresses of pages; a test keeps this complete.
WORDS_OF_PAGES = frozenset({"new", "add", "doubles", "edit", "several"})
_REFERENCE = re.compile(r"[A-Za-z0-9._-]{1,64}")


def reference_problem(reference: str) -> str | None:
    """Return what is wrong with a person's reference as the end of a sentence, or None where it is right.

    1 to 64 letters, digits, dots, underscores or hyphens; not ending like a file; no word that the pages use.
    """
    if not _REFERENCE.fullmatch(reference):
        return "must be 1 to 64 letters, digits, dots, underscores or hyphens"
    if reference.casefold().endswith((".csv", ".xlsx")):
        return "must not end in .csv or .xlsx"
    if reference.strip(".") == "" or reference.casefold() in WORDS_OF_PAGES:
        return "is a word that the pages use; choose another"
    return None


def organisation_key(name: str) -> str:
    """Return the key by which an organisation's name is known: trimmed, NFKC, single spaces, casefolded."""
    return unicodedata.normalize("NFKC", " ".join(unicodedata.normalize("NFKC", name).split()).casefold())


def tidy_name(name: str) -> str:
    """Return a name as it is kept and shown: trimmed and with single spaces, otherwise as typed."""
    return " ".join(name.split())


def name_key(name: str) -> str:
    """Return the form of a person's name that is searched and sorted: without accents, case or doubled spaces."""
    letters = unicodedata.normalize("NFKD", tidy_name(name)).casefold()
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def covers(start_on: date, end_on: date | None, day: date) -> bool:
    """Say whether a span covers a day; both ends are included, and without an end it goes on."""
    return start_on <= day and (end_on is None or day <= end_on)
