"""Who owes what by when, as a function of facts on a day. Plain Python: no Flask, no database, no clock.

A duty is a module that somebody is asked to do. It comes from an assignment, from a rule about a group that they are in, or
from a credit that runs out. Nothing of it is stored: what is asked follows from what is recorded, on any day, past or to come.

A duty is done once what it asks was met on any day from when it was asked: by a completion of the module, or by holding all
that the module gives, whatever gave it. What runs out later asks again by itself, as a renewal.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple, TypeVar

from training_app.people.rules import covers
from training_app.records.first_steps import Step
from training_app.records.rules import is_valid
from training_app.skills.levels import Level
from training_app.skills.rules import RequirementFact, levels_required

# How long before a credit runs out its renewal opens, where the module that gave it says nothing else.
RENEWAL_OPENS_DAYS = 90


class Status(StrEnum):
    """How a duty stands on a day. `PAST` is shown as *not yet*, with the day that is past."""

    PAST = "past"
    TO_DO = "to-do"
    BOOKED = "booked"
    AWAITING = "awaiting"
    DONE = "done"
    WAIVED = "waived"


OPEN = (Status.PAST, Status.TO_DO, Status.BOOKED, Status.AWAITING)


class Source(StrEnum):
    """Why something is asked of somebody."""

    ASSIGNED = "assigned"
    JOINED = "joined"
    RUNS_OUT = "runs out"


@dataclass(frozen=True)
class ModuleFact:
    """A module as it is now: what it gives (levels by skill id), what it builds on, to whom it is suggested, from when it is
    no longer offered, how many days before the end of a credit its renewal opens, and what its format is called."""

    id: int
    code: str
    title: str
    hours: Decimal
    gives: Mapping[int, Level]
    prerequisites: Sequence[int] = ()
    group_ids: frozenset[int] = frozenset()
    retired_on: date | None = None
    renewal_opens_days: int = RENEWAL_OPENS_DAYS
    format: str = ""

    def is_offered(self, on: date) -> bool:
        """Say whether it can be done on a day."""
        return self.retired_on is None or on < self.retired_on


class VersionFact(NamedTuple):
    """What a completion is of: the module's code (None outside the catalogue), the title that it had, and what that version
    gives (levels by skill id)."""

    code: str | None
    title: str
    gives: Mapping[int, Level]


class Called(NamedTuple):
    """The code of a group or a skill, and what it is called."""

    code: str
    name: str


@dataclass(frozen=True)
class StepFact:
    """A module that a rule asks, so many days after the time in the group begins."""

    module_id: int
    due_days: int
    optional: bool = False


@dataclass(frozen=True)
class RuleFact:
    """A rule about a group, in force from `from_on` to `until_on`, both included. It asks of those who join from its first day
    on; with `includes_present` also of those who were there before, whose days then count from its first day."""

    id: int
    group_id: int
    steps: Sequence[StepFact]
    from_on: date
    until_on: date | None = None
    includes_present: bool = False


@dataclass(frozen=True)
class AssignedFact:
    """A module that was assigned to somebody in a batch that stands."""

    batch_id: int
    module_id: int
    assigned_on: date
    due_on: date
    optional: bool = False


@dataclass(frozen=True)
class BookedFact:
    """A place that somebody has today in a session of a module; it is a place until the session's last day."""

    session_id: int
    module_id: int
    first_on: date
    last_on: date


class CreditFact(NamedTuple):
    """What one completion gives (levels by skill id) from the day it was completed up to, but not on, `valid_until`. Without a
    module it was training outside the catalogue."""

    module_id: int | None
    gives: Mapping[int, Level]
    completed_on: date
    valid_until: date | None


# A group's, a skill's or a module's id, and the days for which it holds; both included, None is open.
Span = tuple[int, date, date | None]


@dataclass(frozen=True)
class PersonFacts:
    """What is recorded about one person: times in groups, exemptions from skills, waivers of modules, assignments, places,
    credits that count, and credits of entries that await confirmation."""

    person_id: int
    engagements: Sequence[Span] = ()
    exemptions: Sequence[Span] = ()
    waivers: Sequence[Span] = ()
    assigned: Sequence[AssignedFact] = ()
    booked: Sequence[BookedFact] = ()
    counting: Sequence[CreditFact] = ()
    awaiting: Sequence[CreditFact] = ()


