"""Random tokens: what a cookie or a link holds, and the form in which the database knows it."""

from __future__ import annotations

import hashlib
import secrets

TOKEN_BYTES = 32  # 256 bits


def new_token() -> str:
    """Return a random token that nobody can guess, in letters that an address may contain."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def hash_token(token: str) -> str:
    """Return the form in which a random token is stored. It has 256 bits, so one round of SHA-256 is enough."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
