"""The chain while many write: nobody waits for an import but for the database's own sake, and all of it verifies."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, timedelta

from sqlalchemy import func, select

from tests.builders import Hub
from training_app.audit import Actor, AuditEvent, chain
from training_app.database import db, transaction
from training_app.imports import KINDS, bring_in
from training_app.people.actions import add_organisation

WRITERS = 64
PEOPLE, DAYS = 100, 100


def _completions() -> bytes:
    first = date(2026, 1, 1)
    rows = (f"P-{number},IND-01,{first + timedelta(days=day)}" for number in range(PEOPLE) for day in range(DAYS))
    return ("person,module,completed_on\n" + "\n".join(rows)).encode()


def test_the_chain_verifies_after_64_writers_during_an_import_of_10_000_rows(hub: Hub) -> None:
    for number in range(PEOPLE):
        hub.person(f"Somebody {number}", reference=f"P-{number}")
    db.session.rollback()
    before = db.session.scalar(select(func.count()).select_from(AuditEvent)) or 0
    db.session.rollback()
    failures: list[BaseException] = []
    created: list[int] = []
    finished = threading.Event()

    def within(act: Callable[[], None]) -> threading.Thread:
        def run() -> None:
            with hub.app.app_context():
                try:
                    act()
                except BaseException as failure:
                    failures.append(failure)

        return threading.Thread(target=run)

    def import_all() -> None:
        try:
            created.append(bring_in(Actor.command(), KINDS["completions"], _completions(), "done.csv").created)
        finally:
            finished.set()

    def write(number: int) -> Callable[[], None]:
        def add() -> None:
            with transaction():
                add_organisation(Actor.command(), f"School {number}", "school")

        return add

    def seal() -> None:
        while not finished.wait(0.05):
            chain.seal_everything()

    threads = [within(import_all), within(seal), *(within(write(number)) for number in range(WRITERS))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert created == [PEOPLE * DAYS]
    chain.seal_everything()
    found = chain.verify()
    assert found.problems == []
    assert (found.events, found.unsealed) == (before + WRITERS + PEOPLE * DAYS, 0)
