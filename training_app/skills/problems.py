"""Where requirements and exemptions contradict themselves; a sentence for each."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from training_app.database import db
from training_app.people.models import Person
from training_app.people.problems import voiding_problems
from training_app.people.rules import in_words, span_in_words
from training_app.skills.models import Exemption, Requirement, Skill
from training_app.strategy.models import WorkforceGroup


def problems() -> Iterator[str]:
    """Yield a sentence for everything that contradicts itself among requirements and exemptions."""
    yield from _requirements()
    yield from _exemptions()


def _requirements() -> Iterator[str]:
    standing: set[tuple[object, ...]] = set()
    query = (
        select(Requirement, WorkforceGroup.code, Skill.code)
        .join(WorkforceGroup, WorkforceGroup.id == Requirement.group_id)
        .join(Skill, Skill.id == Requirement.skill_id)
        .order_by(Requirement.id)
    )
    for requirement, group, skill in db.session.execute(query):
        this = f"requirement of {group} in {skill} from {in_words(requirement.effective_from)}"
        yield from (f"{this}: {wrong}" for wrong in voiding_problems(requirement.voided_at, requirement.void_reason))
        key = (group, skill, requirement.effective_from)
        if requirement.voided_at is None:
            if key in standing:
                yield f"{this}: stands twice."
            standing.add(key)


def _exemptions() -> Iterator[str]:
    standing: set[tuple[object, ...]] = set()
    query = (
        select(Exemption, Person.reference, Skill.code)
        .join(Person, Person.id == Exemption.person_id)
        .join(Skill, Skill.id == Exemption.skill_id)
        .order_by(Exemption.id)
    )
    for exemption, reference, skill in db.session.execute(query):
        this = f"person {reference}: exemption from {skill} {span_in_words(exemption.start_on, exemption.end_on)}"
        if exemption.end_on is not None and exemption.end_on < exemption.start_on:
            yield f"{this}: ends before it starts."
        if not exemption.reason.strip():
            yield f"{this}: has no reason."
        yield from (f"{this}: {wrong}" for wrong in voiding_problems(exemption.voided_at, exemption.void_reason))
        key = (reference, skill, exemption.start_on)
        if exemption.voided_at is None:
            if key in standing:
                yield f"{this}: stands twice."
            standing.add(key)
