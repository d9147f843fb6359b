"""Photos and PDFs that go with completions: keeping them, finding them, taking them away.

A file is taken in and on the disk (`keep`) before a row speaks of it (`attach`), and outside the transaction, because that
takes a while. Whatever no row speaks of, because it was never attached, was taken away or a crash came between, is removed by
`sweep` once it is old enough that nobody can be about to attach it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask import current_app
from sqlalchemy import select

from training_app.audit import Actor, record
from training_app.clock import now
from training_app.database import db, once_kept, refusing_doubles, snapshot
from training_app.errors import Refused
from training_app.files.store import FileStore
from training_app.files.taking_in import take_in
from training_app.people.actions import checked_reason
from training_app.records.models import Completion, Evidence, EvidenceFile
from training_app.records.rules import MOST_EVIDENCE_FILES

# How long a file may wait for its row: longer than anybody leaves a form open that was shown with a kept photo.
GRACE = timedelta(hours=24)

_GONE = "This file is no longer here. Choose it again."


@dataclass(frozen=True)
class KeptFile:
    """A file in the store, of which no row speaks yet."""

    stored_as: str
    content_type: str
    size: int
    digest: str


def evidence_store() -> FileStore:
    """Return the store of evidence, in the folder that the hub has set."""
    return FileStore(current_app.config["SETTINGS"].evidence)


def keep(content: bytes) -> KeptFile:
    """Take a file in that somebody sent, and write it to the disk. Not inside a transaction: it takes a while.

    Raises `Refused` for what is neither a photo nor a PDF, damaged, or too large; also where the disk takes nothing now.
    """
    taken = take_in(content, current_app.config["SETTINGS"].largest_evidence_mb)
    try:
        stored_as = evidence_store().put(taken.content)
    except OSError as error:
        raise Refused("The file could not be kept just now. Try again later, or tell the hub.") from error
    return KeptFile(stored_as, taken.content_type, len(taken.content), taken.digest)


def attach(actor: Actor, completion: Completion, kept: KeptFile) -> EvidenceFile:
    """Let a kept file go with a completion that is held (see `completion_seen`). The same file sent twice is there once: the
    one that came second is removed from the store.

    Raises `Refused` for a void entry, for more files than an entry may have, and where the file is no longer in the store.
    """
    if completion.evidence == Evidence.VOID:
        raise Refused("This entry was voided, so nothing can be added to it.")
    standing = evidence_of([completion.id]).get(completion.id, [])
    same = next((each for each in standing if each.digest == kept.digest), None)
    if same is not None:
        if same.stored_as != kept.stored_as:
            once_kept(lambda: evidence_store().remove(kept.stored_as))
        return same
    if len(standing) >= MOST_EVIDENCE_FILES:
        raise Refused(
            f"An entry has {MOST_EVIDENCE_FILES} files at most. Take one away first, or put pages into one PDF."
        )
    if not evidence_store().has(kept.stored_as):
        raise Refused(_GONE)
    file = EvidenceFile(
        completion_id=completion.id,
        stored_as=kept.stored_as,
        content_type=kept.content_type,
        size=kept.size,
        digest=kept.digest,
        created_at=now(),
        added_by_account_id=actor.account_id,
    )
    with refusing_doubles("This file was added a moment ago, so it was not added twice."):
        db.session.add(file)
    record(actor, "evidence_file.added", file, person_id=completion.person_id)
    return file


def take_away(actor: Actor, file: EvidenceFile, because: str) -> None:
    """Take a file away for good, for a reason. Raises `Refused` without one, or where it was taken away already."""
    because = checked_reason(because)
    if file.voided_at is not None:
        raise Refused("This file was taken away already.")
    before = snapshot(file)
    _void(file, because)
    record(actor, "evidence_file.taken_away", file, before, file.completion.person_id, because)


def give_to(actor: Actor, completion: Completion, successor: Completion) -> None:
    """Let what goes with an entry go with the one that takes its place; a file that is there already stays where it is."""
    there = {each.digest for each in evidence_of([successor.id]).get(successor.id, [])}
    for file in evidence_of([completion.id]).get(completion.id, []):
        if file.digest not in there:
            before = snapshot(file)
            file.completion_id = successor.id
            record(actor, "evidence_file.moved", file, before, successor.person_id)


def evidence_of(completion_ids: Collection[int]) -> dict[int, Sequence[EvidenceFile]]:
    """Return the files that stand of some completions, by the completion's id, the first added first."""
    found: dict[int, list[EvidenceFile]] = {}
    query = select(EvidenceFile).where(EvidenceFile.completion_id.in_(completion_ids), EvidenceFile.voided_at.is_(None))
    for file in db.session.scalars(query.order_by(EvidenceFile.id)):
        found.setdefault(file.completion_id, []).append(file)
    return dict(found)


def evidence_file_of(completion: Completion, file_id: int) -> EvidenceFile | None:
    """Return the file with this id that goes with a completion and stands, if there is one."""
    return next((each for each in evidence_of([completion.id]).get(completion.id, []) if each.id == file_id), None)


def file_ids_of(completion_id: int) -> Sequence[int]:
    """Return the ids of all files that went with a completion, those taken away too: for its history."""
    return db.session.scalars(select(EvidenceFile.id).where(EvidenceFile.completion_id == completion_id)).all()


def orphans() -> Iterator[str]:
    """Yield the names of files in the store of which no row speaks, and nobody can be about to attach."""
    old_enough = list(evidence_store().names(before=(now() - GRACE).timestamp()))
    spoken_of = set(db.session.scalars(select(EvidenceFile.stored_as).where(EvidenceFile.voided_at.is_(None))))
    yield from (each for each in old_enough if each not in spoken_of)


def sweep() -> int:
    """Remove from the store what no row speaks of; return how many files that were."""
    names = list(orphans())
    for each in names:
        evidence_store().remove(each)
    return len(names)


def erase_files(completion_id: int, because: str) -> list[EvidenceFile]:
    """Take away all files of a completion without telling the log, and empty what their rows said; return the rows."""
    files = list(db.session.scalars(select(EvidenceFile).where(EvidenceFile.completion_id == completion_id)))
    for each in files:
        if each.voided_at is None:
            _void(each, because)
        each.void_reason = because
    return files


def _void(file: EvidenceFile, because: str) -> None:
    stored_as = file.stored_as
    file.voided_at, file.void_reason, file.digest = now(), because, None
    once_kept(lambda: evidence_store().remove(stored_as))
