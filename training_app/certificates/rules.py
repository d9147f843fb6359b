"""The numbers of certificates: unguessable, and fit to be read out."""

from __future__ import annotations

import secrets
import unicodedata

from training_app.accounts.rules import CODE_LETTERS

# Of twenty letters and figures that are not mistaken for each other, thirty are 129 bits: nobody guesses one.
NUMBER_LENGTH = 30
GROUP = 5


def new_number() -> str:
    """Return a number that nobody has or will have."""
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(NUMBER_LENGTH))


def shown_number(number: str) -> str:
    """Return a number as it is printed: six groups of five, with hyphens."""
    return "-".join(number[start : start + GROUP] for start in range(0, NUMBER_LENGTH, GROUP))


def tidy_number(typed: str) -> str | None:
    """Return a number as it is known, however it was typed (small letters, spaces, hyphens); None where it is none."""
    if len(typed) > 10 * NUMBER_LENGTH:
        return None
    letters = unicodedata.normalize("NFKC", typed).upper()
    letters = "".join(letter for letter in letters if letter.isalnum())
    if len(letters) != NUMBER_LENGTH or set(letters) - set(CODE_LETTERS):
        return None
    return letters
