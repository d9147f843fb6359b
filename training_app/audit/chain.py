"""The chain of digests over the log. Sealing happens apart from writing, so that no writer waits for another: events are
sealed some time after they were committed, in the order of their ids, and one with a lower id that was committed later
goes into the next seal.

`verify` reads everything again. It notices whatever was changed, removed, inserted or moved after it was sealed. Whoever
can write to the database could forge the whole chain from some point on; the digest that was written down elsewhere tells.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, func, select, update

from training_app.audit.actions import ERASED
from training_app.audit.models import AuditDetail, AuditEvent, AuditSeal
from training_app.audit.rules import as_listed, commitment, event_digest, listed, seal_digest
from training_app.clock import now
from training_app.database import db, transaction

# So few events a seal that whoever wants to write waits for some hundredths of a second at most.
EVENTS_A_SEAL = 2_000

_EVENT = (
    AuditEvent.id,
    AuditEvent.at,
    AuditEvent.actor_kind,
    AuditEvent.actor_account_id,
    AuditEvent.action,
    AuditEvent.object_type,
    AuditEvent.object_id,
    AuditEvent.person_id,
    AuditEvent.batch_id,
    AuditEvent.commitment,
)
_WITH_DETAILS = (
    *_EVENT,
    AuditEvent.seal_id,
    AuditDetail.event_id,
    AuditDetail.before,
    AuditDetail.after,
    AuditDetail.reason,
    AuditDetail.salt,
    AuditDetail.erased_at,
    AuditDetail.erased_by_event_id,
)


@dataclass
class Verification:
    """What the chain looks like: `problems` has a sentence for each event, detail or seal that is not as it was sealed."""

    problems: list[str] = field(default_factory=list)
    events: int = 0
    seals: int = 0
    unsealed: int = 0
    erased: int = 0
    last_digest: str = ""


def seal_everything() -> int:
    """Seal all events that are committed and not sealed yet; return how many. Opens transactions of its own, short ones, and
    none where nothing waits."""
    total = 0
    while db.session.scalar(_unsealed().limit(1)) is not None:
        with transaction():
            total += seal_some()
    return total


def seal_some() -> int:
    """Put the first events that are not sealed yet into a new seal; return how many. Two that seal at once take turns."""
    db.session.execute(select(AuditSeal.number).where(AuditSeal.number == 0).with_for_update())
    previous = db.session.scalars(select(AuditSeal).order_by(AuditSeal.number.desc()).limit(1)).one()
    number = previous.number + 1
    rows: Sequence[Any] = db.session.execute(
        update(AuditEvent)
        .where(AuditEvent.id.in_(_unsealed()))
        .values(seal_id=number)
        .returning(*_EVENT)
        .execution_options(synchronize_session=False)
    ).all()
    if not rows:
        return 0
    moment = now()
    event_digests = listed(sorted((row.id, event_digest(*row)) for row in rows))
    db.session.add(
        AuditSeal(
            number=number,
            sealed_at=moment,
            event_digests=event_digests,
            digest=seal_digest(previous.digest, number, moment, event_digests),
        )
    )
    db.session.flush()
    return len(rows)


def verify(expected: str | None = None) -> Verification:
    """Read the whole log again and say what is not as it was sealed.

    `expected` is a digest that an earlier run printed: where the chain holds it no more, its end was cut off or all of it
    was written anew.
    """
    found = Verification()
    numbers = db.session.scalars(select(AuditSeal.number).order_by(AuditSeal.number)).all()
    reader = _Reader(found)
    digests: set[str] = set()
    previous: tuple[int, str] | None = None
    for number in numbers:
        seal = db.session.execute(select(*_SEAL).where(AuditSeal.number == number)).one()
        _check_link(found, seal, previous)
        reader.check_sealed(number, as_listed(seal.event_digests))
        digests.add(seal.digest)
        previous = number, seal.digest
    reader.check_the_rest(numbers)
    found.seals = len([number for number in numbers if number])
    found.last_digest = previous[1] if previous else ""
    if expected is not None and expected not in digests:
        found.problems.append(
            f"The chain does not hold the digest {expected}: its end was cut off, or it was written anew."
        )
    return found


_SEAL = (AuditSeal.number, AuditSeal.sealed_at, AuditSeal.event_digests, AuditSeal.digest)


def _check_link(found: Verification, seal: Any, previous: tuple[int, str] | None) -> None:
    number = seal.number
    if number == 0:
        return
    before, digest = previous or (-1, "")
    if before != number - 1:
        gap = f"Seal {before + 1} is" if before + 2 == number else f"Seals {before + 1} to {number - 1} are"
        found.problems.append(f"{gap} no longer there.")
    elif seal.digest != seal_digest(digest, number, seal.sealed_at, seal.event_digests):
        found.problems.append(f"Seal {number} does not follow from seal {before}: one of the two was changed.")


class _Reader:
    """Reads events with their details and compares them with what was sealed."""

    def __init__(self, found: Verification) -> None:
        self.found = found
        self.in_seal: dict[int, int] = {}
        self.erasures: dict[int | None, frozenset[int]] = {}

    def check_sealed(self, number: int, listing: dict[int, str]) -> None:
        """Check the events that a seal lists with their digests."""
        self.in_seal[number] = 0
        rows = {row.id: row for row in self._read(listing)}
        for event_id, digest in listing.items():
            row = rows.get(event_id)
            if row is None:
                self._problem(event_id, f"it was sealed in seal {number} and was removed.")
                continue
            self.found.events += 1
            if row.seal_id == number:
                self.in_seal[number] += 1
            else:
                self._problem(event_id, f"it was taken out of seal {number}.")
            if event_digest(*row[: len(_EVENT)]) != digest:
                self._problem(event_id, f"it was changed after it was sealed in seal {number}.")
            else:
                self._check_details(row)

    def check_the_rest(self, numbers: Collection[int]) -> None:
        """Check the events that no seal lists: those that only say they are sealed, and those not sealed yet."""
        counts = db.session.execute(select(AuditEvent.seal_id, func.count()).group_by(AuditEvent.seal_id)).all()
        for number, count in sorted((number, count) for number, count in counts if number is not None):
            if number not in self.in_seal or count > self.in_seal[number]:
                self._name_inserted(number, is_there=number in numbers)
        last_id = 0
        while ids := db.session.scalars(_unsealed().where(AuditEvent.id > last_id)).all():
            last_id = ids[-1]
            for row in self._read(ids):
                self.found.unsealed += 1
                self._check_details(row)

    def _name_inserted(self, number: int, *, is_there: bool) -> None:
        ids = db.session.scalars(
            select(AuditEvent.id).where(AuditEvent.seal_id == number).order_by(AuditEvent.id)
        ).all()
        if not is_there:
            for event_id in ids:
                self._problem(event_id, f"it says that it is in seal {number}, which is not there.")
            return
        listing = as_listed(db.session.scalars(select(AuditSeal.event_digests).where(AuditSeal.number == number)).one())
        for event_id in ids:
            if event_id not in listing:
                self._problem(event_id, f"it was inserted: seal {number} does not hold it.")

    def _check_details(self, row: Any) -> None:
        if row.event_id is None:
            self._problem(row.id, "its details were removed.")
        elif row.erased_at is not None:
            if row.id in self._erased_by(row.erased_by_event_id) and _is_empty(row):
                self.found.erased += 1
            else:
                self._problem(row.id, "its details were emptied, and not by an erasure that the log knows.")
        elif row.salt is None or commitment(row.salt, row.before, row.after, row.reason) != row.commitment:
            self._problem(row.id, "its details were changed.")

    def _erased_by(self, event_id: int | None) -> frozenset[int]:
        """Return the ids of the events whose details this erasure emptied; none where it is no erasure."""
        if event_id not in self.erasures:
            after = db.session.scalar(
                select(AuditDetail.after)
                .join(AuditEvent, AuditEvent.id == AuditDetail.event_id)
                .where(AuditEvent.id == event_id, AuditEvent.action == ERASED)
            )
            self.erasures[event_id] = frozenset((after or {}).get("event_ids", ()))
        return self.erasures[event_id]

    def _problem(self, event_id: int, sentence: str) -> None:
        self.found.problems.append(f"Event {event_id}: {sentence}")

    @staticmethod
    def _read(event_ids: Collection[int]) -> Sequence[Any]:
        return db.session.execute(
            select(*_WITH_DETAILS)
            .outerjoin(AuditDetail, AuditDetail.event_id == AuditEvent.id)
            .where(AuditEvent.id.in_(event_ids))
            .order_by(AuditEvent.id)
        ).all()


def _is_empty(row: Any) -> bool:
    return row.before is row.after is row.reason is row.salt is None


def _unsealed() -> Select[int]:
    """Return the ids of the first events that are not sealed yet."""
    return select(AuditEvent.id).where(AuditEvent.seal_id.is_(None)).order_by(AuditEvent.id).limit(EVENTS_A_SEAL)
