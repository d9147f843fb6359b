"""Gathering the facts of who owes what, and reading what was assigned.

What is read about people starts from `people`, the ids of those whom the reader may see (see `people/scope.py`). The facts of
any number of people are one statement, what is the same for all of them another.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Date,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    case,
    cast,
    false,
    func,
    literal,
    null,
    or_,
    select,
    union,
    union_all,
)
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from training_app.assignments.models import (
    Allowance,
    AllowanceItem,
    Assignment,
    AssignmentBatch,
    AssignmentRule,
    Waiver,
)
from training_app.assignments.rules import (
    OPEN,
    RENEWAL_OPENS_DAYS,
    AssignedFact,
    BookedFact,
    Called,
    CreditFact,
    Duty,
    EntryFact,
    Known,
    ModuleFact,
    PersonFacts,
    RuleFact,
    Status,
    StepFact,
    VersionFact,
    duties,
    past_since,
)
from training_app.audit.queries import Logged, logged_of
from training_app.catalogue.models import (
    Module,
    ModuleFormat,
    ModuleGroup,
    ModulePrerequisite,
    ModuleVersion,
    ModuleVersionSkill,
    Pathway,
    PathwayGroup,
    PathwayStep,
)
from training_app.catalogue.queries import what_versions_give
from training_app.database import db, keeping_many_rows, rows_of
from training_app.delivery.models import Booking, BookingState, TrainingSession
from training_app.people.models import Engagement, Person
from training_app.people.queries import PAGE_SIZE, Page, PeopleWanted, Presence, people_chosen
from training_app.people.rules import covers
from training_app.people.scope import People, Places, engaged_at, is_everything
from training_app.records.models import Completion, Evidence, Extension
from training_app.skills.levels import Level
from training_app.skills.models import Exemption, Requirement, Skill
from training_app.skills.rules import RequirementFact
from training_app.strategy.models import WorkforceGroup

# --- what is the same for everybody


# Of what there are events in the log when anything of what is the same for everybody is changed.
_SHARED_OBJECTS = (
    *("assignment_rule", "module", "module_format", "pathway", "requirement", "skill", "workforce_group"),
)


@dataclass(frozen=True)
class _Shared:
    """What is the same for everybody, and what the log had of it when it was read. `gives` is what each version of a module of
    the catalogue gives: levels by skill id, by the version's id."""

    logged: Logged
    known: Known
    gives: Mapping[int, Mapping[int, Level]]


# What was read last. It holds while the log has no more of it, so that it is never stale.
_last: _Shared | None = None


def known_facts() -> Known:
    """Return the modules of the catalogue, the rules that stand and what each group needs, for `duties`. One statement, or two
    after anything of it was changed."""
    return _shared().known


def module_facts() -> Mapping[int, ModuleFact]:
    """Return every module as it is now, by its id. Statements as for `known_facts`."""
    return known_facts().modules


def _shared() -> _Shared:
    """Return what is the same for everybody. It is hundreds of rows that change a few times a year, and every home needs them.
    So they are read anew only when the log tells of a change: whatever changes them leaves an event in the same transaction,
    and none is ever taken away."""
    global _last
    found = _last
    logged = logged_of(_SHARED_OBJECTS)
    if found is None or found.logged != logged:
        # What is read now is what the log told of a moment ago or newer, never older.
        found = _last = _put_together(logged, rows_of(_what_is_shared()))
    return found


