"""What each group needs from a day on, one requirement a row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from training_app.audit import Actor
from training_app.database import db
from training_app.files import RowError, Sheet, quoted
from training_app.imports.judgement import Judgement, RowReader, readers
from training_app.people.bulk import insert_many, update_many
from training_app.skills.levels import Level
from training_app.skills.models import Requirement, Skill
from training_app.strategy.models import WorkforceGroup

COLUMNS = ("workforce_group", "skill", "level", "effective_from")
REQUIRED = COLUMNS
_Key = tuple[int, int, date]
_LEVELS = {level.code: level for level in Level}


@dataclass(frozen=True)
class _Line:
    number: int
    level: Level


def judge(sheet: Sheet) -> Judgement:
    """Return what these rows would do to the requirements."""
    errors: list[RowError] = list(sheet.errors)
    found = Judgement(rows=sheet.row_count, errors=errors)
    groups = {code.casefold(): id_ for code, id_ in db.session.execute(select(WorkforceGroup.code, WorkforceGroup.id))}
    skills = {code.casefold(): id_ for code, id_ in db.session.execute(select(Skill.code, Skill.id))}
    lines: dict[_Key, _Line] = {}
    for reader in readers(sheet, errors):
        _row(reader, groups, skills, lines, found)
    if not errors:
        _plan(lines, found)
    return found


def _row(
    reader: RowReader, groups: dict[str, int], skills: dict[str, int], lines: dict[_Key, _Line], found: Judgement
) -> None:
    group_id = reader.one_of("workforce_group", groups, "a workforce group", required=True)
    skill_id = reader.one_of("skill", skills, "a skill of the framework", required=True)
    level = reader.one_of("level", _LEVELS, "a level", required=True)
    effective_from = reader.day("effective_from", required=True)
    if not (reader.is_good and group_id and skill_id and effective_from) or level is None:
        return
    line = _Line(reader.line, level)
    earlier = lines.setdefault((group_id, skill_id, effective_from), line)
    if earlier is line:
        return
    if earlier.level is not level:
        reader.wrong(
            "level",
            f"{quoted(level.code)} does not agree with line {earlier.number}, which is the same requirement. "
            "Keep one of the two rows.",
        )
        return
    found.unchanged += 1


def _plan(lines: dict[_Key, _Line], found: Judgement) -> None:
    present = {
        (row.group_id, row.skill_id, row.effective_from): row
        for row in db.session.execute(
            select(
                Requirement.id, Requirement.group_id, Requirement.skill_id, Requirement.effective_from,
                Requirement.level, Requirement.voided_at,
            ).order_by(Requirement.voided_at.is_(None))
        )
    }  # fmt: skip
    new, changed = [], []
    for key, line in lines.items():
        there = present.get(key)
        if there is None:
            new.append({"group_id": key[0], "skill_id": key[1], "effective_from": key[2], "level": int(line.level)})
            found.created += 1
        elif there.voided_at is not None:
            found.notes.append(f"note: line {line.number}: this requirement was withdrawn and stays so.")
            found.unchanged += 1
        elif there.level != line.level:
            changed.append({"id": there.id, "level": int(line.level)})
            found.updated += 1
        else:
            found.unchanged += 1

    def apply(actor: Actor) -> None:
        insert_many(actor, "requirement.added", Requirement, new)
        update_many(actor, "requirement.changed", Requirement, changed)

    found.apply = apply
