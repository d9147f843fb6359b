"""What a coordinator may add and change, and how somebody whom the hub already knows is answered like anyone new."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select
from time_machine import travel
from werkzeug.test import TestResponse

from tests.builders import Hub
from tests.clients import PageClient, sign_in
from tests.coordinator.two_of_three import TODAY, fill, the_coordinator, without_chance
from training_app.audit.models import AuditEvent
from training_app.database import db, transaction
from training_app.people.actions import change_person
from training_app.people.doubles import doubles_merged
from training_app.people.models import Engagement, OwnReference, Person, ProbableDouble, Settled
from training_app.people.queries import person_by_email, person_by_reference
from training_app.stewardship.check import problems

pytestmark = [pytest.mark.usefixtures("_on_the_day"), pytest.mark.begins_with(fill, on=TODAY)]
NEW = {
    "name": "Fay Starter",
    "email": "",
    "job_title": "",
    "start_on-day": "2",
    "start_on-month": "11",
    "start_on-year": "2026",
}


@pytest.fixture
def _on_the_day():  # type: ignore[no-untyped-def]
    with travel(TODAY, tick=False):
        yield


@pytest.fixture
def coordinator(hub: Hub) -> PageClient:
    return the_coordinator(hub)


def add(client: PageClient, hub: Hub, **typed: Any) -> TestResponse:
    """Add somebody at the school, past the question whether they are somebody who is seen already."""
    fields = {
        **NEW,
        "organisation": str(hub.organisation("Fenwick Primary")),
        "group": str(hub.group_id("generalist-teachers")),
        **typed,
    }
    return client.submit("/people/new", fields)


def named(name: str) -> Person:
    return db.session.scalars(select(Person).where(Person.name == name)).one()


def doubles() -> dict[tuple[str, str], str]:
    """Return the pairs that wait: the references of the new and the known one, and why."""
    return {
        (each.person.reference, each.known.reference): each.because
        for each in db.session.scalars(select(ProbableDouble).where(ProbableDouble.settled_at.is_(None)))
    }


def test_a_starter_gets_the_next_reference_and_is_seen_at_once(hub: Hub, coordinator: PageClient) -> None:
    assert "Reference" not in coordinator.get("/people/new").get_data(as_text=True)
    answer = add(coordinator, hub)
    fay = named("Fay Starter")
    assert answer.headers["Location"] == f"/people/{fay.reference}"
    assert "Fenwick Primary" in coordinator.get(f"/people/{fay.reference}").get_data(as_text=True)
    assert doubles() == {}
    assert list(problems()) == []


def test_somebody_known_elsewhere_is_answered_like_anyone_new(hub: Hub, coordinator: PageClient) -> None:
    answers = []
    for name, email in (
        ("Gil Newman", "gil@fenwick.example"),  # nobody knows them
        ("Hal Newman", "Secret@Harbour.example "),  # a stranger's e-mail
        ("Stranger SECRET", ""),  # a stranger's name
        ("Ida Newman", "secret-elin@harbour.example"),  # the e-mail, untold, of somebody who is seen
    ):
        answer = add(coordinator, hub, name=name, email=email)
        page = coordinator.get(answer.headers["Location"]).get_data(as_text=True)
        assert f"{name} is added." in page
        answers.append((answer.status_code, without_chance(page, name, email.strip() or "no e-mail")))
    assert all(each == answers[0] for each in answers)
    stranger, elin = "SECRET-1", "F-5"
    assert doubles() == {
        (named("Hal Newman").reference, stranger): "e-mail",
        (named("Stranger SECRET").reference, stranger): "name",
        (named("Ida Newman").reference, elin): "e-mail",
    }
    # The e-mail stands as typed, and still finds the one who had it.
    hal = named("Hal Newman")
    assert (hal.email, hal.email_key) == ("Secret@Harbour.example", None)
    found = person_by_email("secret@harbour.example")
    assert found is not None
    assert found.reference == stranger
    assert list(problems()) == []


def test_an_email_of_somebody_who_is_seen_is_refused_by_their_name(hub: Hub, coordinator: PageClient) -> None:
    answer = add(coordinator, hub, email="AMA@fenwick.example", same_as_shown="fay starter ama@fenwick.example")
    assert answer.status_code == 400
    assert "Ama Here (F-1) has this e-mail already" in answer.get_data(as_text=True)


def test_who_is_probably_the_same_is_shown_only_among_those_who_are_seen(hub: Hub, coordinator: PageClient) -> None:
    page = add(coordinator, hub, name="Ama Heree").get_data(as_text=True)
    assert "Is this the same person?" in page
    assert "Ama Here" in page
    page = add(coordinator, hub, name="Elin Sharred").get_data(as_text=True)
    assert "Elin Shared" in page
    assert "SECRET" not in page


@pytest.mark.parametrize(
    ("path", "more"),
    [("/people/new", {"reference": "X-1"}), ("/people/F-1/edit", {"reference": "X-1"})],
)
def test_a_reference_that_is_sent_all_the_same_is_refused_by_its_name(
    hub: Hub, coordinator: PageClient, path: str, more: dict[str, str]
) -> None:
    answer = coordinator.submit(
        path,
        {
            **NEW,
            "organisation": str(hub.organisation("Fenwick Primary")),
            "group": str(hub.group_id("generalist-teachers")),
            **more,
        },
    )
    assert answer.status_code == 400
    assert "reference" in answer.get_data(as_text=True)
    assert person_by_reference("X-1") is None


def test_another_organisation_is_refused_as_one_that_is_not_there(hub: Hub, coordinator: PageClient) -> None:
    theirs = str(hub.organisation("SECRET Harbour"))
    for path in ("/people/new", "/people/F-1/engagements/new"):
        answers = []
        for organisation in (theirs, "999999"):
            answer = coordinator.submit(
                path, {**NEW, "organisation": organisation, "group": str(hub.group_id("generalist-teachers"))}
            )
            answers.append((answer.status_code, without_chance(answer.get_data(as_text=True))))
        assert answers[0] == answers[1]
        assert answers[0][0] == 400


def test_an_engagement_elsewhere_is_as_one_that_is_not_there(hub: Hub, coordinator: PageClient) -> None:
    theirs = db.session.scalars(
        select(Engagement).join(Person).where(Person.reference == "F-5").order_by(Engagement.id)
    ).first()
    assert theirs is not None
    for act in ("change", "end", "void"):
        assert coordinator.get(f"/people/F-5/engagements/{theirs.id}/{act}").status_code == 404
        assert (
            coordinator.post(
                f"/people/F-5/engagements/{theirs.id}/{act}", data={"csrf_token": coordinator.token()}
            ).status_code
            == 404
        )


def test_an_engagement_at_ones_own_organisation_begins_and_ends(hub: Hub, coordinator: PageClient) -> None:
    (mine,) = db.session.scalars(select(Engagement).join(Person).where(Person.reference == "F-1"))
    path = f"/people/F-1/engagements/{mine.id}/end"
    answer = coordinator.submit(
        path,
        {"end_on-day": "20", "end_on-month": "12", "end_on-year": "2026", "row_version": "1"},
        follow_redirects=True,
    )
    assert "From 21 December 2026 Ama Here no longer counts" in answer.get_data(as_text=True)
    assert "counts in no other group of your organisations" in answer.get_data(as_text=True)


def test_who_is_taken_back_from_the_only_organisation_seen_is_seen_no_more(hub: Hub, coordinator: PageClient) -> None:
    (mine,) = db.session.scalars(select(Engagement).join(Person).where(Person.reference == "F-2"))
    answer = coordinator.submit(f"/people/F-2/engagements/{mine.id}/void", {"reason": "the wrong Ben"})
    assert answer.headers["Location"] == "/people"
    assert coordinator.get("/people/F-2").status_code == 404


def test_the_details_of_somebody_engaged_elsewhere_too_are_not_theirs_to_change(
    hub: Hub, coordinator: PageClient
) -> None:
    assert "Change details" not in coordinator.get("/people/F-5").get_data(as_text=True)
    absent = coordinator.get("/people/ABSENT-1/edit").status_code
    assert coordinator.get("/people/F-5/edit").status_code == absent == 404
    sent = {"csrf_token": coordinator.token(), "name": "Elin Taken", "email": ""}
    assert coordinator.post("/people/F-5/edit", data=sent).status_code == 404
    assert named("Elin Shared").email == "SECRET-elin@harbour.example"


def test_changing_an_email_to_one_that_is_somebodys_elsewhere_tells_nothing(hub: Hub, coordinator: PageClient) -> None:
    answers = []
    for email in ("nobody@harbour.example", "secret@harbour.example"):
        answer = coordinator.submit("/people/F-1/edit", {"name": "Ama Here", "email": email})
        said = coordinator.get("/people/F-1").get_data(as_text=True)
        answers.append((answer.status_code, without_chance(said, email)))
    assert answers[0] == answers[1]
    assert doubles() == {("F-1", "SECRET-1"): "e-mail"}
    assert list(problems()) == []
    # Saving the same again changes nothing and finds no second double.
    coordinator.submit("/people/F-1/edit", {"name": "Ama Here", "email": "secret@harbour.example"})
    assert doubles() == {("F-1", "SECRET-1"): "e-mail"}


# --- the manager settles


@pytest.fixture
def with_a_double(hub: Hub, coordinator: PageClient) -> str:
    """Somebody whom a coordinator added with the name and the e-mail of a stranger."""
    add(coordinator, hub, name="Secret Stranger", email="secret@harbour.example")
    reference: str = named("Secret Stranger").reference
    return reference


def test_a_probable_double_waits_on_the_managers_home(hub: Hub, with_a_double: str, as_manager: PageClient) -> None:
    assert "1 person was added by a coordinator and may be here already" in as_manager.get("/").get_data(as_text=True)
    page = as_manager.get("/people/doubles").get_data(as_text=True)
    assert "e-mail, name" in page
    assert "SECRET Harbour" in page


@pytest.mark.parametrize(("choice", "owner"), [("known", "SECRET-1"), ("new", None)])
def test_two_people_are_settled_and_one_of_them_is_found_by_the_email(
    hub: Hub, with_a_double: str, as_manager: PageClient, choice: str, owner: str | None
) -> None:
    (double,) = db.session.scalars(select(ProbableDouble))
    answer = as_manager.submit(f"/people/doubles/{double.id}", {"email": choice}, follow_redirects=True)
    assert "stay two people" in answer.get_data(as_text=True)
    found = person_by_email("secret@harbour.example")
    assert found is not None
    assert found.reference == (owner or with_a_double)
    assert doubles() == {}
    assert list(problems()) == []
    assert as_manager.get(f"/people/doubles/{double.id}").status_code == 404
    # The manager can save either of them again.
    other = person_by_reference(with_a_double)
    assert other is not None
    with transaction():
        change_person(hub.actor, other, reference=other.reference, name="Sam Stranger", email=other.email)
    assert list(problems()) == []


def test_settling_twice_changes_nothing_the_second_time(hub: Hub, with_a_double: str, as_manager: PageClient) -> None:
    (double,) = db.session.scalars(select(ProbableDouble))
    before = as_manager.get(f"/people/doubles/{double.id}").get_data(as_text=True)
    assert "One person or two?" in before
    as_manager.submit(f"/people/doubles/{double.id}", {"email": "known"})
    count = db.session.scalar(select(func.count()).select_from(AuditEvent))
    sent = {"csrf_token": as_manager.token(), "email": "known", "row_version": "1"}
    assert as_manager.post(f"/people/doubles/{double.id}", data=sent).status_code == 404
    assert db.session.scalar(select(func.count()).select_from(AuditEvent)) == count


def test_a_merge_settles_what_waited_between_the_two_and_keeps_what_files_call_them(
    hub: Hub, with_a_double: str
) -> None:
    (double,) = db.session.scalars(select(ProbableDouble))
    kept, gone = double.known_id, double.person_id
    with transaction():
        db.session.add(
            OwnReference(organisation_id=hub.organisation("Fenwick Primary"), reference="T7", person_id=gone)
        )
        doubles_merged(hub.actor, kept, gone)
    assert db.session.scalars(select(OwnReference.person_id)).all() == [kept]
    assert [each.settled_as for each in db.session.scalars(select(ProbableDouble))] == [Settled.SAME_PERSON]


@pytest.mark.begins_with
def test_check_names_an_email_that_finds_nobody_for_no_reason(hub: Hub) -> None:
    ama = hub.person("Ama", reference="F-1", email="ama@hub.example")
    with transaction():
        db.session.get_one(Person, ama).email_key = None
    assert any("F-1" in each for each in problems())


def test_a_coordinator_who_left_is_refused_from_then_on(hub: Hub) -> None:
    coordinator = the_coordinator(hub)
    school = hub.organisation("Fenwick Primary")
    corin = hub.person("Corin Leaver", organisation=school, group="generalist-teachers", end_on="2026-11-22")
    hub.account("leaver@fenwick.example", "coordinator", person=corin, organisations=[school])
    leaver = sign_in(hub.app, "leaver@fenwick.example")
    assert coordinator.get("/people/F-1").status_code == 200
    assert leaver.get("/people/F-1").status_code == 404
    assert add(leaver, hub).status_code == 400
