"""What the chain of digests is made of. Changing anything here makes every hub's chain unreadable."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from json import JSONEncoder
from typing import Any

_canonical = JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode

# Columns whose names end so hold secrets, if only as a digest; a column of another name is marked, see `secret_columns`.
SECRET_ENDING = "_hash"


def commitment(salt: str, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None, reason: str | None) -> str:
    """Return what an event keeps of its details: their digest, which tells nothing without the salt (random hex)."""
    return _digest(salt + _canonical([before, after, reason]))


def event_digest(
    event_id: int,
    at: datetime,
    actor_kind: str,
    actor_account_id: int | None,
    action: str,
    object_type: str,
    object_id: int,
    person_id: int | None,
    batch_id: str,
    details: str,
) -> str:
    """Return the digest of an event as it was written: all its columns but the seal, `details` being its commitment."""
    moment = at.isoformat()
    about = [action, object_type, object_id, person_id, batch_id, details]
    return _digest(_canonical([event_id, moment, actor_kind, actor_account_id, *about]))


def listed(digests: Iterable[tuple[int, str]]) -> str:
    """Write the ids and digests of events as a seal keeps them."""
    return "\n".join(f"{event_id} {digest}" for event_id, digest in digests)


def as_listed(event_digests: str) -> dict[int, str]:
    """Read what `listed` wrote; a line that is none of its own is left out, and so found missing."""
    found = {}
    for line in event_digests.splitlines():
        event_id, _, digest = line.partition(" ")
        if event_id.isascii() and event_id.isdecimal():
            found[int(event_id)] = digest
    return found


def seal_digest(previous: str, number: int, sealed_at: datetime, event_digests: str) -> str:
    """Return the digest of a seal, which carries on that of the one before it."""
    return _digest(_canonical([previous, number, sealed_at.isoformat(), event_digests]))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
