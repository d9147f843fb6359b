"""What the demonstration consists of, thought out for a day: people, their time in each group, and three years of training.

Plain Python without a database: the same day and the same catalogue always give the same people and the same history.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from training_app.coverage.rules import Coverage, Facts, Named, coverage
from training_app.records.rules import add_months, valid_until
from training_app.skills.levels import Level
from training_app.skills.rules import RequirementFact
from training_app.stewardship.demo_names import FIRST_NAMES, JOB_TITLES, LAST_NAMES, ORGANISATIONS

# A little more than three years, so that training renewed every three years has begun to run out.
HISTORY_MONTHS = 44
# Steps due in these first days are part of an induction, which fewer people miss.
INDUCTION_DAYS = 90
# How many drafts are tried, and between which percentages the coverage of each skill should lie.
DRAFTS = 40
LEAST_SHARE, MOST_SHARE = 20, 92
# How many entries wait to be verified, and how many were sent back.
WAITING, RETURNED = 18, 2
TAUGHT_TOGETHER = frozenset({"workshop", "reflection-group"})

# How many people each group has in all, those who left included.
GROUP_SIZES = {
    "music-service-staff": 62,
    "generalist-teachers": 66,
    "specialist-teachers": 30,
    "frontline-volunteers": 44,
    "hub-providers": 28,
    "board-slt": 14,
}
# Second roles, held at the same time: (group, other group).
SECOND_ROLES = (
    ("music-service-staff", "frontline-volunteers"),
    ("music-service-staff", "hub-providers"),
    ("specialist-teachers", "hub-providers"),
    ("specialist-teachers", "frontline-volunteers"),
    ("generalist-teachers", "frontline-volunteers"),
    ("generalist-teachers", "frontline-volunteers"),
    ("music-service-staff", "board-slt"),
    ("hub-providers", "frontline-volunteers"),
)


@dataclass(frozen=True)
class ModuleFacts:
    """What the plan has to know of a module. `gives` maps the code of a skill to its level."""

    code: str
    format: str
    hours: float
    refresh_months: int | None
    gives: Mapping[str, Level]
    prerequisites: Sequence[str]


@dataclass(frozen=True)
class Habits:
    """How somebody trains: how likely they take a step, renew it in time or late, and how fast they go (1: as planned)."""

    takes: float
    in_time: float
    late: float
    pace: float


THOROUGH = Habits(takes=1.0, in_time=1.0, late=0.0, pace=0.55)
STEADY = Habits(takes=0.97, in_time=0.86, late=0.85, pace=0.75)
PATCHY = Habits(takes=0.78, in_time=0.62, late=0.65, pace=1.0)
RARE = Habits(takes=0.36, in_time=0.3, late=0.3, pace=1.3)
# How the habits are shared out in each group: thorough, steady, patchy, rare.
SHARES = {
    "music-service-staff": (34, 38, 20, 8),
    "generalist-teachers": (20, 32, 28, 20),
    "specialist-teachers": (26, 34, 26, 14),
    "frontline-volunteers": (20, 22, 30, 28),
    "hub-providers": (24, 36, 26, 14),
    "board-slt": (36, 36, 20, 8),
}


@dataclass
class PlannedEngagement:
    """Somebody's time in a group at an organisation."""

    organisation: str
    group: str
    job_title: str
    start_on: date
    end_on: date | None


@dataclass(frozen=True)
class PlannedCompletion:
    """A module completed on a day, with its evidence."""

    module: str
    completed_on: date
    evidence: str


@dataclass
class PlannedPerson:
    """Somebody who does not exist."""

    reference: str
    name: str
    email: str | None
    habits: Habits
    engagements: list[PlannedEngagement] = field(default_factory=list)
    completions: list[PlannedCompletion] = field(default_factory=list)

    @property
    def groups(self) -> list[str]:
        """The codes of the groups they are or were in, each once."""
        return list(dict.fromkeys(each.group for each in self.engagements))


