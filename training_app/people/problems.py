"""Where people, organisations and engagements contradict themselves; a sentence for each."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from training_app.addresses import email_key, is_email
from training_app.database import db
from training_app.people.models import Engagement, Likeness, Organisation, OrganisationKind, Person, ProbableDouble
from training_app.people.rules import name_key, organisation_key, overlap, reference_problem, span_in_words
from training_app.strategy.models import WorkforceGroup


def problems() -> Iterator[str]:
    """Yield a sentence for everything that contradicts itself among people, organisations and engagements."""
    yield from _people()
    yield from _organisations()
    yield from _engagements()
    yield from _doubles()


def _people() -> Iterator[str]:
    owners: dict[str, str] = {}
    by_email = ProbableDouble.because.contains(Likeness.EMAIL.value)
    keyless = set(db.session.scalars(select(ProbableDouble.person_id).where(by_email)))
    columns = (Person.id, Person.reference, Person.name, Person.name_key, Person.email, Person.email_key)
    for person_id, reference, name, key, email, mail_key in db.session.execute(select(*columns).order_by(Person.id)):
        this = f"person {reference}"
        wrong = reference_problem(reference)
        if wrong:
            yield f"{this}: the reference {wrong}."
        if not name.strip():
            yield f"{this}: has no name."
        if key != name_key(name):
            yield f'{this}: is searched as "{key}", which is not the name "{name}".'
        expected = email_key(email) if email and not (mail_key is None and person_id in keyless) else None
        if mail_key != expected:
            yield f'{this}: is found by the e-mail "{mail_key}", which is not "{email}".'
        if email and not is_email(email):
            yield f'{this}: "{email}" is not an e-mail address.'
        if expected is not None and owners.setdefault(expected, reference) != reference:
            yield f"{this}: has the same e-mail as person {owners[expected]}."


def _organisations() -> Iterator[str]:
    names: dict[str, str] = {}
    columns = (Organisation.name, Organisation.name_key, Organisation.kind)
    for name, key, kind in db.session.execute(select(*columns).order_by(Organisation.id)):
        this = f'organisation "{name}"'
        if key != organisation_key(name):
            yield f'{this}: is found as "{key}", which is not its name.'
        if kind not in list(OrganisationKind):
            yield f'{this}: "{kind}" is no kind of organisation.'
        if organisation_key(name) in names:
            yield f'{this}: is the same name as "{names[organisation_key(name)]}".'
        names[organisation_key(name)] = name


def _engagements() -> Iterator[str]:
    query = (
        select(Engagement, Person.reference, WorkforceGroup.code, Organisation.name)
        .join(Person, Person.id == Engagement.person_id)
        .join(WorkforceGroup, WorkforceGroup.id == Engagement.group_id)
        .join(Organisation, Organisation.id == Engagement.organisation_id)
        .order_by(Engagement.person_id, Engagement.organisation_id, Engagement.group_id, Engagement.start_on)
    )
    earlier: list[Engagement] = []
    for engagement, reference, group, organisation in db.session.execute(query):
        span = span_in_words(engagement.start_on, engagement.end_on)
        this = f'person {reference}: engagement in {group} at "{organisation}" {span}'
        if engagement.end_on is not None and engagement.end_on < engagement.start_on:
            yield f"{this}: ends before it starts."
        yield from (f"{this}: {wrong}" for wrong in voiding_problems(engagement.voided_at, engagement.void_reason))
        if engagement.voided_at is not None:
            continue
        earlier = [each for each in earlier if _same_place(each, engagement)]
        for other in earlier:
            if overlap(engagement.start_on, engagement.end_on, other.start_on, other.end_on):
                yield f"{this}: overlaps the one {span_in_words(other.start_on, other.end_on)}."
        earlier.append(engagement)


def _same_place(one: Engagement, other: Engagement) -> bool:
    return (one.person_id, one.organisation_id, one.group_id) == (
        other.person_id,
        other.organisation_id,
        other.group_id,
    )


def _doubles() -> Iterator[str]:
    for double in db.session.scalars(select(ProbableDouble).order_by(ProbableDouble.id)):
        this = f"person {double.person.reference}: probable double of {double.known.reference}"
        if double.settled_at is None and double.person_id == double.known_id:
            yield f"{this}: is the same entry."
        if (double.settled_at is None) != (double.settled_as is None):
            yield f"{this}: is settled without what was decided, or the other way round."


def voiding_problems(voided_at: object, reason: str | None) -> Iterator[str]:
    """Yield how a row's voiding contradicts itself, as the end of a sentence; used by every subject whose rows are voided."""
    if voided_at is not None and not (reason or "").strip():
        yield "is void without a reason."
    if voided_at is None and reason is not None:
        yield "has a reason for being void, but is not void."
