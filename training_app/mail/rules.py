"""What a message may look like, how long it stays useful, and when it is tried again."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, timedelta

from training_app.addresses import is_email

# No link or code that is sent by mail opens anything for longer than an invitation does.
LONGEST_SECRET_LIFE = timedelta(days=2)
LONGEST_SUBJECT = 200
_KIND = re.compile(r"[a-z][a-z -]{0,58}[a-z]")


def is_kind(kind: str) -> bool:
    """Say whether this names a kind of message: a few plain words in small letters, such as "sign-in link"."""
    return _KIND.fullmatch(kind) is not None


def can_be_written_to(address: str) -> bool:
    """Say whether a message can be addressed so: an e-mail address without anything that could begin another header."""
    trimmed = address.strip()
    return is_email(trimmed) and not any(unicodedata.category(letter)[0] in "CZ" for letter in trimmed)


def tidy_subject(subject: str) -> str:
    """Return a subject as one line: whatever breaks or hides text is a space, so that no name begins a header of its own."""
    shown = (" " if unicodedata.category(letter)[0] in "CZ" else letter for letter in subject)
    return " ".join("".join(shown).split())[:LONGEST_SUBJECT]


def tidy_body(body: str) -> str:
    """Return a body with plain line breaks and a last one, without characters that no mail can carry."""
    lines = body.replace("\r\n", "\n").replace("\r", "\n").strip("\n") + "\n"
    return "".join(letter for letter in lines if letter in "\n\t" or unicodedata.category(letter) not in ("Cc", "Cs"))


def useful_until(queued_at: datetime, *, holds_secret: bool, given: datetime | None) -> datetime | None:
    """Return until when a message is worth sending: what was given, else as long as a secret can last, else for good."""
    if given is not None or not holds_secret:
        return given
    return queued_at + LONGEST_SECRET_LIFE
