"""What is held about one person: no table is forgotten, everything is said, and nothing of anybody else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import JSON, String, select

from tests.builders import Hub
from tests.clients import PageClient, sign_in
from tests.stewardship.canaries import MARK, REFERENCE, SIGNS_IN_WITH, somebody_held_everywhere, words_in
from training_app.database import Base, db
from training_app.stewardship.person import SUBJECTS, TABLES, held_about

# Tables that point to an account or a person, yet hold nothing about them but that the hub's staff did something.
NOT_ABOUT_ANYBODY = {"mail_switch", "weekly_summary", "assignment_batch", "allowance"}
# Words that nobody is shown: what lets somebody in.
SECRET = {f"{MARK}-secret"}


def texts_of(table_names: set[str]) -> Iterator[tuple[str, str, str]]:
    """Yield every text in these tables: table, column, text."""
    for table in Base.metadata.sorted_tables:
        if table.name not in table_names:
            continue
        for column in table.columns:
            if isinstance(column.type, (String, JSON)):
                for value in db.session.scalars(select(column).where(column.is_not(None))):
                    yield table.name, column.name, value if isinstance(value, str) else json.dumps(value)


def _points_to_somebody(column: Any) -> bool:
    if any(key.column.table.name in ("person", "account") for key in column.foreign_keys):
        return True
    return column.name.endswith(("person_id", "account_id", "email", "address", "recipient"))


def test_every_table_that_points_to_somebody_belongs_to_a_subject_that_can_show_it() -> None:
    pointing = {table.name for table in Base.metadata.sorted_tables if any(map(_points_to_somebody, table.columns))}
    listed = {name for subject in SUBJECTS for name in subject.TABLES} | set(TABLES)
    assert pointing - listed - NOT_ABOUT_ANYBODY == set()
    assert listed <= set(Base.metadata.tables)


def test_everything_held_is_shown_word_by_word(hub: Hub) -> None:
    person_id = somebody_held_everywhere(hub)
    log = {"audit_event", "audit_detail"}
    others = {each.name for each in Base.metadata.sorted_tables} - log
    held = dict(held_about(person_id))
    changes = words_in(json.dumps(held.pop("Changes"), default=str))
    assert {word for _, _, text in texts_of(log) for word in words_in(text)} == changes
    assert {word for _, _, text in texts_of(others) for word in words_in(text)} - SECRET == words_in(
        json.dumps(held, default=str)
    )


def test_every_listed_table_holds_something_about_the_person_of_the_test(hub: Hub) -> None:
    """So that neither the test above nor that of erasure passes because there was nothing to find."""
    somebody_held_everywhere(hub)
    account_organisation = "account_organisation"  # a member has none
    for subject in SUBJECTS:
        for name in set(subject.TABLES) - {account_organisation}:
            assert db.session.execute(select(Base.metadata.tables[name]).limit(1)).first() is not None, name


def test_nothing_of_anybody_else_is_shown(hub: Hub) -> None:
    somebody_held_everywhere(hub)
    hub.account("manager@hub.example", "workforce_manager")
    other = hub.person("Ama Okafor", reference="P-1", email="ama@hub.example")
    hub.completion(other, "SAF-01", "2026-02-03")
    shown = json.dumps(held_about(other), default=str)
    assert words_in(shown) == set()
    assert "manager@hub.example" not in shown


def test_somebody_reads_and_downloads_everything_held_about_them(hub: Hub) -> None:
    somebody_held_everywhere(hub)
    me = sign_in(hub.app, SIGNS_IN_WITH)
    page = me.get("/my/data").get_data(as_text=True)
    file = me.get("/my/data.json")
    assert "attachment" in file.headers["Content-Disposition"]
    held = json.loads(file.get_data(as_text=True))
    assert held["about"] == REFERENCE
    assert held["training_completed"][0]["completed_on"] == "2026-02-03"
    assert words_in(page) == words_in(json.dumps(held))
    assert "Sent back because" in page


@pytest.mark.on_sqlite_only
def test_nobody_else_reads_what_somebody_typed_and_has_not_sent(hub: Hub, as_manager: PageClient) -> None:
    somebody_held_everywhere(hub)
    typed = f"{MARK}-typed"
    me = sign_in(hub.app, SIGNS_IN_WITH)
    for ending in ("", ".json"):
        assert typed in me.get(f"/my/data{ending}").get_data(as_text=True)
        told = as_manager.get(f"/people/{REFERENCE}/data{ending}").get_data(as_text=True)
        assert typed not in told
        assert "only they may read it" in told


@pytest.mark.on_sqlite_only
def test_the_manager_prints_it_for_somebody_without_an_account(hub: Hub, as_manager: PageClient) -> None:
    hub.person("Zoë O'Neill", reference="P-1")
    page = as_manager.get("/people/P-1/data").get_data(as_text=True)
    assert "Everything held about Zoë O&#39;Neill" in page
    assert (
        json.loads(as_manager.get("/people/P-1/data.json").get_data(as_text=True))["details"][0]["name"]
        == "Zoë O'Neill"
    )
    assert as_manager.get("/people/P-9/data.json").status_code == 404
