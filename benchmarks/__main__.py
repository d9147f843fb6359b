"""Measure coverage, the trend and the imports at 1,000 and 10,000 people, each against a plain read or write of as many rows.

Machines differ and the same machine swings, so what is judged is a ratio of two times taken in turn in one run, and how a
time grows with the number of people. Milliseconds are for information. Run it with `make bench`.
"""

from __future__ import annotations

import gc
import itertools
import math
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

os.environ.update(APP_ENV="testing", DATABASE_URL="", BASE_URL="", SECRET_KEY="")

SIZES = (1_000, 10_000)
COMPLETIONS_EACH = 20
DAY = date(2026, 11, 23)
ROUNDS = 5


@dataclass
class Results:
    """What was measured, and whether it is within its goal."""

    lines: list[str] = field(default_factory=list)
    missed: int = 0

    def ratio(self, name: str, size: int, measured: float, base: float, goal: float) -> None:
        """Note a ratio that should be at most `goal`."""
        value = measured / base
        self._note(
            f"{name} at {size:,} people",
            f"{value:.2f} ×",
            f"≤ {goal} ×",
            value <= goal,
            f"{measured * 1000:,.0f} ms against {base * 1000:,.0f} ms",
        )

    def growth(self, name: str, times: dict[int, float], goal: float | None = None) -> None:
        """Note the exponent with which a time grows, which should be at most `goal`; without one, for information."""
        small, large = SIZES
        exponent = math.log(times[large] / times[small]) / math.log(large / small)
        held = goal is None or exponent <= goal
        wanted = "–" if goal is None else f"≤ {goal}"
        self._note(f"{name}: growth exponent", f"{exponent:.2f}", wanted, held, "")

    def _note(self, name: str, value: str, goal: str, held: bool, detail: str) -> None:
        self.missed += not held
        line = f"{'held  ' if held else 'MISSED'}  {name:<52} {value:>9}  goal {goal:<8} {detail}"
        self.lines.append(line)
        print(line, flush=True)


def timed_in_turn(*what: Callable[[], Any], rounds: int = ROUNDS) -> list[float]:
    """Return the median seconds of each of several things, run in turn so that a slow moment slows all of them."""
    times: list[list[float]] = [[] for _ in what]
    for each in what:
        each()
    for _ in range(rounds):
        for place, each in enumerate(what):
            gc.collect()
            start = time.perf_counter()
            each()
            times[place].append(time.perf_counter() - start)
    return [statistics.median(each) for each in times]


def fill(people: int) -> None:
    """Fill a seeded database with people in their groups and three years of completions."""
    from training_app.catalogue.models import Module, ModuleVersion
    from training_app.database import transaction
    from training_app.people.models import Engagement, Organisation, Person
    from training_app.records.models import Completion
    from training_app.records.rules import valid_until
    from training_app.skills.models import Exemption, Skill
    from training_app.strategy.models import WorkforceGroup

    chance = random.Random(people)
    with transaction() as session:
        groups = list(session.scalars(select(WorkforceGroup.id).order_by(WorkforceGroup.position)))
        skills = list(session.scalars(select(Skill.id)))
        versions = session.execute(
            select(Module.id, ModuleVersion.id, ModuleVersion.refresh_months).join(ModuleVersion)
        ).all()
        session.execute(
            insert(Organisation),
            [
                {"id": n, "name": f"School {n}", "name_key": f"school {n}", "kind": "school", "row_version": 1}
                for n in range(1, 36)
            ],
        )
        session.execute(
            insert(Person),
            [
                {"id": n, "reference": f"B-{n:05}", "name": f"Person {n}", "name_key": f"person {n}", "row_version": 1}
                for n in range(1, people + 1)
            ],
        )
        engagements, completions, exemptions = [], [], []
        for n in range(1, people + 1):
            for group in chance.sample(groups, 2 if chance.random() < 0.05 else 1):
                start = DAY - timedelta(days=chance.randrange(1500))
                engagements.append(
                    {
                        "person_id": n,
                        "organisation_id": chance.randint(1, 35),
                        "group_id": group,
                        "row_version": 1,
                        "start_on": start,
                        "end_on": start + timedelta(days=chance.randrange(2000)) if chance.random() < 0.2 else None,
                    }
                )
            if chance.random() < 0.03:
                exemptions.append(
                    {
                        "person_id": n,
                        "skill_id": chance.choice(skills),
                        "start_on": DAY - timedelta(days=300),
                        "end_on": None,
                        "reason": "Office",
                        "row_version": 1,
                    }
                )
            taken: set[tuple[int, int]] = set()
            while len(taken) < COMPLETIONS_EACH:
                taken.add((chance.randrange(len(versions)), chance.randrange(1200)))
            for place, ago in taken:
                module_id, version_id, refresh = versions[place]
                day = DAY - timedelta(days=ago)
                completions.append(
                    {
                        "person_id": n,
                        "module_id": module_id,
                        "module_version_id": version_id,
                        "completed_on": day,
                        "valid_until": valid_until(day, refresh),
                        "evidence": "verified" if chance.random() < 0.9 else "self-declared",
                        "created_at": datetime.now(UTC),
                        "row_version": 1,
                    }
                )
        session.execute(insert(Engagement), engagements)
        session.execute(insert(Exemption), exemptions)
        chance.shuffle(completions)
        session.execute(insert(Completion), completions)


