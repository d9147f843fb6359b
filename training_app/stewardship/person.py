"""Everything that is held about one person, gathered from each subject that holds something."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from training_app.accounts import personal as accounts
from training_app.assignments import personal as assignments
from training_app.audit import personal as audit
from training_app.certificates import personal as certificates
from training_app.clock import LONDON
from training_app.corrections import personal as corrections
from training_app.database import db
from training_app.delivery import personal as delivery
from training_app.mail import personal as mail
from training_app.people import personal as people
from training_app.people.models import Person
from training_app.people.personal import Held
from training_app.people.queries import former_identities_of
from training_app.people.rules import in_words
from training_app.practice import personal as practice
from training_app.records import personal as records
from training_app.reminders import personal as reminders
from training_app.skills import personal as skills
from training_app.stewardship.models import Erasure

# Every subject that holds something about a person; a test walks all tables so that none is forgotten.
SUBJECTS = (
    people,
    accounts,
    skills,
    records,
    certificates,
    corrections,
    practice,
    delivery,
    assignments,
    reminders,
    mail,
    audit,
)
# What stewardship itself holds about somebody.
TABLES = ("erasure",)


def held_about(person_id: int, *, to_themselves: bool = True) -> Held:
    """Return everything held about a person in plain words: by heading a list of entries, each a mapping of what it is to
    what it says (texts, days, moments, numbers, lists of texts, None). It names nobody else.

    Others than the person (not `to_themselves`) are not told what they typed and have not sent.
    """
    own = accounts.accounts_of(person_id)
    account_ids = [each.id for each in own]
    return {
        **people.held_about(person_id),
        **skills.held_about(person_id),
        **records.held_about(person_id, to_themselves=to_themselves),
        **certificates.held_about(person_id),
        **corrections.held_about(person_id),
        **practice.held_about(person_id, to_themselves=to_themselves),
        **delivery.held_about(person_id),
        **assignments.held_about(person_id),
        **reminders.held_about(person_id),
        **accounts.held_about(person_id, to_themselves=to_themselves),
        **mail.held_about(person_id, own_addresses(person_id)),
        **_changes(person_id, account_ids),
        **_erasure_of(person_id),
    }


def _changes(person_id: int, account_ids: list[int]) -> Held:
    """Return what the log says, also under the number of a row that turned out to be the same person."""
    held = audit.held_about(person_id, account_ids, [("account", each) for each in account_ids])
    formers = [audit.held_about(each.former_person_id, account_ids) for each in former_identities_of(person_id)]
    return {"Changes": [*(each for former in formers for each in former["Changes"]), *held["Changes"]]}


def _erasure_of(person_id: int) -> Held:
    erasure = db.session.scalar(select(Erasure).where(Erasure.person_id == person_id))
    return {"Erased": [{"When": erasure.erased_at, "Because": erasure.reason}]} if erasure else {}


def own_addresses(person_id: int) -> set[str]:
    """Return the e-mail addresses that are a person's alone: the one in their details and those they sign in with."""
    known = db.session.get_one(Person, person_id).email
    return {each for each in (known, *(account.email for account in accounts.accounts_of(person_id))) if each}


def in_plain_words(value: Any) -> str:
    """Return a value of `held_about` as a page says it; nothing for what is not known."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        local = value.astimezone(LONDON)
        return f"{in_words(local.date())}, {local:%H:%M}"
    if isinstance(value, date):
        return in_words(value)
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, list):
        return "; ".join(value)
    return str(value)
