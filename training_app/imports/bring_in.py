"""Judging and applying an import, the same for every kind.

A file is judged before the write lock is taken, because that takes time. If anything at all was written meanwhile (the audit
tells, since every write leaves an event), it is judged again under the lock, so that the plan that is applied is never stale.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from training_app.audit import Actor, AuditEvent
from training_app.database import db, transaction
from training_app.errors import ChangedMeanwhile, Refused
from training_app.files import Sheet, read_sheet
from training_app.imports import completions, exemptions, own_rows, people, requirements
from training_app.imports.judgement import Judgement
from training_app.imports.own_rows import Bounds


@dataclass(frozen=True)
class Kind:
    """A kind of file: its columns, which of them are required, and how it is judged: in whole, or within the bounds of who
    brings it in. Of a kind without `judge_within` nobody with bounds brings anything in."""

    name: str
    columns: Sequence[str]
    required: Sequence[str]
    judge: Callable[[Sheet], Judgement]
    judge_within: Callable[[Sheet, Bounds], Judgement] | None = None


KINDS = {
    kind.name: kind
    for kind in (
        Kind("people", people.COLUMNS, people.REQUIRED, people.judge, own_rows.judge_people),
        Kind("completions", completions.COLUMNS, completions.REQUIRED, completions.judge, own_rows.judge_completions),
        Kind("exemptions", exemptions.COLUMNS, exemptions.REQUIRED, exemptions.judge),
        Kind("requirements", requirements.COLUMNS, requirements.REQUIRED, requirements.judge),
    )
}


def judge(kind: Kind, content: bytes, filename: str, bounds: Bounds | None = None) -> Judgement:
    """Return what bringing in a file would do; writes nothing. `bounds` says whose rows it may hold (None: anybody's).

    Raises `files.UnreadableFile` where it cannot be read as what it says it is.
    """
    return _judge_sheet(kind, read_sheet(content, filename, kind.columns, kind.required), bounds)


def bring_in(actor: Actor, kind: Kind, content: bytes, filename: str, bounds: Bounds | None = None) -> Judgement:
    """Bring in a file: all of it in one transaction or, with any bad row, nothing. `bounds` as in `judge`.

    Raises `files.UnreadableFile`, and `Refused` where somebody wrote the same thing at the same moment.
    """
    sheet = read_sheet(content, filename, kind.columns, kind.required)
    seen = _writes_so_far()
    judgement = _judge_sheet(kind, sheet, bounds)
    db.session.rollback()
    if not judgement.is_good:
        return judgement
    try:
        with transaction():
            if _writes_so_far() != seen:
                judgement = _judge_sheet(kind, sheet, bounds)
            if judgement.is_good and judgement.apply is not None:
                judgement.apply(actor)
    except (IntegrityError, ChangedMeanwhile) as clash:
        raise Refused(
            "Somebody else wrote the same thing at the same moment, so nothing of this file was brought in. Try again."
        ) from clash
    return judgement


def _judge_sheet(kind: Kind, sheet: Sheet, bounds: Bounds | None) -> Judgement:
    if bounds is None:
        judgement = kind.judge(sheet)
    elif kind.judge_within is not None:
        judgement = kind.judge_within(sheet, bounds)
    else:
        raise Refused(f"A file of {kind.name} is the workforce manager's to bring in.")
    judgement.errors.sort(key=lambda error: error.line)
    return judgement


def _writes_so_far() -> tuple[int, int]:
    count, last = db.session.execute(select(func.count(AuditEvent.id), func.max(AuditEvent.id))).one()
    return count, last or 0
