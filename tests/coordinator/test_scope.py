"""Whom a coordinator sees: the people of their own organisations, and of each only what is theirs to see."""

from __future__ import annotations

import csv
import io
import re
from datetime import date

import pytest
from sqlalchemy import select
from time_machine import travel

from tests.builders import CountedQueries, Hub
from tests.clients import PageClient
from tests.coordinator.two_of_three import EMAIL, TODAY, fill, the_coordinator
from training_app.accounts.models import Account
from training_app.database import db, transaction
from training_app.people.actions import end_engagement, void_engagement
from training_app.people.models import Engagement, Organisation, Person
from training_app.people.scope import visible_organisations, visible_people
from training_app.records.actions import return_evidence, void_completion
from training_app.records.models import Completion

pytestmark = [pytest.mark.usefixtures("_on_the_day"), pytest.mark.begins_with(fill, on=TODAY)]


@pytest.fixture
def _on_the_day():  # type: ignore[no-untyped-def]
    with travel(TODAY, tick=False):
        yield


@pytest.fixture
def coordinator(hub: Hub) -> PageClient:
    return the_coordinator(hub)


def page(client: PageClient, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status, path
    return response.get_data(as_text=True)


def names_seen(email: str = EMAIL) -> list[str]:
    account = db.session.scalars(select(Account).where(Account.email == email)).one()
    return list(
        db.session.scalars(select(Person.name).where(Person.id.in_(visible_people(account))).order_by(Person.name))
    )


def test_a_coordinator_sees_who_is_was_or_will_be_at_one_of_their_organisations(hub: Hub) -> None:
    assert names_seen() == ["Ama Here", "Ben Choir", "Cora Left", "Dev Coming", "Elin Shared"]
    account = db.session.scalars(select(Account)).one()
    seen = visible_organisations(account)
    assert set(db.session.scalars(select(Organisation.name).where(Organisation.id.in_(seen)))) == {
        "Fenwick Primary",
        "Fenwick Choir",
    }


def test_an_engagement_taken_back_shows_nobody(hub: Hub) -> None:
    (engagement,) = db.session.scalars(select(Engagement).join(Person).where(Person.reference == "F-2"))
    with transaction():
        void_engagement(hub.actor, engagement, "the wrong Ben")
    assert "Ben Choir" not in names_seen()


def test_a_coordinator_who_left_sees_nobody_from_the_next_day(hub: Hub) -> None:
    school = hub.organisation("Fenwick Primary")
    corin = hub.person("Corin", organisation=school, group="generalist-teachers")
    hub.account("leaver@fenwick.example", "coordinator", person=corin, organisations=[school])
    assert "Ama Here" in names_seen("leaver@fenwick.example")
    (engagement,) = db.session.scalars(select(Engagement).where(Engagement.person_id == corin))
    with transaction():
        end_engagement(hub.actor, engagement, date(2026, 11, 22))
    assert names_seen("leaver@fenwick.example") == []


def test_roles_add_up(hub: Hub) -> None:
    school = hub.organisation("Fenwick Primary")
    robin = hub.person("Robin Both", organisation=hub.organisation("SECRET Harbour"))
    hub.account("both@fenwick.example", "coordinator", "member", person=robin, organisations=[school])
    assert names_seen("both@fenwick.example") == ["Ama Here", "Cora Left", "Dev Coming", "Elin Shared", "Robin Both"]
    hub.account("all@fenwick.example", "coordinator", "workforce_manager", organisations=[school])
    assert "SECRET Stranger" in names_seen("all@fenwick.example")


PAGES = (
    "/",
    "/people",
    "/people?sort=organisation",
    "/people?sort=-group",
    "/people?when=left",
    "/people?group=hub-providers",
    "/people.csv",
    "/people/F-1",
    "/people/F-5",
    "/people/F-5?evidence=all",
    "/people/F-5.csv",
    "/organisations",
    "/organisations.csv",
    "/records",
    "/records.csv",
    "/records/add",
    "/catalogue/SND-02",
    "/catalogue/SND-02.csv",
    "/coverage",
    "/coverage.csv",
    "/coverage/trend.csv",
    "/coverage/all-groups",
    "/coverage/generalist-teachers",
    "/coverage/generalist-teachers.csv",
    "/coverage/generalist-teachers/send",
    "/coverage/generalist-teachers/send.csv",
    "/coverage/hub-providers/send",
    "/coverage/hub-providers/send.csv",
)


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.on_sqlite_only
def test_no_page_and_no_file_tells_what_is_not_theirs(coordinator: PageClient, path: str) -> None:
    said = page(coordinator, path)
    assert not re.search("secret", said, re.IGNORECASE), path


def test_somebody_elsewhere_is_exactly_somebody_who_is_not_there(coordinator: PageClient) -> None:
    for theirs, absent in (
        ("/people/SECRET-1", "/people/ABSENT-1"),
        ("/people/SECRET-1.csv", "/people/ABSENT-1.csv"),
        ("/people?q=SECRET", "/people?q=ABSENT"),
        ("/people?q=secret@harbour.example", "/people?q=absent@harbour.example"),
        ("/people?q=SECRET-elin@harbour.example", "/people?q=ABSENT-elin@harbour.example"),
        ("/people?area=SECRET+Coast", "/people?area=ABSENT+Coast"),
        ("/coverage?organisation=SECRET+Harbour", "/coverage?organisation=ABSENT+Harbour"),
        (
            "/coverage/hub-providers/send?organisation=SECRET+Harbour",
            "/coverage/hub-providers/send?organisation=ABSENT+Harbour",
        ),
    ):
        answers = []
        for path in (theirs, absent):
            response = coordinator.get(path)
            said = re.sub(r"(?i)secret|absent", "", response.get_data(as_text=True))
            said = re.sub(r'(nonce|name="csrf_token" value)="[^"]*"', "", said)
            answers.append((response.status_code, said))
        assert answers[0] == answers[1], theirs


def test_another_organisation_in_a_filter_is_as_one_that_is_not_there(hub: Hub, coordinator: PageClient) -> None:
    theirs = hub.organisation("SECRET Harbour")
    for path in ("/people", "/people.csv"):
        said = [
            re.sub(
                rf"organisation={key}|(nonce|csrf_token\" value)=\"[^\"]*\"",
                "",
                page(coordinator, f"{path}?organisation={key}"),
            )
            for key in (theirs, 999999)
        ]
        assert said[0] == said[1]


def test_of_a_shared_person_levels_and_days_are_told_and_nothing_recorded_elsewhere(
    hub: Hub, coordinator: PageClient
) -> None:
    said = page(coordinator, "/people/F-5")
    assert "SND-02" in said
    assert "1 September 2026" in said
    assert "Fenwick Primary" in said
    assert "Other hub providers" not in said  # their group elsewhere asks for more than a class teacher's
    (row, *_) = csv.DictReader(io.StringIO(page(coordinator, "/people/F-5.csv")))
    assert (row["note"], row["provider"], row["hours"]) == ("", "", "")
    assert row["completed_on"]
    people = {row["reference"]: row for row in csv.DictReader(io.StringIO(page(coordinator, "/people.csv")))}
    assert people["F-5"]["email"] == ""
    assert people["F-1"]["email"] == "ama@fenwick.example"


def test_why_an_entry_was_sent_back_or_voided_elsewhere_is_not_told(hub: Hub, coordinator: PageClient) -> None:
    entries = {
        each.module.code: each
        for each in db.session.scalars(select(Completion).join(Person).where(Person.reference == "F-5"))
    }
    with transaction():
        return_evidence(hub.actor, entries["SEM-01"], "SECRET return")
        void_completion(hub.actor, entries["SND-02"], "SECRET void")
    said = page(coordinator, "/people/F-5")
    assert "SECRET" not in said
    assert "Sent back" in said
    assert "SND-02" not in said.partition('id="history"')[2]


@pytest.mark.on_sqlite_only
def test_a_page_of_people_costs_no_more_statements_the_more_people_there_are(hub: Hub, coordinator: PageClient) -> None:
    school = hub.organisation("Fenwick Primary")
    with CountedQueries() as few:
        page(coordinator, "/people")
    for number in range(30):
        hub.person(f"Teacher {number}", group="generalist-teachers", organisation=school)
    with CountedQueries() as many:
        page(coordinator, "/people")
    assert many.count == few.count
