"""A coordinator brings in spreadsheets: rows about their own people only, and nothing that tells of anybody else."""

from __future__ import annotations

import csv
import io
import re

import pytest
from sqlalchemy import func, select
from time_machine import travel

from tests.builders import Hub
from tests.clients import PageClient, sign_in
from tests.coordinator.two_of_three import EMAIL, TODAY, fill, the_coordinator, without_chance
from tests.pages import hidden_fields
from training_app.accounts.models import Account, AccountOrganisation
from training_app.audit.models import AuditEvent
from training_app.database import db, transaction
from training_app.people.models import OwnReference, Person, ProbableDouble
from training_app.people.queries import person_by_reference
from training_app.records.actions import verify, void_completion
from training_app.records.models import Completion, Evidence
from training_app.stewardship.check import problems

pytestmark = [pytest.mark.usefixtures("_on_the_day"), pytest.mark.begins_with(fill, on=TODAY)]
PEOPLE = "reference,name,organisation,workforce_group,start_on,email,organisation_kind,area,job_title\n"
COMPLETIONS = "person,module,completed_on,evidence,note\n"
AT_SCHOOL = "Fenwick Primary,generalist-teachers,2026-09-01"


@pytest.fixture
def _on_the_day():  # type: ignore[no-untyped-def]
    with travel(TODAY, tick=False):
        yield


@pytest.fixture
def coordinator(hub: Hub) -> PageClient:
    return the_coordinator(hub)


def look(client: PageClient, kind: str, content: str) -> tuple[int, str]:
    """Choose a file and return the status and the page that says what would happen."""
    sent = {"kind": kind, "file": (io.BytesIO(content.encode()), "ours.csv"), "csrf_token": client.token()}
    answer = client.post("/imports", data=sent, content_type="multipart/form-data")
    return answer.status_code, answer.get_data(as_text=True)


def bring(client: PageClient, kind: str, content: str) -> tuple[int, str]:
    """Choose a file, confirm it if every row is good, and return status and page."""
    status, page = look(client, kind, content)
    if status != 200:
        return status, page
    answer = client.post("/imports/confirm", data=dict(hidden_fields(page)), follow_redirects=True)
    return answer.status_code, answer.get_data(as_text=True)


def doubles() -> dict[tuple[str, str], str]:
    return {
        (each.person.name, each.known.reference): each.because for each in db.session.scalars(select(ProbableDouble))
    }


def events() -> int:
    return db.session.scalar(select(func.count()).select_from(AuditEvent)) or 0


def test_two_kinds_are_offered_and_no_other_can_be_sent(coordinator: PageClient) -> None:
    page = coordinator.get("/imports").get_data(as_text=True)
    assert "Completed training" in page
    assert "Exemptions" not in page
    assert coordinator.get("/imports/examples/people.csv").status_code == 200
    for kind in ("exemptions", "requirements", "nothing"):
        assert look(coordinator, kind, "person,skill,start_on,reason\n")[0] == 400
        assert coordinator.get(f"/imports/examples/{kind}.csv").status_code == 404
        sent = {"kind": kind, "token": "x", "name": "x.csv", "csrf_token": coordinator.token()}
        assert coordinator.post("/imports/confirm", data=sent).status_code == 400


def test_own_people_are_brought_in_and_the_same_file_again_says_nothing_new(hub: Hub, coordinator: PageClient) -> None:
    file = (
        f"{PEOPLE}T-1,Gil Newman,{AT_SCHOOL},gil@fenwick.example,,,\n"
        f"T-1,Gil Newman,Fenwick Choir,frontline-volunteers,2026-10-01,,,,\n"
        "F-1,Ama Here-Now,Fenwick Primary,generalist-teachers,2020-09-01,,school,Westmoor,Year 3\n"
    )
    assert "2 created, 1 updated" in bring(coordinator, "people", file)[1]
    gil = db.session.scalars(select(Person).where(Person.name == "Gil Newman")).one()
    assert gil.reference != "T-1"
    assert person_by_reference("F-1").name == "Ama Here-Now"  # type: ignore[union-attr]
    before = events()
    assert "0 created, 0 updated, 3 as they were" in bring(coordinator, "people", file)[1]
    assert events() == before
    # What their files call somebody finds them: in addresses, in the search, and in a file of completions.
    assert "Gil Newman" in coordinator.get("/people/T-1").get_data(as_text=True)
    assert "calls them T-1 in its own files" in coordinator.get(f"/people/{gil.reference}").get_data(as_text=True)
    assert "Gil Newman" in coordinator.get("/people?q=t-1").get_data(as_text=True)
    assert "1 created" in bring(coordinator, "completions", f"{COMPLETIONS}T-1,IND-01,2026-09-02,,\n")[1]
    assert list(problems()) == []


