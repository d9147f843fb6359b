"""Writing the audit. Everybody who writes anything calls `record` (or `record_many` for a batch) in the same transaction."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import insert, select, tuple_, update

from training_app.audit.models import AuditDetail, AuditEvent
from training_app.audit.rules import SECRET_ENDING, commitment
from training_app.clock import now
from training_app.database import Base, add_many, db, new_batch_id, snapshot

ERASED = "audit.details_erased"
_PORTION = 10_000


@dataclass(frozen=True)
class Actor:
    """Who acts: an account, a command typed on the server, or a visitor who is not signed in (who asks for a link).
    `batch_id` ties together what one request or command did."""

    kind: str
    account_id: int | None = None
    batch_id: str = field(default_factory=new_batch_id)

    @classmethod
    def command(cls) -> Actor:
        """Return the actor for a command typed on the server."""
        return cls(kind="command")

    @classmethod
    def account(cls, account_id: int) -> Actor:
        """Return the actor for a signed-in account."""
        return cls(kind="account", account_id=account_id)


@dataclass(frozen=True)
class Change:
    """One change to tell the audit of: `action` is a past participle such as `completion.voided`."""

    action: str
    object_type: str
    object_id: int
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    person_id: int | None = None
    reason: str | None = None


def record(
    actor: Actor,
    action: str,
    row: Base,
    before: dict[str, Any] | None = None,
    person_id: int | None = None,
    reason: str | None = None,
    besides: Mapping[str, Any] | None = None,
) -> None:
    """Record that `actor` did `action` to `row`, whose present columns become "after".

    `before` is the `snapshot` taken before the change (None for something new), `person_id` the person it is about,
    `reason` what the actor gave as theirs, `besides` what belongs to the row but stands in other tables, and goes into
    "after" too. Flushes, so that new rows have their id.
    """
    db.session.flush()
    after = {**snapshot(row), **(besides or {})}
    record_many(
        actor,
        [Change(action, row.__tablename__, after["id"], before, after, person_id, reason)],
    )


def record_many(actor: Actor, changes: Sequence[Change]) -> Sequence[int]:
    """Record a batch of changes in two bulk inserts, the form for imports and whole registers; return the events' ids."""
    if not changes:
        return []
    moment = now()
    details = [_detail(change) for change in changes]
    event_ids = add_many(
        AuditEvent,
        [
            {
                "at": moment,
                "actor_kind": actor.kind,
                "actor_account_id": actor.account_id,
                "action": change.action,
                "object_type": change.object_type,
                "object_id": change.object_id,
                "person_id": change.person_id,
                "batch_id": actor.batch_id,
                "commitment": commitment(**detail),
            }
            for change, detail in zip(changes, details, strict=True)
        ],
    )
    db.session.execute(
        insert(AuditDetail.__table__),  # type: ignore[arg-type]
        [{"event_id": event_id, **detail} for event_id, detail in zip(event_ids, details, strict=True)],
    )
    return event_ids


def erase_details(
    actor: Actor,
    person_id: int,
    because: str | None = None,
    *,
    objects: Collection[tuple[str, int]] = (),
    events: Collection[int] = (),
) -> int:
    """Empty what the log says of a person: before, after and reason of every event about them, about one of `objects` (table
    name and id, such as their account), or with one of the ids `events`, whose details name them in passing. That something
    happened stays, who did it and when, and the chain of digests stays whole. Return how many events were emptied.

    Call it last in the transaction: what the erasure itself told of the person goes too, and only `because` is kept.
    """
    about_them = AuditEvent.person_id == person_id
    if objects:
        about_them |= tuple_(AuditEvent.object_type, AuditEvent.object_id).in_(objects)
    if events:
        about_them |= AuditEvent.id.in_(events)
    event_ids = db.session.scalars(
        select(AuditEvent.id)
        .join(AuditDetail, AuditDetail.event_id == AuditEvent.id)
        .where(about_them, AuditEvent.action != ERASED, AuditDetail.erased_at.is_(None))
        .order_by(AuditEvent.id)
    ).all()
    told = Change(ERASED, "person", person_id, None, {"event_ids": list(event_ids)}, person_id, because)
    (erasure,) = record_many(actor, [told])
    moment = now()
    for start in range(0, len(event_ids), _PORTION):
        db.session.execute(
            update(AuditDetail)
            .where(AuditDetail.event_id.in_(event_ids[start : start + _PORTION]))
            .values(before=None, after=None, reason=None, salt=None, erased_at=moment, erased_by_event_id=erasure)
        )
    return len(event_ids)


@cache
def secret_columns(table_name: str) -> frozenset[str]:
    """Return the columns of a table that the log never holds, not even as "changed": those named as a hash, and those
    declared with `info={"secret": True}`."""
    table = Base.metadata.tables.get(table_name)
    columns = table.columns if table is not None else ()
    return frozenset(each.name for each in columns if each.name.endswith(SECRET_ENDING) or each.info.get("secret"))


def _detail(change: Change) -> dict[str, Any]:
    secret = secret_columns(change.object_type)
    return {
        "salt": secrets.token_hex(16),
        "before": _without(secret, change.before),
        "after": _without(secret, change.after),
        "reason": change.reason,
    }


def _without(secret: frozenset[str], values: dict[str, Any] | None) -> dict[str, Any] | None:
    if values is None or not secret:
        return values
    return {name: value for name, value in values.items() if name not in secret}