@dataclass(frozen=True)
class Curriculum:
    """What each group is led through: the catalogue, the pathway steps (module, due days) of each group, and its needs."""

    modules: Mapping[str, ModuleFacts]
    steps: Mapping[str, Sequence[tuple[str, int]]]
    needs: Mapping[str, Mapping[str, Level]]

    def steps_of(self, groups: Iterable[str]) -> list[tuple[str, int]]:
        """Return the steps for somebody in these groups: their pathways, and what else is needed to reach every level
        that is asked of them, in order of due days."""
        due: dict[str, int] = {}
        for group in groups:
            for module, days in self.steps.get(group, ()):
                due[module] = min(days, due.get(module, days))
            for skill, level in self.needs.get(group, {}).items():
                if not any(self.modules[code].gives.get(skill, Level.NONE) >= level for code in due):
                    reaching = [
                        code for code, each in self.modules.items() if each.gives.get(skill, Level.NONE) >= level
                    ]
                    if reaching:
                        due[reaching[0]] = 420
        for module in list(due):
            for needed in self._all_needed(module):
                due[needed] = min(due.get(needed, due[module]), due[module])
        return sorted(due.items(), key=lambda step: (step[1], len(self._all_needed(step[0])), step[0]))

    def _all_needed(self, module: str) -> list[str]:
        found: list[str] = []
        waiting = list(self.modules[module].prerequisites)
        while waiting:
            code = waiting.pop()
            if code not in found:
                found.append(code)
                waiting.extend(self.modules[code].prerequisites)
        return found

    def renewed_by(self, module: str) -> str:
        """Return the shortest module that renews what this one gives: itself, or an update that builds on it."""
        this = self.modules[module]
        updates = [each for each in self.modules.values() if module in each.prerequisites and each.gives == this.gives]
        return min([this, *updates], key=lambda each: each.hours).code

    def is_outgrown(self, module: str, taken: Iterable[str]) -> bool:
        """Say whether others of the modules taken give more than all that this one gives, so that nobody renews it."""
        others = [self.modules[code] for code in taken if code != module]
        return all(
            any(other.gives.get(skill, Level.NONE) > level for other in others)
            for skill, level in self.modules[module].gives.items()
        )


def plan(today: date, curriculum: Curriculum) -> list[PlannedPerson]:
    """Return the people of the demonstration with their engagements and completions, as of a day: of several drafts, the
    first in which every group has something of everything to show."""
    drafts = (_draft(Random(f"draft {number} for {today.isoformat()}"), today, curriculum) for number in range(DRAFTS))
    people: list[PlannedPerson] = []
    for people in drafts:
        if _shows_everything(people, curriculum, today):
            break
    return people


def _draft(random: Random, today: date, curriculum: Curriculum) -> list[PlannedPerson]:
    people = _people(random, curriculum.steps, today)
    _second_roles(random, people, curriculum.steps, today)
    popularity = {code: random.uniform(0.74, 1.0) for code in sorted(curriculum.modules)}
    sessions = _Sessions(random, today)
    for person in people:
        _train(random, person, curriculum, popularity, sessions, today)
    _leave_some_waiting(random, people, curriculum, today)
    return people


def _shows_everything(people: list[PlannedPerson], curriculum: Curriculum, today: date) -> bool:
    """Say whether in every group somebody holds what is asked, somebody's runs out soon, somebody's has lapsed, and for
    somebody nothing is recorded, with no skill held by nearly nobody or nearly everybody."""
    for group in _coverage(people, curriculum, today).groups:
        shares = [each.percent for each in group.cells if each.percent is not None]
        if shares and not (min(shares) >= LEAST_SHARE and max(shares) <= MOST_SHARE):
            return False
        for count in ("met", "expiring", "lapsed", "missing"):
            if group.cells and not any(getattr(cell, count) for cell in group.cells):
                return False
    return True


def _coverage(people: list[PlannedPerson], curriculum: Curriculum, today: date) -> Coverage:
    """Return the coverage that these people would have, by the verified entries."""
    groups = {code: Named(number, code, code) for number, code in enumerate(curriculum.needs)}
    codes = dict.fromkeys(skill for module in curriculum.modules.values() for skill in module.gives)
    codes.update(dict.fromkeys(skill for needs in curriculum.needs.values() for skill in needs))
    skills = {code: Named(number, code, code) for number, code in enumerate(codes)}
    modules = {code: number for number, code in enumerate(curriculum.modules)}
    facts = Facts(
        groups=list(groups.values()),
        skills=list(skills.values()),
        requirements=[
            RequirementFact(groups[group].id, skills[skill].id, level, today)
            for group, needs in curriculum.needs.items()
            for skill, level in needs.items()
        ],
        engagements=[
            (number, groups[each.group].id, each.start_on, each.end_on)
            for number, person in enumerate(people)
            for each in person.engagements
        ],
        exemptions=[],
        gives={
            modules[code]: {skills[skill].id: level for skill, level in each.gives.items()}
            for code, each in curriculum.modules.items()
        },
        credits=[
            (
                number,
                modules[each.module],
                each.completed_on,
                valid_until(each.completed_on, curriculum.modules[each.module].refresh_months),
            )
            for number, person in enumerate(people)
            for each in person.completions
            if each.evidence == "verified"
        ],
    )
    return coverage(facts, today)


# --- people and their time in the groups


