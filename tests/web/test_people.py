"""The pages of people: the list, a person's page, and every change to who they are, where they are and what they are
exempt from."""

from __future__ import annotations

import csv
import io
import re
from datetime import date

import pytest
from flask import Flask
from flask_login import login_user
from sqlalchemy import func, select
from time_machine import travel

from tests.builders import CountedQueries, Hub
from tests.clients import PageClient
from tests.imports.bringing import bring, counts
from tests.pages import hidden_fields
from training_app.accounts.models import Account, SignIn
from training_app.audit.models import AuditEvent
from training_app.clock import now
from training_app.database import db
from training_app.errors import NotFound
from training_app.people.models import Engagement, Person
from training_app.people.queries import person_by_reference
from training_app.people.rules import WORDS_OF_PAGES
from training_app.records.models import Evidence
from training_app.skills.models import Exemption
from training_app.web.access import Visitor
from training_app.web.people.blueprint import found_person

HOSTILE = [
    "",
    " ",
    "x" * 5000,
    "a\0b",
    "\ud800",
    "🎺",
    "<b>bold</b>",
    "{{7*7}}",
    "Null",
    "\r\n",
    "\u202eevil",
    "'; DROP TABLE person; --",
]


def words_of(html: str) -> str:
    """Return what a page says, without its markup."""
    main = html.partition("<main")[2].partition("</main>")[0]
    text = re.sub(r"<[^>]+>", " ", main)
    for name, letter in (("&#39;", "'"), ("&quot;", '"'), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        text = text.replace(name, letter)
    return " ".join(text.split())


def open_page(client: PageClient, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status, words_of(response.get_data(as_text=True))
    return words_of(response.get_data(as_text=True))


def send(client: PageClient, path: str, status: int = 200, **fields: str) -> str:
    """Send the form of a page and return what the page that follows says."""
    response = client.submit(path, fields, follow_redirects=True)
    assert response.status_code == status, words_of(response.get_data(as_text=True))
    return words_of(response.get_data(as_text=True))


def a_day(name: str, day: date | None) -> dict[str, str]:
    if day is None:
        return dict.fromkeys((f"{name}-day", f"{name}-month", f"{name}-year"), "")
    return {f"{name}-day": str(day.day), f"{name}-month": str(day.month), f"{name}-year": str(day.year)}


def events() -> int:
    return db.session.scalar(select(func.count()).select_from(AuditEvent)) or 0


def somebody_new(hub: Hub, **changes: str) -> dict[str, str]:
    return {
        "reference": "P-0001",
        "name": "Zoë O'Neill",
        "email": "",
        "organisation": str(hub.organisation()),
        "group": str(hub.group_id("frontline-volunteers")),
        "job_title": "",
        **a_day("start_on", date(2026, 9, 1)),
        **changes,
    }


@pytest.fixture(autouse=True)
def _on_24_november_2026() -> object:
    with travel("2026-11-24 12:00 +0000", tick=True):
        yield


# --- the list


def test_the_list_shows_who_is_where(as_manager: PageClient, hub: Hub) -> None:
    hub.person("Ama Okafor", reference="P-1")
    hub.person("Ben Adeyemi", group="board-slt", end_on="2026-08-31")
    page = open_page(as_manager, "/people")
    assert "2 people" in page
    assert "Ama Okafor P-1 Music service staff Harbour Music Service Here" in page
    assert "Left 31 August 2026" in page


def test_an_empty_hub_says_what_to_do_first(as_manager: PageClient, hub: Hub) -> None:
    assert "Nobody is here yet. Add the first person" in open_page(as_manager, "/people")
    assert "Nobody fits these filters" in open_page(as_manager, "/people?q=zoe")


def test_the_list_is_searched_filtered_and_sorted_by_its_address(as_manager: PageClient, hub: Hub) -> None:
    hub.person("Zoë O'Neill", reference="P-1")
    hub.person("Ama Okafor", group="board-slt", start_on="2026-12-01")
    assert "Ama" not in open_page(as_manager, "/people?q=ZOE+o’neill")
    assert "Zoë" not in open_page(as_manager, "/people?group=board-slt")
    assert "Starts 1 December 2026" in open_page(as_manager, "/people?when=to-come")
    assert "Zoë" not in open_page(as_manager, "/people?when=none&as_at=2026-11-24")
    backwards = open_page(as_manager, "/people?sort=-name")
    assert backwards.index("Zoë") < backwards.index("Ama")


@pytest.mark.parametrize("typed", HOSTILE)
def test_whatever_is_searched_for_the_list_answers(as_manager: PageClient, hub: Hub, typed: str) -> None:
    hub.person("Ama Okafor")
    for name in ("q", "group", "area", "organisation", "page"):
        response = as_manager.get("/people", query_string={name: typed.encode("utf-8", "surrogatepass")})
        assert response.status_code in (200, 400)


@pytest.mark.parametrize(
    "address", ["page=-1", "page=99999999999999999999", "page=x", "page=1&page=2", "organisation=-1"]
)
def test_a_page_that_is_not_there_is_the_nearest(as_manager: PageClient, hub: Hub, address: str) -> None:
    hub.person("Ama Okafor")
    open_page(as_manager, f"/people?{address}")


@pytest.mark.parametrize("typed", ["31/02/2026", "2025-02-29", "0001-01-01", "9999-12-31", "2026-W05", "x", "%00"])
def test_a_day_that_is_none_is_told_at_its_box(as_manager: PageClient, hub: Hub, typed: str) -> None:
    hub.person("Ama Okafor", reference="P-1")
    for path in ("/people", "/people/P-1"):
        assert "Error:" in open_page(as_manager, f"{path}?as_at={typed}", 400)
    assert as_manager.get(f"/people.csv?as_at={typed}").status_code == 400


def test_an_unknown_choice_is_refused_with_those_there_are(as_manager: PageClient, hub: Hub) -> None:
    assert "There are: current, to-come, left, none" in open_page(as_manager, "/people?when=gone", 400)
    open_page(as_manager, "/people?sort=email", 400)
    hub.person(reference="P-1")
    open_page(as_manager, "/people/P-1?evidence=some", 400)


def test_pages_are_turned_with_the_filters_kept(as_manager: PageClient, hub: Hub) -> None:
    for number in range(51):
        hub.person(f"Person {number:02}", group=None)
    page = as_manager.get("/people?q=person").get_data(as_text=True)
    assert "Showing 1 to 50 of 51 people" in words_of(page)
    assert "/people?q=person&amp;page=2" in page
    assert "Person 50" in open_page(as_manager, "/people?q=person&page=2")


def test_the_list_asks_the_database_as_often_for_many_people_as_for_few(as_manager: PageClient, hub: Hub) -> None:
    def asked() -> int:
        with CountedQueries() as counted:
            open_page(as_manager, "/people")
        return counted.count

    hub.person()
    few = asked()
    for number in range(20):
        hub.person(f"Person {number}", group="board-slt")
    assert asked() == few


def test_the_list_as_a_file_can_be_brought_in_again(as_manager: PageClient, hub: Hub) -> None:
    school = hub.organisation("Fenwick Primary", kind="school", area="Suffolk")
    person = hub.person("=Ama Okafor", reference="P-1", email="ama@hub.example", organisation=school)
    hub.engagement(person, "board-slt", "2026-01-01", "2026-02-28", organisation=school)
    hub.person("Nowhere Yet", reference="P-2", group=None)
    response = as_manager.get("/people.csv?q=ama")
    assert response.mimetype == "text/csv"
    assert "people.csv" in response.headers["Content-Disposition"]
    rows = list(csv.reader(io.StringIO(response.get_data(as_text=True))))
    assert ",".join(rows[0]) == (
        "reference,name,email,organisation,organisation_kind,area,workforce_group,job_title,start_on,end_on"
    )
    assert rows[1] == [
        *("P-1", "'=Ama Okafor", "ama@hub.example", "Fenwick Primary", "school", "Suffolk"),
        *("music-service-staff", "", "2020-09-01", ""),
    ]
    assert rows[2][6:] == ["board-slt", "", "2026-01-01", "2026-02-28"]
    assert len(rows) == 3


def test_the_lists_brought_in_again_change_nothing(as_manager: PageClient, hub: Hub) -> None:
    school = hub.organisation("Fenwick Primary", kind="school", area="Suffolk")
    person = hub.person("Zoë O'Neill", reference="P-1", email="zoe@hub.example", organisation=school)
    hub.engagement(person, "board-slt", "2026-01-01", "2026-02-28", organisation=school)
    people = as_manager.get("/people.csv").get_data(as_text=True)
    assert bring(hub, "people", people).counts == counts(2, unchanged=2)
    workbook = as_manager.get("/people.xlsx")
    assert "filename=people.xlsx" in workbook.headers["Content-Disposition"]
    assert bring(hub, "people", workbook.data, name="people.xlsx").counts == counts(2, unchanged=2)
    needed = as_manager.get("/requirements.csv").get_data(as_text=True)
    rows = needed.count("\n") - 1
    assert bring(hub, "requirements", needed).counts == counts(rows, unchanged=rows)


# --- adding somebody


def test_the_next_reference_is_proposed(as_manager: PageClient, hub: Hub) -> None:
    hub.person(reference="P-0241", group=None)
    assert 'value="P-0242"' in as_manager.get("/people/new").get_data(as_text=True)


def test_a_person_is_added_and_the_page_says_what_that_changes(as_manager: PageClient, hub: Hub) -> None:
    starts = a_day("start_on", date(2026, 12, 1))
    page = send(as_manager, "/people/new", **somebody_new(hub, email="zoe@hub.example", **starts))
    assert "Zoë O'Neill is added. From 1 December 2026 Zoë O'Neill counts in Frontline volunteers:" in page
    assert "10 skills are asked, 0 held." in page
    assert person_by_reference("P-0001") is not None


def test_a_probable_double_is_shown_first_and_added_only_when_told_so(as_manager: PageClient, hub: Hub) -> None:
    hub.person("Zoe ONeill", reference="P-0007")
    fields = somebody_new(hub)
    shown = as_manager.submit("/people/new", fields)
    html = shown.get_data(as_text=True)
    assert "Is this the same person? Nothing is saved yet." in words_of(html)
    assert 'href="/people/P-0007"' in html
    assert person_by_reference("P-0001") is None
    # The confirmation belongs to this name; another name is asked about again.
    hub.person("Ama Okafor", reference="P-0008")
    hidden = dict(hidden_fields(html))
    other = as_manager.post("/people/new", data={**fields, **hidden, "name": "Ama Okafor"})
    assert "Is this the same person?" in words_of(other.get_data(as_text=True))
    added = as_manager.post("/people/new", data={**fields, **hidden}, follow_redirects=True)
    assert "Zoë O'Neill is added." in words_of(added.get_data(as_text=True))


@pytest.mark.parametrize("field", ["reference", "name", "email", "organisation", "group", "job_title", "start_on-year"])
@pytest.mark.parametrize("typed", HOSTILE)
@pytest.mark.on_sqlite_only
def test_whatever_is_typed_into_the_form_it_is_answered(
    as_manager: PageClient, hub: Hub, field: str, typed: str
) -> None:
    fields = {**somebody_new(hub), field: typed}
    before = events()
    encoded = {name: value.encode("utf-8", "surrogatepass") for name, value in fields.items()}
    response = as_manager.submit("/people/new", encoded)
    assert response.status_code in (200, 302, 400)
    if response.status_code != 302:
        assert events() == before
        assert "There is a problem" in response.get_data(as_text=True)


def test_what_was_typed_is_kept_and_the_error_says_what_to_do(as_manager: PageClient, hub: Hub) -> None:
    hub.person("Ama Okafor", reference="P-0001")
    before = events()
    response = as_manager.submit("/people/new", somebody_new(hub, email="no e-mail", job_title="Cellist"))
    assert response.status_code == 400
    html = response.get_data(as_text=True)
    assert "That is not an e-mail address." in html
    assert 'value="Cellist"' in html
    response = as_manager.submit("/people/new", somebody_new(hub))
    assert "Ama Okafor has the reference P-0001 already. Choose another." in response.get_data(as_text=True)
    bad_day = {"start_on-day": "31", "start_on-month": "2"}
    response = as_manager.submit("/people/new", somebody_new(hub, reference="P-2", **bad_day))
    assert "The first day must be a real day" in response.get_data(as_text=True)
    assert events() == before


def test_markup_in_a_name_stays_text(as_manager: PageClient, hub: Hub) -> None:
    send(as_manager, "/people/new", **somebody_new(hub, name="<b>{{7*7}}</b>"))
    html = as_manager.get("/people/P-0001").get_data(as_text=True)
    assert "&lt;b&gt;{{7*7}}&lt;/b&gt;" in html
    assert "<b>{{" not in html


# --- the person's page


def test_the_page_says_how_somebody_stands_and_why(as_manager: PageClient, hub: Hub) -> None:
    hub.person(
        "Ama Okafor",
        reference="P-1",
        email="ama@hub.example",
        group="frontline-volunteers",
        with_completed=["IND-02"],
        completed_on="2026-03-03",
    )
    page = open_page(as_manager, "/people/P-1")
    assert "P-1, ama@hub.example Ama Okafor" in page
    assert "On 24 November 2026 Holds 1 of the 10 skills asked; 9 to do" in page
    assert "Keeping children safe Aware by Frontline volunteers Aware" in page
    assert "IND-02 Safeguarding essentials for music settings gives Aware; completed 3 March 2026, verified;" in page
    assert "counts until 3 March 2027" in page


def test_the_day_and_the_evidence_are_chosen_by_the_address(as_manager: PageClient, hub: Hub) -> None:
    person = hub.person(reference="P-1", group="frontline-volunteers")
    hub.completion(person, "IND-02", "2026-03-03", Evidence.SELF_DECLARED)
    assert "Holds 0 of the 10" in open_page(as_manager, "/people/P-1")
    assert "Holds 1 of the 10" in open_page(as_manager, "/people/P-1?evidence=all")
    later = open_page(as_manager, "/people/P-1?evidence=all&as_at=2027-03-03")
    assert "Lapsed since 3 March 2027" in later
    assert "A forecast from what is recorded today." in later
    assert "Not engaged in any group on this day" in open_page(as_manager, "/people/P-1?as_at=2020-08-31")


def test_the_higher_of_two_levels_is_asked_and_the_page_says_by_whom(as_manager: PageClient, hub: Hub) -> None:
    person = hub.person(reference="P-1", group="frontline-volunteers")
    hub.engagement(person, "music-service-staff")
    page = open_page(as_manager, "/people/P-1")
    assert "Keeping children safe Practising by Music service staff and Frontline volunteers" in page


def test_an_unknown_person_is_not_there(as_manager: PageClient, hub: Hub) -> None:
    for path in ("/people/P-9", "/people/P-9.csv", "/people/P-9/edit", "/people/%00", "/people/" + "x" * 500):
        open_page(as_manager, path, 404)


@pytest.mark.parametrize("role", ["as_member", "as_board"])
def test_others_get_the_same_answer_for_anybody_and_nobody(role: str, hub: Hub, request: pytest.FixtureRequest) -> None:
    client: PageClient = request.getfixturevalue(role)
    hub.person("Ama Okafor", reference="P-1")
    for ending in ("", ".csv", "/edit", "/engagements/new", "/exemptions/new"):
        present, absent = client.get(f"/people/P-1{ending}"), client.get(f"/people/P-9{ending}")
        assert present.status_code == absent.status_code == 403
        assert words_of(present.get_data(as_text=True)) == words_of(absent.get_data(as_text=True))
    for path in ("/people", "/people.csv", "/people/new", "/organisations", "/organisations.csv", "/organisations/new"):
        assert client.get(path).status_code == 403


def test_somebody_outside_the_visitors_scope_is_as_absent_as_nobody(hub: Hub) -> None:
    hub.person("Ama Okafor", reference="P-1")
    member = hub.account("robin@hub.example", "member", person=hub.person("Robin Volunteer", reference="V-1"))
    with hub.app.test_request_context():
        account = db.session.get(Account, member)
        assert account is not None
        login_user(Visitor(SignIn(account=account, way="password", started_at=now(), kept=False), "a token"))
        assert found_person("V-1").name == "Robin Volunteer"
        for reference in ("P-1", "P-9"):
            with pytest.raises(NotFound):
                found_person(reference)


def test_a_persons_page_asks_as_often_for_much_training_as_for_little(as_manager: PageClient, hub: Hub) -> None:
    person = hub.person(reference="P-1", group="frontline-volunteers", with_completed=["IND-01"])

    def asked() -> int:
        with CountedQueries() as counted:
            open_page(as_manager, "/people/P-1")
        return counted.count

    few = asked()
    for code in ("IND-02", "IND-03", "IND-05", "REF-01", "SND-01", "VOI-01", "GEN-01"):
        hub.completion(person, code, "2026-05-05")
    hub.engagement(person, "board-slt", "2026-01-01")
    assert asked() == few


def test_somebodys_training_as_a_file(as_manager: PageClient, hub: Hub) -> None:
    hub.person(reference="P-1", with_completed=["IND-02"], completed_on="2026-03-03")
    response = as_manager.get("/people/P-1.csv")
    assert "P-1.csv" in response.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(response.get_data(as_text=True))))
    assert [(row["person"], row["module"], row["completed_on"], row["evidence"]) for row in rows] == [
        ("P-1", "IND-02", "2026-03-03", "verified")
    ]
    assert rows[0]["valid_until"] == "2027-03-03"


