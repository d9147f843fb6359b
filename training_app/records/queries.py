"""Reading what people completed, and what they hold by it.

What lists completions starts from `people`, the ids of those whom the reader may see, and from `places`, the organisations
that the reader may see (both from `people/scope.py`). Of somebody who is engaged elsewhere too, an entry that was recorded
elsewhere is told as module and day alone, and one that is void not at all.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, literal, or_, select, true
from sqlalchemy.orm import joinedload, lazyload

from training_app.catalogue.models import Module, ModuleVersion, ModuleVersionSkill
from training_app.catalogue.queries import modules_speaking_of
from training_app.clock import LONDON
from training_app.database import db, rows_of
from training_app.people.models import Person
from training_app.people.queries import PAGE_SIZE, Page, PeopleWanted, people_chosen
from training_app.people.rules import name_key
from training_app.people.scope import People, Places, is_everything, is_shared
from training_app.records.models import Completion, Evidence
from training_app.records.rules import Credit, held
from training_app.skills.levels import Level

# The two evidence rules: what a completion's evidence must be for it to count.
COUNTING: Mapping[str, tuple[str, ...]] = {
    "verified": (Evidence.VERIFIED.value,),
    "all": (Evidence.VERIFIED.value, Evidence.SELF_DECLARED.value),
}

# Written out in the statements, not passed beside them: only so do the indexes apply that leave out what is void or verified.
_STANDS = Completion.evidence != bindparam("void", Evidence.VOID.value, literal_execute=True)
_IS_UNVERIFIED = Completion.evidence != bindparam("verified", Evidence.VERIFIED.value, literal_execute=True)
IS_WAITING = _IS_UNVERIFIED & (Completion.evidence == Evidence.SELF_DECLARED.value)


# With each completion its module and version, but neither what that gives nor its format: a list of entries names none.
_WITH_MODULE = (
    joinedload(Completion.module),
    joinedload(Completion.version, innerjoin=True).options(
        lazyload(ModuleVersion.gives), lazyload(ModuleVersion.format)
    ),
)


@dataclass(frozen=True)
class CompletionsWanted:
    """Which completions a list shows, and in which order.

    `words` must occur in the person's name, reference or e-mail, or in the module's code or title. `evidence` is an
    `Evidence`, empty for all that stand (void ones are left out). `group` (a code) and `organisation_id` must be true of one
    engagement of the person, on whatever days. `first` and `last` bound the day of completion, both included. `sort` is one
    of `COMPLETION_SORTS`, with a leading "-" the other way round.
    """

    words: str = ""
    evidence: str = ""
    module_id: int | None = None
    group: str = ""
    organisation_id: int | None = None
    first: date | None = None
    last: date | None = None
    sort: str = "-day"


COMPLETION_SORTS = ("day", "person", "module")


def told_in_full(places: Places) -> ColumnElement[bool]:
    """Return the condition that all of a completion is told to the reader: its person is engaged at none but these
    organisations, or it was recorded for one of them. Otherwise no note, provider, hours, reason or name is told."""
    if is_everything(places):
        return true()
    return or_(
        Completion.recorded_for_organisation_id.in_(places),
        ~is_shared(Completion.person_id, places),
    )


def those_told_in_full(entries: Collection[Completion], *, places: Places) -> frozenset[int]:
    """Return the ids of those among some completions of which all is told to the reader."""
    ids = frozenset(each.id for each in entries)
    if is_everything(places):
        return ids
    return frozenset(db.session.scalars(select(Completion.id).where(Completion.id.in_(ids), told_in_full(places))))


def details_told(entry: Completion, in_full: Collection[int]) -> tuple[Decimal | None, str | None, str | None]:
    """Return the hours, provider and note of a completion; nothing unless its id is among those told `in_full`."""
    return (entry.hours, entry.provider, entry.note) if entry.id in in_full else (None, None, None)


def completions_of(person_id: int, *, places: Places) -> Sequence[Completion]:
    """Return all that somebody completed, the newest first, each with its module and version but not the version's skills;
    void entries only where all of them is told."""
    return db.session.scalars(
        select(Completion)
        .options(*_WITH_MODULE)
        .where(Completion.person_id == person_id, *_as_told(places))
        .order_by(Completion.completed_on.desc(), Completion.id.desc())
    ).all()


class StandingEntry(NamedTuple):
    """An entry that counts, awaits confirmation or was sent back, of a module (None outside the catalogue) in the version that
    it is of. It counts up to, but not on, `valid_until`; `reason` says why it was sent back."""

    id: int
    module_id: int | None
    version_id: int
    evidence: str
    completed_on: date
    valid_until: date | None
    reason: str


def entries_of(person_id: int) -> list[StandingEntry]:
    """Return what somebody completed, the newest first, without what is void. One statement."""
    return [StandingEntry(*row) for row in rows_of(_entries(), {"person": person_id})]


@cache
def _entries() -> Select[*tuple[Any, ...]]:
    """Return the statement of what the `person` completed; it is put together once, since homes ask it."""
    return (
        select(
            *(Completion.id, Completion.module_id, Completion.module_version_id, Completion.evidence),
            *(Completion.completed_on, Completion.valid_until, func.coalesce(Completion.return_reason, "")),
        )
        .where(Completion.person_id == bindparam("person"), Completion.evidence != Evidence.VOID.value)
        .order_by(Completion.completed_on.desc(), Completion.id.desc())
    )


def completion_seen(
    people: People, completion_id: int, *, places: Places, to_change: bool = False
) -> Completion | None:
    """Return a completion by its id if its person is among `people` and it is told; None for one unseen exactly as for one
    absent.

    `to_change` holds it, so that whoever else changes it waits.
    """
    found = completions_seen(people, [completion_id], places=places, to_change=to_change)
    return found[0] if found else None


def completions_seen(
    people: People, completion_ids: Collection[int], *, places: Places, to_change: bool = False
) -> Sequence[Completion]:
    """Return the completions with these ids whose person is among `people` and that are told, in the order of their ids."""
    query = (
        _with_names()
        .where(Completion.id.in_(completion_ids), *_within(people), *_as_told(places))
        .order_by(Completion.id)
    )
    if to_change:
        # The people first, as whoever logs or records does: two who took them in turns would wait for each other.
        theirs = select(Completion.person_id).where(Completion.id.in_(completion_ids), *_within(people))
        db.session.execute(
            select(Person.id).where(Person.id.in_(theirs)).order_by(Person.id).with_for_update(key_share=True)
        )
        query = query.with_for_update(of=Completion).execution_options(populate_existing=True)
    return db.session.scalars(query).all()


def corrections_of(entry: Completion, *, places: Places) -> tuple[list[Completion], list[Completion]]:
    """Return the entries that a completion replaced, the latest first, and those that replaced it, one after the other."""
    of_the_module = db.session.scalars(
        select(Completion).where(
            Completion.person_id == entry.person_id, Completion.module_id == entry.module_id, *_as_told(places)
        )
    ).all()
    by_id = {each.id: each for each in of_the_module}
    replaced = {each.successor_id: each for each in of_the_module if each.successor_id is not None}
    earlier, later = [], []
    before = replaced.get(entry.id)
    while before is not None:
        earlier.append(before)
        before = replaced.get(before.id)
    after = by_id.get(entry.successor_id) if entry.successor_id is not None else None
    while after is not None:
        later.append(after)
        after = by_id.get(after.successor_id) if after.successor_id is not None else None
    return earlier, later


def completions_page(people: People, wanted: CompletionsWanted, number: int = 1, *, places: Places) -> Page:
    """Return one page of the completions wanted, each with its person, module and version; a number past the end gives the
    last page. A fixed number of statements, however many there are."""
    chosen = _chosen(people, wanted, places)
    # As many in whatever order, and counted fastest in the words of the index by day.
    counted = chosen if wanted.words else _chosen(people, replace(wanted, sort="day"), places)
    return _page(counted, _in_order(chosen, wanted), number)


def completions_wanted(people: People, wanted: CompletionsWanted, *, places: Places) -> Sequence[Completion]:
    """Return all the completions wanted, each with its person, module and version."""
    chosen = _with_names().where(Completion.id.in_(_chosen(people, wanted, places)))
    return db.session.scalars(_in_order(chosen, wanted)).all()


@dataclass(frozen=True)
class Waiting:
    """How many entries wait to be verified, and since when the oldest does (None where none waits)."""

    entries: int
    since: date | None


def entries_waiting(people: People) -> Waiting:
    """Return how many self-declared entries of these people wait, and since when."""
    entries, oldest = db.session.execute(
        select(func.count(), func.min(Completion.created_at)).where(IS_WAITING, *_within(people))
    ).one()
    return Waiting(entries, oldest.astimezone(LONDON).date() if oldest else None)


def standing_completion(person_id: int, module_id: int, completed_on: date) -> Completion | None:
    """Return somebody's completion of a module on a day that is not void, if there is one."""
    return db.session.scalar(
        select(Completion).where(
            Completion.person_id == person_id,
            Completion.module_id == module_id,
            Completion.completed_on == completed_on,
            Completion.evidence != Evidence.VOID.value,
        )
    )