Key = TypeVar("Key")
Value = TypeVar("Value")

# Of so many days what groups need is kept, and of so many sets of groups.
_MOST_KEPT = 1000


@dataclass
class Known:
    """What is the same for everybody: the modules by id, the rules, and what each group needs from when; also every version of
    a module of the catalogue, by id, the groups and the skills, by id in the framework's order, and the modules that are due
    on the first day, each with the group of whose pathway they are, in the pathways' order. What follows from these alone is
    worked out once."""

    modules: Mapping[int, ModuleFact]
    rules: Sequence[RuleFact] = ()
    requirements: Sequence[RequirementFact] = ()
    versions: Mapping[int, VersionFact] = field(default_factory=dict)
    groups: Mapping[int, Called] = field(default_factory=dict)
    skills: Mapping[int, Called] = field(default_factory=dict)
    due_first: Sequence[tuple[int, int]] = ()
    _required: dict[date, dict[int, dict[int, Level]]] = field(default_factory=dict)
    _needed: dict[tuple[date, frozenset[int]], dict[int, Level]] = field(default_factory=dict)

    def required(self, on: date) -> Mapping[int, Mapping[int, Level]]:
        """Return which level each group needs in each skill on a day, by ids."""
        found = self._required.get(on)
        if found is None:
            found = _kept(self._required, on, levels_required(self.requirements, on))
        return found

    def needed(self, on: date, group_ids: frozenset[int]) -> Mapping[int, Level]:
        """Return the highest level that some groups need in each skill on a day."""
        found = self._needed.get((on, group_ids))
        if found is None:
            highest: dict[int, Level] = {}
            for group_id in group_ids:
                for skill_id, level in self.required(on).get(group_id, {}).items():
                    highest[skill_id] = max(level, highest.get(skill_id, Level.NONE))
            found = _kept(self._needed, (on, group_ids), highest)
        return found

    def first_steps(self, group_ids: Collection[int]) -> list[Step]:
        """Return the modules that are due on the very first day in some groups, in the order of their pathways; one that
        several pathways share is returned once."""
        ids = dict.fromkeys(module_id for module_id, group_id in self.due_first if group_id in group_ids)
        return [Step(module.code, module.title, module.gives) for module in map(self.modules.__getitem__, ids)]

    @cached_property
    def giving(self) -> Mapping[int, Sequence[ModuleFact]]:
        """The modules that give each skill, by its id."""
        found: dict[int, list[ModuleFact]] = {}
        for module in self.modules.values():
            for skill_id in module.gives:
                found.setdefault(skill_id, []).append(module)
        return found

    @cached_property
    def built_on(self) -> Mapping[int, Sequence[ModuleFact]]:
        """What each module builds on, by its id."""
        return {
            module.id: [self.modules[each] for each in module.prerequisites if each in self.modules]
            for module in self.modules.values()
        }

    @cached_property
    def longest_opening(self) -> int:
        """How many days before a credit runs out its renewal opens at the earliest."""
        return max(RENEWAL_OPENS_DAYS, *(each.renewal_opens_days for each in self.modules.values()))

    @cached_property
    def kept_in_date(self) -> Mapping[int, Sequence[ModuleFact]]:
        """Of what each module builds on, that which it only keeps in date, by its id."""
        return {
            module_id: [each for each in before if _is_kept_in_date_by(self.modules[module_id], each)]
            for module_id, before in self.built_on.items()
        }


def _kept(kept: dict[Key, Value], key: Key, value: Value) -> Value:
    """Keep what was worked out, and forget the rest where that has become much."""
    if len(kept) >= _MOST_KEPT:
        kept.clear()
    kept[key] = value
    return value


@dataclass(frozen=True, order=True)
class Because:
    """A reason why something is asked. `on` is the day on which it was assigned, the time in the group began, or the credit
    runs out; `number` is the id of the batch, the group or the skill; `rule_id` that of the rule."""

    source: Source
    on: date
    number: int
    rule_id: int | None = None