def test_somebody_known_elsewhere_is_brought_in_like_anyone_new(hub: Hub, coordinator: PageClient) -> None:
    answers = []
    for reference, name, email in (
        ("X-1", "Gil Newman", "gil@fenwick.example"),  # nobody knows them
        ("SECRET-1", "Hal Newman", ""),  # a stranger's reference
        ("X-3", "Ida Newman", "secret@harbour.example"),  # a stranger's e-mail
        ("X-4", "Stranger Secret", ""),  # a stranger's name
        ("X-5", "Kit Newman", "secret-elin@harbour.example"),  # the e-mail, untold, of somebody who is seen
    ):
        file = f"{PEOPLE}{reference},{name},{AT_SCHOOL},{email},,,\n"
        shown = [
            look(coordinator, "people", file),
            bring(coordinator, "people", file),
            look(coordinator, "people", file),
        ]
        tidied = [
            (status, re.sub(r'name="token" value="[^"]*"', "", without_chance(page, reference, name)))
            for status, page in shown
        ]
        person = coordinator.get(f"/people/{reference}")
        tidied.append(
            (person.status_code, without_chance(person.get_data(as_text=True), reference, name, email or "no e-mail"))
        )
        answers.append(tidied)
    assert all(each == answers[0] for each in answers)
    assert doubles() == {
        ("Hal Newman", "SECRET-1"): "reference",
        ("Ida Newman", "SECRET-1"): "e-mail",
        ("Stranger Secret", "SECRET-1"): "name",
        ("Kit Newman", "F-5"): "e-mail",
    }
    assert person_by_reference("SECRET-1").name == "SECRET Stranger"  # type: ignore[union-attr]
    assert list(problems()) == []


@pytest.mark.parametrize(
    ("row", "bad"),
    [
        ("X-1,Gil,SECRET Harbour,hub-providers,2026-09-01,,,,", "organisation"),
        ("X-1,Gil,ABSENT Harbour,hub-providers,2026-09-01,,,,", "organisation"),
        ("X-1,Gil,ABSENT Harbour,hub-providers,2026-09-01,,school,,", "organisation"),
        (f"F-1,Ama Here,{AT_SCHOOL},,voluntary,,", "organisation_kind"),
        (f"F-1,Ama Here,{AT_SCHOOL},,,Eastmoor,", "area"),
        (f"F-5,Elin Renamed,{AT_SCHOOL},,,,", "name"),
        (f"X-1,Gil Newman,{AT_SCHOOL},ama@fenwick.example,,,", "email"),
    ],
)
@pytest.mark.on_sqlite_only
def test_a_row_that_goes_too_far_is_named_by_line_and_column(coordinator: PageClient, row: str, bad: str) -> None:
    before = events()
    status, page = bring(coordinator, "people", PEOPLE + row + "\n")
    assert status == 400
    assert f'data-label="Column">{bad}<' in page
    assert "SECRET Coast" not in page
    assert events() == before


def test_another_organisation_is_answered_as_one_that_is_not_there(coordinator: PageClient) -> None:
    answers = [
        without_chance(
            look(coordinator, "people", f"{PEOPLE}X-1,Gil,{name} Harbour,hub-providers,2026-09-01,,,,\n")[1], name
        )
        for name in ("SECRET", "ABSENT")
    ]
    assert answers[0] == answers[1]


def test_the_email_of_a_shared_person_is_left_out_whatever_it_is(coordinator: PageClient) -> None:
    answers = [
        without_chance(look(coordinator, "people", f"{PEOPLE}F-5,Elin Shared,{AT_SCHOOL},{email},,,\n")[1], email)
        for email in ("secret-elin@harbour.example", "nobody@harbour.example")
    ]
    tidied = [re.sub(r'name="token" value="[^"]*"', "", each) for each in answers]
    assert tidied[0] == tidied[1]
    assert "keeps this person&#39;s e-mail" in tidied[0]


def test_what_a_name_in_two_organisations_means_is_told_by_the_rows_organisation(
    hub: Hub, coordinator: PageClient
) -> None:
    file = f"{PEOPLE}7,Gil Newman,{AT_SCHOOL},,,,\n"
    other = f"{PEOPLE}7,Hal Newman,Fenwick Choir,frontline-volunteers,2026-09-01,,,,\n"
    bring(coordinator, "people", file)
    with transaction():
        hal = (
            hub.organisation("Fenwick Choir"),
            db.session.scalars(select(Person.id).where(Person.reference == "F-2")).one(),
        )
        db.session.add(OwnReference(organisation_id=hal[0], reference="7", person_id=hal[1]))
    assert "1 as they were" in bring(coordinator, "people", file)[1]
    assert "Ben Choir" in coordinator.get("/people/F-2").get_data(as_text=True)
    status, page = bring(coordinator, "completions", f"{COMPLETIONS}7,IND-01,2026-09-02,,\n")
    assert status == 400
    assert "means more than one person here" in page
    assert "1 created" in bring(coordinator, "people", other)[1]
    assert person_by_reference("F-2").name == "Hal Newman"  # type: ignore[union-attr]


# --- completions