def test_no_reference_is_a_word_of_the_pages(hub: Hub) -> None:
    app: Flask = hub.app
    words = {
        rule.rule.split("/")[2].removesuffix(".csv").removesuffix(".xlsx")  # no reference ends like these anyway
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/people/") and not rule.rule.startswith("/people/<")
    }
    assert words <= WORDS_OF_PAGES


# --- changing details


def test_details_are_changed_and_the_new_reference_is_the_new_address(as_manager: PageClient, hub: Hub) -> None:
    hub.person("Ama Okafor", reference="P-1")
    fields = {"name": "Ama Grace Okafor", "reference": "P-77", "email": "ama@hub.example"}
    page = send(as_manager, "/people/P-1/edit", **fields)
    assert "The details of Ama Grace Okafor are saved. Coverage stays as it is." in page
    open_page(as_manager, "/people/P-1", 404)


def test_the_second_editor_sees_what_it_says_now_and_keeps_their_text(as_manager: PageClient, hub: Hub) -> None:
    hub.person("Ama Okafor", reference="P-1")
    first = dict(hidden_fields(as_manager.get("/people/P-1/edit").get_data(as_text=True)))
    send(as_manager, "/people/P-1/edit", name="Saved first", reference="P-1", email="")
    mine = {"name": "Typed second", "reference": "P-1", "email": ""}
    response = as_manager.post("/people/P-1/edit", data={**first, **mine})
    assert response.status_code == 409
    html = response.get_data(as_text=True)
    assert "Somebody else changed this while you had it open." in html
    assert "Saved first" in html
    assert 'value="Typed second"' in html
    again = as_manager.post("/people/P-1/edit", data={**dict(hidden_fields(html)), **mine}, follow_redirects=True)
    assert "The details of Typed second are saved." in words_of(again.get_data(as_text=True))


