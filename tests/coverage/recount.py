"""Coverage counted again, person by person, straight from what the words mean.

It shares no code with the application: no masks, no sweep, no queries. Slow on purpose.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction

RANK = {"none": 0, "aware": 1, "practising": 2, "leading": 3}


def months_after(day: date, months: int) -> date:
    """Return the day so many calendar months later, clamped to the month's last day."""
    year, month = day.year, day.month
    for _ in range(months):
        month += 1
        if month == 13:
            year, month = year + 1, 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


@dataclass
class Completed:
    """One completion: what its version gives, and everything that happened to it."""

    person: int
    completed_on: date
    gives: dict[str, str]
    refresh_months: int | None
    evidence: str
    extensions: list[tuple[date, bool]] = field(default_factory=list)
    """(extended to, withdrawn), in the order in which they were made."""
    outside: bool = False
    """Whether it is training outside the catalogue, which gives nothing until somebody has said what."""
    mapped: bool = True
    ends_on: date | None = None
    """For training outside the catalogue: the day on which it runs out, in place of a number of months."""

    def valid_until(self) -> date | None:
        """Return the first day on which it no longer counts."""
        if not self.mapped:
            return None
        end = self.ends_on
        if self.refresh_months is not None:
            end = months_after(self.completed_on, self.refresh_months)
        if end is None:
            return None
        for until, withdrawn in self.extensions:
            if not withdrawn and until > end:
                end = until
        return end

    def rank_in(self, skill: str) -> int:
        """Return the rank that it gives in a skill, 0 for nothing."""
        return RANK[self.gives.get(skill, "none")] if self.mapped else 0


@dataclass
class History:
    """Everything that is recorded, as plain tuples."""

    groups: list[str]
    skills: list[str]
    people: list[int] = field(default_factory=list)
    requirements: list[tuple[str, str, str, date]] = field(default_factory=list)
    engagements: list[tuple[int, str, date, date | None]] = field(default_factory=list)
    exemptions: list[tuple[int, str, date, date | None]] = field(default_factory=list)
    completions: list[Completed] = field(default_factory=list)

    def required(self, group: str, skill: str, day: date) -> str:
        """Return the level in force for a group and skill on a day."""
        level = "none"
        for at_group, at_skill, at_level, since in sorted(self.requirements, key=lambda each: each[3]):
            if (at_group, at_skill) == (group, skill) and since <= day:
                level = at_level
        return level

    def counting(self, person: int, evidence: str) -> list[Completed]:
        """Return the completions of a person that count by the evidence rule."""
        allowed = ["verified"] if evidence == "verified" else ["verified", "self-declared"]
        return [each for each in self.completions if each.person == person and each.evidence in allowed]

    def holds(self, person: int, skill: str, day: date, evidence: str, by: date | None = None) -> int:
        """Return the rank held on a day, by what was completed up to `by` (the day itself unless given)."""
        best = 0
        for each in self.counting(person, evidence):
            end = each.valid_until()
            if each.completed_on <= (by or day) and each.completed_on <= day and (end is None or day < end):
                best = max(best, each.rank_in(skill))
        return best

    def is_exempt(self, person: int, skill: str, day: date) -> bool:
        """Say whether nothing is required of the person in the skill on the day."""
        return any(
            who == person and what == skill and start <= day and (end is None or day <= end)
            for who, what, start, end in self.exemptions
        )

    def members(self, group: str, day: date) -> list[int]:
        """Return the distinct people engaged in a group on a day."""
        return [
            person
            for person in self.people
            if any(
                who == person and where == group and start <= day and (end is None or day <= end)
                for who, where, start, end in self.engagements
            )
        ]

    def state(self, person: int, skill: str, level: str, day: date, evidence: str) -> str:
        """Return the one state of a person in a skill that is required at a level."""
        if self.is_exempt(person, skill, day):
            return "exempt"
        held = self.holds(person, skill, day, evidence)
        if held >= RANK[level]:
            return "met"
        if any(
            each.completed_on < day and each.rank_in(skill) >= RANK[level] for each in self.counting(person, evidence)
        ):
            return "lapsed"
        return "below" if held > 0 else "missing"


def percent(part: int, whole: int) -> float | None:
    """Return 100 × part ÷ whole to one decimal, halves away from zero."""
    if whole == 0:
        return None
    tenths = Fraction(1000 * part, whole)
    down = tenths.numerator // tenths.denominator
    return (down + (1 if tenths - down >= Fraction(1, 2) else 0)) / 10


def recount(history: History, groups: list[str], day: date, evidence: str) -> dict:
    """Return coverage as the report's document has it (without names)."""
    report: dict = {"as_at": day, "evidence": evidence, "total": None, "groups": []}
    anything_required = False
    for group in groups:
        members = history.members(group, day)
        cells = []
        for skill in history.skills:
            level = history.required(group, skill, day)
            if level == "none":
                continue
            cell = dict.fromkeys(("exempt", "met", "expiring", "lapsed", "below", "missing"), 0)
            for person in members:
                state = history.state(person, skill, level, day, evidence)
                cell[state] += 1
                later = history.holds(person, skill, day + timedelta(days=90), evidence, by=day)
                if state == "met" and later < RANK[level]:
                    cell["expiring"] += 1
            cells.append(
                {
                    "skill": skill,
                    "required": level,
                    **cell,
                    "percent": percent(cell["met"], len(members) - cell["exempt"]),
                }
            )
        anything_required |= bool(cells)
        fully = None
        if cells:
            fully = sum(
                _holds_everything(history, person, {cell["skill"]: cell["required"] for cell in cells}, day, evidence)
                for person in members
            )
        report["groups"].append(
            {
                "group": group,
                "people": len(members),
                "fully_skilled": fully,
                "percent": None if fully is None else percent(fully, len(members)),
                "skills": cells,
            }
        )
    everybody = [person for person in history.people if any(person in history.members(group, day) for group in groups)]
    fully = None
    if anything_required:
        fully = 0
        for person in everybody:
            highest: dict[str, str] = {}
            for group in groups:
                if person not in history.members(group, day):
                    continue
                for skill in history.skills:
                    level = history.required(group, skill, day)
                    if RANK[level] > RANK[highest.get(skill, "none")]:
                        highest[skill] = level
            fully += _holds_everything(history, person, highest, day, evidence)
    report["total"] = {
        "people": len(everybody),
        "fully_skilled": fully,
        "percent": None if fully is None else percent(fully, len(everybody)),
    }
    return report


def _holds_everything(history: History, person: int, required: dict[str, str], day: date, evidence: str) -> bool:
    asked = {skill: level for skill, level in required.items() if not history.is_exempt(person, skill, day)}
    return bool(asked) and all(
        history.holds(person, skill, day, evidence) >= RANK[level] for skill, level in asked.items()
    )
