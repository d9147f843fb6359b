"""The database: our typed base class, constraint names, and `transaction()`, the only place that commits.

SQLite and PostgreSQL are treated alike. On SQLite a transaction that writes takes the write lock when it begins (BEGIN
IMMEDIATE), because a reader that turns into a writer half-way is refused at once when another has written meanwhile.
"""

from __future__ import annotations

import fcntl
import gc
import sqlite3
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, date, datetime
from datetime import time as clock_time
from decimal import Decimal
from typing import Any, BinaryIO

from flask import Flask, g, has_request_context
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    DateTime,
    Dialect,
    Executable,
    ForeignKey,
    MetaData,
    Numeric,
    String,
    TypeDecorator,
    event,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, declared_attr, mapped_column, registry
from sqlalchemy.orm.exc import StaleDataError

from config import ROOT
from training_app.errors import ChangedMeanwhile, Refused

CONSTRAINT_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

WRITES = "takes_the_write_lock"
AT_ONCE = "does_not_wait_for_it"
_AFTERWARDS = "is_done_once_it_is_kept"
BUSY_TIMEOUT_SECONDS = 30
_IN_MEMORY = ":memory:"


class Moment(TypeDecorator[datetime]):
    """A moment in UTC. It goes in and comes out with its time zone, also on SQLite, which keeps none."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a moment without a zone, which could mean any hour."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A moment needs its time zone.")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the moment back in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """The base of every table. Tables name themselves; constraints are named by one rule so that migrations find them."""

    registry = registry(
        metadata=MetaData(naming_convention=CONSTRAINT_NAMES),
        type_annotation_map={datetime: Moment, str: String, Decimal: Numeric(7, 2)},
    )


class Identified:
    """An internal id, used by foreign keys and the audit; never shown, because what is shown may change."""

    id: Mapped[int] = mapped_column(primary_key=True)


class Versioned:
    """A row that people edit: its version counts up, so that the second of two editors is told instead of overwriting."""

    row_version: Mapped[int] = mapped_column()

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805
        return {"version_id_col": cls.row_version}

    def expect_version(self, seen: int | None) -> None:
        """Raise `ChangedMeanwhile` unless the row still has the version that its editor saw (None: not known)."""
        if seen is not None and seen != self.row_version:
            raise ChangedMeanwhile


def seen_as(row: Identified | None) -> str:
    """Return a word for what a reader saw: which row, in which version; or that there was none."""
    return "none" if row is None else f"{row.id}.{getattr(row, 'row_version', 1)}"


class Voidable:
    """A row that is never deleted: it is voided, with a reason, and perhaps followed by the row that puts it right."""

    voided_at: Mapped[datetime | None]
    void_reason: Mapped[str | None]

    @declared_attr
    def successor_id(cls) -> Mapped[int | None]:  # noqa: N805
        return mapped_column(ForeignKey(f"{cls.__tablename__}.id"))  # type: ignore[attr-defined]


db = SQLAlchemy(model_class=Base)
migrate = Migrate(directory=str(ROOT / "migrations"), render_as_batch=True, compare_type=True)


def new_batch_id() -> str:
    """Return an id that ties together all the events of one request, command or import; a request's is also in the log."""
    if has_request_context() and "request_id" in g:
        own: str = g.request_id
        return own
    return uuid.uuid4().hex


@contextmanager
def transaction(*, at_once: bool = False) -> Iterator[Session]:
    """Do everything inside as one change: all of it is kept at the end, or nothing when anything is raised.

    What was read before is read afresh inside, under the lock. With `at_once`, SQLite raises `OperationalError` where
    others are writing, instead of waiting for them: for notes that can be made another time.

    Raises `ChangedMeanwhile` where a row was saved by somebody else since this reader saw it, or where two writers wait
    for each other and the database gives one of them up; `RuntimeError` when one transaction is opened within another.
    """
    session: Session = db.session()
    if session.info.get(WRITES):
        raise RuntimeError("One transaction is open already; only the outermost caller opens one.")
    session.rollback()
    with _in_turn(waits=not at_once):
        session.info[WRITES] = True
        try:
            session.connection(execution_options={WRITES: True, AT_ONCE: at_once})
            yield session
            session.commit()
            afterwards = session.info.get(_AFTERWARDS, [])
        except StaleDataError as stale:
            session.rollback()
            raise ChangedMeanwhile from stale
        except DBAPIError as error:
            session.rollback()
            if is_given_up(error):
                raise ChangedMeanwhile from error
            raise
        except BaseException:
            session.rollback()
            raise
        finally:
            session.info.pop(WRITES, None)
            session.info.pop(_AFTERWARDS, None)
    for act in afterwards:
        act()


