"""What a message may look like, how long it stays useful, and when it is tried again."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from datetime import datetime, timedelta

from training_app.addresses import is_email

# No link or code that is sent by mail opens anything for longer than an invitation does.
LONGEST_SECRET_LIFE = timedelta(days=2)
LONGEST_SUBJECT = 200
# What tells somebody of something that may fall together with more waits so long for it.
WAIT_FOR_MORE = timedelta(minutes=1)
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


def without(body: str, parts: Collection[str]) -> str:
    """Return a message of several parts without some of them; each part ends with an empty line."""
    for part in parts:
        body = body.replace(f"{tidy_body(part)}\n", "")
    return body


def tells_something(body: str) -> bool:
    """Say whether a message of several parts still has one: an empty line stands between the last of them and the line at its
    foot."""
    return "\n\n" in body


def useful_until(queued_at: datetime, *, holds_secret: bool, given: datetime | None) -> datetime | None:
    """Return until when a message is worth sending: what was given, else as long as a secret can last, else for good."""
    if given is not None or not holds_secret:
        return given
    return queued_at + LONGEST_SECRET_LIFE


# How long to wait after the first try, the second, and so on; a message that fails once more is not tried again.
WAITS = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=8),
)


def next_attempt(attempts: int, failed_at: datetime) -> datetime | None:
    """Return when a message is tried again that has failed so many times, or None when it is tried no more."""
    return failed_at + WAITS[attempts - 1] if attempts <= len(WAITS) else None


def domain_in_ascii(domain: str) -> str:
    """Return a domain as mail servers know it: `musik-straße.example` as `xn--musik-strae-46a.example`."""
    return ".".join(_label_in_ascii(label) for label in domain.split("."))


def _label_in_ascii(label: str) -> str:
    if label.isascii():
        return label
    # Python's own "idna" follows the rules of 2003, by which ß is ss: somebody else's domain.
    return "xn--" + unicodedata.normalize("NFC", label.lower()).encode("punycode").decode("ascii")


def server_said(code: int) -> str:
    """Return what a mail server's answer means, in a sentence without the address or anything else that it quoted."""
    meanings = {
        421: "The mail server is closing for now",
        450: "The mailbox cannot be reached just now",
        451: "The mail server asks to try later",
        452: "The mailbox or the mail server is full just now",
        550: "There is no such mailbox, or it takes no mail from the hub",
        551: "The mailbox has moved away",
        552: "The mailbox is full",
        553: "The mail server does not take this address",
        554: "The mail server refuses the message",
    }
    usual = "The mail server asks to try later" if 400 <= code < 500 else "The mail server refuses the message"
    return f"{meanings.get(code, usual)} ({code})."
