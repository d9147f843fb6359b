"""Where assignments, rules and waivers contradict themselves; a sentence for each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from training_app.assignments.models import (
    Allowance,
    AllowanceItem,
    Assignment,
    AssignmentBatch,
    AssignmentRule,
    Waiver,
)
from training_app.database import db
from training_app.people.problems import voiding_problems
from training_app.people.rules import in_words, span_in_words
from training_app.records.models import Completion, Evidence, Extension
from training_app.skills.models import Exemption

_ROWS_AT_ONCE = 2_000


def problems() -> Iterator[str]:
    """Yield a sentence for every batch, assignment, rule or waiver that contradicts itself."""
    for batch in db.session.scalars(select(AssignmentBatch).order_by(AssignmentBatch.id)):
        yield from (
            f"assignment batch {batch.id}: {wrong}" for wrong in voiding_problems(batch.voided_at, batch.void_reason)
        )
    query = select(Assignment).options(joinedload(Assignment.batch)).order_by(Assignment.id)
    for each in db.session.scalars(query.execution_options(yield_per=_ROWS_AT_ONCE)):
        yield from (f"assignment {each.id}: {wrong}" for wrong in _of_assignment(each))
    for rule in db.session.scalars(select(AssignmentRule).order_by(AssignmentRule.id)):
        this = f"assignment rule {rule.id} {span_in_words(rule.from_on, rule.until_on)}"
        if rule.until_on is not None and rule.until_on < rule.from_on:
            yield f"{this}: ends before it begins."
        yield from (f"{this}: {wrong}" for wrong in voiding_problems(rule.voided_at, rule.void_reason))
    for waiver in db.session.scalars(select(Waiver).order_by(Waiver.id)):
        this = f"waiver {waiver.id} {span_in_words(waiver.start_on, waiver.end_on)}"
        if waiver.end_on is not None and waiver.end_on < waiver.start_on:
            yield f"{this}: ends before it starts."
        yield from (f"{this}: {wrong}" for wrong in voiding_problems(waiver.voided_at, waiver.void_reason))
    for allowance in db.session.scalars(select(Allowance).order_by(Allowance.id)):
        yield from (
            f"allowance {allowance.id}: {wrong}"
            for wrong in voiding_problems(allowance.voided_at, allowance.void_reason)
        )
    yield from _of_allowance_items()


def _of_assignment(each: Assignment) -> Iterator[str]:
    if each.due_on < each.assigned_on:
        yield f"is due on {in_words(each.due_on)}, before it was given."
    if each.batch.voided_at is not None and each.withdrawn_at is None:
        yield "stands, but all of its batch was taken back."


def _of_allowance_items() -> Iterator[str]:
    of_whom = func.coalesce(Exemption.person_id, Waiver.person_id, Completion.person_id)
    rows: Iterable[Any] = db.session.execute(
        select(
            *(AllowanceItem, Allowance, of_whom),
            func.coalesce(Exemption.voided_at, Waiver.voided_at, Extension.voided_at),
            Completion.evidence,
        )
        .join(Allowance, Allowance.id == AllowanceItem.allowance_id)
        .outerjoin(Exemption, Exemption.id == AllowanceItem.exemption_id)
        .outerjoin(Waiver, Waiver.id == AllowanceItem.waiver_id)
        .outerjoin(Extension, Extension.id == AllowanceItem.extension_id)
        .outerjoin(Completion, Completion.id == Extension.completion_id)
        .order_by(AllowanceItem.id)
        .execution_options(yield_per=_ROWS_AT_ONCE)
    )
    for item, allowance, person_id, voided_at, evidence in rows:
        this = f"allowance {allowance.id}, item {item.id}"
        if getattr(item, f"{allowance.kind}_id") is None:
            yield f"{this}: is no {allowance.kind}, but all of its allowance is."
        if person_id != item.person_id:
            yield f"{this}: is another person's than what it made."
        # What an entry that was corrected had stands, as a part of it, for good; the entry in its place has its own.
        if allowance.voided_at is not None and voided_at is None and evidence != Evidence.VOID:
            yield f"{this}: stands, but all of its allowance was taken back."