@dataclass(frozen=True)
class Duty:
    """A module that somebody owes, by when, why, and how it stands.

    `instead_of` is the module that was asked where its renewal is closed to them and `module` is what opens it again.
    `settled_on` is the day on which it was met, `booked` the place that they have, `first` a module to do before it.
    """

    module: ModuleFact
    due_on: date
    optional: bool
    because: tuple[Because, ...]
    status: Status
    instead_of: ModuleFact | None = None
    settled_on: date | None = None
    booked: BookedFact | None = None
    first: ModuleFact | None = None

    @property
    def is_open(self) -> bool:
        """Whether it is still to be done, or waits to be confirmed."""
        return self.status in OPEN

    @property
    def is_renewal(self) -> bool:
        """Whether it is asked for nothing but that a credit runs out."""
        return all(each.source is Source.RUNS_OUT for each in self.because)


@dataclass(frozen=True)
class _Asked:
    """What one source asks of somebody, and from which day on."""

    module: ModuleFact
    since: date
    due_on: date
    optional: bool
    because: Because


def duties(person: PersonFacts, known: Known, on: date) -> list[Duty]:
    """Return what somebody owes on a day, what they have done of it and what is waived, one duty for each module: what is open
    first, in the order in which to do it. Somebody who is in no group on the day owes nothing."""
    group_ids = _covering(person.engagements, on)
    if not group_ids:
        return []
    own = _Own(person, known, on, group_ids)
    open_duties, settled = own.asked()
    for renewal in own.renewals(list(open_duties.values())):
        kept = open_duties if renewal.is_open else settled
        kept[renewal.module.id] = _joined(kept.get(renewal.module.id), renewal, on)
    rest = [duty for duty in settled.values() if duty.module.id not in open_duties]
    return [*_in_turn(open_duties.values()), *sorted(rest, key=lambda duty: (duty.due_on, duty.module.code))]


def past_since(person: PersonFacts, known: Known, on: date) -> date | None:
    """Return the earliest day of what somebody owes and whose day is past, what only ran out left aside; None where there is
    none. It is the earliest of those `duties`, without working out what is left aside."""
    group_ids = _covering(person.engagements, on)
    if not group_ids:
        return None
    own = _Own(person, known, on, group_ids)
    open_duties, _ = own.asked()
    # What runs out may bring forward the day of what is asked besides.
    for renewal in own.renewals(list(open_duties.values()), alone=False) if open_duties else ():
        open_duties[renewal.module.id] = _joined(open_duties[renewal.module.id], renewal, on)
    return min((duty.due_on for duty in open_duties.values() if duty.status is Status.PAST), default=None)


def is_met(module: ModuleFact, credits: Iterable[CreditFact], on: date) -> bool:
    """Say whether credits meet what a module asks on a day: one of the module is valid, or all that it gives is held."""
    held = set()
    for each in credits:
        if is_valid(each.completed_on, each.valid_until, on):
            if each.module_id == module.id:
                return True
            for skill_id, level in module.gives.items():
                if each.gives.get(skill_id, Level.NONE) >= level:
                    held.add(skill_id)
    return bool(module.gives) and len(held) == len(module.gives)


def met_since(module: ModuleFact, credits: Collection[CreditFact], since: date, on: date) -> date | None:
    """Return the first day from `since` to `on` on which credits met what a module asks; None where they did on none."""
    own = [each for each in credits if _gives_any_of(each, module)]
    days = sorted({since, *(each.completed_on for each in own if since < each.completed_on <= on)}) if own else ()
    return next((day for day in days if day <= on and is_met(module, own, day)), None)


def is_exempt(person: PersonFacts, module: ModuleFact, on: date) -> bool:
    """Say whether nothing that a module gives is required of somebody on a day, because they are exempt from all of it."""
    exempt = _covering(person.exemptions, on)
    return bool(module.gives) and all(skill_id in exempt for skill_id in module.gives)


def is_waived(person: PersonFacts, module: ModuleFact, on: date) -> bool:
    """Say whether a module is waived for somebody on a day."""
    return module.id in _covering(person.waivers, on)


