"""`mail send --watch` as it is run by whatever keeps services running."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from config import ROOT
from tests.builders import Hub
from training_app.database import transaction
from training_app.mail import queue


@pytest.mark.on_sqlite_only
def test_a_service_sends_what_comes_and_ends_cleanly_when_it_is_stopped(hub: Hub) -> None:
    settings = hub.app.config["SETTINGS"]
    given = {"APP_ENV": "testing", "DATABASE_URL": settings.database_url, "INSTANCE_PATH": str(settings.instance)}
    service = subprocess.Popen(
        [sys.executable, "-u", "-m", "flask", "--app", "training_app", "mail", "send", "--watch"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]} | given,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert service.stdout is not None
        assert "as they come" in service.stdout.readline()
        with transaction():
            queue(hub.actor, "sign-in link", "a@hub.example", "Sign in", "Hello", leaves_always=True)
        for _ in range(200):
            if list((settings.instance / "mail").glob("*.eml")):
                break
            try:
                service.wait(0.1)
            except subprocess.TimeoutExpired:
                continue
        assert len(list((settings.instance / "mail").glob("*.eml"))) == 1
        service.send_signal(signal.SIGTERM)
        said, _ = service.communicate(timeout=20)
        assert (service.returncode, said) == (0, "Stopped.\n")
    finally:
        service.kill()
