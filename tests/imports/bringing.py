"""Bringing in files through the command, as the hub does it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from tests.builders import Hub
from training_app.database import db


@dataclass(frozen=True)
class Outcome:
    """What the command answered: exit status, counts, and the lines on standard error."""

    status: int
    counts: dict[str, int]
    said: list[str]

    @property
    def bad(self) -> list[tuple[int, str]]:
        """Line and column of each bad cell."""
        found = []
        for line in self.said:
            if line.startswith("line "):
                number, column, _ = line.removeprefix("line ").split(": ", 2)
                found.append((int(number), column))
        return found


def bring(hub: Hub, kind: str, content: str | bytes, *options: str, name: str = "file.csv") -> Outcome:
    """Bring in a file and return what the command answered."""
    path = Path(hub.app.instance_path) / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    db.session.rollback()
    result = hub.app.test_cli_runner().invoke(args=["import", kind, str(path), *options])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert result.stdout, result.stderr
    last = result.stdout.strip().splitlines()[-1]
    return Outcome(result.exit_code, json.loads(last), result.stderr.splitlines())


def counts(rows: int, created: int = 0, updated: int = 0, unchanged: int = 0, errors: int = 0) -> dict[str, int]:
    """Return counts as the command's last line has them."""
    return {"rows": rows, "created": created, "updated": updated, "unchanged": unchanged, "errors": errors}