def time_began(engagements: Iterable[Span], group_id: int, on: date) -> date | None:
    """Return when the time in a group that covers a day began; None where none does. Times that overlap, or follow one another
    without a day between, are one: whoever changes school does not join again."""
    began: date | None = None
    until: date | None = date.min
    for _, start_on, end_on in sorted(
        (each for each in engagements if each[0] == group_id), key=lambda each: (each[1], each[2] or date.max)
    ):
        if start_on > on:
            break
        follows = began is not None and (until is None or start_on <= until + timedelta(days=1))
        if not follows:
            began, until = start_on, end_on
        elif until is not None:
            until = None if end_on is None else max(until, end_on)
    return began if began is not None and (until is None or on <= until) else None


def _asked(person: PersonFacts, known: Known, on: date, group_ids: frozenset[int]) -> Iterator[_Asked]:
    """Yield what assignments and rules ask on a day of somebody who is in these groups then."""
    for each in person.assigned:
        if each.assigned_on <= on and each.module_id in known.modules:
            because = Because(Source.ASSIGNED, each.assigned_on, each.batch_id)
            yield _Asked(known.modules[each.module_id], each.assigned_on, each.due_on, each.optional, because)
    for rule in known.rules:
        if not covers(rule.from_on, rule.until_on, on):
            continue
        began = time_began(person.engagements, rule.group_id, on) if rule.group_id in group_ids else None
        if began is None or (began < rule.from_on and not rule.includes_present):
            continue
        since = max(began, rule.from_on)
        for step in rule.steps:
            because = Because(Source.JOINED, began, rule.group_id, rule.id)
            due_on = since + timedelta(days=step.due_days)
            yield _Asked(known.modules[step.module_id], since, due_on, step.optional, because)


class _Held:
    """Of which modules some credits are, and the highest level that they give in each skill."""

    def __init__(self, credits: Iterable[CreditFact]) -> None:
        self.modules: set[int | None] = set()
        self.levels: dict[int, Level] = {}
        for each in credits:
            self.modules.add(each.module_id)
            for skill_id, level in each.gives.items():
                if level > self.levels.get(skill_id, 0):
                    self.levels[skill_id] = level

    def meets(self, module: ModuleFact) -> bool:
        """Say whether one of them is of a module, or all that it gives is given by them."""
        if module.id in self.modules:
            return True
        return bool(module.gives) and all(
            self.levels.get(skill_id, 0) >= level for skill_id, level in module.gives.items()
        )