def once_kept(act: Callable[[], None]) -> None:
    """Do something outside the database once the transaction that is open is kept, and not at all where it is not."""
    if not is_writing():
        raise RuntimeError("There is no transaction that could be kept.")
    db.session.info.setdefault(_AFTERWARDS, []).append(act)


@contextmanager
def _in_turn(*, waits: bool) -> Iterator[None]:
    """On SQLite, queue for the write lock at a file beside the database, where the kernel wakes whoever waits.

    SQLite itself has a writer ask again every tenth of a second, so that among many one can ask in vain until its time is
    over, and most of all one in another process, such as an import. Where no such file can be, SQLite decides alone. Raises
    `OperationalError`, as SQLite itself would, for whoever has waited BUSY_TIMEOUT_SECONDS.
    """
    place = db.engine.url.database if db.engine.dialect.name == "sqlite" and waits else None
    with ExitStack() as held:
        if place and place != _IN_MEMORY:
            with suppress(OSError):
                file = open(f"{place}-turn", "ab")  # noqa: SIM115 - whoever waits for it too long leaves it to the queue
                held.callback(_Queueing(file).wait(BUSY_TIMEOUT_SECONDS))
        yield


class _Queueing:
    """One who waits for a lock on a file. The kernel's queue knows no time limit, so where others are first a thread waits
    in it; whoever gives up leaves it to that thread to let go of the lock once it comes."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self._deciding = threading.Lock()
        self._has_come = threading.Event()
        self._is_given_up = False

    def wait(self, seconds: float) -> Callable[[], None]:
        """Return what lets go of the lock, once it was got; raise `OperationalError` after so many seconds."""
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            threading.Thread(target=self._queue, daemon=True).start()
            self._has_come.wait(seconds)
            with self._deciding:
                self._is_given_up = not self._has_come.is_set()
            if self._is_given_up:
                busy = sqlite3.OperationalError("database is locked")
                busy.sqlite_errorcode = sqlite3.SQLITE_BUSY
                raise OperationalError("BEGIN IMMEDIATE", {}, busy) from None
        return self.file.close

    def _queue(self) -> None:
        with suppress(OSError):
            fcntl.flock(self.file, fcntl.LOCK_EX)
        with self._deciding:
            if self._is_given_up:
                self.file.close()
            else:
                self._has_come.set()


@contextmanager
def reading_one_moment() -> Iterator[Connection]:
    """Give a connection that reads everything as it is at one moment, while others go on writing; nothing is written."""
    one_moment: dict[str, Any] = {}
    if db.engine.dialect.name == "postgresql":
        one_moment = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with db.engine.connect() as connection:
        yield connection.execution_options(**one_moment)


@contextmanager
def keeping_many_rows() -> Iterator[None]:
    """Put off the search for cycles while very many rows are read and kept. They hold no cycles, yet while they become more they
    are walked through again and again, which takes longer than to read them."""
    was_searching = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_searching:
            gc.enable()


@contextmanager
def refusing_doubles(sentence: str | None = None, field: str | None = None) -> Iterator[None]:
    """Write what is done inside to the database; where somebody else wrote the same thing a moment before, which only
    the database's unique constraints can tell, raise `Refused` with the sentence, or `ChangedMeanwhile` without one."""
    try:
        yield
        db.session.flush()
    except IntegrityError as double:
        raise (Refused(sentence, field) if sentence else ChangedMeanwhile()) from double


def expect_many_rows() -> None:
    """Let PostgreSQL look up by an index, in this transaction, what each new row points to. It decides that once for a
    connection, and for a table of few rows it decides to read all of it: for every one of the thousands that follow."""
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text("DISCARD PLANS"))
        db.session.execute(text("SET LOCAL enable_seqscan = off"))


