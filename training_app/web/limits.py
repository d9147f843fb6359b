"""How often something may be tried: signing in, asking for links, sending files. Counted for each account, so that others at
the same address still get in, and much more widely for each address, against floods.

Tries are counted where RATE_LIMIT_STORAGE says: in this process's memory, or in a Redis that several processes share.
While that does not answer, memory does.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from flask import Flask, current_app
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter, RateLimiter
from werkzeug.exceptions import TooManyRequests

from training_app.clock import LONDON, now

# A moving window, so that ten tries at the end of one and ten at the beginning of the next are not twenty in five minutes.
TRIES = parse("10 per 5 minutes")
LINKS = parse("5 per 15 minutes")
CONFIRMATIONS_OF_AN_ADDRESS = parse("60 per 5 minutes")
WRONG_ADDRESSES = parse("300 per 5 minutes")
REGISTERS_OF_A_LINK = parse("60 per 5 minutes")
POSTS_OF_AN_ADDRESS = parse("1000 per 5 minutes")
# More photos than anybody takes of certificates; each is drawn anew and stands on the disk for a day at least.
FILES_OF_AN_ACCOUNT = parse("60 per hour")

_EXTENSION = "training_limits"
Answer = TypeVar("Answer")


class TooManyTries(TooManyRequests):
    """Somebody has tried too often; `sentence` says when they may again."""

    def __init__(self, until: datetime) -> None:
        seconds = max(1, math.ceil((until - now()).total_seconds()))
        super().__init__(retry_after=seconds)
        minutes = math.ceil(seconds / 60)
        self.sentence = (
            f"There were too many tries in a short time. Try again in {minutes} minute{'' if minutes == 1 else 's'}, "
            f"after {until.astimezone(LONDON):%H:%M}."
        )


def count_try(*whose: str) -> None:
    """Count a try to sign in to an account, of which there may be ten in five minutes; before looking whether it is right,
    so that sixty at once are not sixty. Raises `TooManyTries`."""
    _count(TRIES, *whose)


def forgive_try(*whose: str) -> None:
    """Take back a try that was right; the wrong ones before it stay counted."""

    def without_one(limiter: RateLimiter) -> None:
        key = _key(*whose)
        wrong = TRIES.amount - limiter.get_window_stats(TRIES, key).remaining - 1
        limiter.clear(TRIES, key)
        for _ in range(wrong):
            limiter.hit(TRIES, key)

    _ask(without_one)


def may_be_sent_a_link(email_key: str) -> bool:
    """Count a link asked for by this e-mail, and say whether it may be sent: five in a quarter of an hour."""
    return _ask(lambda limiter: limiter.hit(LINKS, _key("link", email_key)))


def count_file(account_id: int) -> None:
    """Count a photo or PDF that an account sends: sixty in an hour. Raises `TooManyTries`."""
    _count(FILES_OF_AN_ACCOUNT, "file", str(account_id))


def count_post() -> None:
    """Count something sent from this address to the pages of signing in. Raises `TooManyTries` in a flood."""
    _count(POSTS_OF_AN_ADDRESS, "address", get_remote_address())


def count_confirmation() -> None:
    """Count a certificate that this address asks to have confirmed, whether there is one or not. Raises `TooManyTries`."""
    _count(CONFIRMATIONS_OF_AN_ADDRESS, "confirmation", get_remote_address())


def count_wrong_address() -> None:
    """Count an address with a secret that opens nothing, asked for by this visitor's network. Raises `TooManyTries` for whoever
    goes on guessing."""
    _count(WRONG_ADDRESSES, "wrong address", get_remote_address())


def count_register(token: str) -> None:
    """Count a register sent by a link. Raises `TooManyTries` in a flood."""
    _count(REGISTERS_OF_A_LINK, "register", token)


def init_app(app: Flask) -> None:
    """Let an application count."""
    limiter = Limiter(
        get_remote_address,
        app=app,
        storage_uri=app.config["SETTINGS"].rate_limit_storage,
        strategy="moving-window",
    )
    app.extensions[_EXTENSION] = (limiter.limiter, MovingWindowRateLimiter(MemoryStorage()))


def _count(limit: RateLimitItem, *whose: str) -> None:
    key = _key(*whose)
    if not _ask(lambda limiter: limiter.hit(limit, key)):
        reset = _ask(lambda limiter: limiter.get_window_stats(limit, key).reset_time)
        raise TooManyTries(datetime.fromtimestamp(reset, UTC))


def _key(*whose: str) -> str:
    """Return what is counted under: no e-mail stands in a storage that others may read."""
    return hashlib.sha256("\0".join(whose).encode(errors="replace")).hexdigest()


def _ask(question: Callable[[RateLimiter], Answer]) -> Answer:
    shared, own = current_app.extensions[_EXTENSION]
    try:
        return question(shared)
    except Exception as error:  # whatever a storage that is away raises: signing in must go on
        current_app.logger.error("Tries are counted in memory: the storage does not answer (%s).", type(error).__name__)
        return question(own)
