"""How one person stands in one skill, and why. The same rule as in `rules.coverage`, told for a reader."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from training_app.coverage.rules import EXPIRING_WITHIN, Named
from training_app.people.rules import in_words
from training_app.skills.levels import Level


class State(StrEnum):
    """How a person stands in a skill that is asked of them; exactly one of these."""

    EXEMPT = "exempt"
    MET = "met"
    LAPSED = "lapsed"
    BELOW = "below"
    MISSING = "missing"


GAPS = (State.LAPSED, State.BELOW, State.MISSING)


@dataclass(frozen=True)
class CreditInSkill:
    """What one completion gives in one skill. `valid_until` is the first day on which it no longer counts; training outside
    the catalogue has no `module_code`."""

    completion_id: int
    module_code: str | None
    module_title: str
    evidence: str
    level: Level
    completed_on: date
    valid_until: date | None

    def is_valid(self, on: date) -> bool:
        """Say whether it counts on a day."""
        return self.completed_on <= on and (self.valid_until is None or on < self.valid_until)


@dataclass(frozen=True)
class SkillStanding:
    """How somebody stands in a skill on a day.

    `asked_by` are the groups that ask for `required`; `held` is what they hold (`NONE` for nothing). `lapses_on` is the day
    from which they would no longer hold what is required by what is recorded (None: never), or for a lapsed skill the day on
    which it lapsed. `credits` explain it, the most telling first. `awaits` is the highest level that entries awaiting
    confirmation would give on the day (`NONE` where they count already, or there are none). A skill that nobody asks for has
    `required` `NONE` and no state.
    """

    skill: Named
    required: Level
    asked_by: Sequence[Named]
    held: Level
    state: State | None
    expiring: bool
    lapses_on: date | None
    credits: Sequence[CreditInSkill]
    awaits: Level = Level.NONE

    @property
    def awaits_what_is_asked(self) -> bool:
        """Whether somebody does not hold what is asked, and would once an entry of theirs is confirmed."""
        return self.state in GAPS and self.awaits >= self.required

    @property
    def ran_out(self) -> tuple[Level, date] | None:
        """The highest level that somebody who holds nothing once held, and the day on which it ran out; None where they hold
        something, or nothing was ever recorded."""
        if self.held is not Level.NONE or not self.credits:
            return None
        highest = max(credit.level for credit in self.credits)
        end = _last_end([credit for credit in self.credits if credit.level is highest])
        return (highest, end) if end is not None else None

    @property
    def ran_out_in_words(self) -> str:
        """What `ran_out` says, as a page says it: `Aware ran out on 3 October 2026`, "" for nothing."""
        return f"{self.ran_out[0].label} ran out on {in_words(self.ran_out[1])}" if self.ran_out else ""

    def held_until(self, on: date) -> date | None:
        """Return the first day on which they no longer hold the level that they hold on a day; None for never.

        It may come before they fall below what is asked, which may be a lower level.
        """
        return _last_end([each for each in self.credits if each.is_valid(on) and each.level >= self.held])


@dataclass(frozen=True)
class PersonStanding:
    """How one person stands on a day: in which groups they are, how in each skill, and what counts or awaits confirmation.

    `counting` and `awaiting` are their credits by skill id.
    """

    groups: Sequence[Named]
    skills: Sequence[SkillStanding]
    counting: Mapping[int, Sequence[CreditInSkill]]
    awaiting: Mapping[int, Sequence[CreditInSkill]]


def standings(
    skills: Iterable[Named],
    groups: Sequence[Named],
    required: Mapping[int, Mapping[int, Level]],
    exempt: Collection[int],
    counting: Mapping[int, Sequence[CreditInSkill]],
    awaiting: Mapping[int, Sequence[CreditInSkill]],
    on: date,
) -> list[SkillStanding]:
    """Return how somebody in these groups stands on a day in those of some skills, in their order, that one of the groups asks
    for or in which they have credits that count. `required` are levels by the ids of group and skill, `exempt` ids of skills,
    `counting` and `awaiting` credits by the skill's id."""
    found = []
    for skill in skills:
        asked_by = [group for group in groups if skill.id in required.get(group.id, {})]
        level = max((required[group.id][skill.id] for group in asked_by), default=Level.NONE)
        known = counting.get(skill.id, ())
        if asked_by or known:
            found.append(
                standing(
                    *(skill, level, asked_by, known),
                    on=on,
                    exempt=skill.id in exempt,
                    awaiting=awaiting.get(skill.id, ()),
                )
            )
    return found


def standing(
    skill: Named,
    required: Level,
    asked_by: Sequence[Named],
    credits: Iterable[CreditInSkill],
    *,
    on: date,
    exempt: bool,
    awaiting: Iterable[CreditInSkill] = (),
) -> SkillStanding:
    """Return how somebody with these counting credits, and others that await confirmation, stands in a skill on a day."""
    known = [credit for credit in credits if credit.completed_on <= on]
    valid = [credit for credit in known if credit.is_valid(on)]
    held = max((credit.level for credit in valid), default=Level.NONE)
    enough = [credit for credit in known if credit.level >= max(required, Level.AWARE)]
    state, lapses_on, expiring = None, None, False
    if required is not Level.NONE:
        state = _state(required, held, enough, exempt=exempt)
    if held >= required and held is not Level.NONE:
        lapses_on = _last_end([credit for credit in enough if credit.is_valid(on)])
        expiring = state is State.MET and lapses_on is not None and lapses_on <= on + EXPIRING_WITHIN
    elif enough:
        lapses_on = _last_end(enough)
    telling = sorted(known, key=lambda credit: (credit.is_valid(on), credit.level, credit.completed_on), reverse=True)
    awaits = max((credit.level for credit in awaiting if credit.is_valid(on)), default=Level.NONE)
    return SkillStanding(skill, required, asked_by, held, state, expiring, lapses_on, telling, awaits)


def _state(required: Level, held: Level, enough: Sequence[CreditInSkill], *, exempt: bool) -> State:
    if exempt:
        return State.EXEMPT
    if held >= required:
        return State.MET
    if enough:
        return State.LAPSED
    return State.BELOW if held is not Level.NONE else State.MISSING


def _last_end(credits: Sequence[CreditInSkill]) -> date | None:
    """Return the latest end among credits, None where one of them never ends."""
    ends = [credit.valid_until for credit in credits]
    if any(end is None for end in ends):
        return None
    return max((end for end in ends if end is not None), default=None)


# What to do next comes first: bring back, begin, go on, renew in time; then those for whom nothing is to be done.
_TURN = {State.LAPSED: 0, State.MISSING: 1, State.BELOW: 2, State.MET: 4, State.EXEMPT: 5, None: 6}


def turn(standing: SkillStanding) -> tuple[int, date]:
    """Return the place of a standing in a list that is sorted by what to do next."""
    place = 3 if standing.expiring else _TURN[standing.state]
    return place, standing.lapses_on or date.max
