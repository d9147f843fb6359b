"""The pages of assigning."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import pytest

from tests.builders import CountedQueries, Hub
from tests.clients import PageClient, sign_in
from tests.pages import hidden_fields
from training_app.assignments.models import Assignment, AssignmentBatch, AssignmentRule
from training_app.catalogue.models import Pathway
from training_app.clock import today
from training_app.database import db, transaction
from training_app.people.rules import in_words

pytestmark = pytest.mark.on_sqlite_only


def text(client: PageClient, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.get_data(as_text=True))))


def send(client: PageClient, path: str, status: int = 200, **data: Any) -> str:
    response = client.post(path, data={**data, "csrf_token": client.token()}, follow_redirects=True)
    assert response.status_code == status
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.get_data(as_text=True))))


def asking(hub: Hub, **more: Any) -> dict[str, Any]:
    day = today() + timedelta(days=20)
    return {
        "what": f"module-{hub.module_id('SND-02')}",
        "counted": "day",
        "due_on-day": day.day,
        "due_on-month": day.month,
        "due_on-year": day.year,
        "reason": "Your role asks for it",
        **more,
    }


def decided(client: PageClient, path: str, data: dict[str, Any]) -> str:
    page = client.post(path, data={**data, "csrf_token": client.token()}).get_data(as_text=True)
    return html.unescape(re.search(r'name="previewed"[^>]*value="([^"]*)"', page)[1])


def test_from_a_figure_of_coverage_to_asking_and_back(hub: Hub, as_manager: PageClient) -> None:
    lacks = hub.person("Lacks It", group="generalist-teachers", reference="L-1")
    hub.person("Holds It", group="generalist-teachers", reference="H-1", with_completed=["SND-02"])
    path = "/assignments/new?behind=generalist-teachers/send"
    assert "/assignments/new?behind=generalist-teachers/send" in as_manager.get(
        "/coverage/generalist-teachers/send"
    ).get_data(as_text=True)
    shown = send(as_manager, path, **asking(hub))
    assert "1 person is to be asked, 1 person is left out: 1 holding it already" in shown
    assert "Holds It Holds it already" in shown
    assert db.session.query(AssignmentBatch).count() == 0
    previewed = decided(as_manager, path, asking(hub))
    done = send(as_manager, path, **asking(hub, previewed=previewed, person="L-1"))
    assert "They are asked to do it" in done
    batch = db.session.query(AssignmentBatch).one()
    assert batch.whom == "Generalist school music teachers: Disabled children and children with SEND"
    assert [each.person_id for each in db.session.query(Assignment)] == [lacks]
    assert f"By {in_words(today() + timedelta(days=20))}" in text(as_manager, f"/assignments/given/{batch.id}")
    assert "SND-02" in text(as_manager, "/people/L-1")
    back = send(as_manager, f"/assignments/given/{batch.id}/take-back", row_version="1", reason="Too soon")
    assert "no longer asked of 1 person" in back


def test_what_was_typed_is_kept_where_something_is_missing(hub: Hub, as_manager: PageClient) -> None:
    hub.person("Lacks It", reference="L-1")
    path = "/assignments/new?person=L-1"
    page = send(as_manager, path, 400, **asking(hub, reason=""))
    assert "Say why, in words that these people will read" in page
    page = send(as_manager, path, 400, **asking(hub, counted="start", days="soon"))
    assert "Write the number of days as a whole number" in page
    page = send(as_manager, path, 400, **asking(hub, counted="own"))
    assert "A module has no days of its own" in page
    previewed = decided(as_manager, path, asking(hub))
    page = send(as_manager, path, 400, **asking(hub, previewed=previewed))
    assert "Tick at least one person" in page
    assert db.session.query(AssignmentBatch).count() == 0


def test_what_is_asked_is_what_was_shown_or_nothing(hub: Hub, as_manager: PageClient) -> None:
    lacks = hub.person("Lacks It", reference="L-1")
    hub.person("Lacks It Too", reference="L-2")
    path = "/assignments/new?person=L-1&person=L-2"
    pathway = db.session.query(Pathway).filter_by(code="induction-volunteers").one()
    data = asking(hub, what=f"pathway-{pathway.id}", counted="own")
    previewed = decided(as_manager, path, data)
    with transaction():
        step = db.session.get_one(Pathway, pathway.id).steps[0]
        step.due_days += 3
    data["previewed"] = previewed
    page = send(as_manager, path, 409, **data, person="L-1")
    assert "Something changed since you looked, so nothing was saved." in page
    assert db.session.query(AssignmentBatch).count() == 0
    shown = as_manager.submit(path, {**data, "person": "L-1"}).get_data(as_text=True)
    ticks = re.findall(r'<input[^>]*name="person"[^>]*>', shown)
    assert ['value="L-1"' in each and "checked" in each for each in ticks] == [True, False]
    assert as_manager.post(path, data={**dict(hidden_fields(shown)), "person": "L-1"}).status_code == 302
    assert {each.person_id for each in db.session.query(Assignment)} == {lacks}


def test_what_is_sent_twice_is_asked_once_and_says_that_they_are_asked(hub: Hub, as_manager: PageClient) -> None:
    hub.person("Lacks It", reference="L-1")
    hub.person("Lacks It Too", reference="L-2")
    path = "/assignments/new?person=L-1&person=L-2"
    data = asking(hub, previewed=decided(as_manager, path, asking(hub)), person="L-1")
    assert as_manager.submit(path, data).status_code == 302
    assert "Nobody whom you ticked is still to be asked" in send(as_manager, path, 400, **data)
    assert db.session.query(AssignmentBatch).count() == 1


def test_somebody_who_holds_it_meanwhile_is_shown_before_anybody_is_asked(hub: Hub, as_manager: PageClient) -> None:
    hub.person("Lacks It", reference="L-1")
    other = hub.person("Held It Meanwhile", reference="H-1")
    path = "/assignments/new?person=L-1&person=H-1"
    data = asking(hub, previewed=decided(as_manager, path, asking(hub)), person=["L-1", "H-1"])
    hub.completion(other, "SND-02", today())
    page = send(as_manager, path, 409, **data)
    assert "1 person is to be asked, 1 person is left out: 1 holding it already" in page
    assert db.session.query(AssignmentBatch).count() == 0


def test_a_rule_is_the_one_whose_effect_was_shown(hub: Hub, as_manager: PageClient) -> None:
    hub.person("Is New", group="frontline-volunteers", start_on=today())
    day, path = today(), "/assignments/rules/new"
    rule = {
        "group": "frontline-volunteers",
        "what": f"module-{hub.module_id('VOI-01')}",
        "due_days": "14",
        **{f"from_on-{part}": getattr(day, part) for part in ("day", "month", "year")},
    }
    previewed = decided(as_manager, path, rule)
    hub.person("Is New Too", group="frontline-volunteers", start_on=today())
    answer = as_manager.submit(path, {**rule, "previewed": previewed})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "Something changed since you looked, so nothing was saved." in page
    assert "it would ask something of 2 of the 2 people" in page
    assert db.session.query(AssignmentRule).count() == 0
    sent = dict(hidden_fields(page))
    assert as_manager.post(path, data=sent).status_code == 302
    assert "A rule asks the same of this group on these days already." in send(as_manager, path, 400, **sent)
    assert db.session.query(AssignmentRule).count() == 1


def test_a_rule_says_of_how_many_it_would_ask_before_it_is_switched_on(hub: Hub, as_manager: PageClient) -> None:
    hub.person("Was There", group="frontline-volunteers", start_on="2020-01-01")
    hub.person("Is New", group="frontline-volunteers", start_on=today())
    day = today()
    rule = {
        "group": "frontline-volunteers",
        "what": f"module-{hub.module_id('VOI-01')}",
        "due_days": "14",
        **{f"from_on-{part}": getattr(day, part) for part in ("day", "month", "year")},
    }
    shown = send(as_manager, "/assignments/rules/new", **rule)
    assert "ask something of 1 of the 2 people in this group" in shown
    assert "1 person joined before the rule begins" in shown
    previewed = decided(as_manager, "/assignments/rules/new", rule)
    assert "The rule is switched on." in send(as_manager, "/assignments/rules/new", **rule, previewed=previewed)
    number = db.session.query(AssignmentRule).one().id
    assert "Frontline volunteers" in text(as_manager, "/assignments/rules")
    assert "Is New" in text(as_manager, "/assignments?group=frontline-volunteers")
    assert "Was There" not in text(as_manager, "/assignments?group=frontline-volunteers")
    until = {f"until_on-{part}": getattr(day, part) for part in ("day", "month", "year")}
    assert "After that day" in send(as_manager, f"/assignments/rules/{number}/end", **until, row_version="1")


def test_a_member_reads_what_is_next_why_and_by_when_and_then_the_next(hub: Hub, as_manager: PageClient) -> None:
    person = hub.person("Ama", reference="A-1")
    hub.account("ama@hub.example", "member", person=person)
    path = "/assignments/new?person=A-1"
    for code, many in (("REF-01", 20), ("VOI-01", 25)):
        day = today() + timedelta(days=many)
        days = {"due_on-day": day.day, "due_on-month": day.month, "due_on-year": day.year}
        data = asking(hub, what=f"module-{hub.module_id(code)}", reason="For your new class", **days)
        send(as_manager, path, **{**data, "previewed": decided(as_manager, path, data), "person": "A-1"})
    member = sign_in(hub.app, "ama@hub.example")
    home = text(member, "/")
    assert home.index("Keeping a reflective log") < home.index("Listening to young people")
    assert "For your new class" in home
    hub.completion(person, "REF-01", today())
    assert "Keeping a reflective log" not in text(member, "/").partition("What to do next")[2]


def test_a_coordinator_sees_what_their_people_owe_but_not_why_the_hub_asked(
    hub: Hub, as_coordinator: PageClient
) -> None:
    place = db.session.execute(db.text("SELECT organisation_id FROM account_organisation")).scalars().first()
    person = hub.person("Of Mine", organisation=place, reference="M-1")
    hub.person("Of Others", organisation=hub.organisation("Elsewhere", kind="school"), reference="O-1")
    from tests.assignments.test_assigning import asked

    asked(hub, [person], "SND-02")
    page = text(as_coordinator, "/assignments")
    assert "Of Mine" in page
    assert "Of Others" not in page
    person_page = text(as_coordinator, "/people/M-1")
    assert "Asked by the hub on" in person_page
    assert "The board asked for it" not in person_page


def test_the_list_asks_the_database_as_often_for_many_as_for_few(hub: Hub, as_manager: PageClient) -> None:
    from tests.assignments.test_assigning import asked

    people = [hub.person(f"Person {number}") for number in range(3)]
    asked(hub, people[:1], "SND-02")
    as_manager.get("/assignments")
    with CountedQueries() as few:
        as_manager.get("/assignments")
    asked(hub, people[1:], "SND-02")
    with CountedQueries() as many:
        as_manager.get("/assignments")
    assert many.count == few.count
