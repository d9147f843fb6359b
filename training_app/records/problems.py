"""Where completions and extensions contradict themselves; a sentence for each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import date
from typing import Any

from sqlalchemy import func, select

from training_app.catalogue.models import Module, ModuleVersion, ModuleVersionSkill
from training_app.clock import LONDON
from training_app.database import db
from training_app.people.models import Person
from training_app.people.problems import voiding_problems
from training_app.people.rules import in_words
from training_app.records.evidence import evidence_store, orphans
from training_app.records.models import Completion, Evidence, EvidenceFile, Extension
from training_app.records.rules import extended_end, valid_until

_ROWS_AT_ONCE = 5_000


def problems() -> Iterator[str]:
    """Yield a sentence for every completion or extension that contradicts itself, its module version or another one."""
    granted: dict[int, list[Extension]] = defaultdict(list)
    for extension in db.session.scalars(select(Extension).order_by(Extension.id)):
        granted[extension.completion_id].append(extension)
    standing: set[tuple[int, int | str, date]] = set()
    giving = set(db.session.scalars(select(ModuleVersionSkill.version_id)))
    private: dict[int, int] = {}
    query = (
        select(
            *Completion.__table__.columns,
            Person.reference,
            Module.code,
            ModuleVersion.module_id.label("module_of_version"),
            ModuleVersion.title,
            ModuleVersion.refresh_months,
            ModuleVersion.ends_on,
            ModuleVersion.mapped_at,
        )
        .join(Person, Person.id == Completion.person_id)
        .outerjoin(Module, Module.id == Completion.module_id)
        .join(ModuleVersion, ModuleVersion.id == Completion.module_version_id)
        .order_by(Completion.id)
        .execution_options(yield_per=_ROWS_AT_ONCE)
    )
    for row in db.session.execute(query):
        this = f"person {row.reference}: {row.code or row.title} on {in_words(row.completed_on)}"
        extensions = granted.get(row.id, [])
        if row.module_of_version != row.module_id:
            yield f"{this}: is recorded with a version of another module."
        if row.module_id is None:
            yield from (f"{this}: {wrong}" for wrong in _outside(row, giving, private))
        expected = _end(valid_until(row.completed_on, row.refresh_months, row.ends_on), extensions)
        if row.valid_until != expected:
            yield (
                f"{this}: is said to count {_until(row.valid_until)}, but its version and its extensions make it "
                f"{_until(expected)}."
            )
        if row.created_at.astimezone(LONDON).date() < row.completed_on:
            yield f"{this}: was recorded before that day."
        is_void = row.evidence == Evidence.VOID
        if is_void != (row.voided_at is not None):
            yield f"{this}: {'is void, but not since when' if is_void else 'was voided, but counts as ' + row.evidence}."
        yield from (f"{this}: {wrong}" for wrong in voiding_problems(row.voided_at, row.void_reason))
        if row.successor_id is not None and not is_void:
            yield f"{this}: was corrected by another entry, but is not void."
        if row.evidence == Evidence.RETURNED and not (row.return_reason or "").strip():
            yield f"{this}: was sent back without a reason."
        if row.verified_by_rule and row.verified_by_account_id is not None:
            yield f"{this}: is confirmed by rule, and by somebody too."
        if row.hours is not None and row.hours < 0:
            yield f"{this}: has fewer than no hours."
        if not is_void:
            key = (row.person_id, row.module_id or row.title_key or f"entry {row.id}", row.completed_on)
            if key in standing:
                yield f"{this}: stands twice."
            standing.add(key)
        for extension in extensions:
            told = f"{this}, extended to {in_words(extension.valid_until)}"
            yield from (f"{told}: {wrong}" for wrong in voiding_problems(extension.voided_at, extension.void_reason))
            if not extension.reason.strip():
                yield f"{told}: has no reason."
    of_nobody = select(ModuleVersion.id).where(
        ModuleVersion.module_id.is_(None),
        ~select(Completion.id).where(Completion.module_version_id == ModuleVersion.id).exists(),
    )
    for version_id in db.session.scalars(of_nobody.order_by(ModuleVersion.id)):
        yield f"training outside the catalogue {version_id}: is what nobody completed."
    yield from _problems_of_files()


def _problems_of_files() -> Iterator[str]:
    store = evidence_store()
    rows = db.session.execute(
        select(EvidenceFile, Person.reference, func.coalesce(Module.code, ModuleVersion.title), Completion.completed_on)
        .join(Completion, Completion.id == EvidenceFile.completion_id)
        .join(Person, Person.id == Completion.person_id)
        .join(ModuleVersion, ModuleVersion.id == Completion.module_version_id)
        .outerjoin(Module, Module.id == Completion.module_id)
        .order_by(EvidenceFile.id)
    )
    for file, reference, code, completed_on in rows:
        this = f"person {reference}: {code} on {in_words(completed_on)}, evidence file {file.id}"
        yield from (f"{this}: {wrong}" for wrong in voiding_problems(file.voided_at, file.void_reason))
        if file.voided_at is None and not store.has(file.stored_as):
            yield f"{this}: is not in the store of evidence."
    left = sum(1 for _ in orphans())
    if left:
        yield f"store of evidence: {left} file(s) that belong to no entry; `evidence sweep` removes them."


def _outside(row: Any, giving: Collection[int], private: dict[int, int]) -> Iterator[str]:
    """Yield what is wrong with an entry of training outside the catalogue. `private` remembers whose each version is."""
    if private.setdefault(row.module_version_id, row.person_id) != row.person_id:
        yield "is recorded with what somebody else's training gave."
    if row.mapped_at is None and row.evidence == Evidence.VERIFIED:
        yield "is verified, but nobody has said what it gives."
    if row.mapped_at is None and row.module_version_id in giving:
        yield "gives skills, but nobody has said that it does."


def _end(end: date | None, extensions: list[Extension]) -> date | None:
    """Return when credits end: by their version, or by the latest extension that stands if that is later (one kept by a
    correction may no longer be)."""
    standing = [each.valid_until for each in extensions if each.voided_at is None]
    return extended_end(end, standing)


def _until(day: date | None) -> str:
    return f"until {in_words(day)}" if day else "for good"
