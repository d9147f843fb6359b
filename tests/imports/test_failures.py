"""When an import is stopped by something outside its file: a sentence, the counts on the last line, exit status 1."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from tests.builders import Hub
from tests.imports.bringing import bring, counts
from training_app import database
from training_app.database import db
from training_app.imports import people as people_file
from training_app.people.models import Person

FILE = (
    "reference,name,organisation,organisation_kind,workforce_group,start_on\n"
    "P-1,Ama Okafor,Harbour School,school,generalist-teachers,2024-09-01\n"
)
NOTHING = counts(0, errors=1)


def _refused_in_one_sentence(hub: Hub, *options: str) -> str:
    outcome = bring(hub, "people", FILE, *options)
    assert (outcome.status, outcome.counts) == (1, NOTHING)
    (sentence,) = outcome.said
    assert "Traceback" not in sentence
    return sentence


def test_whoever_writes_the_same_thing_first_wins_and_the_file_is_refused_as_a_whole(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = people_file.write_people

    def overtaken(actor: Any, batch: Any) -> None:
        db.session.execute(insert(Person), [{"reference": "P-1", "name": "Ama", "name_key": "ama", "row_version": 1}])
        written(actor, batch)

    monkeypatch.setattr(people_file, "write_people", overtaken)
    assert "at the same moment" in _refused_in_one_sentence(hub)
    db.session.rollback()
    assert db.session.scalar(select(func.count(Person.id))) == 0
    monkeypatch.undo()
    assert bring(hub, "people", FILE).counts == counts(1, created=1)


@pytest.fixture
def place(hub: Hub) -> Iterator[Path]:
    """Where the database of a hub on SQLite lies; what was opened before is closed."""
    db.session.remove()
    db.engine.dispose()
    yield Path(hub.app.config["SETTINGS"].database_url.removeprefix("sqlite:///"))
    db.session.remove()
    db.engine.dispose()


@pytest.mark.on_sqlite_only
def test_a_database_that_somebody_else_keeps_locked_refuses_the_file(
    hub: Hub, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_TIMEOUT_SECONDS", 0)
    writer = sqlite3.connect(place, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    assert "busy" in _refused_in_one_sentence(hub)
    writer.rollback()
    writer.close()
    assert bring(hub, "people", FILE).counts == counts(1, created=1)


@pytest.mark.on_sqlite_only
@pytest.mark.parametrize("options", [(), ("--dry-run",)])
def test_a_database_that_is_gone_refuses_the_file(hub: Hub, place: Path, options: tuple[str, ...]) -> None:
    away = place.with_suffix(".away")
    place.rename(away)
    place.mkdir()
    try:
        assert "does not answer" in _refused_in_one_sentence(hub, *options)
    finally:
        place.rmdir()
        away.rename(place)


@pytest.mark.on_sqlite_only
def test_a_database_that_was_never_set_up_is_said_to_need_its_tables(hub: Hub, place: Path) -> None:
    away = place.with_suffix(".away")
    place.rename(away)
    try:
        assert "db upgrade" in _refused_in_one_sentence(hub)
    finally:
        place.unlink()
        away.rename(place)


@pytest.mark.on_sqlite_only
def test_even_a_mistake_of_ours_leaves_the_counts_on_the_last_line(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(people_file, "write_people", broken)
    path = Path(hub.app.instance_path) / "people.csv"
    path.write_text(FILE)
    result = hub.app.test_cli_runner().invoke(args=["import", "people", str(path)])
    assert isinstance(result.exception, ZeroDivisionError)
    assert result.stdout.splitlines()[-1] == ('{"rows": 0, "created": 0, "updated": 0, "unchanged": 0, "errors": 1}')
