"""Reading people, organisations and engagements.

What lists people starts from `people`, the ids of those whom the reader may see, and tells only the engagements at `places`,
the organisations that the reader may see (both from `scope.py`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select
from sqlalchemy.orm import joinedload

from training_app.addresses import email_key, is_email
from training_app.database import db
from training_app.people.models import (
    Engagement,
    FormerIdentity,
    KeptLeaver,
    Organisation,
    OrganisationKind,
    OwnReference,
    Person,
)
from training_app.people.rules import (
    FIRST_REFERENCE,
    covers,
    following,
    name_key,
    numbered,
    organisation_key,
    probably_the_same_name,
    reference_problem,
    review_due_on,
    words_of_name,
    years_later,
)
from training_app.people.scope import People, Places, engaged_at, is_everything, is_shared
from training_app.strategy.models import WorkforceGroup

PAGE_SIZE = 50
# How many references, the newest, say in which pattern the hub numbers its people; how many candidates are compared.
REFERENCES_LOOKED_AT = 300
CANDIDATES_COMPARED = 2000


def person_by_reference(reference: str) -> Person | None:
    """Return the person with this reference, exactly as written."""
    if reference_problem(reference) is not None:
        return None  # and never a question to the database about what it cannot hold
    return db.session.scalar(select(Person).where(Person.reference == reference))


def person_by_email(email: str) -> Person | None:
    """Return the person with this e-mail, however it is written."""
    if not is_email(email):
        return None
    return db.session.scalar(select(Person).where(Person.email_key == email_key(email)))


def organisation_by_name(name: str) -> Organisation | None:
    """Return the organisation known by this name, however it is spaced or capitalised."""
    return db.session.scalar(select(Organisation).where(Organisation.name_key == organisation_key(name)))


def visible_person(people: People, reference: str) -> Person | None:
    """Return the person with this reference if they are among `people`; None for one unseen exactly as for one absent."""
    if reference_problem(reference) is not None:
        return None
    found = db.session.scalar(select(Person).where(Person.reference == reference, Person.id.in_(people)))
    return found or db.session.scalar(
        select(Person)
        .join(FormerIdentity, FormerIdentity.person_id == Person.id)
        .where(FormerIdentity.reference == reference, Person.id.in_(people))
    )


def person_formerly(reference: str) -> Person | None:
    """Return the person who was recorded under this reference besides, before the two were found to be one."""
    return db.session.scalar(
        select(Person)
        .join(FormerIdentity, FormerIdentity.person_id == Person.id)
        .where(FormerIdentity.reference == reference)
    )


def former_identities_of(person_id: int) -> Sequence[FormerIdentity]:
    """Return who somebody was recorded as besides, the first found out first."""
    return db.session.scalars(
        select(FormerIdentity).where(FormerIdentity.person_id == person_id).order_by(FormerIdentity.id)
    ).all()


def person_called(people: People, called: str, *, places: Places) -> Person | None:
    """Return the person among `people` whom an organisation among `places` calls so in its own files, if it is only one."""
    if reference_problem(called) is not None:
        return None
    found = db.session.scalars(
        select(Person)
        .where(
            Person.id.in_(select(OwnReference.person_id).where(OwnReference.reference == called, *_of_own(places))),
            Person.id.in_(people),
        )
        .limit(2)
    ).all()
    return found[0] if len(found) == 1 else None


def own_references_of(person_id: int, *, places: Places) -> Sequence[OwnReference]:
    """Return what the organisations among `places` call somebody in their own files, each with its organisation."""
    return db.session.scalars(
        select(OwnReference)
        .options(joinedload(OwnReference.organisation))
        .where(OwnReference.person_id == person_id, *_of_own(places))
        .order_by(OwnReference.id)
    ).all()


def _of_own(places: Places) -> list[ColumnElement[bool]]:
    return [] if is_everything(places) else [OwnReference.organisation_id.in_(places)]


# --- the list of people


class Presence(StrEnum):
    """How somebody's engagements lie to a day."""

    CURRENT = "current"
    LEFT = "left"
    TO_COME = "to-come"
    NONE = "none"


