"""Backup and restore: a copy of one moment while others write, put back whole or not at all."""

from __future__ import annotations

import gzip
import hashlib
import json
import threading
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from tests.builders import A_PDF, Hub
from tests.cli.running import run
from tests.clients import sign_in
from tests.conftest import MIGRATED, Databases, settings_for
from tests.delivery.scheduling import a_session, booked
from tests.files.photographs import a_photo
from tests.watching import not_telling_the_log
from training_app import create_app
from training_app.accounts.links import link_for_command
from training_app.accounts.models import Account
from training_app.audit import Actor, AuditDetail, AuditEvent
from training_app.clock import now
from training_app.database import Base, db, transaction
from training_app.mail.models import MailSwitch
from training_app.people.actions import add_person
from training_app.people.models import Person
from training_app.records.evidence import evidence_store
from training_app.records.models import EvidenceFile
from training_app.stewardship.archive import back_up
from training_app.stewardship.check import problems

WRITERS = 8
AMA = "ama@hub.example"


@pytest.fixture
def filled(hub: Hub) -> Hub:
    """A hub with something in most tables, and a value of each type that columns have."""
    ama = hub.person("Ama Okafor", reference="P-1", email="ama@hub.example", with_completed=["IND-01", "SAF-01"])
    hub.completion(ama, "SND-01", "2026-02-02", hours=Decimal("1.5"))
    hub.account("ama@hub.example", "member", person=ama)
    hub.evidence_file(hub.completion(ama, "SND-02", "2026-02-02"), A_PDF + bytes(range(256)) * 1000 + A_PDF)
    hub.evidence_file(hub.completion(ama, "SND-03", "2026-02-02"), a_photo())
    booked(hub, a_session(hub, "SND-01"), ama)
    return hub


@pytest.fixture(params=["sqlite", "postgresql"])
def elsewhere(request: pytest.FixtureRequest, databases: Databases, tmp_path: Path) -> Iterator[Flask]:
    """Another database, migrated and empty: of either kind, whichever the first one is."""
    url = databases.make(request.param, MIGRATED)
    app = create_app(settings_for(url, tmp_path / "elsewhere"))
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    databases.drop(request.param, url)


def _everything() -> dict[str, list[tuple[Any, ...]]]:
    """Return all rows by table, but for what the log says of putting a backup back."""
    db.session.rollback()
    told = set(db.session.scalars(select(AuditEvent.id).where(AuditEvent.action == "archive.restored")))
    number = {
        "audit_event": AuditEvent.__table__.columns.keys().index("id"),
        "audit_detail": AuditDetail.__table__.columns.keys().index("event_id"),
    }
    return {
        table.name: sorted(
            tuple(map(repr, row))
            for row in db.session.execute(select(table))
            if table.name not in number or row[number[table.name]] not in told
        )
        for table in Base.metadata.sorted_tables
    }


def test_what_was_backed_up_while_others_wrote_is_put_back_as_it_was_at_one_moment(
    filled: Hub, elsewhere: Flask, tmp_path: Path
) -> None:
    stop = threading.Event()
    wrong: list[BaseException] = []

    def write(number: int) -> None:
        count = 0
        try:
            with filled.app.app_context():
                while not stop.is_set() and count < 200:
                    with transaction():
                        # Two rows and their events that are there together or not at all.
                        for half in ("a", "b"):
                            add_person(Actor.command(), f"W-{number}-{count}-{half}", f"Writer {number}")
                    count += 1
        except BaseException as error:
            wrong.append(error)

    writers = [threading.Thread(target=write, args=(number,)) for number in range(WRITERS)]
    for each in writers:
        each.start()
    files = [tmp_path / f"backup-{number}" for number in range(3)]
    for file in files:
        back_up(file)
    stop.set()
    for each in writers:
        each.join(60)
    assert wrong == []
    foot = json.loads(gzip.decompress(files[-1].read_bytes()).splitlines()[-1])

    with elsewhere.app_context():
        answer = run(elsewhere, "restore", str(files[-1]))
        assert answer.status == 0, answer.err
        assert foot["rows"] == sum(len(rows) for rows in _everything().values())
        halves = db.session.scalars(select(Person.reference).where(Person.reference.like("W-%"))).all()
        assert halves
        assert {each[:-1] for each in halves if each.endswith("a")} == {
            each[:-1] for each in halves if each.endswith("b")
        }
        added = select(func.count()).select_from(AuditEvent).where(AuditEvent.action == "person.added")
        assert db.session.scalar(added) == len(halves) + 1
        assert list(problems()) == []
        assert run(elsewhere, "audit", "verify").status == 0
        with transaction():
            add_person(Actor.command(), "W-LAST", "Somebody new")