@cache
def _what_is_shared() -> CompoundSelect[Any]:
    """Return the one statement of what is the same for everybody: the kind of a row, an id, three numbers, the place in an
    order, two words, hours and two days, of which each kind has some."""
    none, no_words, no_day = cast(null(), Integer), cast(null(), String), cast(null(), Date)
    no_hours = cast(null(), ModuleVersion.hours.type)

    def part(
        kind: str,
        *numbers: Any,
        words: Sequence[Any] = (no_words, no_words),
        hours: Any = no_hours,
        days: Sequence[Any] = (no_day, no_day),
    ) -> Select[Any]:
        return select(literal(kind), *numbers, *[none] * (5 - len(numbers)), *words, hours, *days)

    return union_all(
        part(
            *("module", Module.id, ModuleVersion.id, Module.renewal_opens_days),
            words=(Module.code, ModuleVersion.title),
            hours=ModuleVersion.hours,
            days=(Module.retired_on, no_day),
        ).join(ModuleVersion, and_(ModuleVersion.module_id == Module.id, ModuleVersion.superseded_at.is_(None))),
        part(
            *("gives", ModuleVersion.id, ModuleVersionSkill.skill_id, ModuleVersionSkill.level),
            words=(Module.code, ModuleVersion.title),
        )
        .join(Module, Module.id == ModuleVersion.module_id)
        .outerjoin(ModuleVersionSkill, ModuleVersionSkill.version_id == ModuleVersion.id),
        part(
            *("format", Module.id),
            words=(ModuleFormat.name, no_words),
        )
        .join(ModuleVersion, and_(ModuleVersion.module_id == Module.id, ModuleVersion.superseded_at.is_(None)))
        .join(ModuleFormat, ModuleFormat.id == ModuleVersion.format_id),
        part("needs", ModulePrerequisite.module_id, ModulePrerequisite.needs_module_id),
        part("group", ModuleGroup.module_id, ModuleGroup.group_id),
        part(
            *("rule", AssignmentRule.id, AssignmentRule.group_id, cast(AssignmentRule.includes_present, Integer)),
            days=(AssignmentRule.from_on, AssignmentRule.until_on),
        ).where(AssignmentRule.voided_at.is_(None)),
        part(
            *("step", AssignmentRule.id, func.coalesce(AssignmentRule.module_id, PathwayStep.module_id)),
            func.coalesce(AssignmentRule.due_days, PathwayStep.due_days),
            *(func.coalesce(PathwayStep.position, 0), func.coalesce(cast(PathwayStep.optional, Integer), 0)),
        )
        .outerjoin(PathwayStep, PathwayStep.pathway_id == AssignmentRule.pathway_id)
        .where(AssignmentRule.voided_at.is_(None)),
        part(
            *("required", Requirement.group_id, Requirement.skill_id, Requirement.level),
            days=(Requirement.effective_from, no_day),
        ).where(Requirement.voided_at.is_(None)),
        part(
            *("workforce group", WorkforceGroup.position, WorkforceGroup.id),
            words=(WorkforceGroup.code, WorkforceGroup.name),
        ),
        part(*("skill", Skill.position, Skill.id), words=(Skill.code, Skill.name)),
        part(*("due first", Pathway.position, PathwayStep.module_id, PathwayGroup.group_id, PathwayStep.position))
        .join(PathwayStep, PathwayStep.pathway_id == Pathway.id)
        .join(PathwayGroup, PathwayGroup.pathway_id == Pathway.id)
        .where(PathwayStep.due_days == 0, PathwayStep.optional.is_(False)),
    )