def measure_coverage(results: Results) -> None:
    """Coverage against the bare fetch of the credits it counts; the trend against one coverage report."""
    from training_app.coverage.queries import coverage_on, trend_between
    from training_app.database import db
    from training_app.records.queries import counting_credits

    def bare_fetch() -> int:
        return len(db.session.execute(counting_credits(DAY, "verified")).all())

    coverage_times: dict[int, float] = {}
    for size in SIZES:
        with application() as _:
            fill(size)
            fetch, one, over_time = timed_in_turn(
                bare_fetch,
                lambda: coverage_on(DAY),
                lambda: trend_between(date(2022, 12, 1), date(2026, 11, 30)),
            )
            coverage_times[size] = one
            results.ratio("coverage, against a bare fetch", size, one, fetch, 2.5)
            results.ratio("trend over 48 months, against one coverage report", size, over_time, one, 5)
    results.growth("coverage", coverage_times, 1.15)


def measure_imports(results: Results) -> None:
    """A file of people, judged and audited, against a bare insert; completions against a plain ORM insert."""
    from training_app.audit import Actor
    from training_app.catalogue.models import Module, ModuleVersion
    from training_app.database import db, transaction
    from training_app.imports import KINDS, bring_in
    from training_app.people.models import Engagement, Organisation, Person
    from training_app.records.models import Completion
    from training_app.strategy.models import WorkforceGroup

    actor = Actor.command()
    round_number = itertools.count()
    import_times: dict[int, float] = {}
    for size in SIZES:
        with application() as _:
            with transaction() as session:
                session.execute(
                    insert(Organisation),
                    [{"id": 1, "name": "School", "name_key": "school", "kind": "school", "row_version": 1}],
                )
                group_id = session.scalars(select(WorkforceGroup.id).limit(1)).one()
                module_id, version_id = session.execute(
                    select(Module.id, ModuleVersion.id).join(ModuleVersion).where(Module.code == "SND-02")
                ).one()

            def bare_insert(size: int = size, group_id: int = group_id) -> None:
                name = f"bare{next(round_number)}"
                with transaction() as session:
                    ids = session.scalars(
                        insert(Person).returning(Person.id, sort_by_parameter_order=True),
                        [
                            {
                                "reference": f"{name}-{n}",
                                "name": f"Person {n}",
                                "name_key": f"person {n}",
                                "row_version": 1,
                            }
                            for n in range(size)
                        ],
                    ).all()
                    session.execute(
                        insert(Engagement),
                        [
                            {
                                "person_id": id_,
                                "organisation_id": 1,
                                "group_id": group_id,
                                "start_on": DAY,
                                "row_version": 1,
                            }
                            for id_ in ids
                        ],
                    )

            def from_a_file(size: int = size) -> None:
                name = f"file{next(round_number)}"
                rows = "".join(
                    f"{name}-{n},Person {n},School,generalist-teachers,2024-09-01,{name}-{n}@x.example\n"
                    for n in range(size)
                )
                head = "reference,name,organisation,workforce_group,start_on,email\n"
                assert bring_in(actor, KINDS["people"], (head + rows).encode(), "people.csv").created == size

            bare, brought = timed_in_turn(bare_insert, from_a_file, rounds=3)
            import_times[size] = brought
            results.ratio("importing people, against a bare insert", size, brought, bare, 10)

            people = list(db.session.scalars(select(Person.id).order_by(Person.id).limit(size)))
            references = list(db.session.scalars(select(Person.reference).order_by(Person.id).limit(size)))
            db.session.rollback()

            def plain_orm(people: list[int] = people, module_id: int = module_id, version_id: int = version_id) -> None:
                day = DAY - timedelta(days=1000 + next(round_number))
                with transaction() as session:
                    session.add_all(
                        Completion(
                            person_id=person,
                            module_id=module_id,
                            module_version_id=version_id,
                            completed_on=day,
                            evidence="verified",
                            created_at=datetime.now(UTC),
                        )
                        for person in people
                    )

            def recorded(references: list[str] = references, size: int = size) -> None:
                day = DAY - timedelta(days=1000 + next(round_number))
                rows = "".join(f"{reference},SND-02,{day}\n" for reference in references)
                content = ("person,module,completed_on\n" + rows).encode()
                assert bring_in(actor, KINDS["completions"], content, "done.csv").created == size

            bare, brought = timed_in_turn(plain_orm, recorded, rounds=3)
            results.ratio("recording completions, against an ORM insert", size, brought, bare, 5)
    results.growth("importing people", import_times)


class application:  # noqa: N801 - reads as a sentence in a with-statement
    """A seeded hub in a folder of its own, gone afterwards."""

    def __enter__(self) -> Any:
        """Build the database and enter the application."""
        from flask_migrate import upgrade

        from config import ROOT, settings_from
        from training_app import create_app
        from training_app.audit import Actor
        from training_app.database import transaction
        from training_app.stewardship import seed

        self.folder = tempfile.TemporaryDirectory()
        self.app = create_app(
            settings_from({"APP_ENV": "testing", "INSTANCE_PATH": self.folder.name, "SECRET_KEY": "bench" * 10})
        )
        self.context = self.app.app_context()
        self.context.push()
        upgrade()
        with transaction():
            seed.load(Actor.command(), ROOT / "seeds")
        return self.app

    def __exit__(self, *_: object) -> None:
        """Leave the application and remove the database."""
        from training_app.database import db

        db.session.remove()
        db.engine.dispose()
        self.context.pop()
        self.folder.cleanup()


def main() -> int:
    """Measure everything; return how many goals were missed."""
    results = Results()
    measure_coverage(results)
    measure_imports(results)
    return results.missed


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    sys.exit(1 if main() else 0)
