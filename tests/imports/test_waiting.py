"""Files that were looked at and wait to be confirmed hold names, and are not kept longer than they must be."""

from __future__ import annotations

import io
import os
import time
from pathlib import Path

import pytest

from tests.builders import Hub
from tests.clients import PageClient
from tests.pages import hidden_fields

pytestmark = pytest.mark.on_sqlite_only

FILE = (
    b"reference,name,organisation,organisation_kind,workforce_group,start_on\n"
    b"P-1,Ama Okafor,Harbour School,school,generalist-teachers,2024-09-01\n"
)


@pytest.fixture
def folder(hub: Hub) -> Path:
    place: Path = hub.app.config["SETTINGS"].instance / "imports"
    place.mkdir(parents=True)
    return place


def _kept(folder: Path) -> int:
    return len(list(folder.iterdir()))


def _look(client: PageClient, content: bytes = FILE) -> dict[str, str]:
    shown = client.submit("/imports", {"kind": "people", "file": (io.BytesIO(content), "people.csv")})
    return dict(hidden_fields(shown.get_data(as_text=True)))


def test_a_file_waits_until_it_is_confirmed_or_another_is_chosen(folder: Path, as_manager: PageClient) -> None:
    _look(as_manager)
    seen = _look(as_manager)
    assert _kept(folder) == 1
    assert as_manager.post("/imports/confirm", data=seen).status_code == 302
    assert _kept(folder) == 0
    _look(as_manager)
    _look(as_manager, FILE.replace(b"P-1", b"a b"))
    assert _kept(folder) == 0


def test_none_is_kept_for_more_than_a_day(hub: Hub, folder: Path, as_manager: PageClient) -> None:
    seen = _look(as_manager)
    yesterday = time.time() - 24 * 60 * 60 - 60
    for another in ("by a page", "by a command", "by confirming"):
        (folder / another).write_bytes(FILE)
        for each in folder.iterdir():
            os.utime(each, (yesterday, yesterday))
        if another == "by a page":
            as_manager.get("/imports")
        elif another == "by a command":
            hub.app.test_cli_runner().invoke(args=["check"])
        else:
            as_manager.post("/imports/confirm", data=seen)
        assert _kept(folder) == 0, another
