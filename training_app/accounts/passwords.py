"""Slow hashes, argon2id, for what people type to sign in: checked in the same time whether or not the account exists.

One takes about 20 milliseconds on purpose, so it is never computed inside a transaction, where others would wait for it.
"""

from __future__ import annotations

import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

_HASHER = PasswordHasher(memory_cost=19 * 1024, time_cost=2, parallelism=1)

# Compared against when there is no such account, so that known and unknown e-mails take the same time.
_NOBODYS = _HASHER.hash("there is no such account")


def hash_of(password: str) -> str:
    """Return the argon2id hash of a password; é typed as one character or as two is the same."""
    return _HASHER.hash(unicodedata.normalize("NFKC", password))


def matches(password: str, password_hash: str | None) -> bool:
    """Say whether a password fits a hash; without a hash it never does, after the same work."""
    try:
        _HASHER.verify(password_hash or _NOBODYS, unicodedata.normalize("NFKC", password))
    except (Argon2Error, InvalidHashError):
        return False
    return password_hash is not None


def needs_rehash(password_hash: str) -> bool:
    """Say whether a hash was made with other costs than today's."""
    return _HASHER.check_needs_rehash(password_hash)
