"""Gathering the facts of coverage, and asking the rules about them.

The one large query is `counting_credits`: a plain read of an index, in order of person. Everything else is small.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Date, Integer, Select, and_, bindparam, or_, select

from training_app.catalogue.models import Module, ModuleVersion, ModuleVersionSkill
from training_app.catalogue.queries import what_versions_give
from training_app.coverage.in_date import Known, first_gap
from training_app.coverage.rules import Coverage, Facts, Named, coverage
from training_app.coverage.standing import CreditInSkill, PersonStanding, SkillStanding, standing, standings, turn
from training_app.coverage.trend import Month, month_ends, trend
from training_app.database import db, keeping_many_rows, rows_of
from training_app.errors import NotFound, Refused
from training_app.people.models import Engagement, Organisation, Person
from training_app.people.rules import covers
from training_app.people.scope import People, Places, engaged_at, is_everything
from training_app.records.models import Completion
from training_app.records.queries import COUNTING, counting_credits
from training_app.skills.levels import Level
from training_app.skills.models import Exemption, Requirement, Skill
from training_app.skills.queries import requirement_facts
from training_app.skills.rules import RequirementFact, levels_required
from training_app.strategy.models import SKILLED_WORKFORCE, Priority, WorkforceGroup

Credits = dict[tuple[int, int], list[CreditInSkill]]


def all_groups() -> list[Named]:
    """Return every workforce group in the framework's order."""
    rows = db.session.execute(
        select(WorkforceGroup.id, WorkforceGroup.code, WorkforceGroup.name).order_by(WorkforceGroup.position)
    )
    return [Named(*row) for row in rows]


def groups_named(codes: Iterable[str] | None = None) -> list[Named]:
    """Return groups in the framework's order: those with these codes (however capitalised), or else those that the
    priority of a skilled workforce names.

    Raises `Refused` with a sentence for a code that is no group's.
    """
    if codes is None:
        rows = db.session.execute(
            select(WorkforceGroup.id, WorkforceGroup.code, WorkforceGroup.name)
            .join(Priority)
            .where(Priority.number == SKILLED_WORKFORCE)
            .order_by(WorkforceGroup.position)
        )
        return [Named(*row) for row in rows]
    groups = all_groups()
    wanted = {code.strip().casefold() for code in codes}
    unknown = wanted - {group.code.casefold() for group in groups}
    if unknown or not wanted:
        offered = ", ".join(group.code for group in groups)
        named = f'"{min(unknown)}" is not a workforce group' if unknown else "No workforce group was named"
        raise Refused(f"{named}. There are: {offered}.", "groups")
    return [group for group in groups if group.code.casefold() in wanted]


def all_skills() -> list[Named]:
    """Return every skill in the framework's order."""
    return [
        Named(*row) for row in db.session.execute(select(Skill.id, Skill.code, Skill.name).order_by(Skill.position))
    ]


def facts(
    groups: Sequence[Named],
    first: date,
    last: date,
    evidence: str,
    *,
    places: Places | None = None,
) -> Facts:
    """Return the facts of coverage for the days from `first` to `last`.

    `places` are the organisations whose engagements are counted, those that the reader may see or some of them (None:
    everywhere).
    """
    engagements = select(Engagement.person_id, Engagement.group_id, Engagement.start_on, Engagement.end_on).where(
        Engagement.voided_at.is_(None),
        Engagement.group_id.in_([group.id for group in groups]),
        Engagement.start_on <= last,
        or_(Engagement.end_on.is_(None), Engagement.end_on >= first),
    )
    exemptions = select(Exemption.person_id, Exemption.skill_id, Exemption.start_on, Exemption.end_on).where(
        Exemption.voided_at.is_(None),
        Exemption.start_on <= last,
        or_(Exemption.end_on.is_(None), Exemption.end_on >= first),
    )
    those_counted = None
    if places is not None and not is_everything(places):
        there = engaged_at(places)
        those_counted = select(Engagement.person_id).where(*there, Engagement.voided_at.is_(None))
        engagements = engagements.where(*there)
        exemptions = exemptions.where(Exemption.person_id.in_(those_counted))
    with keeping_many_rows():
        return Facts(
            groups=groups,
            skills=all_skills(),
            requirements=requirement_facts(),
            engagements=rows_of(engagements),
            exemptions=rows_of(exemptions),
            gives=what_versions_give(),
            credits=rows_of(counting_credits(last, evidence, those_counted)),
        )


