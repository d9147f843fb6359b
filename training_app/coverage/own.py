"""What somebody's own pages say of their training, read in as few statements as it takes: a home is opened on a phone, between
two schools."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import select

from training_app.assignments.queries import known_facts, recorded_besides
from training_app.assignments.rules import CreditFact, Duty, Known, PersonFacts, VersionFact, duties
from training_app.catalogue.models import ModuleVersion, ModuleVersionSkill
from training_app.coverage import in_date
from training_app.coverage.rules import Named
from training_app.coverage.standing import CreditInSkill, PersonStanding, standings
from training_app.database import rows_of
from training_app.people.rules import covers
from training_app.records.models import Evidence
from training_app.records.queries import StandingEntry, entries_of
from training_app.skills.levels import Level


@dataclass(frozen=True)
class SentBack:
    """An entry that was sent back and is not answered yet; training outside the catalogue has no `code`."""

    id: int
    code: str | None
    title: str
    completed_on: date
    reason: str


@dataclass(frozen=True)
class OwnTraining:
    """What one person's own pages tell on a day: how they stand in each skill, what they owe, and what was sent back to them,
    the newest first. `facts` and `known` are what it follows from."""

    on: date
    standing: PersonStanding
    duties: Sequence[Duty]
    sent_back: Sequence[SentBack]
    facts: PersonFacts
    known: Known

    @property
    def in_date_until(self) -> date | None:
        """The first day after `on` on which, by what is recorded and completed by then, they would not hold all that is asked
        of them; None: no such day. Asked about those who hold all of it on the day itself."""
        return in_date.first_gap(
            in_date.Known(
                engagements=self.facts.engagements,
                exemptions=self.facts.exemptions,
                requirements=self.known.requirements,
                credits=[
                    (skill_id, each.level, each.completed_on, each.valid_until)
                    for skill_id, credits in self.standing.counting.items()
                    for each in credits
                ],
            ),
            self.on,
        )


def own_training(person_id: int, on: date) -> OwnTraining:
    """Return what somebody's own pages tell on a day, by verified evidence and all their engagements. Three statements, however
    much they did, and a fourth for training outside the catalogue."""
    known = known_facts()
    entries = entries_of(person_id)
    outside = {each.version_id for each in entries if each.version_id not in known.versions}
    versions = {**known.versions, **_outside_the_catalogue(outside)} if outside else known.versions

    def credits(evidence: Evidence) -> list[CreditFact]:
        return [
            CreditFact(each.module_id, versions[each.version_id].gives, each.completed_on, each.valid_until)
            for each in entries
            if each.evidence == evidence
        ]

    facts = replace(
        recorded_besides(person_id),
        counting=credits(Evidence.VERIFIED),
        awaiting=credits(Evidence.SELF_DECLARED),
    )
    sent_back = [
        SentBack(
            each.id, versions[each.version_id].code, versions[each.version_id].title, each.completed_on, each.reason
        )
        for each in entries
        if each.evidence == Evidence.RETURNED
    ]
    return OwnTraining(
        on, _standing(facts, known, entries, versions, on), duties(facts, known, on), sent_back, facts, known
    )


def _standing(
    facts: PersonFacts,
    known: Known,
    entries: Sequence[StandingEntry],
    versions: Mapping[int, VersionFact],
    on: date,
) -> PersonStanding:
    """Return what `person_standing` tells of the same person."""
    there = {group_id for group_id, start_on, end_on in facts.engagements if covers(start_on, end_on, on)}
    groups = [Named(group_id, *called) for group_id, called in known.groups.items() if group_id in there]
    exempt = {skill_id for skill_id, start_on, end_on in facts.exemptions if covers(start_on, end_on, on)}
    by_evidence: dict[str, dict[int, list[CreditInSkill]]] = {}
    for each in entries:
        if each.completed_on > on:
            continue
        version = versions[each.version_id]
        credits = by_evidence.setdefault(each.evidence, {})
        for skill_id, level in version.gives.items():
            credits.setdefault(skill_id, []).append(
                CreditInSkill(
                    *(each.id, version.code, version.title, each.evidence),
                    *(level, each.completed_on, each.valid_until),
                )
            )
    counting = by_evidence.get(Evidence.VERIFIED, {})
    awaiting = by_evidence.get(Evidence.SELF_DECLARED, {})
    skills = [Named(skill_id, *called) for skill_id, called in known.skills.items()]
    found = standings(skills, groups, known.required(on), exempt, counting, awaiting, on)
    return PersonStanding(groups, found, counting, awaiting)


def _outside_the_catalogue(version_ids: Collection[int]) -> dict[int, VersionFact]:
    """Return what was done outside the catalogue, and what it was recognised to give, by the ids of its versions."""
    rows = rows_of(
        select(ModuleVersion.id, ModuleVersion.title, ModuleVersionSkill.skill_id, ModuleVersionSkill.level)
        .outerjoin(ModuleVersionSkill, ModuleVersionSkill.version_id == ModuleVersion.id)
        .where(ModuleVersion.id.in_(version_ids))
    )
    gives: dict[int, dict[int, Level]] = {}
    for version_id, _, skill_id, level in rows:
        own = gives.setdefault(version_id, {})
        if skill_id is not None:
            own[skill_id] = Level(level)
    return {version_id: VersionFact(None, title, gives[version_id]) for version_id, title, *_ in rows}
