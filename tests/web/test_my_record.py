"""What staff and volunteers see of themselves, and logging training."""

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
from tests.clients import PageClient, sign_in
from tests.pages import hidden_fields, words_of
from tests.watching import not_telling_the_log
from training_app.accounts.models import Account
from training_app.database import db, transaction
from training_app.people.queries import person_by_reference
from training_app.people.scope import everywhere
from training_app.records.actions import return_evidence, verify
from training_app.records.models import Completion, Evidence
from training_app.records.queries import completions_of

LONGEST_PAGE = 30_000
ALL_FOR_VOLUNTEERS = ("IND-01", "IND-02", "IND-03", "IND-04", "IND-05")


@pytest.fixture(autouse=True)
def _on_23_november_2026() -> Iterator[None]:
    with travel("2026-11-23 12:00 +0000", tick=True):
        yield


def text(client: PageClient, path: str = "/my/record") -> str:
    """Return what the main part of a page says."""
    import html5lib

    response = client.get(path)
    assert response.status_code == 200
    page = html5lib.parse(response.get_data(as_text=True), namespaceHTMLElements=False)
    (main,) = page.iter("main")
    return words_of(main)


def robin() -> int:
    person = person_by_reference("V-1")
    assert person is not None
    return person.id


def log(client: PageClient, status: int = 200, **fields: str) -> str:
    answer = client.submit("/my/record/log", {"module": "IND-02", "when": "today", **fields}, follow_redirects=True)
    assert answer.status_code == status
    return unescape(answer.get_data(as_text=True))


def another_day(day: date) -> dict[str, str]:
    return {
        "when": "another",
        "completed_on-day": str(day.day),
        "completed_on-month": str(day.month),
        "completed_on-year": str(day.year),
    }


def recorded() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Completion)) or 0


