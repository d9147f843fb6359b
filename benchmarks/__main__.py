"""Measure coverage, the trend, pages and imports at 1,000 and 10,000 people: against a plain read or write of as many rows,
against a trivial page, or against the same with fewer people.

Machines differ and the same machine swings, so what is judged is a ratio of two times taken in turn in one run, and how a
time grows with the number of people. Milliseconds are for information. Run it with `make bench`.
"""

from __future__ import annotations

import itertools
import os
import random
import sys
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

from benchmarks.measuring import DAY, SIZES, Results, timed_in_turn
from benchmarks.pages import compare_pages, measure_pages

os.environ.update(APP_ENV="testing", DATABASE_URL="", BASE_URL="", SECRET_KEY="")

COMPLETIONS_EACH = 20
# Entries that await confirmation, however many people there are: somebody keeps up with them.
CLAIMS_WAITING = 200


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
    organisations = people // 30
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
                for n in range(1, organisations + 1)
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
                        "organisation_id": chance.randint(1, organisations),
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
                        "evidence": "verified",
                        "created_at": datetime.now(UTC),
                        "row_version": 1,
                    }
                )
        session.execute(insert(Engagement), engagements)
        session.execute(insert(Exemption), exemptions)
        chance.shuffle(completions)
        for each in completions[:CLAIMS_WAITING]:
            each["evidence"] = "self-declared"
        session.execute(insert(Completion), completions)


def measure_coverage_and_pages(results: Results) -> None:
    """Coverage against the bare fetch of the credits it counts; the trend against one coverage report; and the pages."""
    from training_app.coverage.queries import coverage_on, trend_between
    from training_app.database import keeping_many_rows, rows_of
    from training_app.records.queries import counting_credits

    def bare_fetch() -> int:
        with keeping_many_rows():  # as coverage fetches them, or the ratio would flatter it
            return len(rows_of(counting_credits(DAY, "verified")))

    coverage_times: dict[int, float] = {}
    page_times: dict[int, dict[str, float]] = {}
    for size in SIZES:
        with application() as app:
            fill(size)
            fetch, one, over_time = timed_in_turn(
                bare_fetch,
                lambda: coverage_on(DAY),
                lambda: trend_between(date(2022, 12, 1), date(2026, 11, 30)),
            )
            coverage_times[size] = one
            results.ratio("coverage, against a bare fetch", size, one, fetch, 2.5)
            results.ratio("trend over 48 months, against one coverage report", size, over_time, one, 5)
            page_times[size] = measure_pages(results, app, size)
    compare_pages(results, page_times)
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
    measure_coverage_and_pages(results)
    measure_imports(results)
    return results.missed


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    sys.exit(1 if main() else 0)
