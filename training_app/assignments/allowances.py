"""Exempting several people at once, waiving a module for them, or extending what they hold; and taking that back as one.

What is made for each is an exemption, a waiver or an extension like any other, with the reason in that person's history.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from training_app.assignments.actions import (
    expect_shown,
    people_held,
    void_several_waivers,
    waive_several,
    who_was_shown,
)
from training_app.assignments.models import Allowance, AllowanceItem, AllowanceKind
from training_app.assignments.queries import StandingItem, module_facts, person_facts, standing_items, verified_entries
from training_app.assignments.rules import (
    EntryFact,
    PersonFacts,
    Shown,
    Unchanged,
    digest_of,
    lasting_longest,
    why_not_extended,
    why_unchanged,
)
from training_app.audit import Actor, Change, record, record_many
from training_app.catalogue.models import Module
from training_app.clock import now, today
from training_app.database import db, snapshot
from training_app.errors import Refused
from training_app.people.actions import check_span, checked_reason, checked_text
from training_app.people.rules import LONGEST_REASON, day_problem
from training_app.records.actions import extend_several, withdraw_several
from training_app.records.models import Completion
from training_app.skills.actions import exempt_several, void_several_exemptions
from training_app.skills.models import Skill

_NOBODY = "Nobody whom you ticked needs it any more: each has it already, or has nothing that could be extended."


@dataclass(frozen=True)
class Terms:
    """What is allowed: an exemption from a skill, a waiver of a module, or an extension of what gives one of the two. Of the
    first two the days, both included; of an extension `until`, the day up to, but not on, which credits then count."""

    kind: AllowanceKind
    skill_id: int | None = None
    module_id: int | None = None
    start_on: date | None = None
    end_on: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Allowed:
    """What one person would be allowed: which entry is extended, where it is an extension; or why they are left out."""

    person_id: int
    because: Unchanged | None = None
    entry: EntryFact | None = None

    def has_run_out(self, on: date) -> bool:
        """Say whether what is extended counts no more on a day."""
        end = self.entry.credit.valid_until if self.entry else None
        return end is not None and end <= on


def to_be_allowed(person_ids: Sequence[int], terms: Terms) -> list[Allowed]:
    """Return of each of some people, in their order, what would be made for them, or why they are left out."""
    if terms.kind is AllowanceKind.EXTENSION:
        return _to_be_extended(person_ids, terms)
    facts = person_facts(person_ids)
    found = []
    for person_id in person_ids:
        own = facts.get(person_id, PersonFacts(person_id))
        spans, number = (
            (own.exemptions, terms.skill_id)
            if terms.kind is AllowanceKind.EXEMPTION
            else (own.waivers, terms.module_id)
        )
        found.append(Allowed(person_id, why_unchanged(spans, number or 0, terms.start_on or date.max, terms.end_on)))
    return found


def _to_be_extended(person_ids: Sequence[int], terms: Terms) -> list[Allowed]:
    wanted = module_facts()[terms.module_id] if terms.module_id is not None else terms.skill_id or 0
    entries = verified_entries(person_ids)
    longest = {person_id: lasting_longest(entries.get(person_id, ()), wanted) for person_id in person_ids}
    until = terms.until or date.min
    return [Allowed(person_id, why_not_extended(entry, until), entry) for person_id, entry in longest.items()]


def digest_of_allowed(found: Iterable[Allowed]) -> str:
    """Return what stands for who gets it, of which entry as it counts today, and who is left out and why, in whatever order
    they come."""
    return digest_of(
        (each.person_id, each.because, each.has_run_out(today()), _told(each.entry))
        for each in sorted(found, key=lambda each: each.person_id)
    )


def _told(entry: EntryFact | None) -> tuple[object, ...]:
    if entry is None:
        return ()
    credit = entry.credit
    return entry.completion_id, credit.module_id, credit.completed_on, credit.valid_until


def allow(
    actor: Actor, person_ids: Sequence[int], terms: Terms, *, whom: str, reason: str, shown: Shown | None = None
) -> Allowance:
    """Exempt people, waive a module for them, or extend what they hold, in one go. Whoever has it already, or has nothing to
    extend, is left out. Pressed twice, the second makes nothing.

    `whom` says in words whom it was meant for; `reason` stands in the history of each; `shown` is the preview that was
    confirmed. Raises `Refused` for an unknown skill or module, days that cannot be, without a reason, and where nobody is left;
    `ChangedMeanwhile` where the preview would tell something else by now.
    """
    reason = checked_reason(reason)
    whom = checked_text(whom, "The description", LONGEST_REASON, "whom") or "People chosen one by one"
    check_terms(terms)
    everybody = to_be_allowed(people_held(who_was_shown(person_ids, shown)), terms)
    ticked = set(person_ids)
    found = {each.person_id: each for each in everybody if each.because is None and each.person_id in ticked}
    if not found:
        raise Refused(_NOBODY)
    expect_shown(shown, digest_of_allowed(everybody))
    allowance = Allowance(
        kind=terms.kind.value,
        skill_id=terms.skill_id,
        module_id=terms.module_id,
        start_on=terms.start_on,
        end_on=terms.end_on,
        valid_until=terms.until,
        whom=whom,
        reason=reason,
        made_at=now(),
        made_by_account_id=actor.account_id,
    )
    db.session.add(allowance)
    record(actor, "allowance.given", allowance)
    made = _MAKING[terms.kind](actor, found, terms, reason)
    items = [
        AllowanceItem(allowance_id=allowance.id, person_id=person_id, **{f"{terms.kind.value}_id": number})
        for person_id, number in made.items()
    ]
    db.session.add_all(items)
    db.session.flush()
    record_many(
        actor,
        [
            Change("allowance_item.given", "allowance_item", each.id, None, snapshot(each), each.person_id, reason)
            for each in items
        ],
    )
    return allowance


def check_terms(terms: Terms) -> None:
    """Raise `Refused` for an unknown skill or module, and for days that cannot be."""
    known = (
        db.session.get(Skill, terms.skill_id) if terms.skill_id is not None else db.session.get(Module, terms.module_id)
    )
    if known is None:
        raise Refused("There is no such skill or module. Choose one from the list.", "what")
    if terms.kind is not AllowanceKind.EXTENSION:
        if terms.start_on is None:
            raise Refused("Enter the first day.", "start_on")
        check_span(terms.start_on, terms.end_on)
        return
    problem = day_problem(terms.until) if terms.until else "is missing"
    if problem:
        raise Refused(f"The new end {problem}.", "until")


def _exempted(actor: Actor, found: Mapping[int, Allowed], terms: Terms, reason: str) -> dict[int, int]:
    assert terms.skill_id is not None
    assert terms.start_on is not None
    made = exempt_several(actor, list(found), terms.skill_id, terms.start_on, reason, terms.end_on)
    return {each.person_id: each.id for each in made}


def _waived(actor: Actor, found: Mapping[int, Allowed], terms: Terms, reason: str) -> dict[int, int]:
    assert terms.module_id is not None
    assert terms.start_on is not None
    made = waive_several(actor, list(found), terms.module_id, terms.start_on, reason, terms.end_on)
    return {each.person_id: each.id for each in made}


def _extended(actor: Actor, found: Mapping[int, Allowed], terms: Terms, reason: str) -> dict[int, int]:
    assert terms.until is not None
    wanted = [each.entry.completion_id for each in found.values() if each.entry is not None]
    entries = db.session.scalars(
        select(Completion)
        .where(Completion.id.in_(wanted))
        .order_by(Completion.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    made = extend_several(actor, entries, terms.until, reason)
    whose = {each.id: each.person_id for each in entries}
    return {whose[each.completion_id]: each.id for each in made}


_MAKING: Mapping[AllowanceKind, Callable[[Actor, Mapping[int, Allowed], Terms, str], dict[int, int]]] = {
    AllowanceKind.EXEMPTION: _exempted,
    AllowanceKind.WAIVER: _waived,
    AllowanceKind.EXTENSION: _extended,
}


def take_back_allowance(actor: Actor, allowance: Allowance, because: str, seen_version: int | None = None) -> int:
    """Take back all that an allowance made and that still stands. Return of how many people.

    Raises `Refused` without a reason and where it was taken back already; `ChangedMeanwhile`.
    """
    because = checked_reason(because)
    if allowance.voided_at is not None:
        raise Refused("This was taken back already.")
    allowance.expect_version(seen_version)
    many = _take_back(actor, standing_items(allowance.id), because)
    before = snapshot(allowance)
    allowance.voided_at, allowance.void_reason = now(), because
    record(actor, "allowance.taken_back", allowance, before, reason=because)
    return many


def take_back_allowance_from(actor: Actor, allowance: Allowance, person_id: int, because: str) -> None:
    """Take back what an allowance made for one person. Raises `Refused` without a reason and where nothing of it stands."""
    because = checked_reason(because)
    if not _take_back(actor, standing_items(allowance.id, person_id), because):
        raise Refused("Nothing of this stands for them any more.")


def _take_back(actor: Actor, standing: Collection[StandingItem], because: str) -> int:
    """Take back what stands; return of how many people."""
    exemptions = [each.exemption for each in standing if each.exemption is not None]
    waivers = [each.waiver for each in standing if each.waiver is not None]
    # Of two rows of one person that were merged, both may have been given the same.
    extensions = {each.extension.id: each.extension for each in standing if each.extension is not None}.values()
    if exemptions:
        void_several_exemptions(actor, exemptions, because)
    if waivers:
        void_several_waivers(actor, waivers, because)
    if extensions:
        withdraw_several(actor, extensions, because)
    return len({each.person_id for each in standing})
