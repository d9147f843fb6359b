"""What somebody tries who means no good, against every address there is: forms sent from elsewhere, pages opened to change
something, odd paths, planted cookies."""

from __future__ import annotations

import hashlib

import pytest
from sqlalchemy import func, select

from tests.access.filled import client_of, fill
from tests.access.test_access import Line, table
from tests.builders import PASSWORD, Hub
from tests.clients import PageClient, sign_in
from training_app.audit import AuditEvent
from training_app.database import Base, db
from training_app.web.access import own_path

# What opening pages may write: how long somebody has been here.
NOTED_IN_PASSING = {("sign_in", "last_seen_at")}


def everything() -> str:
    """Return a digest of all that the database holds, but for what is noted in passing."""
    db.session.rollback()
    rows = [
        f"{each.name} {row}"
        for each in Base.metadata.sorted_tables
        for row in db.session.execute(
            select(*(column for column in each.c if (each.name, column.name) not in NOTED_IN_PASSING)).order_by(*each.c)
        )
    ]
    return hashlib.sha256("\n".join(rows).encode("utf-8", "replace")).hexdigest()


def events() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.max(AuditEvent.id))) or 0


def _lines(method: str) -> list[Line]:
    return [line for line in table() if line.method == method]


@pytest.mark.on_sqlite_only
def test_no_form_is_taken_without_the_token_of_its_own_session(hub: Hub) -> None:
    places = fill(hub)
    manager, board = client_of(hub, "manager"), client_of(hub, "board")
    of_somebody_else = board.token()
    before = events()
    for line in _lines("POST"):
        path = line.filled(places["manager"].same)
        for token in ({}, {"csrf_token": ""}, {"csrf_token": of_somebody_else}, {"csrf_token": "IjEi.x.y"}):
            answer = manager.post(path, data=token)
            assert answer.status_code == 400, (line.address, token)
            assert "open too long" in answer.get_data(as_text=True), line.address
    assert events() == before
    assert manager.get("/people").status_code == 200, "still signed in: not even signing out was taken"


@pytest.mark.on_sqlite_only
def test_no_page_changes_anything_by_being_opened(hub: Hub) -> None:
    places = fill(hub)
    callers = {caller: client_of(hub, caller) for caller in ("manager", "coordinator", "member")}
    before = everything()
    for caller, client in callers.items():
        for line in _lines("GET"):
            for method in ("GET", "HEAD", "OPTIONS"):
                if method == "GET" or caller == "manager":
                    client.open(line.filled(places[caller].own), method=method)
    assert everything() == before


ODD_PATHS = (
    *(
        "/people/%00",
        "/people/..%2f..%2fetc%2fpasswd",
        "/static/..%2fapplication.css",
        "/static/%2e%2e/%2e%2e/config.py",
    ),
    *(
        "//elsewhere.example",
        "//elsewhere.example/people",
        "/people//",
        "/people/N-1.",
        "/people/N-1%20",
        "/people./",
    ),
    *("/records/99999999999999999999", "/records/-1", "/records/1.0", "/records/٣", "/records/0x1", "/records/1e1"),
    *("/accounts/99999999999999999999/roles", "/people/%ff%fe", "/people/%ED%A0%80", "/people/" + "x" * 5000),
    *(
        "/people/N-1;x=1",
        "/people/N-1%0d%0aSet-Cookie:%20a=b",
        "/catalogue/%2e%2e",
        "/imports/examples/..%2fpeople.csv",
    ),
    *(
        "/people?sort=name%0d%0aX-Evil:%201",
        "/people/{{7*7}}",
        "/sign-in/link/%00",
        "/sign-in/kept/%00",
        "/.git/config",
    ),
    *(
        "/static/",
        "/static/../config.py",
        "/%2e%2e/config.py",
        "/people/%u0041",
        "/coverage/%00/%00.csv",
        "/healthz/.",
    ),
)
MADE_UP_COOKIES = ("x" * 100_000, "", "%00", "eyJfdXNlcl9pZCI6IjEifQ.aaaa.bbbb", '"; a=b', "null")


