"""The log in sentences: what every subject offers, gathered, and told to one reader.

Who may see accounts reads who did something; everybody else reads that it was the hub, or they themselves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import url_for

from training_app.accounts.history import HISTORY as ACCOUNTS
from training_app.accounts.history import Holder, holders_of
from training_app.accounts.policy import Permission
from training_app.audit.history import Action, Lookup, Names, Sentence, Told, moment_in_words, unknown
from training_app.catalogue.history import HISTORY as CATALOGUE
from training_app.corrections.history import HISTORY as CORRECTIONS
from training_app.mail.history import HISTORY as MAIL
from training_app.people.history import HISTORY as PEOPLE
from training_app.people.history import names_of_people, references_of
from training_app.records.history import HISTORY as RECORDS
from training_app.skills.history import HISTORY as SKILLS
from training_app.stewardship.history import HISTORY as STEWARDSHIP
from training_app.strategy.history import HISTORY as STRATEGY
from training_app.web.access import account, visitor

_SUBJECTS = (PEOPLE, RECORDS, SKILLS, CATALOGUE, STRATEGY, CORRECTIONS, ACCOUNTS, MAIL, STEWARDSHIP)

ACTIONS: Mapping[str, Action] = {name: action for each in _SUBJECTS for name, action in each.actions.items()}
LOOKUPS: Mapping[str, Lookup] = {column: lookup for each in _SUBJECTS for column, lookup in each.names.items()}

COMMAND = "a command on the server"


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
        """Where what the event is about can be looked at, for those who see everything."""
        event = self.event
        if event.object_type == "completion" and self.reference is not None:
            return url_for("records.entry", completion_id=event.object_id)
        if event.object_type == "organisation":
            return url_for("people.organisation", organisation_id=event.object_id)
        if event.object_type == "module" and event.row.get("code"):
            return url_for("catalogue.module", code=event.row["code"])
        return url_for("people.person", reference=self.reference) if self.reference is not None else None


def told_to_the_visitor(events: Sequence[Told], *, with_about: bool = True) -> list[Entry]:
    """Return events as the signed-in visitor may read them; without `with_about` on a page that says what they are about."""
    signed_in = visitor()
    return tell(
        events,
        own_account_id=account().id,
        sees_accounts=signed_in is not None and signed_in.may(Permission.SEE_AUDIT),
        with_about=with_about,
    )


def tell(
    events: Sequence[Told], *, own_account_id: int | None, sees_accounts: bool, with_about: bool = True
) -> list[Entry]:
    """Return events as a reader with this account sees them. The number of queries does not grow with the events."""
    names = Names(LOOKUPS, events)
    holders = holders_of({each.actor_account_id for each in events if each.actor_account_id}) if sees_accounts else {}
    people = names_of_people({each.person_id for each in holders.values() if each.person_id is not None})
    references = (
        references_of({each.person_id for each in events if each.person_id is not None}) if sees_accounts else {}
    )
    entries = []
    for each in events:
        who = _who(each, holders, people, own_account_id, sees_accounts=sees_accounts)
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


def action_words(action: str) -> str:
    """Return an action in plain words, also one that has no sentence."""
    found = ACTIONS.get(action)
    return found.words if found else _capital(action.replace(".", " ").replace("_", " "))


def _sentence(event: Told, names: Names) -> Sentence:
    action = ACTIONS.get(event.action)
    if event.is_erased:
        return Sentence(action_words(event.action), "", "the details were erased")
    return action.tell(event, names) if action else unknown(event)


def _who(
    event: Told,
    holders: Mapping[int, Holder],
    people: Mapping[int, str],
    own_account_id: int | None,
    *,
    sees_accounts: bool,
) -> str:
    if event.actor_account_id is None:
        if not sees_accounts:
            return "the hub"
        return COMMAND if event.actor_kind == "command" else "somebody who was not signed in"
    if event.actor_account_id == own_account_id:
        return "you"
    if not sees_accounts:
        return "the hub"
    holder = holders.get(event.actor_account_id)
    if holder is None:
        return "an account that is no longer there"
    name = people.get(holder.person_id, "") if holder.person_id is not None else ""
    called = " ".join(part for part in (holder.title, name) if part)
    if not called:
        return holder.email or "an account without an e-mail"
    return f"{called} ({holder.email})" if holder.email else called


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