def test_a_backup_holds_everything_and_restoring_gives_it_back_exactly(
    filled: Hub, elsewhere: Flask, tmp_path: Path
) -> None:
    before = _everything()
    answer = run(filled.app, "backup", str(tmp_path / "backup"))
    assert answer.status == 0, answer.err
    assert (tmp_path / "backup").stat().st_mode & 0o777 == 0o600
    with elsewhere.app_context():
        assert run(elsewhere, "restore", str(tmp_path / "backup")).status == 0
        assert _everything() == before
        answer = run(elsewhere, "restore", str(tmp_path / "backup"))
        assert (answer.status, len(answer.err)) == (1, 1)
        assert "holds something already" in answer.err[0]
        filled_elsewhere = Hub(elsewhere)
        filled_elsewhere.person("Ben Ito", reference="P-2")
        assert run(elsewhere, "restore", str(tmp_path / "backup"), "--force").status == 0
        assert _everything() == before


def test_values_of_each_type_that_columns_have_are_backed_up_in_that(filled: Hub) -> None:
    types = {type(column.type) for table in Base.metadata.sorted_tables for column in table.columns}
    there = {
        type(column.type)
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if db.session.scalar(select(column).where(column.is_not(None)).limit(1)) is not None
    }
    assert types == there


@pytest.mark.on_sqlite_only
def test_the_whole_demonstration_hub_is_backed_up_and_put_back(
    demonstration: Hub, databases: Databases, tmp_path: Path
) -> None:
    before = _everything()
    assert sum(map(bool, before.values())) > 40, "something in nearly every table"
    assert run(demonstration.app, "backup", str(tmp_path / "backup")).status == 0
    url = databases.make("sqlite", MIGRATED)
    restored = create_app(settings_for(url, tmp_path / "restored"))
    with restored.app_context():
        answer = run(restored, "restore", str(tmp_path / "backup"))
        assert answer.status == 0, answer.err
        after = _everything()
        db.session.remove()
        db.engine.dispose()
    # Nobody stays signed in, and no link opens anything, in what was put back.
    assert {name: rows for name, rows in before.items() if rows != after[name]}.keys() <= {"sign_in", "sign_in_link"}


def _evidence() -> dict[str, bytes]:
    db.session.rollback()
    names = db.session.scalars(select(EvidenceFile.stored_as).where(EvidenceFile.voided_at.is_(None)))
    return {name: evidence_store().read(name) for name in names}


def test_a_backup_takes_the_evidence_files_along(filled: Hub, elsewhere: Flask, tmp_path: Path) -> None:
    before = _evidence()
    assert len(before) == 2
    assert run(filled.app, "backup", str(tmp_path / "backup")).out[0].endswith(f"in {tmp_path / 'backup'}.")
    with elsewhere.app_context():
        assert run(elsewhere, "restore", str(tmp_path / "backup")).status == 0
        assert _evidence() == before
        assert list(problems()) == []


@pytest.mark.on_sqlite_only
def test_a_file_that_went_while_the_backup_was_made_is_not_promised(
    filled: Hub, elsewhere: Flask, tmp_path: Path
) -> None:
    gone, stays = _evidence()
    evidence_store().remove(gone)
    assert run(filled.app, "backup", str(tmp_path / "backup")).status == 0
    with elsewhere.app_context():
        assert run(elsewhere, "restore", str(tmp_path / "backup")).status == 0
        assert _evidence().keys() == {stays}
        assert list(problems()) == []


