"""Writing the audit. Everybody who writes anything calls `record` (or `record_many` for a batch) in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert

from training_app.audit.models import AuditDetail, AuditEvent
from training_app.clock import now
from training_app.database import Base, db, new_batch_id, snapshot

# Never written to the log, not even as "changed".
SECRET_COLUMNS = frozenset({"password_hash", "token_hash"})


@dataclass(frozen=True)
class Actor:
    """Who acts: an account, or a command typed on the server. `batch_id` ties together what one request or command did."""

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
) -> None:
    """Record that `actor` did `action` to `row`, whose present columns become "after".

    `before` is the `snapshot` taken before the change (None for something new), `person_id` the person it is about,
    `reason` what the actor gave as theirs. Flushes, so that new rows have their id.
    """
    db.session.flush()
    after = snapshot(row)
    record_many(
        actor,
        [Change(action, row.__tablename__, after["id"], before, after, person_id, reason)],  # type: ignore[arg-type]
    )


def record_many(actor: Actor, changes: Sequence[Change]) -> None:
    """Record a batch of changes in two bulk inserts; the form for imports and whole registers."""
    if not changes:
        return
    moment = now()
    event_ids = db.session.scalars(
        insert(AuditEvent).returning(AuditEvent.id, sort_by_parameter_order=True),
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
            }
            for change in changes
        ],
    ).all()
    db.session.execute(
        insert(AuditDetail),
        [
            {
                "event_id": event_id,
                "before": _without_secrets(change.before),
                "after": _without_secrets(change.after),
                "reason": change.reason,
            }
            for event_id, change in zip(event_ids, changes, strict=True)
        ],
    )


def _without_secrets(values: dict[str, Any] | None) -> dict[str, Any] | None:
    if values is None:
        return None
    return {name: value for name, value in values.items() if name not in SECRET_COLUMNS}
