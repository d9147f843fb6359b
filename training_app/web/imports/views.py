"""Bringing in a spreadsheet: choose it, see what would happen and every bad row, confirm."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from config import ROOT
from training_app.accounts.policy import Permission
from training_app.errors import Refused
from training_app.files import UnreadableFile
from training_app.imports import KINDS, Bounds, Kind, bring_in, judge
from training_app.imports.waiting import NoLongerWaiting, drop, drop_all_of, find, keep, tidy
from training_app.people.scope import is_everything, visible_organisations, visible_people
from training_app.web.access import account, actor, may, requires
from training_app.web.imports.forms import NEEDED, WORDS, ImportForm

imports = Blueprint("imports", __name__)

# More bad rows than anybody reads at once; the first are enough to see what is going wrong.
MOST_ROWS_SHOWN = 1000
LONGEST_FILE_NAME = 100


@imports.get("/imports")
@requires(Permission.IMPORT)
def choose() -> str:
    """Ask for the kind of file and the file, and offer an example of each kind."""
    tidy(_folder())
    return _chooser(_form())


@imports.post("/imports")
@requires(Permission.IMPORT)
def look() -> str | tuple[str, int]:
    """Judge a file and show what bringing it in would do; nothing is written yet."""
    form = _form()
    if not form.validate_on_submit():
        return _chooser(form), 400
    kind, file = KINDS[form.kind.data], form.file.data
    assert file is not None, "a form that was found right has its file"
    name = _shown_name(file.filename or "")
    content = file.read()
    try:
        judgement = judge(kind, content, name, _bounds())
    except UnreadableFile as unreadable:
        form.file.errors = [unreadable.sentence]
        return _chooser(form), 400
    drop_all_of(_folder(), account().id)
    token = keep(_folder(), account().id, content) if judgement.is_good else None
    page = render_template(
        "imports/preview.html",
        kind=kind,
        words=WORDS[kind.name],
        file_name=name,
        judgement=judgement,
        counts=judgement.counts(),
        to_correct=judgement.errors[:MOST_ROWS_SHOWN],
        left_out=max(0, len(judgement.errors) - MOST_ROWS_SHOWN),
        token=token,
    )
    return page if judgement.is_good else (page, 400)


@imports.post("/imports/confirm")
@requires(Permission.IMPORT)
def confirm() -> Response:
    """Bring in the file that was looked at."""
    kind = _kinds().get(request.form.get("kind", ""))
    if kind is None:
        abort(400)
    token, name = request.form.get("token", ""), _shown_name(request.form.get("name", ""))
    try:
        judgement = bring_in(actor(), kind, find(_folder(), account().id, token), name, _bounds())
    except NoLongerWaiting as gone:
        flash(gone.sentence, "important")
        return redirect(url_for("imports.choose"))
    except Refused as refused:
        drop(_folder(), account().id, token)
        flash(refused.sentence, "important")
        return redirect(url_for("imports.choose"))
    drop(_folder(), account().id, token)
    if not judgement.is_good:
        flash(
            "Something changed since you looked, and a row is no longer good. Nothing was brought in: choose the file again."
        )
        return redirect(url_for("imports.choose"))
    counts = judgement.counts()
    flash(
        f"{name} is in: {counts['created']:,} created, {counts['updated']:,} updated, "
        f"{counts['unchanged']:,} as they were.",
        "success",
    )
    return redirect(url_for("imports.choose"))


@imports.get("/imports/examples/<kind>.csv")
@requires(Permission.IMPORT)
def example(kind: str) -> Response:
    """Give an example file of a kind."""
    if kind not in _kinds():
        abort(404)
    return send_file(
        ROOT / "docs" / "examples" / f"{kind}.csv",
        mimetype="text/csv; charset=utf-8",
        as_attachment=True,
        download_name=f"example-{kind}.csv",
    )


def _kinds() -> dict[str, Kind]:
    """Return the kinds of file that the visitor may bring in: those of what they may also change on the pages."""
    return {name: kind for name, kind in KINDS.items() if may(NEEDED[name])}


def _form() -> ImportForm:
    form = ImportForm()
    form.kind.choices = [(name, WORDS[name][0]) for name in _kinds()]
    return form


def _bounds() -> Bounds | None:
    """Return whose rows the visitor may bring in; None for anybody's."""
    places = visible_organisations(account())
    return None if is_everything(places) else Bounds(visible_people(account()), places, account().id)


def _chooser(form: ImportForm) -> str:
    return render_template(
        "imports/choose.html", form=form, kinds=_kinds().values(), words=WORDS, bounded=_bounds() is not None
    )


def _folder() -> Path:
    folder: Path = current_app.config["SETTINGS"].instance / "imports"
    return folder


def _shown_name(name: str) -> str:
    """Return a file's own name without its folders, short enough for a sentence and with its ending kept."""
    last = name.replace("\\", "/").rpartition("/")[2]
    tidy = "".join(letter for letter in last if letter.isprintable())
    return tidy if len(tidy) <= LONGEST_FILE_NAME else f"{tidy[: LONGEST_FILE_NAME - 12]}…{tidy[-10:]}"
