"""Runs commands as they are typed: inside this process, or really in another one."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from config import ROOT
from training_app.database import db


@dataclass(frozen=True)
class Answer:
    """What a command answered."""

    status: int
    out: list[str]
    err: list[str]


def run(app: Flask, *words: str, typed: str | bytes | None = None) -> Answer:
    """Run a command inside this process; `typed` is its standard input."""
    db.session.rollback()
    result = app.test_cli_runner().invoke(args=list(words), input=typed)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    db.session.rollback()
    return Answer(result.exit_code, result.stdout.splitlines(), result.stderr.splitlines())


def run_for_real(*words: str, typed: str = "", within: Path = ROOT, **settings: str) -> Answer:
    """Run a command in a process of its own, with nothing in its environment but these settings."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "training_app", *words],
        input=typed,
        capture_output=True,
        text=True,
        cwd=within,
        env=kept | {"PYTHONDONTWRITEBYTECODE": "1"} | settings,
        timeout=120,
        check=False,
    )
    return Answer(done.returncode, done.stdout.splitlines(), done.stderr.splitlines())
