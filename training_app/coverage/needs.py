"""Who needs what: of each person the skills that are asked of them and not held, on a day. Plain Python on the same facts as
coverage, and counted as its total counts: everybody once, at the highest level that their groups ask."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from training_app.coverage.rules import Facts
from training_app.coverage.running_out import needed_by_person
from training_app.skills.levels import Level


@dataclass(frozen=True)
class Needs:
    """The skills, by id with the level required, that somebody held at that level once (`lapsed`) or never yet (`not_yet`)."""

    person_id: int
    lapsed: Sequence[tuple[int, Level]]
    not_yet: Sequence[tuple[int, Level]]

    @property
    def how_many(self) -> int:
        """How many skills there are to do."""
        return len(self.lapsed) + len(self.not_yet)


def who_needs_what(facts: Facts, day: date) -> list[Needs]:
    """Return of everybody who lacks something what they lack: those with most to renew first, then those with most to do. The
    skills stand in the framework's order."""
    needed = needed_by_person(facts, day)
    held: dict[tuple[int, int], Level] = defaultdict(lambda: Level.NONE)
    once: dict[tuple[int, int], Level] = defaultdict(lambda: Level.NONE)
    for person_id, version_id, completed_on, valid_until in facts.credits:
        if person_id not in needed or completed_on > day:
            continue
        for skill_id, level in facts.gives[version_id].items():
            pair = person_id, skill_id
            once[pair] = max(level, once[pair])
            if valid_until is None or day < valid_until:
                held[pair] = max(level, held[pair])
    found = []
    for person_id, asked in needed.items():
        gaps = [
            (skill.id, asked[skill.id])
            for skill in facts.skills
            if asked.get(skill.id, Level.NONE) > Level.NONE and held[person_id, skill.id] < asked[skill.id]
        ]
        lapsed = [(skill_id, level) for skill_id, level in gaps if once[person_id, skill_id] >= level]
        if gaps:
            found.append(Needs(person_id, lapsed, [gap for gap in gaps if gap not in lapsed]))
    return sorted(found, key=lambda each: (-len(each.lapsed), -each.how_many, each.person_id))
