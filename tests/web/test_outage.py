"""When the database is gone: a plain page, and it recovers by itself."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import event

from tests.builders import Hub
from tests.clients import PageClient
from tests.conftest import settings_for
from training_app import create_app, database
from training_app.database import db, transaction
from training_app.stewardship.check import problems


@pytest.mark.on_sqlite_only
def test_without_a_database_every_page_says_so_plainly_and_recovers_by_itself(hub: Hub, as_manager: PageClient) -> None:
    settings = hub.app.config["SETTINGS"]
    place = Path(settings.database_url.removeprefix("sqlite:///"))
    assert as_manager.get("/healthz").get_data(as_text=True) == "ok"
    db.session.remove()
    db.engine.dispose()
    away = place.with_suffix(".away")
    place.rename(away)
    place.mkdir()
    try:
        health = as_manager.get("/healthz")
        assert health.status_code == 503
        page = as_manager.get("/people")
        assert page.status_code == 503
        assert "Traceback" not in page.get_data(as_text=True)
    finally:
        db.session.remove()
        db.engine.dispose()
        place.rmdir()
        away.rename(place)
    assert as_manager.get("/healthz").status_code == 200
    assert as_manager.get("/people").status_code == 200


def _add_a_school(client: PageClient, name: str, token: str) -> int:
    return client.post("/organisations/new", data={"name": name, "kind": "school", "csrf_token": token}).status_code


def test_a_server_that_stops_answering_loses_nothing_and_is_used_again_when_it_is_back(
    hub: Hub, as_manager: PageClient, databases: Any, request: pytest.FixtureRequest
) -> None:
    if request.getfixturevalue("database") != "postgresql":
        pytest.skip("there is no server with SQLite")
    token = as_manager.token()
    name = hub.app.config["SETTINGS"].database_url.partition("?")[0].rpartition("/")[2]

    def on_server(allowed: str) -> None:
        with psycopg.connect(databases.server_uri, autocommit=True) as connection:
            connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS {allowed}')  # type: ignore[arg-type]
            if allowed == "false":
                connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])

    db.session.remove()
    on_server("false")
    try:
        assert as_manager.get("/healthz").status_code == 503
        assert _add_a_school(as_manager, "Lost School", token) == 503
    finally:
        on_server("true")
    assert as_manager.get("/healthz").status_code == 200
    page = as_manager.get("/organisations")
    assert page.status_code == 200
    assert "Lost School" not in page.get_data(as_text=True)
    assert _add_a_school(as_manager, "Found School", token) == 302


@pytest.mark.on_sqlite_only
def test_a_full_disk_keeps_nothing_by_halves_and_what_is_recorded_can_still_be_read(
    hub: Hub, as_manager: PageClient
) -> None:
    token = as_manager.token()
    as_manager.get("/organisations")
    event.listen(db.engine, "checkout", _no_room)
    try:
        statuses = {_add_a_school(as_manager, f"School {number} {'x' * 150}", token) for number in range(40)}
        assert 503 in statuses
        assert statuses <= {302, 503}
        assert as_manager.get("/organisations").status_code == 200
    finally:
        event.remove(db.engine, "checkout", _no_room)
    event.listen(db.engine, "checkout", _room_again)
    try:
        assert _add_a_school(as_manager, "Found School", token) == 302
        assert list(problems()) == []
    finally:
        event.remove(db.engine, "checkout", _room_again)


@pytest.mark.on_sqlite_only
def test_whoever_waits_too_long_for_another_change_is_told_so_and_leaves_nothing_locked(
    hub: Hub, as_manager: PageClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = as_manager.token()
    monkeypatch.setattr(database, "BUSY_TIMEOUT_SECONDS", 0.1)
    with open(f"{db.engine.url.database}-turn", "ab") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        assert _add_a_school(as_manager, "Lost School", token) == 503
        assert as_manager.get("/organisations").status_code == 200
    monkeypatch.setattr(database, "BUSY_TIMEOUT_SECONDS", 20)
    assert _add_a_school(as_manager, "Found School", token) == 302
    assert "Lost School" not in as_manager.get("/organisations").get_data(as_text=True)


@pytest.mark.on_sqlite_only
def test_a_database_in_memory_has_no_queue_in_a_file(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with create_app(settings_for("sqlite:///:memory:", tmp_path / "instance")).app_context(), transaction():
        pass
    assert list(tmp_path.glob("*-turn")) == []


def _no_room(connection: Any, *_: Any) -> None:
    [pages] = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}")


def _room_again(connection: Any, *_: Any) -> None:
    connection.execute("PRAGMA max_page_count = 1000000")
