"""Something in a record is wrong: asking the hub, what waits, the answer, and who sees what."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from typing import Any

import html5lib
import pytest
from sqlalchemy import func, select
from time_machine import travel

from tests.builders import CountedQueries, Hub
from tests.clients import PageClient
from tests.pages import words_of
from training_app.audit.models import AuditEvent
from training_app.corrections.actions import answer_correction, ask_for_correction
from training_app.corrections.models import Answer, CorrectionRequest, Subject
from training_app.database import db, transaction
from training_app.errors import Refused
from training_app.mail import OutboxMessage
from training_app.people.queries import person_by_reference
from training_app.records.actions import void_completion
from training_app.records.models import Completion

OTHER = {"about": "other", "wording": "My surname is Volunteer-Smith"}


@pytest.fixture(autouse=True)
def _on_23_november_2026() -> Iterator[None]:
    with travel("2026-11-23 12:00 +0000", tick=True):
        yield


def text(client: PageClient, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, response.status_code
    (main,) = html5lib.parse(response.get_data(as_text=True), namespaceHTMLElements=False).iter("main")
    return words_of(main)


def send(client: PageClient, path: str, status: int = 200, **fields: str) -> str:
    answer = client.submit(path, fields, follow_redirects=True)
    assert answer.status_code == status
    return unescape(answer.get_data(as_text=True))


def robin() -> int:
    person = person_by_reference("V-1")
    assert person is not None
    return person.id


def kept() -> list[CorrectionRequest]:
    db.session.rollback()
    return list(db.session.scalars(select(CorrectionRequest).order_by(CorrectionRequest.id)))


def ask(hub: Hub, person_id: int, wording: str = "I did this in May", about: Any = (Subject.OTHER, None)) -> int:
    with transaction():
        return ask_for_correction(hub.actor, person_id, *about, wording).request.id


class TestAsking:
    def test_a_volunteer_says_what_is_wrong_and_sees_that_it_waits(self, hub: Hub, as_member: PageClient) -> None:
        entry = hub.completion(robin(), "IND-02", "2026-06-03")
        assert "Safeguarding essentials for music settings (IND-02), completed on 3 June 2026" in text(
            as_member, "/my/record/correction"
        )
        page = send(as_member, "/my/record/correction", about=f"completion-{entry}", wording="It was 3 May, not 3 June")
        assert "The hub has it, and its answer will stand here." in page
        mine = text(as_member, "/my/record")
        assert "It was 3 May, not 3 June 23 November 2026 Waiting for an answer" in mine
        (request,) = kept()
        assert (request.about, request.about_id, request.answer) == ("completion", entry, None)

    def test_pressed_twice_it_is_one_request(self, as_member: PageClient) -> None:
        send(as_member, "/my/record/correction", **OTHER)
        assert "was not sent twice" in send(as_member, "/my/record/correction", **OTHER)
        assert len(kept()) == 1

    def test_eight_presses_at_once_are_one_request(self, hub: Hub, as_member: PageClient) -> None:
        person_id = robin()
        db.session.rollback()

        def press(_: int) -> None:
            with hub.app.app_context():
                ask(hub, person_id, "Spelt wrong")

        with ThreadPoolExecutor(8) as several:
            list(several.map(press, range(8)))
        assert len(kept()) == 1

    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [
            ({"about": "", "wording": "x"}, "Choose what it is about"),
            ({"about": "other", "wording": " "}, "Say what is right, so that the hub can change it"),
            ({"about": "completion-999999", "wording": "kept"}, "Choose one of the answers in the list"),
            ({"about": "other-1", "wording": "kept"}, "Choose one of the answers in the list"),
            ({"about": "other", "wording": "x" * 1001}, "must be 1,000 characters or fewer"),
            ({"about": "other", "wording": "a\0b"}, "must have no character that cannot be shown"),
        ],
    )
    @pytest.mark.on_sqlite_only
    def test_what_cannot_be_kept_is_told_and_nothing_is_written(
        self, as_member: PageClient, fields: dict[str, str], sentence: str
    ) -> None:
        page = send(as_member, "/my/record/correction", 400, **fields)
        assert sentence in page
        assert "kept" not in fields["wording"] or ">\nkept</textarea>" in page or ">kept</textarea>" in page
        assert kept() == []

    def test_nobody_asks_about_an_entry_of_somebody_else(self, hub: Hub, as_member: PageClient) -> None:
        theirs = hub.completion(hub.person("Ama Okafor"), "IND-02", "2026-06-03")
        assert "IND-02" not in text(as_member, "/my/record/correction")
        send(as_member, "/my/record/correction", 400, about=f"completion-{theirs}", wording="mine")
        with pytest.raises(Refused, match="Choose what it is about"):
            ask(hub, robin(), about=(Subject.COMPLETION, theirs))
        assert kept() == []

    def test_an_entry_taken_back_cannot_be_asked_about(self, hub: Hub) -> None:
        person = hub.person("Ama Okafor")
        entry = hub.completion(person, "IND-02", "2026-06-03")
        with transaction():
            void_completion(hub.actor, db.session.get_one(Completion, entry), "Entered twice")
        with pytest.raises(Refused, match="Choose what it is about"):
            ask(hub, person, about=(Subject.COMPLETION, entry))
        with pytest.raises(Refused, match="no such person"):
            ask(hub, 999_999)

    def test_the_manager_keeps_what_somebody_said_at_the_door(self, hub: Hub, as_manager: PageClient) -> None:
        hub.person("Ama Okafor", reference="P-1")
        page = send(as_manager, "/people/P-1/correction", about="details", wording="It is Amma, with two m")
        assert "What Ama Okafor asked for is kept and waits for an answer." in page
        assert "It is Amma, with two m" in text(as_manager, "/people/P-1")
        assert "was not kept twice" in send(
            as_manager, "/people/P-1/correction", about="details", wording="It is Amma, with two m"
        )


class TestAnswering:
    def test_the_managers_home_counts_what_waits_and_since_when(self, hub: Hub, as_manager: PageClient) -> None:
        person = hub.person("Ama Okafor", reference="P-1")
        assert "for your answer" not in text(as_manager, "/")
        with travel("2026-11-02 09:00 +0000"):
            ask(hub, person)
        ask(hub, person, "And my e-mail")
        assert "2 corrections wait for your answer, the oldest since 2 November 2026." in text(as_manager, "/")

    def test_put_right_leads_to_where_it_is_done_and_the_person_reads_the_answer(
        self, hub: Hub, as_member: PageClient, as_manager: PageClient
    ) -> None:
        entry = hub.completion(robin(), "IND-02", "2026-06-03")
        request = ask(hub, robin(), "It was 3 May", (Subject.COMPLETION, entry))
        shown = as_manager.get(f"/corrections/{request}").get_data(as_text=True)
        assert f'href="/records/{entry}/correct"' in shown
        page = send(as_manager, f"/corrections/{request}", answer="put-right", words="Now it says 3 May")
        assert "Robin Volunteer will read your answer on their record." in page
        assert "Nothing waits for an answer." in text(as_manager, "/corrections")
        assert "Put right on 23 November 2026: Now it says 3 May" in text(as_member, "/my/record")
        assert "Put right on 23 November 2026: Now it says 3 May" in text(as_manager, "/people/V-1")
        assert "It was 3 May" in text(as_manager, "/corrections?state=answered")
        events = db.session.scalars(select(AuditEvent.action).where(AuditEvent.object_type == "correction_request"))
        assert list(events) == ["correction.asked", "correction.answered"]

    def test_whoever_has_an_email_gets_the_answer_by_mail_too(self, hub: Hub, as_manager: PageClient) -> None:
        person = hub.person("Ama Okafor", email="ama@hub.example")
        request = ask(hub, person)
        send(as_manager, f"/corrections/{request}", answer="left", words="The register says June")
        send(as_manager, f"/corrections/{ask(hub, hub.person('Ben Nobody'))}", answer="put-right", words="")
        db.session.rollback()
        (message,) = db.session.scalars(select(OutboxMessage))
        assert (message.recipient, message.person_id, message.kind) == (
            "ama@hub.example",
            person,
            "answer to a correction",
        )
        assert message.body is not None
        assert "has left it as it is. The hub says:\n\nThe register says June\n" in message.body
        assert "http://localhost/my/record" in message.body

    @pytest.mark.on_sqlite_only
    def test_the_answer_goes_to_where_notices_go_and_not_to_what_others_typed_as_their_email(
        self, hub: Hub, as_manager: PageClient
    ) -> None:
        person = hub.person("Ama Okafor", email="typed@elsewhere.example")
        hub.account("ama@hub.example", "member", person=person)
        send(as_manager, f"/corrections/{ask(hub, person)}", answer="put-right", words="")
        db.session.rollback()
        (message,) = db.session.scalars(select(OutboxMessage))
        assert message.recipient == "ama@hub.example"

    @pytest.mark.on_sqlite_only
    def test_left_as_it_is_needs_a_reason_which_the_person_reads(
        self, hub: Hub, as_member: PageClient, as_manager: PageClient
    ) -> None:
        request = ask(hub, robin())
        assert "Say why it is left as it is" in send(
            as_manager, f"/corrections/{request}", 400, answer="left", words=""
        )
        assert "Choose whether it is put right" in send(as_manager, f"/corrections/{request}", 400, words="no answer")
        send(as_manager, f"/corrections/{request}", answer="left", words="The register says June")
        assert "Left as it is on 23 November 2026, because: The register says June" in text(as_member, "/my/record")

    def test_the_second_of_two_managers_is_told_and_what_they_typed_is_kept(
        self, hub: Hub, as_manager: PageClient
    ) -> None:
        person = hub.person("Ama Okafor")
        request = ask(hub, person)
        version = kept()[0].row_version
        send(as_manager, f"/corrections/{request}", answer="put-right", words="First")
        late = as_manager.post(
            f"/corrections/{request}",
            data={
                "answer": "left",
                "words": "Second",
                "row_version": str(version),
                "csrf_token": as_manager.token(),
            },
        )
        assert late.status_code == 409
        assert "You had typed:" in late.get_data(as_text=True)
        assert "Second" in late.get_data(as_text=True)
        assert kept()[0].answer_words == "First"
        with pytest.raises(Refused, match="answered already"), transaction():
            answer_correction(hub.actor, kept()[0], Answer.LEFT, "Third")

    @pytest.mark.on_sqlite_only
    def test_each_subject_leads_to_its_own_page(self, hub: Hub, as_manager: PageClient) -> None:
        person = hub.person("Ama Okafor", reference="P-1")
        engagement = hub.engagement(person, "hub-providers")
        request = ask(hub, person, about=(Subject.ENGAGEMENT, engagement))
        page = as_manager.get(f"/corrections/{request}").get_data(as_text=True)
        assert f'href="/people/P-1/engagements/{engagement}/change"' in page
        request = ask(hub, person, about=(Subject.DETAILS, None))
        assert 'href="/people/P-1/edit"' in as_manager.get(f"/corrections/{request}").get_data(as_text=True)

    def test_the_list_is_a_file_too_and_costs_the_same_however_long(self, hub: Hub, as_manager: PageClient) -> None:
        person = hub.person("Ama Okafor", reference="P-1")
        entry = hub.completion(person, "IND-02", "2026-06-03")
        ask(hub, person, about=(Subject.COMPLETION, entry))
        with CountedQueries() as few:
            as_manager.get("/corrections")
        for number in range(60):
            ask(hub, hub.person(f"Person {number}"), "=1+1")
        with CountedQueries() as many:
            as_manager.get("/corrections")
        assert many.count == few.count
        assert "Showing 51 to 61 of 61 requests" in text(as_manager, "/corrections?page=9")
        rows = list(
            csv.DictReader(io.StringIO(as_manager.get("/corrections.csv").get_data(as_text=True).lstrip("\ufeff")))
        )
        assert len(rows) == 61
        assert rows[0]["about"] == "Safeguarding essentials for music settings (IND-02), completed on 3 June 2026"
        assert rows[1]["what_is_right"] == "'=1+1"
        assert as_manager.get("/corrections?state=lost").status_code == 400

    @pytest.mark.on_sqlite_only
    def test_nobody_else_sees_a_request(self, hub: Hub, as_member: PageClient) -> None:
        request = ask(hub, hub.person("Ama Okafor"), "My canary is yellow")
        assert as_member.get(f"/corrections/{request}").status_code == 403
        assert "canary" not in text(as_member, "/my/record")
        assert db.session.scalar(select(func.count()).select_from(CorrectionRequest)) == 1
