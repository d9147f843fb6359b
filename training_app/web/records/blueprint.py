"""The blueprint of completions, finding those that the visitor may see or decide about, and what every step on one shares."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from training_app.accounts.policy import Permission
from training_app.audit import Actor
from training_app.clock import today
from training_app.database import transaction
from training_app.errors import NotFound, Refused
from training_app.files import Column, Table
from training_app.people.scope import visible_organisations, visible_people
from training_app.records.models import Completion, Evidence
from training_app.records.queries import completion_seen, details_told, those_told_in_full
from training_app.records.queue import Decider, decided_by
from training_app.web.access import account, actor, may, own_path
from training_app.web.asking import LARGEST_ID
from training_app.web.forms import EditingForm
from training_app.web.records.effects import holdings, moved

records = Blueprint("records", __name__)


def decider() -> Decider:
    """Return the visitor as somebody who decides about claims."""
    return Decider(visible_people(account()), visible_organisations(account()), account().person_id)


def found_entry(completion_id: int, *, to_change: bool = False) -> Completion:
    """Return the entry with this id. Raises `NotFound` for one unseen exactly as for one absent."""
    entry = completion_seen(
        visible_people(account()), completion_id, places=visible_organisations(account()), to_change=to_change
    )
    if entry is None:
        raise NotFound
    return entry


def found_to_decide(completion_id: int, *, to_change: bool = False) -> Completion:
    """Return the entry with this id about which the visitor decides. Raises `NotFound` for one that is for somebody else to
    decide, exactly as for one absent; `Refused` for their own, and for a coordinator once it is decided."""
    entry = found_entry(completion_id, to_change=to_change)
    if entry.person_id == account().person_id:
        raise Refused("This entry is your own, so somebody else has to decide about it.")
    if not decided_by(decider(), [entry.id]):
        raise NotFound
    if not decider().decides_about_all and entry.evidence != Evidence.SELF_DECLARED:
        raise Refused("This entry was decided already, so it is now for the workforce manager to change.")
    return entry


def those_to_decide(entries: Sequence[Completion]) -> frozenset[int]:
    """Return the ids of those among some entries that the visitor may verify or send back."""
    if not may(Permission.VERIFY_COMPLETIONS):
        return frozenset()
    all_of_it = decider().decides_about_all
    open_ones = [each.id for each in entries if all_of_it or each.evidence == Evidence.SELF_DECLARED]
    return decided_by(decider(), open_ones)


def table(entries: Sequence[Completion]) -> Table:
    """Return completions as a table, with the columns of a file that can be brought in and some more."""
    in_full = those_told_in_full(entries, places=visible_organisations(account()))
    names = (
        *("person", "name", "module", "title", "completed_on"),
        *("evidence", "valid_until", "hours", "provider", "note"),
    )
    rows = [
        [
            *(each.person.reference, each.person.name, each.code, each.title(each.id in in_full), each.completed_on),
            *(each.evidence, each.valid_until, *details_told(each, in_full)),
        ]
        for each in entries
    ]
    return Table([Column(name) for name in names], rows)


def change(
    form: EditingForm,
    entry: Completion,
    done: str,
    act: Callable[[Actor, Completion, str, int], object],
    find: Callable[..., Completion] = found_entry,
) -> Response | None:
    """Do one act with a reason to an entry and say what it changed; None where it was refused."""
    back = back_to(entry, form)
    person_id, name, code = entry.person_id, entry.person.name, entry.briefly()
    before = holdings(person_id, today())
    entry_id = entry.id
    try:
        with transaction():
            reason = (form["reason"].data if "reason" in form else "") or ""
            act(actor(), find(entry_id, to_change=True), reason, form.seen_version)
    except NotFound:
        raise
    except Refused as refused:
        form.refuse(refused)
        return None
    flash(f"{code} {done}. {moved(name, before, holdings(person_id, today()))}", "success")
    return redirect(back)


def step(template: str, form: EditingForm, entry: Completion, **more: object) -> tuple[str, int]:
    """Show a step on one entry, with the version that it has now where the form is shown for the first time."""
    if not form.is_submitted():
        form["back"].data = came_from()
    if form.is_overtaken or not form.is_submitted():
        form.row_version.data = entry.row_version
    return render_template(template, form=form, entry=entry, back=back_to(entry, form), **more), form.status


def came_from() -> str:
    """Return the page of ours from which the visitor came, if there is one, to go back to afterwards."""
    named = own_path(request.args.get("back"))
    if named:
        return named
    came = urlsplit(request.referrer or "")
    if came.netloc != request.host or came.path == request.path:
        return ""
    return own_path(f"{came.path}?{came.query}" if came.query else came.path) or ""


def back_to(entry: Completion, form: EditingForm | None = None) -> str:
    """Return where the visitor goes from a step on an entry: where they came from, else to its person."""
    named = form["back"].data if form is not None else request.form.get("back")
    return (
        own_path(named)
        or (came_from() if form is None else None)
        or url_for("people.person", reference=entry.person.reference)
    )


def is_id(typed: str) -> bool:
    """Say whether what was typed can be the id of a row."""
    return typed.isascii() and typed.isdecimal() and len(typed) <= len(str(LARGEST_ID)) and int(typed) <= LARGEST_ID
