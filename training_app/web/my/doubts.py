"""What speaks against an entry that somebody is about to log, said plainly before it is kept. It never forbids it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from training_app.catalogue.models import Module
from training_app.people.rules import in_words
from training_app.records.models import Completion, Evidence
from training_app.records.rules import add_months, is_valid, valid_until
from training_app.web.formatting import count

# Training that never runs out is asked about from this age on: a wrong year is then likelier than a good memory.
LONG_AGO_MONTHS = 120


def doubts(module: Module, day: date, completions: Sequence[Completion], today: date) -> list[str]:
    """Return in sentences why somebody with these completions may not want to log a module for a day; none where nothing is
    odd, or where the very day is there already and nothing would be logged."""
    own = [
        each
        for each in completions
        if each.module_id == module.id and each.evidence in (Evidence.VERIFIED, Evidence.SELF_DECLARED)
    ]
    if any(each.completed_on == day for each in own):
        return []
    return [*_already_there(own, day), *_long_ago(module, day, today)]


def _already_there(own: Sequence[Completion], day: date) -> list[str]:
    """Say which entry of the same module counts on the day already, or was completed later."""
    in_date = [each for each in own if is_valid(each.completed_on, each.valid_until, day)]
    if in_date:
        latest = max(in_date, key=lambda each: each.valid_until or date.max)
        return [f"You have it already, completed on {_described(latest)}."]
    later = [each for each in own if each.completed_on > day]
    if later:
        latest = max(later, key=lambda each: each.completed_on)
        return [f"You have a later one already, completed on {_described(latest)}."]
    return []


def _described(entry: Completion) -> str:
    counts = f"counts until {in_words(entry.valid_until)}" if entry.valid_until else "counts for good"
    if entry.evidence == Evidence.SELF_DECLARED:
        counts = f"awaits confirmation and, once confirmed, {counts}"
    return f"{in_words(entry.completed_on)}, which {counts}"


def _long_ago(module: Module, day: date, today: date) -> list[str]:
    months = module.current.refresh_months
    end = valid_until(day, months)
    if months is not None and end is not None and end <= today:
        return [
            f"It counts for {count(months, 'month')}, so this one ran out on {in_words(end)}. It would stand in your history "
            "and count for nothing today."
        ]
    if end is None and add_months(day, LONG_AGO_MONTHS) <= today:
        return [f"{in_words(day)} is {count(LONG_AGO_MONTHS // 12, 'year')} ago or more. Is the year right?"]
    return []