class _Own:
    """One person on one day: how what is asked of them stands."""

    def __init__(self, person: PersonFacts, known: Known, on: date, group_ids: frozenset[int]) -> None:
        self.person, self.known, self.on, self.group_ids = person, known, on, group_ids
        self.counting = [each for each in person.counting if each.completed_on <= on]
        self.with_awaiting = [*self.counting, *(each for each in person.awaiting if each.completed_on <= on)]
        self._ever_met: dict[int, bool] = {}

    @cached_property
    def _now(self) -> _Held:
        """What counts on the day."""
        return _Held(each for each in self.counting if is_valid(each.completed_on, each.valid_until, self.on))

    @cached_property
    def _ever(self) -> _Held:
        """What counted on any day, though not all of it on the same."""
        counted = (each for each in self.counting if is_valid(each.completed_on, each.valid_until, each.completed_on))
        return _Held(counted)

    def asked(self) -> tuple[dict[int, Duty], dict[int, Duty]]:
        """Return what is asked and open, and what is asked and settled, by the module's id; not what only runs out."""
        open_duties: dict[int, Duty] = {}
        settled: dict[int, Duty] = {}
        for asked in _asked(self.person, self.known, self.on, self.group_ids):
            duty = self._stands(asked)
            kept = open_duties if duty.is_open else settled
            kept[duty.module.id] = _joined(kept.get(duty.module.id), duty, self.on)
        return open_duties, settled

    def _stands(self, asked: _Asked) -> Duty:
        """Return how one thing that is asked stands."""
        duty = Duty(asked.module, asked.due_on, asked.optional, (asked.because,), Status.TO_DO)
        if is_waived(self.person, asked.module, self.on) or is_exempt(self.person, asked.module, self.on):
            return replace(duty, status=Status.WAIVED)
        met = met_since(asked.module, self.counting, asked.since, self.on)
        if met is not None:
            return replace(duty, status=Status.DONE, settled_on=met)
        if len(self.with_awaiting) > len(self.counting) and (
            met_since(asked.module, self.with_awaiting, asked.since, self.on) is not None
        ):
            return replace(duty, status=Status.AWAITING)
        return self._to_do(duty)

    def _to_do(self, duty: Duty) -> Duty:
        """Return an open duty with the module that can be done now, and whether there is a place for it."""
        to_do = self._instead(duty.module)
        if to_do is not duty.module:
            duty = replace(duty, module=to_do, instead_of=duty.module)
            if is_waived(self.person, to_do, self.on):
                return replace(duty, status=Status.WAIVED)
        places = [each for each in self.person.booked if each.module_id == to_do.id and self.on <= each.last_on]
        if places:
            return replace(duty, status=Status.BOOKED, booked=min(places, key=lambda each: each.first_on))
        past = self.on > duty.due_on and not duty.optional
        return replace(duty, status=Status.PAST if past else Status.TO_DO, first=self._first(to_do))

    def _instead(self, module: ModuleFact) -> ModuleFact:
        """Return the module itself, or where it only keeps in date what another one gave and that has run out, the other."""
        seen = {module.id}
        while True:
            closed = [each for each in self.known.kept_in_date[module.id] if not self._now.meets(each)]
            if not closed or closed[0].id in seen:
                return module
            module = closed[0]
            seen.add(module.id)

    def _first(self, module: ModuleFact) -> ModuleFact | None:
        """Return what a module builds on that somebody never had, None where nothing is in the way. Of what was had once the
        level above it is sought again without going back to the start."""
        return next((each for each in self.known.built_on[module.id] if not self._was_met(each)), None)

    def _was_met(self, module: ModuleFact) -> bool:
        """Say whether somebody ever met what a module asks; they did from a day on which something was completed."""
        if module.id not in self._ever_met:
            # Day by day only where several skills were given, perhaps not together.
            self._ever_met[module.id] = not module.gives or (
                self._ever.meets(module)
                and (module.id in self._ever.modules or len(module.gives) == 1 or self._met_on_some_day(module))
            )
        return self._ever_met[module.id]

    def _met_on_some_day(self, module: ModuleFact) -> bool:
        own = [each for each in self.counting if _gives_any_of(each, module)]
        return any(is_met(module, own, day) for day in {each.completed_on for each in own})

    # --- what runs out

    def renewals(self, others: Sequence[Duty], *, alone: bool = True) -> list[Duty]:
        """Return a duty for what runs out soon, or has run out, of all that the person's groups ask; what one of `others` gives
        too becomes a reason of that one. Not `alone`: these and no others."""
        ending = self._ending(self.counting)
        if not ending:
            return []
        renewed = ending if len(self.with_awaiting) == len(self.counting) else self._ending(self.with_awaiting)
        found = []
        left = dict(ending)
        for duty in others:
            given = self._given(duty.module, left)
            if given:
                found.append(self._renewal(duty.module, given, left, renewed, duty))
                for skill_id in given:
                    del left[skill_id]
        while left and alone:
            module = self._best_renewal(left)
            if module is None:
                break
            given = self._given(module, left)
            found.append(self._renewal(module, given, left, renewed))
            for skill_id in given:
                del left[skill_id]
        return found

    def _ending(self, credits: Sequence[CreditFact]) -> dict[int, tuple[Level, date, int | None]]:
        """Return of each skill that is asked and was held at that level: the level, from when it is no longer held, and which
        module gave it; only where its renewal is open by now."""
        opens_by = self.on + timedelta(days=self.known.longest_opening)
        if not any(each.valid_until is not None and each.valid_until <= opens_by for each in credits):
            return {}
        exempt = _covering(self.person.exemptions, self.on)
        needed = self.known.needed(self.on, self.group_ids)
        last: dict[int, tuple[tuple[date, date, int], CreditFact]] = {}
        for credit in credits:
            end = _by_end(credit)
            for skill_id, level in credit.gives.items():
                least = needed.get(skill_id)
                if least is not None and level >= least and skill_id not in exempt:
                    before = last.get(skill_id)
                    if before is None or before[0] < end:
                        last[skill_id] = (end, credit)
        ending: dict[int, tuple[Level, date, int | None]] = {}
        for skill_id, level in needed.items():
            _, credit_of_it = last.get(skill_id, (None, None))
            if credit_of_it is None or credit_of_it.valid_until is None:
                continue
            gave = self.known.modules.get(credit_of_it.module_id) if credit_of_it.module_id else None
            opens = gave.renewal_opens_days if gave else RENEWAL_OPENS_DAYS
            if self.on >= credit_of_it.valid_until - timedelta(days=opens):
                ending[skill_id] = (level, credit_of_it.valid_until, credit_of_it.module_id)
        return ending

    def _given(self, module: ModuleFact, ending: Mapping[int, tuple[Level, date, int | None]]) -> list[int]:
        return [
            skill_id for skill_id, (level, _, _) in ending.items() if module.gives.get(skill_id, Level.NONE) >= level
        ]

    def _best_renewal(self, ending: Mapping[int, tuple[Level, date, int | None]]) -> ModuleFact | None:
        """Return the module that renews most for its hours among those that somebody can begin: one suggested to their groups
        before others, then the fewest hours for each skill, then the one that gave it, then by code. Where nothing can be
        begun, one that something else comes before."""
        gave = {module_id for _, _, module_id in ending.values()}
        some = {each.id: each for skill_id in ending for each in self.known.giving.get(skill_id, ())}
        giving = [
            (each, len(given))
            for each in some.values()
            if (given := self._given(each, ending)) and each.is_offered(self.on) and self._instead(each) is each
        ]
        able = [(each, many) for each, many in giving if self._first(each) is None] or giving

        def worth(one: tuple[ModuleFact, int]) -> tuple[bool, Decimal, Decimal, bool, str]:
            module, many = one
            return (
                not module.group_ids & self.group_ids,
                module.hours / many,
                module.hours,
                module.id not in gave,
                module.code,
            )

        return min(able, key=worth)[0] if able else None

    def _renewal(
        self,
        module: ModuleFact,
        given: Sequence[int],
        ending: Mapping[int, tuple[Level, date, int | None]],
        renewed: Mapping[int, tuple[Level, date, int | None]],
        joins: Duty | None = None,
    ) -> Duty:
        because = tuple(Because(Source.RUNS_OUT, ending[skill_id][1], skill_id) for skill_id in given)
        due_on = min(each.on for each in because)
        if joins is not None:
            return replace(joins, because=because, due_on=min(due_on, joins.due_on), optional=False)
        duty = Duty(module, due_on, False, because, Status.TO_DO)
        if is_waived(self.person, module, self.on):
            return replace(duty, status=Status.WAIVED)
        if not any(skill_id in renewed for skill_id in given):
            return replace(duty, status=Status.AWAITING)
        return self._to_do(duty)


