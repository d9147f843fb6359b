"""The pages of what is allowed to several people at once."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest

from tests.builders import CountedQueries, Hub
from tests.clients import PageClient
from tests.delivery.scheduling import a_session, booked, in_days
from tests.pages import hidden_fields
from tests.web.test_assignments import decided, send, text
from training_app.assignments.actions import waive
from training_app.assignments.models import Allowance
from training_app.clock import now, today
from training_app.database import db, transaction
from training_app.delivery.actions import cancel_session
from training_app.delivery.models import TrainingSession
from training_app.people.actions import void_engagement
from training_app.people.models import Engagement, Person
from training_app.people.rules import in_words
from training_app.records.models import Completion
from training_app.skills.actions import exempt
from training_app.skills.models import Exemption

pytestmark = pytest.mark.on_sqlite_only

NEW = "/assignments/allowances/new"


def day_of(name: str, on: date) -> dict[str, Any]:
    return {f"{name}-{part}": getattr(on, part) for part in ("day", "month", "year")}


def exempting(hub: Hub, **more: Any) -> dict[str, Any]:
    return {
        "what": f"skill-{hub.skill_id('send')}",
        **day_of("start_on", today()),
        "reason": "They teach no classes",
        **more,
    }


def test_whoever_was_booked_on_a_cancelled_session_is_extended_from_its_page(hub: Hub, as_manager: PageClient) -> None:
    lapses, never_had = hub.person("Lapses", reference="L-1"), hub.person("Never Had", reference="N-1")
    entry = hub.completion(lapses, "SAF-01", today() - timedelta(days=3000))
    session = a_session(hub, "SAF-02", places=2)
    booked(hub, session, lapses, never_had)
    assert "Extend the validity" not in text(as_manager, f"/sessions/{session}")
    with transaction():
        cancel_session(hub.actor, db.session.get_one(TrainingSession, session), "Snow")
    path = f"{NEW}?kind=extension&booked={session}"
    assert path.replace("&", "&amp;") in as_manager.get(f"/sessions/{session}").get_data(as_text=True)
    page = as_manager.get(path).get_data(as_text=True)
    assert f"The session on {in_words(in_days(7))} was cancelled: Snow" in page
    data = {
        "what": f"module-{hub.module_id('SAF-02')}",
        **day_of("until", in_days(90)),
        "reason": "The roads were closed",
    }
    shown = send(as_manager, path, **data)
    assert "1 person gets it, 1 person is left out: 1 with nothing verified to extend" in shown
    assert "For 1 person it has run out by now" in shown
    assert "Ran out on" in shown
    done = send(as_manager, path, **data, previewed=decided(as_manager, path, data), person="L-1")
    assert "What they hold counts longer." in done
    assert f"counts until {in_words(in_days(90))}" in done
    assert db.session.get_one(Completion, entry).valid_until == in_days(90)
    assert "The roads were closed" in text(as_manager, "/people/L-1/history")
    number = db.session.query(Allowance).one().id
    assert "Booked on" in text(as_manager, "/assignments/allowances")
    assert "L-1,Lapses" in as_manager.get(f"/assignments/allowances/{number}.csv").get_data(as_text=True)
    assert "extension,SAF-02" in as_manager.get("/assignments/allowances.csv").get_data(as_text=True)
    back = send(as_manager, f"/assignments/allowances/{number}/take-back", row_version="1", reason="It took place")
    assert "Taken back for 1 person." in back
    assert "Taken back on" in text(as_manager, "/assignments/allowances")


def test_from_a_figure_people_are_exempted_and_one_is_unticked(hub: Hub, as_manager: PageClient) -> None:
    one = hub.person("Ticked", group="generalist-teachers", reference="T-1")
    hub.person("Unticked", group="generalist-teachers", reference="U-1")
    path = f"{NEW}?kind=exemption&behind=generalist-teachers/send"
    figure = as_manager.get("/coverage/generalist-teachers/send").get_data(as_text=True)
    assert "Other things to do for these people" in figure
    assert f"{NEW}?kind=exemption&amp;behind=generalist-teachers/send" in figure
    assert f'<option value="skill-{hub.skill_id("send")}" selected>' in as_manager.get(path).get_data(as_text=True)
    previewed = decided(as_manager, path, exempting(hub))
    assert "Tick at least one person" in send(as_manager, path, 400, **exempting(hub), previewed=previewed)
    done = send(as_manager, path, **exempting(hub), previewed=previewed, person="T-1")
    assert "They are exempt on these days." in done
    assert [each.person_id for each in db.session.query(Exemption)] == [one]
    shown = send(as_manager, path, **exempting(hub))
    assert "1 person gets it, 1 person is left out: 1 having it already" in shown
    number = db.session.query(Allowance).one().id
    back = send(as_manager, f"/assignments/allowances/{number}/take-back?person=T-1", row_version="1", reason="Theirs")
    assert "Taken back for Ticked." in back


def test_a_list_of_people_leads_there_with_its_filters_and_with_nothing_else(hub: Hub, as_manager: PageClient) -> None:
    hub.person("Of Mine", reference="M-1")
    page = as_manager.get("/people?group=music-service-staff&kind=nothing&endpoint=x").get_data(as_text=True)
    assert f'href="{NEW}?kind=waiver&amp;group=music-service-staff"' in page
    assert "1 person." in text(as_manager, f"{NEW}?kind=waiver&group=music-service-staff")
    assert "Extend what they hold" in text(as_manager, "/people/M-1")


def test_what_was_typed_is_kept_where_something_is_missing_or_changed(hub: Hub, as_manager: PageClient) -> None:
    hub.person("Somebody", reference="S-1")
    path = f"{NEW}?kind=exemption&person=S-1"
    assert "Say why" in send(as_manager, path, 400, **exempting(hub, reason=""))
    assert "Choose one of the answers in the list" in send(as_manager, path, 400, **exempting(hub, what="module-1"))
    early = day_of("end_on", today() - timedelta(days=3))
    page = send(as_manager, path, 400, **exempting(hub, **early))
    assert "The last day is before the first" in page
    page = send(as_manager, path, 400, **exempting(hub, person="Z-9"))
    assert "The list has changed" in page
    previewed = decided(as_manager, path, exempting(hub))
    other = send(as_manager, path, **exempting(hub, reason="Another"), previewed=previewed, person="S-1")
    assert "Nothing is saved yet" in other
    assert "They teach no classes" in send(as_manager, path, 200, **exempting(hub), again="yes")
    assert db.session.query(Allowance).count() == 0
    text(as_manager, f"{NEW}?kind=nothing&person=S-1", 400)
    for absent in ("person=Z-9", "booked=999999", "booked=x", "booked=99999999999999999999"):
        text(as_manager, f"{NEW}?kind=waiver&{absent}", 404)


def extending(hub: Hub, **more: Any) -> dict[str, Any]:
    return {"what": f"module-{hub.module_id('SAF-01')}", **day_of("until", in_days(90)), "reason": "Snow", **more}


def test_what_is_extended_is_the_entry_that_was_shown_or_nothing(hub: Hub, as_manager: PageClient) -> None:
    ann, ben = hub.person("Ann", reference="A-1"), hub.person("Ben", reference="B-1")
    shown = [hub.completion(each, "SAF-01", today() - timedelta(days=3000)) for each in (ann, ben)]
    path = f"{NEW}?kind=extension&person=A-1&person=B-1"
    previewed = decided(as_manager, path, extending(hub))
    newer = hub.completion(ann, "SAF-01", today() - timedelta(days=2900))
    answer = as_manager.submit(path, extending(hub, previewed=previewed, person="A-1"))
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "Something changed since you looked, so nothing was saved." in page
    assert in_words(today() - timedelta(days=2900)) in page
    assert "Snow" in page
    ticks = re.findall(r'<input[^>]*name="person"[^>]*>', page)
    assert ['value="A-1"' in each and "checked" in each for each in ticks] == [True, False]
    assert db.session.query(Allowance).count() == 0
    again = {**dict(hidden_fields(page)), "person": "A-1"}
    assert as_manager.post(path, data=again).status_code == 302
    until = {each: db.session.get_one(Completion, each).valid_until for each in (*shown, newer)}
    assert [each == in_days(90) for each in until.values()] == [False, False, True]


@pytest.mark.parametrize("kind", ["exemption", "waiver"])
def test_what_is_allowed_is_what_was_shown_or_nothing(hub: Hub, as_manager: PageClient, kind: str) -> None:
    _, ben = hub.person("Ann", reference="A-1"), hub.person("Ben", reference="B-1")
    path = f"{NEW}?kind={kind}&person=A-1&person=B-1"
    what = f"skill-{hub.skill_id('send')}" if kind == "exemption" else f"module-{hub.module_id('SND-02')}"
    previewed = decided(as_manager, path, exempting(hub, what=what))
    with transaction():
        if kind == "exemption":
            exempt(hub.actor, ben, hub.skill_id("send"), today(), "Elsewhere")
        else:
            waive(hub.actor, ben, hub.module_id("SND-02"), today(), "Elsewhere")
    again = send(as_manager, path, 409, **exempting(hub, what=what), previewed=previewed, person=["A-1", "B-1"])
    assert "Something changed since you looked" in again
    assert "1 person gets it, 1 person is left out: 1 having it already" in again
    assert db.session.query(Allowance).count() == 0


def test_who_left_the_list_meanwhile_is_shown_before_anything_is_allowed(hub: Hub, as_manager: PageClient) -> None:
    hub.person("Ann", reference="A-1", group="frontline-volunteers")
    ben = hub.person("Ben", reference="B-1", group="frontline-volunteers")
    path = f"{NEW}?kind=exemption&group=frontline-volunteers"
    previewed = decided(as_manager, path, exempting(hub))
    with transaction():
        engagement = db.session.query(Engagement).filter_by(person_id=ben).one()
        void_engagement(hub.actor, engagement, "They never began")
    hub.person("Cleo", reference="C-1", group="frontline-volunteers")
    sent = exempting(hub, previewed=previewed, person=["A-1", "B-1"])
    page = as_manager.submit(path, sent)
    assert page.status_code == 409
    shown = page.get_data(as_text=True)
    assert "Something changed since you looked" in shown
    assert [("A-1" in each, "checked" in each) for each in re.findall(r'<input[^>]*name="person"[^>]*>', shown)] == [
        (True, True),
        (False, False),
    ]
    assert db.session.query(Allowance).count() == 0
    assert as_manager.post(path, data={**dict(hidden_fields(shown)), "person": "A-1"}).status_code == 302


def test_whoever_was_erased_is_not_meant_by_the_session_on_which_they_had_a_place(
    hub: Hub, as_manager: PageClient
) -> None:
    stays, goes = hub.person("Stays", reference="S-1"), hub.person("Goes", reference="G-1")
    session = a_session(hub, "SAF-02", places=2)
    booked(hub, session, stays, goes)
    with transaction():
        db.session.get_one(Person, goes).erased_at = now()
    path = f"{NEW}?kind=exemption&booked={session}"
    data = exempting(hub, previewed=decided(as_manager, path, exempting(hub)), person="S-1")
    assert "They are exempt on these days." in send(as_manager, path, **data)


@pytest.mark.parametrize("kind", ["exemption", "extension"])
def test_what_is_sent_twice_is_allowed_once_and_says_that_they_have_it(
    hub: Hub, as_manager: PageClient, kind: str
) -> None:
    ann = hub.person("Ann", reference="A-1")
    hub.person("Ben", reference="B-1")
    hub.completion(ann, "SAF-01", today() - timedelta(days=3000))
    path = f"{NEW}?kind={kind}&person=A-1&person=B-1"
    data = extending(hub) if kind == "extension" else exempting(hub)
    data |= {"previewed": decided(as_manager, path, data), "person": "A-1"}
    assert as_manager.submit(path, data).status_code == 302
    assert "Nobody whom you ticked needs it any more" in send(as_manager, path, 400, **data)
    assert db.session.query(Allowance).count() == 1


@pytest.mark.parametrize("part", ["until", "until-day", "until-month", "until-year"])
def test_a_day_that_is_not_asked_for_is_refused_by_its_name(hub: Hub, as_manager: PageClient, part: str) -> None:
    hub.person("Ann", reference="A-1")
    sent = exempting(hub, what=f"module-{hub.module_id('SND-02')}", **{part: "3"})
    assert '"until" is not yours to fill in' in send(as_manager, f"{NEW}?kind=waiver&person=A-1", 400, **sent)


def test_the_database_is_read_as_often_for_many_as_for_few(hub: Hub, as_manager: PageClient) -> None:
    people = [hub.person(f"Person {number}", reference=f"P-{number}") for number in range(6)]
    for each in people:
        hub.completion(each, "SAF-01", today() - timedelta(days=3000))
    data = {"what": f"module-{hub.module_id('SAF-01')}", **day_of("until", in_days(90)), "reason": "Snow"}
    counted = []
    for some in (people[:2], people[2:]):
        which = [f"P-{people.index(each)}" for each in some]
        path = f"{NEW}?kind=extension&" + "&".join(f"person={each}" for each in which)
        previewed = decided(as_manager, path, data)
        token = as_manager.token()
        with CountedQueries() as queries:
            sent = {**data, "previewed": previewed, "person": which, "csrf_token": token}
            assert as_manager.post(path, data=sent).status_code == 302
        counted.append(sum(each.startswith("SELECT") for each in queries.statements))
        number = max(each.id for each in db.session.query(Allowance))
        as_manager.get(f"/assignments/allowances/{number}")
        with CountedQueries() as queries:
            as_manager.get(f"/assignments/allowances/{number}")
        counted.append(queries.count)
    assert counted[:2] == counted[2:]
