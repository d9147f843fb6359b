"""Everything held about somebody, as a page to read or print and as a file: for themselves, and for whoever has no account
by way of the hub."""

from __future__ import annotations

import json
from typing import Any

from flask import Response as File
from flask import current_app, render_template

from training_app.accounts.policy import Permission
from training_app.clock import today
from training_app.database import plain
from training_app.people.models import Person
from training_app.people.queries import person_by_id
from training_app.people.scope import visible_people
from training_app.stewardship.person import held_about, in_plain_words
from training_app.web.access import account, requires
from training_app.web.people.blueprint import found_person
from training_app.web.rights.blueprint import own_rights, rights

# What else is said of an entry stands together in one more column.
COLUMNS_AT_MOST = 4


@own_rights.get("/my/data")
@requires(Permission.DOWNLOAD_OWN_DATA)
def mine() -> str:
    """Show the visitor everything held about them."""
    me = _me()
    return render_template("my/no_person.html") if me is None else _page(me, is_own=True)


@own_rights.get("/my/data.json")
@requires(Permission.DOWNLOAD_OWN_DATA)
def my_file() -> File | str:
    """Return everything held about the visitor as a file."""
    me = _me()
    return render_template("my/no_person.html") if me is None else _file(me, "my-data", is_own=True)


@rights.get("/people/<reference>/data")
@requires(Permission.HAND_OUT_DATA)
def of_person(reference: str) -> str:
    """Show everything held about somebody, to print and hand to them."""
    return _page(found_person(reference), is_own=False)


@rights.get("/people/<reference>/data.json")
@requires(Permission.HAND_OUT_DATA)
def file_of_person(reference: str) -> File:
    """Return everything held about somebody as a file."""
    person = found_person(reference)
    return _file(person, f"data-{person.reference}", is_own=False)


def _me() -> Person | None:
    person_id = account().person_id
    return person_by_id(visible_people(account()), person_id) if person_id is not None else None


def _page(person: Person, *, is_own: bool) -> str:
    return render_template(
        "rights/data.html",
        person=person,
        is_own=is_own,
        sections=held_about(person.id, to_themselves=is_own),
        on=today(),
        columns_at_most=COLUMNS_AT_MOST,
        in_plain_words=in_plain_words,
    )


def _file(person: Person, name: str, *, is_own: bool) -> File:
    told = held_about(person.id, to_themselves=is_own)
    held = {
        "held_by": current_app.config["SETTINGS"].hub_name,
        "as_at": today().isoformat(),
        "about": person.reference,
        **{_key(heading): [_entry(each) for each in entries] for heading, entries in told.items()},
    }
    response = File(json.dumps(held, ensure_ascii=False, indent=2), mimetype="application/json")
    response.headers.set("Content-Disposition", "attachment", filename=f"{name}.json")
    return response


def _entry(entry: dict[str, Any]) -> dict[str, object]:
    return {_key(label): plain(value) for label, value in entry.items()}


def _key(words: str) -> str:
    return words.casefold().replace(" ", "_").replace("-", "_")