def predecessors(entry: Completion) -> Sequence[Completion]:
    """Return the entries whose place this one took, the latest first."""
    found: list[Completion] = []
    latest = [entry.id]
    while latest:
        came_before = db.session.scalars(
            select(Completion)
            .where(Completion.person_id == entry.person_id, Completion.successor_id.in_(latest))
            .order_by(Completion.id.desc())
        ).all()
        found.extend(came_before)
        latest = [each.id for each in came_before]
    return found


def completions_by_version(module_id: int) -> dict[int, int]:
    """Return how many completions that stand were recorded with each version of a module (by the version's id)."""
    rows = db.session.execute(
        select(Completion.module_version_id, func.count())
        .where(Completion.module_id == module_id, Completion.evidence != Evidence.VOID.value)
        .group_by(Completion.module_version_id)
    )
    return dict(rows.all())


# --- what people hold


def counting_credits(until: date, evidence: str, people: People | None = None) -> Select[int, int, date, date | None]:
    """Return the one large query: (person, module version, completed on, valid until) of every completion that counts by
    the evidence rule and was completed by a day, in order of person."""
    query = (
        select(Completion.person_id, Completion.module_version_id, Completion.completed_on, Completion.valid_until)
        .where(Completion.evidence.in_(COUNTING[evidence]), Completion.completed_on <= until)
        .order_by(Completion.person_id)
    )
    return query if people is None else query.where(Completion.person_id.in_(people))