def coverage_on(
    day: date,
    evidence: str = "verified",
    group_codes: Iterable[str] | None = None,
    *,
    places: Places | None = None,
) -> Coverage:
    """Return coverage on a day, by evidence rule (`verified` or `all`), for groups (default: those of the priority of a
    skilled workforce), at some organisations or everywhere. Raises `Refused` for a group that does not exist."""
    groups = groups_named(group_codes)
    return coverage(facts(groups, day, day, evidence, places=places), day)


def trend_between(
    first: date,
    last: date,
    evidence: str = "verified",
    group_codes: Iterable[str] | None = None,
    *,
    places: Places | None = None,
) -> list[Month]:
    """Return coverage on the last day of every month that lies between two days. Raises `Refused` as `coverage_on`."""
    groups = groups_named(group_codes)
    days = month_ends(first, last)
    if not days:
        return []
    return trend(facts(groups, days[0], days[-1], evidence, places=places), days)


def first_requirement_on() -> date | None:
    """Return the day on which the first requirement took effect, from which a trend makes sense."""
    return db.session.scalar(
        select(Requirement.effective_from)
        .where(Requirement.voided_at.is_(None), Requirement.level > int(Level.NONE))
        .order_by(Requirement.effective_from)
        .limit(1)
    )


# --- the names behind a figure, and one person's standing


@dataclass(frozen=True)
class PersonBehind:
    """Somebody behind a figure: who they are, where, and how they stand in the skill."""

    person_id: int
    reference: str
    name: str
    organisations: Sequence[str]
    standing: SkillStanding


def people_behind(
    group_code: str,
    skill_code: str,
    day: date,
    evidence: str = "verified",
    *,
    places: Places | None = None,
) -> list[PersonBehind]:
    """Return the people behind one cell, at some organisations or everywhere, sorted by what to do next, then by name.

    Raises `NotFound` where there is no such group or skill. Where nothing is required on the day, everybody of the group is
    returned with what they hold.
    """
    group = next((each for each in all_groups() if each.code.casefold() == group_code.casefold()), None)
    skill = next((each for each in all_skills() if each.code.casefold() == skill_code.casefold()), None)
    if group is None or skill is None:
        raise NotFound
    engaged = (
        select(Person.id, Person.reference, Person.name, Person.name_key, Organisation.name)
        .join(Engagement, Engagement.person_id == Person.id)
        .join(Organisation, Organisation.id == Engagement.organisation_id)
        .where(
            Engagement.group_id == group.id,
            Engagement.voided_at.is_(None),
            Engagement.start_on <= day,
            or_(Engagement.end_on.is_(None), Engagement.end_on >= day),
        )
        .order_by(Person.name_key, Person.id, Organisation.name_key)
    )
    if places is not None:
        engaged = engaged.where(*engaged_at(places))
    found: dict[int, tuple[str, str, list[str]]] = {}
    for person_id, reference, name, _, organisation in db.session.execute(engaged):
        organisations = found.setdefault(person_id, (reference, name, []))[2]
        if organisation not in organisations:
            organisations.append(organisation)
    those = engaged.with_only_columns(Person.id).order_by(None)
    required = levels_required(requirement_facts(), day).get(group.id, {}).get(skill.id, Level.NONE)
    exempt = _exempt_on(day, those, skill.id)
    credits, awaiting, _ = _credits_in_skills(day, evidence, those, skill.id)
    behind = [
        PersonBehind(
            person_id,
            reference,
            name,
            organisations,
            standing(
                skill,
                required,
                [group] if required else [],
                credits.get((person_id, skill.id), []),
                on=day,
                exempt=person_id in exempt,
                awaiting=awaiting.get((person_id, skill.id), []),
            ),
        )
        for person_id, (reference, name, organisations) in found.items()
    ]
    return sorted(behind, key=lambda each: turn(each.standing))