def _put_together(logged: Logged, rows: Sequence[Any]) -> _Shared:
    """Return what rows of `_what_is_shared` say, which was read when the log had so much of it."""
    of_kind: dict[str, list[Any]] = {}
    for kind, *row in sorted(rows, key=lambda row: (row[0], row[1], row[4] or 0, row[2] or 0)):
        of_kind.setdefault(kind, []).append(row)
    gives: dict[int, dict[int, Level]] = {}
    versions: dict[int, VersionFact] = {}
    for version_id, skill_id, level, _, _, code, title, *_ in of_kind.get("gives", ()):
        own = gives.setdefault(version_id, {})
        versions[version_id] = VersionFact(code, title, own)
        if skill_id is not None:
            own[skill_id] = Level(level)
    formats = {module_id: name for module_id, _, _, _, _, name, *_ in of_kind.get("format", ())}
    needed: dict[int, list[int]] = {}
    for module_id, needs_id, *_ in of_kind.get("needs", ()):
        needed.setdefault(module_id, []).append(needs_id)
    groups: dict[int, set[int]] = {}
    for module_id, group_id, *_ in of_kind.get("group", ()):
        groups.setdefault(module_id, set()).add(group_id)
    modules = {
        module_id: ModuleFact(
            module_id,
            code,
            title,
            hours,
            gives[version_id],
            tuple(needed.get(module_id, ())),
            frozenset(groups.get(module_id, ())),
            retired_on,
            RENEWAL_OPENS_DAYS if opens is None else opens,
            formats[module_id],
        )
        for module_id, version_id, opens, _, _, code, title, hours, retired_on, _ in of_kind.get("module", ())
    }
    steps: dict[int, list[StepFact]] = {}
    for rule_id, module_id, due_days, _, optional, *_ in of_kind.get("step", ()):
        if module_id is not None:
            steps.setdefault(rule_id, []).append(StepFact(module_id, due_days, bool(optional)))
    rules = [
        RuleFact(rule_id, group_id, steps.get(rule_id, ()), from_on, until_on, bool(includes_present))
        for rule_id, group_id, includes_present, *_, from_on, until_on in of_kind.get("rule", ())
    ]
    requirements = [
        RequirementFact(group_id, skill_id, Level(level), from_on)
        for group_id, skill_id, level, *_, from_on, _ in of_kind.get("required", ())
    ]
    groups_called, skills_called = (
        {number: Called(code, name) for _, number, _, _, _, code, name, *_ in of_kind.get(kind, ())}
        for kind in ("workforce group", "skill")
    )
    due_first = [(module_id, group_id) for _, module_id, group_id, *_ in of_kind.get("due first", ())]
    return _Shared(
        logged, Known(modules, rules, requirements, versions, groups_called, skills_called, due_first), gives
    )


# --- what is recorded about people

_SOME: BindParameter[Any] = bindparam("people", expanding=True)

_SPANS = {"engaged": "engagements", "exempt": "exemptions", "waived": "waivers"}
_CREDITS = {Evidence.VERIFIED.value: "counting", Evidence.SELF_DECLARED.value: "awaiting"}
_BOOKED, _ASSIGNED, _OPTIONAL = "booked", "assigned", "optional"


def person_facts(people: People | Collection[int]) -> dict[int, PersonFacts]:
    """Return what `duties` has to know about each of some people, by their ids; those of whom nothing is recorded are left
    out. Two statements, however many people and whatever stands about them, and a third for training outside the catalogue."""
    return _person_facts(people, _shared())


def _person_facts(
    people: People | Collection[int], shared: _Shared, places: Places | None = None
) -> dict[int, PersonFacts]:
    if isinstance(people, Select):
        query, given = _recorded(people, places=places), None
    else:
        query, given = (
            _recorded_of_some() if places is None else _recorded(_SOME, places=places),
            {"people": list(people)},
        )
    rows = rows_of(query, given)
    gives = shared.gives
    outside = {other for kind, *_, other in rows if kind in _CREDITS and other not in gives}
    if outside:
        gives = {**gives, **what_versions_give(outside)}
    return _facts_in(rows, gives)


