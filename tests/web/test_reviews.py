"""Leavers: who left so long ago that what is held about them is to be looked at."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from html import unescape

import pytest
from sqlalchemy import func, select
from time_machine import travel

from tests.builders import Hub
from tests.clients import PageClient
from training_app.database import db
from training_app.people.models import KeptLeaver
from training_app.people.queries import leavers_due
from training_app.people.scope import everybody

UNTIL = {"until-day": "1", "until-month": "5", "until-year": "2027"}


@pytest.fixture(autouse=True)
def _on_23_november_2026() -> Iterator[None]:
    with travel("2026-11-23 12:00 +0000", tick=True):
        yield


def page(client: PageClient, path: str) -> str:
    return unescape(client.get(path).get_data(as_text=True))


def leavers(hub: Hub) -> None:
    hub.person("Ama Due", reference="L-1", start_on="2015-01-01", end_on="2020-11-23")
    hub.person("Ben Soon", reference="L-2", start_on="2015-01-01", end_on="2020-11-24")
    back = hub.person("Cai Back", reference="L-3", start_on="2010-01-01", end_on="2012-11-24")
    hub.engagement(back, "hub-providers", "2027-01-01")
    hub.person("Dev Here", reference="L-4")
    hub.person("Elin Never", reference="L-5", group=None)


def test_who_left_so_long_ago_is_listed_and_counted_on_the_managers_home(hub: Hub, as_manager: PageClient) -> None:
    leavers(hub)
    assert "1 person left so long ago" in page(as_manager, "/")
    listed = as_manager.get("/people/review.csv").get_data(as_text=True).splitlines()
    assert listed[1:] == ["L-1,Ama Due,2020-11-23,2026-11-23"]
    assert "Ama Due" in page(as_manager, "/people/review")
    assert leavers_due(everybody(), date(2026, 11, 22), 6) == []
    assert leavers_due(everybody(), date(2026, 11, 23), 7) == []


def test_what_is_kept_for_now_with_a_reason_is_listed_again_on_its_day(hub: Hub, as_manager: PageClient) -> None:
    leavers(hub)
    path = "/people/L-1/keep"
    refused = as_manager.submit(path, UNTIL)
    assert refused.status_code == 400
    assert "Say why" in refused.get_data(as_text=True)
    past = as_manager.submit(path, {**UNTIL, "until-year": "2026", "reason": "May come back"})
    assert past.status_code == 400
    assert "Choose a day to come" in past.get_data(as_text=True)
    for _ in range(2):
        done = as_manager.submit(path, {**UNTIL, "reason": "May come back"}, follow_redirects=True)
        assert "is kept until 1 May 2027" in done.get_data(as_text=True)
    assert db.session.scalar(select(func.count()).select_from(KeptLeaver)) == 1
    assert "Ama Due" not in as_manager.get("/people/review.csv").get_data(as_text=True)
    assert [each.due_since for each in leavers_due(everybody(), date(2027, 5, 1), 6)] == [
        date(2026, 11, 24),
        date(2027, 5, 1),
    ]


@pytest.mark.on_sqlite_only
def test_only_leavers_can_be_kept(hub: Hub, as_manager: PageClient) -> None:
    leavers(hub)
    for reference, status in (("L-2", 200), ("L-3", 400), ("L-4", 400), ("L-5", 400)):
        assert as_manager.get(f"/people/{reference}/keep").status_code == status, reference
