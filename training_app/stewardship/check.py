"""Looking for data that contradicts itself: what each subject knows of its own, and what is true of every table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Column, Date, DateTime, MetaData, Table, and_, exists, func, or_, select
from sqlalchemy.types import TypeEngine

from training_app.accounts.models import Account, Role
from training_app.addresses import email_key
from training_app.assignments import problems as assignments
from training_app.catalogue import problems as catalogue
from training_app.certificates import problems as certificates
from training_app.database import Base, Moment, db
from training_app.delivery import problems as delivery
from training_app.mail import problems as mail
from training_app.people import problems as people
from training_app.people.rules import FIRST_DAY, LAST_DAY, in_words
from training_app.practice import problems as practice
from training_app.records import problems as records
from training_app.skills import problems as skills

# Days that follow from others and may lie beyond what can be typed.
_DERIVED_DAYS = frozenset({("completion", "valid_until")})


def problems() -> Iterator[str]:
    """Yield one line for everything in the database that contradicts itself."""
    unreadable = [*_days_that_are_none()]
    if unreadable:
        # Nothing that touches them could be read, so that they come first and alone.
        yield from map(_one_line, unreadable)
        return
    for found in (
        _rows_that_point_nowhere(),
        _days_out_of_range(),
        _accounts(),
        people.problems(),
        skills.problems(),
        catalogue.problems(),
        records.problems(),
        certificates.problems(),
        practice.problems(),
        delivery.problems(),
        assignments.problems(),
        mail.problems(),
    ):
        yield from map(_one_line, found)


def _one_line(problem: str) -> str:
    return " ".join("".join(letter if letter.isprintable() else " " for letter in problem).split())


def _tables() -> list[Table]:
    metadata: MetaData = Base.metadata
    return sorted(metadata.tables.values(), key=lambda table: table.name)


def _columns(*kinds: type[TypeEngine[Any]]) -> Iterator[tuple[Table, Column[Any]]]:
    for table in _tables():
        for column in table.columns:
            if isinstance(column.type, kinds):
                yield table, column


def _name(table: Table) -> str:
    return table.name.replace("_", " ")


def _days_that_are_none() -> Iterator[str]:
    """SQLite keeps whatever it is given; PostgreSQL keeps only days and moments."""
    if db.engine.dialect.name != "sqlite":
        return
    for table, column in _columns(Date, DateTime, Moment):
        readable = func.date if isinstance(column.type, Date) else func.datetime
        text = db.literal_column(f'"{table.name}"."{column.name}"')
        wrong = or_(readable(text).is_(None), func.typeof(text) != "text")
        if isinstance(column.type, Date):
            # Only a calculation makes SQLite notice that there is no 30 February.
            wrong = or_(wrong, func.date(text, "+0 days") != text)
        row = db.literal_column(f'"{table.name}".rowid')
        query = select(row, text).select_from(table).where(and_(text.is_not(None), wrong)).order_by(row)
        for number, value in db.session.execute(query):
            yield f'{_name(table)} {number}: {column.name}: "{value}" is not a day that there is.'


def _rows_that_point_nowhere() -> Iterator[str]:
    for table in _tables():
        for column in table.columns:
            for key in column.foreign_keys:
                there = key.column.table.alias("there")
                query = (
                    select(column)
                    .where(column.is_not(None), ~exists().where(there.c[key.column.name] == column))
                    .order_by(column)
                    .distinct()
                )
                for value in db.session.scalars(query):
                    yield f"{_name(table)}: {column.name} {value} points to no {_name(key.column.table)}."


def _days_out_of_range() -> Iterator[str]:
    span = f"{in_words(FIRST_DAY)} to {in_words(LAST_DAY)}"
    for table, column in _columns(Date):
        if (table.name, column.name) in _DERIVED_DAYS:
            continue
        query = select(column).where(or_(column < FIRST_DAY, column > LAST_DAY)).order_by(column)
        for day in db.session.scalars(query):
            yield f"{_name(table)}: {column.name} {day} is not a day from {span}."


def _accounts() -> Iterator[str]:
    for account in db.session.scalars(select(Account).order_by(Account.id)):
        this = f"account {account.email or account.id}"
        roles = {row.role for row in account.role_rows}
        if account.email is None and account.person_id is None:
            yield f"{this}: has neither an e-mail nor a person, so nobody can sign in to it."
        if account.email_key != (email_key(account.email) if account.email else None):
            yield f'{this}: is found by the e-mail "{account.email_key}".'
        if not roles:
            yield f"{this}: has no role."
        for unknown in sorted(roles - set(Role)):
            yield f'{this}: "{unknown}" is no role.'
        if Role.COORDINATOR in roles and not account.organisation_ids:
            yield f"{this}: is a coordinator of no organisation."
        if Role.MEMBER in roles and account.person_id is None:
            yield f"{this}: is a member without a person."