class TestTheRecord:
    def test_a_volunteer_sees_first_what_is_needed_before_they_help(self, as_member: PageClient) -> None:
        page = text(as_member)
        assert page.startswith("Robin Volunteer My training Log training Needed before you help")
        assert "Safeguarding essentials for music settings (not yet recorded)" in page
        assert page.index("Needed before you help") < page.index("0 of the 10 skills your role asks for")

    def test_who_holds_everything_is_in_date_until_the_first_of_it_runs_out(
        self, hub: Hub, as_member: PageClient
    ) -> None:
        for code in ALL_FOR_VOLUNTEERS:
            hub.completion(robin(), code, "2026-10-03")
        page = text(as_member)
        assert "You are in date until 3 October 2027." in page
        assert "Nothing is needed before you help." in page
        assert "Still needed" not in page
        assert "This is a record of training. It says nothing about a DBS check" in page

    def test_a_lapsed_first_step_is_needed_again_and_says_since_when(self, hub: Hub, as_member: PageClient) -> None:
        hub.completion(robin(), "IND-02", "2025-11-23")
        page = text(as_member)
        assert "Needed before you help Safeguarding essentials for music settings (ran out on 23 November 2026)" in page

    def test_a_first_step_is_met_by_holding_already_what_it_gives(self, hub: Hub, as_member: PageClient) -> None:
        hub.completion(robin(), "SAF-01", "2026-10-03")
        assert "Nothing is needed before you help." in text(as_member)

    def test_what_awaits_confirmation_is_shown_as_that_and_does_not_count_yet(
        self, hub: Hub, as_member: PageClient
    ) -> None:
        entry = hub.completion(robin(), "IND-02", "2026-11-01", Evidence.SELF_DECLARED)
        page = text(as_member)
        assert "Safeguarding essentials for music settings (awaiting confirmation)" in page
        assert "0 of the 10 skills" in page
        assert "1 of these awaits confirmation. You need do nothing." in page
        with transaction():
            verify(hub.actor, db.session.get_one(Completion, entry))
        assert "Nothing is needed before you help." in text(as_member)

    def test_each_gap_offers_what_would_close_it_the_suggested_and_the_shortest_first(
        self, as_member: PageClient
    ) -> None:
        page = text(as_member)
        gap = page[page.index("Inclusive group and whole-class teaching Aware is asked") :]
        offered = gap[: gap.index("Youth voice")]
        assert "Shadow an inclusive session Shadowing, 2 hours" in offered
        reflection = page[page.index("Reflecting and learning together Aware is asked") :]
        assert reflection.index("Keeping a reflective log") < reflection.index("Shadow an inclusive session")

    def test_staff_are_told_what_is_needed_from_their_first_day(self, hub: Hub) -> None:
        ama = hub.person("Ama Okafor", group="music-service-staff")
        hub.account("ama@hub.example", "member", person=ama)
        page = text(sign_in(hub.app, "ama@hub.example"))
        assert "Needed from your first day" in page
        assert "before you help" not in page

    def test_somebody_in_no_group_is_asked_nothing(self, hub: Hub) -> None:
        gone = hub.person("Gone Away", group="frontline-volunteers", end_on="2026-01-01", with_completed=["IND-01"])
        hub.account("gone@hub.example", "member", person=gone)
        page = text(sign_in(hub.app, "gone@hub.example"))
        assert "You are not in any group of the hub today" in page
        assert "Musical inclusion and fairness Aware not asked of you Never" in page
        hub.completion(gone, "IND-02", "2024-05-01")
        page = text(sign_in(hub.app, "gone@hub.example"))
        assert "Once held, and not asked of you: Keeping children safe (Aware ran out on 1 May 2025)." in page

    def test_an_account_without_a_person_is_told_whom_to_ask(self, hub: Hub) -> None:
        account = hub.account("new@hub.example", "member", person=hub.person())
        with transaction():
            not_telling_the_log()
            db.session.get_one(Account, account).person_id = None
        client = sign_in(hub.app, "new@hub.example")
        for path in ("/my/record", "/my/record/log"):
            assert "not joined to anybody" in text(client, path)
        assert client.get("/my/record.csv").status_code == 200

    def test_nobody_sees_anybody_else_s_record(self, hub: Hub, as_member: PageClient, as_board: PageClient) -> None:
        other = hub.person("Secret Person", with_completed=["SEM-03"])
        returned = hub.completion(other, "IND-01", "2026-01-01")
        with transaction():
            return_evidence(hub.actor, db.session.get_one(Completion, returned), "a secret reason")
        assert "SEM-03" not in text(as_member)
        assert "a secret reason" not in text(as_member, f"/my/record/log?again={returned}")
        for path in ("/my/record", "/my/record.csv", "/my/record/log"):
            assert as_board.get(path).status_code == 403

    def test_the_file_holds_all_that_was_done(self, hub: Hub, as_member: PageClient) -> None:
        hub.completion(robin(), "IND-02", "2026-10-03", provider="A school")
        answer = as_member.get("/my/record.csv")
        (row,) = csv.DictReader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff")))
        assert (row["module"], row["valid_until"], row["provider"]) == ("IND-02", "2027-10-03", "A school")

    def test_the_page_stays_small_and_cheap_however_long_the_record(self, hub: Hub, as_member: PageClient) -> None:
        hub.completion(robin(), "IND-01", "2020-01-01")
        for code in ALL_FOR_VOLUNTEERS:
            hub.completion(robin(), code, date(2025, 12, 1))
        with CountedQueries() as few:
            as_member.get("/my/record")
        for month in range(1, 12):
            for code in ALL_FOR_VOLUNTEERS:
                hub.completion(robin(), code, date(2025, month, 1))
        with CountedQueries() as many:
            page = as_member.get("/my/record").get_data(as_text=True)
        assert many.count <= few.count
        assert len(page) < LONGEST_PAGE
        assert "Show all 61" in page
        assert text(as_member, "/my/record?all=yes").count("Verified") == 61


