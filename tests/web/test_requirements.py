"""The pages of what each group needs."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest
from sqlalchemy import func, select
from time_machine import travel

from tests.builders import CountedQueries, Hub
from tests.clients import PageClient
from tests.pages import hidden_fields
from tests.web.test_people import a_day, open_page, send, words_of
from training_app.database import db, transaction
from training_app.skills.actions import exempt, require_level
from training_app.skills.levels import Level
from training_app.skills.models import Requirement

PAIR = "/requirements/frontline-volunteers/send"


@pytest.fixture(autouse=True)
def _on_24_november_2026() -> object:
    with travel("2026-11-24 12:00 +0000", tick=True):
        yield


def decide(hub: Hub, level: Level, on: date, group: str = "frontline-volunteers", skill: str = "send") -> int:
    group_id, skill_id = hub.group_id(group), hub.skill_id(skill)
    with transaction():
        return require_level(hub.actor, group_id, skill_id, level, on).id


def typed(level: str, on: date, group: str = "frontline-volunteers", skill: str = "send") -> dict[str, str]:
    return {"group": group, "skill": skill, "level": level, **a_day("effective_from", on)}


def preview(client: PageClient, level: str, on: date, **more: str) -> str:
    return client.submit("/requirements/change", typed(level, on, **more)).get_data(as_text=True)


def confirm(client: PageClient, shown: str) -> str:
    response = client.post("/requirements/change", data=dict(hidden_fields(shown)), follow_redirects=True)
    assert response.status_code == 200
    return words_of(response.get_data(as_text=True))


def test_the_table_shows_what_is_required_on_a_day_and_what_is_coming(as_manager: PageClient, hub: Hub) -> None:
    decide(hub, Level.PRACTISING, date(2027, 1, 1))
    page = open_page(as_manager, "/requirements")
    assert "Required on 24 November 2026" in page
    assert "Aware , Frontline volunteers, Disabled children and children with SEND changes later" in page
    assert "Coming after 24 November 2026" in page
    assert "1 January 2027 Frontline volunteers Disabled children and children with SEND" in page
    later = open_page(as_manager, "/requirements?as_at=2027-01-01")
    assert "Practising , Frontline volunteers, Disabled children and children with SEND" in later
    assert "No change is planned after 1 January 2027." in later
    before = open_page(as_manager, "/requirements?as_at=2020-01-01")
    assert "Not required , Frontline volunteers, Disabled children" in before
    open_page(as_manager, "/requirements?as_at=2026-02-30", 400)


def test_the_table_asks_as_often_for_many_decisions_as_for_few(as_manager: PageClient, hub: Hub) -> None:
    def asked() -> int:
        with CountedQueries() as counted:
            open_page(as_manager, "/requirements")
        return counted.count

    few = asked()
    for number in range(1, 13):
        decide(hub, Level.LEADING, date(2027, number, 1))
    assert asked() == few


def test_the_history_of_a_pair_tells_past_present_and_coming(as_manager: PageClient, hub: Hub) -> None:
    decide(hub, Level.NONE, date(2026, 1, 1))
    decide(hub, Level.PRACTISING, date(2027, 1, 1))
    page = open_page(as_manager, PAIR)
    assert "Today nothing is asked of this group in this skill." in page
    assert "1 January 2027 further notice Practising To come" in page
    assert "1 January 2026 the day before 1 January 2027 Not required In force" in page
    assert "the day before 1 January 2026 Aware Past" in page


@pytest.mark.parametrize(
    "path",
    [
        "/requirements/nobody/send",
        "/requirements/board-slt/juggling",
        "/requirements/%00/x",
        "/requirements/board-slt/%00",
    ],
)
def test_an_unknown_pair_is_not_there(as_manager: PageClient, hub: Hub, path: str) -> None:
    open_page(as_manager, path, 404)


def test_a_change_says_how_many_people_it_moves_before_it_is_saved(as_manager: PageClient, hub: Hub) -> None:
    for name, modules in (("One", ["SND-02"]), ("Two", ["SND-01"]), ("Three", ["SND-01"]), ("Four", [])):
        hub.person(name, group="frontline-volunteers", with_completed=modules, completed_on="2026-03-03")
    leave = hub.person("Five", group="frontline-volunteers")
    skill = hub.skill_id("send")
    with transaction():
        exempt(hub.actor, leave, skill, date(2026, 1, 1), "On leave")
    shown = preview(as_manager, "practising", date(2027, 1, 1))
    page = words_of(shown)
    assert "On 1 January 2027, 2 of 4 people would no longer hold what is asked; 1 still does." in page
    assert "1 person is exempt and left out of both numbers." in page
    assert "Nothing is saved yet." in page
    before = db.session.scalar(select(func.count()).select_from(Requirement))
    page = confirm(as_manager, shown)
    assert "Saved. From 1 January 2027 Practising is asked of Frontline volunteers" in page
    assert db.session.scalar(select(func.count()).select_from(Requirement)) == (before or 0) + 1


def test_a_first_requirement_says_who_holds_it_already(as_manager: PageClient, hub: Hub) -> None:
    hub.person("One", group="frontline-volunteers", with_completed=["LED-01"], completed_on="2026-03-03")
    hub.person("Two", group="frontline-volunteers")
    page = words_of(preview(as_manager, "aware", date(2026, 11, 24), skill="leading-inclusion"))
    assert "On 24 November 2026, Aware is asked of 2 people for the first time: 1 holds it; 1 does not yet." in page


def test_an_end_says_of_how_many_nothing_is_asked_any_more(as_manager: PageClient, hub: Hub) -> None:
    hub.person("One", group="frontline-volunteers", with_completed=["SND-01"], completed_on="2026-03-03")
    page = words_of(preview(as_manager, "none", date(2026, 12, 1)))
    assert "On 1 December 2026, nothing is asked any more of 1 person; 1 holds what is asked now." in page


def test_a_lower_level_says_how_many_more_hold_it(as_manager: PageClient, hub: Hub) -> None:
    hub.person("One", group="music-service-staff", with_completed=["SND-01"], completed_on="2026-03-03")
    page = words_of(preview(as_manager, "aware", date(2026, 12, 1), group="music-service-staff"))
    assert "On 1 December 2026, 1 of 1 person would hold what is asked, 1 more than without this." in page


def test_the_same_level_moves_nobody(as_manager: PageClient, hub: Hub) -> None:
    page = words_of(preview(as_manager, "aware", date(2026, 12, 1)))
    assert "nothing moves: Aware is asked already." in page


def test_a_past_day_says_that_past_reports_change_and_until_when_it_holds(as_manager: PageClient, hub: Hub) -> None:
    decide(hub, Level.PRACTISING, date(2026, 6, 1))
    page = words_of(preview(as_manager, "leading", date(2026, 1, 1)))
    assert "On 1 January 2026," in page
    assert "It holds until the day before 1 June 2026, when another decision takes its place." in page
    assert "reports on days since 1 January 2026 change too." in page


@pytest.mark.on_sqlite_only
def test_a_level_that_no_module_gives_or_only_modules_for_others_is_said_before_it_is_saved(
    as_manager: PageClient, hub: Hub
) -> None:
    page = words_of(preview(as_manager, "leading", date(2027, 1, 1)))
    assert "No module on offer gives Leading in Disabled children and children with SEND" in page
    page = words_of(preview(as_manager, "practising", date(2027, 1, 1)))
    assert "SND-02 and SND-03 give it, but are not suggested for this group." in page
    for level in ("aware", "none"):
        page = words_of(preview(as_manager, level, date(2027, 1, 1)))
        assert "not suggested" not in page
        assert "No module" not in page


def test_an_altered_answer_is_shown_again_before_it_is_saved(as_manager: PageClient, hub: Hub) -> None:
    shown = preview(as_manager, "practising", date(2027, 1, 1))
    hidden = {**dict(hidden_fields(shown)), "level": "leading"}
    again = as_manager.post("/requirements/change", data=hidden)
    assert "Nothing is saved yet." in again.get_data(as_text=True)
    back = as_manager.post("/requirements/change", data={**hidden, "again": "yes"})
    assert "See what it would change" in back.get_data(as_text=True)
    assert 'value="leading" checked' in back.get_data(as_text=True)
    assert db.session.scalar(select(func.count()).where(Requirement.effective_from == date(2027, 1, 1))) == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("group", "nobody"),
        ("group", ""),
        ("skill", "<b>"),
        ("skill", "a\0"),
        ("level", "expert"),
        ("level", ""),
        ("effective_from-year", "0001"),
        ("effective_from-year", "9999"),
        ("effective_from-day", "32"),
        ("effective_from-month", "x" * 1000),
    ],
)
def test_what_cannot_be_a_decision_is_told_at_its_field(
    as_manager: PageClient, hub: Hub, field: str, value: str
) -> None:
    response = as_manager.submit("/requirements/change", {**typed("aware", date(2027, 1, 1)), field: value})
    assert response.status_code == 400
    assert "There is a problem" in response.get_data(as_text=True)


def test_a_decision_entered_by_mistake_is_taken_back_having_seen_what_that_does(
    as_manager: PageClient, hub: Hub
) -> None:
    hub.person("One", group="frontline-volunteers", with_completed=["SND-01"], completed_on="2026-03-03")
    wrong = decide(hub, Level.LEADING, date(2026, 11, 1))
    path = f"/requirements/{wrong}/void"
    assert "On 24 November 2026, 1 of 1 person would hold what is asked, 1 more" in open_page(as_manager, path)
    send(as_manager, path, 400, reason="")
    page = send(as_manager, path, reason="Meant for staff")
    assert "Taken back. The decision before it, if there is one, goes on." in page
    assert "Meant for staff" in page
    assert "Today Aware is asked of everybody in this group" in page
    open_page(as_manager, path, 404)
    open_page(as_manager, "/requirements/99999999999999999999/void", 404)


def test_every_decision_is_in_the_file(as_manager: PageClient, hub: Hub) -> None:
    decide(hub, Level.NONE, date(2030, 1, 1))
    rows = list(csv.reader(io.StringIO(as_manager.get("/requirements.csv").get_data(as_text=True))))
    assert rows[0] == ["workforce_group", "skill", "level", "effective_from"]
    assert ["frontline-volunteers", "send", "none", "2030-01-01"] in rows
    standing = select(func.count()).select_from(Requirement).where(Requirement.voided_at.is_(None))
    assert len(rows) - 1 == db.session.scalar(standing)


@pytest.mark.parametrize("role", ["as_member", "as_board"])
def test_others_see_no_requirements(role: str, hub: Hub, request: pytest.FixtureRequest) -> None:
    client: PageClient = request.getfixturevalue(role)
    for path in ("/requirements", "/requirements.csv", "/requirements/change", PAIR, "/requirements/1/void"):
        assert client.get(path).status_code == 403
