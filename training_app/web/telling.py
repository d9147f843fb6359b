"""The log in sentences: what every subject offers, gathered, and told to one reader.

Who may see the audit reads who did something; everybody else reads that it was the hub, or they themselves.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from flask import url_for

from training_app.accounts.history import HISTORY as ACCOUNTS
from training_app.accounts.history import holders_of
from training_app.accounts.policy import Permission
from training_app.assignments.history import HISTORY as ASSIGNMENTS
from training_app.audit.history import Action, Lookup, Names, Sentence, Told, moment_in_words, unknown
from training_app.audit.queries import EventPage, EventsWanted, events_page
from training_app.catalogue.history import HISTORY as CATALOGUE
from training_app.certificates.history import HISTORY as CERTIFICATES
from training_app.corrections.history import HISTORY as CORRECTIONS
from training_app.delivery.history import HISTORY as DELIVERY
from training_app.mail.history import HISTORY as MAIL
from training_app.people.history import HISTORY as PEOPLE
from training_app.people.history import names_of_people, references_of
from training_app.practice.history import HISTORY as PRACTICE
from training_app.records.history import HISTORY as RECORDS
from training_app.reminders.history import HISTORY as REMINDERS
from training_app.skills.history import HISTORY as SKILLS
from training_app.stewardship.history import HISTORY as STEWARDSHIP
from training_app.strategy.history import HISTORY as STRATEGY
from training_app.web.access import account, visitor

_SUBJECTS = (
    PEOPLE,
    RECORDS,
    SKILLS,
    CATALOGUE,
    STRATEGY,
    CORRECTIONS,
    CERTIFICATES,
    PRACTICE,
    DELIVERY,
    ASSIGNMENTS,
    ACCOUNTS,
    MAIL,
    REMINDERS,
    STEWARDSHIP,
)

ACTIONS: Mapping[str, Action] = {name: action for each in _SUBJECTS for name, action in each.actions.items()}
LOOKUPS: Mapping[str, Lookup] = {column: lookup for each in _SUBJECTS for column, lookup in each.names.items()}

COMMAND = "a command on the server"
HUB = "the hub"
# Events shown at first on the page of something; the rest of a long history is one click away.
LATEST = 10


@dataclass(frozen=True)
class Entry:
    """One event as a reader sees it: the whole sentence, and its parts for a table."""

    event: Told
    sentence: str
    who: str
    what: str
    person: str | None
    reference: str | None

    @property
    def reason(self) -> str | None:
        """The reason that was given."""
        return self.event.reason

    @property
    def href(self) -> str | None:
        """Where what the event is about has a page of its own, for those who see everything; a person's is found elsewhere."""
        event = self.event
        if event.object_type == "completion" and self.reference is not None:
            return url_for("records.entry", completion_id=event.object_id)
        if event.object_type == "organisation":
            return url_for("people.organisation", organisation_id=event.object_id)
        if event.object_type == "module" and event.row.get("code"):
            return url_for("catalogue.module", code=event.row["code"])
        return None


def told_to_the_visitor(events: Sequence[Told], *, with_about: bool = True) -> list[Entry]:
    """Return events as the signed-in visitor may read them; without `with_about` on a page that says what they are about."""
    return tell(events, account_id=account().id, sees_accounts=_sees_accounts(), with_about=with_about)


def tell(
    events: Sequence[Told], *, account_id: int | None, sees_accounts: bool, with_about: bool = True
) -> list[Entry]:
    """Return events as a reader with this account sees them. The number of queries does not grow with the events."""
    names = Names(LOOKUPS, events)
    acted = {each.actor_account_id for each in events if each.actor_account_id is not None}
    actors = _Actors(acted, account_id, sees_accounts=sees_accounts)
    references = (
        references_of({each.person_id for each in events if each.person_id is not None}) if sees_accounts else {}
    )
    entries = []
    for each in events:
        who = actors.who(each.actor_kind, each.actor_account_id)
        sentence = _sentence(each, names)
        head = f"{sentence.about}: {sentence.done}" if sentence.about and with_about else sentence.done
        more = f"; {sentence.more.rstrip('.')}" if sentence.more else ""
        entries.append(
            Entry(
                event=each,
                sentence=f"{_capital(head)} by {who} on {moment_in_words(each.at)}{more}.",
                who=_capital(who),
                what=f"{_capital(head)}{more}.",
                person=names.name("person_id", each.person_id) if each.person_id is not None else None,
                reference=references.get(each.person_id) if each.person_id is not None else None,
            )
        )
    return entries


class _Actors:
    """Who acted, as one reader is told."""

    def __init__(self, account_ids: Collection[int], own_account_id: int | None, *, sees_accounts: bool) -> None:
        self.own_account_id, self.sees_accounts = own_account_id, sees_accounts
        self.holders = holders_of(account_ids) if sees_accounts else {}
        people = {each.person_id for each in self.holders.values() if each.person_id is not None}
        self.people = names_of_people(people)

    def who(self, kind: str, account_id: int | None) -> str:
        """Return who did something, for the middle of a sentence."""
        if not self.sees_accounts:
            return "you" if account_id is not None and account_id == self.own_account_id else HUB
        if account_id is None:
            return COMMAND if kind == "command" else "somebody who was not signed in"
        holder = self.holders.get(account_id)
        if holder is None:
            return "an account that is no longer there"
        name = self.people.get(holder.person_id, "") if holder.person_id is not None else ""
        called = " ".join(part for part in (holder.title, name) if part)
        if not called:
            return holder.email or "an account without an e-mail"
        return f"{called} ({holder.email})" if holder.email else called


def _sees_accounts() -> bool:
    signed_in = visitor()
    return signed_in is not None and signed_in.may(Permission.SEE_AUDIT)


@dataclass(frozen=True)
class History:
    """The latest of what happened to something, and how much there is in all."""

    entries: Sequence[Entry]
    page: EventPage


def history_of(wanted: EventsWanted, *, with_about: bool = True) -> History | None:
    """Return the latest of some events for a page of what they are about; None for a visitor who may not see the audit."""
    if not _sees_accounts():
        return None
    page = events_page(wanted, size=LATEST)
    return History(told_to_the_visitor(page.rows, with_about=with_about), page)


def who_is(account_id: int | None) -> str:
    """Return who an account is, for the signed-in visitor; without an account it was a command."""
    actors = _Actors({account_id} if account_id else (), account().id, sees_accounts=_sees_accounts())
    return actors.who("command", account_id)


def action_words(action: str) -> str:
    """Return an action in plain words, also one that has no sentence."""
    found = ACTIONS.get(action)
    return found.words if found else _capital(action.replace(".", " ").replace("_", " "))


def _sentence(event: Told, names: Names) -> Sentence:
    action = ACTIONS.get(event.action)
    if event.is_erased:
        return Sentence(action_words(event.action), "", "the details were erased")
    return action.tell(event, names) if action else unknown(event)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