def add_many(table: type[Base], rows: Sequence[Mapping[str, Any]]) -> Sequence[int]:
    """Insert rows, all with values for the same columns, and return their ids in the order of the rows.

    SQLite tells the ids of new rows in no order, so that each would have to be inserted by a statement of its own. Whoever holds
    its write lock is alone, and gives them as SQLite itself does: on from the largest.
    """
    columns = table.__table__
    if db.engine.dialect.name != "sqlite" or not is_writing() or len(rows) <= 1:
        returning = insert(table).returning(columns.c.id, sort_by_parameter_order=True)
        return db.session.scalars(returning, [dict(row) for row in rows]).all() if rows else []
    db.session.flush()
    first = (db.session.scalar(select(func.max(columns.c.id))) or 0) + 1
    db.session.execute(insert(columns), [{"id": id_, **row} for id_, row in enumerate(rows, first)])  # type: ignore[arg-type]
    return range(first, first + len(rows))


def rows_of(statement: Executable, given: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
    """Return the rows of a statement that selects nothing but columns, with what is `given` for its names, as plain tuples.
    It leaves out what a session does to give objects, which for few rows takes as long as the rest."""
    session: Session = db.session()
    session.flush()
    return [tuple(row) for row in session.connection().execute(statement, given)]


def is_writing() -> bool:
    """Say whether a `transaction()` is open just now."""
    return bool(db.session.info.get(WRITES))


# PostgreSQL's words for two writers that cannot both go on: a failed serialisation and a deadlock.
_GIVEN_UP = frozenset({"40001", "40P01"})
# The first letters of its words for what is no mistake in a statement: connections, resources, locks, operators, the system.
_OUTAGES = {
    "08": "does not answer",
    "53100": "is full",
    "53": "has too much to do",
    "55P03": "is busy with another change",
    "57P": "does not answer",
    "57014": "does not answer in time",
    "58": "does not answer",
    "42P01": "has not been set up",
}
# SQLite's, by the lower half of its numbers.
_OUTAGES_OF_SQLITE = {
    sqlite3.SQLITE_BUSY: "is busy with another change",
    sqlite3.SQLITE_LOCKED: "is busy with another change",
    sqlite3.SQLITE_NOMEM: "has too much to do",
    sqlite3.SQLITE_READONLY: "cannot be written",
    sqlite3.SQLITE_IOERR: "does not answer",
    sqlite3.SQLITE_CORRUPT: "is damaged",
    sqlite3.SQLITE_FULL: "is full",
    sqlite3.SQLITE_CANTOPEN: "does not answer",
    sqlite3.SQLITE_PROTOCOL: "is busy with another change",
    sqlite3.SQLITE_NOTADB: "is damaged",
}


def is_given_up(error: DBAPIError) -> bool:
    """Say whether the database gave this writer up because it and another one could not both go on."""
    return getattr(error.orig, "sqlstate", None) in _GIVEN_UP


def outage(error: DBAPIError) -> str | None:
    """Return what keeps the database from working, as the end of a sentence; None where it works, and refused what it was
    asked: a value that it cannot hold, a double, a statement that is wrong."""
    problem = error.orig
    if isinstance(problem, sqlite3.Error):
        if "no such table" in str(problem):
            return _OUTAGES["42P01"]
        return _OUTAGES_OF_SQLITE.get(getattr(problem, "sqlite_errorcode", 0) & 0xFF)
    state = getattr(problem, "sqlstate", None)
    if state is None:  # nothing came back from PostgreSQL at all, or the driver refused a value before sending it
        return _OUTAGES["08"] if isinstance(error, (OperationalError, InterfaceError)) else None
    return next((words for beginning, words in _OUTAGES.items() if state.startswith(beginning)), None)


def prepare_engine(engine: Engine) -> None:
    """Give an engine the settings on which the promises of this application rest."""
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, see below
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_SECONDS * 1000}")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        if options.get(AT_ONCE, False):
            connection.exec_driver_sql("PRAGMA busy_timeout = 0")
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get(WRITES, False) else "BEGIN")
        finally:
            if options.get(AT_ONCE, False):
                connection.exec_driver_sql(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_SECONDS * 1000}")


def plain(value: object) -> object:
    """Return a column's value in a form that JSON can hold: days, times and moments as ISO text, decimals as text."""
    if isinstance(value, (date, datetime, clock_time)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return value


def snapshot(row: Base) -> dict[str, object]:
    """Return a row's columns as plain values, for the audit's before and after."""
    return {attribute.key: plain(getattr(row, attribute.key)) for attribute in row.__mapper__.column_attrs}


def init_app(app: Flask) -> None:
    """Connect an application to its database and its migrations."""
    db.init_app(app)
    migrate.init_app(app, db)
    with app.app_context():
        for engine in db.engines.values():
            prepare_engine(engine)
