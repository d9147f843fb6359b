"""What assigning holds about a person: to show it to them, to erase it, and to move it to the person they turned out to be."""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from training_app.assignments.models import Allowance, AllowanceItem, Assignment, AssignmentBatch, Waiver
from training_app.audit import Actor, Change, record, record_many
from training_app.audit.personal import ERASED_TEXT
from training_app.catalogue.models import Module
from training_app.clock import now
from training_app.database import db, snapshot
from training_app.people.personal import MERGED_BECAUSE, Held, moved_rows

TABLES = ("assignment", "waiver", "allowance_item")

_KINDS = {"exemption": "an exemption", "waiver": "a waiver", "extension": "an extension"}


def held_about(person_id: int) -> Held:
    """Return what somebody was asked to do and what was waived, what was taken back included, in plain words. What follows
    from rules is worked out whenever it is read, and kept nowhere."""
    return {
        "Asked to do": [
            {
                "Module": f"{each.module.code} {each.module.current.title}",
                "Asked on": each.assigned_on,
                "By": each.due_on,
                "Whenever it suits": "yes" if each.optional else "no",
                "Asked of": each.batch.whom,
                "Because": each.batch.reason,
                "Taken back": each.withdrawn_at,
                "Taken back because": each.batch.void_reason,
            }
            for each in _assignments(person_id)
        ],
        "Waivers": [
            {
                "Module": f"{each.module.code} {each.module.current.title}",
                "First day": each.start_on,
                "Last day": each.end_on,
                "Reason": each.reason,
                "Taken back": each.voided_at,
                "Taken back because": each.void_reason,
            }
            for each in _waivers(person_id)
        ],
        "Allowed together with others": [
            {
                "What": _KINDS[each.allowance.kind],
                "When": each.allowance.made_at,
                "Given to": each.allowance.whom,
                "Because": each.allowance.reason,
                "All of it taken back": each.allowance.voided_at,
                "Taken back because": each.allowance.void_reason,
            }
            for each in _items(person_id)
        ],
    }


def objects_of(person_id: int) -> list[tuple[str, int]]:
    """Return the rows about somebody alone that do not say so themselves: batches and allowances that are for nobody else."""
    return [
        *(("assignment_batch", each.id) for each in _batches_of_them_alone(person_id)),
        *(("allowance", each.id) for each in _allowances_of_them_alone(person_id)),
    ]


def erase(actor: Actor, person_id: int) -> None:
    """Take the words out of somebody's waivers, and out of what was asked of or allowed to them alone; what and by when stays."""
    changes = []
    for waiver in _waivers(person_id):
        waiver.reason = ERASED_TEXT
        waiver.void_reason = ERASED_TEXT if waiver.void_reason else None
        changes.append(Change("waiver.erased", "waiver", waiver.id, person_id=person_id))
    for batch in _batches_of_them_alone(person_id):
        batch.reason = batch.whom = ERASED_TEXT
        batch.void_reason = ERASED_TEXT if batch.void_reason else None
        changes.append(Change("assignment_batch.erased", "assignment_batch", batch.id, person_id=person_id))
    for allowance in _allowances_of_them_alone(person_id):
        allowance.reason = allowance.whom = ERASED_TEXT
        allowance.void_reason = ERASED_TEXT if allowance.void_reason else None
        changes.append(Change("allowance.erased", "allowance", allowance.id, person_id=person_id))
    record_many(actor, changes)


def move_person(actor: Actor, from_id: int, to_id: int) -> None:
    """Give what was asked of somebody, and waived, to another row of the same person. Of two that say the same on the same day
    that of the other row stands; of two waivers from the same day the one that ends later."""
    asked = {(each.module_id, each.assigned_on) for each in _assignments(to_id) if each.withdrawn_at is None}
    for each in _assignments(from_id):
        if each.withdrawn_at is None and (each.module_id, each.assigned_on) in asked:
            before = snapshot(each)
            each.withdrawn_at = now()
            record(actor, "assignment.taken_back", each, before, from_id, MERGED_BECAUSE)
    waived = {(each.module_id, each.start_on): each for each in _waivers(to_id) if each.voided_at is None}
    for waiver in _waivers(from_id):
        other = waived.get((waiver.module_id, waiver.start_on)) if waiver.voided_at is None else None
        if other is not None:
            goes = waiver if (other.end_on or date.max) >= (waiver.end_on or date.max) else other
            before = snapshot(goes)
            goes.voided_at, goes.void_reason = now(), MERGED_BECAUSE
            record(actor, "waiver.taken_back", goes, before, goes.person_id, MERGED_BECAUSE)
    tables = (Assignment, Waiver, AllowanceItem)
    record_many(actor, [change for table in tables for change in moved_rows(table, from_id, to_id)])


def _assignments(person_id: int) -> list[Assignment]:
    return list(
        db.session.scalars(
            select(Assignment)
            .options(joinedload(Assignment.batch), joinedload(Assignment.module).joinedload(Module.current))
            .where(Assignment.person_id == person_id)
            .order_by(Assignment.assigned_on, Assignment.id)
        )
    )


def _waivers(person_id: int) -> list[Waiver]:
    return list(
        db.session.scalars(
            select(Waiver)
            .options(joinedload(Waiver.module).joinedload(Module.current))
            .where(Waiver.person_id == person_id)
            .order_by(Waiver.start_on, Waiver.id)
        )
    )


def _batches_of_them_alone(person_id: int) -> list[AssignmentBatch]:
    alone = (
        select(Assignment.batch_id)
        .group_by(Assignment.batch_id)
        .having(func.min(Assignment.person_id) == person_id, func.max(Assignment.person_id) == person_id)
    )
    return list(
        db.session.scalars(select(AssignmentBatch).where(AssignmentBatch.id.in_(alone)).order_by(AssignmentBatch.id))
    )


def _items(person_id: int) -> list[AllowanceItem]:
    return list(
        db.session.scalars(
            select(AllowanceItem)
            .options(joinedload(AllowanceItem.allowance))
            .where(AllowanceItem.person_id == person_id)
            .order_by(AllowanceItem.id)
        )
    )


def _allowances_of_them_alone(person_id: int) -> list[Allowance]:
    alone = (
        select(AllowanceItem.allowance_id)
        .group_by(AllowanceItem.allowance_id)
        .having(func.min(AllowanceItem.person_id) == person_id, func.max(AllowanceItem.person_id) == person_id)
    )
    return list(db.session.scalars(select(Allowance).where(Allowance.id.in_(alone)).order_by(Allowance.id)))
