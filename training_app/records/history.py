"""What the log says of completions and their extensions, in sentences."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import select

from training_app.audit.history import (
    Action,
    Names,
    Sentence,
    Subject,
    Teller,
    Told,
    changes,
    day_words,
    erased,
    simply,
)
from training_app.catalogue.history import gives_words
from training_app.catalogue.models import Module, ModuleVersion
from training_app.database import db
from training_app.files.taking_in import JPEG, PDF
from training_app.people.bulk import in_portions
from training_app.people.rules import in_words
from training_app.records.models import Completion, Evidence

DETAILS = {"hours": "the hours", "provider": "the provider", "note": "the note", "completed_on": "the day"}


def names_of_completions(ids: Collection[int]) -> Mapping[int, str]:
    """Return module and day of completions by their ids."""
    found = {}
    for some in in_portions(list(ids)):
        rows = db.session.execute(
            select(Completion.id, Module.code, ModuleVersion.title, Completion.completed_on)
            .outerjoin(Module, Module.id == Completion.module_id)
            .join(ModuleVersion, ModuleVersion.id == Completion.module_version_id)
            .where(Completion.id.in_(some))
        )
        found.update(
            {entry: f"{code + ' ' if code else ''}{title}, {in_words(day)}" for entry, code, title, day in rows}
        )
    return found


def titles_of_versions(ids: Collection[int]) -> Mapping[int, str]:
    """Return the titles of module versions by their ids; of what has no module it is the only name."""
    found: dict[int, str] = {}
    for some in in_portions(list(ids)):
        rows = db.session.execute(select(ModuleVersion.id, ModuleVersion.title).where(ModuleVersion.id.in_(some)))
        found.update(dict(rows.all()))
    return found


def _entry(told: Told, names: Names) -> str:
    module_id = told.row.get("module_id")
    is_outside = module_id is None and "module_id" in told.row
    module = (
        names.name("module_version_id", told.row.get("module_version_id"))
        if is_outside
        else names.name("module_id", module_id)
    )
    return f"{module}, {day_words(told.row.get('completed_on'))}"


def _entry_extended(told: Told, names: Names) -> str:
    return names.name("completion_id", told.row.get("completion_id"))


def _counts(told: Told) -> str:
    until = told.row.get("valid_until")
    return f"valid until {day_words(until)}" if until else "valid for good"


def _recorded(told: Told, names: Names) -> Sentence:
    if told.row.get("verified_by_rule"):
        return Sentence("logged", _entry(told, names), f"confirmed by rule, {_counts(told)}")
    if told.row.get("evidence") == Evidence.SELF_DECLARED.value:
        return Sentence("logged", _entry(told, names), "it awaits confirmation")
    return Sentence("recorded as verified", _entry(told, names), _counts(told))


def _verified(told: Told, names: Names) -> Sentence:
    return Sentence("verified", _entry(told, names), _counts(told))


def _mapped(told: Told, names: Names) -> Sentence:
    return Sentence(
        "verified, and said what it gives",
        _entry(told, names),
        f"it gives {gives_words(told.row.get('gives'), names)}, {_counts(told)}",
    )


def _corrected(told: Told, names: Names) -> Sentence:
    waits = told.row.get("evidence") == Evidence.SELF_DECLARED.value
    return Sentence("recorded anew", _entry(told, names), "it awaits confirmation" if waits else _counts(told))


def _changed(told: Told, names: Names) -> Sentence:
    return Sentence("details changed", _entry(told, names), changes(told, DETAILS, names))


def _extended(told: Told, names: Names) -> Sentence:
    return Sentence("extended", _entry_extended(told, names), f"valid until {day_words(told.row.get('valid_until'))}")


def _extension_withdrawn(told: Told, names: Names) -> Sentence:
    day = day_words(told.row.get("valid_until"))
    return Sentence("extension withdrawn", _entry_extended(told, names), f"it had gone until {day}")


def _end_moved(told: Told, names: Names) -> Sentence:
    return Sentence("end moved", _entry(told, names), f"now {_counts(told)}")


_KINDS = {JPEG: "a photo", PDF: "a PDF"}


def _file(done: str) -> Teller:
    return lambda told, names: Sentence(
        f"{_KINDS.get(str(told.row.get('content_type')), 'a file')} {done}", _entry_extended(told, names)
    )


def _reflection(done: str) -> Teller:
    def tell(told: Told, names: Names) -> Sentence:
        who = "shared with those who look after the record" if told.row.get("shared") else "kept to themselves"
        return Sentence(f"reflection {done}", _entry_extended(told, names), who)

    return tell


HISTORY = Subject(
    actions={
        "completion.recorded": Action("Completion recorded", _recorded),
        "completion.changed": Action("Completion’s details changed", _changed),
        "completion.verified": Action("Completion verified", _verified),
        "completion.mapped": Action("Training outside the catalogue mapped to skills", _mapped),
        "completion.returned": Action("Completion sent back", simply("sent back", _entry)),
        "completion.voided": Action("Completion voided", simply("voided", _entry)),
        "completion.corrected": Action("Completion recorded anew", _corrected),
        "completion.erased": Action("Completion’s words erased", erased("an entry")),
        "completion.extended": Action("Completion’s end moved by an extension", _end_moved),
        "completion.extension_withdrawn": Action("Completion’s end moved back", _end_moved),
        "extension.added": Action("Extension added", _extended),
        "extension.kept": Action("Extension kept", simply("extension kept", _entry_extended)),
        "extension.withdrawn": Action("Extension withdrawn", _extension_withdrawn),
        "extension.erased": Action("Extension’s words erased", erased("an extension")),
        "evidence_file.added": Action("Evidence file added", _file("added")),
        "evidence_file.moved": Action("Evidence file taken over", _file("taken over")),
        "evidence_file.taken_away": Action("Evidence file taken away", _file("taken away")),
        "evidence_file.erased": Action("Evidence file erased", erased("an evidence file")),
        "reflection.written": Action("Reflection written", _reflection("written")),
        "reflection.changed": Action("Reflection changed", _reflection("changed")),
        "reflection.moved": Action("Reflection taken over", _reflection("taken over")),
        "reflection.erased": Action("Reflection erased", erased("a reflection")),
    },
    names={"completion_id": names_of_completions, "module_version_id": titles_of_versions},
)
# Steps of an act whose other event says the same to a reader: an extension tells of its completion, a kept one of nothing.
SAID_ALREADY = frozenset(
    {
        *("completion.extended", "completion.extension_withdrawn", "extension.kept"),
        *("evidence_file.moved", "reflection.moved"),
    }
)
