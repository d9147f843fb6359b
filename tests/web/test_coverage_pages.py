"""The pages of coverage: the matrix, one group, the names behind a figure, and the files of each."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import date
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree.ElementTree import Element

import html5lib
import pytest
from time_machine import travel

from tests.builders import CountedQueries, Hub
from tests.clients import PageClient
from tests.pages import parts_of, words_of
from tests.web.workforces import TODAY, fill
from training_app.clock import today
from training_app.coverage.queries import all_groups, coverage_on, people_behind, trend_between
from training_app.coverage.rules import Coverage
from training_app.files import write_csv
from training_app.people.queries import organisation_by_name, person_by_reference
from training_app.people.scope import everywhere, only
from training_app.reports import coverage_report, trend_report
from training_app.web.formatting import percent

pytestmark = pytest.mark.begins_with(fill, on=TODAY)
HOSTILE = [
    *(" ", "x" * 5000, "a\0b", "🎺", "<b>bold</b>", "{{7*7}}", "Null", "\r\n", "'; DROP TABLE person; --"),
    *("31/02/2026", "29/02/2025", "0001-01-01", "9999-12-31", "2026-W10-1", "１２/10/2026", "%00", "-1", "9" * 20),
]


@pytest.fixture(autouse=True)
def _on_a_day_in_november() -> Iterator[None]:
    with travel(TODAY, tick=False):
        yield


@pytest.fixture
def manager(as_manager: PageClient) -> PageClient:
    """The manager of a hub with a workforce."""
    return as_manager


def _page(client: PageClient, address: str, status: int = 200) -> Element:
    response = client.get(address)
    assert response.status_code == status, response.get_data(as_text=True)
    return html5lib.parse(response.get_data(as_text=True), namespaceHTMLElements=False)


def _main(page: Element) -> str:
    return words_of(next(page.iter("main")))


def _links(page: Element) -> list[str]:
    return [link.get("href", "") for main in page.iter("main") for link in main.iter("a")]


def _columns(found: Coverage) -> list[str]:
    return [*(each.group.name for each in found.groups), "All groups"]


def _matrix_on(page: Element) -> dict[tuple[str, str], str]:
    """Return the words of every cell by the names of its skill and its column."""
    (table,) = [each for each in page.iter("table") if "app-matrix" in (each.get("class") or "").split()]
    columns = [words_of(cell) for cell in next(table.iter("thead")).iter("th")][1:]
    cells = {}
    for row in table.iter("tr"):
        figures = list(row.iter("td"))
        if figures:
            skill = words_of(next(row.iter("th")))
            for column, cell in zip(columns, figures, strict=True):
                hidden = [each for each in cell.iter("span") if each.get("class") == "govuk-visually-hidden"]
                said = words_of(cell)
                for each in hidden:
                    said = said.removesuffix(words_of(each))
                cells[skill, column] = said.strip()
    return cells


def _matrix_of(found: Coverage) -> dict[tuple[str, str], str]:
    """Return what the matrix has to say by the figures of a report."""
    cells = {}
    skills = [cell.skill for cell in found.total_cells]
    summaries = [*(each.summary for each in found.groups), found.total]
    for column, summary in zip(_columns(found), summaries, strict=True):
        words = "Not required"
        if summary.fully_skilled is not None:
            words = _figure(summary.percent, summary.fully_skilled, summary.people)
        cells["Every skill their role asks for", column] = words
    by_column = [{cell.skill: cell for cell in each.cells} for each in found.groups]
    by_column.append({cell.skill: cell for cell in found.total_cells})
    for column, of_skill in zip(_columns(found), by_column, strict=True):
        for skill in skills:
            cell = of_skill.get(skill)
            words = "Not required"
            if cell is not None:
                words = _figure(cell.percent, cell.met, cell.people - cell.exempt)
                if cell.percent is not None and column != "All groups":
                    words += f" {cell.required.label}"
            cells[skill.name, column] = words
    return cells


def _figure(share: Any, met: int, counted: int) -> str:
    return "Nobody to count" if share is None else f"{percent(share)} {met} of {counted}"


# --- the matrix


@pytest.mark.parametrize(
    ("query", "arguments"),
    [
        ("", {}),
        ("?evidence=all", {"evidence": "all"}),
        ("?as_at=2026-01-15", {"day": date(2026, 1, 15)}),
        ("?as_at=15/01/2026&evidence=all", {"day": date(2026, 1, 15), "evidence": "all"}),
        ("?as_at=2027-02-01", {"day": date(2027, 2, 1)}),
        ("?as_at=2020-01-01", {"day": date(2020, 1, 1)}),
        ("?groups=board-slt", {"group_codes": ["board-slt"]}),
        ("?groups=Board-SLT,music-service-staff", {"group_codes": ["board-slt", "music-service-staff"]}),
        ("?organisation=saturday++BAND", {"organisation": "Saturday Band"}),
    ],
)
def test_the_matrix_shows_the_figures_of_the_report(manager: PageClient, query: str, arguments: dict[str, Any]) -> None:
    usual = {"day": today(), "evidence": "verified", "group_codes": None, "organisation": None}
    wanted = {**usual, **arguments}
    organisation = organisation_by_name(wanted["organisation"]) if wanted["organisation"] else None
    found = coverage_on(
        wanted["day"],
        wanted["evidence"],
        wanted["group_codes"],
        places=only(everywhere(), organisation.id) if organisation else None,
    )
    page = _page(manager, f"/coverage{query}")
    if found.total_cells:
        assert _matrix_on(page) == _matrix_of(found)
    else:
        assert "nothing is asked of these groups" in _main(page)


@pytest.mark.parametrize("query", ["", "?evidence=all", "?as_at=31/07/2026", "?as_at=2027-02-01&groups=board-slt"])
def test_the_file_of_the_matrix_is_the_coverage_report(manager: PageClient, query: str) -> None:
    asked = {name: values[0] for name, values in parse_qs(query.removeprefix("?")).items()}
    day = {"31/07/2026": date(2026, 7, 31), "2027-02-01": date(2027, 2, 1)}.get(asked.get("as_at", ""), today())
    evidence = asked.get("evidence", "verified")
    found = coverage_on(day, evidence, ["board-slt"] if "groups" in asked else None)
    response = manager.get(f"/coverage.csv{query}")
    assert response.mimetype == "text/csv"
    assert response.data == write_csv(coverage_report(found, evidence).table)
    assert f"filename=coverage-{day}.csv" in response.headers["Content-Disposition"]


def test_priority_3_stands_above_in_its_own_words_with_the_sentence_that_answers_it(manager: PageClient) -> None:
    said = _main(_page(manager, "/coverage"))
    assert "have appropriate and sufficient skills to deliver musically inclusive practices" in said
    assert "On 23 November 2026, 0 of 13 people hold every skill their role asks for." in said


@pytest.mark.begins_with
def test_the_sentence_speaks_of_one_person_in_the_singular(hub: Hub, as_manager: PageClient) -> None:
    codes = ["IND-01", "IND-02", "IND-03", "IND-04", "IND-05"]
    hub.person("Val Helper", group="frontline-volunteers", with_completed=codes)
    said = _main(_page(as_manager, "/coverage"))
    assert "On 23 November 2026, 1 of 1 person holds every skill their role asks for." in said


@pytest.mark.begins_with
def test_without_anybody_the_page_says_so(as_manager: PageClient) -> None:
    assert "On 23 November 2026, nobody is recorded in these groups." in _main(_page(as_manager, "/coverage"))


def test_a_day_ahead_is_called_a_forecast_and_a_day_behind_is_explained(manager: PageClient) -> None:
    forecast = "A forecast: what is already recorded takes effect, nothing else is assumed."
    behind = "whenever it was typed in"
    assert forecast in _main(_page(manager, "/coverage?as_at=2027-01-01"))
    assert behind in _main(_page(manager, "/coverage?as_at=2026-01-01"))
    now = _main(_page(manager, "/coverage"))
    assert forecast not in now
    assert behind not in now


def test_the_organisation_chosen_stands_in_the_heading_and_in_the_sentence(manager: PageClient) -> None:
    said = _main(_page(manager, "/coverage?organisation=Fenwick+Primary"))
    assert "Coverage at Fenwick Primary" in said
    assert "On 23 November 2026 at Fenwick Primary, 0 of 4 people hold" in said


def test_the_board_and_senior_leaders_are_one_link_away(manager: PageClient) -> None:
    assert "/coverage?as_at=2026-10-01&groups=board-slt" in _links(_page(manager, "/coverage?as_at=2026-10-01"))
    said = _main(_page(manager, "/coverage?groups=board-slt"))
    assert "Priority 1: Inclusion across the hub" in said


def test_every_figure_leads_to_as_many_names_as_it_says(manager: PageClient) -> None:
    query = "as_at=2026-10-15&evidence=all"
    page = _page(manager, f"/coverage?{query}")
    found = coverage_on(date(2026, 10, 15), "all")
    links = {urlsplit(link).path: urlsplit(link).query for link in _links(page) if link.startswith("/coverage/")}
    for each in [*found.groups]:
        for cell in each.cells:
            assert links[f"/coverage/{each.group.code}/{cell.skill.code}"] == query
    for cell in found.total_cells:
        if cell.skill.code in ("safeguarding", "inclusion", "leading-inclusion"):
            names = _page(manager, f"/coverage/all-groups/{cell.skill.code}?{query}")
            assert f"Everybody {cell.people}" in _main(names) or cell.people == 0


def test_the_trend_has_its_figures_in_a_table_and_in_a_file(manager: PageClient) -> None:
    first = date(2024, 9, 1)
    page = _page(manager, "/coverage")
    assert len([each for each in page.iter("{http://www.w3.org/2000/svg}svg") if each.get("role") == "img"]) == 2
    months = trend_between(first, TODAY)
    said = _main(page)
    for month in (months[0], months[-1]):
        assert f"{month.total.fully_skilled} of {month.total.people}" in said
    response = manager.get("/coverage/trend.csv")
    assert response.data == write_csv(trend_report(months, "verified", first, TODAY).table)


def test_a_trend_over_two_centuries_shows_its_last_ten_years(manager: PageClient) -> None:
    page = _page(manager, "/coverage?as_at=2200-12-31")
    (table,) = [each for each in page.iter("table") if "app-table--compact" in (each.get("class") or "")]
    assert len(list(table.iter("tr"))) - 1 <= 121
    assert "Dec 2200 (to come)" in words_of(table)


# --- what cannot be read


def test_a_day_that_is_none_is_told_beside_its_box_and_the_page_is_shown_for_today(manager: PageClient) -> None:
    page = _page(manager, "/coverage?as_at=31/02/2026", status=400)
    box = next(each for each in page.iter("input") if each.get("name") == "as_at")
    assert box.get("value") == "31/02/2026"
    error = next(each for each in page.iter("p") if each.get("id") == box.get("aria-describedby"))
    assert '"31/02/2026" is not a day that the calendar has.' in words_of(error)
    assert _matrix_on(page) == _matrix_of(coverage_on(TODAY))


def test_an_unknown_organisation_evidence_rule_or_group_is_told_with_what_would_be_right(manager: PageClient) -> None:
    said = _main(_page(manager, "/coverage?organisation=Nowhere&evidence=some&groups=nobody", status=400))
    assert 'There is no organisation called "Nowhere".' in said
    assert '"some" is not an evidence rule.' in said
    assert '"nobody" is not a workforce group.' in said


@pytest.mark.on_sqlite_only
@pytest.mark.parametrize("name", ["as_at", "evidence", "organisation", "groups", "state", "page"])
def test_nothing_that_is_typed_into_the_address_breaks_a_page(manager: PageClient, name: str) -> None:
    for typed in HOSTILE:
        for path in ("/coverage", "/coverage/generalist-teachers/send", "/coverage.csv"):
            response = manager.get(path, query_string={name: [typed, typed]})
            assert response.status_code in (200, 400), (path, typed)
            assert "<b>bold</b>" not in response.get_data(as_text=True)
    for bytes_of_no_letter in ("%ED%A0%80", "%ff", "%00"):
        assert manager.get(f"/coverage?{name}={bytes_of_no_letter}").status_code in (200, 400)


def test_a_file_for_a_day_that_is_none_is_refused_with_the_sentence(manager: PageClient) -> None:
    said = _main(_page(manager, "/coverage.csv?as_at=yesterday", status=400))
    assert '"yesterday" is not a day.' in said


@pytest.mark.parametrize("path", ["/coverage/nobody", "/coverage/nobody/send", "/coverage/board-slt/juggling"])
def test_a_group_or_skill_that_does_not_exist_is_not_found(manager: PageClient, path: str) -> None:
    for address in (path, f"{path}.csv"):
        assert manager.get(address).status_code == 404


# --- one group


def test_a_groups_page_shows_how_its_people_stand_in_each_skill(manager: PageClient) -> None:
    page = _page(manager, "/coverage/music-service-staff")
    assert "On 23 November 2026, 0 of 8 people hold every skill their role asks for." in _main(page)
    (row,) = [each for each in page.iter("tr") if "Keeping children safe" in words_of(each)]
    # holds it, runs out soon, lapsed, below, not yet, exempt
    assert [re.sub(r"\D", "", words_of(cell)) for cell in row.iter("td")][2:] == ["3", "1", "1", "1", "2", "1"]
    assert "/coverage/music-service-staff/safeguarding?state=lapsed" in _links(page)


def test_a_groups_file_has_the_rows_of_the_report_that_are_its_own(manager: PageClient) -> None:
    report = coverage_report(coverage_on(TODAY, "all"), "all").table
    own = type(report)(report.columns, [row for row in report.rows if row[2] == "generalist-teachers"])
    assert manager.get("/coverage/generalist-teachers.csv?evidence=all").data == write_csv(own)


def test_a_group_of_which_nothing_is_asked_says_what_to_do_first(manager: PageClient) -> None:
    said = _main(_page(manager, "/coverage/music-service-staff?as_at=2023-01-01"))
    assert "no skill is asked of these 8 people yet" in said
    assert "What each group needs" in said


# --- the names behind a figure


def _rows(page: Element) -> list[str]:
    return [parts_of(row) for body in page.iter("tbody") for row in body.iter("tr")]


def _names(page: Element) -> list[str]:
    (body,) = list(page.iter("tbody"))
    return [words_of(next(row.iter("a"))) for row in body.iter("tr")]


def test_names_are_sorted_by_what_to_do_next(manager: PageClient) -> None:
    page = _page(manager, "/coverage/music-service-staff/safeguarding")
    assert _names(page) == [
        "Cora Lapsed",
        "Elin Missing",
        "Femi Declared",
        "Dev Below",
        "Ben Expiring",
        "Ama Holds",
        "Zoë O'Neill",
        "Grace Exempt",
    ]
    said = _main(page)
    assert "3 of 7 people hold it at the level asked: Practising." in said
    for words in (
        "Lapsed on 1 March 2026",
        "Runs out on 10 January 2027",
        "Holds it until 1 June 2027",
        "Below: Aware",
        "1 person here would hold it once an entry of theirs is verified.",
    ):
        assert words in said
    rows = _rows(page)
    assert "Elin Missing Harbour Music Service Nothing recorded" in rows
    assert "Femi Declared Harbour Music Service Nothing recorded Practising awaits confirmation" in rows


def test_nothing_recorded_is_said_only_of_those_of_whom_nothing_is(hub: Hub, manager: PageClient) -> None:
    hub.person("Gus Before", reference="S-9", with_completed=["IND-02"], completed_on="2025-03-01")
    rows = _rows(_page(manager, "/coverage/music-service-staff/safeguarding?state=missing"))
    gone = "Aware ran out on 1 March 2026"
    assert any(row.startswith(f"Gus Before Harbour Music Service {gone}") for row in rows)
    gus = person_by_reference("S-9")
    assert gus is not None
    hub.completion(gus.id, "IND-03", "2020-01-10")
    assert "Not required; Aware ran out on 10 January 2022" in _main(
        _page(manager, "/coverage/music-service-staff/data?as_at=2022-06-01")
    )
    rows = _rows(_page(manager, "/people/S-9"))
    asked = "Practising by Music service staff"
    assert any(row.startswith(f"Keeping children safe {asked} Nothing in date {gone}") for row in rows)
    assert any(row.startswith(f"Musical inclusion and fairness {asked} Nothing yet Nothing recorded") for row in rows)


@pytest.mark.parametrize(
    ("state", "names"),
    [
        ("lapsed", ["Cora Lapsed"]),
        ("missing", ["Elin Missing", "Femi Declared"]),
        ("below", ["Dev Below"]),
        ("expiring", ["Ben Expiring"]),
        ("met", ["Ben Expiring", "Ama Holds", "Zoë O'Neill"]),
        ("exempt", ["Grace Exempt"]),
    ],
)
def test_each_count_filters_the_names(manager: PageClient, state: str, names: list[str]) -> None:
    page = _page(manager, f"/coverage/music-service-staff/safeguarding?state={state}")
    assert _names(page) == names
    (current,) = [each for each in page.iter("a") if each.get("aria-current") == "true"]
    assert words_of(current).endswith(f" {len(names)}")


def test_with_self_declared_training_more_people_hold_it(manager: PageClient) -> None:
    page = _page(manager, "/coverage/music-service-staff/safeguarding?evidence=all")
    assert "4 of 7 people hold it" in _main(page)
    assert "awaiting confirmation" in _main(page)


def test_names_lead_to_people_and_to_what_would_close_the_gap(manager: PageClient) -> None:
    page = _page(manager, "/coverage/music-service-staff/safeguarding?state=lapsed")
    links = _links(page)
    assert "/people/S-3" in links
    assert "/catalogue/SAF-01" in links
    assert "/catalogue/IND-02" not in links, "it gives less than is asked"
    assert any(link.startswith("/records/add") and "S-3" in link and "S-5" not in link for link in links)
    said = _main(page)
    assert said.index("SAF-01") < said.index("SAF-03"), "what is suggested to the group comes first"


# --- what runs out


def test_what_runs_out_is_one_list_of_who_what_and_when_and_counts_what_the_home_counts(
    hub: Hub, manager: PageClient
) -> None:
    hub.person("Ida Sooner", reference="S-20", with_completed=["SAF-01"], completed_on="2025-12-20")
    band = hub.organisation("Saturday Band")
    hub.person(
        "Val Soon",
        reference="V-1",
        group="frontline-volunteers",
        organisation=band,
        with_completed=["IND-02"],
        completed_on="2026-02-21",
    )
    hub.person("Val Later", group="frontline-volunteers", with_completed=["IND-02"], completed_on="2026-02-22")
    home = _page(manager, "/")
    assert "3 skills run out in the next 90 days Of 3 people" in _main(home)
    assert "/coverage/running-out" in _links(home)
    page = _page(manager, "/coverage/running-out")
    assert "By 21 February 2027, 3 skills of 3 people run out unless they are renewed." in _main(page)
    rows = _rows(page)
    assert [re.split(r" 20\d\d", row)[0] for row in rows] == [
        "Ida Sooner Harbour Music Service Keeping children safe Practising 20 December",
        "Ben Expiring Harbour Music Service Keeping children safe Practising 10 January",
        "Val Soon Saturday Band Keeping children safe Aware 21 February",
    ]
    assert "Safeguarding: the yearly update" in rows[0]
    assert {"/people/S-20", "/people/S-2", "/people/V-1", "/catalogue/SAF-02"} <= set(_links(page))


@pytest.mark.parametrize(
    ("asks", "names"),
    [
        ("groups=frontline-volunteers", []),
        ("groups=music-service-staff", ["S-2"]),
        ("organisation=Fenwick+Primary", []),
        ("organisation=Harbour+Music+Service", ["S-2"]),
        ("as_at=2026-10-01", []),
        ("evidence=all&as_at=2027-08-01", ["S-6", "S-8", "T-1", "T-3", "V-9"]),
    ],
)
def test_what_runs_out_is_filtered_by_what_stands_in_the_address(
    manager: PageClient, asks: str, names: list[str]
) -> None:
    answer = manager.get(f"/coverage/running-out.csv?{asks}").get_data(as_text=True)
    rows = list(csv.DictReader(io.StringIO(answer.removeprefix("\ufeff"))))
    assert sorted({row["reference"] for row in rows if row["skill"] == "safeguarding"}) == names
    said = _main(_page(manager, f"/coverage/running-out?{asks}"))
    assert ("runs out by" in said) is not bool(rows)
    assert [row["runs_out_on"] for row in rows] == sorted(row["runs_out_on"] for row in rows)


def test_a_long_list_of_what_runs_out_has_pages_and_costs_the_same(hub: Hub, manager: PageClient) -> None:
    with CountedQueries() as few:
        manager.get("/coverage/running-out")
    for number in range(50):
        hub.person(f"More {number}", with_completed=["SAF-01"], completed_on="2026-01-05")
    with CountedQueries() as many:
        page = _page(manager, "/coverage/running-out?page=2")
    assert many.count <= few.count
    assert "Showing 51 to 51 of 51 skills" in _main(page)
    assert len(_rows(page)) == 1


@pytest.mark.on_sqlite_only
def test_what_cannot_be_read_about_what_runs_out_is_said_and_changes_nothing(manager: PageClient) -> None:
    page = _page(manager, "/coverage/running-out?groups=nobody&as_at=soon", 400)
    assert '"nobody" is not a workforce group' in _main(page)
    assert manager.get("/coverage/running-out.csv?groups=nobody").status_code == 400


def test_all_groups_count_somebody_in_two_groups_once_at_the_higher_level(manager: PageClient) -> None:
    cell = next(each for each in coverage_on(TODAY).total_cells if each.skill.code == "inclusion")
    page = _page(manager, "/coverage/all-groups/inclusion")
    names = _names(page)
    assert len(names) == cell.people == 13
    assert names.count("Zoë O'Neill") == 1
    (row,) = [each for each in page.iter("tr") if "Zoë" in words_of(each)]
    assert "Below: Aware" in words_of(row)
    assert "Harbour Music Service, Saturday Band" in words_of(row)


def test_a_skill_that_is_not_asked_of_the_group_lists_what_its_people_hold(manager: PageClient) -> None:
    said = _main(_page(manager, "/coverage/music-service-staff/leading-inclusion"))
    assert "this skill is not asked of Music service staff" in said
    assert "What would close the gap" not in said


def test_the_file_of_names_keeps_order_filter_and_day(manager: PageClient) -> None:
    address = "/coverage/music-service-staff/safeguarding.csv?as_at=2026-10-01&state=missing"
    lines = manager.get(address).get_data(as_text=True).splitlines()
    assert lines[0] == "as_at,evidence,group,skill,reference,name,organisations,required,held,state,expiring,until"
    start = "2026-10-01,verified,music-service-staff,safeguarding"
    assert lines[1:] == [
        f"{start},S-5,Elin Missing,Harbour Music Service,practising,none,missing,no,",
        f"{start},S-6,Femi Declared,Harbour Music Service,practising,none,missing,no,",
    ]


@pytest.mark.on_sqlite_only
@pytest.mark.begins_with
def test_more_than_a_hundred_names_are_put_on_several_pages(hub: Hub, as_manager: PageClient) -> None:
    for number in range(101):
        hub.person(f"Person {number:03}")
    first = _page(as_manager, "/coverage/music-service-staff/send")
    assert len(_names(first)) == 100
    assert "Showing 1 to 100 of 101 people" in _main(first)
    assert _names(_page(as_manager, "/coverage/music-service-staff/send?page=2")) == ["Person 100"]
    assert _names(_page(as_manager, "/coverage/music-service-staff/send?page=99")) == ["Person 100"]
    assert len(people_behind("music-service-staff", "send", TODAY)) == 101


# --- who may, and what it costs


def test_members_and_the_board_do_not_open_coverage(as_member: PageClient, as_board: PageClient) -> None:
    for client in (as_member, as_board):
        for path in ("/coverage", "/coverage.csv", "/coverage/board-slt", "/coverage/board-slt/send.csv"):
            assert client.get(path).status_code == 403


def test_the_number_of_queries_does_not_grow_with_people(hub: Hub, manager: PageClient) -> None:
    paths = (
        "/coverage",
        "/coverage/music-service-staff",
        "/coverage/music-service-staff/send",
        "/coverage/all-groups/send",
    )
    before = []
    for path in paths:
        with CountedQueries() as counted:
            manager.get(path)
        before.append(counted.count)
    for number in range(10):
        hub.person(f"More {number}", with_completed=["SAF-01", "IND-01"])
    for path, queries in zip(paths, before, strict=True):
        with CountedQueries() as counted:
            manager.get(path)
        assert counted.count == queries, path


def test_every_group_has_its_page(manager: PageClient) -> None:
    for group in all_groups():
        assert group.name in _main(_page(manager, f"/coverage/{group.code}"))
