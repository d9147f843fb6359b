"""Many clients write over HTTP to a hub on SQLite while a spreadsheet is brought in and a backup is made.

Everything that was answered as saved must be there afterwards, nothing may be answered with an error, and nothing may
contradict itself. Run it with `python -m benchmarks.under_load`; the tests run a few seconds of it.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from config import ROOT

EMAIL, PASSWORD = "manager@hub.example", "a long enough passphrase"
FIRST = date(2000, 1, 1)


@dataclass
class Outcome:
    """What came of it: answers by status, seconds each answer took, and what the database says afterwards."""

    statuses: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    unanswered: int = 0
    recorded: int = 0
    imported: dict[str, int] = field(default_factory=dict)
    import_seconds: float = 0
    backup_seconds: float = 0
    check: str = ""
    check_of_backup: str = ""
    log: str = ""

    @property
    def saved(self) -> int:
        """How many clients were told that their completion is saved."""
        return self.statuses[302]

    @property
    def all_is_well(self) -> bool:
        """Whether nothing was lost, doubled, refused or left contradicting itself."""
        sound = "Nothing contradicts itself."
        return (
            set(self.statuses) == {302}
            and self.saved <= self.recorded <= self.saved + self.unanswered
            and self.imported.get("errors") == 0
            and (self.check, self.check_of_backup) == (sound, sound)
            and "locked" not in self.log
        )


def under_load(folder: Path, *, clients: int, seconds: float, rows: int) -> Outcome:
    """Let so many clients write for so long, and bring in a file of so many rows and make a backup meanwhile."""
    hub = Hub(folder / "hub")
    hub.prepare(clients, rows)
    outcome = Outcome()
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(
            hub.words("serve", "--port", "8700"),
            cwd=ROOT,
            env=hub.settings,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        try:
            assert server.stdout is not None
            address = urlsplit(server.stdout.readline().strip()).netloc
            visitor = Visitor(address)
            visitor.sign_in()
            until = time.monotonic() + seconds

            def goes_on() -> bool:
                return time.monotonic() < until

            writers = [threading.Thread(target=visitor.write, args=(each, goes_on, outcome)) for each in range(clients)]
            for each in writers:
                each.start()
            time.sleep(seconds / 10)
            hub.disturb(outcome, folder)
            for each in writers:
                each.join()
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(30)
    outcome.log = (folder / "log").read_text()
    outcome.check = hub.run("check").strip()
    outcome.recorded = int(hub.run("shell", typed=_COUNT).split("recorded:")[1].split()[0])
    restored = Hub(folder / "restored")
    restored.run("restore", str(folder / "backup"))
    outcome.check_of_backup = restored.run("check").strip()
    return outcome


_COUNT = """
from training_app.database import db
from training_app.people.models import Person
from training_app.records.models import Completion
own = db.select(db.func.count()).select_from(Completion).join(Person).where(Person.reference.like("C-%"))
print("recorded:" + str(db.session.scalar(own)))
"""


class Hub:
    """A hub on SQLite in a folder of its own, used by commands as they are typed."""

    def __init__(self, folder: Path, **settings: str) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        self.settings = {"PATH": os.environ["PATH"], "APP_ENV": "testing", "INSTANCE_PATH": str(folder)} | settings

    def words(self, *words: str) -> list[str]:
        """Return what is to be started for a command."""
        return [sys.executable, "-u", "-m", "flask", "--app", "training_app", *words]

    def run(self, *words: str, typed: str = "") -> str:
        """Run a command that must not fail, and return what it said."""
        done = subprocess.run(
            self.words(*words), cwd=ROOT, env=self.settings, input=typed, capture_output=True, text=True
        )
        if done.returncode:
            raise RuntimeError(f"{words[0]}: {done.stdout}{done.stderr}")
        return done.stdout

    def prepare(self, clients: int, rows: int) -> None:
        """Make the tables, the strategy, a person for each client, one for each hundred rows, and a manager."""
        self.run("db", "upgrade")
        self.run("seed")
        people = ["reference,name,organisation,organisation_kind,workforce_group,start_on"]
        references = [f"C-{each}" for each in range(clients)] + [f"I-{each}" for each in range(rows // 100 + 1)]
        people += [f"{each},Person {each},Harbour,music_service,music-service-staff,1999-01-01" for each in references]
        (self.folder / "people.csv").write_text("\n".join(people), "utf-8")
        self.run("import", "people", str(self.folder / "people.csv"))
        self.write_completions(rows)
        self.run("account", "create", EMAIL, "--role", "workforce_manager", "--password-stdin", typed=PASSWORD)

    def write_completions(self, rows: int) -> None:
        """Write the file that is to be brought in meanwhile, a hundred rows for each of its people."""
        completions = ["person,module,completed_on"]
        completions += [f"I-{each // 100},SND-02,{FIRST + timedelta(days=each % 100)}" for each in range(rows)]
        (self.folder / "completions.csv").write_text("\n".join(completions), "utf-8")

    def disturb(self, outcome: Outcome, folder: Path) -> None:
        """Bring in the file and make the backup, both at once."""

        def back_up() -> None:
            begun = time.monotonic()
            self.run("backup", str(folder / "backup"))
            outcome.backup_seconds = time.monotonic() - begun

        backup = threading.Thread(target=back_up)
        backup.start()
        begun = time.monotonic()
        said = self.run("import", "completions", str(self.folder / "completions.csv"))
        outcome.import_seconds = time.monotonic() - begun
        outcome.imported = json.loads(said.strip().splitlines()[-1])
        backup.join()


class Visitor:
    """The manager, signed in; all clients share the sign-in and each has a connection of its own."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.cookie = ""
        self.token = ""
        self.signing_in = True

    def ask(
        self, connection: http.client.HTTPConnection, path: str, form: dict[str, str] | None = None
    ) -> tuple[int, str]:
        """Send a request and return status and page."""
        headers = {"Cookie": self.cookie, "Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST" if form else "GET", path, urlencode(form) if form else None, headers)
        answer = connection.getresponse()
        page = answer.read().decode()
        if self.signing_in:  # afterwards each client goes on with the cookie that all share
            for name, value in answer.getheaders():
                if name.lower() == "set-cookie":
                    self.cookie = value.partition(";")[0]
        return answer.status, page

    def sign_in(self) -> None:
        """Sign in and remember the token that every form needs."""
        connection = http.client.HTTPConnection(self.address, timeout=60)
        for path, form in (
            ("/sign-in", {"email": EMAIL, "password": PASSWORD, "way": "password"}),
            ("/records/add", None),
        ):
            _, page = self.ask(connection, path)
            found = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', page)
            assert found, page
            self.token = found[1]
            if form:
                status, page = self.ask(connection, path, form | {"csrf_token": self.token})
                assert status == 302, (status, page)
        self.signing_in = False

    def write(self, number: int, goes_on: Callable[[], bool], outcome: Outcome) -> None:
        """Record one completion after the other, each on another day, as long as it goes on."""
        connection = http.client.HTTPConnection(self.address, timeout=60)
        day = FIRST
        while goes_on():
            day += timedelta(days=1)
            form = {
                "csrf_token": self.token,
                "module": "SND-02",
                "person": f"C-{number}",
                "evidence": "verified",
                "save": "yes",
                "completed_on-day": str(day.day),
                "completed_on-month": str(day.month),
                "completed_on-year": str(day.year),
            }
            begun = time.monotonic()
            try:
                status, _ = self.ask(connection, "/records/add", form)
            except OSError:
                outcome.unanswered += 1
                connection.close()
                continue
            outcome.statuses[status] += 1
            outcome.seconds.append(time.monotonic() - begun)


def main() -> None:
    """Run it and print what came of it; the exit status says whether all is well."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--rows", type=int, default=10_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = under_load(Path(folder), clients=asked.clients, seconds=asked.seconds, rows=asked.rows)
    times = sorted(found.seconds)
    print(
        f"{asked.clients} clients for {asked.seconds:.0f} seconds: {dict(found.statuses)}, {found.unanswered} unanswered"
    )
    print(f"saved {found.saved:,} ({found.saved / asked.seconds:.0f} a second), found {found.recorded:,}")
    print(f"answers: median {statistics.median(times):.2f} s, 99 of 100 within {times[int(len(times) * 0.99)]:.2f} s")
    print(f"import of {asked.rows:,} rows: {found.import_seconds:.1f} s, {found.imported}")
    print(f"backup: {found.backup_seconds:.1f} s; restored: {found.check_of_backup}")
    print(f"check: {found.check}")
    print("all is well" if found.all_is_well else f"NOT well: {found.log[-2000:]}")
    sys.exit(not found.all_is_well)


if __name__ == "__main__":
    main()