def test_a_tampered_version_is_a_conflict_and_no_failure(as_manager: PageClient, hub: Hub) -> None:
    hub.person("Ama Okafor", reference="P-1")
    for version in ("", "x", "１", "-1", "9" * 30):
        send(as_manager, "/people/P-1/edit", 409, name="Other", reference="P-1", email="", row_version=version)


def test_without_the_token_nothing_is_saved(as_manager: PageClient, hub: Hub) -> None:
    hub.person("Ama Okafor", reference="P-1")
    before = events()
    for path in ("/people/new", "/people/P-1/edit", "/people/P-1/engagements/new", "/organisations/new"):
        assert as_manager.post(path, data=somebody_new(hub)).status_code == 400
    assert events() == before


# --- engagements


def the_engagement(hub: Hub) -> int:
    return db.session.scalars(select(Engagement.id).where(Engagement.voided_at.is_(None))).one()


def test_an_engagement_is_added_changed_and_ended_and_each_says_what_it_changes(
    as_manager: PageClient, hub: Hub
) -> None:
    hub.person("Ama Okafor", reference="P-1", group=None, with_completed=["IND-02"])
    volunteers = {"organisation": str(hub.organisation()), "group": str(hub.group_id("frontline-volunteers"))}
    days = {**a_day("start_on", date(2026, 12, 1)), **a_day("end_on", None)}
    page = send(as_manager, "/people/P-1/engagements/new", **volunteers, **days, job_title="Helper")
    assert "From 1 December 2026 Ama Okafor counts in Frontline volunteers: 10 skills are asked, 1 held." in page
    path = f"/people/P-1/engagements/{the_engagement(hub)}"
    days = {**a_day("start_on", date(2026, 9, 1)), **a_day("end_on", date(2027, 7, 31))}
    page = send(as_manager, f"{path}/change", **days, job_title="Helper")
    assert (
        "Ama Okafor now counts in Frontline volunteers from 1 September 2026 to 31 July 2027, no longer from 1 December "
        "2026. Reports on the days by which these differ change; all others stay as they are. "
        "Today 10 skills are asked, 1 held."
    ) in page
    assert "Coverage stays as it is" in send(as_manager, f"{path}/change", **days, job_title="First helper")
    page = send(as_manager, f"{path}/end", **a_day("end_on", date(2026, 12, 20)))
    assert (
        "From 21 December 2026 Ama Okafor no longer counts in Frontline volunteers, and counts in no other group. "
        "Reports from 21 December 2026 to 31 July 2027 change; those on earlier days stay as they are."
    ) in page


