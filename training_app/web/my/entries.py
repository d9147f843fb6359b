"""One entry of one's own record: what it gives, the photos and PDFs that go with it, and what one wrote about it."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from training_app.accounts.policy import Permission
from training_app.clock import today
from training_app.database import transaction
from training_app.errors import NotFound, Refused
from training_app.people.scope import everywhere, visible_people
from training_app.records.evidence import evidence_file_of, evidence_of, take_away
from training_app.records.models import Completion, Evidence, EvidenceFile
from training_app.records.queries import completion_seen
from training_app.records.reflections import reflection_of, write_reflection
from training_app.skills.levels import Level
from training_app.web.access import account, actor, requires
from training_app.web.asking import LARGEST_ID
from training_app.web.forms import HouseForm
from training_app.web.my.forms import ReflectionForm
from training_app.web.records.forms import EvidenceForm
from training_app.web.records.uploads import as_attachment, is_added

own_entries = Blueprint("own_entries", __name__)

_ENTRY = f"/my/record/<int(max={LARGEST_ID}):completion_id>"
_FILE = f"{_ENTRY}/evidence/<int(max={LARGEST_ID}):file_id>"
# The reason that stands with a file which its owner took away; they are asked for none.
_TAKEN_AWAY_BY_THEM = "Taken away by who added it"


@own_entries.get(_ENTRY)
@requires(Permission.SEE_OWN_RECORD)
def entry(completion_id: int) -> str:
    """Show one entry of the visitor's own, with what can be added to it."""
    found = _mine(completion_id)
    given = sorted(found.version.gives, key=lambda each: each.skill.position)
    return render_template(
        "my/entry.html",
        entry=found,
        today=today(),
        gives=[(each.skill.name, Level(each.level)) for each in given],
        files=evidence_of([found.id]).get(found.id, []),
        may_take_away=_may_take_away,
        reflection=reflection_of(found.id),
    )


@own_entries.route(f"{_ENTRY}/evidence", methods=["GET", "POST"])
@requires(Permission.LOG_OWN_TRAINING)
def add_evidence(completion_id: int) -> AnyResponse | tuple[str, int]:
    """Add a photo or a PDF to an entry of the visitor's own."""
    found = _mine_to_add_to(completion_id)
    form = EvidenceForm()
    if form.validate_on_submit() and is_added(form, lambda: _mine(completion_id, to_change=True)):
        return redirect(url_for("own_entries.entry", completion_id=completion_id))
    return render_template("my/add_evidence.html", form=form, entry=found), form.status


@own_entries.get(_FILE)
@requires(Permission.SEE_OWN_RECORD)
def evidence(completion_id: int, file_id: int) -> Response:
    """Hand out a file that goes with an entry of the visitor's own."""
    found = _mine(completion_id)
    return as_attachment(found, _file(found, file_id))


@own_entries.route(f"{_FILE}/remove", methods=["GET", "POST"])
@requires(Permission.LOG_OWN_TRAINING)
def remove_evidence(completion_id: int, file_id: int) -> AnyResponse | tuple[str, int]:
    """Take a file away that the visitor added, for good, while nobody has confirmed the entry."""
    found = _mine(completion_id)
    file = _theirs_to_take_away(found, file_id)
    form = HouseForm()
    if form.validate_on_submit():
        with transaction():
            held = _mine(completion_id, to_change=True)
            take_away(actor(), _theirs_to_take_away(held, file_id), _TAKEN_AWAY_BY_THEM)
        flash("The file is taken away.", "success")
        return redirect(url_for("own_entries.entry", completion_id=completion_id))
    return render_template("my/remove_evidence.html", form=form, entry=found, file=file), form.status


@own_entries.route(f"{_ENTRY}/reflection", methods=["GET", "POST"])
@requires(Permission.LOG_OWN_TRAINING)
def reflect(completion_id: int) -> AnyResponse | tuple[str, int]:
    """Write about an entry of the visitor's own, or change what they wrote; who may read it stands beside it."""
    found = _mine_to_add_to(completion_id)
    reflection = reflection_of(found.id)
    form = ReflectionForm()
    if not form.is_submitted():
        form.fill_from(reflection)
    if form.validate_on_submit():
        try:
            with transaction():
                write_reflection(
                    actor(),
                    _mine(completion_id, to_change=True),
                    tried=form.tried.data or None,
                    young_people_said=form.young_people_said.data or None,
                    differently=form.differently.data or None,
                    shared=bool(form.shared.data),
                    seen_version=form.seen_version,
                )
        except NotFound:
            raise
        except Refused as refused:
            form.refuse(refused)
            if form.is_overtaken:
                reflection = reflection_of(found.id)
                form.row_version.data = str(reflection.row_version if reflection else 0)
        else:
            flash("Your reflection is saved.", "success")
            return redirect(url_for("own_entries.entry", completion_id=completion_id))
    return render_template("my/reflection.html", form=form, entry=found, reflection=reflection), form.status


def _mine(completion_id: int, *, to_change: bool = False) -> Completion:
    """Return an entry of the visitor's own. Raises `NotFound` for one that is not theirs exactly as for one that is absent."""
    me = account().person_id
    found = completion_seen(visible_people(account()), completion_id, places=everywhere(), to_change=to_change)
    if found is None or me is None or found.person_id != me:
        raise NotFound
    return found


def _mine_to_add_to(completion_id: int) -> Completion:
    found = _mine(completion_id)
    if found.evidence == Evidence.VOID:
        raise NotFound
    return found


def _file(entry: Completion, file_id: int) -> EvidenceFile:
    file = evidence_file_of(entry, file_id)
    if file is None:
        raise NotFound
    return file


def _may_take_away(entry: Completion, file: EvidenceFile) -> bool:
    waits = entry.evidence in (Evidence.SELF_DECLARED, Evidence.RETURNED)
    return waits and file.added_by_account_id == account().id


def _theirs_to_take_away(entry: Completion, file_id: int) -> EvidenceFile:
    file = _file(entry, file_id)
    if not _may_take_away(entry, file):
        raise NotFound
    return file
