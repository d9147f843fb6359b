"""Writing what each group needs, and who is exempt. Each verb checks what it is given and tells the audit."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import select

from training_app.audit import Actor, Change, record, record_many
from training_app.clock import now
from training_app.database import db, refusing_doubles, seen_as, snapshot
from training_app.errors import ChangedMeanwhile, Refused
from training_app.people.actions import check_span, checked_reason
from training_app.people.models import Person
from training_app.people.rules import day_problem, in_words
from training_app.skills.levels import Level
from training_app.skills.models import Exemption, Requirement, Skill
from training_app.skills.queries import requirement_of
from training_app.strategy.models import WorkforceGroup

_EXEMPT_ALREADY = "This person is exempt from this skill from that day already. Change that exemption instead."


def require_level(
    actor: Actor,
    group_id: int,
    skill_id: int,
    level: Level | int,
    effective_from: date,
    seen: str | None = None,
) -> Requirement:
    """Decide which level a group needs in a skill from a day on, until the next decision; `Level.NONE` asks nothing more.

    A decision for the same group, skill and day is changed, not doubled; `seen` is how the one who decides saw it
    (`seen_as`, also of there being none). Days past and a level that nothing in the catalogue reaches are allowed.
    Raises `Refused` for an unknown group, skill or level and a day that cannot be kept, `ChangedMeanwhile` where somebody
    else decided first.
    """
    if level not in list(Level):
        raise Refused("Choose a level, or that it is no longer required.", "level")
    problem = day_problem(effective_from)
    if problem:
        raise Refused(f"The day {problem}.", "effective_from")
    if db.session.get(WorkforceGroup, group_id) is None:
        raise Refused("There is no such workforce group. Choose one from the list.", "group")
    if db.session.get(Skill, skill_id) is None:
        raise Refused("There is no such skill. Choose one from the list.", "skill")
    standing = requirement_of(group_id, skill_id, effective_from)
    if seen is not None and seen != seen_as(standing):
        raise ChangedMeanwhile
    if standing is not None:
        if standing.level != level:
            before = snapshot(standing)
            standing.level = int(level)
            record(actor, "requirement.changed", standing, before)
        return standing
    requirement = Requirement(group_id=group_id, skill_id=skill_id, level=int(level), effective_from=effective_from)
    with refusing_doubles():
        db.session.add(requirement)
    record(actor, "requirement.added", requirement)
    return requirement


def void_requirement(actor: Actor, requirement: Requirement, because: str, seen_version: int | None = None) -> None:
    """Take back a decision that was entered by mistake: it is in force on no day, and the one before it goes on.

    Raises `Refused` without a reason, or where it is void already, and `ChangedMeanwhile`.
    """
    because = checked_reason(because)
    if requirement.voided_at is not None:
        raise Refused("This requirement was taken back already.")
    requirement.expect_version(seen_version)
    before = snapshot(requirement)
    requirement.voided_at, requirement.void_reason = now(), because
    record(actor, "requirement.voided", requirement, before, reason=because)


def exempt(
    actor: Actor, person_id: int, skill_id: int, start_on: date, reason: str, end_on: date | None = None
) -> Exemption:
    """Ask nothing of somebody in a skill from `start_on` to `end_on`, both days included; without an end it goes on.

    Raises `Refused` without a reason, for an unknown person or skill, days that cannot be, and where an exemption from the
    same skill begins on the same day already.
    """
    reason = checked_reason(reason)
    check_span(start_on, end_on)
    person = db.session.get(Person, person_id)
    if person is None:
        raise Refused("There is no such person. Choose somebody from the list.", "person")
    skill = db.session.get(Skill, skill_id)
    if skill is None:
        raise Refused("There is no such skill. Choose one from the list.", "skill")
    double = select(Exemption.id).where(
        Exemption.person_id == person_id,
        Exemption.skill_id == skill_id,
        Exemption.start_on == start_on,
        Exemption.voided_at.is_(None),
    )
    if db.session.scalar(double) is not None:
        raise Refused(
            f"{person.name} is exempt from {skill.name} from {in_words(start_on)} already. "
            "Change that exemption instead.",
            "start_on",
        )
    (exemption,) = exempt_several(actor, [person_id], skill_id, start_on, reason, end_on)
    return exemption


def exempt_several(
    actor: Actor, person_ids: Collection[int], skill_id: int, start_on: date, reason: str, end_on: date | None = None
) -> Sequence[Exemption]:
    """Exempt several people from one skill on the same days; return their exemptions in the same order.

    Raises `Refused` as `exempt`, where one of them is exempt from that day already.
    """
    reason = checked_reason(reason)
    check_span(start_on, end_on)
    exemptions = [
        Exemption(person_id=person_id, skill_id=skill_id, start_on=start_on, end_on=end_on, reason=reason)
        for person_id in person_ids
    ]
    with refusing_doubles(_EXEMPT_ALREADY, "start_on"):
        db.session.add_all(exemptions)
    record_many(
        actor,
        [
            Change("exemption.added", "exemption", each.id, None, snapshot(each), each.person_id, reason)
            for each in exemptions
        ],
    )
    return exemptions


def change_exemption(
    actor: Actor, exemption: Exemption, *, end_on: date | None, reason: str, seen_version: int | None = None
) -> None:
    """Change an exemption's last day (None: it goes on) and reason. Raises `Refused` as `exempt`, and `ChangedMeanwhile`."""
    exemption.expect_version(seen_version)
    reason = checked_reason(reason)
    _refuse_void(exemption)
    check_span(exemption.start_on, end_on)
    before = snapshot(exemption)
    exemption.end_on, exemption.reason = end_on, reason
    if snapshot(exemption) != before:
        record(actor, "exemption.changed", exemption, before, exemption.person_id, reason)


def void_exemption(actor: Actor, exemption: Exemption, because: str, seen_version: int | None = None) -> None:
    """Take back an exemption that was entered by mistake: it holds on no day. Raises `Refused` without a reason, and
    `ChangedMeanwhile`."""
    because = checked_reason(because)
    _refuse_void(exemption)
    exemption.expect_version(seen_version)
    void_several_exemptions(actor, [exemption], because)


def void_several_exemptions(actor: Actor, exemptions: Collection[Exemption], because: str) -> None:
    """Take several exemptions back that stand. Raises `Refused` without a reason and for one that was taken back already."""
    because = checked_reason(because)
    before = {}
    for each in exemptions:
        _refuse_void(each)
        before[each.id] = snapshot(each)
        each.voided_at, each.void_reason = now(), because
    db.session.flush()
    record_many(
        actor,
        [
            Change("exemption.voided", "exemption", each.id, before[each.id], snapshot(each), each.person_id, because)
            for each in exemptions
        ],
    )


def _refuse_void(exemption: Exemption) -> None:
    if exemption.voided_at is not None:
        raise Refused("This exemption was taken back already. Add it anew if it is right after all.")
