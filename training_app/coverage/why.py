"""Why somebody stands in one skill as they do: who asks for it, what counts and what does not, and what would renew it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import or_, select

from training_app.assignments.queries import known_facts
from training_app.catalogue.models import ModuleVersionSkill
from training_app.catalogue.queries import module_by_code
from training_app.coverage.next_steps import HelpfulModule, closing, modules_that_give
from training_app.coverage.queries import all_groups, all_skills, standing_of
from training_app.coverage.rules import Named
from training_app.coverage.standing import SkillStanding, standing
from training_app.database import db
from training_app.errors import NotFound
from training_app.people.models import Engagement
from training_app.people.scope import Places, engaged_at
from training_app.records.models import Completion, Evidence, Extension
from training_app.records.queries import COUNTING, completions_of
from training_app.records.rules import is_valid, valid_until
from training_app.skills.levels import Level
from training_app.skills.models import Exemption
from training_app.skills.queries import requirement_facts
from training_app.skills.rules import RequirementFact


class Because(StrEnum):
    """Whether an entry counts in a skill on a day, and if not why."""

    COUNTS = "counts"
    AWAITS = "awaits confirmation"
    SENT_BACK = "sent back"
    VOIDED = "voided"
    RAN_OUT = "ran out"
    TO_COME = "completed later"


@dataclass(frozen=True)
class Asked:
    """A group that asks for a level, since when; `next` is the change of it that comes first, if one does."""

    group: Named
    level: Level
    since: date
    next: RequirementFact | None


@dataclass(frozen=True)
class EntryInSkill:
    """A completion that gives something in the skill, or would, why it counts or does not, and whether its end was moved."""

    completion: Completion
    level: Level
    because: Because
    is_extended: bool


@dataclass(frozen=True)
class Renewal:
    """The module that would give the level the soonest, and until when if it were completed today (None: for good)."""

    module: HelpfulModule
    until: date | None


@dataclass(frozen=True)
class Why:
    """All of it for one person and one skill on a day. `wanted` is the level that a renewal would have to give."""

    standing: SkillStanding
    asked: Sequence[Asked]
    entries: Sequence[EntryInSkill]
    exemption: Exemption | None
    wanted: Level
    renewal: Renewal | None


def why(person_id: int, skill_code: str, on: date, evidence: str, today: date, *, places: Places) -> Why:
    """Return why somebody stands in a skill as they do on a day, by an evidence rule, as far as it is told to who sees these
    organisations. Raises `NotFound` where there is no such skill."""
    skill = next((each for each in all_skills() if each.code.casefold() == skill_code.casefold()), None)
    if skill is None:
        raise NotFound
    found = next(
        (each for each in standing_of(person_id, on, evidence, places=places) if each.skill.id == skill.id),
        standing(skill, Level.NONE, [], [], on=on, exempt=False),
    )
    completions = completions_of(person_id, places=places)
    levels = _levels_in(skill.id, {each.module_version_id for each in completions})
    extended = _extended([each.id for each in completions])
    entries = [
        EntryInSkill(entry, levels[entry.module_version_id], _because(entry, on, evidence), entry.id in extended)
        for entry in completions
        if entry.module_version_id in levels
    ]
    wanted = found.required or max([found.held, *(each.level for each in found.credits)], default=Level.NONE)
    return Why(
        found,
        _asked(found, on),
        sorted(entries, key=lambda each: each.because is not Because.COUNTS),
        _exemption(person_id, skill.id, on),
        wanted or Level.AWARE,
        _renewal(skill.id, wanted or Level.AWARE, _groups_of(person_id, on, places), today),
    )


def _because(entry: Completion, on: date, evidence: str) -> Because:
    if entry.evidence == Evidence.VOID:
        return Because.VOIDED
    if entry.evidence == Evidence.RETURNED:
        return Because.SENT_BACK
    if entry.evidence not in COUNTING[evidence]:
        return Because.AWAITS
    if is_valid(entry.completed_on, entry.valid_until, on):
        return Because.COUNTS
    return Because.TO_COME if entry.completed_on > on else Because.RAN_OUT


def _levels_in(skill_id: int, version_ids: Collection[int]) -> dict[int, Level]:
    """Return the level that each of some module versions gives in a skill; one that gives none is left out."""
    rows = db.session.execute(
        select(ModuleVersionSkill.version_id, ModuleVersionSkill.level).where(
            ModuleVersionSkill.skill_id == skill_id, ModuleVersionSkill.version_id.in_(version_ids)
        )
    )
    return {version_id: Level(level) for version_id, level in rows}


def _extended(completion_ids: Collection[int]) -> frozenset[int]:
    """Return the ids of those among some completions whose end an extension moved."""
    standing = select(Extension.completion_id).where(
        Extension.completion_id.in_(completion_ids), Extension.voided_at.is_(None)
    )
    return frozenset(db.session.scalars(standing))


def _asked(found: SkillStanding, on: date) -> list[Asked]:
    requirements = sorted(requirement_facts(), key=lambda each: each.effective_from)
    asked = []
    for group in found.asked_by:
        own = [each for each in requirements if (each.group_id, each.skill_id) == (group.id, found.skill.id)]
        in_force = [each for each in own if each.effective_from <= on]
        coming = [each for each in own if each.effective_from > on]
        asked.append(Asked(group, in_force[-1].level, in_force[-1].effective_from, coming[0] if coming else None))
    return asked


def _exemption(person_id: int, skill_id: int, on: date) -> Exemption | None:
    return db.session.scalars(
        select(Exemption)
        .where(
            Exemption.person_id == person_id,
            Exemption.skill_id == skill_id,
            Exemption.voided_at.is_(None),
            Exemption.start_on <= on,
            or_(Exemption.end_on.is_(None), Exemption.end_on >= on),
        )
        .order_by(Exemption.start_on)
    ).first()


def _groups_of(person_id: int, on: date, places: Places) -> Collection[int]:
    """Return the ids of the groups in which somebody is engaged on a day, as far as it is told."""
    mine = set(
        db.session.scalars(
            select(Engagement.group_id).where(
                Engagement.person_id == person_id,
                Engagement.voided_at.is_(None),
                Engagement.start_on <= on,
                or_(Engagement.end_on.is_(None), Engagement.end_on >= on),
                *engaged_at(places),
            )
        )
    )
    return [group.id for group in all_groups() if group.id in mine]


def _renewal(skill_id: int, wanted: Level, group_ids: Collection[int], today: date) -> Renewal | None:
    found = closing(modules_that_give(known_facts(), [skill_id], today), skill_id, wanted, group_ids)
    if not found:
        return None
    module = module_by_code(found[0].code)
    return Renewal(found[0], valid_until(today, module.current.refresh_months) if module else None)
