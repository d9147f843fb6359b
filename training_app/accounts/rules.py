"""What is decided about accounts in plain Python: how long a sign-in stands, what a code looks like, which passwords are
refused. The rules of e-mail addresses stand in `addresses.py`."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

LINK_LIFE = timedelta(minutes=10)
INVITATION_LIFE = timedelta(days=2)
KEPT_FORM_LIFE = timedelta(hours=1)
# Time enough to read mail and type; whoever signed in so lately by link or code need not know their old password.
FRESH = timedelta(minutes=15)


# --- how long a sign-in stands


@dataclass(frozen=True)
class SignInLimits:
    """How long a sign-in stands: `idle` since it was last seen and `longest` since it began; `kept` since it began where
    it is kept on a phone."""

    idle: timedelta
    longest: timedelta
    kept: timedelta

    @property
    def between_notes(self) -> timedelta:
        """How coarsely "last seen" is kept: a page view writes at most once in this time."""
        return min(timedelta(minutes=5), self.idle / 10)


def stands(started_at: datetime, last_seen_at: datetime, kept: bool, limits: SignInLimits, now: datetime) -> bool:
    """Say whether a sign-in that nobody has ended still stands at a moment."""
    if kept:
        return now < started_at + limits.kept
    return now < started_at + limits.longest and now < last_seen_at + limits.idle


def authority_of(
    roles: Iterable[str], organisation_ids: Iterable[int], person_id: int | None, left: Iterable[int]
) -> str:
    """Return a digest of what an account may do: its roles, its organisations, whose record is its own, and the
    organisations that this person has left. A sign-in that began with another one no longer stands."""
    told = (sorted(roles), sorted(organisation_ids), person_id, sorted(left))
    return hashlib.sha256(repr(told).encode()).hexdigest()[:32]


# --- links and codes


def masked(email: str) -> str:
    """Return an e-mail so that its owner knows it and others learn little: r…@example.org."""
    local, _, domain = email.rpartition("@")
    return f"{local[:1]}…@{domain}"


# Without vowels, so that no word comes out, and without what is misread: 0 O, 1 I L, 2 Z, 5 S, 6 G, 8 B, U V.
CODE_LETTERS = "CDFHJKMNPQRTVWXY3479"
CODE_GROUP = 4
CODE_LENGTH = 3 * CODE_GROUP


def tidy_code(typed: str) -> str | None:
    """Return a code as it is known, however it was typed (small letters, spaces, hyphens); None where it is none."""
    letters = unicodedata.normalize("NFKC", typed).upper()
    letters = "".join(letter for letter in letters if letter.isalnum())
    if len(letters) != CODE_LENGTH or set(letters) - set(CODE_LETTERS):
        return None
    return letters


def lookup_part(code: str) -> str:
    """Return the part of a tidy code by which it is found; the rest of it is the secret."""
    return code[:CODE_GROUP]


def shown_code(code: str) -> str:
    """Return a code as it is printed: K7QP-4MTX-9RWD."""
    return "-".join(code[start : start + CODE_GROUP] for start in range(0, CODE_LENGTH, CODE_GROUP))


# --- passwords

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 200
# What `account create --password-stdin` takes may be shorter than what people choose, and longer; this fits every form.
LONGEST_PASSWORD_TYPED = 1000

# What common passwords are made of. A list of whole ones would hardly ever match: of the most used ones nearly all are
# shorter than twelve characters, and the longer ones are these again, doubled or with numbers behind.
_COMMON_PARTS = (
    *(
        "password",
        "passwort",
        "passphrase",
        "passcode",
        "welcome",
        "letmein",
        "qwertyuiop",
        "qwerty",
        "asdfghjkl",
        "asdf",
    ),
    *("zxcvbnm", "qazwsx", "1qaz2wsx", "abc123", "iloveyou", "admin", "administrator", "login", "master", "monkey"),
    *(
        "dragon",
        "football",
        "baseball",
        "liverpool",
        "arsenal",
        "chelsea",
        "princess",
        "sunshine",
        "superman",
        "batman",
    ),
    *(
        "charlie",
        "michael",
        "jessica",
        "summer",
        "winter",
        "spring",
        "autumn",
        "monday",
        "january",
        "secret",
        "changeme",
    ),
    *(
        "trustno",
        "whatever",
        "hello",
        "england",
        "norfolk",
        "suffolk",
        "music",
        "musichub",
        "training",
        "skills",
        "teacher",
    ),
    *("volunteer", "school", "correcthorsebatterystaple", "hub", "the", "and", "for", "my"),
)
_LEET = str.maketrans("013457@$!", "oieastasi")
_RUNS = ("abcdefghijklmnopqrstuvwxyz", "012345678901234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm")
_RUN = 4
_YEAR = re.compile(r"(?:19|20)\d\d")
# How many letters or numbers a password must have beside what is easily guessed.
_OF_ONES_OWN = 5


def password_problem(password: str, known_words: Collection[str] = ()) -> str | None:
    """Return what is wrong with a password that somebody chooses, as a sentence, or None.

    12 to 200 characters. Refused where too little is left once common words, runs such as 1234, years and `known_words`
    (the hub's name, the person's e-mail) are taken out, or it is one piece over and over.
    """
    if len(password) < SHORTEST_PASSWORD:
        return (
            f"Choose a password of {SHORTEST_PASSWORD} characters or more. Several words in a row are easy to remember."
        )
    if len(password) > LONGEST_PASSWORD:
        return f"Choose a password of {LONGEST_PASSWORD} characters or fewer."
    if _is_easily_guessed(password, known_words):
        return "That password is too easy to guess. Choose several words that do not belong together."
    return None


def _is_easily_guessed(password: str, known_words: Collection[str]) -> bool:
    plain = unicodedata.normalize("NFKC", password).casefold()
    if re.fullmatch(r"(.{1,6}?)\1+.{0,5}", plain, re.DOTALL):
        return True
    known = {part for word in known_words for part in re.split(r"[\W_]+", word.casefold()) if len(part) > 2}
    runs = {
        each[start : start + _RUN] for run in _RUNS for each in (run, run[::-1]) for start in range(len(run) - _RUN + 1)
    }
    parts = sorted({*_COMMON_PARTS, *runs, *known}, key=len, reverse=True)
    plain = _YEAR.sub(" ", plain)
    return any(_left_over(each, parts) < _OF_ONES_OWN for each in (plain, plain.translate(_LEET)))


def _left_over(text: str, parts: Iterable[str]) -> int:
    for part in parts:
        text = text.replace(part, " ")
    return sum(letter.isalnum() for letter in text)
