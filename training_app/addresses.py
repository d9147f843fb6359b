"""What counts as an e-mail address, and how one is told from another; for mail, accounts and people alike."""

from __future__ import annotations

import re
import unicodedata

LONGEST_EMAIL = 254
_EMAIL = re.compile(r"[^@\s\x00-\x1f\x7f<>(),;:\"\[\]\\]+@[^@\s\x00-\x1f\x7f<>(),;:\"\[\]\\]+\.[^@\s.]+")


def email_key(email: str) -> str:
    """Return the key by which an e-mail is known: NFKC(casefold(NFKC(trimmed)))."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", email.strip()).casefold())


def is_email(text: str) -> bool:
    """Say whether the text can be an e-mail address: one @, a domain with a dot, no spaces, at most 254 characters."""
    trimmed = text.strip()
    return len(trimmed) <= LONGEST_EMAIL and _EMAIL.fullmatch(trimmed) is not None
