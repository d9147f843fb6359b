"""Photos and PDFs on the page of an entry: adding one on behalf of its person, handing out, taking away."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from training_app.accounts.policy import Permission
from training_app.database import transaction
from training_app.errors import NotFound, Refused
from training_app.people.scope import visible_organisations, visible_people
from training_app.records.evidence import evidence_file_of, take_away
from training_app.records.models import Completion, Evidence, EvidenceFile
from training_app.records.queries import completion_seen, those_told_in_full
from training_app.web.access import account, actor, may, requires
from training_app.web.asking import LARGEST_ID
from training_app.web.records.forms import EvidenceForm, TakeAwayForm
from training_app.web.records.uploads import as_attachment, is_added

evidence = Blueprint("evidence", __name__)

_ENTRY = f"/records/<int(max={LARGEST_ID}):completion_id>/evidence"
_FILE = f"{_ENTRY}/<int(max={LARGEST_ID}):file_id>"


@evidence.route(_ENTRY, methods=["GET", "POST"])
@requires(Permission.RECORD_COMPLETIONS)
def add(completion_id: int) -> AnyResponse | tuple[str, int]:
    """Add a photo or a PDF to an entry on behalf of its person."""
    entry = _told_in_full(completion_id)
    if entry.evidence == Evidence.VOID:
        raise NotFound
    form = EvidenceForm()
    if form.validate_on_submit() and is_added(form, lambda: _told_in_full(completion_id, to_change=True)):
        return redirect(url_for("records.entry", completion_id=completion_id))
    return render_template("records/add_evidence.html", form=form, entry=entry), form.status


@evidence.get(_FILE)
@requires(Permission.SEE_PEOPLE)
def download(completion_id: int, file_id: int) -> Response:
    """Hand out a file that goes with an entry of which all is told to the visitor."""
    entry = _told_in_full(completion_id)
    return as_attachment(entry, _file(entry, file_id))


@evidence.route(f"{_FILE}/remove", methods=["GET", "POST"])
@requires(Permission.RECORD_COMPLETIONS)
def remove(completion_id: int, file_id: int) -> AnyResponse | tuple[str, int]:
    """Take a file away for good, with a reason."""
    entry = _told_in_full(completion_id)
    file = _theirs_to_take_away(entry, file_id)
    form = TakeAwayForm()
    if form.validate_on_submit():
        try:
            with transaction():
                held = _told_in_full(completion_id, to_change=True)
                take_away(actor(), _theirs_to_take_away(held, file_id), form.reason.data)
        except NotFound:
            raise
        except Refused as refused:
            form.refuse(refused)
        else:
            flash("The file is taken away.", "success")
            return redirect(url_for("records.entry", completion_id=completion_id))
    return render_template("records/remove_evidence.html", form=form, entry=entry, file=file), form.status


def may_take_away(entry: Completion, file: EvidenceFile) -> bool:
    """Say whether the visitor may take a file away: what they added themselves while nobody has confirmed the entry; the
    workforce manager any, because a photo may show what must not be kept."""
    waits = entry.evidence in (Evidence.SELF_DECLARED, Evidence.RETURNED)
    return may(Permission.CHANGE_ANY_COMPLETION) or (waits and file.added_by_account_id == account().id)


def _told_in_full(completion_id: int, *, to_change: bool = False) -> Completion:
    """Return an entry of which all is told to the visitor. Raises `NotFound` for any other, as for one that is absent."""
    places = visible_organisations(account())
    entry = completion_seen(visible_people(account()), completion_id, places=places, to_change=to_change)
    if entry is None or not those_told_in_full([entry], places=places):
        raise NotFound
    return entry


def _file(entry: Completion, file_id: int) -> EvidenceFile:
    file = evidence_file_of(entry, file_id)
    if file is None:
        raise NotFound
    return file


def _theirs_to_take_away(entry: Completion, file_id: int) -> EvidenceFile:
    file = _file(entry, file_id)
    if not may_take_away(entry, file):
        raise NotFound
    return file
