"""The pages of completions: recording, verifying, sending back, correcting and voiding."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from html import unescape

import pytest
from sqlalchemy import func, select
from time_machine import travel

from tests.builders import CountedQueries, Hub
from tests.clients import PageClient
from tests.pages import hidden_fields
from training_app.audit.models import AuditEvent
from training_app.database import db, transaction
from training_app.people.scope import everywhere
from training_app.records.actions import void_completion
from training_app.records.models import Completion, Evidence
from training_app.records.queries import completions_of

LONGEST_PAGE = 40_000


@pytest.fixture(autouse=True)
def _on_23_november_2026() -> Iterator[None]:
    with travel("2026-11-23 12:00 +0000", tick=True):
        yield


def text(client: PageClient, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status
    return unescape(response.get_data(as_text=True))


def a_day(day: date) -> dict[str, str]:
    return {"completed_on-day": str(day.day), "completed_on-month": str(day.month), "completed_on-year": str(day.year)}


def a_completion(**changes: object) -> dict[str, object]:
    """Return the form of a completion of SND-02 by A-1 on 12 November 2026, with some of it changed."""
    day = a_day(date(2026, 11, 12))
    return {"module": "SND-02", "person": "A-1", "evidence": "verified", "save": "yes", **day, **changes}


def send(client: PageClient, path: str, status: int = 200, **fields: object) -> str:
    answer = client.submit(path, fields, follow_redirects=True)
    assert answer.status_code == status, unescape(answer.get_data(as_text=True))[:3000]
    return unescape(answer.get_data(as_text=True))


def press(client: PageClient, path: str, **fields: object) -> str:
    """Press a button of a page: send a form without opening a page of its own."""
    answer = client.post(path, data={"csrf_token": client.token(), **fields}, follow_redirects=True)
    assert answer.status_code == 200
    return unescape(answer.get_data(as_text=True))


def decisions(chosen: dict[int, str], because: str = "") -> dict[str, object]:
    """Return the form of a page of claims, each in its first version, with what was chosen for each."""
    return {
        "claim": [f"{each}.1" for each in chosen],
        **{f"decide-{each}": what for each, what in chosen.items()},
        **{f"because-{each}": because for each, what in chosen.items() if what == "return"},
    }


def recorded() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Completion)) or 0


def evidence_of(completion_id: int) -> str:
    db.session.rollback()
    return db.session.get_one(Completion, completion_id).evidence


class TestTheList:
    def test_completions_are_listed_newest_first_and_found_by_what_stands_in_the_address(
        self, hub: Hub, as_manager: PageClient
    ) -> None:
        assert "Nothing is recorded yet. Record the first completion" in text(as_manager, "/records")
        hub.person("Ama Okafor", with_completed=["SND-02"], completed_on="2026-01-10")
        hub.person("Ben Asante", with_completed=["IND-01"], completed_on="2026-02-10")
        page = text(as_manager, "/records")
        assert "2 completions" in page
        assert page.index("Ben Asante") < page.index("Ama Okafor")
        only = text(as_manager, "/records?q=ama&module=snd-02&evidence=verified&from=2026-01-10&to=10/01/2026")
        assert "1 completion" in only
        assert "Ben Asante" not in only
        assert "Nothing fits these filters." in text(as_manager, "/records?evidence=void")

    def test_the_file_holds_the_same_rows(self, hub: Hub, as_manager: PageClient) -> None:
        hub.person("=Ama", reference="A-1", with_completed=["SND-02"])
        hub.person("Ben", with_completed=["IND-01"])
        answer = as_manager.get("/records.csv?module=SND-02")
        (row,) = csv.DictReader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff")))
        assert (row["person"], row["module"], row["evidence"]) == ("A-1", "SND-02", "verified")
        assert not row["name"].startswith("=")

    @pytest.mark.on_sqlite_only
    @pytest.mark.parametrize(
        "query",
        ["from=31/02/2026", "to=yesterday", "from=0001-01-01", "evidence=good", "module=no-such", "sort=colour"],
    )
    def test_what_cannot_be_read_in_the_address_is_said(self, as_manager: PageClient, query: str) -> None:
        assert as_manager.get(f"/records?{query}").status_code == 400
        assert as_manager.get(f"/records.csv?{query}").status_code == 400

    @pytest.mark.parametrize(
        "query",
        ["page=-1", "page=99999999999999999999", "page=x", "organisation=99999999999999999999", "q=%ED%A0%80"],
    )
    def test_odd_addresses_show_a_list_all_the_same(self, as_manager: PageClient, query: str) -> None:
        assert as_manager.get(f"/records?{query}").status_code == 200

    def test_a_long_list_costs_no_more_than_a_short_one(self, hub: Hub, as_manager: PageClient) -> None:
        ama = hub.person(with_completed=["IND-01"])
        with CountedQueries() as few:
            text(as_manager, "/records")
        for day in range(1, 29):
            hub.completion(ama, "SND-02", date(2026, 1, day))
            hub.completion(ama, "IND-02", date(2026, 2, day))
        with CountedQueries() as many:
            page = text(as_manager, "/records")
        assert many.count <= few.count
        assert "Showing 1 to 50 of 57 completions" in page
        assert len(page) < LONGEST_PAGE


class TestRecording:
    def test_recording_for_one_says_what_they_hold_now_and_until_when(self, hub: Hub, as_manager: PageClient) -> None:
        hub.person("Ama Okafor", reference="A-1")
        page = send(as_manager, "/records/add?person=A-1", **a_completion())
        assert "SND-02 is recorded for Ama Okafor." in page
        assert "holds Practising in Disabled children and children with SEND until 12 November 2029" in page
        assert "<h1" in page
        assert "Ama Okafor</h1>" in page

    def test_today_is_proposed_and_the_person_and_the_module_of_the_address_are_chosen(
        self, hub: Hub, as_manager: PageClient
    ) -> None:
        hub.person("Ama Okafor", reference="A-1")
        hub.person("Ben Asante", reference="B-1")
        page = text(as_manager, "/records/add?person=A-1&person=B-1&person=nobody&module=SND-02")
        assert 'value="A-1" checked' in page
        assert 'value="B-1" checked' in page
        assert '<option value="SND-02" selected' in page
        assert 'name="completed_on-day" type="text" value="23"' in page

    def test_nobody_of_a_list_is_ticked_until_they_are_chosen(self, hub: Hub, as_manager: PageClient) -> None:
        for name in ("Ama Okafor", "Ben Asante", "Cora Lind"):
            hub.person(name, reference=f"{name[0]}-1")
        path = "/records/add?among=A-1&among=B-1&among=nobody"
        page = text(as_manager, path)
        assert "From the list you came from: 2 people." in page
        assert 'value="A-1">' in page
        assert "checked" not in page.split("Who completed it?")[1].split("How is it evidenced?")[0]
        assert 'value="C-1"' not in page, "only those of the list stand there"
        assert "Tick at least one person" in send(
            as_manager, path, 400, **a_completion(person=[], among=["A-1", "B-1"])
        )
        page = send(as_manager, path, 200, **a_completion(person=["B-1"], among=["A-1", "B-1"], find="yes", q="cora"))
        assert "The others of the list you came from: 1 person." in page
        assert 'value="B-1" checked' in page
        assert 'value="C-1">' in page
        assert "Choose all" in page
        assert recorded() == 0

    def test_people_are_looked_for_by_name_and_those_ticked_before_stay_ticked(
        self, hub: Hub, as_manager: PageClient
    ) -> None:
        hub.person("Ama Okafor", reference="A-1")
        hub.person("Zoë Åkesson", reference="Z-1")
        hub.person("Gone Away", reference="G-1", end_on="2026-01-01")
        fields = a_completion(find="yes", q="zoe", hours="nonsense")
        del fields["save"]
        page = send(as_manager, "/records/add", 200, **fields)
        assert 'value="A-1" checked' in page
        assert 'value="Z-1">' in page
        assert 'value="12"' in page
        assert recorded() == 0
        assert 'value="G-1"' not in text(as_manager, "/records/add")
        assert 'value="G-1"' in text(as_manager, "/records/add?q=gone")
        assert 'value="Z-1"' not in text(as_manager, "/records/add?group=board-slt")

    def test_several_people_at_once_and_whoever_has_it_is_named_and_left(
        self, hub: Hub, as_manager: PageClient
    ) -> None:
        for reference, name in (("A-1", "Ama Okafor"), ("B-1", "Ben Asante"), ("C-1", "Cat Dhillon")):
            hub.person(name, reference=reference)
        send(as_manager, "/records/add", **a_completion(person="B-1", evidence="self-declared"))
        page = send(as_manager, "/records/add", **a_completion(person=["A-1", "B-1", "C-1", "A-1"]))
        assert "SND-02 is recorded for Ama Okafor and Cat Dhillon." in page
        assert "2 people newly hold Practising in Disabled children and children with SEND" in page
        assert "Ben Asante has SND-02 on 12 November 2026 already, so that entry was left as it is." in page
        assert recorded() == 3

    def test_pressing_twice_saves_once(self, hub: Hub, as_manager: PageClient) -> None:
        hub.person("Ama Okafor", reference="A-1")
        form = dict(hidden_fields(text(as_manager, "/records/add"))) | a_completion()
        for _ in range(2):
            assert as_manager.post("/records/add", data=form).status_code == 302
        assert recorded() == 1

    def test_eight_presses_at_once_save_once_and_none_sees_a_fault(self, hub: Hub, as_manager: PageClient) -> None:
        hub.person("Ama Okafor", reference="A-1")
        form = dict(hidden_fields(text(as_manager, "/records/add"))) | a_completion()
        cookie = as_manager.get_cookie("session")
        assert cookie is not None

        def submit(_: int) -> int:
            with hub.app.app_context():
                client = hub.app.test_client()
                client.set_cookie("session", cookie.value)
                return client.post("/records/add", data=form).status_code

        with ThreadPoolExecutor(8) as threads:
            assert set(threads.map(submit, range(8))) == {302}
        assert recorded() == 1

    @pytest.mark.on_sqlite_only
    @pytest.mark.parametrize(
        ("changes", "says"),
        [
            ({"module": ""}, "Choose a module"),
            ({"module": "no-such"}, "Choose one of the answers"),
            ({"person": []}, "Tick at least one person"),
            ({"person": "nobody"}, "Somebody you ticked is not in the list any more"),
            ({"person": "a\0b"}, "Somebody you ticked is not in the list any more"),
            ({"evidence": "void"}, "Choose one of the answers"),
            ({"hours": "-1"}, "such as 1.5"),
            ({"hours": "10000"}, "from 0 to 9,999.99"),
            ({"hours": "1.255"}, "no more than two decimals"),
            ({"provider": "x" * 201}, "200 characters or fewer"),
            ({"note": "a\0b"}, "cannot be shown"),
            (a_day(date(2026, 11, 24)), "23 November 2026 or earlier"),
            ({"completed_on-day": "31", "completed_on-month": "2"}, "must be a real day"),
            ({"completed_on-year": "1"}, "4 numbers"),
            ({"completed_on-year": "9999"}, "must be between"),
            ({"completed_on-day": "", "completed_on-month": "", "completed_on-year": ""}, "Enter the day"),
        ],
    )
    def test_what_cannot_be_kept_is_said_and_nothing_is_written(
        self, hub: Hub, as_manager: PageClient, changes: dict[str, object], says: str
    ) -> None:
        hub.person("Ama Okafor", reference="A-1")
        page = send(as_manager, "/records/add", 400, **a_completion(**{"note": "Kept note", **changes}))
        assert says in page
        assert "Kept note" in page or "note" in changes
        assert recorded() == 0

    def test_a_retired_module_can_be_recorded_and_stands_last_in_the_list(
        self, hub: Hub, as_manager: PageClient
    ) -> None:
        hub.person("Ama Okafor", reference="A-1")
        retire = {"retired_on-day": "1", "retired_on-month": "1", "retired_on-year": "2026"}
        as_manager.submit("/catalogue/SND-02/retire", retire)
        assert "SND-02 Adapting music for learners with SEND (retired)" in text(as_manager, "/records/add")
        assert "is recorded" in send(as_manager, "/records/add", **a_completion())

    def test_afterwards_the_visitor_is_where_they_came_from_and_never_elsewhere(
        self, hub: Hub, as_manager: PageClient
    ) -> None:
        hub.person("Ama Okafor", reference="A-1")
        for back, place in (
            ("/coverage?as_at=2026-07-31", "/coverage?as_at=2026-07-31"),
            ("//evil.example", "/people/A-1"),
            ("https://evil.example", "/people/A-1"),
            ("/\\evil.example", "/people/A-1"),
        ):
            answer = as_manager.submit("/records/add", a_completion(back=back))
            assert answer.headers["Location"] == place
        answer = as_manager.submit(
            "/records/add", a_completion(), headers={"Referer": "http://localhost/coverage/board-slt"}
        )
        assert answer.headers["Location"] == "/coverage/board-slt"
        shown = as_manager.get("/records/add", headers={"Referer": "https://evil.example/x"})
        assert dict(hidden_fields(shown.get_data(as_text=True)))["back"] == ""


class TestVerifying:
    def test_like_entries_are_verified_in_one_action(self, hub: Hub, as_manager: PageClient) -> None:
        people = [hub.person(name) for name in ("Ama", "Ben", "Cat")]
        with travel("2026-11-20 12:00 +0000"):
            ids = [hub.completion(each, "SND-02", "2026-11-01", Evidence.SELF_DECLARED) for each in people]
        page = text(as_manager, "/records/verify")
        assert "3 entries waiting" in page
        assert "3 days" in page
        done = send(as_manager, "/records/verify", **decisions({ids[0]: "confirm", ids[1]: "confirm", ids[2]: "leave"}))
        assert "2 entries verified, and counted from now on. 1 entry left for later." in done
        assert "1 entry waiting" in done
        assert [evidence_of(each) for each in ids] == ["verified", "verified", "self-declared"]
        assert recorded() == 3

    @pytest.mark.on_sqlite_only
    @pytest.mark.parametrize("claim", [[], ["x"], ["-1"], ["9" * 20], ["１"], ["a\0"], ["1"], ["1.x"]])
    def test_where_nothing_was_decided_it_is_said(self, hub: Hub, as_manager: PageClient, claim: list[str]) -> None:
        hub.completion(hub.person(), "SND-02", "2026-11-01", Evidence.SELF_DECLARED)
        data = {"csrf_token": as_manager.token(), "claim": claim}
        answer = as_manager.post("/records/verify", data=data)
        assert answer.status_code == 400
        assert "Choose what to do with at least one of them." in answer.get_data(as_text=True)

    def test_nothing_waiting_says_so(self, as_manager: PageClient) -> None:
        assert "Nothing is waiting for you." in text(as_manager, "/records/verify")

    def test_one_entry_is_verified_from_the_person_s_page_and_its_effect_told(
        self, hub: Hub, as_manager: PageClient
    ) -> None:
        ama = hub.person("Ama Okafor", reference="A-1")
        entry = hub.completion(ama, "IND-01", "2026-11-01", Evidence.SELF_DECLARED)
        page = press(as_manager, f"/records/{entry}/verify", row_version="1")
        assert "IND-01 is verified. Ama Okafor now holds Aware in Musical inclusion and fairness for good." in page
        again = press(as_manager, f"/records/{entry}/verify", row_version="1")
        assert "What Ama Okafor holds by verified training stays as it is." in again
        events = select(func.count()).select_from(AuditEvent).where(AuditEvent.action == "completion.verified")
        assert db.session.scalar(events) == 1


class TestPuttingRight:
    def test_an_entry_is_sent_back_with_a_reason(self, hub: Hub, as_manager: PageClient) -> None:
        ama = hub.person("Ama Okafor", reference="A-1")
        entry = hub.completion(ama, "IND-01", "2026-11-01")
        assert "Give a reason" in send(as_manager, f"/records/{entry}/send-back", 400, reason=" ")
        page = send(as_manager, f"/records/{entry}/send-back", reason="The certificate is unreadable")
        assert "IND-01 is sent back with your reason." in page
        assert "Ama Okafor now holds nothing in date in Musical inclusion and fairness." in page
        assert evidence_of(entry) == "returned"

    def test_an_entry_is_voided_with_a_reason_once(self, hub: Hub, as_manager: PageClient) -> None:
        ama = hub.person("Ama Okafor", reference="A-1")
        entry = hub.completion(ama, "IND-01", "2026-11-01")
        assert "in past reports too" in text(as_manager, f"/records/{entry}/void")
        page = send(as_manager, f"/records/{entry}/void", reason="<b>wrong person</b>")
        assert "IND-01 is voided and counts on no day." in page
        assert evidence_of(entry) == "void"
        again = as_manager.submit(f"/records/{entry}/void", {"reason": "again"})
        assert again.status_code == 400
        assert "This entry was voided already." in again.get_data(as_text=True)
        assert "&lt;b&gt;wrong person&lt;/b&gt;" in as_manager.get("/records?evidence=void").get_data(as_text=True)

    def test_a_wrong_day_is_corrected_by_a_successor(self, hub: Hub, as_manager: PageClient) -> None:
        ama = hub.person("Ama Okafor", reference="A-1")
        entry = hub.completion(ama, "IND-02", "2026-11-01")
        assert 'value="11"' in text(as_manager, f"/records/{entry}/correct")
        page = send(as_manager, f"/records/{entry}/correct", reason="misread", **a_day(date(2026, 10, 1)))
        assert "IND-02 is now recorded on 1 October 2026." in page
        assert "holds Aware in Keeping children safe until 1 October 2027" in page
        standing = [each for each in completions_of(ama, places=everywhere()) if each.evidence != "void"]
        assert [each.completed_on for each in standing] == [date(2026, 10, 1)]
        for day in (date(2026, 10, 1), date(2026, 11, 24)):
            answer = as_manager.submit(f"/records/{standing[0].id}/correct", {"reason": "x", **a_day(day)})
            assert answer.status_code == 400

    @pytest.mark.on_sqlite_only
    @pytest.mark.parametrize("act", ["void", "correct", "send-back", "verify"])
    @pytest.mark.parametrize("number", ["999999", "2147483647", "2147483648", "9" * 20, "0", "x", "-1"])
    def test_an_entry_that_is_not_there_is_not_found(self, as_manager: PageClient, act: str, number: str) -> None:
        answer = as_manager.post(f"/records/{number}/{act}", data={"csrf_token": as_manager.token(), "reason": "x"})
        assert answer.status_code == 404

    def test_nobody_else_may_touch_a_record(self, hub: Hub, as_member: PageClient, as_board: PageClient) -> None:
        entry = hub.completion(hub.person(), "IND-01", "2026-11-01", Evidence.SELF_DECLARED)
        for client in (as_member, as_board):
            data = {"csrf_token": client.token(), "reason": "x", "completion": f"{entry}.1"}
            for path in ("/records", "/records.csv", "/records/add", "/records/verify", f"/records/{entry}/void"):
                assert client.get(path).status_code == 403
            for path in ("add", "verify", *(f"{entry}/{act}" for act in ("verify", "void", "correct", "send-back"))):
                assert client.post(f"/records/{path}", data=data).status_code == 403
        assert evidence_of(entry) == "self-declared"

    def test_a_voided_entry_frees_its_day(self, hub: Hub, as_manager: PageClient) -> None:
        ama = hub.person("Ama Okafor", reference="A-1")
        entry = hub.completion(ama, "SND-02", "2026-11-12")
        with transaction():
            void_completion(hub.actor, db.session.get_one(Completion, entry), "wrong")
        assert "is recorded for Ama Okafor" in send(as_manager, "/records/add", **a_completion())