@pytest.mark.on_sqlite_only
@pytest.mark.parametrize(
    ("last_day", "says", "from_then"),
    [
        (
            date(2026, 11, 1),
            "From 2 November 2026 Ama Okafor {out}, and counts in no other group. Today Ama Okafor {out_but_board}.",
            "2 November 2026",
        ),
        (date(2026, 11, 23), "From today Ama Okafor {out_but_board}.", "24 November 2026"),
        (date(2026, 11, 24), "From 25 November 2026 Ama Okafor {out_but_board}.", "25 November 2026"),
        (date(2027, 7, 31), "From 1 August 2027 Ama Okafor {out_but_board}.", "1 August 2027"),
    ],
)
def test_the_end_of_an_engagement_says_from_which_day_it_counts_no_more_and_which_reports_change(
    as_manager: PageClient, hub: Hub, last_day: date, says: str, from_then: str
) -> None:
    person = hub.person("Ama Okafor", reference="P-1", group=None)
    leaving = hub.engagement(person, "frontline-volunteers")
    hub.engagement(person, "board-slt", start_on="2026-11-20")
    out = "no longer counts in Frontline volunteers"
    said = says.format(out=out, out_but_board=f"{out}, and still counts in Board and senior leadership team")
    page = send(as_manager, f"/people/P-1/engagements/{leaving}/end", **a_day("end_on", last_day))
    days = f"Reports on {from_then} and later days change; those on earlier days stay as they are."
    assert f"{said} {days}" in page