def person_standing(
    person_id: int, on: date, evidence: str = "verified", *, places: Places | None = None
) -> PersonStanding:
    """Return how a person stands on a day in every skill that one of their groups asks for, or in which they hold or held
    anything, in the framework's order. What is asked is the highest level among all their groups on that day, or among those
    of their engagements at `places`. Two statements, however much they did. (What somebody's own pages need besides is in
    `own.own_training`.)"""
    groups, requirements, exempt, skills = _asked_of(person_id, on, places)
    required = levels_required(requirements, on)
    by_person, by_person_awaiting, credited = _credits_in_skills(on, evidence, [person_id])
    counting, awaiting = _of_person(by_person), _of_person(by_person_awaiting)
    skills_in_order = _in_framework_order({**skills, **credited})
    found = standings(skills_in_order, groups, required, exempt, counting, awaiting, on)
    return PersonStanding(groups, found, counting, awaiting)


def _asked_of(
    person_id: int, on: date, places: Places | None
) -> tuple[list[Named], list[RequirementFact], set[int], dict[int, tuple[int, Named]]]:
    """Return the groups that somebody is in on a day, all that was ever decided about what these need, the ids of the skills
    from which they are exempt on the day, and those skills with their position, by id. One statement."""
    rows: Sequence[Any] = db.session.execute(_asked_at(places), {"person": person_id, "day": on}).all()
    groups: dict[int, Named] = {}
    requirements: list[RequirementFact] = []
    exempt: set[int] = set()
    skills: dict[int, tuple[int, Named]] = {}
    for group_id, group, group_name, skill_id, skill, skill_name, position, level, effective_from, is_exempt in rows:
        groups[group_id] = Named(group_id, group, group_name)
        if skill_id is None:
            continue
        requirements.append(RequirementFact(group_id, skill_id, Level(level), effective_from))
        skills[skill_id] = (position, Named(skill_id, skill, skill_name))
        if is_exempt:
            exempt.add(skill_id)
    return list(groups.values()), requirements, exempt, skills


def _asked_at(places: Places | None) -> Select[*tuple[Any, ...]]:
    """Return the statement of what is asked of the `person` on the `day` because of their engagements at some places."""
    person_id, on = bindparam("person", type_=Integer), bindparam("day", type_=Date)
    engaged = select(Engagement.group_id).where(
        Engagement.person_id == person_id,
        Engagement.voided_at.is_(None),
        Engagement.start_on <= on,
        or_(Engagement.end_on.is_(None), Engagement.end_on >= on),
        *([] if places is None else engaged_at(places)),
    )
    exempt_from = (
        select(Exemption.id)
        .where(
            Exemption.person_id == person_id,
            Exemption.skill_id == Requirement.skill_id,
            Exemption.voided_at.is_(None),
            Exemption.start_on <= on,
            or_(Exemption.end_on.is_(None), Exemption.end_on >= on),
        )
        .exists()
    )
    decided = and_(Requirement.group_id == WorkforceGroup.id, Requirement.voided_at.is_(None))
    return (
        select(
            *(WorkforceGroup.id, WorkforceGroup.code, WorkforceGroup.name),
            *(Skill.id, Skill.code, Skill.name, Skill.position),
            *(Requirement.level, Requirement.effective_from, exempt_from),
        )
        .outerjoin(Requirement, decided)
        .outerjoin(Skill, Skill.id == Requirement.skill_id)
        .where(WorkforceGroup.id.in_(engaged))
        .order_by(WorkforceGroup.position)
    )


def standing_of(
    person_id: int, on: date, evidence: str = "verified", *, places: Places | None = None
) -> Sequence[SkillStanding]:
    """Return how a person stands on a day in each skill, as `person_standing`."""
    return person_standing(person_id, on, evidence, places=places).skills


def _of_person(credits: Credits) -> dict[int, list[CreditInSkill]]:
    """Return the credits of the one person whose they are, by skill."""
    return {skill_id: found for (_, skill_id), found in credits.items()}


def _in_framework_order(skills: Mapping[int, tuple[int, Named]]) -> list[Named]:
    """Return skills, given with their position in the framework, in its order."""
    return [skill for _, skill in sorted(skills.values(), key=lambda each: each[0])]


