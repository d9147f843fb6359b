"""What the log says of assignments, rules and waivers, in sentences."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import select

from training_app.audit.history import (
    Action,
    Names,
    Sentence,
    Subject,
    Told,
    changes,
    day_words,
    erased,
    simply,
)
from training_app.catalogue.models import Pathway
from training_app.database import db
from training_app.skills.history import days_words

_RULE = {"until_on": "the last day"}


def names_of_pathways(_ids: Collection[int]) -> Mapping[int, str]:
    """Return the titles of pathways by their ids."""
    return dict(db.session.execute(select(Pathway.id, Pathway.title)).all())


def _what(told: Told, names: Names) -> str:
    if told.row.get("pathway_id"):
        return names.name("pathway_id", told.row.get("pathway_id"))
    return names.name("module_id", told.row.get("module_id"))


def _batch(done: str) -> Action:
    return Action(f"Assignment {done}", simply(done, _what))


def _given(told: Told, names: Names) -> Sentence:
    suits = ", whenever it suits" if told.row.get("optional") else ""
    return Sentence("asked to do", _what(told, names), f"by {day_words(told.row.get('due_on'))}{suits}")


def _rule(told: Told, names: Names) -> str:
    group = names.name("group_id", told.row.get("group_id"))
    return f"rule that {group} do {_what(told, names)}"


def _switched_on(told: Told, names: Names) -> Sentence:
    present = ", those who are there already included" if told.row.get("includes_present") else ""
    return Sentence("switched on", _rule(told, names), f"from {day_words(told.row.get('from_on'))}{present}")


def _ended(told: Told, names: Names) -> Sentence:
    return Sentence("changed", _rule(told, names), changes(told, _RULE, names))


def _waiver(told: Told, names: Names) -> str:
    return f"waiver of {_what(told, names)}"


def _waived(told: Told, names: Names) -> Sentence:
    return Sentence("added", _waiver(told, names), days_words(told))


def _waiver_taken_back(told: Told, names: Names) -> Sentence:
    return Sentence("taken back as a mistake", _waiver(told, names), f"it was {days_words(told)}")


_KINDS = {"exemption": "exemption from", "waiver": "waiver of", "extension": "extension for"}


def _allowance(told: Told, names: Names) -> str:
    skill = told.row.get("skill_id")
    what = names.name("skill_id", skill) if skill else names.name("module_id", told.row.get("module_id"))
    return f"{_KINDS.get(str(told.row.get('kind')), 'allowance for')} {what}"


def _item(told: Told, _names: Names) -> str:
    made = ("exemption", "waiver", "extension")
    return f"the {next((each for each in made if told.row.get(f'{each}_id')), 'allowance')} given with others"


HISTORY = Subject(
    actions={
        "assignment_batch.given": _batch("given"),
        "assignment_batch.taken_back": _batch("taken back"),
        "assignment_batch.erased": Action("Words of an assignment erased", erased("an assignment")),
        "assignment.given": Action("Asked to do a module", _given),
        "assignment.taken_back": Action("No longer asked to do a module", simply("no longer asked to do", _what)),
        "assignment.moved": Action(
            "Assignment moved to another row", simply("assignment moved with its person", _what)
        ),
        "assignment_rule.switched_on": Action("Rule switched on", _switched_on),
        "assignment_rule.ended": Action("Rule’s last day changed", _ended),
        "assignment_rule.taken_back": Action("Rule taken back", simply("taken back as a mistake", _rule)),
        "waiver.added": Action("Module waived", _waived),
        "waiver.taken_back": Action("Waiver taken back", _waiver_taken_back),
        "waiver.moved": Action("Waiver moved to another row", simply("waiver moved with its person", _waiver)),
        "waiver.erased": Action("Waiver’s words erased", erased("a waiver")),
        "allowance.given": Action("Several people allowed something", simply("given to several people", _allowance)),
        "allowance.taken_back": Action(
            "Taken back from several people", simply("taken back from several people", _allowance)
        ),
        "allowance.erased": Action("Words of what several were allowed erased", erased("what several were allowed")),
        "allowance_item.given": Action("Allowed something together with others", simply("noted", _item)),
        "allowance_item.moved": Action(
            "Allowed with others, moved to another row", simply("moved with its person", _item)
        ),
    },
    names={"pathway_id": names_of_pathways},
)
# What was made for somebody says the same to a reader of their history.
SAID_ALREADY = frozenset({"allowance_item.given"})
