"""In production, as a real process: it refuses what is unsafe, and its log tells what happened without telling of whom."""

from __future__ import annotations

import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from config import ROOT
from tests.builders import PASSWORD, Hub
from training_app.audit import AuditEvent
from training_app.database import db

pytestmark = pytest.mark.on_sqlite_only

# Serves as a proxy's server would, with one page more, that breaks with a value in its hand.
SERVER = """
import sys, waitress
from flask import request
from training_app import create_app
from training_app.accounts.policy import Permission
from training_app.web.access import requires
app = create_app()

@app.get("/broken/<word>")
@requires(Permission.PUBLIC)
def broken(word):
    try:
        int(word)
    except ValueError as error:
        raise KeyError(word) from error

@app.get("/who")
@requires(Permission.PUBLIC)
def who():
    return request.remote_addr + " by " + request.scheme

waitress.serve(app, listen="127.0.0.1:" + sys.argv[1], ident=None, clear_untrusted_proxy_headers=False)
"""


@dataclass
class Production:
    """A running server, and what it said on stderr once it is stopped."""

    port: int
    host: str = "training.example.org"
    lines: list[dict[str, Any]] = field(default_factory=list)
    text: str = ""
    cookie: str = ""
    set_cookie: str = ""

    def ask(self, path: str, form: dict[str, str] | None = None, **headers: str) -> tuple[int, str, Any]:
        """Send a request and return status, page and headers; what sets cookies keeps them."""
        data = urllib.parse.urlencode(form).encode() if form is not None else None
        given = {"Host": self.host, "X-Forwarded-Proto": "https"} | {k.replace("_", "-"): v for k, v in headers.items()}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, given)
        if self.cookie:
            request.add_header("Cookie", self.cookie)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Stay())
        try:
            answer = opener.open(request, timeout=20)
        except urllib.error.HTTPError as error:
            answer = error
        for each in answer.headers.get_all("Set-Cookie") or []:
            self.cookie = each.partition(";")[0]
            self.set_cookie = each
        return answer.status, answer.read().decode(), answer.headers


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


@contextmanager
def production(hub: Hub, folder: Path, **more: str) -> Iterator[Production]:
    """Serve a hub's database in a process of its own, in production behind a proxy that speaks https to people."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = hub.app.config["SETTINGS"]
    environment = {
        "PATH": os.environ["PATH"],
        "APP_ENV": "production",
        "SECRET_KEY": "k" * 32,
        "BASE_URL": "https://training.example.org",
        "PROXY_HOPS": "1",
        "DATABASE_URL": settings.database_url,
        "INSTANCE_PATH": str(folder),
    } | more
    said = folder / "stderr"
    folder.mkdir(parents=True, exist_ok=True)
    with said.open("wb") as stderr:
        process = subprocess.Popen([sys.executable, "-c", SERVER, str(port)], cwd=ROOT, env=environment, stderr=stderr)
        running = Production(port)
        try:
            _wait_for(running, process)
            yield running
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(20)
    running.text = said.read_text("utf-8")
    running.lines = [json.loads(line) for line in running.text.splitlines() if line.startswith("{")]


def _wait_for(running: Production, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        assert process.poll() is None, "the server does not start"
        try:
            if running.ask("/healthz")[0] == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the server does not answer")


def _token(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def test_what_a_visitor_sends_and_sees_never_reaches_the_log(hub: Hub, tmp_path: Path) -> None:
    canary = f"canary{secrets.token_hex(6)}"
    hub.person(f"Zoë {canary}", reference=f"R-{canary}", email=f"{canary}@hub.example")
    account = hub.account(f"{canary}@hub.example", "workforce_manager")
    with production(hub, tmp_path / "production") as server:
        status, page, headers = server.ask("/sign-in")
        assert status == 200
        assert headers["Strict-Transport-Security"]
        assert server.set_cookie.startswith("__Host-session=")
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(server.set_cookie.split("; "))
        form = {"email": f"{canary}@hub.example", "password": PASSWORD, "csrf_token": _token(page)}
        wrong = form | {"password": canary * 2}
        assert server.ask("/sign-in", wrong, Referer="https://training.example.org/")[0] in (200, 400)
        assert server.ask("/sign-in", form, Referer="https://training.example.org/")[0] == 302
        assert server.ask(f"/people/R-{canary}?q={canary}")[0] == 200
        assert server.ask(f"/people/{canary}-nobody")[0] == 404
        assert server.ask(f"/nowhere/{canary}")[0] == 404
        _, form_page, _ = server.ask("/people/new")
        new = {"csrf_token": _token(form_page), "name": canary, "reference": f"R-{canary}"}
        assert server.ask("/people/new", new, Referer="https://training.example.org/")[0] < 500
        status, page, headers = server.ask(f"/broken/{canary}")
    assert status == 500
    assert headers["X-Request-ID"] in page
    assert "Traceback" not in page
    assert canary not in server.text
    assert PASSWORD not in server.text
    asked = [line for line in server.lines if line["message"] == "request"]
    one = next(line for line in asked if line["route"] == "/people/<reference>" and line["status"] == 200)
    assert (one["method"], one["account"], one["level"]) == ("GET", account, "info")
    assert isinstance(one["milliseconds"], int)
    assert next(line for line in asked if line["status"] == 404 and line["route"] is None)
    [broke] = [line for line in server.lines if line["level"] == "error"]
    assert broke["request"] == headers["X-Request-ID"]
    assert [each["kind"] for each in broke["errors"]] == ["builtins.KeyError", "builtins.ValueError"]
    db.session.rollback()
    batches = set(db.session.scalars(db.select(AuditEvent.batch_id).where(AuditEvent.actor_account_id == account)))
    assert batches
    assert batches <= {line["request"] for line in asked}


def test_whoever_asks_for_another_host_gets_a_plain_page_and_nothing_else(hub: Hub, tmp_path: Path) -> None:
    with production(hub, tmp_path / "production") as server:
        server.host = "stranger.example"
        for path in ("/", "/sign-in", "/nowhere", "/static/application.css"):
            status, page, _ = server.ask(path)
            assert status == 400
            assert "stranger.example" not in page
            assert "This is not its address" in page
        server.host = "training.example.org"
        status, _, headers = server.ask("/people", X_Forwarded_Host="stranger.example")
        assert (status, headers["Location"]) == (302, "/sign-in?next=/people")


def test_only_what_our_own_proxy_says_of_a_visitor_is_believed(hub: Hub, tmp_path: Path) -> None:
    claimed = {"X_Forwarded_For": "203.0.113.9, 198.51.100.7"}
    with production(hub, tmp_path / "behind") as server:
        assert server.ask("/who", **claimed)[1] == "198.51.100.7 by https"
    with production(hub, tmp_path / "alone", PROXY_HOPS="0") as server:
        assert server.ask("/who", **claimed)[1] == "127.0.0.1 by http"