def in_date_until(person_id: int, on: date, evidence: str = "verified", *, places: Places | None = None) -> date | None:
    """Return the first day after `on` on which, by what is recorded and completed by then, somebody would not hold all that
    is asked of them (see `in_date.first_gap`; at `places`, as `standing_of`); None: no such day. Asked about those who hold
    all of it on the day itself."""
    engagements = select(Engagement.group_id, Engagement.start_on, Engagement.end_on).where(
        Engagement.person_id == person_id,
        Engagement.voided_at.is_(None),
        or_(Engagement.end_on.is_(None), Engagement.end_on > on),
        *([] if places is None else engaged_at(places)),
    )
    exemptions = select(Exemption.skill_id, Exemption.start_on, Exemption.end_on).where(
        Exemption.person_id == person_id,
        Exemption.voided_at.is_(None),
        or_(Exemption.end_on.is_(None), Exemption.end_on >= on),
    )
    credits, _, _ = _credits_in_skills(on, evidence, [person_id])
    return first_gap(
        Known(
            engagements=[(group, start, end) for group, start, end in db.session.execute(engagements)],
            exemptions=[(skill, start, end) for skill, start, end in db.session.execute(exemptions)],
            requirements=requirement_facts(),
            credits=[
                (skill, each.level, each.completed_on, each.valid_until)
                for (_, skill), some in credits.items()
                for each in some
            ],
        ),
        on,
    )


def _exempt_on(day: date, people: People, skill_id: int) -> Collection[int]:
    """Return those of some people who are exempt from a skill on a day."""
    query = select(Exemption.person_id, Exemption.start_on, Exemption.end_on).where(
        Exemption.voided_at.is_(None), Exemption.person_id.in_(people), Exemption.skill_id == skill_id
    )
    return {person_id for person_id, start_on, end_on in db.session.execute(query) if covers(start_on, end_on, day)}


def _credits_in_skills(
    day: date, evidence: str, people: People | Collection[int], skill_id: int | None = None
) -> tuple[Credits, Credits, dict[int, tuple[int, Named]]]:
    """Return by person and skill the credits that count by an evidence rule, those that await confirmation to count, and the
    skills with their position, by id."""
    given: dict[str, Any] = {"day": day}
    if isinstance(people, Select):
        query = _credits_of(people)
    else:
        query, given["people"] = _credits_of_some(), list(people)
    if skill_id is not None:
        query = query.where(ModuleVersionSkill.skill_id == skill_id)
    counting: Credits = {}
    awaiting: Credits = {}
    skills: dict[int, tuple[int, Named]] = {}
    rows: Sequence[Any] = db.session.execute(query, given).all()
    for person_id, given_id, skill, skill_name, position, *credit in rows:
        completion_id, code, title, kind, level, completed_on, valid_until = credit
        skills[given_id] = (position, Named(given_id, skill, skill_name))
        credits = counting if kind in COUNTING[evidence] else awaiting
        credits.setdefault((person_id, given_id), []).append(
            CreditInSkill(completion_id, code, title, kind, Level(level), completed_on, valid_until)
        )
    return counting, awaiting, skills


@cache
def _credits_of_some() -> Select[*tuple[Any, ...]]:
    return _credits_of(bindparam("people", expanding=True))


def _credits_of(people: People | BindParameter[Any]) -> Select[*tuple[Any, ...]]:
    """Return the statement of what some people's completions by the `day` give, or will once they are confirmed."""
    return (
        select(
            *(Completion.person_id, Skill.id, Skill.code, Skill.name, Skill.position),
            *(Completion.id, Module.code, ModuleVersion.title, Completion.evidence),
            *(ModuleVersionSkill.level, Completion.completed_on, Completion.valid_until),
        )
        .join(ModuleVersion, ModuleVersion.id == Completion.module_version_id)
        .outerjoin(Module, Module.id == ModuleVersion.module_id)
        .join(ModuleVersionSkill, ModuleVersionSkill.version_id == ModuleVersion.id)
        .join(Skill, Skill.id == ModuleVersionSkill.skill_id)
        .where(
            Completion.evidence.in_(COUNTING["all"]),
            Completion.completed_on <= bindparam("day", type_=Date),
            Completion.person_id.in_(people),
        )
    )
