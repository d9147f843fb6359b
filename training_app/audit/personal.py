"""What the log holds about a person: to show it to them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import or_, select, tuple_

from training_app.audit.models import AuditDetail, AuditEvent
from training_app.database import db

# What stands, after an erasure, where the tables or their rules ask for some text.
ERASED_TEXT = "Erased"

TABLES = ("audit_event", "audit_detail")

# Columns that say nothing to a reader: numbers by which rows find each other, forms that are only for searching, and moments
# that are the event's own.
_ENDINGS_OF_KEYS = ("_id", "_key", "_at")
_KEYS = frozenset({"id", "row_version"})


def held_about(
    person_id: int, own_account_ids: Collection[int] = (), objects: Collection[tuple[str, int]] = ()
) -> dict[str, Sequence[dict[str, Any]]]:
    """Return what the log says about a person, or about one of `objects` (table name and id, such as their account), in
    plain words. Whoever did it is named only where it was themselves, by one of their own accounts."""
    about = AuditEvent.person_id == person_id
    if objects:
        about = or_(about, tuple_(AuditEvent.object_type, AuditEvent.object_id).in_(objects))
    rows = db.session.execute(
        select(AuditEvent, AuditDetail)
        .outerjoin(AuditDetail, AuditDetail.event_id == AuditEvent.id)
        .where(about)
        .order_by(AuditEvent.id)
    )
    return {
        "Changes": [
            {
                "When": event.at,
                "What": event.action.replace(".", " ").replace("_", " "),
                "By": _who(event, own_account_ids),
                "In detail": list(_in_detail(detail)) if detail else [],
            }
            for event, detail in rows
        ]
    }


def _who(event: AuditEvent, own_account_ids: Collection[int]) -> str:
    if event.actor_account_id is None:
        return "the system"
    return "this person" if event.actor_account_id in own_account_ids else "the hub"


def _in_detail(detail: AuditDetail) -> Iterator[str]:
    before, after = detail.before or {}, detail.after or {}
    for column in {**before, **after}:
        if column in _KEYS or column.endswith(_ENDINGS_OF_KEYS) or before.get(column) == after.get(column):
            continue
        label, was, now_says = column.replace("_", " "), before.get(column), after.get(column)
        if was is None:
            yield f"{label}: {now_says}"
        else:
            yield f"{label}: {was}, then {'nothing' if now_says is None else now_says}"
    if detail.reason:
        yield f"because: {detail.reason}"
