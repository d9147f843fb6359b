"""`check` as it is typed: its lines and its exit status."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from tests.builders import Hub
from tests.cli.running import run, run_for_real
from training_app.database import db


def test_a_sound_database_is_said_to_be_one(hub: Hub) -> None:
    hub.person(with_completed=["IND-01"])
    answer = run(hub.app, "check")
    assert (answer.status, answer.out, answer.err) == (0, ["Nothing contradicts itself."], [])


def test_an_empty_database_is_sound_too(app: Flask) -> None:
    assert run(app, "check").status == 0


def test_there_is_a_line_for_each_contradiction_and_status_one(hub: Hub) -> None:
    hub.person("Ama Okafor", reference="P-1", with_completed=["SAF-01", "SND-01"])
    db.session.execute(text("UPDATE completion SET valid_until = '2040-01-01'"))
    db.session.commit()
    answer = run(hub.app, "check")
    assert answer.status == 1
    assert [line.split(":")[0] for line in answer.out] == ["person P-1", "person P-1"]
    assert answer.err == []


@pytest.mark.on_sqlite_only
def test_it_takes_no_arguments(app: Flask) -> None:
    answer = run(app, "check", "everything")
    assert (answer.status, answer.out, len(answer.err)) == (2, [], 1)


@pytest.mark.on_sqlite_only
def test_a_database_without_tables_gets_one_line(tmp_path: Path) -> None:
    for command in ("check", "seed", "demo"):
        answer = run_for_real(command, APP_ENV="development", INSTANCE_PATH=str(tmp_path))
        assert (answer.status, answer.out, len(answer.err)) == (1, [], 1)
        assert "db upgrade" in answer.err[0]
