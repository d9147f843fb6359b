"""Reading who is to be reminded of what."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import Select, or_, select

from training_app.accounts.models import Account
from training_app.assignments.queries import duties_of_people
from training_app.assignments.rules import Duty
from training_app.clock import LONDON, today
from training_app.database import db
from training_app.mail.models import MailSwitch
from training_app.mail.rules import can_be_written_to
from training_app.people.models import FormerIdentity, Person
from training_app.people.scope import People
from training_app.reminders.models import Reminder, ReminderSilence
from training_app.reminders.rules import Written, lapsed_before, to_remind_of

Owed = Mapping[int, Sequence[Duty]]

_SALT = "stop-reminders"
# So many ids are named in a statement; where there are more, all are read.
_FEW = 500


@dataclass(frozen=True)
class ToRemind:
    """Somebody of whom something is asked, and what there is reason to remind them of (each duty with its occasion); `others`
    counts their other open duties. Without an `address` they are written a letter; `silent` means that they want no reminders."""

    person_id: int
    reference: str
    name: str
    address: str | None
    silent: bool
    reasons: Sequence[tuple[Duty, date]]
    others: int


def mail_on_since() -> date | None:
    """Return the day on which mail was first switched on and left on until today; None while it is off."""
    since: date | None = None
    for switch in db.session.scalars(select(MailSwitch).order_by(MailSwitch.id)):
        if not switch.is_on:
            since = None
        elif since is None:
            since = switch.at.astimezone(LONDON).date()
    return since


def whom_to_remind(people: People, on: date, since: date, owed: Owed | None = None) -> list[ToRemind]:
    """Return everybody among `people` whom there is reason to remind on a day, by name. `owed` is what they owe on it, where
    the caller knows that already. The statements do not grow with them."""
    all_owed = duties_of_people(people, on) if owed is None else owed
    still = {person_id: [duty for duty in own if duty.is_open] for person_id, own in all_owed.items()}
    written = _written_to(people)
    found = {
        person_id: (to_remind_of(own, written.get(person_id, ()), on, since), len(own))
        for person_id, own in still.items()
    }
    wanted = {person_id for person_id, (reasons, _) in found.items() if reasons}
    silent = frozenset(db.session.scalars(select(ReminderSilence.person_id)))
    persons = _persons(people, wanted)
    addresses = addresses_of(persons)
    return [
        ToRemind(
            each.id,
            each.reference,
            each.name,
            addresses.get(each.id),
            each.id in silent,
            found[each.id][0],
            found[each.id][1] - len(found[each.id][0]),
        )
        for each in persons
    ]


def lapsed_before_mail(people: People, since: date, owed: Owed) -> list[tuple[Person, list[Duty]]]:
    """Return who has something open whose day was past before mail was switched on, by name: the manager speaks with them.
    `owed` is what they owe."""
    lapsed = {person_id: found for person_id, own in owed.items() if (found := lapsed_before(own, since))}
    return [(each, lapsed[each.id]) for each in _persons(people, lapsed)]


def addresses_of(persons: Collection[Person]) -> dict[int, str]:
    """Return where some people are written to, by their ids: at the e-mail with which they sign in or the address for notices of
    an active account, else at the e-mail in their details."""
    addresses = {each.id: each.email for each in persons if each.email and can_be_written_to(each.email)}
    accounts: Select[*tuple[Any, ...]] = (
        select(Account.person_id, Account.email, Account.contact_address)
        .where(Account.active, Account.person_id.is_not(None))
        .order_by(Account.id.desc())
    )
    ids = {each.id for each in persons}
    if len(ids) <= _FEW:
        accounts = accounts.where(Account.person_id.in_(ids))
    for person_id, email, contact_address in db.session.execute(accounts):
        address = email or contact_address
        if person_id in ids and address and can_be_written_to(address):
            addresses[person_id] = address
    return addresses


def is_silent(person_id: int) -> bool:
    """Say whether somebody wants no reminders."""
    return db.session.scalar(select(ReminderSilence.id).where(ReminderSilence.person_id == person_id)) is not None


def stop_token(person_id: int) -> str:
    """Return what stands in the address by which somebody stops their reminders without signing in."""
    token = _serializer().dumps(person_id)
    return token if isinstance(token, str) else token.decode()


def person_of_token(token: str) -> Person | None:
    """Return whose reminders an address stops; None where it was not made here, or they are gone. What was sent to somebody who
    was recorded besides stops the reminders of the person they turned out to be."""
    try:
        person_id = _serializer().loads(token)
    except BadSignature:
        return None
    formerly = select(FormerIdentity.person_id).where(FormerIdentity.former_person_id == person_id)
    return db.session.scalar(
        select(Person).where(or_(Person.id == person_id, Person.id.in_(formerly)), Person.erased_at.is_(None))
    )


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt=_SALT)


def _persons(people: People, ids: Collection[int]) -> list[Person]:
    """Return those of some people who have one of these ids, by name."""
    query = select(Person).where(Person.id.in_(people), Person.erased_at.is_(None))
    if len(ids) <= _FEW:
        query = query.where(Person.id.in_(ids))
    return [each for each in db.session.scalars(query.order_by(Person.name_key, Person.id)) if each.id in ids]


def _written_to(people: People) -> dict[int, list[Written]]:
    """Return of what people were reminded; of what has been due for more than a year nothing new can come of old reminders, but
    the monthly ones still tell when the last was."""
    found: dict[int, list[Written]] = {}
    rows = db.session.execute(
        select(Reminder.person_id, Reminder.module_id, Reminder.due_on, Reminder.occasion).where(
            Reminder.person_id.in_(people)
        )
    )
    for person_id, module_id, due_on, occasion in rows:
        found.setdefault(person_id, []).append((module_id, due_on, occasion))
    return found


def today_and_since() -> tuple[date, date]:
    """Return today, and since when mail is on; today where it is off, as if it were switched on now."""
    on = today()
    return on, mail_on_since() or on