def credits_of(person_ids: Collection[int], evidence: str = "verified") -> dict[int, list[Credit]]:
    """Return what each of some people has been given by the completions that count by an evidence rule (`verified` or
    `all`), whenever they count."""
    rows = db.session.execute(
        select(
            Completion.person_id,
            ModuleVersionSkill.skill_id,
            ModuleVersionSkill.level,
            Completion.completed_on,
            Completion.valid_until,
        )
        .join(ModuleVersionSkill, ModuleVersionSkill.version_id == Completion.module_version_id)
        .where(Completion.person_id.in_(person_ids), Completion.evidence.in_(COUNTING[evidence]))
    )
    credits: dict[int, list[Credit]] = {person_id: [] for person_id in person_ids}
    for person_id, skill_id, level, completed_on, ends in rows:
        credits[person_id].append(Credit(skill_id, Level(level), completed_on, ends))
    return credits


def held_by(person_id: int, on: date, evidence: str = "verified") -> dict[int, Level]:
    """Return the level that somebody holds on a day in each skill (by its id), by an evidence rule."""
    return held(credits_of([person_id], evidence)[person_id], on)


def held_of(person_ids: Collection[int], on: date, evidence: str = "verified") -> dict[int, dict[int, Level]]:
    """Return for each of some people what they hold on a day, as `held_by`."""
    return {person_id: held(credits, on) for person_id, credits in credits_of(person_ids, evidence).items()}


# --- what the lists share


def _within(people: People) -> list[ColumnElement[bool]]:
    """Return the terms that keep a list to these people; none where they are everybody, which would only cost time."""
    return [] if is_everything(people) else [Completion.person_id.in_(people)]


def _as_told(places: Places) -> list[ColumnElement[bool]]:
    """Return the terms that leave out what is not told at all: void entries of which not all is told."""
    return [] if is_everything(places) else [or_(Completion.evidence != Evidence.VOID.value, told_in_full(places))]