def _facts_in(rows: Iterable[Any], gives: Mapping[int, Mapping[int, Level]]) -> dict[int, PersonFacts]:
    """Return what rows of `_recorded` say of each person, where versions give this."""
    kept: dict[int, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for kind, person_id, number, first, second, other in rows:
        own = kept[person_id]
        if kind in _CREDITS:
            own[_CREDITS[kind]].append(CreditFact(number, gives[other], first, second))
        elif kind in _SPANS:
            own[_SPANS[kind]].append((number, first, second))
        elif kind == _BOOKED:
            own["booked"].append(BookedFact(other, number, first, second))
        else:
            own["assigned"].append(AssignedFact(other, number, first, second, optional=kind == _OPTIONAL))
    return {person_id: PersonFacts(person_id, **own) for person_id, own in kept.items()}


def recorded_besides(person_id: int) -> PersonFacts:
    """Return what `duties` has to know about one person besides their credits. One statement."""
    found = _facts_in(rows_of(_recorded_besides(), {"person": person_id}), {})
    return found.get(person_id, PersonFacts(person_id))


@cache
def _recorded_besides() -> CompoundSelect[Any]:
    """Return the statement for the `person`, put together once."""
    return _recorded(bindparam("person"), with_credits=False)


@cache
def _recorded_of_some() -> CompoundSelect[Any]:
    """Return the statement for the ids `people`. To put it together takes as long as to ask it, so that is done once."""
    return _recorded(_SOME)


def _recorded(
    people: People | BindParameter[Any], *, with_credits: bool = True, places: Places | None = None
) -> CompoundSelect[Any]:
    """Return the one statement of all that is recorded about people, or all but their credits: its kind, whose it is, the id of
    what it is about, two days, and another id. Of their times in groups only those at `places`, where they are given."""
    everybody = isinstance(people, Select) and is_everything(people)

    def whose(column: Any) -> ColumnElement[bool]:
        if isinstance(people, BindParameter) and not people.expanding:
            return column == people  # type: ignore[no-any-return]
        return column.in_(people)  # type: ignore[no-any-return]

    def part(kind: Any, table: Any, number: Any, first: Any, second: Any, other: Any = None) -> Select[Any]:
        kind = literal(kind) if isinstance(kind, str) else kind
        columns = (kind, table.person_id, number, first, second, cast(null(), Integer) if other is None else other)
        return select(*columns) if everybody else select(*columns).where(whose(table.person_id))

    engaged = part("engaged", Engagement, Engagement.group_id, Engagement.start_on, Engagement.end_on)
    exempt = part("exempt", Exemption, Exemption.skill_id, Exemption.start_on, Exemption.end_on)
    waived = part("waived", Waiver, Waiver.module_id, Waiver.start_on, Waiver.end_on)
    assigned = part(
        case((Assignment.optional, _OPTIONAL), else_=_ASSIGNED),
        Assignment,
        *(Assignment.module_id, Assignment.assigned_on, Assignment.due_on, Assignment.batch_id),
    )
    booked = part(
        _BOOKED,
        Booking,
        *(TrainingSession.module_id, TrainingSession.first_on, TrainingSession.last_on, TrainingSession.id),
    ).join(TrainingSession, TrainingSession.id == Booking.session_id)
    completed = part(
        Completion.evidence,
        Completion,
        *(Completion.module_id, Completion.completed_on, Completion.valid_until, Completion.module_version_id),
    )
    parts = [
        engaged.where(Engagement.voided_at.is_(None), *([] if places is None else engaged_at(places))),
        exempt.where(Exemption.voided_at.is_(None)),
        waived.where(Waiver.voided_at.is_(None)),
        assigned.where(Assignment.withdrawn_at.is_(None)),
        booked.where(Booking.state == BookingState.BOOKED.value, TrainingSession.cancelled_at.is_(None)),
    ]
    if with_credits:
        parts.append(completed.where(Completion.evidence.in_(list(_CREDITS))))
    return union_all(*parts)


def duties_of(person_id: int, on: date, *, places: Places | None = None) -> list[Duty]:
    """Return what one person owes on a day and what became of it (see `rules.duties`): because of all their times in groups, or,
    for a reader who may see only these `places`, because of those there, as if there were no others."""
    shared = _shared()
    facts = _person_facts([person_id], shared, places).get(person_id)
    return duties(facts, shared.known, on) if facts else []


def duties_of_people(
    people: People | Collection[int], on: date, *, places: Places | None = None
) -> dict[int, list[Duty]]:
    """Return what each of some people owes on a day and what became of it, by their ids; those of whom nothing is asked are
    left out. `places` as for `duties_of`."""
    shared = _shared()
    with keeping_many_rows():
        facts = _person_facts(people, shared, places)
        found = ((person_id, duties(own, shared.known, on)) for person_id, own in facts.items())
        return {person_id: owed for person_id, owed in found if owed}


@dataclass(frozen=True)
class OwedWanted:
    """Whose duties a list shows, and in which order: of people who are in `group` (a code) at `organisation_id` on the day
    `on`, those of whom a `status` is true, or any that is open where it is None, of one module or all. `sort` is `day`, by what
    is due first, or `name`, with a leading "-" the other way round."""

    on: date
    words: str = ""
    group: str = ""
    organisation_id: int | None = None
    module_id: int | None = None
    status: Status | None = None
    sort: str = "day"


OWED_SORTS = ("day", "name")


_FEW = 500


class Named(NamedTuple):
    """Somebody as a list names them."""

    id: int
    reference: str
    name: str
    name_key: str


@dataclass(frozen=True)
class OwedListed:
    """Somebody in a list, with those of their duties that it shows."""

    person: Named
    duties: Sequence[Duty]


def who_owes(people: People, wanted: OwedWanted, *, places: Places) -> list[OwedListed]:
    """Return everybody of whom something is wanted, in the order wanted. What is owed follows from facts, so that all of the
    people wanted are looked at; statements do not grow with them."""
    chosen = people_chosen(
        people,
        PeopleWanted(wanted.on, wanted.words, wanted.group, wanted.organisation_id, presence=Presence.CURRENT),
        places=places,
    )
    statuses = OPEN if wanted.status is None else (wanted.status,)
    found: dict[int, list[Duty]] = {}
    for person_id, own in duties_of_people(chosen, wanted.on, places=places).items():
        shown = [duty for duty in own if duty.status in statuses and wanted.module_id in (None, duty.module.id)]
        if shown:
            found[person_id] = shown
    # So many ids are not sent to and fro that reading everybody chosen would be less.
    named = _named(found if len(found) <= _FEW else chosen)
    rows = [OwedListed(person, found[person.id]) for person in named if person.id in found]
    rows.sort(key=lambda each: (each.person.name_key, each.person.id))
    if wanted.sort.removeprefix("-") == "day":
        rows.sort(key=lambda each: min((duty.optional, duty.due_on) for duty in each.duties))
    return rows[::-1] if wanted.sort.startswith("-") else rows


def _named(people: People | Collection[int]) -> list[Named]:
    columns = (Person.id, Person.reference, Person.name, Person.name_key)
    return [Named(*row) for row in db.session.execute(select(*columns).where(Person.id.in_(people)))]


@dataclass(frozen=True)
class PastTheirDay:
    """How many people have something open whose day is past, and the first of them, whose day was longest ago."""

    people: int
    first: Sequence[OwedListed]


def past_their_day(people: People, on: date, most: int, *, places: Places) -> PastTheirDay:
    """Return who has something open whose day is past. What only ran out is left aside: homes tell of that themselves. So only
    those of whom something is asked besides are read. `places` as for `duties_of`."""
    shared = _shared()
    with keeping_many_rows():
        facts = _person_facts(_asked_besides(people, shared.known, on), shared, places)
        since = {person_id: past_since(own, shared.known, on) for person_id, own in facts.items()}
    found = sorted((day, person_id) for person_id, day in since.items() if day is not None)
    ids = [person_id for _, person_id in found[:most]]
    named = {each.id: each for each in _named(ids)}
    first = [
        OwedListed(
            named[person_id],
            [
                duty
                for duty in duties(facts[person_id], shared.known, on)
                if duty.status is Status.PAST and not duty.is_renewal
            ],
        )
        for person_id in ids
    ]
    return PastTheirDay(len(found), first)


def _asked_besides(people: People, known: Known, on: date) -> People:
    """Return those of some people of whom an assignment or a rule may ask something on a day: what only runs out is asked of
    others too. Some more may be among them, none less."""
    assigned = select(Assignment.person_id).where(Assignment.withdrawn_at.is_(None), Assignment.assigned_on <= on)
    by_rules = [
        and_(
            Engagement.group_id == rule.group_id,
            *([] if rule.includes_present else [Engagement.start_on >= rule.from_on]),
        )
        for rule in known.rules
        if covers(rule.from_on, rule.until_on, on)
    ]
    engaged = select(Engagement.person_id).where(
        Engagement.voided_at.is_(None),
        Engagement.start_on <= on,
        or_(Engagement.end_on.is_(None), Engagement.end_on >= on),
        or_(false(), *by_rules),
    )
    return people.where(Person.id.in_(union(assigned, engaged)))


# --- what was assigned


@dataclass(frozen=True)
class BatchListed:
    """A batch in a list: of how many people it asks something."""

    batch: AssignmentBatch
    people: int


def batches_page(number: int = 1) -> Page:
    """Return one page of the batches, the newest first; a number past the end gives the last page."""
    found = db.session.scalar(select(func.count()).select_from(AssignmentBatch)) or 0
    number = min(number, max(1, -(-found // PAGE_SIZE)))
    rows = db.session.scalars(_batches().limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE)).all()
    return Page(_batches_listed(rows), number, found)


def all_batches() -> list[BatchListed]:
    """Return all the batches, the newest first."""
    return _batches_listed(db.session.scalars(_batches()).all())


def batch_by_id(batch_id: int) -> AssignmentBatch | None:
    """Return the batch with this id, with its module or pathway."""
    return db.session.scalar(_batches().where(AssignmentBatch.id == batch_id))


def assignments_of(batch_id: int, people: People) -> Sequence[Assignment]:
    """Return what a batch gave to those among `people`, what was taken back included, by name and then by day."""
    return db.session.scalars(
        select(Assignment)
        .join(Person, Person.id == Assignment.person_id)
        .options(contains_eager(Assignment.person), joinedload(Assignment.module).joinedload(Module.current))
        .where(Assignment.batch_id == batch_id, Assignment.person_id.in_(people))
        .order_by(Person.name_key, Person.id, Assignment.due_on, Assignment.id)
    ).all()


def standing_assignments(batch_id: int, person_id: int | None = None) -> Sequence[Assignment]:
    """Return what of a batch stands, held so that whoever else takes it back waits; of one person alone where one is given."""
    query = (
        select(Assignment)
        .where(Assignment.batch_id == batch_id, Assignment.withdrawn_at.is_(None))
        .order_by(Assignment.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return db.session.scalars(query if person_id is None else query.where(Assignment.person_id == person_id)).all()


def reasons_of(batch_ids: Collection[int]) -> dict[int, str]:
    """Return the reasons of some batches, by their ids. No statement for none."""
    if not batch_ids:
        return {}
    return dict(rows_of(_reasons(), {"batches": list(batch_ids)}))


@cache
def _reasons() -> Select[*tuple[Any, ...]]:
    """Return the statement of why the `batches` ask what they ask, put together once."""
    return select(AssignmentBatch.id, AssignmentBatch.reason).where(
        AssignmentBatch.id.in_(bindparam("batches", expanding=True))
    )


def all_rules() -> Sequence[AssignmentRule]:
    """Return the rules, those that were taken back left out, by group and first day."""
    return db.session.scalars(
        _rules()
        .join(WorkforceGroup, WorkforceGroup.id == AssignmentRule.group_id)
        .where(AssignmentRule.voided_at.is_(None))
        .order_by(WorkforceGroup.position, AssignmentRule.from_on, AssignmentRule.id)
    ).all()


def rule_by_id(rule_id: int) -> AssignmentRule | None:
    """Return the rule with this id, with its group and its module or pathway."""
    return db.session.scalar(_rules().where(AssignmentRule.id == rule_id))


def all_pathways() -> Sequence[Pathway]:
    """Return the pathways in their order, each with its steps and their modules."""
    return db.session.scalars(
        select(Pathway)
        .options(selectinload(Pathway.steps).joinedload(PathwayStep.module).joinedload(Module.current))
        .order_by(Pathway.position)
    ).all()


def waivers_of(person_id: int) -> Sequence[Waiver]:
    """Return somebody's waivers that stand, the newest first, each with its module."""
    return db.session.scalars(
        select(Waiver)
        .options(joinedload(Waiver.module).joinedload(Module.current))
        .where(Waiver.person_id == person_id, Waiver.voided_at.is_(None))
        .order_by(Waiver.start_on.desc(), Waiver.id.desc())
    ).all()


def waiver_of(person_id: int, waiver_id: int) -> Waiver | None:
    """Return a waiver of somebody by its id if it stands."""
    return db.session.scalar(
        select(Waiver).where(Waiver.id == waiver_id, Waiver.person_id == person_id, Waiver.voided_at.is_(None))
    )


def _batches() -> Select[AssignmentBatch]:
    return (
        select(AssignmentBatch)
        .options(joinedload(AssignmentBatch.module).joinedload(Module.current), joinedload(AssignmentBatch.pathway))
        .order_by(AssignmentBatch.assigned_at.desc(), AssignmentBatch.id.desc())
    )


def _batches_listed(batches: Sequence[AssignmentBatch]) -> list[BatchListed]:
    counted: dict[int, int] = dict(
        db.session.execute(
            select(Assignment.batch_id, func.count(Assignment.person_id.distinct()))
            .where(Assignment.batch_id.in_([each.id for each in batches]))
            .group_by(Assignment.batch_id)
        ).all()
    )
    return [BatchListed(each, counted.get(each.id, 0)) for each in batches]


def _rules() -> Select[AssignmentRule]:
    return select(AssignmentRule).options(
        joinedload(AssignmentRule.group),
        joinedload(AssignmentRule.module).joinedload(Module.current),
        joinedload(AssignmentRule.pathway).selectinload(Pathway.steps).joinedload(PathwayStep.module),
    )


# --- what was allowed to several people at once


def verified_entries(person_ids: Collection[int]) -> dict[int, list[EntryFact]]:
    """Return the verified entries of each of some people, by their ids. Two statements."""
    rows = db.session.execute(
        select(
            *(Completion.person_id, Completion.id, Completion.module_id, Completion.module_version_id),
            *(Completion.completed_on, Completion.valid_until),
        )
        .where(Completion.person_id.in_(person_ids), Completion.evidence == Evidence.VERIFIED.value)
        .order_by(Completion.id)
    ).all()
    gives = what_versions_give({row.module_version_id for row in rows})
    found: dict[int, list[EntryFact]] = {}
    for person_id, completion_id, module_id, version_id, completed_on, valid_until in rows:
        credit = CreditFact(module_id, gives[version_id], completed_on, valid_until)
        found.setdefault(person_id, []).append(EntryFact(completion_id, credit))
    return found


def entries_by_id(completion_ids: Collection[int]) -> dict[int, Completion]:
    """Return entries by their ids, each with its module and what its version says."""
    query = select(Completion).options(joinedload(Completion.module), joinedload(Completion.version))
    return {each.id: each for each in db.session.scalars(query.where(Completion.id.in_(completion_ids)))}


@dataclass(frozen=True)
class AllowanceListed:
    """An allowance in a list: for how many people it made something."""

    allowance: Allowance
    people: int


def allowances_page(number: int = 1) -> Page:
    """Return one page of the allowances, the newest first; a number past the end gives the last page."""
    found = db.session.scalar(select(func.count()).select_from(Allowance)) or 0
    number = min(number, max(1, -(-found // PAGE_SIZE)))
    rows = db.session.scalars(_allowances().limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE)).all()
    return Page(_allowances_listed(rows), number, found)


def all_allowances() -> list[AllowanceListed]:
    """Return all the allowances, the newest first."""
    return _allowances_listed(db.session.scalars(_allowances()).all())


def allowance_by_id(allowance_id: int) -> Allowance | None:
    """Return the allowance with this id, with its skill or module."""
    return db.session.scalar(_allowances().where(Allowance.id == allowance_id))


@dataclass(frozen=True)
class ItemListed:
    """What an allowance made for somebody, as it is now: of an extension the entry that it lengthens, and the extension that
    stands there, also where the entry was corrected since."""

    item: AllowanceItem
    extension: Extension | None = None
    entry: Completion | None = None

    @property
    def stands(self) -> bool:
        """Whether it was not taken back."""
        made = self.item.exemption or self.item.waiver or self.extension
        return made is not None and made.voided_at is None


def allowed_to(allowance_id: int, people: People) -> list[ItemListed]:
    """Return what an allowance made for those among `people`, what was taken back included, by name."""
    items = db.session.scalars(
        _items(allowance_id)
        .join(Person, Person.id == AllowanceItem.person_id)
        .options(contains_eager(AllowanceItem.person))
        .where(AllowanceItem.person_id.in_(people))
        .order_by(None)
        .order_by(Person.name_key, Person.id, AllowanceItem.id)
    ).all()
    return _as_they_are(items)


@dataclass(frozen=True)
class StandingItem:
    """Something that an allowance made for somebody and that stands: one of the three."""

    person_id: int
    exemption: Exemption | None
    waiver: Waiver | None
    extension: Extension | None


def standing_items(allowance_id: int, person_id: int | None = None) -> list[StandingItem]:
    """Return what an allowance made and what of it stands, of one person alone where one is given."""
    query = _items(allowance_id).execution_options(populate_existing=True)
    items = db.session.scalars(query if person_id is None else query.where(AllowanceItem.person_id == person_id)).all()
    return [
        StandingItem(each.item.person_id, each.item.exemption, each.item.waiver, each.extension)
        for each in _as_they_are(items)
        if each.stands
    ]


def _as_they_are(items: Sequence[AllowanceItem]) -> list[ItemListed]:
    entries = entries_by_id({each.extension.completion_id for each in items if each.extension is not None})
    found = []
    for each in items:
        if each.extension is None:
            found.append(ItemListed(each))
        else:
            found.append(ItemListed(each, *_where_it_is_now(each.extension, entries[each.extension.completion_id])))
    return found


def _where_it_is_now(extension: Extension, entry: Completion) -> tuple[Extension, Completion]:
    """Return an extension and its entry; where that was corrected, the entry in its place and the extension that it kept."""
    said = (extension.valid_until, extension.reason, extension.created_at)
    while extension.voided_at is None and entry.evidence == Evidence.VOID and entry.successor_id is not None:
        successor = db.session.get_one(Completion, entry.successor_id)
        kept = [each for each in successor.extensions if (each.valid_until, each.reason, each.created_at) == said]
        if not kept:
            break
        extension, entry = kept[0], successor
    return extension, entry


def _items(allowance_id: int) -> Select[AllowanceItem]:
    return (
        select(AllowanceItem)
        .options(
            joinedload(AllowanceItem.exemption),
            joinedload(AllowanceItem.waiver),
            joinedload(AllowanceItem.extension),
        )
        .where(AllowanceItem.allowance_id == allowance_id)
        .order_by(AllowanceItem.id)
    )


def _allowances() -> Select[Allowance]:
    return (
        select(Allowance)
        .options(joinedload(Allowance.skill), joinedload(Allowance.module).joinedload(Module.current))
        .order_by(Allowance.made_at.desc(), Allowance.id.desc())
    )


def _allowances_listed(allowances: Sequence[Allowance]) -> list[AllowanceListed]:
    counted: dict[int, int] = dict(
        db.session.execute(
            select(AllowanceItem.allowance_id, func.count(AllowanceItem.person_id.distinct()))
            .where(AllowanceItem.allowance_id.in_([each.id for each in allowances]))
            .group_by(AllowanceItem.allowance_id)
        ).all()
    )
    return [AllowanceListed(each, counted.get(each.id, 0)) for each in allowances]
