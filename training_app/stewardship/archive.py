"""Backup and restore: everything in the database as one file, from either kind of database into either kind.

An archive is gzipped lines of JSON: a head (format, moment, revision), for each table a line that names it and its columns,
then a line for each row; for each evidence file that stands a line that names it, then its content in portions of base64; and
last a foot with how many rows and files there were and the digest of all lines before. The tables are read in one transaction
that sees one moment, while others go on writing. All that is kept for good is in the database and in the store of evidence;
what else lies in `instance/` are copies of sent messages and files that wait to be confirmed.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import os
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, Date, DateTime, Numeric, Table, Time, func, inspect, or_, select, text
from sqlalchemy.types import TypeEngine

from training_app.accounts.actions import sign_out_everywhere
from training_app.accounts.models import Account, SignIn, SignInLink
from training_app.audit import Actor, Change, record_many
from training_app.clock import now
from training_app.database import Base, Moment, db, plain, reading_one_moment
from training_app.errors import Refused
from training_app.mail.actions import switch_off
from training_app.mail.queries import mail_is_on
from training_app.records.evidence import evidence_store, take_away
from training_app.records.models import EvidenceFile

FORMAT = "training-and-skills-archive"
VERSION = 2
# The first version is the same without evidence files.
VERSIONS_READ = frozenset({1, VERSION})
ROWS_AT_ONCE = 1_000
BYTES_AT_ONCE = 48 * 1024
# Made together with the tables, so that it says nothing about whether anybody has used them.
_MADE_WITH_THE_TABLES = "audit_seal"

_NOT_IN_THE_BACKUP = "It was taken away while the backup was made"
_DAMAGED = "This file is not a whole archive of this application, or it was damaged. Nothing was changed."


@dataclass(frozen=True)
class Counts:
    """How much an archive holds."""

    tables: int
    rows: int
    files: int = 0


def back_up(file: Path) -> Counts:
    """Write everything to a new file that only its owner can read, as it is at this moment; others may go on writing.

    Raises `Refused` where the file exists, or cannot be written. It has its name only once it is whole.
    """
    if file.exists():
        raise Refused(f"{file} is there already. Name a new file; a backup never takes the place of anything.")
    unfinished = file.with_name(f".{file.name}.unfinished")
    try:
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as opened:
            with gzip.GzipFile(fileobj=opened, mode="wb", filename="", compresslevel=6) as packed:
                counts = _write(packed)
            opened.flush()
            os.fsync(opened.fileno())
        unfinished.rename(file)
    except OSError as error:
        raise Refused(
            f"{file} cannot be written ({type(error).__name__}). Is there such a folder, with room in it?"
        ) from error
    finally:
        unfinished.unlink(missing_ok=True)
    return counts


def restore(actor: Actor, file: Path, *, force: bool = False) -> Counts:
    """Put everything back that an archive holds, in place of what the database holds, within the caller's transaction.

    Evidence files are written to the store first; where the transaction is not kept, the sweep removes them. Whoever was signed
    in must sign in again, links that had not been used open nothing, and mail is off until a manager switches it on: the archive
    may be older than what was ended, used or sent since. The log is told of it.

    Raises `Refused` where the file is no whole archive, was made by another version of the application, or the database
    holds anything and `force` is not given.
    """
    head = _checked(file)
    connection = db.session.connection()
    revision = _revision(connection)
    if head["revision"] != revision:
        raise Refused(
            f"The archive was made with the tables of revision {head['revision']}, and this database has those of {revision}. "
            "Restore it with the version of the application that made it, then run db upgrade."
        )
    if not force and _holds_something(connection):
        raise Refused(
            "This database holds something already. Restore into an empty one, or give --force to lose what is there."
        )
    with _keys_checked_at_the_end(connection):
        for table in reversed(_tables()):
            connection.execute(table.delete())
        counts = _put_back(connection, file)
    _count_on(connection)
    db.session.expire_all()
    _make_safe(actor)
    made = {"made_at": head["made_at"], "rows": counts.rows}
    record_many(actor, [Change("archive.restored", "archive", 1, None, made)])
    return counts


def revision_of_database() -> str | None:
    """Return the revision of the tables; None where there are none yet."""
    if "alembic_version" not in inspect(db.engine).get_table_names():
        return None
    with db.engine.connect() as connection:
        return _revision(connection)


# --- writing


def _write(packed: gzip.GzipFile) -> Counts:
    digest = hashlib.sha256()
    rows = 0

    def line(value: object) -> None:
        written = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        digest.update(written)
        packed.write(written)

    with reading_one_moment() as connection:
        line({"format": FORMAT, "version": VERSION, "made_at": now().isoformat(), "revision": _revision(connection)})
        for table in _tables():
            line({"table": table.name, "columns": [column.name for column in table.columns]})
            query = select(table).order_by(*table.primary_key.columns)
            for row in connection.execution_options(yield_per=ROWS_AT_ONCE).execute(query):
                line([plain(value) for value in row])
                rows += 1
        standing = connection.scalars(
            select(EvidenceFile.stored_as).where(EvidenceFile.voided_at.is_(None)).order_by(EvidenceFile.id)
        ).all()
    files = sum(_write_file(name, line) for name in standing)
    foot = {"rows": rows, "files": files, "digest": digest.hexdigest()}
    packed.write(json.dumps(foot).encode() + b"\n")
    return Counts(len(_tables()), rows, files)


def _write_file(name: str, line: Callable[[object], None]) -> bool:
    """Write an evidence file; say whether it was there: one that was taken away since the rows were read is left out."""
    try:
        content = evidence_store().read(name)
    except FileNotFoundError:
        return False
    line({"file": name})
    for start in range(0, len(content), BYTES_AT_ONCE):
        line(base64.b64encode(content[start : start + BYTES_AT_ONCE]).decode("ascii"))
    return True


def _tables() -> list[Table]:
    return sorted(Base.metadata.tables.values(), key=lambda table: table.name)


def _revision(connection: Connection) -> str:
    return str(connection.scalar(text("SELECT version_num FROM alembic_version")))


# --- reading


def _checked(file: Path) -> dict[str, Any]:
    """Return an archive's head once the whole of it was read and its digest is right."""
    digest = hashlib.sha256()
    last = b""
    head: dict[str, Any] | None = None
    try:
        with gzip.open(file, "rb") as packed:
            for each in packed:
                if head is None:
                    head = json.loads(each)
                digest.update(last)
                last = each
        foot = json.loads(last)
        whole = isinstance(head, dict) and head.get("format") == FORMAT and foot["digest"] == digest.hexdigest()
    except FileNotFoundError as error:
        raise Refused(f"There is no file {file}.") from error
    except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError) as error:
        raise Refused(_DAMAGED) from error
    if not whole or head is None:
        raise Refused(_DAMAGED)
    if head["version"] not in VERSIONS_READ:
        raise Refused(
            f"This archive has the format {head['version']}, and this version of the application reads {VERSION}."
        )
    return head


