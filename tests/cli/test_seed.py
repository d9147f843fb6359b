"""`seed` as it is typed: what it says, and its exit status."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from config import ROOT
from tests.builders import Hub
from tests.cli.running import run, run_for_real
from tests.stewardship.hub_edits import edited
from training_app.catalogue.models import Module
from training_app.database import db

MISTAKES = (
    # file, what stands there, what somebody made of it, what must be said
    ("catalogue.yaml", "skills: {safeguarding: aware}", "skills: {safegarding: aware}", 'modules: IND-02: skills: "safegarding"'),
    ("catalogue.yaml", "groups: [generalist-teachers], prer", "groups: [teachers], prer", 'modules: SCH-01: groups: "teachers"'),
    ("catalogue.yaml", "prerequisites: [SND-01]", "prerequisites: [SND-77]", 'modules: SND-02: prerequisites: "SND-77"'),
    ("catalogue.yaml", "code: GEN-01, title", "code: gen-02, title", "the same code stands twice"),
    ("framework.yaml", "    technology: practising\n", "    technology: leading\n", "technology: no module reaches leading"),
)  # fmt: skip


def test_seeding_says_how_much_it_did(app: Flask) -> None:
    first = run(app, "seed")
    assert (first.status, first.err) == (0, [])
    assert first.out[0].endswith("added, 0 updated, 0 as they were.")
    number = first.out[0].split()[0]
    assert run(app, "seed").out == [f"0 added, 0 updated, {number} as they were."]
    assert db.session.scalar(select(func.count()).select_from(Module)) == 40


def test_what_the_hub_changed_is_named_and_left(hub: Hub) -> None:
    edited("SND-02", title="Our own title")
    answer = run(hub.app, "seed")
    assert answer.status == 0
    assert "Left as the hub has it: module SND-02." in answer.out


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of all that the command needs, whose seeds may be spoilt; compiled modules come along, so that they are not
    compiled again for each test."""
    for folder in ("training_app", "templates", "migrations", "seeds"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("static"))
    shutil.copy(ROOT / "config.py", tmp_path)
    return tmp_path


def test_every_mistake_is_named_and_nothing_is_written(hub: Hub, copy: Path) -> None:
    settings = {"APP_ENV": "development", "DATABASE_URL": hub.app.config["SQLALCHEMY_DATABASE_URI"]}
    for file, right, wrong, _ in MISTAKES:
        path = copy / "seeds" / file
        text = path.read_text(encoding="utf-8")
        assert right in text, right
        path.write_text(text.replace(right, wrong), encoding="utf-8")
    before = db.session.scalar(select(func.sum(Module.row_version)))
    answer = run_for_real("seed", within=copy, **settings)
    assert (answer.status, answer.out) == (1, [])
    for file, _, _, said in MISTAKES:
        assert any(line.startswith(f"{file}: ") and said in line for line in answer.err), (said, answer.err)
    assert not any("Traceback" in line for line in answer.err)
    db.session.rollback()
    assert db.session.scalar(select(func.sum(Module.row_version))) == before


@pytest.mark.on_sqlite_only
def test_a_circle_and_a_slip_of_the_pen_are_named(hub: Hub, copy: Path) -> None:
    settings = {"APP_ENV": "development", "DATABASE_URL": hub.app.config["SQLALCHEMY_DATABASE_URI"]}
    path = copy / "seeds" / "catalogue.yaml"
    right = path.read_text(encoding="utf-8")
    start = right.index("prerequisites: []", right.index("code: IND-02"))
    path.write_text(right[:start] + "prerequisites: [SAF-02]" + right[start + 17 :], encoding="utf-8")
    circle = run_for_real("seed", within=copy, **settings)
    assert circle.status == 1
    assert len(circle.err) == 1
    assert "prerequisites go round in a circle" in circle.err[0]
    path.write_text(right + '\n  - {code: X, title: "no end}\n', encoding="utf-8")
    slip = run_for_real("seed", within=copy, **settings)
    assert slip.status == 1
    assert len(slip.err) == 1
    assert slip.err[0].startswith("catalogue.yaml: line ")
