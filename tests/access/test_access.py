"""Who may open what: every address and method against every caller and every kind of record, from one table.

The table is `table.txt`; an address that is not in it fails. What fills the addresses stands in `filled.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

import pytest
from flask import Flask
from limits import parse

from tests.access.filled import ABSENT, CALLERS, Fill, Filled, client_of, fill
from tests.builders import PASSWORD, Hub
from tests.clients import PageClient, sign_in
from training_app.accounts.models import Role
from training_app.accounts.policy import Permission, permissions_of
from training_app.web import limits
from training_app.web.access import declared_permission
from training_app.web.certificates import files
from training_app.web.sessions import round_trip

TABLE = Path(__file__).with_name("table.txt")
# For each word of the table, whose records answer; any other is as absent.
ANSWERING = {
    "all": {"own", "same", "other"},
    "same": {"own", "same"},
    "own": {"own"},
    "absent": set(),
    "no": set(),
    "sign-in": set(),
}
REFUSED = ("no", "sign-in")
PLACEHOLDER = re.compile(r"<[^>]*?([a-z_]+)>")


@dataclass(frozen=True)
class Line:
    """One line of the table: an address with its method, and the word for each caller."""

    method: str
    path: str
    words: dict[str, str]

    @cached_property
    def address(self) -> str:
        return f"{self.method} {self.path}"

    @cached_property
    def placeholders(self) -> list[str]:
        return [f"<{name}>" for name in PLACEHOLDER.findall(self.path)]

    def filled(self, values: Fill) -> str:
        """Return the path of one record."""
        path = self.path
        for placeholder in self.placeholders:
            assert placeholder in values, f"{self.address}: say in tests/access/filled.py what fills {placeholder}"
            path = path.replace(placeholder, values[placeholder])
        return path


def table() -> list[Line]:
    """Return the table, what is read before what is sent, so that nothing is changed before it was looked at."""
    lines = []
    for number, text in enumerate(TABLE.read_text(encoding="utf-8").splitlines(), start=1):
        if not text.strip() or text.startswith("#"):
            continue
        method, path, *words = text.split()
        assert len(words) == len(CALLERS), f"table.txt, line {number}: one word for each of {', '.join(CALLERS)}"
        assert set(words) <= set(ANSWERING), f"table.txt, line {number}: the words are {', '.join(ANSWERING)}"
        lines.append(Line(method, path, dict(zip(CALLERS, words, strict=True))))
    return sorted(lines, key=lambda line: line.method != "GET")


def _addresses(app: Flask) -> dict[str, str]:
    """Return each address with its method, and the name of its view."""
    return {
        method + " " + PLACEHOLDER.sub(r"<\1>", rule.rule): rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static"
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }


def _line_to_add(app: Flask, address: str, endpoint: str) -> str:
    """Return the line of the table that the view's own declaration asks for."""
    needed = declared_permission(app.view_functions[endpoint])
    roles = {"member": Role.MEMBER, "volunteer": Role.MEMBER, "coordinator": Role.COORDINATOR, "board": Role.BOARD}
    words = ["all" if needed is Permission.PUBLIC else "sign-in"]
    for caller in CALLERS[1:]:
        may = needed in permissions_of([roles.get(caller, Role.WORKFORCE_MANAGER)])
        narrow = "<" in address and caller != "manager" and needed is not Permission.PUBLIC
        words.append(("same" if caller == "coordinator" else "own") if may and narrow else "all" if may else "no")
    method, _, path = address.partition(" ")
    widths = (11, 8, 11, 13, 7, 7)
    return f"{method:<5}{path:<62}{''.join(f'{word:<{width}}' for word, width in zip(words, widths, strict=True))}"


@pytest.mark.on_sqlite_only
def test_every_address_and_method_stands_in_the_table_once(app: Flask) -> None:
    served, listed = _addresses(app), [line.address for line in table()]
    missing = [_line_to_add(app, address, served[address]).rstrip() for address in sorted(served.keys() - set(listed))]
    assert not missing, "Add to tests/access/table.txt, after a thought about each word:\n" + "\n".join(missing)
    assert sorted(set(listed) - served.keys()) == [], "in tests/access/table.txt, but no longer served"
    assert sorted(listed) == sorted(set(listed)), "twice in tests/access/table.txt"


@pytest.mark.on_sqlite_only
def test_whatever_can_be_had_as_csv_can_be_had_as_a_workbook(app: Flask) -> None:
    paths = {rule.rule for rule in app.url_map.iter_rules()}
    missing = {path for path in paths if path.endswith(".csv") and path.removesuffix(".csv") + ".xlsx" not in paths}
    assert missing == {"/imports/examples/<kind>.csv"}, "declare these with @each_format of web/downloads.py"


# --- asking


