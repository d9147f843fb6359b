"""Somebody who is probably in the hub twice: added by a coordinator who could not know that the hub knows them already.

A coordinator is answered as if nobody but the people they see existed. So the hub proposes the reference, takes the e-mail as
it is typed, and keeps what it knows better for the manager, who settles it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from training_app.addresses import email_key
from training_app.audit import Actor, record
from training_app.clock import now
from training_app.database import db, refusing_doubles, snapshot
from training_app.errors import Refused
from training_app.people.actions import checked_person, record_change, refuse_owned_email, same_email
from training_app.people.models import Likeness, OwnReference, Person, ProbableDouble, Settled
from training_app.people.queries import next_reference, person_by_email
from training_app.people.rules import name_key, words_of_name
from training_app.people.scope import People, Places, is_everything, is_shared

_ATTEMPTS = 5
_WORDS_THAT_TELL = 2  # a name of one word is too many people's


@dataclass(frozen=True)
class Newcomer:
    """What is typed about somebody new: by it the hub may know them. `typed_reference` is what a file calls them."""

    name_key: str
    email_key: str | None
    typed_reference: str | None = None


# The ids of people whom somebody new probably is, each with why.
Known = Mapping[int, Sequence[Likeness]]


def known_unseen(newcomers: Sequence[Newcomer], people: People, places: Places) -> list[Known]:
    """Return for each of some newcomers whom the hub knows that they probably are, among those whom the reader does not see;
    by e-mail also among those seen whose e-mail is not told. One statement, however many they are."""
    if is_everything(people):
        return [{} for _ in newcomers]
    unseen = Person.id.not_in(people)
    untold = and_(Person.email_key.is_not(None), is_shared(Person.id, places))
    query = select(Person.id, Person.reference, Person.name_key, Person.email_key, unseen.label("unseen"))
    query = query.where(Person.erased_at.is_(None), or_(unseen, untold), *_may_be(newcomers))
    by_likeness: dict[tuple[Likeness, object], list[int]] = defaultdict(list)
    for person_id, reference, key, mail, is_unseen in db.session.execute(query):
        if mail is not None:
            by_likeness[Likeness.EMAIL, mail].append(person_id)
        if is_unseen:
            by_likeness[Likeness.REFERENCE, reference].append(person_id)
            by_likeness[Likeness.NAME, _telling_words(key)].append(person_id)
    return [_likenesses(each, by_likeness) for each in newcomers]


def _may_be(newcomers: Sequence[Newcomer]) -> list[ColumnElement[bool]]:
    """Return what spares reading everybody where one person is added; a file's many are compared with everybody."""
    if len(newcomers) != 1:
        return []
    (only,) = newcomers
    plain_words = [each for each in only.name_key.split() if each.isalpha()]
    may_be = [Person.name_key == only.name_key, *(Person.name_key.contains(each) for each in plain_words)]
    return [or_(Person.email_key == only.email_key, Person.reference == only.typed_reference, *may_be)]


def _telling_words(key: str) -> tuple[str, ...] | None:
    words = words_of_name(key)
    return words if len(words) >= _WORDS_THAT_TELL else None


def _likenesses(newcomer: Newcomer, by_likeness: Mapping[tuple[Likeness, object], Sequence[int]]) -> Known:
    found: dict[int, list[Likeness]] = defaultdict(list)
    typed = (newcomer.typed_reference, newcomer.email_key, _telling_words(newcomer.name_key))
    for likeness, value in zip((Likeness.REFERENCE, Likeness.EMAIL, Likeness.NAME), typed, strict=True):
        if value is not None:
            for person_id in by_likeness.get((likeness, value), ()):
                found[person_id].append(likeness)
    return found


# --- adding and changing people, for a reader who sees only some of them


def add_starter(actor: Actor, name: str, email: str | None, *, people: People, places: Places) -> Person:
    """Add someone to the workforce for a reader who sees only some of it, under the next free reference. Whoever the hub knows
    besides is in nobody's way: the new person is a probable double of theirs.

    Raises `Refused` for a name or e-mail that cannot be kept, and for an e-mail whose owner the reader sees.
    """
    for _ in range(_ATTEMPTS):
        reference, name, email = checked_person(next_reference(), name, email)
        key = _key_to_find_by(email, people, places, besides=None)
        (known,) = known_unseen([_newcomer(name, email)], people, places)
        person = Person(reference=reference, name=name, name_key=name_key(name), email=email, email_key=key)
        try:
            with db.session.begin_nested():
                db.session.add(person)
        except IntegrityError:
            continue  # somebody else was given that reference, or that e-mail, a moment before
        record(actor, "person.added", person, person_id=person.id)
        note_doubles(actor, person.id, known)
        return person
    raise Refused("Several people are being added at this moment. Send it again.")


def change_details(
    actor: Actor,
    person: Person,
    *,
    name: str,
    email: str | None,
    people: People,
    places: Places,
    seen_version: int | None = None,
) -> None:
    """Change somebody's name and e-mail (None takes it away), for a reader who sees only some of the workforce. An e-mail that
    is somebody's whom the reader does not see is kept as typed, and the two wait for a manager as a probable double.

    Raises `Refused` as `add_starter`, and where the person is engaged elsewhere too; `ChangedMeanwhile`.
    """
    person.expect_version(seen_version)
    if person.erased_at is not None:
        raise Refused("This person was erased, so there is nobody to give a name to. Add them anew if they are back.")
    if db.session.scalar(select(is_shared(Person.id, places)).where(Person.id == person.id)):
        raise Refused("The hub keeps this person's details. Ask the workforce manager to change them.")
    _, name, email = checked_person(person.reference, name, email)
    before = snapshot(person)
    is_same = same_email(email, person.email)
    key = person.email_key if is_same else _key_to_find_by(email, people, places, besides=person)
    with refusing_doubles("This was saved by somebody else a moment ago. Send it again."):
        person.name, person.name_key = name, name_key(name)
        person.email, person.email_key = email, key
    record_change(actor, "person.changed", person, before, person.id)
    if email and key is None and not is_same:
        owner = person_by_email(email)
        if owner is not None:
            note_doubles(actor, person.id, {owner.id: [Likeness.EMAIL]})


