"""The audit page: who changed what and when, searched through all of the log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from flask import Blueprint, render_template
from flask import Response as File

from training_app.accounts.history import accounts_speaking_of
from training_app.accounts.policy import Permission
from training_app.audit.queries import Act, EventPage, EventsWanted, acts_page, all_events, events_page
from training_app.clock import LONDON
from training_app.errors import Refused
from training_app.files import Column, Table
from training_app.people.queries import PeopleWanted, people_chosen
from training_app.people.scope import everywhere, visible_people
from training_app.web.access import account, requires
from training_app.web.asking import LARGEST_ID, AskedDay, asked_choice, asked_day, asked_page, asked_words
from training_app.web.downloads import download, each_format
from training_app.web.telling import ACTIONS, Entry, action_words, told_to_the_visitor

audit = Blueprint("audit", __name__)

# What somebody types to find what commands on the server did.
_OF_COMMANDS = frozenset({"server", "command", "commands", "the server", "a command on the server"})


@dataclass(frozen=True)
class Line:
    """One line of the page: an event, or so many of one kind from one request or command that only their number is shown."""

    entry: Entry
    count: int = 1
    batch_id: str = ""
    action: str = ""

    @property
    def is_folded(self) -> bool:
        """Whether the line stands for many."""
        return self.count > 1


@dataclass(frozen=True)
class Asked:
    """What the visitor asked for, as it is shown in the boxes again."""

    wanted: EventsWanted
    words: str
    by: str
    action: str
    about: str
    batch: str
    first: AskedDay
    last: AskedDay

    @property
    def is_filtered(self) -> bool:
        """Whether anything is left out."""
        return any((self.words, self.by, self.action, self.about, self.batch, self.first.typed, self.last.typed))

    @property
    def status(self) -> int:
        """The status with which the page answers."""
        return max(self.first.status, self.last.status)


@audit.get("/audit")
@requires(Permission.SEE_AUDIT)
def search() -> tuple[str, int]:
    """Show what was changed, as asked for in the address. Many of one kind from one go are one line, unless they are asked
    for."""
    asked = _asked()
    if asked.batch or asked.about:
        page = events_page(asked.wanted, asked_page())
        lines = [Line(each) for each in told_to_the_visitor(page.rows)]
    else:
        page = acts_page(asked.wanted, asked_page())
        lines = _lines(page)
    return render_template(
        "audit/search.html",
        asked=asked,
        page=page,
        lines=lines,
        actions=sorted(((name, each.words) for name, each in ACTIONS.items()), key=lambda each: each[1]),
        action_words=action_words,
    ), asked.status


@each_format(audit, "/audit")
@requires(Permission.SEE_AUDIT)
def search_file() -> File:
    """Return the same as a file, with a row for each event."""
    asked = _asked()
    for day in (asked.first, asked.last):
        if day.error:
            raise Refused(day.error)
    names = ("at", "by", "action", "person", "name", "what", "reason", "together")
    rows = [
        [
            *(f"{each.event.at:%Y-%m-%dT%H:%M:%SZ}", each.who, action_words(each.event.action)),
            *(each.reference, each.person, each.what, each.reason, each.event.batch_id),
        ]
        for portion in all_events(asked.wanted)
        for each in told_to_the_visitor(portion)
    ]
    return download(Table([Column(name) for name in names], rows), "audit")


def _asked() -> Asked:
    words, by, about, batch = (asked_words(name) for name in ("q", "by", "about", "together"))
    action = asked_choice("action", list(ACTIONS)) or ""
    first, last = asked_day("from"), asked_day("to")
    wanted = EventsWanted(
        actions=[action] if action else (),
        batch_id=batch,
        first=_beginning(first.on) if first.typed and not first.error else None,
        last=_beginning(last.on + timedelta(days=1)) if last.typed and not last.error else None,
    )
    if words:
        chosen = people_chosen(visible_people(account()), PeopleWanted(on=date.max, words=words), places=everywhere())
        wanted = replace(wanted, people=chosen)
    if by:
        people = people_chosen(visible_people(account()), PeopleWanted(on=date.max, words=by), places=everywhere())
        wanted = replace(wanted, accounts=accounts_speaking_of(by, people), by_command=by.casefold() in _OF_COMMANDS)
    if about:
        wanted = replace(wanted, objects=[_object(about)])
    return Asked(wanted, words, by, action, about, batch, first, last)


def _beginning(day: date) -> datetime:
    """Return the moment when a day begins in London."""
    return datetime.combine(day, time.min, LONDON).astimezone(UTC)


def _object(about: str) -> tuple[str, int]:
    """Return which row an address means by `completion-812`. Raises `Refused` for anything else."""
    kind, _, number = about.rpartition("-")
    if not kind or not (number.isascii() and number.isdecimal()) or int(number[:20]) > LARGEST_ID:
        raise Refused(
            "This address names nothing that the log could speak of. Search for a person or an action instead."
        )
    return kind.replace("-", "_"), int(number)


def _lines(page: EventPage) -> list[Line]:
    acts: Sequence[Act] = page.rows
    told = {each.event.id: each for each in told_to_the_visitor([event for act in acts for event in act.events])}
    lines = []
    for act in acts:
        if act.is_folded:
            lines.append(Line(told[act.events[0].id], act.count, act.batch_id, act.action))
        else:
            lines.extend(Line(told[event.id]) for event in act.events)
    return lines
