"""When the database is gone: a plain page, and it recovers by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.builders import Hub
from tests.clients import PageClient
from training_app.database import db


@pytest.mark.on_sqlite_only
def test_without_a_database_every_page_says_so_plainly_and_recovers_by_itself(hub: Hub, as_manager: PageClient) -> None:
    settings = hub.app.config["SETTINGS"]
    place = Path(settings.database_url.removeprefix("sqlite:///"))
    assert as_manager.get("/healthz").get_data(as_text=True) == "ok"
    db.session.remove()
    db.engine.dispose()
    away = place.with_suffix(".away")
    place.rename(away)
    place.mkdir()
    try:
        health = as_manager.get("/healthz")
        assert health.status_code == 503
        page = as_manager.get("/people")
        assert page.status_code == 503
        assert "Traceback" not in page.get_data(as_text=True)
    finally:
        db.session.remove()
        db.engine.dispose()
        place.rmdir()
        away.rename(place)
    assert as_manager.get("/healthz").status_code == 200
    assert as_manager.get("/people").status_code == 200