@dataclass(frozen=True)
class Answer:
    """What came back, without what differs between any two answers: nonce, token, cookie, the path that was asked for."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: str

    @property
    def sends_to_sign_in(self) -> bool:
        location = dict(self.headers).get("Location", "")
        return self.status == 302 and location.startswith("/sign-in")


class Browser:
    """Asks as one caller and remembers what was answered."""

    def __init__(self, hub: Hub, caller: str) -> None:
        self.client = client_of(hub, caller)
        self.token = self.client.token()

    def ask(self, method: str, path: str) -> Answer:
        sent = {"data": {"csrf_token": self.token}} if method == "POST" else {}
        response = self.client.open(path, method=method, **sent)  # type: ignore[arg-type]
        body = response.get_data().decode(errors="replace")  # some are files
        if response.status_code == 302:
            self.client.get("/help")  # what is said after a redirect must not stand on the next page that is looked at
        by_chance = ("Date", "Content-Length", "X-Request-ID")
        headers = [(name, value) for name, value in response.headers.items() if name not in by_chance]
        return Answer(
            response.status_code,
            tuple(sorted((name, without_chance(value, path)) for name, value in headers)),
            without_chance(body, path),
        )


def without_chance(text: str, path: str) -> str:
    """Return headers' or pages' text without what is made anew for each answer, and without the path that was asked for."""
    text = re.sub(r'(name="csrf_token"[^>]*? value=|nonce=)"[^"]*"', r"\1", text)
    text = re.sub(r"'nonce-[^']*'", "'nonce'", text)
    text = re.sub(r"^(session=)[^;]*", r"\1", text)
    for written in (quote(path, safe=""), quote(path), path):
        if len(written) > 1:
            text = text.replace(written, "(the path)")
    return text


# --- the whole table


def _wrong(browser: Browser, line: Line, word: str, places: Filled) -> Iterator[str]:
    """Yield what is not as one word of the table says."""
    absent = line.filled(ABSENT)
    as_absent = browser.ask(line.method, absent) if line.placeholders else None
    # Where nothing is open, it is the same hook that refuses all: a stranger's record is enough to see that.
    relations = ("own", "same", "other") if line.placeholders and word not in REFUSED else ("other",)
    for relation in relations:
        path = line.filled(getattr(places, relation))
        answer = browser.ask(line.method, path)
        told = f"{line.address}, {relation} ({path}): {answer.status}"
        if answer.status >= 500:
            yield f"{told}, which must never be"
        elif relation in ANSWERING[word]:
            if answer.status in (401, 403, 404, 405) or (answer.sends_to_sign_in and "/sign" not in line.path):
                yield f'{told}, but the table says "{word}"'
            continue
        elif word == "sign-in" and not answer.sends_to_sign_in:
            yield f"{told}, but must be sent to sign in"
        elif word == "no" and answer.status != 403:
            yield f"{told}, but must be 403"
        if as_absent is not None and path != absent and answer != as_absent:
            yield f"{line.address} ({path}): answers otherwise than an absent one: {_difference(answer, as_absent)}"
        if line.method == "GET":
            yield from _gives_away(browser, line, path, absent, answer)


def _gives_away(browser: Browser, line: Line, path: str, absent: str, answer: Answer) -> Iterator[str]:
    """Yield where a question about what may not be seen tells more when it is asked with another method."""
    options = browser.ask("OPTIONS", path)
    if options.status != answer.status and (answer.status != 404 or options != browser.ask("OPTIONS", absent)):
        yield f"OPTIONS {line.path} ({path}): {options.status}, but GET {answer.status}"
    if answer.status == 404 and (head := browser.ask("HEAD", path)) != browser.ask("HEAD", absent):
        yield f"HEAD {line.path} ({path}): {head.status}, otherwise than an absent one"


def _difference(one: Answer, other: Answer) -> str:
    if one.status != other.status:
        return f"{one.status} and {other.status}"
    if one.headers != other.headers:
        return str(set(one.headers) ^ set(other.headers))
    pairs = zip(one.body.splitlines(), other.body.splitlines(), strict=False)
    return next((f"{mine!r} and {theirs!r}" for mine, theirs in pairs if mine != theirs), "one page is longer")


def test_every_caller_gets_what_the_table_says_of_every_kind_of_record(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    # One browser asks for more addresses that lead nowhere than anybody does by mistake.
    monkeypatch.setattr(limits, "WRONG_ADDRESSES", parse("3000 per 5 minutes"))
    for makes_documents in (files, round_trip):  # what stands in a document is read where it is made
        monkeypatch.setattr(makes_documents, "set_pdf", lambda *_: b"%PDF")
    places = fill(hub)
    wrong = []
    for caller in CALLERS:
        browser = Browser(hub, caller)
        for line in table():
            wrong += [f"{caller}: {each}" for each in _wrong(browser, line, line.words[caller], places[caller])]
            if "/sign-out" in line.path and line.method == "POST" and caller != "anonymous":
                browser = Browser(hub, caller)
    assert not wrong, "\n".join(wrong)


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
