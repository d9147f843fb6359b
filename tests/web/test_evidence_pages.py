"""Logging with a photo, adding one then or later, handing it out to those alone who may see it, and writing about it."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from typing import Any

import pytest
from sqlalchemy import func, select
from time_machine import travel
from werkzeug.test import TestResponse

from tests.builders import A_PDF, Hub
from tests.clients import PageClient, sign_in
from tests.coordinator.two_of_three import TODAY, fill, the_coordinator
from tests.files.photographs import SECRET, a_photo, drawn
from tests.pages import hidden_fields
from tests.web.test_catalogue import as_shown
from training_app.accounts.queries import account_by_email
from training_app.audit import Actor
from training_app.catalogue.models import Module
from training_app.database import db, transaction
from training_app.people.models import Person
from training_app.people.queries import person_by_reference
from training_app.records.actions import verify, void_completion
from training_app.records.evidence import evidence_of, evidence_store
from training_app.records.models import Completion, Evidence, EvidenceFile, Reflection
from training_app.records.reflections import write_reflection
from training_app.web import limits

pytestmark = [pytest.mark.usefixtures("_on_the_day"), pytest.mark.on_sqlite_only]
BROKEN = b"\xff\xd8\xff\xe0 not a picture at all"


@pytest.fixture
def _on_the_day() -> Iterator[None]:
    with travel(TODAY, tick=False):
        yield


def file_named(name: str, content: bytes) -> tuple[io.BytesIO, str]:
    return io.BytesIO(content), name


def words(answer: TestResponse) -> str:
    return unescape(answer.get_data(as_text=True))


def log(client: PageClient, photo: bytes | None = None, name: str = "photo.jpg", **fields: Any) -> TestResponse:
    sent = {"photo": file_named(name, photo)} if photo is not None else {}
    return client.submit("/my/record/log", {"module": "IND-02", "when": "today", **sent, **fields})


def entry_of(reference: str = "V-1") -> Completion:
    db.session.rollback()
    return db.session.scalars(
        select(Completion).join(Person).where(Person.reference == reference).order_by(Completion.id.desc())
    ).first() or pytest.fail("nothing is recorded")


def files_of(entry: Completion) -> list[EvidenceFile]:
    return list(evidence_of([entry.id]).get(entry.id, []))


def count(table: type[Any]) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def robin() -> int:
    person = person_by_reference("V-1")
    assert person is not None
    return person.id


class TestLogging:
    def test_a_module_is_logged_with_its_photo_in_one_go_and_awaits_confirmation(self, as_member: PageClient) -> None:
        answer = log(as_member, a_photo())
        entry = entry_of()
        assert answer.headers["Location"] == f"/my/record/{entry.id}"
        page = words(as_member.get(answer.headers["Location"]))
        assert "It awaits confirmation" in page
        assert "Awaiting confirmation" in page
        assert "Add a reflection" in page
        (file,) = files_of(entry)
        assert f'<img src="/my/record/{entry.id}/evidence/{file.id}"' in page
        assert SECRET not in evidence_store().read(file.stored_as)

    @pytest.mark.parametrize(
        ("content", "says"),
        [
            (BROKEN, "This photo cannot be read"),
            (b"", "This file is empty"),
            (b"<svg onload='alert(1)'/>", "This is neither a photo"),
        ],
    )
    def test_the_entry_is_saved_even_when_its_photo_fails(
        self, as_member: PageClient, content: bytes, says: str
    ) -> None:
        answer = log(as_member, content)
        assert answer.status_code == 302
        page = words(as_member.get(answer.headers["Location"]))
        assert f"Your photo or PDF was not added. {says}" in page
        assert "is logged for 23 November 2026" in page
        assert files_of(entry_of()) == []
        assert list(evidence_store().names()) == []

    def test_the_entry_is_saved_even_when_the_disk_takes_no_photo(
        self, as_member: PageClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        form = dict(hidden_fields(words(as_member.get("/my/record/log"))))
        monkeypatch.setattr(os, "fsync", full)
        fields = {**form, "module": "IND-02", "when": "today", "photo": file_named("a.jpg", a_photo())}
        answer = as_member.post("/my/record/log", data=fields)
        assert "could not be kept just now" in words(as_member.get(answer.headers["Location"]))
        assert entry_of().evidence == Evidence.SELF_DECLARED

    def test_a_photo_stays_with_the_form_where_something_else_has_to_be_put_right(self, as_member: PageClient) -> None:
        answer = log(as_member, a_photo(), module="")
        assert answer.status_code == 400
        assert "Your photo is kept with this form." in words(answer)
        fields = {**dict(hidden_fields(words(answer))), "module": "IND-02", "when": "today"}
        assert as_member.post("/my/record/log", data=fields).status_code == 302
        assert len(files_of(entry_of())) == 1
        assert as_member.post("/my/record/log", data=fields).status_code == 302
        assert len(files_of(entry_of())) == 1
        assert len(list(evidence_store().names())) == 1

    def test_a_photo_that_fails_is_said_at_its_box_where_the_form_comes_again(self, as_member: PageClient) -> None:
        answer = log(as_member, BROKEN, module="")
        assert answer.status_code == 400
        assert "This photo cannot be read" in words(answer)
        assert "Choose a module" in words(answer)

    def test_a_photo_stays_with_an_entry_that_is_asked_about_first(self, hub: Hub, as_member: PageClient) -> None:
        hub.completion(robin(), "IND-02", "2026-10-03")
        answer = log(as_member, a_photo())
        assert "Do you want to log this?" in words(answer)
        assert "Your photo or PDF is kept with it." in words(answer)
        assert as_member.post("/my/record/log", data=dict(hidden_fields(words(answer)))).status_code == 302
        assert len(files_of(entry_of())) == 1
        assert "cannot be added. This photo cannot be read" in words(log(as_member, BROKEN, when="yesterday"))

    def test_what_names_a_kept_photo_is_of_no_use_to_anybody_else_nor_when_changed_nor_later(
        self, hub: Hub, as_member: PageClient
    ) -> None:
        word = dict(hidden_fields(words(log(as_member, a_photo(), module=""))))["kept_photo"]
        hub.account("ama@hub.example", "member", person=hub.person("Ama Okafor", reference="P-1"))
        other = sign_in(hub.app, "ama@hub.example")
        log(other, kept_photo=word)
        log(as_member, kept_photo=word[:-2] + "xx")
        with travel("2026-11-24 12:00 +0000", tick=False):
            log(sign_in(hub.app, "robin@hub.example"), kept_photo=word, module="IND-03")
        assert count(EvidenceFile) == 0

    def test_eight_presses_at_once_give_one_entry_and_one_photo(self, hub: Hub, as_member: PageClient) -> None:
        form = dict(hidden_fields(words(as_member.get("/my/record/log"))))
        cookie = as_member.get_cookie("session")
        assert cookie is not None

        def submit(_: int) -> int:
            with hub.app.app_context():
                client = hub.app.test_client()
                client.set_cookie("session", cookie.value)
                photo = {"photo": file_named("a.jpg", a_photo())}
                return client.post(
                    "/my/record/log", data={**form, "module": "IND-02", "when": "today", **photo}
                ).status_code

        with ThreadPoolExecutor(8) as threads:
            assert set(threads.map(submit, range(8))) == {302}
        assert (count(Completion), count(EvidenceFile)) == (1, 1)
        assert len(list(evidence_store().names())) == 1

    def test_a_module_confirmed_by_rule_counts_at_once_and_is_shown_as_that(
        self, hub: Hub, as_member: PageClient, as_manager: PageClient
    ) -> None:
        sent = as_shown(as_manager, hub, "SND-02", confirmed_by_rule="y")
        assert as_manager.submit("/catalogue/SND-02/edit", sent).status_code == 302
        assert db.session.scalars(select(Module.code).where(Module.confirmed_by_rule)).all() == ["SND-02"]
        history = words(as_manager.get("/catalogue/SND-02"))
        assert "whether what people log is confirmed by rule from no to yes" in history
        assert "By rule: what people log of it counts at once" in history
        page = words(as_member.get(log(as_member, module="SND-02").headers["Location"]))
        assert "It is confirmed by rule, and counts from now on." in page
        entry = entry_of()
        for client, path in (
            (as_member, "/my/record"),
            (as_manager, "/records"),
            (as_manager, f"/records/{entry.id}"),
            (as_manager, "/people/V-1"),
        ):
            assert "Confirmed by rule" in words(client.get(path)), path
        assert "confirmed by rule, valid until 23 November 2029" in words(as_manager.get(f"/records/{entry.id}"))


class TestAdding:
    @pytest.fixture
    def entry(self, hub: Hub, as_member: PageClient) -> int:
        return hub.completion(robin(), "IND-02", "2026-11-01", Evidence.SELF_DECLARED)

    def add(
        self, client: PageClient, path: str, content: bytes, name: str = "a.pdf", kind: str | None = None
    ) -> TestResponse:
        sent = (io.BytesIO(content), name, kind) if kind else file_named(name, content)
        return client.submit(f"{path}/evidence", {"file": sent})

    def test_a_pdf_is_handed_out_to_be_saved_and_never_run(self, as_member: PageClient, entry: int) -> None:
        assert self.add(as_member, f"/my/record/{entry}", A_PDF, "../../x.html", "text/html").status_code == 302
        (file,) = files_of(entry_of())
        handed = as_member.get(f"/my/record/{entry}/evidence/{file.id}")
        assert handed.get_data() == A_PDF
        assert handed.content_type == "application/pdf"
        assert handed.headers["Content-Disposition"] == f"attachment; filename=IND-02-2026-11-01-{file.id}.pdf"
        assert handed.headers["X-Content-Type-Options"] == "nosniff"
        assert handed.headers["Content-Security-Policy"].startswith("sandbox")
        assert handed.headers["Cache-Control"] == "no-store"
        everything = [each for each in evidence_store().folder.parent.rglob("*") if "x.html" in each.name]
        assert everything == []

    def test_a_photo_is_handed_out_drawn_anew(self, as_member: PageClient, entry: int) -> None:
        self.add(as_member, f"/my/record/{entry}", a_photo("HEIF"), "IMG_1.HEIC", "application/octet-stream")
        (file,) = files_of(entry_of())
        handed = as_member.get(f"/my/record/{entry}/evidence/{file.id}")
        assert handed.content_type == "image/jpeg"
        assert drawn(handed.get_data()).size == (400, 200)
        assert SECRET not in handed.get_data()

    @pytest.mark.parametrize(
        ("content", "name", "says"),
        [
            (None, "", "Choose a photo or a PDF"),
            (b"", "a.pdf", "This file is empty"),
            (b"%PDF-1.7\n<script>", "a.pdf", "This PDF is not whole"),
            (a_photo()[:-500], "a.jpg", "not sent to its end"),
            (b"<html><script>alert(1)</script>", "photo.jpg", "neither a photo"),
            (b"x" * (15 * 1024 * 1024 + 1), "a.jpg", "larger than 15 MB"),
        ],
    )
    def test_what_cannot_be_kept_is_said_at_the_box_and_nothing_is_written(
        self, as_member: PageClient, entry: int, content: bytes | None, name: str, says: str
    ) -> None:
        sent = {} if content is None else {"file": file_named(name, content)}
        answer = as_member.submit(f"/my/record/{entry}/evidence", sent)
        assert answer.status_code == 400
        assert says in words(answer)
        assert count(EvidenceFile) == 0
        assert list(evidence_store().names()) == []

    def test_a_text_in_place_of_a_file_and_a_request_that_is_too_large_or_cut_off_are_refused_plainly(
        self, as_member: PageClient, entry: int
    ) -> None:
        path = f"/my/record/{entry}/evidence"
        assert as_member.submit(path, {"file": "../../etc/passwd"}).status_code == 400
        assert self.add(as_member, f"/my/record/{entry}", bytes(26 * 1024 * 1024)).status_code == 413
        head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n' + a_photo()[:200]
        cut = as_member.post(
            path,
            input_stream=io.BytesIO(head),
            content_type="multipart/form-data; boundary=b",
            environ_overrides={"CONTENT_LENGTH": "100000"},
        )
        assert cut.status_code == 400
        assert count(EvidenceFile) == 0

    def test_so_many_files_in_an_hour_are_not_taken(
        self, as_member: PageClient, entry: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(limits, "FILES_OF_AN_ACCOUNT", limits.parse("1 per hour"))
        assert self.add(as_member, f"/my/record/{entry}", A_PDF).status_code == 302
        refused = self.add(as_member, f"/my/record/{entry}", A_PDF + b"2")
        assert "There were too many tries" in words(refused)
        assert "There were too many tries" in words(
            as_member.get(log(as_member, A_PDF, module="IND-03").headers["Location"])
        )

    def test_who_added_a_file_takes_it_away_while_the_entry_waits_and_not_later(
        self, hub: Hub, as_member: PageClient, as_manager: PageClient, entry: int
    ) -> None:
        for content in (A_PDF, a_photo()):
            self.add(as_member, f"/my/record/{entry}", content)
        pdf, photo = files_of(entry_of())
        assert as_member.submit(f"/my/record/{entry}/evidence/{pdf.id}/remove").status_code == 302
        assert [each.id for each in files_of(entry_of())] == [photo.id]
        assert as_member.get(f"/my/record/{entry}/evidence/{pdf.id}").status_code == 404
        with transaction():
            verify(hub.actor, db.session.get_one(Completion, entry))
        path = f"/my/record/{entry}/evidence/{photo.id}/remove"
        assert "Take it away" not in words(as_member.get(f"/my/record/{entry}"))
        assert as_member.get(path).status_code == 404
        of_manager = f"/records/{entry}/evidence/{photo.id}/remove"
        assert "Give a reason" in words(as_manager.submit(of_manager))
        assert as_manager.submit(of_manager, {"reason": "A child can be recognised"}).status_code == 302
        assert "A child can be recognised" in words(as_manager.get(f"/records/{entry}"))
        assert list(evidence_store().names()) == []

    def test_a_manager_adds_one_on_behalf_of_somebody_who_sees_it(
        self, as_member: PageClient, as_manager: PageClient, entry: int
    ) -> None:
        assert self.add(as_manager, f"/records/{entry}", A_PDF).status_code == 302
        assert "Save the PDF" in words(as_manager.get(f"/records/{entry}"))
        assert "Save the PDF" in words(as_member.get(f"/my/record/{entry}"))
        (file,) = files_of(entry_of())
        assert as_member.get(f"/my/record/{entry}/evidence/{file.id}/remove").status_code == 404

    def test_a_file_of_one_entry_is_not_handed_out_under_another(
        self, hub: Hub, as_member: PageClient, entry: int
    ) -> None:
        other = hub.evidence_file(hub.completion(hub.person("Ben Ito", reference="P-9"), "IND-02", "2026-11-01"))
        assert as_member.get(f"/my/record/{entry}/evidence/{other}").status_code == 404


@pytest.mark.begins_with(fill, on=TODAY)
class TestScope:
    """What a coordinator sees: all of an entry of their own people, of one recorded elsewhere its module and day."""

    def test_evidence_and_reflection_of_somebody_shared_are_seen_only_where_the_entry_is_theirs(self, hub: Hub) -> None:
        coordinator = the_coordinator(hub)
        theirs = hub.completion(_id("F-1"), "SND-02", "2026-10-01")
        shared = hub.completion(_id("F-5"), "SND-01", "2026-10-01", Evidence.SELF_DECLARED)
        here = hub.completion(
            _id("F-5"), "SND-02", "2026-10-02", for_organisation_id=hub.organisation("Fenwick Primary")
        )
        for entry, seen in ((theirs, True), (here, True), (shared, False)):
            file = hub.evidence_file(entry, a_photo())
            _reflect(entry, "SECRET SONG", shared=True)
            page = words(coordinator.get(f"/records/{entry}"))
            assert ("SECRET SONG" in page) is seen, entry
            assert (f"/evidence/{file}" in page) is seen, entry
            expected = 200 if seen else 404
            assert coordinator.get(f"/records/{entry}/evidence/{file}").status_code == expected
            assert coordinator.get(f"/records/{entry}/evidence").status_code == expected
            sent = {"file": file_named("a.pdf", A_PDF), "csrf_token": coordinator.token()}
            added = coordinator.post(f"/records/{entry}/evidence", data=sent)
            assert added.status_code == (302 if seen else 404)

    def test_a_coordinator_takes_away_what_they_added_to_an_entry_that_waits(self, hub: Hub) -> None:
        coordinator = the_coordinator(hub)
        account = account_by_email("corin@fenwick.example")
        assert account is not None
        entry = hub.completion(_id("F-1"), "SND-02", "2026-10-01", Evidence.SELF_DECLARED)
        own, others = hub.evidence_file(entry, A_PDF, account.id), hub.evidence_file(entry, a_photo())
        assert coordinator.get(f"/records/{entry}/evidence/{others}/remove").status_code == 404
        path = f"/records/{entry}/evidence/{own}/remove"
        assert coordinator.submit(path, {"reason": "The wrong one"}).status_code == 302
        assert [each.id for each in files_of(db.session.get_one(Completion, entry))] == [others]


class TestReflections:
    @pytest.fixture
    def entry(self, hub: Hub, as_member: PageClient) -> int:
        return hub.completion(robin(), "IND-02", "2026-11-01")

    def write(self, client: PageClient, entry: int, **fields: str) -> TestResponse:
        return client.submit(f"/my/record/{entry}/reflection", fields)

    def test_it_is_its_writer_s_alone_until_they_share_it(
        self, as_member: PageClient, as_manager: PageClient, entry: int
    ) -> None:
        page = words(as_member.get(f"/my/record/{entry}/reflection"))
        assert "Who can read this? You alone, unless you tick the box." in re.sub("<[^>]+>", "", page)
        assert "the workforce manager of Norfolk Music Hub, and the coordinators who look after your record" in page
        assert self.write(as_member, entry, tried="Zqdrums\nin <b>pairs</b>").status_code == 302
        assert "Only you can read it." in words(as_member.get(f"/my/record/{entry}"))
        hidden = ("/records", f"/records/{entry}", "/people/V-1", "/people/V-1/data", "/people/V-1/data.json", "/audit")
        for path in hidden:
            assert "Zqdrums" not in words(as_manager.get(path)), path
        assert "Zqdrums" in words(as_member.get("/my/data"))
        self.write(as_member, entry, tried="Zqdrums\nin <b>pairs</b>", shared="y")
        assert "Zqdrums\nin &lt;b&gt;pairs" in as_manager.get(f"/records/{entry}").get_data(as_text=True)
        self.write(as_member, entry, tried="Zqdrums")
        assert "Zqdrums" not in words(as_manager.get(f"/records/{entry}"))

    def test_the_second_of_two_windows_keeps_what_was_typed_and_shows_what_it_says_now(
        self, as_member: PageClient, entry: int
    ) -> None:
        stale = dict(hidden_fields(words(as_member.get(f"/my/record/{entry}/reflection"))))
        self.write(as_member, entry, tried="From the other window")
        late = as_member.post(f"/my/record/{entry}/reflection", data={**stale, "tried": "From this one"})
        assert late.status_code == 409
        assert "From the other window" in words(late)
        assert "From this one" in words(late)
        again = {**dict(hidden_fields(words(late))), "tried": "From this one"}
        assert as_member.post(f"/my/record/{entry}/reflection", data=again).status_code == 302
        assert db.session.scalars(select(Reflection.tried)).all() == ["From this one"]

    @pytest.mark.parametrize(
        ("fields", "says"),
        [
            ({}, "Write in at least one of the boxes."),
            ({"tried": "x" * 5001}, "5,000 characters or fewer"),
            ({"differently": "a\0b", "tried": "Kept {{7*7}}"}, "cannot be shown"),
        ],
    )
    def test_what_cannot_be_kept_is_said_at_its_box(
        self, as_member: PageClient, entry: int, fields: dict[str, str], says: str
    ) -> None:
        answer = self.write(as_member, entry, **fields)
        assert answer.status_code == 400
        assert says in words(answer)
        assert "Kept {{7*7}}" in words(answer) or len(fields) < 2
        assert count(Reflection) == 0

    def test_a_voided_entry_takes_nothing_more(self, hub: Hub, as_member: PageClient, entry: int) -> None:
        with transaction():
            void_completion(hub.actor, db.session.get_one(Completion, entry), "A double")
        page = words(as_member.get(f"/my/record/{entry}"))
        assert "This entry is voided" in page
        assert "Add a" not in page
        for path in ("evidence", "reflection"):
            assert as_member.get(f"/my/record/{entry}/{path}").status_code == 404


def _id(reference: str) -> int:
    person = person_by_reference(reference)
    assert person is not None
    return person.id


def _reflect(entry: int, words: str, *, shared: bool) -> None:
    with transaction():
        row = db.session.get_one(Completion, entry)
        write_reflection(Actor.command(), row, tried=words, young_people_said=None, differently=None, shared=shared)