def _by_end(credit: CreditFact) -> tuple[date, date, int]:
    """Return by what the credit is found that counts longest."""
    return (credit.valid_until or date.max, credit.completed_on, credit.module_id or 0)


def _gives_any_of(credit: CreditFact, module: ModuleFact) -> bool:
    """Say whether a credit is of a module or gives one of its skills, so that on its day the module may first have been met."""
    return credit.module_id == module.id or not module.gives.keys().isdisjoint(credit.gives)


def _is_kept_in_date_by(module: ModuleFact, other: ModuleFact) -> bool:
    """Say whether a module only keeps in date what another, which it builds on, gives: in no skill more than that."""
    return bool(module.gives) and all(
        other.gives.get(skill_id, Level.NONE) >= level for skill_id, level in module.gives.items()
    )


def _covering(spans: Iterable[Span], on: date) -> frozenset[int]:
    return frozenset(number for number, start_on, end_on in spans if covers(start_on, end_on, on))


def _joined(one: Duty | None, other: Duty, on: date) -> Duty:
    """Return one duty of two for the same module: for both reasons, optional only where both are, and by the earlier day of
    those that are not."""
    if one is None:
        return other
    binding = [each for each in (one, other) if not each.optional] or [one, other]
    settled = [each.settled_on for each in (one, other) if each.settled_on is not None]
    both = replace(
        one,
        because=tuple(sorted({*one.because, *other.because})),
        optional=one.optional and other.optional,
        due_on=min(each.due_on for each in binding),
        instead_of=one.instead_of if other.instead_of else None,
        settled_on=max(settled, default=None),
        booked=one.booked or other.booked,
        first=one.first or other.first,
    )
    return replace(both, status=_status_of_both(both, {one.status, other.status}, on))


