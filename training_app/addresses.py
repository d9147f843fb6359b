"""What counts as an e-mail address, and how one is told from another; for mail, accounts and people alike."""

from __future__ import annotations

import re
import unicodedata

LONGEST_EMAIL = 254
# Control characters and half surrogate pairs are in no address, and one of the databases cannot even be asked about them.
_LETTER = r"@\s\x00-\x1f\x7f-\x9f\ud800-\udfff<>(),;:\"\[\]\\"
_EMAIL = re.compile(rf"[^{_LETTER}]+@[^{_LETTER}]+\.[^{_LETTER}.]+")


def email_key(email: str) -> str:
    """Return the key by which an e-mail is known: NFKC(casefold(NFKC(trimmed)))."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", email.strip()).casefold())


def is_email(text: str) -> bool:
    """Say whether the text can be an e-mail address: one @, a domain with a dot, no spaces, at most 254 characters."""
    trimmed = text.strip()
    return len(trimmed) <= LONGEST_EMAIL and _EMAIL.fullmatch(trimmed) is not None
