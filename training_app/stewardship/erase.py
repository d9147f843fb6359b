"""Erasing somebody: who they are goes from the database, the log and the files of the instance; what they count for stays.

The row of the person stays without a name, with the days of engagements, exemptions and completions, so that no figure of any
day changes.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from training_app.accounts import personal as accounts
from training_app.assignments import personal as assignments
from training_app.audit import Actor, AuditEvent, erase_details, record
from training_app.certificates import personal as certificates
from training_app.clock import now
from training_app.corrections import personal as corrections
from training_app.database import db
from training_app.delivery import personal as delivery
from training_app.errors import Refused
from training_app.imports.waiting import drop_those_that
from training_app.mail import personal as mail
from training_app.people import personal as people
from training_app.people.actions import checked_reason
from training_app.people.models import Person
from training_app.people.queries import former_identities_of
from training_app.people.rules import name_key
from training_app.practice import personal as practice
from training_app.records import personal as records
from training_app.reminders import personal as reminders
from training_app.skills import personal as skills
from training_app.stewardship.models import Erasure
from training_app.stewardship.person import own_addresses
from training_app.stewardship.traces import Place, Traces, events_naming, places_naming

_SHORTEST_NAME = 3


def traces_of(person: Person) -> Traces:
    """Return what names somebody: their name, their reference and their e-mail addresses."""
    formers = former_identities_of(person.id)
    more = [text for each in formers for text in (each.name, each.reference, each.email)]
    return Traces.of(person.name, person.reference, *own_addresses(person.id), *more)


def named_elsewhere(person: Person) -> list[Place]:
    """Return the texts about others, or about nobody, that name somebody: an erasure leaves them as they are."""
    return places_naming(traces_of(person), own_rows(person.id), person.id)


def own_rows(person_id: int) -> list[tuple[str, int]]:
    """Return the rows about somebody that do not say so by a `person_id`: table and id."""
    messages = mail.messages_of(person_id, own_addresses(person_id))
    return [
        *accounts.objects_of(person_id),
        *records.objects_of(person_id),
        *certificates.objects_of(person_id),
        *practice.objects_of(person_id),
        *delivery.objects_of(person_id),
        *assignments.objects_of(person_id),
        *(("outbox_message", each.id) for each in messages),
    ]


def erase_person(actor: Actor, person: Person, because: str, instance: Path, seen_version: int | None = None) -> None:
    """Erase somebody, for a reason that is kept. `instance` is the folder in which files may wait that name them.

    Raises `Refused` without a reason or for one that names them, for somebody who was erased already, for whoever acts, and
    for the last workforce manager; `ChangedMeanwhile` where somebody else changed them since.
    """
    because = checked_reason(because)
    person = db.session.scalars(
        select(Person).where(Person.id == person.id).with_for_update().execution_options(populate_existing=True)
    ).one()
    if person.erased_at is not None:
        raise Refused("This person was erased already.")
    person.expect_version(seen_version)
    if _names(person, because):
        raise Refused("Leave their name, reference and e-mail out of the reason: the reason is kept.", "reason")
    own = accounts.accounts_of(person.id)
    if actor.account_id is not None and actor.account_id in {each.id for each in own}:
        raise Refused("Somebody else has to erase you: your own account would close under your hands.")
    _erase(actor, person, because, instance)


@dataclass(frozen=True)
class Erased:
    """Somebody who was erased, as it can be written down outside the database: by the number of their row, and the moment of the
    first thing that the log says of them, which tells whether a row of that number is still the same person."""

    person_id: int
    known_since: str
    because: str


def erased_so_far() -> list[Erased]:
    """Return everybody who was erased, in the order in which they were."""
    erasures = db.session.scalars(select(Erasure).order_by(Erasure.id)).all()
    return [Erased(each.person_id, _known_since(each.person_id), each.reason) for each in erasures]


def erase_again(actor: Actor, erased: Iterable[Erased], instance: Path) -> int:
    """Erase those who are in this database again, because it is a copy from before; return how many. Whoever is not in it, is
    erased already, or is somebody else of the same number is left alone."""
    again = 0
    for each in erased:
        person = db.session.get(Person, each.person_id)
        if person is None or person.erased_at is not None or _known_since(person.id) != each.known_since:
            continue
        _erase(actor, person, each.because, instance)
        again += 1
    return again


def _known_since(person_id: int) -> str:
    first = db.session.scalar(select(func.min(AuditEvent.at)).where(AuditEvent.person_id == person_id))
    return first.isoformat() if first else ""


def forget_old_pages() -> bool:
    """Rewrite a SQLite file without the pages that are no longer in use, where what was erased would still stand until it is
    overwritten. Returns False where others kept the file too busy. PostgreSQL does the like by itself, in its own time.

    Only outside a transaction.
    """
    if db.engine.dialect.name != "sqlite":
        return True
    db.session.rollback()
    connection = db.engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute("VACUUM")
        busy, *_ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy
    except sqlite3.OperationalError:
        return False
    finally:
        connection.close()


# For each heading of `person.held_about`: what of it goes, and what stays.
GOES_AND_STAYS: Mapping[str, tuple[str, str]] = {
    "Details": ("name, reference and e-mail", "a row without a name"),
    "Engagements": ("job titles and reasons", "workforce group, organisation and days"),
    "Recorded besides as": ("name, reference and e-mail", "that they were recorded twice"),
    "Kept after leaving": ("reasons", "until when it was kept"),
    "Called otherwise by their organisation": ("all of it", "nothing"),
    "Probably here twice": ("that anybody need settle it", "that it was noticed, and when"),
    "Exemptions": ("reasons", "skill and days"),
    "Training completed": (
        "notes, providers and reasons, answers, and what training outside the catalogue was called",
        "module, days, hours, evidence and what it gives",
    ),
    "Evidence files": ("the files for good, and reasons", "that there was a file, when it was added"),
    "Reflections": ("all words", "that something was written, when"),
    "Certificates": ("all of it: a number confirms nothing any more", "nothing"),
    "Certificates confirmed to nobody": ("all of it", "nothing"),
    "Corrections asked for": ("all words", "that something was asked for, when"),
    "Learning with others": (
        "that they take part in what is under way; a team’s words with the last of the team",
        "that there was a pair or team, and when it was finished",
    ),
    "Visits to others": ("all words", "that there was a visit, and its day"),
    "Entries in a team’s cycle": ("all words", "that something was written, and of which step"),
    "Invitations to learn with others": ("how they were named", "that somebody was invited, and when"),
    "Sessions booked": ("what would help, and reasons; places to come", "that there was a booking, when"),
    "Registers": ("nothing", "that they were there or not, and the hours"),
    "Sessions led": ("nothing", "that somebody led the session, without a name"),
    "Addresses for a calendar": ("all of it", "nothing"),
    "Account": ("e-mail and password; nobody can sign in", "a closed account without a name"),
    "Sign-ins": ("whatever still stands ends", "when somebody was signed in"),
    "Asked to do": ("the reason, where nobody else was asked with them", "what, and by when"),
    "Waivers": ("the reasons", "which module, and the days"),
    "Allowed together with others": ("the reason, where nobody else was allowed it with them", "what kind, and when"),
    "Reminders": ("all of it", "nothing"),
    "No reminders wanted": ("all of it", "nothing"),
    "Links to sign in with": ("whatever still stands ends", "when they were made and used"),
    "Codes to sign in with": ("whatever still stands ends", "when they were made and used"),
    "Typed when a sign-in had ended, kept for an hour": ("all of it", "nothing"),
    "Messages": ("address, subject and text; what waits is not sent", "that there was a message"),
    "Changes": ("what the log says before and after", "that something was done, when and by which account"),
}


def _erase(actor: Actor, person: Person, because: str, instance: Path) -> None:
    traces, objects, addresses = traces_of(person), own_rows(person.id), own_addresses(person.id)
    elsewhere = events_naming(traces)
    mail.erase(actor, person.id, addresses, instance / "mail")
    corrections.erase(actor, person.id)
    certificates.erase(actor, person.id)
    practice.erase(actor, person.id)
    delivery.erase(actor, person.id)
    assignments.erase(actor, person.id)
    reminders.erase(actor, person.id)
    records.erase(actor, person.id)
    skills.erase(actor, person.id)
    accounts.erase(actor, person.id)
    people.erase(actor, person.id)
    erasure = Erasure(person_id=person.id, erased_at=now(), erased_by_account_id=actor.account_id, reason=because)
    db.session.add(erasure)
    record(actor, "erasure.done", erasure, person_id=person.id, reason=because)
    for former in former_identities_of(person.id):
        erase_details(actor, former.former_person_id, because)
    erase_details(actor, person.id, because, objects=objects, events=elsewhere)
    drop_those_that(traces.are_in, instance / "imports")


def _names(person: Person, text: str) -> bool:
    """Say whether a text names somebody: by reference, by an e-mail, or by any word of their name that is written as one."""
    parts = [person.reference, *own_addresses(person.id)]
    key = name_key(text)
    if name_key(person.name) in key or any(name_key(each) in re.split(r"[\s,;]+", key) for each in parts):
        return True
    words = set(re.findall(r"[\w'-]+", text))
    return any(word in words for word in person.name.split() if len(word) >= _SHORTEST_NAME)
