"""A register that is taken along where there is no internet: printed, or downloaded, filled in and brought back.

What is brought back is never saved by itself: the page shows what it would change, and what is pressed there saves the register
as its own page does, with the same marks, questions and conflicts.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from flask import Response as File
from flask import current_app, render_template

from training_app.accounts.policy import Permission
from training_app.clock import LONDON, now
from training_app.delivery.bringing_back import BroughtBack, read_back
from training_app.delivery.models import TrainingSession
from training_app.delivery.queries import spans_of
from training_app.delivery.rules import Said, WalkIn, merged, times_in_words
from training_app.delivery.taking_along import InRegister, register_to_fill, register_to_print
from training_app.errors import Refused
from training_app.files import PDF_TYPE, RowError, format_named, set_pdf
from training_app.people.queries import all_groups, all_organisations
from training_app.people.rules import in_words
from training_app.web.access import public, requires
from training_app.web.components.fields import Needed, UploadField
from training_app.web.forms import HouseForm
from training_app.web.sessions.blueprint import sessions
from training_app.web.sessions.registers import (
    Keeper,
    RegisterForm,
    Row,
    in_a_word,
    is_corrected,
    register_here,
    register_of_link,
    rows_of,
    who_came,
)
from training_app.web.sessions.views import NUMBER

# More than anybody corrects in one go.
MOST_ERRORS_SHOWN = 100


class BringForm(HouseForm):
    """The file that was filled in."""

    file = UploadField(
        "The file that you filled in",
        validators=[Needed("Choose the file that you downloaded here and filled in")],
        render_kw={"accept": ".xlsx,.csv"},
    )


@sessions.get(f"{NUMBER}/register/print.pdf")
@requires(Permission.KEEP_REGISTERS)
def printed(session_id: int) -> File:
    """Return a register to print and fill in by hand."""
    return _printed(*register_here(session_id))


@sessions.get("/register/<token>/print.pdf")
@public
def printed_by_link(token: str) -> File:
    """Return the one register that a link opens, to print."""
    return _printed(*register_of_link(token, counts=True))


@sessions.get(f"{NUMBER}/register/fill-in.xlsx")
@requires(Permission.KEEP_REGISTERS)
def to_fill(session_id: int) -> File:
    """Return a register as a workbook to fill in."""
    return _to_fill(*register_here(session_id))


@sessions.get("/register/<token>/fill-in.xlsx")
@public
def to_fill_by_link(token: str) -> File:
    """Return the one register that a link opens, to fill in."""
    return _to_fill(*register_of_link(token, counts=True))


@sessions.route(f"{NUMBER}/register/bring-back", methods=["GET", "POST"])
@requires(Permission.KEEP_REGISTERS)
def bring_back(session_id: int) -> tuple[str, int]:
    """Take a register that was filled in, and show what it would change; nothing is saved yet."""
    return _bring_back(*register_here(session_id))


@sessions.route("/register/<token>/bring-back", methods=["GET", "POST"])
@public
def bring_back_by_link(token: str) -> tuple[str, int]:
    """Take the one register that a link opens, filled in, and show what it would change."""
    return _bring_back(*register_of_link(token, counts=True))


def _printed(session: TrainingSession, _keeper: Keeper) -> File:
    moment = now().astimezone(LONDON)
    data = register_to_print(
        session,
        _lines(rows_of(session, with_help=False)[0]),
        current_app.config["SETTINGS"].hub_name,
        f"Printed {in_words(moment.date())}, {moment:%H:%M}.",
    )
    return _file(set_pdf("register", data), PDF_TYPE, session, ".pdf")


def _to_fill(session: TrainingSession, _keeper: Keeper) -> File:
    workbook = format_named("xlsx")
    content = register_to_fill(session, _lines(rows_of(session, with_help=False)[0]))
    return _file(content, workbook.mime_type, session, workbook.extension)


def _file(content: bytes, kind: str, session: TrainingSession, ending: str) -> File:
    response = File(content, content_type=kind)
    name = f"register-{session.module.code}-{session.first_on.isoformat()}{ending}"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def _lines(rows: list[Row]) -> list[InRegister]:
    return [InRegister(each.person_id, each.name, each.stands, each.is_marked) for each in rows]


# --- what a file would change


@dataclass(frozen=True)
class Difference:
    """Somebody of whom a file says something else than the register: what each of the two says, and whether the register was
    changed after the file was made, so that both are somebody's word."""

    name: str
    stands: str
    says: str
    is_contradicted: bool


@dataclass
class Preview:
    """What saving a file would do: whose lines change, how many stay, who is not in the file, and who came besides."""

    differences: list[Difference] = field(default_factory=list)
    unchanged: int = 0
    not_in_file: list[str] = field(default_factory=list)
    walk_ins: list[WalkIn] = field(default_factory=list)


def _bring_back(session: TrainingSession, keeper: Keeper) -> tuple[str, int]:
    form, found = BringForm(), BroughtBack()
    if form.validate_on_submit():
        file = form.file.data
        assert file is not None, "a form that was found right has its file"
        rows, _ = rows_of(session, with_help=False)
        try:
            found = read_back(
                file.read(),
                file.filename or "",
                session.id,
                _lines(rows),
                session.module.current.hours,
            )
        except Refused as refused:
            form.file.errors = [refused.sentence]
        else:
            if not found.errors:
                return _previewed(session, keeper, found, rows), 200
    return _asking(session, keeper, form, found.errors)


def _asking(session: TrainingSession, keeper: Keeper, form: BringForm, errors: list[RowError]) -> tuple[str, int]:
    page = render_template(
        "sessions/bring_back.html",
        form=form,
        session=session,
        keeper=keeper,
        to_correct=errors[:MOST_ERRORS_SHOWN],
        left_out=max(0, len(errors) - MOST_ERRORS_SHOWN),
    )
    return page, 400 if errors else form.status


def _previewed(session: TrainingSession, keeper: Keeper, found: BroughtBack, rows: list[Row]) -> str:
    would = Preview(walk_ins=found.walk_ins)
    for row in rows:
        _say(row, found, would)
    form = RegisterForm(formdata=None)
    form.others.data = "\n".join(each.line for each in found.walk_ins)
    form.corrects.data = "yes" if is_corrected(session) else ""
    who = who_came([each.line for each in found.walk_ins], [], keeper)
    for each in who.unsure:
        each.error = None  # it has only just been asked
    return render_template(
        "sessions/preview.html",
        form=form,
        session=session,
        keeper=keeper,
        spans=[(each, times_in_words(each)) for each in spans_of(session)],
        rows=rows,
        would=would,
        unsure=who.unsure,
        found=[(line, person, person.id in {each.person_id for each in rows}) for line, person in who.found],
        organisations=all_organisations(keeper.places) if keeper.sees_people else [],
        groups=[(each.code, each.name) for each in all_groups()] if keeper.sees_people else [],
        corrects=is_corrected(session) and bool(would.differences),
    )


def _say(row: Row, found: BroughtBack, would: Preview) -> None:
    """Let a row say what the file says of it, unless the file says what it said when it was made: then what others said since
    stands."""
    line = found.lines.get(row.person_id)
    if line is None:
        would.not_in_file.append(row.name)
        return
    together: Said | None = merged(line.shown or row.stands, line.says, row.stands)
    row.said = line.says if together is None else together
    row.hours = f"{row.said.hours.normalize():f}" if row.said.hours else ""
    if row.said == row.stands:
        would.unchanged += 1
    else:
        would.differences.append(
            Difference(row.name, in_a_word(row.stands), in_a_word(row.said), is_contradicted=together is None)
        )