@dataclass(frozen=True)
class PeopleWanted:
    """Which people a list shows, and in which order.

    `words`: every word must occur in the name (accents and case don't matter), or all of it in the reference, in what
    an organisation calls them, or in the e-mail where the reader may see it.
    `group` (a code), `organisation_id` and `area` must all be true of one engagement, and `presence` of the engagements
    that they leave, as at `on`. `sort` is one of `PEOPLE_SORTS`, with a leading "-" the other way round.
    """

    on: date
    words: str = ""
    group: str = ""
    organisation_id: int | None = None
    area: str = ""
    presence: Presence | None = None
    sort: str = "name"


@dataclass(frozen=True)
class PersonListed:
    """Somebody in a list, with the engagements that stand, from the latest; `current` are those that cover its day."""

    person: Person
    engagements: Sequence[Engagement]
    current: Sequence[Engagement]
    presence: Presence


@dataclass(frozen=True)
class Page:
    """One page of a list: what is on it, which it is (from 1), and how many there are in all."""

    rows: Sequence[Any]
    number: int
    found: int

    @property
    def pages(self) -> int:
        """How many pages there are; an empty list has one."""
        return max(1, -(-self.found // PAGE_SIZE))

    @property
    def first(self) -> int:
        """The place of the first row in the whole list, from 1."""
        return (self.number - 1) * PAGE_SIZE + 1

    @property
    def last(self) -> int:
        """The place of the last row in the whole list."""
        return self.first + len(self.rows) - 1


PEOPLE_SORTS = ("name", "reference", "group", "organisation")


def people_page(people: People, wanted: PeopleWanted, number: int = 1, *, places: Places) -> Page:
    """Return one page of the people wanted; a number past the end gives the last page. Three statements, however many."""
    chosen = _chosen(people, wanted, places)
    found = db.session.scalar(select(func.count()).select_from(chosen.subquery())) or 0
    number = min(number, max(1, -(-found // PAGE_SIZE)))
    ids = chosen.order_by(*_people_order(wanted, places)).limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE)
    listed = db.session.scalars(ids.with_only_columns(Person)).all()
    engagements = engagements_of_people([person.id for person in listed], places=places)
    return Page([_listed(person, engagements.get(person.id, []), wanted.on) for person in listed], number, found)


def first_people(people: People, wanted: PeopleWanted, most: int, *, places: Places) -> tuple[Sequence[Person], int]:
    """Return the first of the people wanted, in the list's order, and how many there are in all."""
    chosen = _chosen(people, wanted, places)
    found = db.session.scalar(select(func.count()).select_from(chosen.subquery())) or 0
    ids = chosen.order_by(*_people_order(wanted, places)).limit(most)
    return db.session.scalars(ids.with_only_columns(Person)).all(), found


def people_with_engagements(
    people: People, wanted: PeopleWanted, *, places: Places
) -> Sequence[tuple[Person, Engagement | None]]:
    """Return the people wanted, each with every engagement for which they are (None where they have none), in the list's
    order: the rows of the file that can be brought in again."""
    terms = [*_engagement_terms(wanted), *engaged_at(places)]
    matching = and_(Engagement.person_id == Person.id, Engagement.voided_at.is_(None), *terms)
    presence = _span_terms(wanted.presence, wanted.on)
    if presence is not None:
        matching = and_(matching, presence)
    rows = db.session.execute(
        select(Person, Engagement)
        .outerjoin(Engagement, matching)
        .options(joinedload(Engagement.organisation), joinedload(Engagement.group))
        .where(Person.id.in_(_chosen(people, wanted, places)))
        .order_by(*_people_order(wanted, places), Engagement.start_on, Engagement.id)
    )
    return [(person, engagement) for person, engagement in rows]


def engagements_of_people(person_ids: Collection[int], *, places: Places) -> Mapping[int, list[Engagement]]:
    """Return the standing engagements of some people at some organisations, the latest start first, each with its group and
    organisation."""
    found: dict[int, list[Engagement]] = {}
    for engagement in db.session.scalars(
        select(Engagement)
        .options(joinedload(Engagement.organisation), joinedload(Engagement.group))
        .where(Engagement.person_id.in_(person_ids), Engagement.voided_at.is_(None), *engaged_at(places))
        .order_by(Engagement.start_on.desc(), Engagement.id.desc())
    ):
        found.setdefault(engagement.person_id, []).append(engagement)
    return found


def engagement_of(person_id: int, engagement_id: int, *, places: Places) -> Engagement | None:
    """Return a standing engagement by its id if it is this person's and at one of some organisations."""
    return db.session.scalar(
        select(Engagement).where(
            Engagement.id == engagement_id,
            Engagement.person_id == person_id,
            Engagement.voided_at.is_(None),
            *engaged_at(places),
        )
    )


def organisations_of(person_ids: Collection[int], places: Places, on: date) -> dict[int, int]:
    """Return for each of some people the organisation among `places` where they are engaged on a day, the one of the latest
    start where there are several."""
    found = db.session.execute(
        select(Engagement.person_id, Engagement.organisation_id)
        .where(Engagement.person_id.in_(person_ids), Engagement.voided_at.is_(None), _covering(on), *engaged_at(places))
        .order_by(Engagement.start_on, Engagement.id)
    )
    return dict(found.all())


def presence_of(engagements: Sequence[Engagement], on: date) -> Presence:
    """Say how somebody's engagements lie to a day: one covers it, or one is to come, or all are past, or there is none."""
    if any(covers(each.start_on, each.end_on, on) for each in engagements):
        return Presence.CURRENT
    if any(each.start_on > on for each in engagements):
        return Presence.TO_COME
    return Presence.LEFT if engagements else Presence.NONE


def _listed(person: Person, engagements: Sequence[Engagement], on: date) -> PersonListed:
    current = [each for each in engagements if covers(each.start_on, each.end_on, on)]
    return PersonListed(person, engagements, current, presence_of(engagements, on))


def _chosen(people: People, wanted: PeopleWanted, places: Places) -> Select[Any]:
    chosen = select(Person.id).where(Person.erased_at.is_(None), *_within(people))
    if wanted.words:
        chosen = chosen.where(_speaks_of(wanted.words, places))
    asked = _engagement_terms(wanted)
    terms = [*asked, *engaged_at(places)]
    if wanted.presence is Presence.NONE:
        return chosen.where(~_engaged(*terms))
    if wanted.presence is None:
        return chosen.where(_engaged(*terms)) if asked else chosen
    now = _engaged(*terms, _covering(wanted.on))
    coming = _engaged(*terms, Engagement.start_on > wanted.on)
    if wanted.presence is Presence.CURRENT:
        return chosen.where(now)
    if wanted.presence is Presence.TO_COME:
        return chosen.where(coming, ~now)
    return chosen.where(_engaged(*terms), ~now, ~coming)


def _speaks_of(words: str, places: Places) -> ColumnElement[bool]:
    whole = words.strip()
    parts = name_key(whole).split()
    in_name = and_(*(Person.name_key.contains(part, autoescape=True) for part in parts)) if parts else false()
    in_reference = func.lower(Person.reference).contains(whole.casefold(), autoescape=True)
    # Nearly every e-mail holds "example" or "school"; only what is meant as one is looked for in them.
    in_email = Person.email_key.contains(email_key(whole), autoescape=True) if "@" in whole else false()
    called = func.lower(OwnReference.reference).contains(whole.casefold(), autoescape=True)
    is_called = Person.id.in_(select(OwnReference.person_id).where(called, *_of_own(places)))
    return or_(in_name, in_reference, is_called, and_(in_email, *_contact_is_told(places)))


def _engagement_terms(wanted: PeopleWanted) -> list[ColumnElement[bool]]:
    terms: list[ColumnElement[bool]] = []
    if wanted.group:
        terms.append(Engagement.group_id.in_(select(WorkforceGroup.id).where(WorkforceGroup.code == wanted.group)))
    if wanted.organisation_id is not None:
        terms.append(Engagement.organisation_id == wanted.organisation_id)
    if wanted.area:
        terms.append(Engagement.organisation_id.in_(select(Organisation.id).where(Organisation.area == wanted.area)))
    return terms


def _covering(on: date) -> ColumnElement[bool]:
    return and_(Engagement.start_on <= on, or_(Engagement.end_on.is_(None), Engagement.end_on >= on))


def _span_terms(presence: Presence | None, on: date) -> ColumnElement[bool] | None:
    if presence is Presence.CURRENT:
        return _covering(on)
    if presence is Presence.TO_COME:
        return Engagement.start_on > on
    return None


def _engaged(*terms: ColumnElement[bool]) -> ColumnElement[bool]:
    return Person.id.in_(select(Engagement.person_id).where(Engagement.voided_at.is_(None), *terms))


def _within(people: People) -> list[ColumnElement[bool]]:
    """Return the terms that keep a list to these people; none where they are everybody, which would only cost time."""
    return [] if is_everything(people) else [Person.id.in_(people)]


def _contact_is_told(places: Places) -> list[ColumnElement[bool]]:
    """Return the terms that keep a list to those whose e-mail is told to the reader."""
    return [] if is_everything(places) else [~is_shared(Person.id, places)]


def _people_order(wanted: PeopleWanted, places: Places) -> list[Any]:
    column, backwards = wanted.sort.removeprefix("-"), wanted.sort.startswith("-")
    here = (
        Engagement.person_id == Person.id,
        Engagement.voided_at.is_(None),
        _covering(wanted.on),
        *engaged_at(places),
    )
    # People without a current engagement stand last in both orders of group and of organisation.
    by_group = (
        select(func.min(WorkforceGroup.position))
        .join(Engagement, Engagement.group_id == WorkforceGroup.id)
        .where(*here)
        .scalar_subquery()
    )
    by_organisation = (
        select(func.min(Organisation.name_key))
        .join(Engagement, Engagement.organisation_id == Organisation.id)
        .where(*here)
        .scalar_subquery()
    )
    columns: dict[str, Any] = {
        "name": Person.name_key,
        "reference": Person.reference,
        "group": by_group,
        "organisation": by_organisation,
    }
    first = columns.get(column, Person.name_key)
    ordered = (first.desc() if backwards else first.asc()).nulls_last()
    return [ordered, Person.name_key, Person.id]


# --- adding somebody: is it the same person, and what reference comes next


def probable_doubles(people: People, name: str, email: str | None = None, *, places: Places) -> list[Person]:
    """Return those among `people` who are probably the person of this name or e-mail, the same e-mail first; by e-mail only
    those whose e-mail is told to the reader.

    Only people who share a word of the name or the first letters of one are compared, and no more than
    `CANDIDATES_COMPARED`, so that the question takes no longer as the hub grows.
    """
    key = name_key(name)
    words = [word for word in words_of_name(key) if len(word) > 1][:6]
    maybe: list[ColumnElement[bool]] = [Person.name_key == key]
    for word in words:
        maybe += [
            Person.name_key.contains(word, autoescape=True),
            Person.name_key.startswith(word[:2], autoescape=True),
        ]
    candidates = db.session.execute(
        select(Person.id, Person.name_key)
        .where(Person.id.in_(people), Person.erased_at.is_(None), or_(*maybe))
        .order_by(Person.name_key != key, Person.id.desc())
        .limit(CANDIDATES_COMPARED)
    )
    alike = [person_id for person_id, other in candidates if probably_the_same_name(key, other)]
    same_email = and_(Person.email_key == email_key(email), *_contact_is_told(places)) if email else false()
    same = or_(Person.id.in_(alike[:PAGE_SIZE]), same_email)
    found = db.session.execute(
        select(Person, same_email.label("same_email"))
        .where(Person.id.in_(people), same)
        .order_by(Person.name_key, Person.id)
    )
    return [person for person, _ in sorted(found, key=lambda row: not row.same_email)]


def next_reference() -> str:
    """Return a free reference that goes on in the pattern that most of the newest follow, `P-0242` after `P-0241`."""
    return next_references(1)[0]


def next_references(how_many: int) -> list[str]:
    """Return so many free references, the first as `next_reference` and the others after it."""
    free: list[str] = []
    candidate = _after_the_newest()
    while len(free) < how_many:
        some: list[str] = []
        while len(some) < REFERENCES_LOOKED_AT:
            if reference_problem(candidate) is not None:
                candidate = FIRST_REFERENCE  # the pattern has no room for more
            some.append(candidate)
            candidate = following(candidate) or FIRST_REFERENCE
        taken = set(db.session.scalars(select(Person.reference).where(Person.reference.in_(some))))
        taken |= set(db.session.scalars(select(FormerIdentity.reference).where(FormerIdentity.reference.in_(some))))
        # Nor what an organisation calls somebody: its files would then mean two people by it.
        taken |= set(db.session.scalars(select(OwnReference.reference).where(OwnReference.reference.in_(some))))
        free += [each for each in dict.fromkeys(some) if each not in taken and each not in free]
    return free[:how_many]


def _after_the_newest() -> str:
    newest = db.session.scalars(select(Person.reference).order_by(Person.id.desc()).limit(REFERENCES_LOOKED_AT))
    patterns = Counter((parts[0], len(parts[1])) for each in newest if (parts := numbered(each)) is not None)
    if not patterns:
        return FIRST_REFERENCE
    (before, digits), _ = patterns.most_common(1)[0]
    same = db.session.scalars(
        select(Person.reference)
        .where(
            Person.reference.startswith(before, autoescape=True),
            func.length(Person.reference) == len(before) + digits,
        )
        .order_by(Person.reference.desc())
        .limit(REFERENCES_LOOKED_AT)
    )
    highest = max((each for each in same if each[len(before) :].isdecimal()), default=FIRST_REFERENCE)
    return following(highest) or FIRST_REFERENCE


# --- organisations


@dataclass(frozen=True)
class OrganisationsWanted:
    """Which organisations a list shows; `sort` is one of `ORGANISATION_SORTS`, with a leading "-" the other way round."""

    on: date
    words: str = ""
    kind: OrganisationKind | None = None
    area: str = ""
    sort: str = "name"


@dataclass(frozen=True)
class OrganisationListed:
    """An organisation in a list, with how many people have an engagement there that covers its day."""

    organisation: Organisation
    people: int


ORGANISATION_SORTS = ("name", "kind", "area", "people")


def organisations_page(people: People, wanted: OrganisationsWanted, number: int = 1, *, places: Places) -> Page:
    """Return one page of the organisations wanted; a number past the end gives the last page. Three statements, however
    many; people are counted only for the organisations on the page, unless they decide its order."""
    chosen = _organisations(people, wanted, places)
    counted = _organisations(people, replace(wanted, sort="name"), places).order_by(None)
    found = db.session.scalar(select(func.count()).select_from(counted.subquery())) or 0
    number = min(number, max(1, -(-found // PAGE_SIZE)))
    listed = db.session.scalars(chosen.limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE)).all()
    return Page(_with_people(people, wanted.on, listed), number, found)


def organisations_wanted(
    people: People, wanted: OrganisationsWanted, *, places: Places
) -> Sequence[OrganisationListed]:
    """Return all the organisations wanted."""
    return _with_people(people, wanted.on, db.session.scalars(_organisations(people, wanted, places)).all())


def _with_people(people: People, on: date, organisations: Sequence[Organisation]) -> list[OrganisationListed]:
    those = _people_of_organisations(people, on).where(
        Engagement.organisation_id.in_([each.id for each in organisations])
    )
    many = {each.organisation_id: each.people for each in db.session.execute(those)}
    return [OrganisationListed(each, many.get(each.id, 0)) for each in organisations]


def _people_of_organisations(people: People, on: date) -> Select[int, int]:
    seen = [] if is_everything(people) else [Engagement.person_id.in_(people)]
    return (
        select(Engagement.organisation_id, func.count(func.distinct(Engagement.person_id)).label("people"))
        .where(Engagement.voided_at.is_(None), _covering(on), *seen)
        .group_by(Engagement.organisation_id)
    )


def _organisations(people: People, wanted: OrganisationsWanted, places: Places) -> Select[Organisation]:
    query = select(Organisation).where(*_among(places))
    for word in organisation_key(wanted.words).split():
        query = query.where(Organisation.name_key.contains(word, autoescape=True))
    if wanted.kind is not None:
        query = query.where(Organisation.kind == wanted.kind.value)
    if wanted.area:
        query = query.where(Organisation.area == wanted.area)
    column, backwards = wanted.sort.removeprefix("-"), wanted.sort.startswith("-")
    columns: dict[str, Any] = {"kind": Organisation.kind, "area": Organisation.area}
    if column == "people":
        there = _people_of_organisations(people, wanted.on).subquery()
        query = query.outerjoin(there, there.c.organisation_id == Organisation.id)
        columns["people"] = func.coalesce(there.c.people, 0)
    first = columns.get(column, Organisation.name_key)
    ordered = (first.desc() if backwards else first.asc()).nulls_last()
    return query.order_by(ordered, Organisation.name_key, Organisation.id)


def organisation_by_id(places: Places, organisation_id: int) -> Organisation | None:
    """Return the organisation with this id if it is among `places`; None for one unseen exactly as for one absent."""
    return db.session.scalar(select(Organisation).where(Organisation.id == organisation_id, *_among(places)))


def visible_organisation(places: Places, name: str) -> Organisation | None:
    """Return the organisation known by this name if it is among `places`; None for one unseen exactly as for one absent."""
    return db.session.scalar(
        select(Organisation).where(Organisation.name_key == organisation_key(name), *_among(places))
    )


def all_organisations(places: Places) -> Sequence[tuple[int, str]]:
    """Return the id and name of every organisation among `places`, by name, for lists to choose from."""
    return [
        (organisation_id, name)
        for organisation_id, name in db.session.execute(
            select(Organisation.id, Organisation.name).where(*_among(places)).order_by(Organisation.name_key)
        )
    ]


def all_areas(places: Places) -> Sequence[str]:
    """Return every area that an organisation among `places` has, in alphabetical order."""
    return db.session.scalars(
        select(Organisation.area)
        .where(Organisation.area.is_not(None), *_among(places))
        .distinct()
        .order_by(Organisation.area)
    ).all()  # type: ignore[return-value]


def _among(places: Places) -> list[ColumnElement[bool]]:
    return [] if is_everything(places) else [Organisation.id.in_(places)]


def all_groups() -> Sequence[WorkforceGroup]:
    """Return the workforce groups in the framework's order."""
    return db.session.scalars(select(WorkforceGroup).order_by(WorkforceGroup.position)).all()


def people_chosen(people: People, wanted: PeopleWanted, *, places: Places) -> People:
    """Return the ids of the people wanted, for what is kept about them elsewhere."""
    return _chosen(people, wanted, places)


def shared_among(person_ids: Collection[int], *, places: Places) -> frozenset[int]:
    """Return which of some people are, were or will be engaged at an organisation that is none of `places`; of them the reader
    is told less."""
    if is_everything(places):
        return frozenset()
    return frozenset(
        db.session.scalars(select(Person.id).where(Person.id.in_(person_ids), is_shared(Person.id, places)))
    )


# --- what the homes of the roles ask


def anybody() -> bool:
    """Say whether there is anybody at all."""
    return db.session.scalar(select(Person.id).limit(1)) is not None


def names_of(person_ids: Collection[int]) -> Mapping[int, tuple[str, str]]:
    """Return reference and name of some people by their ids."""
    rows = db.session.execute(select(Person.id, Person.reference, Person.name).where(Person.id.in_(person_ids)))
    return {person_id: (reference, name) for person_id, reference, name in rows}


def without_any_engagement() -> int:
    """Return how many people have no engagement at all, so that no figure counts them."""
    return (
        db.session.scalar(select(func.count()).select_from(Person).where(Person.erased_at.is_(None), ~_engaged())) or 0
    )


def organisations_with_ids(organisation_ids: Collection[int]) -> Sequence[Organisation]:
    """Return some organisations by name."""
    return db.session.scalars(
        select(Organisation).where(Organisation.id.in_(organisation_ids)).order_by(Organisation.name_key)
    ).all()


def people_by_reference(people: People, references: Collection[str]) -> Sequence[Person]:
    """Return those among `people` who have these references, by name."""
    wanted = [reference for reference in references if reference_problem(reference) is None]
    return db.session.scalars(
        select(Person)
        .where(Person.reference.in_(wanted), Person.id.in_(people), Person.erased_at.is_(None))
        .order_by(Person.name_key, Person.id)
    ).all()


def person_by_id(people: People, person_id: int) -> Person | None:
    """Return the person with this id if they are among `people`; None for one unseen exactly as for one absent."""
    return db.session.scalar(select(Person).where(Person.id == person_id, Person.id.in_(people)))


# --- what is held about whoever left


@dataclass(frozen=True)
class LeaverDue:
    """Somebody who left, on which day last, and since when what is held about them is to be looked at."""

    person: Person
    left_on: date
    due_since: date


def leavers_due(people: People, on: date, years: int) -> list[LeaverDue]:
    """Return those among `people` about whom what is held is to be looked at on a day, the longest due first."""
    # A day more than needed, because years do not begin alike; the rule decides.
    latest = years_later(on, -years) + timedelta(days=1)
    ended = (
        select(Engagement.person_id, func.max(Engagement.end_on).label("left_on"))
        .where(Engagement.voided_at.is_(None))
        .group_by(Engagement.person_id)
        .having(func.count() == func.count(Engagement.end_on), func.max(Engagement.end_on) <= latest)
        .subquery()
    )
    kept = (
        select(KeptLeaver.person_id, func.max(KeptLeaver.until).label("until"))
        .group_by(KeptLeaver.person_id)
        .subquery()
    )
    rows = db.session.execute(
        select(Person, ended.c.left_on, kept.c.until)
        .join(ended, ended.c.person_id == Person.id)
        .outerjoin(kept, kept.c.person_id == Person.id)
        .where(Person.erased_at.is_(None), Person.id.in_(people))
    )
    due = [
        LeaverDue(person, left_on, since)
        for person, left_on, until in rows
        if (since := review_due_on([left_on], on, years, until)) is not None and since <= on
    ]
    return sorted(due, key=lambda each: (each.due_since, each.person.name_key, each.person.id))


def leaver_due(person: Person, on: date, years: int) -> LeaverDue | None:
    """Return since or from when what is held about somebody is to be looked at; None for whoever has not left."""
    ends = db.session.scalars(
        select(Engagement.end_on).where(Engagement.person_id == person.id, Engagement.voided_at.is_(None))
    ).all()
    until = db.session.scalar(select(func.max(KeptLeaver.until)).where(KeptLeaver.person_id == person.id))
    since = review_due_on(ends, on, years, until)
    return None if since is None else LeaverDue(person, max(end for end in ends if end), since)
