"""The pages of the catalogue: its list, a module, and what a manager does with one."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

import html5lib
import pytest
from sqlalchemy import func, select
from time_machine import travel

from tests.builders import CountedQueries, Hub
from tests.clients import PageClient
from tests.pages import hidden_fields, parts_of
from training_app.audit.models import AuditEvent
from training_app.catalogue.actions import ModuleAbout, ModuleContent, edit_module
from training_app.catalogue.models import Module, ModuleVersion
from training_app.database import db, transaction
from training_app.skills.levels import Level
from training_app.web.catalogue.views import catalogue

LONGEST_PAGE = 40_000


@pytest.fixture(autouse=True)
def _on_23_november_2026() -> Iterator[None]:
    with travel("2026-11-23 12:00 +0000", tick=True):
        yield


def text(client: PageClient, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status
    return response.get_data(as_text=True)


def rows(client: PageClient, path: str) -> list[dict[str, str]]:
    response = client.get(path)
    assert response.status_code == 200
    assert response.mimetype == "text/csv"
    return list(csv.DictReader(io.StringIO(response.get_data(as_text=True).removeprefix("\ufeff"))))


def a_module(hub: Hub, **changes: str) -> dict[str, str]:
    workshop = str(db.session.get_one(Module, hub.module_id("SND-02")).current.format_id)
    fields = {
        "code": "NEW-01",
        "title": "A new workshop",
        "summary": "What it is about",
        "format": workshop,
        "hours": "1.5",
        "refresh_months": "12",
        f"gives_{hub.skill_id('send')}": "1",
    }
    return {**fields, **changes}


def _losses(page: str) -> list[str]:
    """Return the rows that say what could no longer be reached."""
    found = html5lib.parse(page, namespaceHTMLElements=False)
    sections = [each for each in found.iter("section") if each.get("id") == "out-of-reach"]
    return [parts_of(row) for each in sections for body in each.iter("tbody") for row in body.iter("tr")]


def as_shown(client: PageClient, hub: Hub, code: str, **changes: str) -> dict[str, Any]:
    """Return what the edit page of a module holds, with some of it changed."""
    page = text(client, f"/catalogue/{code}/edit")
    module = db.session.get_one(Module, hub.module_id(code))
    version = module.current
    fields: dict[str, Any] = dict(hidden_fields(page))
    fields["groups"] = [str(group.id) for group in module.groups]
    fields |= a_module(hub, title=version.title, summary=module.summary, hours=f"{version.hours}")
    fields |= {"format": str(version.format_id), "refresh_months": str(version.refresh_months or "")}
    fields |= {f"gives_{given.skill_id}": str(given.level) for given in version.gives}
    del fields["code"]
    return {**fields, **changes}


def versions(hub: Hub, code: str) -> int:
    db.session.rollback()
    module_id = hub.module_id(code)
    return db.session.scalar(select(func.count()).where(ModuleVersion.module_id == module_id)) or 0


class TestLooking:
    def test_everybody_signed_in_sees_the_catalogue_and_what_each_module_gives(self, as_member: PageClient) -> None:
        page = text(as_member, "/catalogue?skill=send&group=frontline-volunteers")
        assert "1 module" in page
        assert "Aware: Disabled children and children with SEND" in page
        assert "Add a module" not in page
        assert "E-learning without a link" not in page

    def test_a_stranger_is_asked_to_sign_in(self, client: PageClient) -> None:
        for path in ("/catalogue", "/catalogue.csv", "/catalogue/SND-02", "/catalogue/new", "/catalogue/SND-02.csv"):
            assert client.get(path).status_code == 302

    def test_the_file_holds_the_same_modules_as_the_list(self, as_member: PageClient) -> None:
        assert len(rows(as_member, "/catalogue.csv")) == 40
        (peer,) = rows(as_member, "/catalogue.csv?format=peer-observation")
        assert (peer["code"], peer["hours"]) == ("TEA-02", "2")
        assert peer["skills"] == "group-teaching: practising; reflection: practising"

    def test_a_filter_that_nothing_fits_says_what_to_do(self, as_member: PageClient) -> None:
        assert "No module fits these filters." in text(as_member, "/catalogue?q=zzzz")
        assert as_member.get("/catalogue?sort=colour").status_code == 400

    def test_a_member_cannot_ask_for_the_manager_s_lists(self, as_member: PageClient) -> None:
        assert "40 modules" in text(as_member, "/catalogue?show=retired")

    def test_a_module_says_what_it_gives_for_how_long_and_what_it_builds_on(self, as_member: PageClient) -> None:
        page = text(as_member, "/catalogue/snd-02")
        assert "Adapting music for learners with SEND" in page
        assert "<strong>Practising</strong> in Disabled children and children with SEND" in page
        assert "Runs out after 36 months" in page
        assert 'href="/catalogue/SND-01"' in page
        assert "Nothing is written here yet." in page
        assert "Log that you did this" in page
        assert "Who has done it" not in page

    def test_a_module_that_is_not_there_is_not_found(self, as_member: PageClient, as_manager: PageClient) -> None:
        for path in ("/catalogue/no-such", "/catalogue/%00", "/catalogue/" + "x" * 500, "/catalogue/%ED%A0%80"):
            assert as_member.get(path).status_code == 404
            assert as_manager.get(path + ".csv").status_code == 404

    def test_only_those_who_may_see_people_learn_who_has_done_it(
        self, hub: Hub, as_manager: PageClient, as_member: PageClient, as_board: PageClient
    ) -> None:
        hub.person("Ama Okafor", reference="A-1", with_completed=["SND-02"])
        assert "Ama Okafor" in text(as_manager, "/catalogue/SND-02")
        (row,) = rows(as_manager, "/catalogue/SND-02.csv")
        assert (row["person"], row["completed_on"], row["valid_until"]) == ("A-1", "2026-09-01", "2029-09-01")
        for other in (as_member, as_board):
            assert "Ama Okafor" not in text(other, "/catalogue/SND-02")
            assert other.get("/catalogue/SND-02.csv").status_code == 403

    def test_the_pages_stay_small_and_ask_no_more_however_many_have_done_it(
        self, hub: Hub, as_manager: PageClient
    ) -> None:
        hub.person(with_completed=["SND-02"])
        with CountedQueries() as few:
            text(as_manager, "/catalogue/SND-02")
        for place in range(12):
            hub.person(f"Person {place}", with_completed=["SND-02"])
        with CountedQueries() as many:
            page = text(as_manager, "/catalogue/SND-02")
        assert many.count <= few.count
        assert len(page) < LONGEST_PAGE
        assert len(text(as_manager, "/catalogue")) < LONGEST_PAGE


class TestChanging:
    def test_a_manager_adds_a_module(self, hub: Hub, as_manager: PageClient) -> None:
        fields = a_module(hub, access_link="https://example.org/new", access_contact="training@hub.example")
        answer = as_manager.submit("/catalogue/new", fields, follow_redirects=True)
        page = answer.get_data(as_text=True)
        assert "NEW-01 A new workshop is in the catalogue." in page
        assert 'href="https://example.org/new"' in page
        assert "Ask training@hub.example." in page

    @pytest.mark.on_sqlite_only
    @pytest.mark.parametrize(
        ("field", "typed", "says"),
        [
            ("code", "", "Enter a code"),
            ("code", "SND 02", "letters, digits, dots"),
            ("code", "snd-02", "already"),
            ("code", "new", "a word that the pages use"),
            ("title", " ", "Enter the module"),
            ("title", "x" * 201, "200 characters or fewer"),
            ("title", "a\0b", "cannot be shown"),
            ("summary", "", "Say in a sentence"),
            ("format", "99", "Choose one of the answers"),
            ("hours", "three", "such as 1.5"),
            ("hours", "１", "such as 1.5"),
            ("hours", "1.234", "no more than two decimals"),
            ("hours", "99999", "from 0 to 9,999.99"),
            ("refresh_months", "0", "from 1 to 1,200"),
            ("refresh_months", "1.5", "from 1 to 1,200"),
            ("refresh_months", "9" * 20, "from 1 to 1,200"),
            ("access_link", "javascript:alert(1)", "must begin with https://"),
            ("priorities", "999999", "Choose only from the answers"),
            ("prerequisites", "x", "Choose only from the answers"),
        ],
    )
    def test_what_cannot_be_kept_is_said_at_its_field_and_nothing_is_written(
        self, hub: Hub, as_manager: PageClient, field: str, typed: str, says: str
    ) -> None:
        before = db.session.scalar(select(func.count()).select_from(AuditEvent))
        answer = as_manager.submit("/catalogue/new", a_module(hub, **{field: typed}))
        page = answer.get_data(as_text=True)
        db.session.rollback()
        assert db.session.scalar(select(func.count()).select_from(AuditEvent)) == before
        assert answer.status_code == 400
        assert says in page
        assert "What it is about" in page or field == "summary"

    def test_a_module_must_give_something(self, hub: Hub, as_manager: PageClient) -> None:
        answer = as_manager.submit("/catalogue/new", a_module(hub, **{f"gives_{hub.skill_id('send')}": "0"}))
        assert answer.status_code == 400
        assert "Choose at least one skill" in answer.get_data(as_text=True)

    def test_what_is_typed_stays_text(self, hub: Hub, as_manager: PageClient) -> None:
        fields = a_module(hub, title="<b>{{7*7}}</b> 🎺", summary="'; DROP TABLE module; --")
        page = as_manager.submit("/catalogue/new", fields, follow_redirects=True).get_data(as_text=True)
        assert "&lt;b&gt;{{7*7}}&lt;/b&gt; 🎺" in page

    def test_an_edit_of_what_it_gives_is_shown_before_it_is_saved(self, hub: Hub, as_manager: PageClient) -> None:
        hub.person(with_completed=["SND-02"])
        hub.person("Ben", with_completed=["SND-02"])
        fields = as_shown(as_manager, hub, "SND-02", refresh_months="24")
        shown = as_manager.post("/catalogue/SND-02/edit", data=fields).get_data(as_text=True)
        assert "Not saved yet." in shown
        assert "2 completions keep what they were recorded with" in shown
        assert "Runs out after 36 months" in shown
        assert "Runs out after 24 months" in shown
        assert versions(hub, "SND-02") == 1
        fields |= dict(hidden_fields(shown))
        saved = as_manager.post("/catalogue/SND-02/edit", data=fields, follow_redirects=True).get_data(as_text=True)
        assert "SND-02 Adapting music for learners with SEND is saved. 2 completions keep" in saved
        assert "What it was before" in saved
        assert "1 September 2029" in saved
        assert versions(hub, "SND-02") == 2

    def test_an_edit_of_anything_else_is_saved_at_once_without_a_new_version(
        self, hub: Hub, as_manager: PageClient
    ) -> None:
        fields = as_shown(as_manager, hub, "SND-02", access_note="Book with the office")
        saved = as_manager.post("/catalogue/SND-02/edit", data=fields, follow_redirects=True).get_data(as_text=True)
        assert "Nobody&#39;s record changes." in saved
        assert "Book with the office" in saved
        assert versions(hub, "SND-02") == 1

    def test_the_second_of_two_editors_sees_a_conflict_and_keeps_what_they_typed(
        self, hub: Hub, as_manager: PageClient
    ) -> None:
        mine = as_shown(as_manager, hub, "SND-02", access_note="Mine")
        theirs = as_shown(as_manager, hub, "SND-02", access_note="Theirs")
        assert as_manager.post("/catalogue/SND-02/edit", data=theirs).status_code == 302
        answer = as_manager.post("/catalogue/SND-02/edit", data=mine)
        assert answer.status_code == 409
        assert 'value="Mine"' in answer.get_data(as_text=True)
        again = mine | dict(hidden_fields(answer.get_data(as_text=True)))
        assert as_manager.post("/catalogue/SND-02/edit", data=again).status_code == 302

    def test_a_circle_of_prerequisites_is_refused_at_its_field(self, hub: Hub, as_manager: PageClient) -> None:
        fields = as_shown(as_manager, hub, "SND-01", prerequisites=str(hub.module_id("SND-03")))
        answer = as_manager.post("/catalogue/SND-01/edit", data=fields)
        assert answer.status_code == 400
        assert "would need one another in a circle" in answer.get_data(as_text=True)

    def test_a_retired_module_leaves_the_list_and_can_be_offered_again(self, hub: Hub, as_manager: PageClient) -> None:
        day = {"retired_on-day": "23", "retired_on-month": "11", "retired_on-year": "2026"}
        done = as_manager.submit("/catalogue/SND-02/retire", day, follow_redirects=True).get_data(as_text=True)
        assert "is not offered from 23 November 2026" in done
        assert "No longer offered since" in done
        assert "39 modules" in text(as_manager, "/catalogue")
        assert "SND-02" in text(as_manager, "/catalogue?show=retired")
        again = as_manager.post(
            "/catalogue/SND-02/bring-back", data={"csrf_token": as_manager.token()}, follow_redirects=True
        )
        assert "is offered again" in again.get_data(as_text=True)
        assert "40 modules" in text(as_manager, "/catalogue")

    @pytest.mark.on_sqlite_only
    @pytest.mark.parametrize("day", [("31", "2", "2026"), ("1", "1", "1"), ("", "", ""), ("1", "1", "9999")])
    def test_a_module_is_not_retired_from_a_day_that_cannot_be(
        self, hub: Hub, as_manager: PageClient, day: tuple[str, str, str]
    ) -> None:
        fields = dict(zip(("retired_on-day", "retired_on-month", "retired_on-year"), day, strict=True))
        assert as_manager.submit("/catalogue/SND-02/retire", fields).status_code == 400
        assert db.session.get_one(Module, hub.module_id("SND-02")).retired_on is None

    def test_before_a_module_is_retired_it_is_said_what_groups_could_no_longer_reach(
        self, hub: Hub, as_manager: PageClient
    ) -> None:
        page = text(as_manager, "/catalogue/LED-03/retire")
        assert "If you retire it, some of what these groups need can no longer be reached" in page
        board = "Board and senior leadership team"
        for row, says in zip(
            _losses(page),
            (
                f"{board} Using information well Practising Only DAT-01 gives it, which is not suggested for this group",
                f"{board} Leading and governing inclusion Leading No other module gives it",
            ),
            strict=True,
        ):
            assert row.startswith(says)
        assert "/requirements/change?group=board-slt&amp;skill=leading-inclusion" in page
        assert 'href="/catalogue/new"' in page
        day = {"retired_on-day": "23", "retired_on-month": "11", "retired_on-year": "2026"}
        unseen = as_manager.post("/catalogue/LED-03/retire", data={"csrf_token": as_manager.token(), **day})
        assert "No other module gives it" in unseen.get_data(as_text=True), "it was never shown"
        assert db.session.get_one(Module, hub.module_id("LED-03")).retired_on is None
        done = as_manager.submit("/catalogue/LED-03/retire", day, follow_redirects=True).get_data(as_text=True)
        assert "is not offered from 23 November 2026" in done

    @pytest.mark.on_sqlite_only
    def test_a_level_that_only_modules_for_others_still_give_is_said_too_and_what_never_depended_on_it_is_not(
        self, as_manager: PageClient
    ) -> None:
        page = text(as_manager, "/catalogue/SND-02/retire")
        assert "no module suggested to these groups gives what they need" in page
        (row,) = _losses(page)
        assert row.startswith(
            "Generalist school music teachers Disabled children and children with SEND Practising "
            "Only SND-03 gives it, which is not suggested for this group"
        )
        assert _losses(text(as_manager, "/catalogue/REF-03/retire")) == []

    @pytest.mark.on_sqlite_only
    def test_before_a_module_gives_less_it_is_said_what_groups_could_no_longer_reach(
        self, hub: Hub, as_manager: PageClient
    ) -> None:
        fields = as_shown(as_manager, hub, "LED-03", **{f"gives_{hub.skill_id('leading-inclusion')}": "2"})
        page = as_manager.post("/catalogue/LED-03/edit", data=fields).get_data(as_text=True)
        assert "If you save this, no module gives what these groups need" in page
        assert len(_losses(page)) == 1
        assert "Save it all the same" in page
        again = fields | dict(hidden_fields(page))
        assert as_manager.post("/catalogue/LED-03/edit", data=again).status_code == 302
        teachers = str(hub.group_id("generalist-teachers"))
        fields = as_shown(as_manager, hub, "SND-02")
        less = {**fields, "groups": [each for each in fields["groups"] if each != teachers]}
        page = as_manager.post("/catalogue/SND-02/edit", data=less).get_data(as_text=True)
        assert "no module suggested to these groups gives what they need" in page
        again = less | dict(hidden_fields(page))
        assert as_manager.post("/catalogue/SND-02/edit", data=again).status_code == 302

    def test_the_list_of_e_learning_without_a_link_shrinks_as_links_are_added(
        self, hub: Hub, as_manager: PageClient
    ) -> None:
        listed = text(as_manager, "/catalogue?show=no-link")
        assert 'href="/catalogue/SND-01"' in listed
        fields = as_shown(as_manager, hub, "SND-01", access_link="https://example.org/send")
        assert as_manager.post("/catalogue/SND-01/edit", data=fields).status_code == 302
        assert 'href="/catalogue/SND-01"' not in text(as_manager, "/catalogue?show=no-link")

    def test_nobody_else_may_change_the_catalogue(self, as_member: PageClient, as_coordinator: PageClient) -> None:
        for client in (as_member, as_coordinator):
            data = {"csrf_token": client.token()}
            assert client.get("/catalogue/new").status_code == 403
            for path in ("new", "SND-02/edit", "SND-02/retire", "SND-02/bring-back"):
                assert client.post(f"/catalogue/{path}", data=data).status_code == 403


def test_the_words_of_pages_are_complete(hub: Hub) -> None:
    """Whatever stands in the place of a code in an address of these pages can be no module's code."""
    from training_app.catalogue.rules import WORDS_OF_PAGES

    addresses = [
        rule.rule.split("/") for rule in hub.app.url_map.iter_rules() if rule.endpoint.startswith(catalogue.name)
    ]
    words = {parts[2] for parts in addresses if len(parts) > 2 and "<" not in parts[2]}
    assert words == WORDS_OF_PAGES


def test_the_day_of_an_edit_is_the_day_in_london(hub: Hub, as_manager: PageClient) -> None:
    """An edit at half past midnight in summer is still of the day before in UTC."""
    with travel("2026-07-01 23:30 +0000"), transaction():
        module = db.session.get_one(Module, hub.module_id("IND-01"))
        given = {each.skill_id: Level(each.level) for each in module.current.gives}
        content = ModuleContent("Welcome anew", module.current.format_id, module.current.hours, None, given)
        edit_module(hub.actor, module, content, ModuleAbout(summary=module.summary))
    assert "2 July 2026" in as_manager.get("/catalogue/IND-01").get_data(as_text=True)
