"""What the records hold about a person, completions and extensions: to show it to them, and to erase it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from training_app.audit import Actor, Change, record, record_many
from training_app.audit.personal import ERASED_TEXT
from training_app.clock import now
from training_app.database import db, snapshot
from training_app.files.taking_in import JPEG
from training_app.people.personal import MERGED_BECAUSE, Held, moved_rows
from training_app.people.rules import LAST_DAY, in_words
from training_app.records import evidence as evidence_files
from training_app.records import reflections
from training_app.records.models import Completion, Evidence, EvidenceFile, Extension, Reflection
from training_app.records.rules import extended_end, valid_until

T = TypeVar("T", Extension, EvidenceFile, Reflection)

TABLES = ("completion", "extension", "evidence_file", "reflection")

EVIDENCE_IN_WORDS = {
    Evidence.VERIFIED: "verified by the hub",
    Evidence.SELF_DECLARED: "awaiting confirmation",
    Evidence.RETURNED: "sent back",
    Evidence.VOID: "voided",
}


def held_about(person_id: int, *, to_themselves: bool = True) -> Held:
    """Return all that somebody completed, with notes, evidence and reasons, void entries included, in plain words; the files
    that go with it, and what they wrote about it, which others than themselves (not `to_themselves`) read where it is shared.
    """
    completions = db.session.scalars(
        select(Completion)
        .options(joinedload(Completion.module), joinedload(Completion.version), selectinload(Completion.extensions))
        .where(Completion.person_id == person_id)
        .order_by(Completion.completed_on, Completion.id)
    )
    return {
        "Training completed": [
            {
                "Module": each.called(),
                "In the catalogue": "no, it was somewhere else" if each.is_outside else "yes",
                "Formal or informal": _formality(each.version.is_formal),
                "Completed on": each.completed_on,
                "Evidence": "confirmed by rule"
                if each.verified_by_rule
                else EVIDENCE_IN_WORDS[Evidence(each.evidence)],
                "Counts until": each.valid_until or "for good",
                "Hours": each.hours,
                "Provider": each.provider,
                "Note": each.note,
                "Recorded": each.created_at,
                "Verified": each.verified_at,
                "Sent back because": each.return_reason,
                "Answered": each.answer,
                "Voided": each.voided_at,
                "Voided because": each.void_reason,
                "Extended": [_extended(extension) for extension in each.extensions],
            }
            for each in completions
        ],
        "Evidence files": [_file_in_words(each) for each in _of_theirs(EvidenceFile, person_id)],
        "Reflections": [
            _reflection_in_words(each, to_themselves=to_themselves) for each in _of_theirs(Reflection, person_id)
        ],
    }


def _of_theirs(table: type[T], person_id: int) -> Sequence[T]:
    """Return the rows of a table that belong to what somebody completed, in their order."""
    return db.session.scalars(
        select(table).join(Completion).where(Completion.person_id == person_id).order_by(table.id)
    ).all()


def _entry_in_words(entry: Completion) -> dict[str, object]:
    return {"Module": entry.called(), "Completed on": entry.completed_on}


def _file_in_words(file: EvidenceFile) -> dict[str, object]:
    return {
        **_entry_in_words(file.completion),
        "What": "a photo" if file.content_type == JPEG else "a PDF",
        "Size in bytes": file.size,
        "Added": file.created_at,
        "Taken away": file.voided_at,
        "Taken away because": file.void_reason,
    }


def _reflection_in_words(reflection: Reflection, *, to_themselves: bool) -> dict[str, object]:
    may_read = to_themselves or reflection.shared
    tried, said, differently = (
        text if may_read or text is None else "only they may read it"
        for text in (reflection.tried, reflection.young_people_said, reflection.differently)
    )
    return {
        **_entry_in_words(reflection.completion),
        "What I tried": tried,
        "What young people said": said,
        "What I will do differently": differently,
        "Shared with those who look after the record": "yes" if reflection.shared else "no",
        "Written": reflection.written_at,
        "Last changed": reflection.changed_at,
    }


def objects_of(person_id: int) -> list[tuple[str, int]]:
    """Return the rows about somebody that do not say so themselves: what belongs to what they completed, and what their
    training outside the catalogue says and gives."""
    private = select(Completion.module_version_id).where(
        Completion.person_id == person_id, Completion.module_id.is_(None)
    )
    return [
        *(("extension", each.id) for each in _of_theirs(Extension, person_id)),
        *(("evidence_file", each.id) for each in _of_theirs(EvidenceFile, person_id)),
        *(("reflection", each.id) for each in _of_theirs(Reflection, person_id)),
        *(("module_version", each) for each in db.session.scalars(private.distinct())),
    ]


def erase(actor: Actor, person_id: int) -> None:
    """Take notes, providers, reasons, answers and the titles of training outside the catalogue out of all that somebody
    completed, take away the files that go with it and what they wrote about it; days, evidence and what it gives stay."""
    changes = []
    for each in db.session.scalars(
        select(Completion)
        .options(selectinload(Completion.extensions))
        .where(Completion.person_id == person_id)
        .order_by(Completion.id)
    ):
        each.note = each.provider = each.answer = each.title_key = None
        if each.is_outside:
            each.version.title = ERASED_TEXT
        each.return_reason = ERASED_TEXT if each.return_reason else None
        each.void_reason = ERASED_TEXT if each.void_reason else None
        changes.append(Change("completion.erased", "completion", each.id, person_id=person_id))
        for extension in each.extensions:
            extension.reason = ERASED_TEXT
            extension.void_reason = ERASED_TEXT if extension.void_reason else None
            changes.append(Change("extension.erased", "extension", extension.id, person_id=person_id))
        for file in evidence_files.erase_files(each.id, ERASED_TEXT):
            changes.append(Change("evidence_file.erased", "evidence_file", file.id, person_id=person_id))
        reflection = reflections.reflection_of(each.id)
        if reflection is not None:
            reflection.tried = reflection.young_people_said = reflection.differently = None
            reflection.shared = False
            changes.append(Change("reflection.erased", "reflection", reflection.id, person_id=person_id))
    record_many(actor, changes)


def move_person(actor: Actor, from_id: int, to_id: int) -> int:
    """Give all that somebody completed to another row of the same person. Of two that stand for the same module and day the one
    with the stronger evidence stands, and succeeds the other; it counts as long as the longer of the two did. Return how many
    there were."""
    standing = select(Completion).where(Completion.evidence != Evidence.VOID.value).order_by(Completion.id)
    theirs = {
        (each.module_id, each.title_key, each.completed_on): each
        for each in db.session.scalars(standing.where(Completion.person_id == to_id))
    }
    clashes = 0
    for one in db.session.scalars(standing.where(Completion.person_id == from_id)).all():
        other = theirs.get((one.module_id, one.title_key, one.completed_on))
        if other is not None:
            _succeed(actor, *sorted((one, other), key=_strength))
            clashes += 1
    record_many(actor, moved_rows(Completion, from_id, to_id))
    return clashes


# The strongest first; what was sent back counts for nothing.
_BY_STRENGTH = (Evidence.VERIFIED.value, Evidence.SELF_DECLARED.value, Evidence.RETURNED.value)


def _strength(entry: Completion) -> tuple[int, bool, int, int]:
    end = entry.valid_until
    return _BY_STRENGTH.index(entry.evidence), end is not None, -(end or LAST_DAY).toordinal(), entry.id


def _succeed(actor: Actor, stays: Completion, goes: Completion) -> None:
    before, stood = snapshot(goes), snapshot(stays)
    goes.evidence, goes.successor_id = Evidence.VOID.value, stays.id
    goes.voided_at, goes.void_reason = now(), MERGED_BECAUSE
    record(actor, "completion.voided", goes, before, goes.person_id, MERGED_BECAUSE)
    evidence_files.give_to(actor, goes, stays)
    reflections.give_to(actor, goes, stays)
    if stays.valid_until is not None:
        _keep_extensions(actor, stays, goes, stood)


def _keep_extensions(actor: Actor, stays: Completion, goes: Completion, stood: dict[str, object]) -> None:
    """Give the entry that stays the extensions of the one that goes, so that taking one back takes back that one alone, and
    whatever it counts longer by its module."""
    standing = [each for each in stays.extensions if each.voided_at is None]
    there = {(each.valid_until, each.reason, each.created_at) for each in standing}
    kept = [
        Extension(completion_id=stays.id, valid_until=each.valid_until, reason=each.reason, created_at=each.created_at)
        for each in goes.extensions
        if each.voided_at is None and (each.valid_until, each.reason, each.created_at) not in there
    ]
    by_module, longer = _end_by_module(stays), _end_by_module(goes) or LAST_DAY
    added = (
        [Extension(completion_id=stays.id, valid_until=longer, reason=MERGED_BECAUSE, created_at=now())]
        if by_module is not None and longer > by_module
        else []
    )
    db.session.add_all([*kept, *added])
    db.session.flush()
    for action, extensions in (("extension.kept", kept), ("extension.added", added)):
        for each in extensions:
            record(actor, action, each, person_id=stays.person_id, reason=each.reason)
    end = extended_end(by_module, [each.valid_until for each in (*standing, *kept, *added)])
    if end != stays.valid_until:
        stays.valid_until = end
        record(actor, "completion.extended", stays, stood, stays.person_id, MERGED_BECAUSE)


def _end_by_module(entry: Completion) -> date | None:
    return valid_until(entry.completed_on, entry.version.refresh_months, entry.version.ends_on)


def _formality(is_formal: bool | None) -> str | None:
    return None if is_formal is None else "formal" if is_formal else "informal"


def _extended(extension: Extension) -> str:
    taken_back = f" (taken back: {extension.void_reason})" if extension.voided_at else ""
    return f"to {in_words(extension.valid_until)}: {extension.reason}{taken_back}"