def _status_of_both(both: Duty, statuses: Collection[Status], on: date) -> Status:
    """Return how a duty stands that is asked twice: what is still to be done for one of the reasons is to be done."""
    if not {Status.PAST, Status.TO_DO, Status.BOOKED} & set(statuses):
        return next(each for each in (Status.AWAITING, Status.DONE, Status.WAIVED) if each in statuses)
    if both.booked:
        return Status.BOOKED
    return Status.PAST if on > both.due_on and not both.optional else Status.TO_DO


def _in_turn(found: Iterable[Duty]) -> list[Duty]:
    """Return open duties in the order in which to do them: by day, what is optional last, and nothing before what it builds
    on."""
    waiting = sorted(found, key=lambda duty: (duty.optional, duty.due_on, duty.module.code))
    ordered: list[Duty] = []
    while waiting:
        ids = {duty.module.id for duty in waiting}
        ready = next(
            (duty for duty in waiting if not (duty.first is not None and duty.first.id in ids - {duty.module.id})),
            waiting[0],
        )
        waiting.remove(ready)
        ordered.append(ready)
    return ordered


# --- whom to ask


class LeftOut(StrEnum):
    """Why somebody is not asked to do a module; of several, the first that is true."""

    NOT_HERE = "not here"
    EXEMPT = "exempt"
    WAIVED = "waived"
    HOLDS_IT = "holds it"
    ASKED = "asked"


def why_left_out(person: PersonFacts, module: ModuleFact, owed: Collection[Duty], on: date) -> LeftOut | None:
    """Return why somebody need not be asked on a day to do a module, None where they are to be asked. `owed` are their
    `duties` on that day."""
    if not _covering(person.engagements, on):
        return LeftOut.NOT_HERE
    if is_exempt(person, module, on):
        return LeftOut.EXEMPT
    if is_waived(person, module, on):
        return LeftOut.WAIVED
    if is_met(module, person.counting, on):
        return LeftOut.HOLDS_IT
    for duty in owed:
        if duty.is_open and module.id in (duty.module.id, duty.instead_of.id if duty.instead_of else None):
            return LeftOut.ASKED
    return None


class Counted(StrEnum):
    """From where the days of an assignment are counted."""

    BY_A_DAY = "day"
    FROM_START = "start"
    OWN_DAYS = "own"


@dataclass(frozen=True)
class Due:
    """By when something assigned is due: on `day`; `days` after the start of the newest engagement that covers the day of
    assignment; or after a pathway's own days, counted from that day. Never before it is assigned."""

    counted: Counted
    day: date | None = None
    days: int = 0

    def on(self, person: PersonFacts, step: StepFact, assigned_on: date) -> date:
        """Return the day for one person and one step."""
        if self.counted is Counted.BY_A_DAY and self.day is not None:
            due = self.day
        elif self.counted is Counted.FROM_START:
            starts = [start for _, start, end in person.engagements if covers(start, end, assigned_on)]
            due = max(starts, default=assigned_on) + timedelta(days=self.days)
        else:
            due = assigned_on + timedelta(days=step.due_days)
        return max(due, assigned_on)


@dataclass(frozen=True)
class Asked:
    """What one person would be asked: each step with its day, or, where there is none, why they are left out."""

    person_id: int
    steps: Sequence[tuple[StepFact, date]]
    because: LeftOut | None = None