@pytest.mark.on_sqlite_only
def test_an_odd_path_is_a_page_that_is_not_there(hub: Hub, as_manager: PageClient) -> None:
    as_manager.checks_pages = False
    for path in ODD_PATHS:
        answer = as_manager.get(path)
        assert answer.status_code in (200, 302, 308, 400, 404, 410), (path, answer.status_code)
        assert "SECRET_KEY" not in answer.get_data(as_text=True), path
        assert "X-Evil" not in answer.headers, path
        assert "a=b" not in answer.headers.get("Set-Cookie", ""), path
        onward = answer.headers.get("Location", "/").removeprefix("http://localhost")
        assert own_path(onward) == onward, (path, onward)


@pytest.mark.on_sqlite_only
def test_a_cookie_that_somebody_made_up_opens_nothing(hub: Hub) -> None:
    for cookie in MADE_UP_COOKIES:
        client = hub.app.test_client()
        client.set_cookie("session", cookie)
        assert client.get("/people").status_code == 302, cookie[:40]
        assert client.get("/help").status_code == 200, cookie[:40]


@pytest.mark.on_sqlite_only
def test_a_session_planted_before_signing_in_is_not_signed_in_with_its_victim(hub: Hub) -> None:
    hub.account("manager@hub.example", "workforce_manager")
    hub.account("board@hub.example", "board")
    attacker = sign_in(hub.app, "board@hub.example")
    planted = attacker.get_cookie("session")
    assert planted is not None
    victim = hub.app.test_client()
    assert isinstance(victim, PageClient)
    victim.set_cookie("session", planted.value)
    token = victim.token()
    answer = victim.post("/sign-in", data={"email": "manager@hub.example", "password": PASSWORD, "csrf_token": token})
    assert answer.status_code == 302
    assert victim.get("/people").status_code == 200
    assert attacker.get("/people").status_code == 302, "whoever planted it is signed out, and is not the victim"
    thief = hub.app.test_client()
    thief.set_cookie("session", planted.value)
    assert thief.get("/").status_code == 302
    # The token of a form that was fetched before signing in is of no use afterwards.
    assert (
        victim.post("/organisations/new", data={"name": "A", "kind": "school", "csrf_token": token}).status_code == 400
    )


@pytest.mark.on_sqlite_only
def test_what_a_proxy_could_say_is_not_believed_of_anybody_else(hub: Hub, client: PageClient) -> None:
    plain = client.get("/sign-in")
    spoofed = client.get(
        "/sign-in",
        headers={
            "X-Forwarded-Host": "elsewhere.example",
            "X-Forwarded-Proto": "https",
            "X-Forwarded-Prefix": "/evil",
            "X-Original-URL": "/people",
            "X-HTTP-Method-Override": "DELETE",
            "Forwarded": "host=elsewhere.example",
        },
    )
    assert spoofed.status_code == plain.status_code == 200
    assert "elsewhere.example" not in spoofed.get_data(as_text=True)
    assert "/evil" not in spoofed.get_data(as_text=True)
    assert client.get("/sign-in", headers={"Host": "elsewhere.example"}).status_code == 400


@pytest.mark.on_sqlite_only
def test_more_is_not_read_of_a_form_than_it_may_hold(hub: Hub, client: PageClient) -> None:
    limit = hub.app.config["MAX_FORM_MEMORY_SIZE"]
    fields = {"email": "x" * (limit + 1), "csrf_token": client.token()}
    assert client.post("/sign-in", data=fields).status_code == 413
    assert client.post("/sign-in", data=fields, content_type="multipart/form-data").status_code == 413
    assert client.post("/sign-in", data={**fields, "email": "x" * 1000}).status_code == 400
