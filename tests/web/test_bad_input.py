"""What no page can mean, in addresses and forms; and what a page says when the database refuses something."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from flask import url_for
from sqlalchemy import update
from sqlalchemy.exc import DataError, IntegrityError, InterfaceError, OperationalError, ProgrammingError, TimeoutError

from tests.builders import Hub
from tests.clients import PageClient
from training_app.database import db, transaction
from training_app.errors import ChangedMeanwhile
from training_app.people.models import Person

ASKED = (
    *("as_at", "evidence", "groups", "organisation", "q", "group", "area", "when", "sort", "page", "kind", "skill"),
    *("priority", "format", "show", "module", "from", "to", "person", "back", "state", "again", "all", "role", "next"),
)
ODD = (b"a\0b", b"\xed\xa0\x80", b"\xff", b"9" * 20, b"-1", b"x" * 3000)


def _addresses(hub: Hub) -> list[str]:
    hub.person(reference="P-1")
    fill = {"reference": "P-1", "code": "SND-02", "group": "hub-providers", "skill": "send", "kind": "people"}
    fill |= {"group_code": "hub-providers", "skill_code": "send"}
    found = []
    for rule in hub.app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and rule.arguments <= set(fill) and rule.endpoint != "static":
            with hub.app.test_request_context():
                found.append(url_for(rule.endpoint, **{name: fill[name] for name in rule.arguments}))
    return found


def test_nothing_in_an_address_breaks_a_page(hub: Hub, as_manager: PageClient) -> None:
    """Each page with an odd value under every name, there twice."""
    for address in _addresses(hub):
        for odd in ODD:
            response = as_manager.get(address, query_string={name: [odd, odd] for name in ASKED})
            assert response.status_code < 500, (address, odd)


@pytest.mark.on_sqlite_only
@pytest.mark.parametrize("odd", ["a\0b", "x" * 3000])
def test_what_nobody_can_have_asked_for_is_refused_and_not_taken_for_something_else(
    hub: Hub, as_manager: PageClient, odd: str
) -> None:
    for address in (
        *("/people?q=", "/people?group=", "/people.csv?q=", "/people?as_at=", "/organisations?q=", "/records?q="),
        *("/records.csv?group=", "/catalogue?q=", "/catalogue.csv?skill=", "/coverage?as_at=", "/coverage?groups="),
        *("/coverage?organisation=", "/coverage.csv?organisation=", "/requirements?as_at="),
    ):
        assert as_manager.get(address + quote(odd)).status_code == 400, address


@pytest.mark.parametrize(
    "email",
    ["a\0b@hub.example", "a\ud800b@hub.example", "manager@hub.example\0", "x" * 1_000_000, "x" * 300 + "@hub.example"],
)
def test_an_email_that_cannot_be_one_opens_nothing_and_breaks_nothing(hub: Hub, client: PageClient, email: str) -> None:
    typed = {"email": email.encode("utf-8", "surrogatepass"), "password": "secret", "csrf_token": client.token()}
    assert client.post("/sign-in", data=typed).status_code == 400


def _refused(
    kind: type[Exception], by: type[Exception], text: str = "it says", code: int = 0
) -> Callable[[], Exception]:
    def made() -> Exception:
        inner = by(text)
        if isinstance(inner, sqlite3.Error):
            inner.sqlite_errorcode = code
        return kind("a statement", {}, inner)  # type: ignore[call-arg]

    return made


@pytest.mark.on_sqlite_only
@pytest.mark.parametrize(
    ("error", "status"),
    [
        (_refused(OperationalError, psycopg.OperationalError, "the connection is lost"), 503),
        (_refused(InterfaceError, psycopg.InterfaceError, "the connection is closed"), 503),
        (_refused(OperationalError, psycopg.errors.AdminShutdown), 503),
        (_refused(OperationalError, psycopg.errors.TooManyConnections), 503),
        (_refused(OperationalError, psycopg.errors.DiskFull), 503),
        (_refused(OperationalError, sqlite3.OperationalError, "database is locked", sqlite3.SQLITE_BUSY), 503),
        (_refused(OperationalError, sqlite3.OperationalError, "disk I/O error", sqlite3.SQLITE_IOERR_READ), 503),
        (_refused(OperationalError, sqlite3.OperationalError, "database or disk is full", sqlite3.SQLITE_FULL), 503),
        (lambda: TimeoutError("no connection became free"), 503),
        (_refused(DataError, psycopg.DataError, "text fields cannot contain NUL"), 400),
        (_refused(DataError, psycopg.errors.NumericValueOutOfRange), 400),
        (_refused(IntegrityError, psycopg.errors.UniqueViolation), 409),
        (_refused(IntegrityError, sqlite3.IntegrityError, "UNIQUE", sqlite3.SQLITE_CONSTRAINT), 409),
        (_refused(OperationalError, psycopg.errors.DeadlockDetected), 409),
    ],
)
def test_only_a_database_that_does_not_answer_is_called_away(
    hub: Hub, as_manager: PageClient, error: Callable[[], Exception], status: int
) -> None:
    page = _page_that_meets(hub, as_manager, error)
    assert page.status_code == status
    assert ("away for a moment" in page.get_data(as_text=True)) is (status == 503)


@pytest.mark.on_sqlite_only
def test_a_statement_that_is_wrong_is_a_mistake_of_ours(hub: Hub, as_manager: PageClient) -> None:
    hub.app.config["PROPAGATE_EXCEPTIONS"] = False
    page = _page_that_meets(hub, as_manager, _refused(ProgrammingError, psycopg.errors.SyntaxError))
    assert page.status_code == 500
    assert "This is our mistake" in page.get_data(as_text=True)


def _page_that_meets(hub: Hub, client: PageClient, error: Callable[[], Exception]) -> Any:
    view = hub.app.view_functions["people.list_people"]

    @wraps(view)
    def meets() -> None:
        raise error()

    hub.app.view_functions["people.list_people"] = meets
    return client.get("/people")


@pytest.mark.on_postgresql_only
def test_two_writers_that_wait_for_each_other_are_not_an_outage(hub: Hub) -> None:
    """One of the two is given up by the database, and told that somebody else was first."""
    people = [hub.person("Ama"), hub.person("Ben")]
    both_hold_one = threading.Barrier(2, timeout=20)
    given_up = []

    def write(order: list[int]) -> None:
        with hub.app.app_context():
            try:
                with transaction() as session:
                    session.execute(update(Person).where(Person.id == order[0]).values(name="Changed"))
                    both_hold_one.wait()
                    session.execute(update(Person).where(Person.id == order[1]).values(name="Changed"))
            except ChangedMeanwhile as error:
                given_up.append(error)
            finally:
                db.session.remove()

    db.session.rollback()
    writers = [threading.Thread(target=write, args=(order,)) for order in (people, people[::-1])]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(given_up) == 1


@pytest.mark.on_sqlite_only
def test_a_tick_box_shows_its_own_value_whatever_was_sent_for_it(hub: Hub) -> None:
    visitor = hub.app.test_client()
    answer = visitor.post("/sign-in/code", data={"code": "", "keep": b"a\0b", "csrf_token": visitor.token()})
    assert answer.status_code == 400
    assert b"\0" not in answer.data