def who_is_asked(
    people: Iterable[PersonFacts], steps: Sequence[StepFact], due: Due, known: Known, on: date
) -> list[Asked]:
    """Return of each person which of some steps they would be asked on a day, in the order in which the people came."""
    found = []
    for person in people:
        owed = duties(person, known, on)
        reasons = [(step, why_left_out(person, known.modules[step.module_id], owed, on)) for step in steps]
        asked = [(step, due.on(person, step, on)) for step, why in reasons if why is None]
        because = None if asked else next((why for _, why in reasons if why is not LeftOut.HOLDS_IT), LeftOut.HOLDS_IT)
        found.append(Asked(person.person_id, asked, because))
    return found


# --- what a preview showed


@dataclass(frozen=True)
class Shown:
    """What a preview showed before it was confirmed: of which people, ticked or not, and the digest of what it told of them."""

    person_ids: Collection[int]
    digest: str


def digest_of(told: Iterable[object]) -> str:
    """Return a short word that stands for what a preview tells, so that what is confirmed is what was shown."""
    return hashlib.sha256(repr(list(told)).encode()).hexdigest()[:32]


def digest_of_asked(found: Iterable[Asked]) -> str:
    """Return what stands for who is asked what by when, and who is left out and why, in whatever order they come."""
    return digest_of(
        (each.person_id, each.because, [(step.module_id, step.optional, due_on) for step, due_on in each.steps])
        for each in sorted(found, key=lambda each: each.person_id)
    )


# --- allowing something to several people at once


class Unchanged(StrEnum):
    """Why somebody is left out of an exemption, a waiver or an extension for several people."""

    HAS_IT = "has it"
    BEGINS_THEN = "begins then"
    NOTHING_HELD = "nothing held"
    FOR_GOOD = "for good"
    LASTS_LONGER = "lasts longer"


def why_unchanged(spans: Iterable[Span], number: int, start_on: date, end_on: date | None) -> Unchanged | None:
    """Return why somebody with these exemptions or waivers needs none of a skill or module on these days; None where they do."""
    own = [(start, end) for what, start, end in spans if what == number]
    if any(start <= start_on and (end is None or (end_on is not None and end_on <= end)) for start, end in own):
        return Unchanged.HAS_IT
    return Unchanged.BEGINS_THEN if any(start == start_on for start, _ in own) else None


@dataclass(frozen=True)
class EntryFact:
    """A verified entry of somebody, and what it gives."""

    completion_id: int
    credit: CreditFact


def lasting_longest(entries: Iterable[EntryFact], wanted: ModuleFact | int) -> EntryFact | None:
    """Return which of somebody's entries lasts longest: of those that give a skill (its id) at the highest level that any of
    them gives, so that a lower level which never runs out stands in nobody's way; or of those of a module, or that give all
    that it gives, so that an update which was missed lengthens what it would have kept in date. None where there is none."""
    if isinstance(wanted, ModuleFact):
        enough = [each for each in entries if _gives_all_of(each.credit, wanted)]
    else:
        giving = [each for each in entries if each.credit.gives.get(wanted, Level.NONE) > Level.NONE]
        highest = max((each.credit.gives[wanted] for each in giving), default=Level.NONE)
        enough = [each for each in giving if each.credit.gives[wanted] == highest]
    return max(
        enough,
        key=lambda each: (each.credit.valid_until or date.max, each.credit.completed_on, each.completion_id),
        default=None,
    )


def _gives_all_of(credit: CreditFact, module: ModuleFact) -> bool:
    if credit.module_id == module.id:
        return True
    return bool(module.gives) and all(
        credit.gives.get(skill_id, Level.NONE) >= level for skill_id, level in module.gives.items()
    )


def why_not_extended(entry: EntryFact | None, until: date) -> Unchanged | None:
    """Return why an entry is not extended to a day; None where it is, also where it ran out before."""
    if entry is None:
        return Unchanged.NOTHING_HELD
    if entry.credit.valid_until is None:
        return Unchanged.FOR_GOOD
    return Unchanged.LASTS_LONGER if until <= entry.credit.valid_until else None
