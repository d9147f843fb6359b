"""The watch that every test keeps (`tests/watching.py`): it finds a write of which the log is not told."""

from __future__ import annotations

import pytest
from sqlalchemy import Table, delete, insert, text, update
from sqlalchemy.sql.visitors import iterate

from tests.builders import Hub
from tests.watching import EITHER, PART_OF, UNTOLD, UNTOLD_COLUMNS, Watch, not_telling_the_log
from training_app.assignments.queries import _SHARED_OBJECTS, _what_is_shared
from training_app.audit import AuditSeal, Change, record, record_many
from training_app.clock import now
from training_app.database import Base, db, transaction
from training_app.people.models import Organisation, Person
from training_app.skills.models import SkillPriority

pytestmark = pytest.mark.watched


def _found(hub: Hub) -> list[str]:
    """Return what the watch found, and let it forget it."""
    watch: Watch = hub.app.extensions["watch"]
    found, watch.untold = watch.untold, []
    return [each.partition(":")[0] for each in found]


def test_a_write_without_an_event_is_found(hub: Hub) -> None:
    person = hub.person()
    assert _found(hub) == []
    with transaction():
        db.session.execute(update(Person).values(name="Somebody else"))
    assert _found(hub) == ["person"]
    with transaction():
        db.session.get_one(Person, person).name = "Somebody else again"
    assert _found(hub) == ["person"]
    with transaction():
        db.session.execute(
            insert(Organisation), [{"name": "School", "name_key": "school", "kind": "school", "row_version": 1}]
        )
        db.session.execute(delete(SkillPriority))
    assert _found(hub) == ["organisation", "skill"]


def test_an_event_about_something_else_does_not_do(hub: Hub) -> None:
    person, place = hub.person(), hub.organisation()
    with transaction():
        db.session.get_one(Person, person).name = "Somebody else"
        record_many(hub.actor, [Change("organisation.changed", "organisation", place)])
    assert _found(hub) == ["person"]


@pytest.mark.on_sqlite_only
def test_an_event_in_the_next_transaction_comes_too_late(hub: Hub) -> None:
    person = hub.person()
    with transaction():
        db.session.get_one(Person, person).name = "Somebody else"
    with transaction():
        record(hub.actor, "person.changed", db.session.get_one(Person, person))
    assert _found(hub) == ["person"]


@pytest.mark.on_sqlite_only
def test_a_write_that_is_rolled_back_needs_no_event(hub: Hub) -> None:
    hub.person()
    with pytest.raises(ZeroDivisionError):
        _write_and_break()
    with transaction():
        db.session.execute(update(AuditSeal).values(sealed_at=now()))
    assert _found(hub) == []


@pytest.mark.on_sqlite_only
def test_an_action_without_a_sentence_is_found(hub: Hub) -> None:
    person = hub.person()
    with transaction():
        record(hub.actor, "person.sent_to_the_moon", db.session.get_one(Person, person))
    assert _found(hub) == ["person.sent_to_the_moon"]


@pytest.mark.on_sqlite_only
def test_what_a_test_does_behind_the_back_of_the_house_is_its_own_affair(hub: Hub) -> None:
    hub.person()
    db.session.execute(update(Person).values(name="Somebody else"))
    db.session.commit()
    with transaction():
        not_telling_the_log()
        db.session.execute(update(Person).values(name="Somebody else again"))
    assert _found(hub) == []


def test_the_lists_name_only_tables_and_columns_that_there_are() -> None:
    tables = Base.metadata.tables
    wholes = {whole for each in PART_OF.values() for whole in each.split(EITHER)}
    assert {*PART_OF, *wholes, *UNTOLD} <= tables.keys()
    assert {(table, column) for table, column in UNTOLD_COLUMNS if column not in tables[table].columns} == set()


def test_whatever_changes_what_everybody_is_told_is_told_to_the_log_as_what_it_is_read_anew_for() -> None:
    """Rules, modules and requirements are read anew when the log has more of them: so it must have all that is read."""
    read = {part.name for part in iterate(_what_is_shared()) if isinstance(part, Table)}
    assert {"module", "module_version", "module_group", "assignment_rule", "pathway_step", "requirement"} < read
    assert {PART_OF.get(name, name).split(EITHER)[0] for name in read} == set(_SHARED_OBJECTS)


def _write_and_break() -> None:
    with transaction():
        db.session.execute(text("UPDATE person SET name = 'Somebody else'"))
        raise ZeroDivisionError
