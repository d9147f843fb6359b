"""The home of each role: the manager's, a member's, a coordinator's and the board's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from urllib.parse import urlencode
from xml.etree.ElementTree import Element

import html5lib
import pytest
from time_machine import travel

from tests.builders import CountedQueries, Hub
from tests.clients import PageClient, sign_in
from tests.delivery.scheduling import a_session, booked
from tests.pages import parts_of, words_of
from tests.watching import not_telling_the_log
from tests.web.workforces import TODAY, fill
from training_app.accounts.models import Account
from training_app.assignments.actions import assign, switch_on_rule
from training_app.assignments.rules import Counted, Due
from training_app.catalogue.models import Module
from training_app.clock import today
from training_app.coverage.queries import coverage_on
from training_app.coverage.rules import Cell
from training_app.database import db, transaction
from training_app.people.queries import person_by_reference
from training_app.records.actions import return_evidence
from training_app.records.models import Completion, Evidence
from training_app.strategy.models import Term

END_OF_SUMMER_TERM = date(2026, 7, 17)
LONG = "2026-03-01"


@pytest.fixture(autouse=True)
def _on_a_day_in_november() -> Iterator[None]:
    with travel(TODAY, tick=False):
        yield


def _page(client: PageClient, address: str = "/", status: int = 200) -> Element:
    response = client.get(address)
    assert response.status_code == status
    return html5lib.parse(response.get_data(as_text=True), namespaceHTMLElements=False)


def _main(page: Element) -> str:
    return words_of(next(page.iter("main")))


def _links(page: Element) -> list[str]:
    return [link.get("href", "") for main in page.iter("main") for link in main.iter("a")]


def _rows(page: Element, caption: str) -> list[str]:
    (table,) = [each for each in page.iter("table") if words_of(next(each.iter("caption"))) == caption]
    return [parts_of(row) for row in next(table.iter("tbody")).iter("tr")]


def _queries(client: PageClient, address: str = "/") -> int:
    with CountedQueries() as counted:
        client.get(address)
    return counted.count


# --- the manager


def test_a_hub_without_people_is_told_what_to_do_first(as_manager: PageClient) -> None:
    page = _page(as_manager)
    assert "Nobody is recorded yet" in _main(page)
    assert "/imports" in _links(page)


def test_the_manager_sees_where_coverage_is_shortest_and_what_to_do_next(hub: Hub, as_manager: PageClient) -> None:
    fill(hub)
    for number in range(3):
        hub.person(f"Lapsed {number}", group="hub-providers", with_completed=["SAF-01"], completed_on="2024-10-01")
    page = _page(as_manager)
    assert "On 23 November 2026, 0 of 16 people hold every skill their role asks for." in _main(page)
    rows = _rows(page, "Where coverage is shortest")
    assert len(rows) == 5
    lowest = sorted(
        cell.percent for group in coverage_on(TODAY).groups for cell in group.cells if cell.percent is not None
    )
    assert [row for row in rows if "0% 0 of" in row] == rows
    assert lowest[4] == 0
    assert any("Begin with 8 people who do not hold it yet" in row for row in rows)


def test_the_next_step_for_a_group_that_lapsed_is_to_renew(hub: Hub, as_manager: PageClient) -> None:
    everything = ["IND-01", "IND-03", "IND-04", "IND-05"]
    for number in range(3):
        person = hub.person(f"Val {number}", group="frontline-volunteers", with_completed=everything)
        hub.completion(person, "IND-02", "2024-10-01")
    page = _page(as_manager)
    (row,) = [each for each in _rows(page, "Where coverage is shortest") if "Keeping children safe" in each]
    assert "Renew with 3 people who lapsed" in row
    assert "Safeguarding essentials for music settings" in row, "it is suggested to volunteers"
    assert "/coverage/frontline-volunteers/safeguarding?state=lapsed" in _links(page)


def test_the_manager_sees_what_runs_out_soonest_first(hub: Hub, as_manager: PageClient) -> None:
    fill(hub)
    hub.person("Ida Sooner", reference="S-20", with_completed=["SAF-01"], completed_on="2025-12-20")
    page = _page(as_manager)
    rows = _rows(page, "What runs out first")
    assert rows == [
        "Ida Sooner Keeping children safe 20 December 2026",
        "Ben Expiring Keeping children safe 10 January 2027",
    ]
    assert "/people/S-20" in _links(page)
    assert "2 skills run out in the next 90 days Of 2 people" in _main(page)


def test_the_manager_sees_how_many_entries_wait_and_since_when(hub: Hub, as_manager: PageClient) -> None:
    assert "Nobody waits for you" not in _main(_page(as_manager))
    with travel(date(2026, 10, 3), tick=False):
        fill(hub)
    page = _page(as_manager)
    assert "1 entry waits to be verified The oldest since 3 October 2026" in _main(page)


def test_the_manager_is_told_of_people_whom_no_figure_counts(hub: Hub, as_manager: PageClient) -> None:
    fill(hub)
    assert "no engagement" not in _main(_page(as_manager))
    hub.person("Nobody Knows", group=None)
    assert "1 person has no engagement, so no figure counts them." in _main(_page(as_manager))


# --- a member


def test_a_volunteer_who_holds_everything_sees_until_when(hub: Hub, as_member: PageClient) -> None:
    person = hub.person(
        "Val Helper", group="frontline-volunteers", with_completed=["IND-01", "IND-03", "IND-04", "IND-05"]
    )
    hub.completion(person, "IND-02", "2026-10-03")
    hub.account("val@hub.example", "member", person=person)
    page = _page(sign_in(hub.app, "val@hub.example"))
    assert "You are in date until 3 October 2027." in _main(page)
    assert "What to do next" not in _main(page)
    assert {"/my/record", "/my/record/log"} <= set(_links(page))


def test_a_member_sees_what_lapsed_what_is_not_yet_recorded_and_what_waits(hub: Hub, as_manager: PageClient) -> None:
    person = hub.person(
        "Val Helper", group="frontline-volunteers", with_completed=["IND-02"], completed_on="2025-03-01"
    )
    hub.completion(person, "IND-03", "2026-09-01")
    hub.completion(person, "IND-01", "2026-09-01", Evidence.SELF_DECLARED)
    hub.account("val@hub.example", "member", person=person)
    said = _main(_page(sign_in(hub.app, "val@hub.example")))
    assert re.search(r"1 of the \d+ skills your role asks for are recorded and in date\.", said)
    assert "Safeguarding essentials for music settings Ran out on 1 March 2026 1.5 hours." in said
    assert "Keeping children safe ran out on 1 March 2026." in said
    assert "Using information well Until 1 September 2028" in said
    assert "Musical inclusion and fairness Awaiting confirmation Aware is asked." in said
    assert "Children in challenging circumstances Nothing recorded Aware is asked." in said
    assert "1 of your entries awaits confirmation." in said


def test_a_member_who_is_below_or_whose_lower_level_ran_out_is_not_told_that_nothing_is_recorded(hub: Hub) -> None:
    person = hub.person("Ama Okafor", with_completed=["SND-01"], completed_on="2026-09-01")
    hub.completion(person, "CIR-01", "2023-01-10")
    hub.account("ama@hub.example", "member", person=person)
    said = _main(_page(sign_in(hub.app, "ama@hub.example")))
    assert "See all 15" in said
    record = _main(_page(sign_in(hub.app, "ama@hub.example"), "/my/record"))
    assert "Disabled children and children with SEND Practising is asked, you hold Aware Below" in record
    assert "Children in challenging circumstances Practising is asked Aware ran out on 10 January 2026" in record


def test_what_was_sent_back_stands_on_the_home_with_its_reason_before_anything_else_to_do(
    hub: Hub, as_member: PageClient
) -> None:
    person = person_by_reference("V-1")
    assert person is not None
    entries = [hub.completion(person.id, "IND-02", f"2026-10-0{day}", Evidence.SELF_DECLARED) for day in (1, 2, 3, 4)]
    assert "Sent back to you" not in _main(_page(as_member))
    with transaction():
        for entry in entries:
            return_evidence(hub.actor, db.session.get_one(Completion, entry), f"The certificate {entry} is unreadable")
    page = _page(as_member)
    said = _main(page)
    assert "Safeguarding essentials for music settings (sent back to you)" in said
    assert said.index("Needed before you help") < said.index("Sent back to you: please answer")
    assert said.index(f"The certificate {entries[-1]} is unreadable") < said.index("0 of the 10 skills")
    assert f"/my/record/answer/{entries[-1]}" in _links(page)
    assert f"The certificate {entries[0]} is unreadable" not in said, "three are enough on the home"
    assert "1 more entry was sent back" in said
    assert all(f"The certificate {entry} is unreadable" in _main(_page(as_member, "/my/record")) for entry in entries)
    assert (
        as_member.submit(
            f"/my/record/log?again={entries[0]}",
            {
                "module": "IND-02",
                "when": "another",
                "completed_on-day": "1",
                "completed_on-month": "10",
                "completed_on-year": "2026",
            },
        ).status_code
        == 302
    )
    assert "more entry" not in _main(_page(as_member))


def test_staff_find_what_ran_out_among_what_is_to_renew_and_not_as_needed_before_they_start(hub: Hub) -> None:
    person = hub.person("Ama Okafor", with_completed=["IND-02", "SAF-01"], completed_on="2025-03-01")
    hub.account("ama@hub.example", "member", person=person)
    client = sign_in(hub.app, "ama@hub.example")
    said = _main(_page(client))
    assert "Needed from your first day" not in said
    assert "Safeguarding in lessons, ensembles and online Ran out on 1 March 2026 3 hours." in said
    hub.completion(person, "SAF-02", "2026-11-01", Evidence.SELF_DECLARED)
    assert "Safeguarding in lessons, ensembles and online Awaiting confirmation" in _main(_page(client))


def test_what_is_needed_before_a_volunteer_helps_says_when_it_last_was_in_date_whatever_gave_it(
    hub: Hub, as_member: PageClient
) -> None:
    person = person_by_reference("V-1")
    assert person is not None
    hub.completion(person.id, "IND-02", "2023-05-29")
    hub.completion(person.id, "SAF-02", "2025-07-09")
    assert "Safeguarding essentials for music settings (ran out on 9 July 2026)" in _main(_page(as_member))
    hub.completion(person.id, "SAF-02", "2026-11-01", Evidence.SELF_DECLARED)
    assert "Safeguarding essentials for music settings (awaiting confirmation)" in _main(_page(as_member))


def _ask(hub: Hub, person: int, code: str) -> None:
    due = Due(Counted.BY_A_DAY, today() + timedelta(days=30))
    with transaction():
        module = db.session.get_one(Module, hub.module_id(code))
        assign(hub.actor, [person], module, due, whom="One", reason="For the new term")


@pytest.mark.on_sqlite_only
def test_the_home_offers_the_soonest_session_with_a_place_of_what_is_asked(hub: Hub, as_member: PageClient) -> None:
    person, other = person_by_reference("V-1"), hub.person("Ama Okafor")
    assert person is not None
    _ask(hub, person.id, "SND-02")
    a_session(hub, "SND-02", today() + timedelta(days=30))
    soonest = a_session(hub, "SND-02", today() + timedelta(days=20), place="Town Hall", paid_time=True)
    full = a_session(hub, "SND-02", today() + timedelta(days=10), places=1)
    a_session(hub, "SND-02", today() + timedelta(days=5), takes_bookings=False)
    booked(hub, full, other)
    for address in ("/", "/my/record"):
        page = _page(as_member, address)
        said = _main(page)
        assert "Book a place on 13 December 2026, Town Hall, paid time" in said
        assert f"/sessions/{soonest}" in _links(page)
        assert said.count("Book a place on") == 1, "of one module one session is enough"


@pytest.mark.on_sqlite_only
def test_the_home_names_what_one_leads_and_then_what_one_is_booked_on(hub: Hub, as_member: PageClient) -> None:
    person, other = person_by_reference("V-1"), hub.person("Ama Okafor")
    assert person is not None
    led = a_session(hub, "IND-01", today() + timedelta(days=9), facilitator_ids=[person.id])
    late = a_session(hub, "SND-02", today() + timedelta(days=8), place="Town Hall")
    full = a_session(hub, "INC-01", today() + timedelta(days=6), places=1)
    booked(hub, full, other)
    booked(hub, late, person.id)
    booked(hub, full, person.id)
    page = _page(as_member)
    (section,) = [each for each in page.iter("section") if each.get("id") == "sessions"]
    told = [words_of(each) for each in section.iter("li")]
    assert led
    assert len(told) == 3
    assert told[0].endswith("2 December 2026, led by you. See its register")
    assert told[1].endswith("29 November 2026 (waiting list)")
    assert told[2].endswith("1 December 2026, Town Hall")


def test_a_members_home_is_small(hub: Hub, as_member: PageClient) -> None:
    assert len(as_member.get("/").data) <= 30_000


def test_a_member_without_a_person_is_told_whom_to_ask(hub: Hub, as_member: PageClient) -> None:
    with transaction():
        not_telling_the_log()
        for account in db.session.query(Account):
            account.person_id = None
    assert as_member.get("/").status_code == 302, "what an account may do has changed, so they sign in again"
    assert "not yet tied to a person" in _main(_page(sign_in(hub.app, "robin@hub.example")))


# --- a coordinator


def test_a_coordinator_sees_who_of_theirs_needs_what_and_nobody_else(hub: Hub, as_coordinator: PageClient) -> None:
    fill(hub)
    said = _main(_page(as_coordinator))
    assert "Fenwick Primary" in said
    assert "Teacher 0" in said
    assert "Saturday Band" not in said
    assert "Val Helper" not in said


# --- several roles


def test_somebody_with_several_roles_sees_the_first_and_links_to_the_others(hub: Hub) -> None:
    person = hub.person("Ama Okafor")
    hub.account("all@hub.example", "board", "member", "workforce_manager", person=person)
    client = sign_in(hub.app, "all@hub.example")
    page = _page(client)
    assert "Where are we short?" in _main(page)
    assert [link for link in _links(page) if "role=" in link] == ["/?role=board", "/?role=member"]
    assert "Are we on track?" in _main(_page(client, "/?role=board"))
    assert "Log training" in _main(_page(client, "/?role=member"))


@pytest.mark.parametrize("role", ["workforce_manager", "owner", "", "<b>"])
def test_another_roles_home_is_as_absent_as_one_that_does_not_exist(as_member: PageClient, role: str) -> None:
    answer = _page(as_member, "/?" + urlencode({"role": role}), status=404)
    assert _main(answer) == _main(_page(as_member, "/?role=no", status=404))


# --- the board


def _board_hub(hub: Hub) -> None:
    """Two groups that are large enough to be told of, one of them left out with a third, which is not."""
    for number in range(18):
        held = ["SAF-01", "IND-01"] if number < 9 else []
        hub.person(f"Staff {number}", with_completed=held, completed_on=LONG)
    for number in range(14):
        held = ["SAF-03"] if number < 3 else []
        hub.person(f"Teacher {number}", group="generalist-teachers", with_completed=held, completed_on=LONG)
    for number in range(3):
        hub.person(f"Provider {number}", group="hub-providers", with_completed=["SAF-01"], completed_on=LONG)


def _board_cells(page: Element) -> dict[tuple[str, str], str]:
    (table,) = [each for each in page.iter("table") if "app-matrix" in (each.get("class") or "").split()]
    columns = [words_of(cell) for cell in next(table.iter("thead")).iter("th")][1:]
    cells = {}
    for row in table.iter("tr"):
        figures = list(row.iter("td"))
        for column, cell in zip(columns, figures, strict=False):
            cells[words_of(next(row.iter("th"))), column] = words_of(cell).split(",")[0]
    return cells


def test_the_board_sees_percentages_at_the_last_terms_end_and_nothing_later(hub: Hub, as_board: PageClient) -> None:
    _board_hub(hub)
    before = _page(as_board)
    assert "As at the end of Summer term 2026, 17 July 2026" in _main(before)
    for number in range(8):
        hub.person(f"New {number}", with_completed=["SAF-01"], completed_on="2026-09-20", start_on="2026-09-01")
    assert _main(_page(as_board)) == _main(before)


def test_the_boards_figures_are_those_of_the_report_but_for_rounding(hub: Hub, as_board: PageClient) -> None:
    _board_hub(hub)
    cells = _board_cells(_page(as_board))
    found = coverage_on(END_OF_SUMMER_TERM)
    shown = 0
    for group in found.groups:
        for cell in group.cells:
            said = cells[cell.skill.name, group.group.name]
            if not cell.people:
                assert said == "Nobody to count"
            elif said != "Not shown":
                shown += 1
                _agrees(said, cell)
    assert shown > 10
    assert cells["Keeping children safe", "Music service staff"] == "about 50% Practising"
    assert cells["Musical inclusion and fairness", "Music service staff"] == "28% or less Practising"
    assert cells["Keeping children safe", "Generalist school music teachers"] == "Not shown"
    assert cells["Keeping children safe", "Other hub providers"] == "Not shown"


def _agrees(said: str, cell: Cell) -> None:
    """Check that what the board reads and what the manager reads do not contradict each other."""
    assert cell.percent is not None
    (figure,) = re.findall(r"\d+", said)
    if "or less" in said:
        assert cell.percent <= int(figure)
    elif "or more" in said:
        assert cell.percent >= int(figure)
    else:
        assert abs(cell.percent - int(figure)) < 100 * 7 / cell.people


def test_the_board_learns_nothing_of_one_person_by_coming_back_a_week_later(hub: Hub, as_board: PageClient) -> None:
    _board_hub(hub)
    before = _main(_page(as_board))
    person = hub.person("Late Entry", with_completed=["SAF-01", "INC-01"], completed_on=LONG, start_on="2026-01-05")
    assert _main(_page(as_board)) == before
    for module in ("SND-02", "TEA-01", "CRE-01"):
        hub.completion(person, module, LONG)
    assert _main(_page(as_board)) == before


def test_the_setting_decides_how_far_the_boards_figures_are_rounded(hub: Hub, as_board: PageClient) -> None:
    _board_hub(hub)
    hub.app.config["SETTINGS"] = replace(hub.app.config["SETTINGS"], smallest_count_shown=3)
    page = _page(as_board)
    assert "Numbers of people are rounded to the nearest three" in _main(page)
    assert "Figures about fewer than 8 people are not shown" in _main(page)
    assert _board_cells(page)["Musical inclusion and fairness", "Music service staff"] == "18% or less Practising"


def test_the_board_sees_no_name_no_link_to_anybody_and_no_number_of_people(hub: Hub, as_board: PageClient) -> None:
    _board_hub(hub)
    page = _page(as_board)
    said = _main(page)
    for name in ("Staff 1", "Teacher", "Provider", "Okafor"):
        assert name not in said
    assert not [link for link in _links(page) if not link.startswith("#")]
    assert not list(page.iter("form"))[1:], "there is no choice of day"
    assert not re.search(r"\d+ of \d+", said)
    assert "All figures are rounded so that nobody can be picked out." in said
    assert "Figures about fewer than 13 people are not shown" in said
    assert "Other hub providers fewer than 13 people" in said
    assert "Music service staff about 20 people" in said


def test_the_board_chooses_no_day(hub: Hub, as_board: PageClient) -> None:
    _board_hub(hub)
    usual = _main(_page(as_board))
    assert _main(_page(as_board, "/?as_at=2026-11-01&evidence=all&groups=board-slt&organisation=Nowhere")) == usual


def test_the_board_sees_the_largest_gaps_among_what_may_be_shown(hub: Hub, as_board: PageClient) -> None:
    _board_hub(hub)
    page = _page(as_board)
    (gaps,) = [each for each in page.iter("ol") if "govuk-list--number" in (each.get("class") or "")]
    assert len(list(gaps.iter("li"))) == 3
    assert all("28% or less hold it" in words_of(each) for each in gaps.iter("li"))


def _volunteers(hub: Hub, number: int, completed: list[str]) -> None:
    """Add volunteers who all hold everything, each from their own day on."""
    everything = ["IND-01", "IND-02", "IND-03", "IND-04", "IND-05"]
    for place in range(number):
        held = everything if place < len(completed) else []
        day = completed[place] if held else LONG
        hub.person(f"Val {place}", group="frontline-volunteers", with_completed=held, completed_on=day)


def test_a_point_of_the_trend_says_no_more_than_its_own_term_did(hub: Hub, as_board: PageClient) -> None:
    _volunteers(hub, 60, ["2026-01-20"] * 3 + ["2026-05-01"] * 12)
    (table,) = [each for each in _page(as_board).iter("table") if "app-table--compact" in (each.get("class") or "")]
    rows = [parts_of(row) for row in next(table.iter("tbody")).iter("tr")]
    assert rows[-3] == "Autumn 2025 9% or less"
    assert rows[-2] == "Spring 2026 9% or less", "three of sixty hold everything"
    assert rows[-1].startswith("Summer 2026")


def test_the_headline_is_a_bound_where_only_a_few_hold_everything(hub: Hub, as_board: PageClient) -> None:
    _volunteers(hub, 20, [LONG] * 3)
    said = _main(_page(as_board))
    assert "28% or less of people hold every skill their role asks for." in said
    assert "15%" not in said


def test_the_headline_is_not_given_where_it_would_tell_of_a_few(hub: Hub, as_board: PageClient) -> None:
    _volunteers(hub, 12, [LONG] * 8)
    said = _main(_page(as_board))
    assert "cannot be shown for this term" in said
    assert "% hold it" not in said


def test_before_any_term_has_ended_the_board_is_told_when_figures_come(hub: Hub, as_board: PageClient) -> None:
    with transaction():
        for term in db.session.query(Term):
            db.session.delete(term)
    assert "The first figures will stand here when a term has ended." in _main(_page(as_board))


# --- what it costs


@pytest.mark.parametrize("address", ["/", "/?role=board", "/?role=member", "/?role=coordinator"])
def test_the_number_of_queries_of_each_home_does_not_grow_with_people(hub: Hub, address: str) -> None:
    fill(hub)
    person = hub.person("Ama Okafor", with_completed=["SAF-01"])
    school = hub.organisation("Fenwick Primary")
    hub.account(
        "all@hub.example", "workforce_manager", "board", "member", "coordinator", person=person, organisations=[school]
    )
    client = sign_in(hub.app, "all@hub.example")
    before = _queries(client, address)
    for number in range(10):
        hub.person(f"More {number}", with_completed=["SAF-01", "IND-01"], completed_on="2026-01-05")
    for code in ("INC-01", "IND-01", "IND-03"):
        hub.completion(person, code, "2026-10-01")
    assert _queries(client, address) == before


@pytest.mark.on_sqlite_only
def test_what_is_owed_costs_as_many_statements_of_thirty_people_as_of_three(hub: Hub) -> None:
    school = hub.organisation("Fenwick Primary")
    group = hub.group_id("frontline-volunteers")
    with transaction():
        module = db.session.get_one(Module, hub.module_id("CIR-01"))
        switch_on_rule(hub.actor, group, module, from_on=date(2025, 1, 1), due_days=14)

    def joins(number: int) -> int:
        held = ["IND-01", "SAF-01"]
        name, reference = f"Val {number}", f"V-{number}"
        person = hub.person(
            name, reference=reference, group="frontline-volunteers", with_completed=held, completed_on="2026-01-05"
        )
        hub.engagement(person, "generalist-teachers", organisation=school)
        _ask(hub, person, "SND-02")
        return person

    first = joins(0)
    _ask(hub, first, "IND-03")
    roles = ("workforce_manager", "member")
    hub.account("all@hub.example", *roles, person=first)
    for number in (1, 2):
        joins(number)
    booked(hub, a_session(hub, "SND-02", places=20), first)
    a_session(hub, "IND-03")
    client = sign_in(hub.app, "all@hub.example")
    client.checks_pages = False
    pages = ("/", "/?role=member", "/my/record", "/assignments", "/reminders", "/people/V-0")
    few = {address: _queries(client, address) for address in pages}
    for number in range(3, 30):
        joins(number)
    for days in range(8, 16):
        a_session(hub, "IND-03", today() + timedelta(days=days))
    assert {address: _queries(client, address) for address in pages} == few


def test_a_volunteers_home_says_first_what_is_needed_before_they_help(hub: Hub, as_member: PageClient) -> None:
    page = as_member.get("/").get_data(as_text=True)
    assert "Needed before you help" in page
    assert "Safeguarding essentials for music settings" in page
    person = person_by_reference("V-1")
    assert person is not None
    hub.completion(person.id, "IND-02", today() - timedelta(days=30))
    page = as_member.get("/").get_data(as_text=True)
    assert "Nothing is needed before you help." in page
