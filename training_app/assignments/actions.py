"""Asking people to do modules, switching rules on and off, waiving. Each verb checks what it is given and tells the audit."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import select

from training_app.assignments.models import Assignment, AssignmentBatch, AssignmentRule, Waiver
from training_app.assignments.queries import known_facts, person_facts, standing_assignments
from training_app.assignments.rules import (
    Asked,
    Counted,
    Due,
    PersonFacts,
    Shown,
    StepFact,
    digest_of_asked,
    who_is_asked,
)
from training_app.audit import Actor, Change, record, record_many
from training_app.catalogue.models import Module, Pathway
from training_app.clock import now, today
from training_app.database import db, refusing_doubles, snapshot
from training_app.errors import ChangedMeanwhile, Refused
from training_app.people.actions import check_span, checked_reason, checked_text
from training_app.people.models import Person
from training_app.people.rules import LONGEST_REASON, day_problem, in_words
from training_app.strategy.models import WorkforceGroup

MOST_DAYS = 3650
CHANGED_SINCE_SHOWN = (
    "Something changed since you looked, so nothing was saved. Look again at who gets what, and who is left out. "
    "Your ticks are kept; whoever is new in the list is not ticked."
)
_NOBODY = "Nobody whom you ticked is still to be asked: each holds it, is asked already, or need not do it."


def steps_of(what: Module | Pathway) -> list[StepFact]:
    """Return the steps of a pathway in their order, or a module as its only step."""
    if isinstance(what, Module):
        return [StepFact(what.id, 0)]
    return [StepFact(step.module_id, step.due_days, step.optional) for step in what.steps]


def to_be_asked(person_ids: Sequence[int], what: Module | Pathway, due: Due) -> list[Asked]:
    """Return of each of some people, in their order, what they would be asked today, or why they are left out."""
    facts = person_facts(person_ids)
    people = [facts.get(person_id, PersonFacts(person_id)) for person_id in person_ids]
    return who_is_asked(people, steps_of(what), due, known_facts(), today())


def people_held(person_ids: Collection[int]) -> Sequence[int]:
    """Return those of some people who were not erased, held in one order, so that whoever writes about the same people at the
    same time waits, and then finds what was written."""
    return db.session.scalars(
        select(Person.id)
        .where(Person.id.in_(person_ids), Person.erased_at.is_(None))
        .order_by(Person.id)
        .with_for_update(key_share=True)
    ).all()


def who_was_shown(person_ids: Collection[int], shown: Shown | None) -> set[int]:
    """Return whom something is worked out for anew: those who are ticked, and whoever else the preview told of."""
    return {*person_ids, *(shown.person_ids if shown is not None else ())}


def expect_shown(shown: Shown | None, digest: str) -> None:
    """Raise `ChangedMeanwhile` where a preview was confirmed and would tell something else by now."""
    if shown is not None and shown.digest != digest:
        raise ChangedMeanwhile(CHANGED_SINCE_SHOWN)


def assign(
    actor: Actor,
    person_ids: Sequence[int],
    what: Module | Pathway,
    due: Due,
    *,
    whom: str,
    reason: str,
    shown: Shown | None = None,
) -> AssignmentBatch:
    """Ask people to do a module or a pathway, in one batch. Of it each is asked only what they do not hold, are not asked
    already and need not leave out; whoever has nothing left is left out. Pressed twice, the second asks nobody.

    `whom` says in words whom it was meant for, `reason` why, as those people read it; `shown` is the preview that was confirmed.
    Raises `Refused` for a day or a number of days that cannot be kept, a retired module, without a reason, and where nobody is
    left to be asked; `ChangedMeanwhile` where the preview would tell something else by now.
    """
    reason = checked_reason(reason)
    whom = checked_text(whom, "The description", LONGEST_REASON, "whom") or "People chosen one by one"
    _check_due(due, what)
    _refuse_retired([what] if isinstance(what, Module) else [])
    found = to_be_asked(people_held(who_was_shown(person_ids, shown)), what, due)
    ticked = set(person_ids)
    asked = [each for each in found if each.steps and each.person_id in ticked]
    if not asked:
        raise Refused(_NOBODY)
    expect_shown(shown, digest_of_asked(found))
    batch = AssignmentBatch(
        module_id=what.id if isinstance(what, Module) else None,
        pathway_id=what.id if isinstance(what, Pathway) else None,
        assigned_on=today(),
        assigned_at=now(),
        assigned_by_account_id=actor.account_id,
        whom=whom,
        reason=reason,
    )
    db.session.add(batch)
    record(actor, "assignment_batch.given", batch)
    given = [
        Assignment(
            batch_id=batch.id,
            person_id=each.person_id,
            module_id=step.module_id,
            assigned_on=batch.assigned_on,
            due_on=due_on,
            optional=step.optional,
        )
        for each in asked
        for step, due_on in each.steps
    ]
    with refusing_doubles(_NOBODY):
        db.session.add_all(given)
    record_many(
        actor,
        [
            Change("assignment.given", "assignment", each.id, None, snapshot(each), each.person_id, reason)
            for each in given
        ],
    )
    return batch


def take_back(actor: Actor, batch: AssignmentBatch, because: str, seen_version: int | None = None) -> int:
    """Take a whole batch back: what it asked is asked of nobody, on no day. Return of how many people.

    Raises `Refused` without a reason and where it was taken back already; `ChangedMeanwhile`.
    """
    because = checked_reason(because)
    if batch.voided_at is not None:
        raise Refused("This was taken back already.")
    batch.expect_version(seen_version)
    withdrawn = _withdraw(actor, standing_assignments(batch.id), because)
    before = snapshot(batch)
    batch.voided_at, batch.void_reason = now(), because
    record(actor, "assignment_batch.taken_back", batch, before, reason=because)
    return len(withdrawn)


def take_back_from(actor: Actor, batch: AssignmentBatch, person_id: int, because: str) -> None:
    """Take back what a batch asked of one person. Raises `Refused` without a reason and where nothing of it stands."""
    because = checked_reason(because)
    if not _withdraw(actor, standing_assignments(batch.id, person_id), because):
        raise Refused("Nothing of this is asked of them any more.")


def _withdraw(actor: Actor, standing: Collection[Assignment], because: str) -> set[int]:
    """Take assignments back; return whose they were."""
    changes = []
    for each in standing:
        before = snapshot(each)
        each.withdrawn_at = now()
        changes.append(
            Change("assignment.taken_back", "assignment", each.id, before, snapshot(each), each.person_id, because)
        )
    record_many(actor, changes)
    return {each.person_id for each in standing}


def _check_due(due: Due, what: Module | Pathway) -> None:
    if due.counted is Counted.BY_A_DAY:
        if due.day is None:
            raise Refused("Enter the day by which it is to be done.", "due_on")
        problem = day_problem(due.day)
        if problem:
            raise Refused(f"The day {problem}.", "due_on")
        if due.day < today():
            raise Refused(f"The day by which it is to be done must be today, {in_words(today())}, or later.", "due_on")
    elif due.counted is Counted.OWN_DAYS and isinstance(what, Module):
        raise Refused("Say by when: a module has no days of its own.", "counted")
    _check_days(due.days, "days")


def _check_days(days: int | None, field: str) -> None:
    if days is not None and not 0 <= days <= MOST_DAYS:
        raise Refused(f"The number of days must be a whole number from 0 to {MOST_DAYS:,}.", field)


def _refuse_retired(modules: Collection[Module]) -> None:
    for module in modules:
        if module.retired_on is not None and module.retired_on <= today():
            raise Refused(f"{module.code} is no longer offered. Choose another module.", "what")


# --- rules


def switch_on_rule(
    actor: Actor,
    group_id: int,
    what: Module | Pathway,
    *,
    from_on: date,
    due_days: int | None = None,
    includes_present: bool = False,
) -> AssignmentRule:
    """Ask a module or a pathway of whoever joins a group from a day on; with `includes_present` also of those who were there
    before, whose days are counted from that day. `due_days` is for a module; a pathway's steps have days of their own.

    Raises `Refused` for an unknown group, a day or a number of days that cannot be kept, a retired module, and where the same
    is asked of the group on the same days already.
    """
    if db.session.scalar(select(WorkforceGroup.id).where(WorkforceGroup.id == group_id).with_for_update()) is None:
        raise Refused("There is no such workforce group. Choose one from the list.", "group")
    problem = day_problem(from_on)
    if problem:
        raise Refused(f"The day {problem}.", "from_on")
    if isinstance(what, Module):
        if due_days is None:
            raise Refused("Enter within how many days of joining it is to be done.", "due_days")
        _check_days(due_days, "due_days")
        _refuse_retired([what])
    rule = AssignmentRule(
        group_id=group_id,
        module_id=what.id if isinstance(what, Module) else None,
        pathway_id=what.id if isinstance(what, Pathway) else None,
        due_days=due_days if isinstance(what, Module) else None,
        from_on=from_on,
        includes_present=includes_present,
        created_at=now(),
    )
    goes_on = select(AssignmentRule.id).where(
        AssignmentRule.voided_at.is_(None),
        AssignmentRule.group_id == group_id,
        AssignmentRule.module_id == rule.module_id if rule.module_id else AssignmentRule.pathway_id == rule.pathway_id,
        (AssignmentRule.until_on.is_(None)) | (AssignmentRule.until_on >= from_on),
    )
    if db.session.scalar(goes_on) is not None:
        raise Refused("A rule asks the same of this group on these days already. End that one first.", "what")
    with refusing_doubles("A rule asks the same of this group from that day already.", "from_on"):
        db.session.add(rule)
    record(actor, "assignment_rule.switched_on", rule)
    return rule


def end_rule(actor: Actor, rule: AssignmentRule, until_on: date, seen_version: int | None = None) -> None:
    """Let a rule ask until a day and no longer: whoever has not done it by then is no longer asked.

    Raises `Refused` for a day that cannot be kept or lies before its first, and where it was taken back; `ChangedMeanwhile`.
    """
    _refuse_void(rule)
    rule.expect_version(seen_version)
    problem = day_problem(until_on)
    if problem:
        raise Refused(f"The last day {problem}.", "until_on")
    if until_on < rule.from_on:
        raise Refused(f"The last day must be {in_words(rule.from_on)}, its first, or later.", "until_on")
    before = snapshot(rule)
    rule.until_on = until_on
    if snapshot(rule) != before:
        record(actor, "assignment_rule.ended", rule, before)


def void_rule(actor: Actor, rule: AssignmentRule, because: str, seen_version: int | None = None) -> None:
    """Take back a rule that was switched on by mistake: it asks nothing of anybody, on no day.

    Raises `Refused` without a reason and where it was taken back already; `ChangedMeanwhile`.
    """
    because = checked_reason(because)
    _refuse_void(rule)
    rule.expect_version(seen_version)
    before = snapshot(rule)
    rule.voided_at, rule.void_reason = now(), because
    record(actor, "assignment_rule.taken_back", rule, before, reason=because)


def _refuse_void(row: AssignmentRule | Waiver) -> None:
    if row.voided_at is not None:
        raise Refused("This was taken back already.")


# --- waivers


def waive(
    actor: Actor, person_id: int, module_id: int, start_on: date, reason: str, end_on: date | None = None
) -> Waiver:
    """Ask a module no more of somebody from `start_on` to `end_on`, both included; without an end it goes on.

    Raises `Refused` without a reason, for an unknown person or module, days that cannot be, and where a waiver of the same
    module begins on the same day already.
    """
    reason = checked_reason(reason)
    check_span(start_on, end_on)
    person = db.session.get(Person, person_id)
    if person is None:
        raise Refused("There is no such person. Choose somebody from the list.", "person")
    if db.session.get(Module, module_id) is None:
        raise Refused("There is no such module. Choose one from the catalogue.", "module")
    already = f"The module is waived for {person.name} from {in_words(start_on)} already. Take that back first."
    (waiver,) = waive_several(actor, [person_id], module_id, start_on, reason, end_on, already=already)
    return waiver


def waive_several(
    actor: Actor,
    person_ids: Collection[int],
    module_id: int,
    start_on: date,
    reason: str,
    end_on: date | None = None,
    *,
    already: str = "The module is waived for one of them from that day already. Look again at who needs it.",
) -> Sequence[Waiver]:
    """Ask a module of several people no more on the same days; return their waivers in the same order.

    Raises `Refused` as `waive`, and with the sentence `already` where it is waived for one of them from that day.
    """
    reason = checked_reason(reason)
    check_span(start_on, end_on)
    waivers = [
        Waiver(person_id=person_id, module_id=module_id, start_on=start_on, end_on=end_on, reason=reason)
        for person_id in person_ids
    ]
    with refusing_doubles(already, "start_on"):
        db.session.add_all(waivers)
    record_many(
        actor,
        [Change("waiver.added", "waiver", each.id, None, snapshot(each), each.person_id, reason) for each in waivers],
    )
    return waivers


def void_waiver(actor: Actor, waiver: Waiver, because: str, seen_version: int | None = None) -> None:
    """Take back a waiver that was given by mistake: it holds on no day. Raises `Refused` without a reason, and
    `ChangedMeanwhile`."""
    because = checked_reason(because)
    _refuse_void(waiver)
    waiver.expect_version(seen_version)
    void_several_waivers(actor, [waiver], because)


def void_several_waivers(actor: Actor, waivers: Collection[Waiver], because: str) -> None:
    """Take several waivers back that stand. Raises `Refused` without a reason and for one that was taken back already."""
    because = checked_reason(because)
    before = {}
    for each in waivers:
        _refuse_void(each)
        before[each.id] = snapshot(each)
        each.voided_at, each.void_reason = now(), because
    db.session.flush()
    record_many(
        actor,
        [
            Change("waiver.taken_back", "waiver", each.id, before[each.id], snapshot(each), each.person_id, because)
            for each in waivers
        ],
    )
