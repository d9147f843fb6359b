"""Who may open what: every address and method against every caller, from one table. An address that is not in it fails."""

from __future__ import annotations

import re
from datetime import date

import pytest
from flask import Flask

from tests.builders import PASSWORD, Hub
from tests.clients import PageClient, sign_in
from training_app.database import transaction
from training_app.skills.actions import exempt, require_level
from training_app.skills.levels import Level

ANYBODY = frozenset({"anonymous", "member", "coordinator", "board", "manager"})
SIGNED_IN = ANYBODY - {"anonymous"}
MANAGER = frozenset({"manager"})
MEMBER = frozenset({"member"})

TABLE: dict[str, frozenset[str]] = {
    "GET /": SIGNED_IN,
    "GET /accessibility": ANYBODY,
    "GET /catalogue": SIGNED_IN,
    "GET /catalogue.csv": SIGNED_IN,
    "GET /catalogue/<code>": SIGNED_IN,
    "GET /catalogue/<code>.csv": MANAGER,
    "POST /catalogue/<code>/bring-back": MANAGER,
    "GET /catalogue/<code>/edit": MANAGER,
    "POST /catalogue/<code>/edit": MANAGER,
    "GET /catalogue/<code>/retire": MANAGER,
    "POST /catalogue/<code>/retire": MANAGER,
    "GET /catalogue/new": MANAGER,
    "POST /catalogue/new": MANAGER,
    "GET /contact": ANYBODY,
    "GET /coverage": MANAGER,
    "GET /coverage.csv": MANAGER,
    "GET /coverage/<group>": MANAGER,
    "GET /coverage/<group>.csv": MANAGER,
    "GET /coverage/<group>/<skill>": MANAGER,
    "GET /coverage/<group>/<skill>.csv": MANAGER,
    "GET /coverage/trend.csv": MANAGER,
    "GET /healthz": ANYBODY,
    "GET /help": ANYBODY,
    "GET /imports": MANAGER,
    "POST /imports": MANAGER,
    "POST /imports/confirm": MANAGER,
    "GET /imports/examples/<kind>.csv": MANAGER,
    "GET /my/record": MEMBER,
    "GET /my/record.csv": MEMBER,
    "GET /my/record/log": MEMBER,
    "POST /my/record/log": MEMBER,
    "GET /organisations": MANAGER,
    "GET /organisations.csv": MANAGER,
    "GET /organisations/<organisation_id>": MANAGER,
    "POST /organisations/<organisation_id>": MANAGER,
    "GET /organisations/new": MANAGER,
    "POST /organisations/new": MANAGER,
    "GET /people": MANAGER,
    "GET /people.csv": MANAGER,
    "GET /people/<reference>": MANAGER,
    "GET /people/<reference>.csv": MANAGER,
    "GET /people/<reference>/edit": MANAGER,
    "POST /people/<reference>/edit": MANAGER,
    "GET /people/<reference>/engagements/<engagement_id>/change": MANAGER,
    "POST /people/<reference>/engagements/<engagement_id>/change": MANAGER,
    "GET /people/<reference>/engagements/<engagement_id>/end": MANAGER,
    "POST /people/<reference>/engagements/<engagement_id>/end": MANAGER,
    "GET /people/<reference>/engagements/<engagement_id>/void": MANAGER,
    "POST /people/<reference>/engagements/<engagement_id>/void": MANAGER,
    "GET /people/<reference>/engagements/new": MANAGER,
    "POST /people/<reference>/engagements/new": MANAGER,
    "GET /people/<reference>/exemptions/<exemption_id>/change": MANAGER,
    "POST /people/<reference>/exemptions/<exemption_id>/change": MANAGER,
    "GET /people/<reference>/exemptions/<exemption_id>/void": MANAGER,
    "POST /people/<reference>/exemptions/<exemption_id>/void": MANAGER,
    "GET /people/<reference>/exemptions/new": MANAGER,
    "POST /people/<reference>/exemptions/new": MANAGER,
    "GET /people/new": MANAGER,
    "POST /people/new": MANAGER,
    "GET /privacy": ANYBODY,
    "GET /records": MANAGER,
    "GET /records.csv": MANAGER,
    "GET /records/<completion_id>/correct": MANAGER,
    "POST /records/<completion_id>/correct": MANAGER,
    "GET /records/<completion_id>/send-back": MANAGER,
    "POST /records/<completion_id>/send-back": MANAGER,
    "POST /records/<completion_id>/verify": MANAGER,
    "GET /records/<completion_id>/void": MANAGER,
    "POST /records/<completion_id>/void": MANAGER,
    "GET /records/add": MANAGER,
    "POST /records/add": MANAGER,
    "GET /records/verify": MANAGER,
    "GET /records/verify.csv": MANAGER,
    "POST /records/verify": MANAGER,
    "GET /requirements": MANAGER,
    "GET /requirements.csv": MANAGER,
    "GET /requirements/<group_code>/<skill_code>": MANAGER,
    "GET /requirements/<requirement_id>/void": MANAGER,
    "POST /requirements/<requirement_id>/void": MANAGER,
    "GET /requirements/change": MANAGER,
    "POST /requirements/change": MANAGER,
    "GET /sign-in": ANYBODY,
    "POST /sign-in": ANYBODY,
    "GET /sign-out": ANYBODY,
    "POST /sign-out": ANYBODY,
}


def _addresses(app: Flask) -> set[str]:
    placeholder = re.compile(r"<[^>]*?([a-z_]+)>")
    return {
        f"{method} " + placeholder.sub(r"<\1>", rule.rule)
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static"
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }


@pytest.mark.on_sqlite_only
def test_every_address_and_method_stands_in_the_table(app: Flask) -> None:
    assert _addresses(app) == set(TABLE)


def _filled(hub: Hub) -> dict[str, str]:
    """Make one record of each kind, of somebody who is none of the callers; return what fills the addresses."""
    person = hub.person("Secret Somebody", reference="S-1", email="secret@somewhere.example")
    completion = hub.completion(person, "SND-02", "2026-01-15")
    engagement = hub.engagement(person, "hub-providers")
    skill, group = hub.skill_id("send"), hub.group_id("hub-providers")
    with transaction():
        exemption = exempt(hub.actor, person, skill, date(2026, 1, 1), "Works in the office").id
        requirement = require_level(hub.actor, group, skill, Level.AWARE, date(2027, 1, 1)).id
    return {
        "<code>": "SND-02",
        "<group>": "hub-providers",
        "<skill>": "send",
        "<kind>": "people",
        "<organisation_id>": str(hub.organisation()),
        "<reference>": "S-1",
        "<engagement_id>": str(engagement),
        "<exemption_id>": str(exemption),
        "<completion_id>": str(completion),
        "<requirement_id>": str(requirement),
        "<group_code>": "hub-providers",
        "<skill_code>": "send",
    }


ABSENT = {
    "<code>": "NO-99",
    "<group>": "no-group",
    "<skill>": "no-skill",
    "<kind>": "nothing",
    "<organisation_id>": "999999",
    "<reference>": "Z-9",
    "<engagement_id>": "999999",
    "<exemption_id>": "999999",
    "<completion_id>": "999999",
    "<requirement_id>": "999999",
    "<group_code>": "no-group",
    "<skill_code>": "no-skill",
}


def _path(address: str, fill: dict[str, str]) -> str:
    path = address.partition(" ")[2]
    for placeholder, value in fill.items():
        path = path.replace(placeholder, value)
    return path


def _ask(client: PageClient, address: str, path: str) -> tuple[int, str, str]:
    method = address.partition(" ")[0]
    response = client.open(path, method=method, data={"csrf_token": client.token()} if method == "POST" else None)
    body = response.get_data(as_text=True)
    return response.status_code, response.headers.get("Location", ""), body


@pytest.mark.parametrize("caller", ["anonymous", "member", "coordinator", "board", "manager"])
def test_each_caller_gets_exactly_what_the_table_says(hub: Hub, request: pytest.FixtureRequest, caller: str) -> None:
    fill = _filled(hub)
    client: PageClient = (
        hub.app.test_client()  # type: ignore[assignment]
        if caller == "anonymous"
        else request.getfixturevalue(f"as_{caller}")
    )
    for address, allowed in sorted(TABLE.items()):
        if address.endswith("/sign-out") and caller != "anonymous":
            continue
        path = _path(address, fill)
        status, location, body = _ask(client, address, path)
        assert status < 500, (address, status)
        if caller in allowed:
            assert status not in (401, 403), (address, status)
            assert "/sign-in" not in location or "sign" in address, (address, location)
            continue
        if caller == "anonymous":
            assert (status, location.partition("?")[0]) == (302, "/sign-in"), (address, status)
        else:
            assert status == 403, (address, status)
        assert "Secret Somebody" not in body
        assert "secret@" not in body
        if path != _path(address, ABSENT):
            absent = _ask(client, address, _path(address, ABSENT))
            assert absent[0] == status, address
            assert _without_random(absent[2]) == _without_random(body), address


def _without_random(page: str) -> str:
    page = re.sub(r'(name="csrf_token" value|nonce)="[^"]*"', "", page)
    return re.sub(r'/sign-in\?next=[^"<]*', "", page)


def test_a_cookie_used_again_after_signing_out_opens_nothing(hub: Hub) -> None:
    hub.account("manager@hub.example", "workforce_manager")
    client = sign_in(hub.app, "manager@hub.example")
    cookie = client.get_cookie("session")
    assert cookie is not None
    assert client.get("/people").status_code == 200
    client.post("/sign-out", data={"csrf_token": client.token()})
    thief = hub.app.test_client()
    thief.set_cookie("session", cookie.value)
    assert thief.get("/people").status_code == 302


def test_a_form_without_its_token_changes_nothing(hub: Hub, as_manager: PageClient) -> None:
    response = as_manager.post("/organisations/new", data={"name": "Intruder School", "kind": "school"})
    assert response.status_code == 400
    assert "Intruder School" not in as_manager.get("/organisations").get_data(as_text=True)


@pytest.mark.parametrize(
    "onward", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", "javascript:1"]
)
def test_nobody_is_sent_on_to_another_site_after_signing_in(hub: Hub, onward: str) -> None:
    hub.account("manager@hub.example", "workforce_manager")
    client = hub.app.test_client()
    assert isinstance(client, PageClient)
    response = client.post(
        "/sign-in",
        query_string={"next": onward},
        data={"email": "manager@hub.example", "password": PASSWORD, "csrf_token": client.token()},
    )
    assert response.headers["Location"] == "/"


@pytest.mark.parametrize(("email", "password"), [("manager@hub.example", "wrong"), ("nobody@hub.example", "wrong")])
def test_a_known_and_an_unknown_email_are_answered_alike(hub: Hub, email: str, password: str) -> None:
    hub.account("manager@hub.example", "workforce_manager")
    client = hub.app.test_client()
    assert isinstance(client, PageClient)
    response = client.post("/sign-in", data={"email": email, "password": password, "csrf_token": client.token()})
    assert response.status_code == 400
    assert "do not go together" in response.get_data(as_text=True)
