"""What the log says of pairs and teams, in sentences: that there is one, who is in it and that it was finished, never a word of
what they write nor of whom they invite."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import select

from training_app.audit.history import Action, Names, Sentence, Subject, Teller, Told, day_words, erased
from training_app.catalogue.models import Module, ModuleVersion
from training_app.database import db
from training_app.people.bulk import in_portions
from training_app.practice.models import Kind, Practice, PracticeMember

# Who writes how often, and invites whom, is nobody's business on the page of a person: there it is told that they take part in
# something, that it was finished or left, and whether a finding was shared.
KEPT_QUIET = (
    *("practice.changed", "practice_visit.written", "practice_visit.finished"),
    *("practice_entry.written", "practice_entry.changed"),
    *("practice_invitation.sent", "practice_invitation.joined", "practice_invitation.declined"),
    *("practice_invitation.withdrawn", "practice_invitation.forgotten"),
)
KINDS = {Kind.PAIR.value: "a peer observation", Kind.RESEARCH.value: "action research"}


def names_of_practices(ids: Collection[int]) -> Mapping[int, str]:
    """Return the module of pairs and teams by their numbers."""
    found: dict[int, str] = {}
    for some in in_portions(list(ids)):
        rows = db.session.execute(
            select(Practice.id, Module.code, ModuleVersion.title)
            .join(Module, Module.id == Practice.module_id)
            .join(ModuleVersion, ModuleVersion.module_id == Module.id)
            .where(Practice.id.in_(some), ModuleVersion.superseded_at.is_(None))
        )
        found.update({number: f"{code} {title}" for number, code, title in rows})
    return found


def names_of_memberships(ids: Collection[int]) -> Mapping[int, str]:
    """Return the module of that in which somebody takes part, by the number of the membership."""
    found: dict[int, str] = {}
    for some in in_portions(list(ids)):
        rows = dict(
            db.session.execute(
                select(PracticeMember.id, PracticeMember.practice_id).where(PracticeMember.id.in_(some))
            ).all()
        )
        names = names_of_practices(set(rows.values()))
        found.update({member: names[practice] for member, practice in rows.items() if practice in names})
    return found


def _practice(done: str) -> Teller:
    def tell(told: Told, names: Names) -> Sentence:
        what = KINDS.get(str(told.row.get("kind")), "something together")
        finished = told.row.get("finished_on") if told.action == "practice.finished" else None
        more = f"completed on {day_words(finished)}" if finished else ""
        return Sentence(f"{done} {what}", names.name("module_id", told.row.get("module_id")), more)

    return tell


def _finding(told: Told, names: Names) -> Sentence:
    shared = "shared with the hub" if told.row.get("shared") else "kept to the team"
    return Sentence("finding written", names.name("module_id", told.row.get("module_id")), shared)


def _in_practice(done: str) -> Teller:
    return lambda told, names: Sentence(done, names.name("practice_id", told.row.get("practice_id")))


def _by_member(done: str) -> Teller:
    return lambda told, names: Sentence(done, names.name("member_id", told.row.get("member_id")))


HISTORY = Subject(
    actions={
        "practice.begun": Action("Pair or team begun", _practice("began")),
        "practice.changed": Action("Team’s question changed", _practice("changed the question of")),
        "practice.finding_written": Action("Team’s finding written", _finding),
        "practice.finished": Action("Pair or team finished", _practice("finished")),
        "practice.ended": Action("Pair or team left", _practice("ended")),
        "practice.erased": Action("Team’s words erased", erased("action research")),
        "practice_member.joined": Action("Pair or team joined", _in_practice("joined a pair or team")),
        "practice_member.left": Action("Pair or team left by one of them", _in_practice("left a pair or team")),
        "practice_member.moved": Action(
            "Place in a pair or team moved to the same person’s other row", _in_practice("moved to this person")
        ),
        "practice_invitation.sent": Action("Invited into a pair or team", _in_practice("invited somebody")),
        "practice_invitation.joined": Action("Invitation accepted", _in_practice("accepted an invitation")),
        "practice_invitation.declined": Action("Invitation declined", _in_practice("declined an invitation")),
        "practice_invitation.withdrawn": Action("Invitation withdrawn", _in_practice("withdrew an invitation")),
        "practice_invitation.forgotten": Action(
            "Forgotten how somebody was named in an invitation", _in_practice("forgot who was invited")
        ),
        "practice_invitation.moved": Action(
            "Invitation moved to the same person’s other row", _in_practice("moved an invitation to this person")
        ),
        "practice_invitation.erased": Action("Invitation erased", erased("an invitation")),
        "practice_visit.written": Action("Visit written about", _by_member("wrote about a visit")),
        "practice_visit.finished": Action("Visit finished", _by_member("finished a visit")),
        "practice_visit.erased": Action("Visit erased", erased("a visit")),
        "practice_entry.written": Action("Entry in a team’s cycle written", _by_member("wrote an entry")),
        "practice_entry.changed": Action("Entry in a team’s cycle changed", _by_member("changed an entry")),
        "practice_entry.erased": Action("Entry in a team’s cycle erased", erased("an entry")),
    },
    names={"practice_id": names_of_practices, "member_id": names_of_memberships},
)
