"""Who is meant by a name, an e-mail or a reference that somebody typed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from training_app.addresses import email_key, is_email
from training_app.database import db
from training_app.delivery.rules import walk_in
from training_app.people.models import Person
from training_app.people.queries import probable_doubles, visible_person
from training_app.people.rules import name_key, tidy_name
from training_app.people.scope import People, Places, is_everything, is_shared

_MOST_ALIKE = 8
_PARTS = re.compile(r"[\t;,]| – ")


@dataclass(frozen=True)
class Match:
    """What was typed, who it is where that is sure, and who it may be otherwise."""

    typed: str
    person: Person | None
    alike: Sequence[Person] = ()


def matched(typed: Sequence[str], people: People, places: Places) -> list[Match]:
    """Return for each line that was typed who among `people` it is: by reference, by e-mail or by exactly the same name, if it is
    one person alone; accents and capitals do not matter. A line of several parts, as pasted from a spreadsheet or with where
    somebody works after a dash, is looked for by each of them. Empty lines are left out, and of the same line twice one is kept.
    """
    lines = dict.fromkeys(tidy_name(each) for each in typed)
    return [_match(line, people, places) for line in lines if line]


def _match(line: str, people: People, places: Places) -> Match:
    parts = [part for each in _PARTS.split(line) if (part := each.strip(" <>\"'"))]
    for part in dict.fromkeys([line, *parts]):
        found = _by_reference(part, people) or _by_email(part, people, places)
        if found is not None:
            return Match(line, found)
    called = _called(line, people) or (_called(parts[0], people) if len(parts) > 1 else [])
    if len(called) == 1:
        return Match(line, called[0])
    alike = called or probable_doubles(people, walk_in(line).name, line if is_email(line) else None, places=places)
    return Match(line, None, alike[:_MOST_ALIKE])


def _by_reference(part: str, people: People) -> Person | None:
    found = visible_person(people, part)
    return found if found is not None and found.erased_at is None else None


def _by_email(part: str, people: People, places: Places) -> Person | None:
    if not is_email(part):
        return None
    query = select(Person).where(Person.email_key == email_key(part), Person.id.in_(people))
    # Somebody whose e-mail is not told to the reader is not found by it.
    return db.session.scalar(query if is_everything(places) else query.where(~is_shared(Person.id, places)))


def _called(line: str, people: People) -> list[Person]:
    query = select(Person).where(Person.name_key == name_key(line), Person.id.in_(people), Person.erased_at.is_(None))
    return list(db.session.scalars(query.order_by(Person.id).limit(_MOST_ALIKE)))
