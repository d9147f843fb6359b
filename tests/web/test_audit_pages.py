"""The audit page, and the histories on the pages of what they are about."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest
from sqlalchemy import func, select

from tests.builders import CountedQueries, Hub
from tests.clients import PageClient, sign_in
from training_app.assignments.actions import void_waiver, waive
from training_app.audit import Actor, AuditEvent
from training_app.audit.queries import SHOWN_SINGLY
from training_app.catalogue.actions import retire_module
from training_app.catalogue.models import Module
from training_app.clock import today
from training_app.database import db, transaction
from training_app.people.actions import change_person
from training_app.people.models import Person
from training_app.records.actions import (
    correct_completion,
    extend_validity,
    log_training,
    record_completions,
    return_evidence,
    verify,
    void_completion,
    withdraw_extension,
)
from training_app.records.models import Completion, Evidence
from training_app.skills.actions import exempt, require_level, void_exemption
from training_app.skills.levels import Level
from training_app.web.telling import LATEST

pytestmark = pytest.mark.watched


def _page(client: PageClient, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status, address
    return " ".join(response.get_data(as_text=True).split())


def _rename(hub: Hub, person: int, name: str) -> None:
    with transaction():
        row = db.session.get_one(Person, person)
        change_person(Actor.command(), row, reference=row.reference, name=name, email=row.email)


# --- searching


@pytest.mark.on_sqlite_only
def test_the_log_is_searched_by_person_by_who_acted_by_action_and_by_day(hub: Hub, as_manager: PageClient) -> None:
    ama = hub.person("Ama Okafor", reference="P-1", with_completed=["IND-01"])
    hub.person("Ben Hale", reference="P-2")
    as_manager.submit("/people/P-1/edit", {"name": "Ama Reid"})
    everything = _page(as_manager, "/audit")
    assert "IND-01 Welcome to the hub" in everything
    assert "A command on the server" in everything
    hers = _page(as_manager, "/audit?q=Reid")
    assert "the name from “Ama Okafor” to “Ama Reid”" in hers
    assert "Ben Hale" not in hers
    by_the_manager = _page(as_manager, "/audit?by=manager@hub")
    assert "the name from" in by_the_manager
    assert "A command on the server" not in by_the_manager
    assert "the name from" not in _page(as_manager, "/audit?by=server")
    completions = _page(as_manager, "/audit?action=completion.recorded")
    assert "IND-01" in completions
    assert "Ben Hale" not in completions
    assert "Nothing fits these filters" in _page(as_manager, "/audit?to=2020-01-01")
    assert "IND-01" in _page(as_manager, f"/audit?from={today().isoformat()}")
    assert db.session.get_one(Person, ama).name == "Ama Reid"


def test_many_of_one_kind_from_one_go_are_one_line_that_leads_to_all(hub: Hub, as_manager: PageClient) -> None:
    people = [hub.person(f"Somebody {number}") for number in range(SHOWN_SINGLY + 1)]
    module = hub.module_id("IND-01")
    actor = Actor.command()
    with transaction():
        record_completions(actor, people, module, date(2026, 9, 1), Evidence.VERIFIED)
    page = _page(as_manager, "/audit?action=completion.recorded")
    assert f"Completion recorded: {SHOWN_SINGLY + 1} in one go" in page
    assert "Somebody 0" not in page
    unfolded = _page(as_manager, f"/audit?together={actor.batch_id}&action=completion.recorded")
    assert all(f"Somebody {number}" in unfolded for number in range(SHOWN_SINGLY + 1))
    of_one = _page(as_manager, "/audit?action=completion.recorded&q=Somebody+3")
    assert "in one go" not in of_one
    assert "Somebody 3" in of_one


@pytest.mark.on_sqlite_only
def test_a_few_of_one_kind_are_shown_one_by_one(hub: Hub, as_manager: PageClient) -> None:
    people = [hub.person(f"Somebody {number}") for number in range(SHOWN_SINGLY)]
    module = hub.module_id("IND-01")
    with transaction():
        record_completions(Actor.command(), people, module, date(2026, 9, 1), Evidence.VERIFIED)
    page = _page(as_manager, "/audit?action=completion.recorded")
    assert "in one go" not in page
    assert all(f"Somebody {number}" in page for number in range(SHOWN_SINGLY))


def test_the_file_has_a_row_for_each_event_and_nothing_that_a_spreadsheet_would_run(
    hub: Hub, as_manager: PageClient
) -> None:
    person = hub.person("=HYPERLINK(1)", reference="P-1")
    for number in range(SHOWN_SINGLY + 1):
        hub.completion(person, "IND-01", f"2026-09-0{number + 1}")
    response = as_manager.get("/audit.csv?action=completion.recorded&q=HYPERLINK")
    assert response.headers["Content-Disposition"] == "attachment; filename=audit.csv"
    rows = list(csv.DictReader(io.StringIO(response.get_data(as_text=True).lstrip("\ufeff"))))
    assert len(rows) == SHOWN_SINGLY + 1
    assert {row["name"] for row in rows} == {"'=HYPERLINK(1)"}
    assert {row["by"] for row in rows} == {"A command on the server"}
    assert rows[0]["what"].startswith("IND-01 Welcome to the hub")
    assert rows[0]["action"] == "Completion recorded"


@pytest.mark.on_sqlite_only
@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("action=nothing.such", "There are:"),
        ("about=nonsense", "names nothing"),
        ("about=completion-999999999999999999999", "names nothing"),
        ("from=31/02/2026", "not a day that the calendar has"),
        ("to=soon", "is not a day"),
    ],
)
def test_what_cannot_be_looked_for_is_said(as_manager: PageClient, asked: str, says: str) -> None:
    assert says in _page(as_manager, f"/audit?{asked}", 400)
    assert as_manager.get(f"/audit.csv?{asked}").status_code == 400


@pytest.mark.on_sqlite_only
@pytest.mark.parametrize(
    "asked", ["page=-1", "page=99999999999999999999", "q=%00x", "together=none", "by=%f0%9f%8e%b5"]
)
def test_odd_questions_get_a_page(as_manager: PageClient, asked: str) -> None:
    assert as_manager.get(f"/audit?{asked}").status_code in (200, 400)


@pytest.mark.on_sqlite_only
def test_looking_leaves_nothing_in_the_log(hub: Hub, as_manager: PageClient) -> None:
    hub.person("Ama Okafor", reference="P-1", with_completed=["IND-01"])
    before = db.session.scalar(select(func.count()).select_from(AuditEvent))
    for address in ("/audit", "/audit?q=Ama", "/audit.csv", "/people/P-1/history", "/records/1"):
        assert as_manager.get(address).status_code == 200
    assert db.session.scalar(select(func.count()).select_from(AuditEvent)) == before


def test_the_number_of_queries_is_the_same_for_a_longer_log(hub: Hub, as_manager: PageClient) -> None:
    counts = []
    for round_ in range(2):
        for number in range(10 + 10 * round_):
            hub.person(f"Somebody {round_} {number}", with_completed=["IND-01"])
        as_manager.get("/audit?q=Somebody")
        with CountedQueries() as counted:
            as_manager.get("/audit?q=Somebody")
        counts.append(counted.count)
    assert counts[0] == counts[1] <= 25


# --- on the pages of what they are about


@pytest.mark.on_sqlite_only
def test_a_persons_page_shows_the_latest_and_leads_to_all(hub: Hub, as_manager: PageClient) -> None:
    ama = hub.person("Ama Okafor", reference="P-1")
    for number in range(LATEST):
        _rename(hub, ama, f"Ama {number}")
    page = _page(as_manager, "/people/P-1")
    assert f"the name from “Ama {LATEST - 2}” to “Ama {LATEST - 1}”" in page
    assert "with the reference P-1" not in page
    assert f"Show all {LATEST + 2} changes" in page
    assert "with the reference P-1" in _page(as_manager, "/people/P-1/history")


@pytest.mark.on_sqlite_only
def test_a_module_and_a_requirement_show_their_history_to_managers(hub: Hub, as_manager: PageClient) -> None:
    hub.account("staff@hub.example", "member", person=hub.person())
    with transaction():
        retire_module(hub.actor, db.session.get_one(Module, hub.module_id("SND-03")), date(2030, 1, 1))
        require_level(hub.actor, hub.group_id("hub-providers"), hub.skill_id("send"), Level.LEADING, date(2031, 1, 1))
    assert "Retired by a command on the server on" in _page(as_manager, "/catalogue/SND-03")
    assert "leading is needed from 1 January 2031" in _page(as_manager, "/requirements/hub-providers/send")
    assert "by a command on the server" not in _page(sign_in(hub.app, "staff@hub.example"), "/catalogue/SND-03")


@pytest.mark.on_sqlite_only
def test_a_requirement_of_which_nothing_was_decided_has_no_history_of_others(hub: Hub, as_manager: PageClient) -> None:
    page = _page(as_manager, "/requirements/board-slt/technology")
    assert "Nothing was changed yet." in page


def test_a_completion_has_its_own_page(hub: Hub, as_manager: PageClient) -> None:
    ama = hub.person("Ama Okafor", reference="P-1")
    entry = hub.completion(ama, "SAF-02", "2026-09-01", hours=None, provider="Harbour Training", note="Online")
    page = _page(as_manager, f"/records/{entry}")
    for words in (
        "SAF-02 Safeguarding: the yearly update",
        "Valid until 1 September 2027",
        "Keeping children safe",
        "Harbour Training",
        "Online",
        "Recorded as verified by a command on the server on",
        "Correct the day",
        "Send back",
        "Void",
    ):
        assert words in page, words


@pytest.mark.on_sqlite_only
def test_a_completions_page_tells_its_corrections_extensions_and_end(hub: Hub, as_manager: PageClient) -> None:
    ama = hub.person("Ama Okafor", reference="P-1")
    first = hub.completion(ama, "SAF-02", "2026-09-01")
    with transaction():
        entry = db.session.get_one(Completion, first)
        extend_validity(hub.actor, entry, date(2028, 1, 1), "The course was cancelled")
        second = correct_completion(hub.actor, entry, date(2026, 9, 2), "The certificate says another day")
        withdraw_extension(hub.actor, second.extensions[0], "It takes place after all")
        third = correct_completion(hub.actor, second, date(2026, 9, 3), "Once more")
        void_completion(hub.actor, third, "Recorded for the wrong person")
        ids = second.id, third.id
    assert "It was replaced by" in (page := _page(as_manager, f"/records/{first}"))
    assert "the entry of 2 September 2026" in page
    assert "the entry of 3 September 2026" in page
    assert "It counts on no day" in page
    page = _page(as_manager, f"/records/{ids[0]}")
    assert "It replaced <a" in page
    assert "Withdrawn on" in page
    assert "It takes place after all" in page
    page = _page(as_manager, f"/records/{ids[1]}")
    assert "Recorded for the wrong person" in page
    assert "Correct the day" not in page


@pytest.mark.on_sqlite_only
def test_an_entry_that_waits_or_was_sent_back_or_ran_out_says_so(hub: Hub, as_manager: PageClient) -> None:
    ama = hub.person("Ama Okafor", reference="P-1")
    module = hub.module_id("IND-01")
    with transaction():
        waits = log_training(hub.actor, ama, module, date(2026, 9, 1)).completion
        returned = log_training(hub.actor, ama, module, date(2026, 9, 2)).completion
        return_evidence(hub.actor, returned, "The certificate is unreadable")
        ids = waits.id, returned.id
    past = hub.completion(ama, "SAF-02", "2020-09-01")
    page = _page(as_manager, f"/records/{ids[0]}")
    assert "It awaits confirmation" in page
    assert ">Verify</button>" in page
    assert "The certificate is unreadable" in _page(as_manager, f"/records/{ids[1]}")
    assert "It counted until 1 September 2021" in _page(as_manager, f"/records/{past}")


# --- for those who may see less


def test_a_coordinator_reads_who_did_it_as_the_hub_and_nothing_recorded_elsewhere(hub: Hub) -> None:
    north = hub.organisation("North School", kind="school")
    south = hub.organisation("South School", kind="school")
    hub.account("coordinator@hub.example", "coordinator", organisations=[north])
    manager = hub.account("manager@hub.example", "workforce_manager")
    own = hub.person("Ama Okafor", reference="P-1", organisation=north)
    shared = hub.person("Ben Hale", reference="P-2", organisation=north)
    hub.engagement(shared, "hub-providers", organisation=south)
    theirs = hub.completion(own, "IND-01", "2026-09-01", note="A note")
    elsewhere = hub.completion(shared, "IND-01", "2026-09-01", note="A secret note")
    with transaction():
        return_evidence(Actor.account(manager), db.session.get_one(Completion, elsewhere), "A secret reason")
        verify(Actor.account(manager), db.session.get_one(Completion, elsewhere))
    client = sign_in(hub.app, "coordinator@hub.example")
    page = _page(client, f"/records/{theirs}")
    assert "A note" in page
    assert "Recorded as verified by the hub on" in page
    page = _page(client, f"/records/{elsewhere}")
    for words in ("secret", "manager", "by the hub", "History"):
        assert words not in page, words
    assert "History" not in _page(client, "/people/P-1")


def test_a_member_reads_their_own_history_and_no_name_of_the_staff(hub: Hub) -> None:
    manager = hub.account("manager@hub.example", "workforce_manager", person=hub.person("Jo Ellis"))
    ama = hub.person("Ama Okafor", reference="P-1", group="music-service-staff")
    member = hub.account("ama@hub.example", "member", person=ama)
    with transaction():
        entry = log_training(Actor.account(member), ama, hub.module_id("IND-01"), date(2026, 9, 1)).completion
        verify(Actor.account(manager), entry)
    hub.person("Ben Hale", reference="P-2", with_completed=["IND-02"])
    client = sign_in(hub.app, "ama@hub.example")
    for page in (_page(client, "/my/record"), _page(client, "/my/record/history")):
        assert "IND-01 Welcome to the hub: music for every child, 1 September 2026: logged by you on" in page
        assert "verified by the hub on" in page
        for words in ("Jo Ellis", "manager@hub.example", "2026: recorded", "Sign-in begun", "Account"):
            assert words not in page, words


@pytest.mark.on_sqlite_only
def test_a_member_reads_what_was_waived_extended_or_exempted_of_theirs_and_what_was_taken_back(hub: Hub) -> None:
    hub.account("manager@hub.example", "workforce_manager", person=hub.person("Jo Ellis"))
    ama, ben = hub.person("Ama Okafor", reference="P-1"), hub.person("Ben Hale", reference="P-2")
    hub.account("ama@hub.example", "member", person=ama)
    hub.account("ben@hub.example", "member", person=ben)
    entry, first, last = hub.completion(ama, "SAF-01", date(2024, 1, 10)), date(2026, 9, 1), date(2027, 8, 31)
    with transaction():
        waiver = waive(hub.actor, ama, hub.module_id("SND-02"), first, "Taught it for years", last)
        exemption = exempt(hub.actor, ama, hub.skill_id("send"), first, "Away on leave", last)
        extension = extend_validity(hub.actor, db.session.get_one(Completion, entry), last, "The course was put off")
    with transaction():
        void_waiver(hub.actor, waiver, "It was the other Ama")
        void_exemption(hub.actor, exemption, "She is back")
        withdraw_extension(hub.actor, extension, "It took place")
    page = _page(sign_in(hub.app, "ama@hub.example"), "/my/record/history")
    for words in (
        "Waiver of SND-02 Adapting music for learners with SEND: added by the hub on",
        "Waiver of SND-02 Adapting music for learners with SEND: taken back as a mistake by the hub on",
        "from 1 September 2026 to 31 August 2027.",
        "it was from 1 September 2026 to 31 August 2027.",
        "extended by the hub on",
        "extension withdrawn by the hub on",
        *("Taught it for years", "It was the other Ama", "Away on leave", "She is back"),
        *("The course was put off", "It took place"),
    ):
        assert words in page, words
    assert page.count("it was from 1 September 2026 to 31 August 2027.") == 2
    assert "Waiver" not in _page(sign_in(hub.app, "ben@hub.example"), "/my/record/history")