@pytest.mark.on_sqlite_only
def test_an_archive_of_the_time_before_evidence_files_is_read(filled: Hub, elsewhere: Flask, tmp_path: Path) -> None:
    back_up(tmp_path / "backup")
    lines = gzip.decompress((tmp_path / "backup").read_bytes()).splitlines(keepends=True)
    first_file = next(number for number, line in enumerate(lines) if line.startswith(b'{"file"'))
    old = [lines[0].replace(b'"version":2', b'"version":1'), *lines[1:first_file]]
    foot = {"rows": json.loads(lines[-1])["rows"], "digest": hashlib.sha256(b"".join(old)).hexdigest()}
    (tmp_path / "old").write_bytes(gzip.compress(b"".join(old) + json.dumps(foot).encode() + b"\n"))
    with elsewhere.app_context():
        assert run(elsewhere, "restore", str(tmp_path / "old")).status == 0
        assert list(problems()) == []


def test_a_file_that_is_damaged_or_of_another_revision_changes_nothing(filled: Hub, tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    back_up(whole)
    before = _everything()
    content = whole.read_bytes()
    lines = gzip.decompress(content).splitlines(keepends=True)
    changed = [line.replace(b"Ama Okafor", b"Eve Okafor") for line in lines]
    bad = {
        "cut": content[: len(content) // 2],
        "cut-between-lines": gzip.compress(b"".join(lines[:-1])),
        "changed": gzip.compress(b"".join(changed)),
        "text": b"hello",
        "empty": b"",
        "other": gzip.compress(b'{"rows": 1}\n'),
    }
    assert changed != lines
    for name, held in bad.items():
        (tmp_path / name).write_bytes(held)
        answer = run(filled.app, "restore", str(tmp_path / name), "--force")
        assert (answer.status, len(answer.err)) == (1, 1), name
        assert "Nothing was changed" in answer.err[0], name
    assert run(filled.app, "restore", str(tmp_path / "nowhere"), "--force").status == 1
    db.session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    db.session.commit()
    answer = run(filled.app, "restore", str(whole), "--force")
    assert "of revision" in answer.err[0]
    assert _everything() == before


@pytest.mark.on_sqlite_only
def test_a_backup_never_takes_the_place_of_anything(filled: Hub, tmp_path: Path) -> None:
    (tmp_path / "there").write_text("mine")
    assert "is there already" in run(filled.app, "backup", str(tmp_path / "there")).err[0]
    assert (tmp_path / "there").read_text() == "mine"
    assert "cannot be written" in run(filled.app, "backup", str(tmp_path / "no" / "folder")).err[0]
    assert [each.name for each in tmp_path.glob(".*")] == []


@pytest.mark.on_sqlite_only
def test_after_a_restore_nobody_is_signed_in_and_no_mail_leaves(filled: Hub, as_manager: Any, tmp_path: Path) -> None:
    with transaction():
        not_telling_the_log()
        db.session.add(MailSwitch(is_on=True, at=now()))
    back_up(tmp_path / "backup")
    assert as_manager.get("/people").status_code == 200
    assert run(filled.app, "restore", str(tmp_path / "backup"), "--force").status == 0
    assert as_manager.get("/people").status_code == 302
    switch = db.session.scalars(select(MailSwitch).order_by(MailSwitch.id.desc())).first()
    assert switch is not None
    assert not switch.is_on
    assert list(problems()) == []


@pytest.mark.on_sqlite_only
def test_a_link_that_waited_when_a_backup_was_made_opens_nothing_once_it_is_put_back(
    filled: Hub, as_manager: Any, tmp_path: Path
) -> None:
    with transaction():
        asked = link_for_command(
            filled.actor, db.session.scalars(select(Account).where(Account.email_key == AMA)).one()
        )
    link = urlsplit(asked).path
    back_up(tmp_path / "backup")
    used = filled.app.test_client()
    assert used.get(link).status_code == 200
    assert run(filled.app, "restore", str(tmp_path / "backup"), "--force").status == 0
    assert filled.app.test_client().get(link).status_code == 410
    told = sign_in(filled.app, "manager@hub.example").get("/audit?action=archive.restored").get_data(as_text=True)
    assert "put back" in told
    assert "as it was backed up on" in told
