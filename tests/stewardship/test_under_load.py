"""Many clients write while an import and a backup run: nothing is lost, and nobody is told that the database is locked."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from sqlalchemy import func, select
from werkzeug.serving import make_server

from benchmarks import under_load
from tests.builders import Hub
from training_app.database import db
from training_app.people.models import Person
from training_app.records.models import Completion
from training_app.stewardship.check import problems

CLIENTS, ROWS = 8, 200


@pytest.mark.on_sqlite_only
def test_whatever_was_answered_as_saved_is_there_after_many_wrote_at_once(hub: Hub, tmp_path: Path) -> None:
    for reference in [f"C-{each}" for each in range(CLIENTS)] + [f"I-{each}" for each in range(ROWS // 100)]:
        hub.person(f"Person {reference}", reference=reference)
    hub.account(under_load.EMAIL, "workforce_manager")
    others = under_load.Hub(tmp_path / "others", DATABASE_URL=hub.app.config["SETTINGS"].database_url)
    others.write_completions(ROWS)
    outcome = under_load.Outcome()
    server = make_server("127.0.0.1", 0, hub.app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        visitor = under_load.Visitor(f"127.0.0.1:{server.server_port}")
        visitor.sign_in()
        disturbing = threading.Thread(target=others.disturb, args=(outcome, tmp_path))
        disturbing.start()
        goes_on = disturbing.is_alive
        writers = [threading.Thread(target=visitor.write, args=(each, goes_on, outcome)) for each in range(CLIENTS)]
        for each in writers:
            each.start()
        for each in [*writers, disturbing]:
            each.join(120)
    finally:
        server.shutdown()
    assert set(outcome.statuses) == {302}
    assert outcome.saved >= CLIENTS
    db.session.rollback()
    written = select(func.count()).select_from(Completion).join(Person).where(Person.reference.like("C-%"))
    assert outcome.saved <= (db.session.scalar(written) or 0) <= outcome.saved + outcome.unanswered
    assert outcome.imported["created"] == ROWS
    assert (tmp_path / "backup").exists()
    assert list(problems()) == []