@pytest.mark.on_sqlite_only
def test_an_end_that_is_put_off_says_which_days_it_adds(as_manager: PageClient, hub: Hub) -> None:
    hub.person("Ama Okafor", reference="P-1", group="frontline-volunteers", start_on="2026-01-01", end_on="2026-12-31")
    path = f"/people/P-1/engagements/{the_engagement(hub)}/end"
    page = send(as_manager, path, **a_day("end_on", date(2027, 3, 31)))
    assert "from 1 January 2026 to 31 March 2027, no longer from 1 January 2026 to 31 December 2026." in page
    assert "Coverage stays as it is" in send(as_manager, path, **a_day("end_on", date(2027, 3, 31)))


def test_an_engagement_that_began_in_the_past_says_that_past_reports_change(as_manager: PageClient, hub: Hub) -> None:
    hub.person("Ama Okafor", reference="P-1", group=None, with_completed=["IND-02"])
    volunteers = {"organisation": str(hub.organisation()), "group": str(hub.group_id("frontline-volunteers"))}
    days = {**a_day("start_on", date(2026, 9, 1)), **a_day("end_on", None)}
    page = send(as_manager, "/people/P-1/engagements/new", **volunteers, **days)
    assert (
        "From 1 September 2026 Ama Okafor counts in Frontline volunteers: 10 skills are asked, 1 held today. "
        "Reports on all those days change, past ones too."
    ) in page


