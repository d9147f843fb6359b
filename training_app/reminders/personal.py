"""What reminding holds about a person: to show it to them, to erase it, and to move it to the person they turned out to be."""

from __future__ import annotations

from sqlalchemy import delete, select

from training_app.audit import Actor, Change, record_many
from training_app.catalogue.history import names_of_modules
from training_app.database import db
from training_app.people.personal import Held, moved_rows
from training_app.reminders.actions import begin_reminders, stop_reminders
from training_app.reminders.models import Reminder, ReminderSilence
from training_app.reminders.queries import is_silent

TABLES = ("reminder", "reminder_silence")


def held_about(person_id: int) -> Held:
    """Return of what somebody was reminded, and whether they want no reminders."""
    reminders = _reminders(person_id)
    titles = names_of_modules({each.module_id for each in reminders}) if reminders else {}
    silence = db.session.scalar(select(ReminderSilence).where(ReminderSilence.person_id == person_id))
    return {
        "Reminders": [
            {"Module": titles.get(each.module_id, ""), "Due": each.due_on, "Reminded": each.reminded_at}
            for each in reminders
        ],
        "No reminders wanted": [{"Since": silence.since}] if silence else [],
    }


def erase(actor: Actor, person_id: int) -> None:
    """Forget of what somebody was reminded, and that they wanted no reminders."""
    db.session.execute(delete(Reminder).where(Reminder.person_id == person_id))
    silence = db.session.scalar(select(ReminderSilence).where(ReminderSilence.person_id == person_id))
    if silence is not None:
        record_many(actor, [Change("reminder_silence.erased", "reminder_silence", silence.id, person_id=person_id)])
        db.session.delete(silence)


def move_person(actor: Actor, from_id: int, to_id: int) -> None:
    """Give of what somebody was reminded to another row of the same person, so that they are not reminded again; who wanted no
    reminders under either row wants none."""
    theirs = {(each.module_id, each.due_on, each.occasion) for each in _reminders(to_id)}
    for each in _reminders(from_id):
        if (each.module_id, each.due_on, each.occasion) in theirs:
            db.session.delete(each)
    db.session.flush()
    record_many(actor, moved_rows(Reminder, from_id, to_id))
    if is_silent(from_id):
        begin_reminders(actor, from_id)
        db.session.flush()
        stop_reminders(actor, to_id)


def _reminders(person_id: int) -> list[Reminder]:
    return list(
        db.session.scalars(
            select(Reminder).where(Reminder.person_id == person_id).order_by(Reminder.reminded_at, Reminder.id)
        )
    )