def _chosen(people: People, wanted: CompletionsWanted, places: Places) -> Select[int]:
    chosen = select(Completion.id).where(*_within(people), *_as_told(places), *_evidenced(people, wanted))
    if wanted.module_id is not None:
        chosen = chosen.where(Completion.module_id == wanted.module_id)
    if wanted.words:
        chosen = chosen.where(_speaks_of(wanted.words, people, places))
    if wanted.group or wanted.organisation_id is not None:
        engaged = PeopleWanted(on=date.max, group=wanted.group, organisation_id=wanted.organisation_id)
        chosen = chosen.where(Completion.person_id.in_(people_chosen(people, engaged, places=places)))
    if wanted.first is not None:
        chosen = chosen.where(Completion.completed_on >= wanted.first)
    if wanted.last is not None:
        chosen = chosen.where(Completion.completed_on <= wanted.last)
    return chosen


def _evidenced(people: People, wanted: CompletionsWanted) -> list[ColumnElement[bool]]:
    """Return the terms of the evidence that is wanted, in the words of the index that serves the list best: of what is not
    verified there is little; everybody's is read by day; else a statement begins from those whom it is about."""
    if wanted.evidence not in ("", Evidence.VERIFIED.value):
        return [_IS_UNVERIFIED, Completion.evidence == wanted.evidence]
    names_some = wanted.words or wanted.group or wanted.organisation_id is not None or wanted.module_id is not None
    by_day = is_everything(people) and not names_some and wanted.sort.removeprefix("-") == "day"
    if wanted.evidence:
        return [*([_STANDS] if by_day else []), Completion.evidence == wanted.evidence]
    return [_STANDS if by_day else Completion.evidence.in_([each.value for each in Evidence if each != Evidence.VOID])]


def _speaks_of(words: str, people: People, places: Places) -> ColumnElement[bool]:
    """Return the condition that a completion is of somebody or of something called so.

    Where nothing is called so, that is not asked of each entry: a search for a name, as most are, then reads no more than the
    entries of those people.
    """
    about = modules_speaking_of(words)
    outside = [
        Completion.title_key.is_not(None),
        *(Completion.title_key.contains(word, autoescape=True) for word in name_key(words).split()),
    ]
    is_outside = db.session.scalar(select(select(Completion.title_key).where(*outside).exists()))
    named = people_chosen(people, PeopleWanted(on=date.max, words=words), places=places)
    return or_(
        Completion.person_id.in_(named),
        *([Completion.module_id.in_(about)] if about else []),
        *([and_(*outside, told_in_full(places))] if is_outside else []),
    )


def _page(counted: Select[int], in_order: Select[int], number: int) -> Page:
    """Return one page of completions; only the ids are counted and put in order, the rest is read for that page alone."""
    found = db.session.scalar(select(func.count()).select_from(counted.subquery())) or 0
    number = min(number, max(1, -(-found // PAGE_SIZE)))
    on_page = db.session.scalars(in_order.limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE)).all()
    rows = {each.id: each for each in db.session.scalars(_with_names().where(Completion.id.in_(on_page)))}
    return Page([rows[completion_id] for completion_id in on_page], number, found)


Chosen = TypeVar("Chosen", Select[int], Select[Completion])


def _in_order(chosen: Chosen, wanted: CompletionsWanted) -> Chosen:
    """Return a query of completions in the order wanted; those of one person or module are in order of day, the latest
    first."""
    column, backwards = wanted.sort.removeprefix("-"), wanted.sort.startswith("-")
    latest_first = (Completion.completed_on.desc(), Completion.id.desc())
    if column == "person":
        name = Person.name_key
        # A sum is in no index, so that SQLite goes through the people in order of name and stops once the page is full, instead
        # of looking up the person of every entry and putting all of them in order.
        return chosen.join(Person, Person.id + 0 == Completion.person_id).order_by(
            name.desc() if backwards else name.asc(), *latest_first
        )
    if column == "module":
        # What is outside the catalogue has no code and stands before all that has one.
        code = func.coalesce(Module.code, literal(""))
        return chosen.outerjoin(Module, Module.id == Completion.module_id).order_by(
            code.desc() if backwards else code.asc(), *latest_first
        )
    return chosen.order_by(*(latest_first if backwards else (Completion.completed_on.asc(), Completion.id.asc())))


def _with_names() -> Select[Completion]:
    """Return the query of completions, each with its person, module and version but not the version's skills."""
    return select(Completion).options(joinedload(Completion.person, innerjoin=True), *_WITH_MODULE)
