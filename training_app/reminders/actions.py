"""Writing reminders, once however often it is run, and keeping who wants none."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select

from training_app.accounts.models import Account, AccountRole, Role
from training_app.assignments.queries import duties_of_people
from training_app.assignments.rules import Status
from training_app.audit import Actor, Change, record, record_many
from training_app.clock import now
from training_app.database import db, refusing_doubles
from training_app.errors import ChangedMeanwhile
from training_app.mail import queue
from training_app.mail.rules import can_be_written_to
from training_app.people.models import Person
from training_app.people.scope import everybody
from training_app.records.models import Completion, Evidence
from training_app.reminders import messages
from training_app.reminders.models import Reminder, ReminderSilence, WeeklySummary
from training_app.reminders.queries import ToRemind, is_silent, mail_on_since, stop_token, whom_to_remind
from training_app.reminders.rules import is_quiet, monday_of

SOON = timedelta(days=30)


@dataclass(frozen=True)
class Reminded:
    """What a run did: how many were written to, how many have no address, how many want no reminders, and how many managers
    were sent the week's summary. `quiet` says why nobody was written to, where nobody was to be."""

    written: int = 0
    without_address: int = 0
    silent: int = 0
    summaries: int = 0
    quiet: str | None = None


def remind(actor: Actor, on: date, quiet_months: Collection[int] = ()) -> Reminded:
    """Write to everybody whom there is reason to remind on a day, one message each, and on Mondays, or the first day after, the
    summary to the workforce managers. Run twice it writes nothing more; after days without, it makes up for them once.

    While mail is off nobody is written to, so that nothing heaps up behind the switch; nor in a month in which the hub keeps
    quiet.
    """
    since = mail_on_since()
    if since is None:
        return Reminded(quiet="Mail is off, so nobody is reminded.")
    if is_quiet(on, quiet_months):
        return Reminded(quiet="The hub keeps quiet this month, so nobody is reminded.")
    one_at_a_time()
    found = whom_to_remind(everybody(), on, since)
    due = [each for each in found if each.address and not each.silent]
    for each in due:
        _write(actor, each, on)
    without = sum(each.address is None for each in found)
    return Reminded(len(due), without, sum(each.silent for each in found), _summaries(actor, on, without))


def one_at_a_time() -> None:
    """Let whoever else writes reminders at the same time wait until this transaction is over, and then find what it wrote: so
    before reading whom there is reason to remind."""
    db.session.execute(select(Person.id).order_by(Person.id).limit(1).with_for_update(key_share=False))


def _write(actor: Actor, each: ToRemind, on: date) -> None:
    assert each.address is not None
    duties = [duty for duty, _ in each.reasons]
    subject, body = messages.digest(duties, each.others, on, f"/reminders/stop/{stop_token(each.person_id)}")
    queue(actor, messages.KIND, each.address, subject, body, person_id=each.person_id)
    _remember(each)


def _remember(each: ToRemind) -> None:
    with refusing_doubles():
        db.session.add_all(
            Reminder(
                person_id=each.person_id,
                module_id=duty.module.id,
                due_on=duty.due_on,
                occasion=occasion,
                reminded_at=now(),
            )
            for duty, occasion in each.reasons
        )


def _summaries(actor: Actor, on: date, without_address: int) -> int:
    monday = monday_of(on)
    done = select(WeeklySummary.account_id).where(WeeklySummary.monday == monday)
    managers = db.session.scalars(
        select(Account)
        .join(AccountRole, AccountRole.account_id == Account.id)
        .where(Account.active, AccountRole.role == Role.WORKFORCE_MANAGER.value, Account.id.not_in(done))
        .order_by(Account.id)
    ).all()
    reachable = [each for each in managers if each.email and can_be_written_to(each.email)]
    if not reachable:
        return 0
    owed = duties_of_people(everybody(), on)
    past = sum(any(duty.status is Status.PAST for duty in own) for own in owed.values())
    soon = sum(
        any(duty.status is Status.TO_DO and on <= duty.due_on <= on + SOON for duty in own) for own in owed.values()
    )
    waits = select(func.count()).select_from(Completion).where(Completion.evidence == Evidence.SELF_DECLARED.value)
    waiting = db.session.scalar(waits) or 0
    subject, body = messages.summary(past, soon, waiting, without_address, monday)
    for each in reachable:
        assert each.email is not None
        queue(actor, messages.SUMMARY, each.email, subject, body, person_id=each.person_id)
        with refusing_doubles():
            db.session.add(WeeklySummary(account_id=each.id, monday=monday, written_at=now()))
    return len(reachable)


def letters_written(actor: Actor, found: Sequence[ToRemind]) -> None:
    """Keep that people without an e-mail were written a letter about what there was reason to remind them of."""
    for each in found:
        _remember(each)
        record_many(actor, [Change("reminder.written", "person", each.person_id, person_id=each.person_id)])


def stop_reminders(actor: Actor, person_id: int) -> None:
    """Remind somebody no more, until they say otherwise. Said twice it is said once. Raises `ChangedMeanwhile` where they are
    gone since."""
    _hold(person_id)
    if is_silent(person_id):
        return
    silence = ReminderSilence(person_id=person_id, since=now())
    with refusing_doubles():
        db.session.add(silence)
    record(actor, "reminder_silence.kept", silence, person_id=person_id)


def begin_reminders(actor: Actor, person_id: int) -> None:
    """Remind somebody again. Said twice it is said once. Raises `ChangedMeanwhile` where they are gone since."""
    _hold(person_id)
    silence = db.session.scalar(select(ReminderSilence).where(ReminderSilence.person_id == person_id))
    if silence is not None:
        record(actor, "reminder_silence.broken", silence, person_id=person_id)
        db.session.delete(silence)


def _hold(person_id: int) -> None:
    """Let whoever else says at the same time whether this person is reminded wait, and then find what was said here."""
    locked = select(Person.id).where(Person.id == person_id, Person.erased_at.is_(None)).with_for_update(key_share=True)
    if db.session.scalar(locked) is None:
        raise ChangedMeanwhile