def test_a_leaver_of_one_group_still_counts_in_the_other(as_manager: PageClient, hub: Hub) -> None:
    person = hub.person("Ama Okafor", reference="P-1", group=None)
    leaving = hub.engagement(person, "frontline-volunteers")
    hub.engagement(person, "board-slt")
    page = send(as_manager, f"/people/P-1/engagements/{leaving}/end", **a_day("end_on", date(2026, 11, 1)))
    assert "From 2 November 2026 Ama Okafor no longer counts in Frontline volunteers, and still counts in Board" in page


def test_an_engagement_wholly_in_the_past_changes_past_reports_only(as_manager: PageClient, hub: Hub) -> None:
    hub.person("Ama Okafor", reference="P-1", group=None)
    volunteers = {"organisation": str(hub.organisation()), "group": str(hub.group_id("frontline-volunteers"))}
    days = {**a_day("start_on", date(2024, 9, 1)), **a_day("end_on", date(2025, 7, 31))}
    page = send(as_manager, "/people/P-1/engagements/new", **volunteers, **days)
    assert "from 1 September 2024 to 31 July 2025: reports on those days change, today's do not." in page


def test_an_engagement_entered_by_mistake_is_taken_back_with_a_reason(as_manager: PageClient, hub: Hub) -> None:
    hub.person("Ama Okafor", reference="P-1", group="frontline-volunteers")
    path = f"/people/P-1/engagements/{the_engagement(hub)}/void"
    assert "Say why" in send(as_manager, path, 400, reason=" ")
    page = send(as_manager, path, reason="Wrong Ama")
    assert "That entry counts on no day any more. Today Ama Okafor no longer counts in Frontline volunteers" in page
    open_page(as_manager, path, 404)