@pytest.mark.parametrize("who", ["SECRET-1", "secret@harbour.example", "SECRET-elin@harbour.example"])
@pytest.mark.on_sqlite_only
def test_a_row_about_somebody_who_is_not_seen_is_as_one_about_nobody(coordinator: PageClient, who: str) -> None:
    absent = re.sub("(?i)secret", "absent", who)
    answers = [
        without_chance(look(coordinator, "completions", f"{COMPLETIONS}{each},IND-01,2026-09-02,,\n")[1], each)
        for each in (who, absent)
    ]
    assert answers[0] == answers[1]
    assert 'data-label="Column">person<' in answers[0]


def test_what_is_brought_in_waits_for_the_manager(hub: Hub, coordinator: PageClient) -> None:
    file = f"{COMPLETIONS}F-1,IND-01,2026-09-02,,from the staff book\nF-3,IND-01,2025-01-10,self-declared,\n"
    assert "2 created" in bring(coordinator, "completions", file)[1]
    entries = db.session.scalars(
        select(Completion).join(Completion.module).where(Completion.note == "from the staff book")
    )
    (entry,) = entries
    assert entry.evidence == Evidence.SELF_DECLARED
    assert entry.recorded_for_organisation_id == hub.organisation("Fenwick Primary")
    assert "2 as they were" in bring(coordinator, "completions", file)[1]
    status, page = bring(coordinator, "completions", f"{COMPLETIONS}F-1,IND-02,2026-09-02,Verified,\n")
    assert status == 400
    assert 'data-label="Column">evidence<' in page
    # Once it is verified, the same file says nothing new and another note changes nothing.
    with transaction():
        verify(hub.actor, db.session.get_one(Completion, entry.id))
    assert "2 as they were" in bring(coordinator, "completions", file)[1]
    bring(coordinator, "completions", f"{COMPLETIONS}F-1,IND-01,2026-09-02,,another note\n")
    assert db.session.get_one(Completion, entry.id).note == "from the staff book"


def test_an_entry_recorded_elsewhere_is_left_and_compared_with_nothing(hub: Hub, coordinator: PageClient) -> None:
    answers = [
        without_chance(look(coordinator, "completions", f"{COMPLETIONS}F-5,SND-02,2026-09-01,,{note}\n")[1], note)
        for note in ("SECRET note", "ABSENT note")
    ]
    tidied = [re.sub(r'name="token" value="[^"]*"', "", each) for each in answers]
    assert tidied[0] == tidied[1]
    bring(coordinator, "completions", f"{COMPLETIONS}F-5,SND-02,2026-09-01,,ABSENT note\n")
    elin = select(Person.id).where(Person.reference == "F-5").scalar_subquery()
    of_elin = select(Completion).where(Completion.person_id == elin, Completion.note.is_not(None))
    assert "ABSENT note" not in {each.note for each in db.session.scalars(of_elin)}


def test_an_entry_voided_elsewhere_is_as_none(hub: Hub, coordinator: PageClient) -> None:
    with transaction():
        entry = db.session.scalars(select(Completion).where(Completion.note == "SECRET note")).one()
        void_completion(hub.actor, entry, "SECRET void")
    assert "1 created" in bring(coordinator, "completions", f"{COMPLETIONS}F-5,SND-02,2026-09-01,,\n")[1]


# --- round trips, and who has left


def test_the_list_downloaded_is_a_file_that_says_nothing_new(coordinator: PageClient) -> None:
    downloaded = coordinator.get("/people.csv?when=current").get_data(as_text=True)
    rows = list(csv.DictReader(io.StringIO(downloaded)))
    assert {row["reference"] for row in rows} == {"F-1", "F-2", "F-5"}
    assert "0 created, 0 updated, 3 as they were" in bring(coordinator, "people", downloaded)[1]


def test_a_coordinator_whose_organisation_is_taken_away_brings_nothing_in(hub: Hub, coordinator: PageClient) -> None:
    _, page = look(coordinator, "people", f"{PEOPLE}X-1,Gil Newman,{AT_SCHOOL},,,,\n")
    account = db.session.scalars(select(Account.id).where(Account.email == EMAIL)).one()
    with transaction():
        db.session.query(AccountOrganisation).filter_by(
            account_id=account, organisation_id=hub.organisation("Fenwick Primary")
        ).delete()
    coordinator.post("/imports/confirm", data=dict(hidden_fields(page)))
    assert db.session.scalar(select(func.count()).where(Person.name == "Gil Newman")) == 0


@pytest.mark.on_sqlite_only
def test_the_managers_file_finds_people_whose_email_somebody_else_is_found_by(
    hub: Hub, coordinator: PageClient
) -> None:
    bring(coordinator, "people", f"{PEOPLE}X-3,Ida Newman,{AT_SCHOOL},secret@harbour.example,,,\n")
    hub.account("manager@hub.example", "workforce_manager")
    manager = sign_in(hub.app, "manager@hub.example")
    downloaded = manager.get("/people.csv?q=newman").get_data(as_text=True)
    assert "secret@harbour.example" in downloaded
    assert "0 created, 0 updated, 1 as they were" in bring(manager, "people", downloaded)[1]
    renamed = downloaded.replace("Ida Newman", "Ida Oldman")
    assert "0 created, 1 updated" in bring(manager, "people", renamed)[1]
    assert list(problems()) == []