def _put_back(connection: Connection, file: Path) -> Counts:
    known = {table.name: table for table in _tables()}
    table: Table | None = None
    columns: list[Column[Any]] = []
    batch: list[dict[str, Any]] = []
    file_name, content = "", bytearray()
    tables = rows = files = 0

    def keep() -> None:
        if table is not None and batch:
            connection.execute(table.insert(), batch)
            batch.clear()

    def keep_file() -> None:
        if file_name and not evidence_store().has(file_name):
            evidence_store().put(bytes(content), file_name)

    for value in _lines(file):
        if isinstance(value, str):
            content += base64.b64decode(value)
            continue
        if isinstance(value, dict):
            keep()
            keep_file()
            table, file_name, content = None, value.get("file", ""), bytearray()
            files += bool(file_name)
            if value.get("table") not in known:
                continue  # the head and the foot
            table = known[value["table"]]
            columns = [table.columns[name] for name in value["columns"]]
            tables += 1
            continue
        batch.append({column.name: _value(column.type, each) for column, each in zip(columns, value, strict=True)})
        rows += 1
        if len(batch) >= ROWS_AT_ONCE:
            keep()
    keep()
    keep_file()
    return Counts(tables, rows, files)


def _lines(file: Path) -> Iterator[Any]:
    with gzip.open(file, "rb") as packed:
        for each in packed:
            yield json.loads(each)


def _value(kind: TypeEngine[Any], value: Any) -> Any:
    if value is None:
        return None
    if isinstance(kind, (DateTime, Moment)):
        return datetime.fromisoformat(value)
    if isinstance(kind, Date):
        return date.fromisoformat(value)
    if isinstance(kind, Time):
        return time.fromisoformat(value)
    if isinstance(kind, Numeric):
        return Decimal(str(value))
    return value


# --- the database


def _holds_something(connection: Connection) -> bool:
    return any(
        connection.scalar(select(func.count()).select_from(select(table).limit(1).subquery()))
        for table in _tables()
        if table.name != _MADE_WITH_THE_TABLES
    )


@contextmanager
def _keys_checked_at_the_end(connection: Connection) -> Iterator[None]:
    """Let rows be put back in any order: that each points to one that is there is checked when all are."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")  # until this transaction ends
        yield
        return
    keys = connection.execute(
        text(
            "SELECT quote_ident(relname), quote_ident(conname) FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid "
            "WHERE contype = 'f' AND connamespace = current_schema()::regnamespace"
        )
    ).all()
    for table, key in keys:
        connection.exec_driver_sql(f"ALTER TABLE {table} ALTER CONSTRAINT {key} DEFERRABLE INITIALLY DEFERRED")
    yield
    connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
    for table, key in keys:
        connection.exec_driver_sql(f"ALTER TABLE {table} ALTER CONSTRAINT {key} NOT DEFERRABLE")


def _count_on(connection: Connection) -> None:
    """Let new rows get numbers after those put back; SQLite does so by itself."""
    if connection.dialect.name == "sqlite":
        return
    for table in _tables():
        if "id" not in table.columns:
            continue
        sequence = connection.scalar(text("SELECT pg_get_serial_sequence(:name, 'id')"), {"name": table.name})
        if sequence is not None:
            highest = connection.scalar(select(func.max(table.columns["id"])))
            connection.execute(select(func.setval(sequence, highest or 1, highest is not None)))


def _make_safe(actor: Actor) -> None:
    for file in db.session.scalars(select(EvidenceFile).where(EvidenceFile.voided_at.is_(None))).all():
        if not evidence_store().has(file.stored_as):
            take_away(actor, file, _NOT_IN_THE_BACKUP)
    signed_in = select(SignIn.account_id).where(SignIn.ended_at.is_(None))
    sent_a_link = select(SignInLink.account_id).where(SignInLink.used_at.is_(None), SignInLink.ended_at.is_(None))
    standing = select(Account).where(or_(Account.id.in_(signed_in), Account.id.in_(sent_a_link)))
    for account in db.session.scalars(standing.order_by(Account.id)).all():
        sign_out_everywhere(actor, account)
    if mail_is_on():
        switch_off(actor)
