"""Reading certificates: whose, and what a number confirms."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import contains_eager, joinedload

from training_app.certificates.models import Certificate, CertificateSilence
from training_app.certificates.rules import tidy_number
from training_app.database import db
from training_app.people.models import Person
from training_app.records.models import Completion, Evidence
from training_app.skills.levels import Level


@dataclass(frozen=True)
class Said:
    """All that a certificate says but for the hub's name and its own number. `gives` are skills with the level of each."""

    name: str
    title: str
    hours: Decimal
    completed_on: date
    valid_until: date | None
    gives: Sequence[tuple[str, str]]


def said_of(entry: Completion) -> Said:
    """Return what the certificate of a completion says: by the version of the module that was current at the time."""
    gives = sorted(entry.version.gives, key=lambda each: each.skill.position)
    return Said(
        name=entry.person.name,
        title=entry.version.title,
        hours=entry.version.hours if entry.hours is None else entry.hours,
        completed_on=entry.completed_on,
        valid_until=entry.valid_until,
        gives=[(each.skill.name, Level(each.level).label) for each in gives],
    )


@dataclass(frozen=True)
class Confirmation:
    """What a number leads to: what the certificate says, or nothing where it no longer stands."""

    number: str
    said: Said | None


def confirmed(typed: str) -> Confirmation | None:
    """Return what the certificate with a number confirms, however the number was typed.

    None for a number that nobody has, exactly as for one whose person wants it confirmed to nobody or was erased: all of them
    take the same one question. A certificate whose completion is not verified any more confirms nothing, unless another of the
    same training on the same day took its place (see `_standing_for`).
    """
    number = tidy_number(typed)
    entry = db.session.scalar(
        select(Completion)
        .join(Certificate, Certificate.completion_id == Completion.id)
        .join(Completion.person)
        .outerjoin(CertificateSilence, CertificateSilence.person_id == Completion.person_id)
        .options(contains_eager(Completion.person), joinedload(Completion.version))
        # What is no number is looked for as well, as what nobody has.
        .where(Certificate.number == (number or ""), Person.erased_at.is_(None), CertificateSilence.id.is_(None))
    )
    if entry is None or number is None:
        return None
    standing = _standing_for(entry)
    return Confirmation(number, said_of(standing) if standing is not None else None)


def _standing_for(entry: Completion) -> Completion | None:
    """Return the verified completion that bears out a certificate: its own, or the one that took its place and is of the same
    training on the same day. So it is where two entries of one person were merged, and where one that was sent back was
    logged again as it was. A day that was corrected makes what is printed untrue."""
    while entry.evidence == Evidence.VOID and entry.successor_id is not None:
        successor = db.session.get_one(Completion, entry.successor_id)
        if _training(successor) != _training(entry):
            return None
        entry = successor
    return entry if entry.evidence == Evidence.VERIFIED else None


def _training(entry: Completion) -> tuple[int | None, str | None, date]:
    return entry.module_id, entry.title_key, entry.completed_on


def certificates_of(completion_ids: Collection[int]) -> dict[int, Certificate]:
    """Return the certificates that were made for some completions, by the completion's id."""
    found = db.session.scalars(select(Certificate).where(Certificate.completion_id.in_(completion_ids)))
    return {each.completion_id: each for each in found}


def certificates_of_person(person_id: int) -> Sequence[Certificate]:
    """Return all certificates that were made for a person, those that no longer stand included, in the order they were made."""
    return db.session.scalars(
        select(Certificate)
        .join(Certificate.completion)
        .options(
            contains_eager(Certificate.completion).options(
                joinedload(Completion.module), joinedload(Completion.version)
            )
        )
        .where(Completion.person_id == person_id)
        .order_by(Certificate.id)
    ).all()


def printed_earlier(person_id: int) -> dict[int, list[Certificate]]:
    """Return, by the id of a verified completion, the certificates that were made of entries whose place it took and that still
    confirm it, in the order they were made. None where the person has nothing confirmed to others."""
    found: dict[int, list[Certificate]] = {}
    if silence_of(person_id) is None:
        for each in certificates_of_person(person_id):
            standing = _standing_for(each.completion)
            if standing is not None and standing.id != each.completion_id:
                found.setdefault(standing.id, []).append(each)
    return found


def silence_of(person_id: int) -> CertificateSilence | None:
    """Return since when a person wants none of their certificates confirmed; None where they are."""
    return db.session.scalar(select(CertificateSilence).where(CertificateSilence.person_id == person_id))