def _people(random: Random, groups: Collection[str], today: date) -> list[PlannedPerson]:
    names = [f"{first} {last}" for first, last in itertools.product(FIRST_NAMES, LAST_NAMES)]
    chosen = iter(random.sample(names, sum(GROUP_SIZES.values())))
    numbers = itertools.count(1)
    people = []
    for group, size in GROUP_SIZES.items():
        if group not in groups:
            continue
        places = _places(group)
        habits = random.choices((THOROUGH, STEADY, PATCHY, RARE), SHARES[group], k=size)
        for place, habit in zip(itertools.cycle(places), habits, strict=False):
            name = next(chosen)
            has_email = random.random() < (0.6 if group == "frontline-volunteers" else 0.92)
            start_on, end_on = _span(random, group, today)
            person = PlannedPerson(
                reference=f"D-{next(numbers):04}",
                name=name,
                email=f"{_slug(name, '.')}@{_slug(place, '-')}.example" if has_email else None,
                habits=habit,
            )
            person.engagements.append(
                PlannedEngagement(place, group, random.choice(JOB_TITLES[group]), start_on, end_on)
            )
            people.append(person)
    return people


def _places(group: str) -> list[str]:
    def of(kind: str, *words: str) -> list[str]:
        return [name for name, its, _ in ORGANISATIONS if its == kind and (not words or any(w in name for w in words))]

    secondary = of("school", "High School", "Academy", "The ")
    return {
        "music-service-staff": of("music_service"),
        "generalist-teachers": of("school", "Primary", "Junior", "Infant", "The "),
        "specialist-teachers": secondary,
        "frontline-volunteers": of("voluntary") + of("music_service"),
        "hub-providers": of("partner"),
        "board-slt": of("governance"),
    }[group]