def test_an_overlapping_engagement_is_refused_at_its_first_day(as_manager: PageClient, hub: Hub) -> None:
    hub.person("Ama Okafor", reference="P-1", group="board-slt")
    again = {"organisation": str(hub.organisation()), "group": str(hub.group_id("board-slt"))}
    days = {**a_day("start_on", date(2026, 9, 1)), **a_day("end_on", None)}
    page = send(as_manager, "/people/P-1/engagements/new", 400, **again, **days)
    assert "Ama Okafor is in Board and senior leadership team at Harbour Music Service from 1 September 2020" in page


def test_an_end_before_the_start_is_told_at_the_last_day(as_manager: PageClient, hub: Hub) -> None:
    hub.person("Ama Okafor", reference="P-1", group="board-slt")
    path = f"/people/P-1/engagements/{the_engagement(hub)}/end"
    page = send(as_manager, path, 400, **a_day("end_on", date(2020, 8, 31)))
    assert "The last day is before the first, 1 September 2020." in page


def test_somebody_elses_engagement_is_not_there(as_manager: PageClient, hub: Hub) -> None:
    hub.person("Ama Okafor", reference="P-1", group="board-slt")
    hub.person("Ben Adeyemi", reference="P-2", group=None)
    for verb in ("change", "end", "void"):
        open_page(as_manager, f"/people/P-2/engagements/{the_engagement(hub)}/{verb}", 404)
        open_page(as_manager, f"/people/P-1/engagements/99999999999999999999/{verb}", 404)
        open_page(as_manager, f"/people/P-1/engagements/0/{verb}", 404)


