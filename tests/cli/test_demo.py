"""`demo` and `serve` as they are typed."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from flask import Flask

from config import ROOT
from tests.builders import Hub
from tests.cli.running import run
from training_app.stewardship.demo import ACCOUNTS, PASSWORD


def test_it_says_what_it_loaded_and_how_to_sign_in(hub: Hub) -> None:
    answer = run(hub.app, "demo")
    assert (answer.status, answer.err) == (0, [])
    assert re.fullmatch(
        r"Loaded \d+ people in 35 organisations with [\d,]+ completions, all of them invented\.", answer.out[0]
    )
    told = "\n".join(answer.out)
    assert PASSWORD in told
    assert all(each.email in told for each in ACCOUNTS)
    again = run(hub.app, "demo")
    assert (again.status, again.out) == (0, ["The demonstration is loaded already; nothing was changed."])


@pytest.mark.on_sqlite_only
def test_among_other_people_it_says_one_sentence_and_status_one(hub: Hub) -> None:
    hub.person()
    answer = run(hub.app, "demo")
    assert (answer.status, answer.out, len(answer.err)) == (1, [], 1)
    assert "--force" in answer.err[0]
    assert run(hub.app, "demo", "--force").status == 0


def test_without_seeds_it_says_what_to_do_first(app: Flask) -> None:
    answer = run(app, "demo")
    assert (answer.status, answer.out, len(answer.err)) == (1, [], 1)
    assert "seed" in answer.err[0]


@pytest.mark.on_sqlite_only
@pytest.mark.parametrize("port", ["0", "65536", "eight"])
def test_a_port_that_cannot_be_gets_one_line(hub: Hub, port: str) -> None:
    answer = run(hub.app, "serve", "--port", port)
    assert (answer.status, answer.out, len(answer.err)) == (2, [], 1)


@pytest.mark.on_sqlite_only
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_on_the_next_free_port_says_where_and_stops_cleanly(
    demonstration: Hub, tmp_path: Path, how: int
) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        server = subprocess.Popen(
            [sys.executable, "-m", "flask", "--app", "training_app", "serve", "--port", str(port)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={
                "PATH": os.environ["PATH"],
                "APP_ENV": "development",
                "DATABASE_URL": demonstration.app.config["SQLALCHEMY_DATABASE_URI"],
                "INSTANCE_PATH": str(tmp_path / "instance"),
            },
        )
        try:
            assert server.stdout is not None
            address = server.stdout.readline().strip()
            assert re.fullmatch(r"http://127\.0\.0\.1:\d+", address), server.stderr and server.stderr.read()
            assert int(address.rpartition(":")[2]) > port
            with urllib.request.urlopen(f"{address}/sign-in", timeout=30) as page:
                assert page.status == 200
            told = list(iter(server.stdout.readline, "Press Ctrl-C to stop.\n"))
            server.send_signal(how)
            out, err = server.communicate(timeout=30)
        finally:
            server.kill()
    assert (server.returncode, err) == (0, "")
    assert PASSWORD in "".join(told)
    assert out == "Stopped.\n"
