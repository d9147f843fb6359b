"""What people are written when they are reminded, and the workforce manager each week."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from training_app.assignments.rules import Duty, Status
from training_app.links import absolute
from training_app.people.rules import in_words

KIND = "reminder"
SUMMARY = "weekly summary"
# More than these are not named; the page has all.
NAMED = 8


def digest(duties: Sequence[Duty], others: int, on: date, stop: str) -> tuple[str, str]:
    """Return subject and text of one message about all that there is reason to speak of."""
    first = duties[0]
    subject = f"Next for you: {first.module.title}" if len(duties) == 1 else f"Next for you: {len(duties)} modules"
    lines = [_line(duty, on) for duty in duties[:NAMED]]
    more = len(duties) - len(lines) + others
    if more:
        lines.append(f"- and {more} more, which stand on your page.")
    return subject, "\n".join(
        [
            "This is what the hub asks you to do next:",
            "",
            *lines,
            "",
            f"What it is, why, and places to book: {absolute('/my/record')}",
            f"Did you do it already? Log it: {absolute('/my/record/log')}",
            "",
            f"No more reminders like this, with one tap: {absolute(stop)}",
        ]
    )


def summary(past: int, soon: int, waiting: int, without_address: int, on: date) -> tuple[str, str]:
    """Return subject and text of a week's figures for the workforce manager; they name nobody."""
    return f"Training and skills: the week from {in_words(on)}", "\n".join(
        [
            f"People with something whose day is past: {past}",
            f"People with something due within 30 days: {soon}",
            f"Entries that await confirmation: {waiting}",
            f"People to remind who have no e-mail: {without_address}",
            "",
            f"Who is to do what: {absolute('/assignments')}",
            f"Entries to verify: {absolute('/records/verify')}",
            f"Letters to print: {absolute('/reminders')}",
        ]
    )


def _line(duty: Duty, on: date) -> str:
    hours = f"{duty.module.hours.normalize():f} {'hour' if duty.module.hours == 1 else 'hours'}"
    if duty.optional:
        when = "whenever it suits"
    elif duty.status is Status.PAST:
        when = f"it {'ran out' if duty.is_renewal else 'was for'} {'on ' if duty.is_renewal else ''}{in_words(duty.due_on)}"
    else:
        when = f"by {in_words(duty.due_on)}"
    return f"- {duty.module.title} ({hours}): {when}"