def _newcomer(name: str, email: str | None) -> Newcomer:
    return Newcomer(name_key(name), email_key(email) if email else None)


def _key_to_find_by(email: str | None, people: People, places: Places, *, besides: Person | None) -> str | None:
    """Return the key of an e-mail, None where somebody whom the reader does not see is found by it. Raises `Refused` where it
    is somebody's whom they see."""
    owner = person_by_email(email) if email else None
    if not email or (owner is not None and owner is not besides and not _is_told(owner, people, places)):
        return None
    if owner is not None and owner is not besides:
        refuse_owned_email(owner)
    return email_key(email)


def _is_told(owner: Person, people: People, places: Places) -> bool:
    told = select(Person.id).where(Person.id == owner.id, Person.id.in_(people), ~is_shared(Person.id, places))
    return db.session.scalar(told) is not None


def note_doubles(actor: Actor, person_id: int, known: Known) -> None:
    """Let a manager decide whether somebody new is one of these; a pair that was settled, or waits, is left as it is but for
    a likeness that is new."""
    if not known:
        return
    noted = {
        each.known_id: each
        for each in db.session.scalars(select(ProbableDouble).where(ProbableDouble.person_id == person_id))
    }
    for known_id, likenesses in sorted(known.items()):
        there = noted.get(known_id)
        if there is None:
            double = ProbableDouble(
                person_id=person_id, known_id=known_id, because=_in_order(likenesses), noticed_at=now()
            )
            db.session.add(double)
            record(actor, "probable_double.noticed", double, person_id=person_id)
        elif _in_order([*there.likenesses, *likenesses]) != there.because:
            before = snapshot(there)
            there.because = _in_order([*there.likenesses, *likenesses])
            record(actor, "probable_double.noticed", there, before, person_id)


def _in_order(likenesses: Iterable[Likeness]) -> str:
    found = set(likenesses)
    return ", ".join(each for each in Likeness if each in found)


# --- what waits for a manager


def doubles_waiting() -> Sequence[ProbableDouble]:
    """Return the probable doubles that nobody has settled, the longest wait first, each with both people."""
    return db.session.scalars(
        select(ProbableDouble)
        .options(joinedload(ProbableDouble.person), joinedload(ProbableDouble.known))
        .where(ProbableDouble.settled_at.is_(None))
        .order_by(ProbableDouble.noticed_at, ProbableDouble.id)
    ).all()


def doubles_waiting_count() -> int:
    """Return how many probable doubles nobody has settled."""
    waiting = select(func.count()).select_from(ProbableDouble).where(ProbableDouble.settled_at.is_(None))
    return db.session.scalar(waiting) or 0


def double_waiting(double_id: int) -> ProbableDouble | None:
    """Return a probable double by its id if nobody has settled it."""
    return db.session.scalar(
        select(ProbableDouble).where(ProbableDouble.id == double_id, ProbableDouble.settled_at.is_(None))
    )


def shares_an_email(double: ProbableDouble) -> bool:
    """Say whether the one is found by an e-mail that the other has as well."""
    return double.person.email_key is None and same_email(double.person.email, double.known.email)


def settle_as_two_people(
    actor: Actor, double: ProbableDouble, *, email_to_the_new_one: bool = False, seen_version: int | None = None
) -> None:
    """Decide that somebody new and somebody known are two people. An e-mail that both have keeps finding the one who was known,
    or from now on finds the new one and is taken from the other.

    Raises `Refused` where it is settled already, `ChangedMeanwhile` where it changed since it had `seen_version`.
    """
    double.expect_version(seen_version)
    if double.settled_at is not None:
        raise Refused("This was settled already.")
    if email_to_the_new_one and shares_an_email(double):
        new, known = double.person, double.known
        before_new, before_known = snapshot(new), snapshot(known)
        known.email = known.email_key = None
        db.session.flush()
        new.email_key = email_key(new.email or "")
        record_change(actor, "person.changed", known, before_known, known.id)
        record_change(actor, "person.changed", new, before_new, new.id)
    _settle(actor, double, Settled.TWO_PEOPLE)


def doubles_merged(actor: Actor, kept_id: int, gone_id: int) -> None:
    """Follow a merge: what waited between the two is settled as the same person, and what an organisation calls the one who is
    gone from now on means the one who was kept, so that its files can still be brought in."""
    for double in db.session.scalars(
        select(ProbableDouble).where(or_(ProbableDouble.person_id == gone_id, ProbableDouble.known_id == gone_id))
    ):
        if double.settled_at is None and {double.person_id, double.known_id} == {kept_id, gone_id}:
            _settle(actor, double, Settled.SAME_PERSON)
        before = snapshot(double)
        double.person_id = kept_id if double.person_id == gone_id else double.person_id
        double.known_id = kept_id if double.known_id == gone_id else double.known_id
        record(actor, "probable_double.moved", double, before, kept_id)
    for own in db.session.scalars(select(OwnReference).where(OwnReference.person_id == gone_id)):
        before = snapshot(own)
        own.person_id = kept_id
        record(actor, "own_reference.moved", own, before, kept_id)


def _settle(actor: Actor, double: ProbableDouble, settled: Settled) -> None:
    before = snapshot(double)
    double.settled_at, double.settled_as = now(), settled.value
    record(actor, "probable_double.settled", double, before, double.person_id)
