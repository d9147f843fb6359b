"""Files that were looked at and wait to be confirmed, in the instance folder, each for the account that brought it.

They hold names, so each is kept for a day at most, and only until its account confirms it or chooses another. The name that
stands in the page is random and useless to any other account.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable
from pathlib import Path

from training_app.errors import Refused
from training_app.files import text_of

KEPT_SECONDS = 24 * 60 * 60


class NoLongerWaiting(Refused):
    """The file was confirmed already, was kept too long, or never was."""

    def __init__(self) -> None:
        super().__init__(
            "This file is no longer waiting: it was brought in already, or more than a day ago. Choose it again."
        )


def keep(folder: Path, account_id: int, content: bytes) -> str:
    """Keep a file's content and return the token by which the same account finds it again."""
    folder.mkdir(parents=True, exist_ok=True)
    tidy(folder)
    token = secrets.token_urlsafe(32)
    place = _place(folder, account_id, token)
    place.touch(mode=0o600)
    place.write_bytes(content)
    return token


def find(folder: Path, account_id: int, token: str) -> bytes:
    """Return a kept file's content. Raises `NoLongerWaiting`."""
    tidy(folder)
    try:
        return _place(folder, account_id, token).read_bytes()
    except FileNotFoundError:
        raise NoLongerWaiting from None


def tidy(folder: Path) -> None:
    """Forget every file that was kept for too long. Called wherever these files are spoken of, and by every command."""
    oldest = time.time() - KEPT_SECONDS
    for kept in folder.glob("*"):
        try:
            if kept.stat().st_mtime < oldest:
                kept.unlink()
        except FileNotFoundError:
            continue  # somebody else forgot it first


def drop_all_of(folder: Path, account_id: int) -> None:
    """Forget every kept file of an account."""
    for kept in folder.glob(f"{account_id}-*"):
        kept.unlink(missing_ok=True)


def drop(folder: Path, account_id: int, token: str) -> None:
    """Forget a kept file."""
    _place(folder, account_id, token).unlink(missing_ok=True)


def drop_those_that(name_somebody: Callable[[str], bool], folder: Path) -> int:
    """Forget every kept file whose text `name_somebody` finds to name somebody, whoever brought it, and every one that cannot
    be read; return how many."""
    if not folder.is_dir():
        return 0
    dropped = 0
    for kept in folder.iterdir():
        text = text_of(kept.read_bytes())
        if text is None or name_somebody(text):
            kept.unlink(missing_ok=True)
            dropped += 1
    return dropped


def _place(folder: Path, account_id: int, token: str) -> Path:
    name = hashlib.sha256(f"{account_id} {token}".encode("utf-8", "replace")).hexdigest()
    return folder / f"{account_id}-{name}"