def _span(random: Random, group: str, today: date) -> tuple[date, date | None]:
    """Return the first and last day in a group: half have been there longer than the history, a fifth have left, some begin
    or leave soon."""
    beginning = add_months(today, -HISTORY_MONTHS)
    lot = random.random()
    if lot < 0.46:
        start_on = beginning - timedelta(days=random.randrange(60, 2600))
    elif lot < 0.985:
        start_on = _term_start(random, beginning, today)
    else:
        start_on = today + timedelta(days=random.randrange(10, 50))
    if start_on >= today:
        return start_on, None
    leaves = random.random()
    if leaves < (0.2 if group == "frontline-volunteers" else 0.13):
        days = max((today - max(start_on, beginning)).days, 30)
        return start_on, max(start_on, beginning) + timedelta(days=random.randrange(days // 3, days))
    if leaves < 0.24 and random.random() < 0.25:
        return start_on, today + timedelta(days=random.randrange(12, 80))
    return start_on, None


def _term_start(random: Random, earliest: date, today: date) -> date:
    """Return a day on which people start: mostly the first days of a term, sometimes any other."""
    starts = [
        date(year, month, 1)
        for year in range(earliest.year, today.year + 1)
        for month, weight in ((9, 3), (1, 1), (4, 1))
        for _ in range(weight)
        if earliest < date(year, month, 1) < today - timedelta(days=20)
    ]
    start = random.choice(starts) if random.random() < 0.75 else earliest + timedelta(days=random.randrange(1100))
    return min(_weekday(start + timedelta(days=random.randrange(8))), today - timedelta(days=5))


def _second_roles(random: Random, people: list[PlannedPerson], groups: Collection[str], today: date) -> None:
    """Give a few people a second role at the same time, and let a few volunteers become staff."""
    beginning = add_months(today, -24)
    for group, other in SECOND_ROLES:
        those = [each for each in people if each.groups == [group] and _is_here(each, today)]
        if not those or other not in groups:
            continue
        person = random.choice(those)
        place = random.choice(_places(other))
        start_on = max(person.engagements[0].start_on, beginning + timedelta(days=random.randrange(400)))
        if start_on >= today:
            start_on = person.engagements[0].start_on
        person.engagements.append(PlannedEngagement(place, other, JOB_TITLES[other][0], start_on, None))
    if "music-service-staff" not in groups:
        return
    volunteers = [each for each in people if each.groups == ["frontline-volunteers"] and _is_here(each, today)]
    for person in [each for each in volunteers if each.engagements[0].start_on < beginning][:2]:
        change = _weekday(add_months(today, -random.randrange(4, 16)))
        person.engagements[0].end_on = change - timedelta(days=1)
        person.engagements.append(
            PlannedEngagement(
                random.choice(_places("music-service-staff")), "music-service-staff", "Ensemble leader", change, None
            )
        )


def _is_here(person: PlannedPerson, today: date) -> bool:
    first = person.engagements[0]
    return first.start_on <= today and first.end_on is None


# --- training


class _Sessions:
    """The days on which each module that is taught together took place: once a term, and in other weeks for each module."""

    def __init__(self, random: Random, today: date) -> None:
        self._random = random
        self._today = today
        self._days: dict[str, list[date]] = {}

    def next_on_or_after(self, module: str, day: date) -> date | None:
        """Return the first session from a day on, up to today."""
        return next((each for each in self._of(module) if each >= day), None)

    def last_before(self, module: str, day: date, after: date) -> date | None:
        """Return the last session before a day and after another."""
        return next((each for each in reversed(self._of(module)) if after < each < day), None)

    def _of(self, module: str) -> list[date]:
        if module not in self._days:
            own = Random(f"{module} {self._today.year}")
            days = [
                _weekday(date(year, month, 1) + timedelta(days=own.randrange(56)))
                for year in range(self._today.year - 4, self._today.year + 1)
                for month in (1, 4, 9)
            ]
            self._days[module] = [day for day in sorted(days) if day <= self._today]
        return self._days[module]


def _train(
    random: Random,
    person: PlannedPerson,
    curriculum: Curriculum,
    popularity: Mapping[str, float],
    sessions: _Sessions,
    today: date,
) -> None:
    """Let somebody take the steps that their groups are led through, and renew them as their habits are."""
    beginning = add_months(today, -HISTORY_MONTHS)
    starts = min(each.start_on for each in person.engagements)
    first = max(starts, beginning + timedelta(days=random.randrange(90)))
    ends = [each.end_on or today for each in person.engagements]
    last = min(max(ends), today)
    pace = person.habits.pace * random.uniform(0.85, 1.15)
    # Whoever was there before the history begins has less before them than somebody new.
    pace *= 0.7 if starts < beginning else 1.0
    done: dict[str, date] = {}
    days: set[tuple[str, date]] = set()
    for module, due in curriculum.steps_of(person.groups):
        facts = curriculum.modules[module]
        chance = person.habits.takes
        if due <= INDUCTION_DAYS:
            chance += (1 - chance) / 2
        elif person.habits is not THOROUGH:
            chance *= popularity[module]
        missed = any(needed not in done for needed in facts.prerequisites)
        if missed or random.random() >= chance:
            continue
        day = first + timedelta(days=int(due * pace) + random.randrange(14))
        day = max([day, *(done[needed] + timedelta(days=1) for needed in facts.prerequisites)])
        found = sessions.next_on_or_after(module, day) if facts.format in TAUGHT_TOGETHER else _weekday(day)
        if found is not None and found <= last:
            done[module] = found
            days.add((module, found))
    for module, day in sorted(done.items()):
        if not curriculum.is_outgrown(module, done):
            days.update(_renewals(random, person.habits, module, day, last, curriculum, sessions))
    person.completions = [
        PlannedCompletion(module, day, "verified") for module, day in sorted(days, key=lambda each: (each[1], each[0]))
    ]


def _renewals(
    random: Random,
    habits: Habits,
    module: str,
    completed_on: date,
    last: date,
    curriculum: Curriculum,
    sessions: _Sessions,
) -> list[tuple[str, date]]:
    """Return how somebody renewed a module, up to their last day: in time, late, or not any more."""
    found: list[tuple[str, date]] = []
    while True:
        ends = valid_until(completed_on, curriculum.modules[module].refresh_months)
        if ends is None:
            return found
        module = curriculum.renewed_by(module)
        if random.random() < habits.in_time:
            day = _weekday(ends - timedelta(days=random.randrange(4, 45)))
            if curriculum.modules[module].format in TAUGHT_TOGETHER:
                day = sessions.last_before(module, ends, ends - timedelta(days=200)) or day
        elif random.random() < habits.late:
            day = _weekday(ends + timedelta(days=random.randrange(15, 150)))
        else:
            return found
        if day > last or day <= completed_on:
            return found
        found.append((module, day))
        completed_on = day


def _leave_some_waiting(random: Random, people: list[PlannedPerson], curriculum: Curriculum, today: date) -> None:
    """Let some of what people did alone and logged lately wait to be verified, and two older entries be sent back."""
    logged = [
        (person, place, each)
        for person in people
        for place, each in enumerate(person.completions)
        if curriculum.modules[each.module].format not in TAUGHT_TOGETHER and today < add_months(each.completed_on, 6)
    ]
    logged.sort(key=lambda entry: (entry[2].completed_on, entry[0].reference, entry[2].module), reverse=True)
    newest, older = logged[: 2 * WAITING], logged[2 * WAITING :]
    for evidence, entries in (
        ("self-declared", random.sample(newest, min(WAITING, len(newest)))),
        ("returned", random.sample(older, min(RETURNED, len(older)))),
    ):
        for person, place, each in entries:
            person.completions[place] = PlannedCompletion(each.module, each.completed_on, evidence)


def _weekday(day: date) -> date:
    """Return the day itself, or the Monday after a weekend."""
    return day + timedelta(days=7 - day.weekday()) if day.weekday() >= 5 else day


def _slug(text: str, between: str) -> str:
    letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", between, letters.replace("'", "")).strip(between)
