"""Writing many people, organisations and engagements at once: a few statements for a whole file, each row audited.

The drafts have been judged before; here only the database's own constraints speak.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select, update

from training_app.addresses import email_key
from training_app.audit import Actor, Change, record_many
from training_app.database import Base, add_many, db, expect_many_rows, plain
from training_app.people.models import Engagement, Organisation, OwnReference, Person
from training_app.people.rules import name_key, organisation_key, tidy_name


@dataclass(frozen=True)
class PersonDraft:
    """A person to add (without `id`) or to change. `found_by_email` is False where somebody else is found by their e-mail."""

    id: int | None
    reference: str
    name: str
    email: str | None
    found_by_email: bool = True


@dataclass(frozen=True)
class OrganisationDraft:
    """An organisation to add (without `id`) or whose area to change."""

    id: int | None
    name: str
    kind: str
    area: str | None


@dataclass(frozen=True)
class EngagementDraft:
    """An engagement to add (without `id`) or whose end and job title to change; its person and organisation are named by
    reference and by key, because they may be as new as itself."""

    id: int | None
    reference: str
    organisation_key: str
    group_id: int
    start_on: date
    end_on: date | None
    job_title: str | None


@dataclass(frozen=True)
class OwnReferenceDraft:
    """What an organisation, named by its key, calls a person, named by the hub's reference."""

    organisation_key: str
    own_reference: str
    reference: str


@dataclass
class PeopleBatch:
    """Everything that one file changes."""

    new_people: list[PersonDraft] = field(default_factory=list)
    changed_people: list[PersonDraft] = field(default_factory=list)
    new_organisations: list[OrganisationDraft] = field(default_factory=list)
    changed_organisations: list[OrganisationDraft] = field(default_factory=list)
    new_engagements: list[EngagementDraft] = field(default_factory=list)
    changed_engagements: list[EngagementDraft] = field(default_factory=list)
    own_references: list[OwnReferenceDraft] = field(default_factory=list)


def write_people(actor: Actor, batch: PeopleBatch) -> None:
    """Write a batch inside the caller's transaction, with one audit event for every row.

    Raises `sqlalchemy.exc.IntegrityError` where somebody else wrote one of them first.
    """
    insert_many(
        actor,
        "organisation.added",
        Organisation,
        [
            {
                "name": tidy_name(each.name),
                "name_key": organisation_key(each.name),
                "kind": each.kind,
                "area": each.area,
            }
            for each in batch.new_organisations
        ],
    )
    update_many(
        actor,
        "organisation.changed",
        Organisation,
        [{"id": each.id, "area": each.area} for each in batch.changed_organisations],
    )
    if batch.changed_people:
        # Two people may swap e-mails, so all that change are freed first.
        changed = [each.id for each in batch.changed_people if each.id is not None]
        before = current_values(Person, changed)
        for some in in_portions(changed):
            db.session.execute(update(Person).where(Person.id.in_(some)).values(email=None, email_key=None))
        update_many(
            actor,
            "person.changed",
            Person,
            [{"id": each.id, **_person_values(each)} for each in batch.changed_people],
            before=before,
            person_column="id",
        )
    insert_many(actor, "person.added", Person, [_person_values(each) for each in batch.new_people], person_column="id")
    people = dict(db.session.execute(select(Person.reference, Person.id)).all())
    organisations = dict(db.session.execute(select(Organisation.name_key, Organisation.id)).all())
    insert_many(
        actor,
        "engagement.begun",
        Engagement,
        [
            {
                "person_id": people[each.reference],
                "organisation_id": organisations[each.organisation_key],
                "group_id": each.group_id,
                "start_on": each.start_on,
                "end_on": each.end_on,
                "job_title": each.job_title,
            }
            for each in batch.new_engagements
        ],
        person_column="person_id",
    )
    insert_many(
        actor,
        "own_reference.kept",
        OwnReference,
        [
            {
                "organisation_id": organisations[each.organisation_key],
                "reference": each.own_reference,
                "person_id": people[each.reference],
            }
            for each in batch.own_references
        ],
        person_column="person_id",
    )
    update_many(
        actor,
        "engagement.changed",
        Engagement,
        [{"id": each.id, "end_on": each.end_on, "job_title": each.job_title} for each in batch.changed_engagements],
        person_column="person_id",
    )


def _person_values(draft: PersonDraft) -> dict[str, Any]:
    return {
        "reference": draft.reference,
        "name": draft.name,
        "name_key": name_key(draft.name),
        "email": draft.email,
        "email_key": email_key(draft.email) if draft.email and draft.found_by_email else None,
    }


# --- shared by the bulk writing of other subjects


def insert_many(
    actor: Actor, action: str, table: type[Base], rows: Sequence[dict[str, Any]], *, person_column: str | None = None
) -> None:
    """Insert rows in bulk and tell the audit of each; `person_column` holds the id of the person it is about."""
    if not rows:
        return
    expect_many_rows()
    ids = add_many(table, [{"row_version": 1, **row} for row in rows])
    changes = []
    for id_, row in zip(ids, rows, strict=True):
        after: dict[str, Any] = {"id": id_, **{name: plain(value) for name, value in row.items()}}
        changes.append(
            Change(action, table.__tablename__, id_, None, after, after.get(person_column) if person_column else None)
        )
    record_many(actor, changes)


def update_many(
    actor: Actor,
    action: str,
    table: type[Base],
    rows: Sequence[dict[str, Any]],
    *,
    before: dict[int, dict[str, Any]] | None = None,
    person_column: str | None = None,
) -> None:
    """Update rows in bulk by their `id`, count up their versions, and tell the audit what changed in each.

    `before` are their values from before the caller touched them, if it did. Raises `StaleDataError` where one was
    saved by somebody else since.
    """
    if not rows:
        return
    expect_many_rows()
    before = current_values(table, [row["id"] for row in rows]) if before is None else before
    db.session.execute(
        update(table),
        [{**row, "row_version": before[row["id"]]["row_version"]} for row in rows],
    )
    changes = []
    for row in rows:
        was = before[row["id"]]
        now_says = {**was, **{name: plain(value) for name, value in row.items()}, "row_version": was["row_version"] + 1}
        person_id = was.get(person_column) if person_column else None
        changes.append(Change(action, table.__tablename__, row["id"], was, now_says, person_id))
    record_many(actor, changes)


def current_values(table: type[Base], ids: Sequence[int | None]) -> dict[int, dict[str, Any]]:
    """Return the plain values of rows by their ids."""
    columns = table.__table__.c
    return {
        row["id"]: {name: plain(value) for name, value in row.items()}
        for some in in_portions(ids)
        for row in db.session.execute(select(*columns).where(columns.id.in_(some))).mappings()
    }


def in_portions(ids: Sequence[Any], size: int = 10_000) -> list[Sequence[Any]]:
    """Return ids in portions that fit into one statement on every database."""
    return [ids[start : start + size] for start in range(0, len(ids), size)]
