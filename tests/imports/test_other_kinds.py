"""Bringing in exemptions and requirements, and files that are not what they say they are."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from config import ROOT
from tests.builders import Hub
from tests.imports.bringing import bring, counts
from training_app.database import db
from training_app.people.models import Person
from training_app.skills.models import Exemption, Requirement

EXEMPTIONS = "person,skill,start_on,reason,end_on\n"
REQUIREMENTS = "workforce_group,skill,level,effective_from\n"


def test_an_exemption_is_created_updated_and_then_unchanged(hub: Hub) -> None:
    hub.person(reference="P-1")
    row = "P-1,Group-Teaching,2026-01-01,Works in the office,{}\n"
    assert bring(hub, "exemptions", EXEMPTIONS + row.format("")).counts == counts(1, created=1)
    assert bring(hub, "exemptions", EXEMPTIONS + row.format("31/12/2026")).counts == counts(1, updated=1)
    assert bring(hub, "exemptions", EXEMPTIONS + row.format("")).counts == counts(1, unchanged=1)
    assert db.session.scalars(select(Exemption)).one().end_on is not None


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("P-9,send,2026-01-01,Office,\n", "person"),
        ("P-1,sned,2026-01-01,Office,\n", "skill"),
        ("P-1,send,2026-13-01,Office,\n", "start_on"),
        ("P-1,send,2026-01-01,,\n", "reason"),
        ("P-1,send,2026-01-02,Office,2026-01-01\n", "end_on"),
    ],
)
def test_a_bad_exemption_is_named(hub: Hub, row: str, column: str) -> None:
    hub.person(reference="P-1")
    assert bring(hub, "exemptions", EXEMPTIONS + row).bad == [(2, column)]


def test_a_requirement_may_be_past_may_end_and_may_ask_for_what_nothing_reaches(hub: Hub) -> None:
    file = (
        REQUIREMENTS
        + "board-slt,creative,none,1999-01-01\nboard-slt,creative,leading,2027-01-01\nBOARD-SLT,send,None,2027-01-01\n"
    )
    assert bring(hub, "requirements", file).counts == counts(3, created=3)
    assert bring(hub, "requirements", file).counts == counts(3, unchanged=3)


def test_a_requirement_of_the_seeds_is_updated_by_a_file(hub: Hub) -> None:
    before = db.session.scalar(select(func.count(Requirement.id)))
    file = REQUIREMENTS + "board-slt,send,practising,2024-09-01\n"
    assert bring(hub, "requirements", file).counts == counts(1, updated=1)
    assert db.session.scalar(select(func.count(Requirement.id))) == before


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("board,send,aware,2026-01-01\n", "workforce_group"),
        ("board-slt,sending,aware,2026-01-01\n", "skill"),
        ("board-slt,send,expert,2026-01-01\n", "level"),
        ("board-slt,send,aware,1899-12-31\n", "effective_from"),
        ("board-slt,send,aware,2201-01-01\n", "effective_from"),
    ],
)
def test_a_bad_requirement_is_named(hub: Hub, row: str, column: str) -> None:
    assert bring(hub, "requirements", REQUIREMENTS + row).bad == [(2, column)]


def _zip_bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 60_000_000)
    return packed.getvalue()


@pytest.mark.on_sqlite_only
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("bomb.xlsx", _zip_bomb()),
        ("picture.xlsx", b"\x89PNG\r\n\x1a\n" + b"\0" * 100),
        ("empty.csv", b""),
        ("empty.xlsx", b""),
        ("old.xls", b"\xd0\xcf\x11\xe0"),
        ("wide.csv", ("a," * 1000 + "\n").encode()),
    ],
)
def test_a_file_that_is_not_what_it_says_gets_one_sentence(hub: Hub, name: str, content: bytes) -> None:
    outcome = bring(hub, "people", content, name=name)
    assert outcome.status == 1
    assert len(outcome.said) == 1
    assert "Traceback" not in outcome.said[0]


@pytest.mark.on_sqlite_only
def test_a_missing_file_is_a_wrong_argument(hub: Hub) -> None:
    result = hub.app.test_cli_runner().invoke(args=["import", "people", "/nowhere/at-all.csv"])
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.on_sqlite_only
def test_an_unknown_column_is_an_error_in_line_1(hub: Hub) -> None:
    outcome = bring(
        hub, "requirements", "workforce_group,skill,levle,effective_from\nboard-slt,send,aware,2026-01-01\n"
    )
    assert (1, "levle") in outcome.bad
    assert 'Did you mean "level"?' in outcome.said[0]


def _is_writing(url: str) -> bool:
    """Say whether another process has written people that nobody sees yet."""
    if url.startswith("sqlite"):
        log = Path(url.removeprefix("sqlite:///") + "-wal")
        return log.exists() and log.stat().st_size > 2_000_000
    at_work = text("SELECT count(*) FROM pg_locks WHERE relation = 'person'::regclass AND mode = 'RowExclusiveLock'")
    found = bool(db.session.scalar(at_work))
    db.session.rollback()
    return found


def test_an_import_killed_half_way_leaves_nothing_and_can_be_run_again(hub: Hub, tmp_path: Path) -> None:
    rows = 8_000
    file = tmp_path / "people.csv"
    file.write_text(
        "reference,name,organisation,organisation_kind,workforce_group,start_on\n"
        + "".join(f"K-{n:05},Person {n},School {n % 9},school,generalist-teachers,2024-09-01\n" for n in range(rows))
    )
    settings = hub.app.config["SETTINGS"]
    environment = {
        **os.environ,
        "APP_ENV": "testing",
        "DATABASE_URL": settings.database_url,
        "INSTANCE_PATH": str(settings.instance),
        "SECRET_KEY": "x" * 32,
    }
    command = [sys.executable, "-m", "flask", "--app", "training_app", "import", "people", str(file)]
    db.session.rollback()
    for seconds_later in (0, 0.2):
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        while process.poll() is None and not _is_writing(settings.database_url):
            time.sleep(0.01)
        time.sleep(seconds_later)
        assert process.poll() is None, "it was done before it could be killed"
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert db.session.scalar(select(func.count(Person.id))) == 0
        db.session.rollback()
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert db.session.scalar(select(func.count(Person.id))) == rows