def test_two_editors_of_an_engagement_do_not_overwrite_each_other(as_manager: PageClient, hub: Hub) -> None:
    hub.person("Ama Okafor", reference="P-1", group="board-slt")
    path = f"/people/P-1/engagements/{the_engagement(hub)}/end"
    seen = dict(hidden_fields(as_manager.get(path).get_data(as_text=True)))
    send(as_manager, path, **a_day("end_on", date(2026, 12, 1)))
    response = as_manager.post(path, data={**seen, **a_day("end_on", date(2026, 12, 31))})
    assert response.status_code == 409
    assert "Last day 1 December 2026" in words_of(response.get_data(as_text=True))


# --- exemptions


def test_an_exemption_is_given_changed_and_taken_back_and_each_says_what_it_changes(
    as_manager: PageClient, hub: Hub
) -> None:
    hub.person("Ama Okafor", reference="P-1", group="frontline-volunteers")
    send_skill = {"skill": str(hub.skill_id("send")), "reason": "On leave"}
    days = {**a_day("start_on", date(2026, 11, 1)), **a_day("end_on", None)}
    page = send(as_manager, "/people/P-1/exemptions/new", **send_skill, **days)
    assert (
        "Nothing is asked of Ama Okafor in Disabled children and children with SEND from 1 November 2026. "
        "They leave both numbers of Frontline volunteers, where Aware is asked."
    ) in page
    assert "Holds 0 of the 9 skills asked" in page
    exemption = db.session.scalars(select(Exemption.id)).one()
    path = f"/people/P-1/exemptions/{exemption}"
    page = send(as_manager, f"{path}/change", reason="On leave", **a_day("end_on", date(2026, 11, 20)))
    assert "Reports on those days change, today's do not." in page
    page = send(as_manager, f"{path}/void", reason="Wrong person")
    assert "Frontline volunteers asks Ama Okafor for Aware in Disabled children" in page
    open_page(as_manager, f"{path}/change", 404)


def test_an_exemption_that_nobody_needs_says_so(as_manager: PageClient, hub: Hub) -> None:
    hub.person("Ama Okafor", reference="P-1", group="frontline-volunteers")
    days = {**a_day("start_on", date(2026, 11, 1)), **a_day("end_on", None)}
    skill = str(hub.skill_id("leading-inclusion"))
    page = send(as_manager, "/people/P-1/exemptions/new", skill=skill, reason="Never", **days)
    assert "None of their groups asks for it on 24 November 2026, so no figure changes yet." in page


@pytest.mark.parametrize("typed", HOSTILE)
@pytest.mark.on_sqlite_only
def test_whatever_reason_is_typed_it_is_answered(as_manager: PageClient, hub: Hub, typed: str) -> None:
    hub.person("Ama Okafor", reference="P-1", group="frontline-volunteers")
    fields: dict[str, object] = {
        "skill": str(hub.skill_id("send")),
        **a_day("start_on", date(2026, 11, 1)),
        **a_day("end_on", None),
        "reason": typed.encode("utf-8", "surrogatepass"),
    }
    response = as_manager.submit("/people/P-1/exemptions/new", fields)
    assert response.status_code in (302, 400)


def test_the_hub_has_as_many_people_as_were_added(as_manager: PageClient, hub: Hub) -> None:
    """A double submit adds nobody twice."""
    fields = somebody_new(hub)
    hidden = dict(hidden_fields(as_manager.get("/people/new").get_data(as_text=True)))
    assert as_manager.post("/people/new", data={**hidden, **fields}).status_code == 302
    second = as_manager.post("/people/new", data={**hidden, **fields})
    assert second.status_code == 200
    assert "Is this the same person?" in second.get_data(as_text=True)
    assert db.session.scalar(select(func.count()).select_from(Person)) == 1
