"""When there is reason to remind somebody of a duty. Plain Python: no Flask, no database, no clock."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta

from training_app.assignments.rules import Duty, Status
from training_app.records.rules import add_months

# So many days before its day somebody is reminded of a duty, and from the day after it once a month.
BEFORE = (timedelta(days=30), timedelta(days=7))
# What stands for the first time that somebody hears of a duty, whenever that is.
FIRST = date(1900, 1, 1)
MONDAY = 0

# What is known of a reminder that was written: module, day due, and the occasion.
Written = tuple[int, date, date]


def occasion(due_on: date, on: date) -> date:
    """Return the last day up to `on` on which there was reason to remind of something due on a day: 30 and 7 days before it,
    the day after it, and then monthly; `FIRST` where none of them has come yet."""
    after = due_on + timedelta(days=1)
    if on >= after:
        months = (on.year - after.year) * 12 + on.month - after.month
        latest = add_months(after, months)
        return latest if latest <= on else add_months(after, months - 1)
    passed = [due_on - before for before in BEFORE if due_on - before <= on]
    return max(passed, default=FIRST)


def to_remind_of(
    duties: Sequence[Duty], written: Collection[Written], on: date, mail_on_since: date
) -> list[tuple[Duty, date]]:
    """Return of which of somebody's duties there is reason to remind them today, each with its occasion.

    A day missed is made up for by the next run, once. Who is booked, or waits for the hub, is left in peace. Of what suits
    whenever is spoken once. What had lapsed before mail was switched on is not written about.
    """
    found = []
    for duty in duties:
        if duty.status not in (Status.TO_DO, Status.PAST) or duty.due_on < mail_on_since:
            continue
        reason = FIRST if duty.optional else occasion(duty.due_on, on)
        spoken_of = {day for module_id, due_on, day in written if (module_id, due_on) == (duty.module.id, duty.due_on)}
        if not any(day >= reason for day in spoken_of):
            found.append((duty, reason))
    return found


def lapsed_before(duties: Sequence[Duty], mail_on_since: date) -> list[Duty]:
    """Return of which open duties nobody is written to, because their day was past before mail was switched on."""
    return [duty for duty in duties if duty.status is Status.PAST and duty.due_on < mail_on_since]


def is_quiet(on: date, months: Collection[int]) -> bool:
    """Say whether nobody is reminded on a day, because its month (1 to 12) is one in which the hub keeps quiet."""
    return on.month in months


def monday_of(on: date) -> date:
    """Return the Monday of the week in which a day lies."""
    return on - timedelta(days=(on.weekday() - MONDAY) % 7)