class TestLogging:
    def test_a_module_logged_today_awaits_confirmation_and_the_page_says_so(
        self, hub: Hub, as_member: PageClient
    ) -> None:
        assert "counts once somebody at the hub has verified it" in text(as_member, "/my/record/log")
        page = log(as_member)
        assert "IND-02 Safeguarding essentials for music settings is logged for 23 November 2026." in page
        assert "It awaits confirmation" in page
        (entry,) = completions_of(robin(), places=everywhere())
        assert (entry.evidence, entry.completed_on) == ("self-declared", date(2026, 11, 23))

    def test_yesterday_and_another_day_can_be_chosen(self, as_member: PageClient) -> None:
        log(as_member, when="yesterday")
        log(as_member, module="IND-03", **another_day(date(2026, 3, 29)))
        log(as_member, module="IND-01", **{**another_day(date(2026, 3, 30)), "when": ""})
        days = {entry.completed_on for entry in completions_of(robin(), places=everywhere())}
        assert days == {date(2026, 11, 22), date(2026, 3, 29), date(2026, 3, 30)}

    def test_a_day_typed_and_left_behind_does_not_matter_when_today_is_chosen(self, as_member: PageClient) -> None:
        log(as_member, **{**another_day(date(2027, 1, 1)), "when": "today"})
        assert [entry.completed_on for entry in completions_of(robin(), places=everywhere())] == [date(2026, 11, 23)]

    def test_the_module_of_the_address_is_chosen(self, as_member: PageClient) -> None:
        page = as_member.get("/my/record/log?module=IND-03").get_data(as_text=True)
        assert '<option value="IND-03" selected' in page

    def test_pressing_twice_gives_one_entry(self, as_member: PageClient) -> None:
        log(as_member)
        assert "You have IND-02 on 23 November 2026 already, so it was not logged twice." in log(as_member)
        assert recorded() == 1

    @pytest.mark.parametrize(
        ("had", "code", "day", "says"),
        [
            (
                ("IND-02", "2026-10-03", Evidence.VERIFIED),
                "IND-02",
                date(2026, 11, 23),
                "You have it already, completed on 3 October 2026, which counts until 3 October 2027.",
            ),
            (
                ("IND-01", "2020-10-03", Evidence.SELF_DECLARED),
                "IND-01",
                date(2026, 11, 1),
                "completed on 3 October 2020, which awaits confirmation and, once confirmed, counts for good.",
            ),
            (
                ("IND-02", "2026-10-03", Evidence.VERIFIED),
                "IND-02",
                date(2026, 9, 1),
                "You have a later one already, completed on 3 October 2026",
            ),
            (None, "IND-02", date(2025, 11, 23), "It counts for 12 months, so this one ran out on 23 November 2026."),
            (None, "IND-01", date(2016, 11, 23), "23 November 2016 is 10 years ago or more. Is the year right?"),
        ],
    )
    def test_an_odd_entry_is_asked_about_first_and_logged_all_the_same_if_wanted(
        self,
        hub: Hub,
        as_member: PageClient,
        had: tuple[str, str, Evidence] | None,
        code: str,
        day: date,
        says: str,
    ) -> None:
        if had:
            hub.completion(robin(), *had)
        before = recorded()
        page = log(as_member, module=code, note="At <b>school</b>", **another_day(day))
        assert "Do you want to log this?" in page
        assert says in page
        assert recorded() == before
        asked = dict(hidden_fields(page))
        again = as_member.post("/my/record/log", data={**asked, "change": "yes"}).get_data(as_text=True)
        assert f'<option value="{code}" selected' in again
        assert "At &lt;b&gt;school" in again
        assert recorded() == before
        other_day = {**asked, "completed_on-month": "1", "completed_on-year": "2016"}
        assert "Nothing is saved yet" in as_member.post("/my/record/log", data=other_day).get_data(as_text=True)
        assert as_member.post("/my/record/log", data=asked).status_code == 302
        assert recorded() == before + 1
        assert {each.note for each in completions_of(robin(), places=everywhere()) if each.completed_on == day} == {
            "At <b>school</b>"
        }

    def test_nothing_is_asked_about_a_first_entry_or_one_after_the_last_ran_out(
        self, hub: Hub, as_member: PageClient
    ) -> None:
        hub.completion(robin(), "IND-02", "2025-11-23")
        hub.completion(robin(), "IND-03", "2026-11-01", Evidence.SELF_DECLARED)
        returned = hub.completion(robin(), "IND-01", "2026-11-01", Evidence.SELF_DECLARED)
        with transaction():
            return_evidence(hub.actor, db.session.get_one(Completion, returned), "Which one was it?")
        for code, day in (("IND-02", date(2026, 11, 23)), ("IND-01", date(2026, 11, 2)), ("IND-03", date(2026, 11, 1))):
            assert "Do you want to log this?" not in log(as_member, module=code, **another_day(day))

    def test_eight_presses_at_once_give_one_entry_and_no_fault(self, hub: Hub, as_member: PageClient) -> None:
        form = dict(hidden_fields(as_member.get("/my/record/log").get_data(as_text=True)))
        form |= {"module": "IND-02", "when": "today"}
        cookie = as_member.get_cookie("session")
        assert cookie is not None

        def submit(_: int) -> int:
            with hub.app.app_context():
                client = hub.app.test_client()
                client.set_cookie("session", cookie.value)
                return client.post("/my/record/log", data=form).status_code

        with ThreadPoolExecutor(8) as threads:
            assert set(threads.map(submit, range(8))) == {302}
        assert recorded() == 1

    @pytest.mark.on_sqlite_only
    @pytest.mark.parametrize(
        ("changes", "says"),
        [
            ({"module": ""}, "Choose a module"),
            ({"module": "no-such"}, "Choose one of the answers"),
            ({"when": ""}, "Choose when you completed it"),
            ({"when": "tomorrow"}, "Choose one of the answers"),
            ({"when": "another"}, "Enter the day you completed it"),
            (another_day(date(2026, 11, 24)), "must be 23 November 2026 or earlier"),
            ({**another_day(date(2026, 1, 31)), "completed_on-month": "2"}, "must be a real day"),
            ({**another_day(date(2026, 1, 31)), "completed_on-year": "1"}, "4 numbers"),
            ({"note": "x" * 2001}, "2,000 characters or fewer"),
            ({"note": "a\0b"}, "cannot be shown"),
        ],
    )
    def test_what_cannot_be_kept_is_said_and_nothing_is_written(
        self, as_member: PageClient, changes: dict[str, str], says: str
    ) -> None:
        page = log(as_member, 400, **{"note": "Kept note", **changes})
        assert says in page
        assert "Kept note" in page or "note" in changes
        assert recorded() == 0

    def test_nobody_can_verify_their_own_by_an_extra_field(self, hub: Hub, as_member: PageClient) -> None:
        other = hub.person("Somebody Else")
        log(as_member, evidence="verified", person=str(other), person_id=str(other))
        (entry,) = completions_of(robin(), places=everywhere())
        assert entry.evidence == "self-declared"
        assert completions_of(other, places=everywhere()) == []

    @pytest.mark.parametrize("day", [date(2026, 11, 1), date(2026, 10, 31)])
    def test_what_was_sent_back_stands_first_with_its_reason_and_is_logged_again(
        self, hub: Hub, as_member: PageClient, day: date
    ) -> None:
        entry = hub.completion(robin(), "IND-02", "2026-11-01", Evidence.SELF_DECLARED)
        with transaction():
            return_evidence(hub.actor, db.session.get_one(Completion, entry), "Which certificate was it?")
        page = text(as_member)
        assert page.index("Which certificate was it?") < page.index("skills your role asks for")
        path = f"/my/record/log?again={entry}"
        assert "was sent back to you: Which certificate was it?" in text(as_member, path)
        fields = {"module": "IND-02", "note": "The one of October", **another_day(day)}
        for _ in range(2):
            assert as_member.submit(path, fields).status_code == 302
        assert "Which certificate was it?" not in text(as_member).partition("What was changed, and when")[0]
        newest = {each.evidence: each for each in completions_of(robin(), places=everywhere())}
        assert set(newest) == {"void", "self-declared"}
        assert newest["void"].successor_id == newest["self-declared"].id
        assert newest["self-declared"].note == "The one of October"

    @pytest.mark.on_sqlite_only
    @pytest.mark.parametrize("again", ["x", "9" * 20, "-1", "0"])
    def test_an_entry_to_answer_that_is_not_there_is_a_plain_new_entry(self, as_member: PageClient, again: str) -> None:
        assert "was sent back" not in text(as_member, f"/my/record/log?again={again}")
        log(as_member, again=again)
        assert recorded() == 1
