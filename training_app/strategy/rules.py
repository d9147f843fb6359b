"""What the code of a workforce group may be."""

from __future__ import annotations

# Words that stand where a group's code would stand in the addresses of pages; a test keeps this complete.
WORDS_OF_PAGES = frozenset({"all-groups", "change", "running-out", "trend"})


def group_code_problem(code: str) -> str | None:
    """Return what is wrong with a group's code as the end of a sentence, or None."""
    if code.casefold() in WORDS_OF_PAGES:
        return "is a word that the pages use; choose another"
    return None
