"""What a coordinator records: for their own people, waiting until the manager verifies it, theirs to put right until then."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from time_machine import travel
from werkzeug.test import TestResponse

from tests.builders import Hub
from tests.clients import PageClient, sign_in
from tests.coordinator.two_of_three import TODAY, fill, the_coordinator, without_chance
from training_app.database import db, transaction
from training_app.people.models import Person
from training_app.records.actions import return_evidence, verify
from training_app.records.models import Completion, Evidence

pytestmark = [pytest.mark.usefixtures("_on_the_day"), pytest.mark.begins_with(fill, on=TODAY)]
DAY = {"completed_on-day": "2", "completed_on-month": "11", "completed_on-year": "2026"}


@pytest.fixture
def _on_the_day():  # type: ignore[no-untyped-def]
    with travel(TODAY, tick=False):
        yield


@pytest.fixture
def coordinator(hub: Hub) -> PageClient:
    return the_coordinator(hub)


def record(client: PageClient, *people: str, **more: Any) -> TestResponse:
    return client.submit("/records/add", {"module": "IND-01", **DAY, "person": list(people), "save": "yes", **more})


def entries_of(reference: str, module: str = "IND-01") -> list[Completion]:
    found = db.session.scalars(
        select(Completion).join(Person).where(Person.reference == reference).order_by(Completion.id)
    )
    return [each for each in found if each.module.code == module]


def test_what_a_coordinator_records_waits_for_the_manager(
    hub: Hub, coordinator: PageClient, as_manager: PageClient
) -> None:
    assert "Verified: somebody saw it" not in coordinator.get("/records/add").get_data(as_text=True)
    answer = record(coordinator, "F-1", "F-2", note="at the inset day")
    assert answer.status_code == 302
    assert "It counts once the hub has verified it." in coordinator.get("/records").get_data(as_text=True)
    (entry,) = entries_of("F-1")
    assert entry.evidence == Evidence.SELF_DECLARED
    assert entry.recorded_for_organisation_id == hub.organisation("Fenwick Primary")
    assert [each.recorded_for_organisation_id for each in entries_of("F-2")] == [hub.organisation("Fenwick Choir")]
    assert "Ama Here" in as_manager.get("/records/verify").get_data(as_text=True)


def test_evidence_that_is_sent_all_the_same_is_refused_by_its_name(coordinator: PageClient) -> None:
    answer = record(coordinator, "F-1", evidence="verified")
    assert answer.status_code == 400
    assert "&#34;evidence&#34; is not yours to fill in" in answer.get_data(as_text=True)
    assert entries_of("F-1") == []


@pytest.mark.parametrize("reference", ["SECRET-1", "F-3", "F-4"])
def test_who_is_not_with_them_today_is_as_somebody_who_is_not_there(coordinator: PageClient, reference: str) -> None:
    """A stranger, one who left, one who is yet to come."""
    answers = [
        (answer.status_code, without_chance(answer.get_data(as_text=True), who))
        for who in (reference, "ABSENT-1")
        for answer in [record(coordinator, "F-1", who)]
    ]
    assert answers[0] == answers[1]
    assert answers[0][0] == 400
    assert entries_of("F-1") == []
    assert reference not in coordinator.get("/records/add").get_data(as_text=True)


def test_the_list_and_its_file_tell_no_more_than_a_persons_page(coordinator: PageClient) -> None:
    for path in (
        "/records",
        "/records?q=SECRET",
        "/records?evidence=void",
        "/records.csv",
        "/records/add",
        "/records/add?q=e",
    ):
        said = coordinator.get(path).get_data(as_text=True)
        assert not re.search("secret (note|provider|reflection|reason|harbour|stranger)", said, re.IGNORECASE), path
    assert "Elin Shared" in coordinator.get("/records").get_data(as_text=True)


def test_a_coordinator_puts_right_what_they_recorded_until_it_is_verified(hub: Hub, coordinator: PageClient) -> None:
    record(coordinator, "F-1")
    (entry,) = entries_of("F-1")
    assert "Correct the day" in coordinator.get("/people/F-1").get_data(as_text=True)
    coordinator.submit(f"/records/{entry.id}/correct", {**DAY, "completed_on-day": "3", "reason": "the third"})
    _, right = entries_of("F-1")
    assert (right.completed_on, right.evidence) == (date(2026, 11, 3), Evidence.SELF_DECLARED)
    assert right.recorded_for_organisation_id == hub.organisation("Fenwick Primary")
    assert coordinator.get(f"/records/{right.id}/void").status_code == 200
    with transaction():
        verify(hub.actor, db.session.get_one(Completion, right.id))
    assert "Correct the day" not in coordinator.get("/people/F-1").get_data(as_text=True)
    for act in ("correct", "void"):
        answer = coordinator.get(f"/records/{right.id}/{act}")
        assert answer.status_code == 400
        assert "the workforce manager&#39;s to change" in answer.get_data(as_text=True)


def test_an_entry_that_somebody_else_recorded_is_not_theirs_to_change(hub: Hub, coordinator: PageClient) -> None:
    school = hub.organisation("Fenwick Primary")
    hub.account("other@fenwick.example", "coordinator", organisations=[school])
    record(sign_in(hub.app, "other@fenwick.example"), "F-1")
    for entry in (*entries_of("F-1"), *entries_of("F-1", "SAF-03"), *entries_of("SECRET-1", "SND-02")):
        for act in ("correct", "void", "again"):
            assert coordinator.get(f"/records/{entry.id}/{act}").status_code == 404
    for act in ("verify", "send-back"):
        sent = {"csrf_token": coordinator.token(), "reason": "no"}
        assert coordinator.post(f"/records/{entry.id}/{act}", data=sent).status_code == 404


def test_an_entry_that_was_sent_back_is_recorded_again(hub: Hub, coordinator: PageClient) -> None:
    record(coordinator, "F-1")
    (entry,) = entries_of("F-1")
    with transaction():
        return_evidence(hub.actor, db.session.get_one(Completion, entry.id), "which day was it?")
    page = coordinator.get("/people/F-1").get_data(as_text=True)
    assert "which day was it?" in page
    assert f"/records/{entry.id}/again" in page
    assert "which day was it?" in coordinator.get(f"/records/{entry.id}/again").get_data(as_text=True)
    coordinator.submit(f"/records/{entry.id}/again", {**DAY, "note": "the register is in the office"})
    _, anew = entries_of("F-1")
    assert (anew.evidence, anew.note) == (Evidence.SELF_DECLARED, "the register is in the office")


def test_of_a_shared_person_they_read_what_was_recorded_for_them(coordinator: PageClient) -> None:
    record(coordinator, "F-5", note="seen in our own hall")
    page = coordinator.get("/people/F-5").get_data(as_text=True)
    assert "seen in our own hall" in page
    assert "SECRET" not in page
