"""Generated histories, and how they get into a database.

The days gather around month ends, leap days and the turn of the school year, because that is where days are miscounted.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from sqlalchemy import Connection, delete, insert, or_, select

from tests.coverage.recount import RANK, Completed, History
from tests.watching import forget_what_is_known
from training_app.catalogue.models import Module, ModuleFormat, ModuleVersion, ModuleVersionSkill
from training_app.people.models import Engagement, Organisation, Person
from training_app.records.models import Completion, Extension
from training_app.skills.models import Exemption, Requirement, Skill
from training_app.strategy.models import WorkforceGroup

# Few groups and skills, so that what is recorded meets what is asked, and people meet each other.
GROUPS = ["music-service-staff", "frontline-volunteers", "board-slt"]
SKILLS = ["inclusion", "send", "leading-inclusion"]
LEVELS = ["aware", "practising", "leading"]
SHARP_DAYS = [
    date(2024, 2, 28),
    date(2024, 2, 29),
    date(2024, 3, 1),
    date(2025, 2, 28),
    date(2025, 8, 31),
    date(2025, 9, 1),
    date(2026, 2, 28),
    date(2026, 3, 29),
    date(2026, 8, 31),
    date(2026, 10, 25),
    date(2027, 1, 31),
]


def _days_between(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


# A third each: the sharp days themselves, the three months around them, and any day. From one list, because to choose among
# three ways and then to draw takes thrice as long, and of days most of a history is made.
_AROUND = [each for day in SHARP_DAYS for each in _days_between(day - timedelta(days=92), day + timedelta(days=92))]
_ANY = _days_between(date(2023, 9, 1), date(2028, 9, 1))
days = st.sampled_from([*SHARP_DAYS * (len(_AROUND) // len(SHARP_DAYS)), *_AROUND, *_ANY])


@st.composite
def spans(draw: st.DrawFn) -> tuple[date, date | None]:
    """A span of days, perhaps of one day, perhaps open."""
    start = draw(days)
    if draw(st.booleans()):
        return start, None
    return start, start + timedelta(days=draw(st.integers(0, 900)))


versions = st.tuples(
    st.dictionaries(st.sampled_from(SKILLS), st.sampled_from(LEVELS), min_size=1, max_size=3),
    st.sampled_from([None, 1, 6, 12, 12, 24, 36]),
)


def _make_outside(completed: Completed, lasts: int | None, *, mapped: bool) -> None:
    """Make a completion one of training outside the catalogue, which may run out after some days in place of months."""
    completed.outside, completed.mapped = True, mapped
    if lasts is not None:
        completed.refresh_months, completed.ends_on = None, completed.completed_on + timedelta(days=lasts)
    if not mapped and completed.evidence == "verified":
        completed.evidence = "self-declared"  # it is verified by saying what it gives


evidences = st.sampled_from(["verified", "verified", "verified", "self-declared", "returned", "void"])


def telling_days(history: History) -> list[date]:
    """Return the days of a history on which something begins or ends, the days beside them, and those 90 days before an end:
    the days on which an error of one would show."""
    turning: set[date] = {since for *_, since in history.requirements}
    for _, _, start, end in history.engagements + history.exemptions:
        turning |= {start, end} if end else {start}
    for completed in history.completions:
        turning.add(completed.completed_on)
        until = completed.valid_until()
        if until is not None:
            turning |= {until, until - timedelta(days=90)}
    return sorted({day + timedelta(days=shift) for day in turning for shift in (-1, 0, 1)})


@st.composite
def told(draw: st.DrawFn) -> tuple[History, date]:
    """A history and a day to ask about, mostly one on which something turns."""
    history = draw(histories())
    telling = telling_days(history)
    return history, draw(st.sampled_from(telling) if telling and draw(st.integers(0, 3)) else days)


@st.composite
def histories(draw: st.DrawFn) -> History:
    """A whole history: some people, what is asked of their groups over time, and what they completed."""
    history = History(groups=GROUPS, skills=SKILLS)
    history.people = list(range(1, draw(st.integers(1, 6)) + 1))
    seen: set[Any] = set()
    for group, skill, level, since in draw(
        st.lists(
            st.tuples(st.sampled_from(GROUPS), st.sampled_from(SKILLS), st.sampled_from(["none", *LEVELS]), days),
            min_size=3,
            max_size=12,
        )
    ):
        if (group, skill, since) not in seen:
            seen.add((group, skill, since))
            history.requirements.append((group, skill, level, since))
    for person in history.people:
        if draw(st.integers(0, 3)):
            group = draw(st.sampled_from(GROUPS))
            history.engagements.append((person, group, date(2023, 1, 1), None))
        for group, (start, end) in draw(st.lists(st.tuples(st.sampled_from(GROUPS), spans()), max_size=3)):
            if (person, group, start) not in seen:
                seen.add((person, group, start))
                history.engagements.append((person, group, start, end))
        for skill, (start, end) in draw(st.lists(st.tuples(st.sampled_from(SKILLS), spans()), max_size=2)):
            if (person, skill, start) not in seen:
                seen.add((person, skill, start))
                history.exemptions.append((person, skill, start, end))
        for (gives, refresh), completed_on, evidence, pushes in draw(
            st.lists(
                st.tuples(
                    versions,
                    days,
                    evidences,
                    st.lists(st.tuples(st.integers(1, 400), st.booleans()), max_size=2),
                ),
                max_size=6,
            )
        ):
            completed = Completed(person, completed_on, gives, refresh, evidence)
            if draw(st.integers(0, 3)) == 0:
                _make_outside(completed, draw(st.sampled_from([None, 1, 89, 90, 91, 400])), mapped=draw(st.booleans()))
            until = completed.valid_until()
            if until is not None:
                for further, withdrawn in pushes:
                    until += timedelta(days=further)
                    completed.extensions.append((until, withdrawn))
            history.completions.append(completed)
    return history


MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


class Loader:
    """Writes histories into a seeded database, each in place of the one before."""

    def __init__(self, connection: Connection) -> None:
        self.groups = dict(connection.execute(select(WorkforceGroup.code, WorkforceGroup.id)).all())
        self.skills = dict(connection.execute(select(Skill.code, Skill.id)).all())
        self.format_id = connection.scalars(select(ModuleFormat.id).limit(1)).one()
        connection.execute(delete(Requirement))
        self.organisation_id = connection.scalars(
            insert(Organisation).returning(Organisation.id),
            [{"name": "Somewhere", "name_key": "somewhere", "kind": "school", "row_version": 1}],
        ).one()

    @staticmethod
    def clear(connection: Connection) -> None:
        """Take all people, and what is recorded of them and asked of them, out of the database."""
        for table in (Extension, Completion, Exemption, Engagement, Person, Requirement):
            connection.execute(delete(table))

    def load(self, connection: Connection, history: History) -> None:
        """Replace what is in the database by a history."""
        forget_what_is_known()
        self.clear(connection)
        generated = (
            select(ModuleVersion.id)
            .outerjoin(Module)
            .where(or_(Module.code.like("GEN-%-x"), ModuleVersion.module_id.is_(None)))
        )
        connection.execute(delete(ModuleVersionSkill).where(ModuleVersionSkill.version_id.in_(generated)))
        connection.execute(delete(ModuleVersion).where(ModuleVersion.id.in_(generated)))
        connection.execute(delete(Module).where(Module.code.like("GEN-%-x")))
        self._insert(
            connection,
            Person,
            [
                {"id": each, "reference": f"R{each}", "name": f"Person {each}", "name_key": f"person {each}"}
                for each in history.people
            ],
        )
        self._insert(
            connection,
            Requirement,
            [
                {
                    "group_id": self.groups[group],
                    "skill_id": self.skills[skill],
                    "level": RANK[level],
                    "effective_from": since,
                }
                for group, skill, level, since in history.requirements
            ],
        )
        self._insert(
            connection,
            Engagement,
            [
                {
                    "person_id": person,
                    "organisation_id": self.organisation_id,
                    "group_id": self.groups[group],
                    "start_on": start,
                    "end_on": end,
                }
                for person, group, start, end in history.engagements
            ],
        )
        self._insert(
            connection,
            Exemption,
            [
                {
                    "person_id": person,
                    "skill_id": self.skills[skill],
                    "start_on": start,
                    "end_on": end,
                    "reason": "Works in the office",
                }
                for person, skill, start, end in history.exemptions
            ],
        )
        for place, completed in enumerate(history.completions):
            self._load_completion(connection, place, completed)

    def _load_completion(self, connection: Connection, place: int, completed: Completed) -> None:
        """Each completion has a module of its own, edited since: what it gives today must not matter. What is outside the
        catalogue has none."""
        module_id = None if completed.outside else self._edited_module(connection, place, completed)
        version_id = (
            connection.scalars(
                select(ModuleVersion.id).where(ModuleVersion.module_id == module_id, ModuleVersion.number == 1)
            ).one()
            if module_id is not None
            else self._private_version(connection, completed)
        )
        completion_id = connection.scalars(
            insert(Completion).returning(Completion.id),
            [
                {
                    "person_id": completed.person,
                    "module_id": module_id,
                    "title_key": None if module_id is not None else f"generated {place}",
                    "module_version_id": version_id,
                    "completed_on": completed.completed_on,
                    "valid_until": completed.valid_until(),
                    "evidence": completed.evidence,
                    "created_at": MOMENT,
                    "row_version": 1,
                    "voided_at": MOMENT if completed.evidence == "void" else None,
                }
            ],
        ).one()
        for until, withdrawn in completed.extensions:
            connection.execute(
                insert(Extension),
                [
                    {
                        "completion_id": completion_id,
                        "valid_until": until,
                        "reason": "Snow",
                        "created_at": MOMENT,
                        "voided_at": MOMENT if withdrawn else None,
                    }
                ],
            )

    def _edited_module(self, connection: Connection, place: int, completed: Completed) -> int:
        module_id: int = connection.scalars(
            insert(Module).returning(Module.id),
            [{"code": f"GEN-{place}-x", "summary": "Generated", "row_version": 1}],
        ).one()
        self._version(connection, module_id, 1, completed.gives, completed.refresh_months, superseded=True)
        self._version(connection, module_id, 2, dict.fromkeys(SKILLS, "leading"), None, superseded=False)
        return module_id

    def _private_version(self, connection: Connection, completed: Completed) -> int:
        version_id: int = connection.scalars(
            insert(ModuleVersion).returning(ModuleVersion.id),
            [
                {
                    "number": 1,
                    "title": "Generated",
                    "hours": 1,
                    "refresh_months": completed.refresh_months if completed.mapped else None,
                    "ends_on": completed.ends_on if completed.mapped else None,
                    "created_at": MOMENT,
                    "mapped_at": MOMENT if completed.mapped else None,
                }
            ],
        ).one()
        self._give(connection, version_id, completed.gives if completed.mapped else {})
        return version_id

    def _version(
        self,
        connection: Connection,
        module_id: int,
        number: int,
        gives: dict[str, str],
        refresh_months: int | None,
        *,
        superseded: bool,
    ) -> int:
        version_id: int = connection.scalars(
            insert(ModuleVersion).returning(ModuleVersion.id),
            [
                {
                    "module_id": module_id,
                    "number": number,
                    "title": "Generated",
                    "format_id": self.format_id,
                    "hours": 1,
                    "refresh_months": refresh_months,
                    "created_at": MOMENT,
                    "superseded_at": MOMENT if superseded else None,
                }
            ],
        ).one()
        self._give(connection, version_id, gives)
        return version_id

    def _give(self, connection: Connection, version_id: int, gives: dict[str, str]) -> None:
        rows = [
            {"version_id": version_id, "skill_id": self.skills[skill], "level": RANK[level]}
            for skill, level in gives.items()
        ]
        if rows:
            connection.execute(insert(ModuleVersionSkill), rows)

    @staticmethod
    def _insert(connection: Connection, table: Any, rows: list[dict[str, Any]]) -> None:
        if rows:
            connection.execute(insert(table), [{"row_version": 1, **row} for row in rows])


__all__ = ["GROUPS", "SKILLS", "Loader", "days", "histories", "telling_days", "told"]
