"""Where assignments, rules and waivers contradict themselves; a sentence for each."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from training_app.assignments.models import Assignment, AssignmentBatch, AssignmentRule, Waiver
from training_app.database import db
from training_app.people.problems import voiding_problems
from training_app.people.rules import in_words, span_in_words

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


def _of_assignment(each: Assignment) -> Iterator[str]:
    if each.due_on < each.assigned_on:
        yield f"is due on {in_words(each.due_on)}, before it was given."
    if each.batch.voided_at is not None and each.withdrawn_at is None:
        yield "stands, but all of its batch was taken back."
