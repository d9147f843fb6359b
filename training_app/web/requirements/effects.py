"""How many people a decision about a group and a skill would move, by the rules of coverage."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date

from training_app.coverage.queries import facts, groups_named
from training_app.coverage.rules import Cell, Coverage, GroupCoverage, coverage
from training_app.people.rules import in_words
from training_app.skills.levels import Level
from training_app.skills.models import Skill
from training_app.skills.rules import RequirementFact, levels_required
from training_app.strategy.models import WorkforceGroup
from training_app.web.formatting import count

Redecide = Callable[[Iterable[RequirementFact]], list[RequirementFact]]


@dataclass(frozen=True)
class Effect:
    """What a decision does to one group in one skill on a day: before and after.

    `holding_*` are the people who hold what is asked (None where nothing is), `counted_*` those of whom it is asked,
    exemptions taken out, and `fully_*` those of the group who hold everything asked.
    """

    on: date
    people: int
    exempt: int
    level_before: Level
    level_after: Level
    holding_before: int | None
    holding_after: int | None
    fully_before: int | None
    fully_after: int | None
    ends_on: date | None

    @property
    def counted(self) -> int:
        """How many people the figure is about, those exempt left out."""
        return self.people - self.exempt

    @property
    def sentence(self) -> str:
        """What the decision does, for whoever is about to save it."""
        day = f"On {in_words(self.on)},"
        before, after = self.holding_before, self.holding_after
        people = count(self.counted, "person", "people")
        if self.level_before is self.level_after:
            return f"{day} nothing moves: {_asked(self.level_after)} already."
        if after is None:
            return f"{day} nothing is asked any more of {people}; {before} {_verb(before, 'hold')} what is asked now."
        if before is None:
            return (
                f"{day} {self.level_after.label} is asked of {people} for the first time: {after} "
                f"{_verb(after, 'hold')} it; {self.counted - after} {_verb(self.counted - after, 'do')} not yet."
            )
        if after <= before:
            return (
                f"{day} {before - after} of {people} would no longer hold what is asked; "
                f"{after} still {_verb(after, 'do')}."
            )
        return f"{day} {after} of {people} would hold what is asked, {after - before} more than without this."


def effect_of_deciding(group: WorkforceGroup, skill: Skill, level: Level, effective_from: date, today: date) -> Effect:
    """Return what it does to ask for a level from a day on (`Level.NONE`: nothing any more)."""
    added = RequirementFact(group.id, skill.id, level, effective_from)

    def redecide(requirements: Iterable[RequirementFact]) -> list[RequirementFact]:
        return [*_without(requirements, added), added]

    return _effect(group, skill, effective_from, redecide, today)


def effect_of_voiding(group: WorkforceGroup, skill: Skill, effective_from: date, today: date) -> Effect:
    """Return what it does to take back the decision of a day."""
    gone = RequirementFact(group.id, skill.id, Level.NONE, effective_from)
    return _effect(group, skill, effective_from, lambda requirements: _without(requirements, gone), today)


def _effect(group: WorkforceGroup, skill: Skill, begins: date, redecide: Redecide, today: date) -> Effect:
    groups = groups_named([group.code])
    present = facts(groups, min(begins, today), max(begins, today), "verified")
    changed = replace(present, requirements=redecide(present.requirements))
    later = [
        each.effective_from
        for each in changed.requirements
        if (each.group_id, each.skill_id) == (group.id, skill.id) and each.effective_from > begins
    ]
    ends_on = min(later, default=None)
    # A decision of the past is shown by what it does today, unless another has taken its place since.
    day = today if begins <= today and (ends_on is None or ends_on > today) else begins
    before, after = coverage(present, day), coverage(changed, day)
    cell_before, cell_after = _cell(before, skill), _cell(after, skill)
    either = cell_after or cell_before
    return Effect(
        on=day,
        people=_only(after).summary.people,
        exempt=either.exempt if either else 0,
        level_before=levels_required(present.requirements, day).get(group.id, {}).get(skill.id, Level.NONE),
        level_after=levels_required(changed.requirements, day).get(group.id, {}).get(skill.id, Level.NONE),
        holding_before=cell_before.met if cell_before else None,
        holding_after=cell_after.met if cell_after else None,
        fully_before=_only(before).summary.fully_skilled,
        fully_after=_only(after).summary.fully_skilled,
        ends_on=ends_on,
    )


def _without(requirements: Iterable[RequirementFact], gone: RequirementFact) -> list[RequirementFact]:
    key = (gone.group_id, gone.skill_id, gone.effective_from)
    return [each for each in requirements if (each.group_id, each.skill_id, each.effective_from) != key]


def _only(report: Coverage) -> GroupCoverage:
    return report.groups[0]


def _cell(report: Coverage, skill: Skill) -> Cell | None:
    return next((cell for cell in _only(report).cells if cell.skill.id == skill.id), None)


def _verb(number: int | None, verb: str) -> str:
    """Return a verb as it stands after a number of people."""
    return {"hold": "holds", "do": "does"}[verb] if number == 1 else verb


def _asked(level: Level) -> str:
    return "nothing is asked" if level is Level.NONE else f"{level.label} is asked"
