"""Exemptions from a skill, one a row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from training_app.audit import Actor
from training_app.database import db
from training_app.files import RowError, Sheet, quoted
from training_app.imports.judgement import Judgement, RowReader, readers, same_text
from training_app.imports.references import PeopleByName
from training_app.people.bulk import insert_many, update_many
from training_app.people.personal import MERGED_BECAUSE
from training_app.people.rules import LONGEST_REASON
from training_app.skills.models import Exemption, Skill

COLUMNS = ("person", "skill", "start_on", "reason", "end_on")
REQUIRED = COLUMNS[:4]
_Key = tuple[int, int, date]


@dataclass(frozen=True)
class _Line:
    number: int
    reason: str
    end_on: date | None


def judge(sheet: Sheet) -> Judgement:
    """Return what these rows would do to exemptions."""
    errors: list[RowError] = list(sheet.errors)
    found = Judgement(rows=sheet.row_count, errors=errors)
    people = PeopleByName()
    skills = {code.casefold(): id_ for code, id_ in db.session.execute(select(Skill.code, Skill.id))}
    lines: dict[_Key, _Line] = {}
    for reader in readers(sheet, errors):
        _row(reader, people, skills, lines, found)
    if not errors:
        _plan(lines, found)
    return found


def _row(
    reader: RowReader, people: PeopleByName, skills: dict[str, int], lines: dict[_Key, _Line], found: Judgement
) -> None:
    person_id = people.read(reader)
    skill_id = reader.one_of("skill", skills, "a skill of the framework", required=True)
    start_on = reader.day("start_on", required=True)
    reason = reader.text("reason", LONGEST_REASON, required=True)
    end_on = reader.day("end_on")
    if start_on and end_on and end_on < start_on:
        reader.wrong(
            "end_on", f"{end_on.isoformat()} is before start_on ({start_on.isoformat()}). Put the later day last."
        )
    if not (reader.is_good and person_id and skill_id and start_on and reason):
        return
    line = _Line(reader.line, reason, end_on)
    if any(
        same_text(reason, merged.reason) and end_on in (None, merged.end_on)
        for merged in _merged(person_id, skill_id, start_on)
    ):
        found.unchanged += 1
        return
    earlier = lines.setdefault((person_id, skill_id, start_on), line)
    if earlier is line:
        return
    for column in ("reason", "end_on"):
        now_says, said = getattr(line, column), getattr(earlier, column)
        if now_says is not None and now_says != said:
            reader.wrong(
                column,
                f"{quoted(str(now_says))} does not agree with line {earlier.number}, which is the same exemption. "
                "Keep one of the two rows.",
            )
            return
    found.unchanged += 1


def _merged(person_id: int, skill_id: int, start_on: date) -> Sequence[Exemption]:
    """Return the exemptions that gave way when two rows of one person were merged."""
    return db.session.scalars(
        select(Exemption).where(
            Exemption.person_id == person_id,
            Exemption.skill_id == skill_id,
            Exemption.start_on == start_on,
            Exemption.void_reason == MERGED_BECAUSE,
        )
    ).all()


def _plan(lines: dict[_Key, _Line], found: Judgement) -> None:
    present = {
        (row.person_id, row.skill_id, row.start_on): row
        for row in db.session.execute(
            select(
                Exemption.id, Exemption.person_id, Exemption.skill_id, Exemption.start_on,
                Exemption.end_on, Exemption.reason, Exemption.voided_at,
            ).order_by(Exemption.voided_at.is_(None))
        )
    }  # fmt: skip
    new, changed = [], []
    for key, line in lines.items():
        there = present.get(key)
        if there is None:
            new.append(
                {
                    "person_id": key[0], "skill_id": key[1], "start_on": key[2],
                    "end_on": line.end_on, "reason": line.reason,
                }
            )  # fmt: skip
            found.created += 1
        elif there.voided_at is not None:
            found.notes.append(f"note: line {line.number}: this exemption was voided and stays so.")
            found.unchanged += 1
        elif not same_text(line.reason, there.reason) or line.end_on not in (None, there.end_on):
            changed.append({"id": there.id, "reason": line.reason, "end_on": line.end_on or there.end_on})
            found.updated += 1
        else:
            found.unchanged += 1

    def apply(actor: Actor) -> None:
        insert_many(actor, "exemption.added", Exemption, new, person_column="person_id")
        update_many(actor, "exemption.changed", Exemption, changed, person_column="person_id")

    found.apply = apply
