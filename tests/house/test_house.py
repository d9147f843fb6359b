"""The house keeps its own rules: order of packages, a permission for every page, migrations that equal the models."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect

from config import ROOT
from tests.builders import Hub
from training_app.accounts.policy import Permission
from training_app.database import Base, db
from training_app.people.rules import WORDS_OF_PAGES
from training_app.strategy.rules import WORDS_OF_PAGES as WORDS_FOR_NO_GROUP
from training_app.web.access import declared_permission
from training_app.web.coverage.showing import ALL_GROUPS

PACKAGE = ROOT / "training_app"


def _tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False).stdout
    return [ROOT / name for name in listed.decode().split("\0") if name and (ROOT / name).is_file()]


def test_a_package_imports_only_what_stands_above_it() -> None:
    kept = subprocess.run([ROOT / ".venv/bin/lint-imports"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert kept.returncode == 0, kept.stdout


def test_rules_know_neither_flask_nor_the_database_nor_the_clock() -> None:
    for path in PACKAGE.glob("*/rules.py"):
        imported = {
            name
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            for name in (
                [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else []
            )
        }
        for forbidden in ("flask", "sqlalchemy", "training_app.database", "training_app.clock"):
            assert not any(name == forbidden or name.startswith(f"{forbidden}.") for name in imported), (
                path,
                forbidden,
            )


def test_only_transaction_commits() -> None:
    for path in PACKAGE.rglob("*.py"):
        if path.name != "database.py":
            assert ".commit(" not in path.read_text(encoding="utf-8"), path


def test_only_the_clock_asks_the_time() -> None:
    for path in PACKAGE.rglob("*.py"):
        if path.name != "clock.py":
            assert not re.search(r"date\.today\(|datetime\.(utc)?now\(", path.read_text(encoding="utf-8")), path


@pytest.mark.on_sqlite_only
def test_every_view_declares_who_may_open_it(app: Flask) -> None:
    undeclared = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static" and declared_permission(app.view_functions[rule.endpoint]) is None
    ]
    assert undeclared == []


@pytest.mark.on_sqlite_only
def test_only_a_few_known_pages_are_open_to_anybody(app: Flask) -> None:
    public = {
        rule.rule
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static" and declared_permission(app.view_functions[rule.endpoint]) is Permission.PUBLIC
    }
    signing_in = {"/sign-in", "/sign-in/sent", "/sign-in/code", "/sign-in/link/<token>", "/sign-in/link/<token>/again"}
    confirming = {"/verify", "/verify/<number>"}
    along = {f"/register/<token>/{each}" for each in ("bring-back", "fill-in.xlsx", "print.pdf")}
    with_a_secret = {"/register/<token>", "/calendar/<token>.ics", "/reminders/stop/<token>", *along}
    assert public == signing_in | confirming | with_a_secret | {
        "/sign-out",
        "/help",
        "/contact",
        "/privacy",
        "/accessibility",
        "/healthz",
    }


@pytest.mark.on_sqlite_only
def test_no_reference_can_be_a_word_that_an_address_uses(app: Flask) -> None:
    words = set()
    for rule in app.url_map.iter_rules():
        parts = rule.rule.strip("/").split("/")
        if len(parts) >= 2 and parts[0] == "people" and "<" not in parts[1]:
            words.add(parts[1])
    assert {word for word in words if "." not in word} <= WORDS_OF_PAGES


@pytest.mark.on_sqlite_only
def test_no_group_can_have_a_word_that_an_address_uses_for_its_code(app: Flask) -> None:
    words = {
        parts[1].partition(".")[0]
        for rule in app.url_map.iter_rules()
        if len(parts := rule.rule.strip("/").split("/")) >= 2
        and parts[0] in ("coverage", "requirements")
        and "<" not in parts[1]
    }
    assert {*words, ALL_GROUPS} <= WORDS_FOR_NO_GROUP


def test_the_migrations_build_exactly_the_tables_of_the_models(app: Flask) -> None:
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_the_migrations_go_down_and_up_again_over_data(hub: Hub) -> None:
    hub.person(with_completed=["IND-01"])
    db.session.remove()
    downgrade(revision="base")
    assert set(inspect(db.engine).get_table_names()) <= {"alembic_version"}
    upgrade()
    assert "completion" in inspect(db.engine).get_table_names()


def test_only_conftest_registers_the_browser() -> None:
    """Registered a second time by an import elsewhere, it would be started twice in one process, which it refuses."""
    for path in (ROOT / "tests").rglob("*.py"):
        if path.name == "conftest.py":
            continue
        imported = {
            alias.name
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.ImportFrom) and node.module == "tests.browser"
            for alias in node.names
        }
        assert not imported & {"chromium", "served", "visit"}, path


def test_nothing_of_others_is_in_the_repository() -> None:
    """No crown, no GDS Transport, no registry's host, no path of a machine, no third-party file."""
    forbidden = re.compile(
        r"gds-?transport-(light|bold)|crown-?(logo|svg|copyright)|registry\.npmjs|files\.pythonhosted|pypi\.org/simple"
        r"|/root/|/home/[a-z]+/|/work/",
        re.IGNORECASE,
    )
    for path in _tracked():
        if path == Path(__file__) or path.suffix in {".png", ".xlsx", ".woff2", ".pdf"}:
            continue
        found = forbidden.search(path.read_text(encoding="utf-8", errors="replace"))
        assert found is None, (path, found and found.group())
        assert "node_modules" not in path.parts
        assert "static" not in path.relative_to(ROOT).parts, path
