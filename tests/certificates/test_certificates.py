"""Certificates: one for each verified completion, confirmed to whoever has its number, as long as it stands."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.at_once import all_at_once, sending
from tests.builders import Hub
from tests.clients import PageClient, sign_in
from tests.files.pdf_reading import is_tagged, promises_accessibility, tags_of, text_of_pdf, title_of_pdf
from training_app.accounts.rules import CODE_LETTERS
from training_app.audit.models import AuditEvent
from training_app.certificates.actions import confirm_again, confirm_to_nobody, issue_certificate
from training_app.certificates.models import Certificate, CertificateSilence
from training_app.certificates.printing import certificate_data
from training_app.certificates.queries import certificates_of, confirmed, said_of
from training_app.certificates.rules import NUMBER_LENGTH, new_number, shown_number, tidy_number
from training_app.database import db, transaction
from training_app.errors import Refused
from training_app.people.models import Person
from training_app.records.actions import correct_completion, log_again, return_evidence, verify, void_completion
from training_app.records.models import Completion, Evidence
from training_app.stewardship.check import problems
from training_app.stewardship.erase import erase_person
from training_app.stewardship.merge import Kept, merge_people

UNKNOWN = "C" * NUMBER_LENGTH
NAMES = ["Zoë Brown", "Siobhán O'Neill", "𝕏 Ample", "محمد Khan", "<b>Bo</b> {{7*7}} #let"]


def a_certificate(hub: Hub, completion: int) -> str:
    """Make the certificate of a completion and return its number."""
    with transaction():
        return issue_certificate(hub.actor, db.session.get_one(Completion, completion)).number


def events() -> list[str]:
    db.session.rollback()
    return [each for each in db.session.scalars(db.select(AuditEvent.action)) if each.startswith("certificate")]


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    """Keep what would be printed instead of printing it."""
    printed: list[tuple[str, Any]] = []

    def keep(template: str, data: Any) -> bytes:
        printed.append((template, data))
        return b"%PDF"

    monkeypatch.setattr("training_app.web.certificates.files.set_pdf", keep)
    return printed


# --- numbers


def test_a_number_is_unguessable_and_has_no_letter_that_is_mistaken_for_another() -> None:
    assert NUMBER_LENGTH * math.log2(len(CODE_LETTERS)) >= 128
    assert not set(CODE_LETTERS) & set("0O1IL2Z5S6G8BU")
    numbers = {new_number() for _ in range(500)}
    assert len(numbers) == 500
    assert set("".join(numbers)) == set(CODE_LETTERS)


@given(st.text(CODE_LETTERS, min_size=NUMBER_LENGTH, max_size=NUMBER_LENGTH))
def test_a_number_is_known_however_it_is_typed(number: str) -> None:
    shown = shown_number(number)
    assert re.fullmatch("([A-Z0-9]{5}-){5}[A-Z0-9]{5}", shown)
    for typed in (shown, shown.lower(), f" {shown.replace('-', ' ')}\n", number):
        assert tidy_number(typed) == number


@pytest.mark.parametrize(
    "typed",
    ["", "C", UNKNOWN[1:], UNKNOWN + "C", "0" * NUMBER_LENGTH, "\0\ud800", "C" * 1_000_000, "🎵" * 30, "' OR 1=1"],
)
def test_what_is_no_number_is_none(typed: str) -> None:
    assert tidy_number(typed) is None


# --- making one


def test_however_often_it_is_asked_for_there_is_one_certificate_and_one_event(hub: Hub) -> None:
    completion = hub.completion(hub.person(), "SND-02", "2026-01-15")
    assert a_certificate(hub, completion) == a_certificate(hub, completion)
    assert db.session.query(Certificate).count() == 1
    assert events() == ["certificate.issued"]


@pytest.mark.parametrize("evidence", [Evidence.SELF_DECLARED, Evidence.RETURNED])
def test_there_is_none_for_what_is_not_verified(hub: Hub, evidence: Evidence) -> None:
    completion = hub.completion(hub.person(), "SND-02", "2026-01-15", Evidence.SELF_DECLARED)
    if evidence is Evidence.RETURNED:
        with transaction():
            return_evidence(hub.actor, db.session.get_one(Completion, completion), "Unreadable")
    with pytest.raises(Refused, match="only for training that the hub has verified"):
        a_certificate(hub, completion)


# --- confirming one


def test_a_number_confirms_what_the_certificate_says_by_the_version_at_the_time(hub: Hub) -> None:
    completion = hub.completion(hub.person("Zoë"), "SND-02", "2026-01-15", hours=Decimal("2.5"))
    found = confirmed(shown_number(a_certificate(hub, completion)).lower())
    assert found is not None
    assert found.said == said_of(db.session.get_one(Completion, completion))
    assert (found.said.name, found.said.hours, len(found.said.gives) > 0) == ("Zoë", Decimal("2.5"), True)


@pytest.mark.parametrize("became", ["returned", "void"])
def test_a_certificate_whose_completion_was_sent_back_or_voided_confirms_nothing(hub: Hub, became: str) -> None:
    completion = hub.completion(hub.person("Zoë"), "SND-02", "2026-01-15")
    number = a_certificate(hub, completion)
    with transaction():
        change = return_evidence if became == "returned" else void_completion
        change(hub.actor, db.session.get_one(Completion, completion), "Somebody else was there")
    found = confirmed(number)
    assert found is not None
    assert found.said is None


def test_whoever_wants_it_has_theirs_confirmed_to_nobody_and_again(hub: Hub) -> None:
    person, other = hub.person("Zoë"), hub.person("Ama")
    number = a_certificate(hub, hub.completion(person, "SND-02", "2026-01-15"))
    others = a_certificate(hub, hub.completion(other, "SND-02", "2026-01-15"))
    for _ in range(2):
        with transaction():
            confirm_to_nobody(hub.actor, person)
    assert confirmed(number) is None
    assert confirmed(others) is not None
    for _ in range(2):
        with transaction():
            confirm_again(hub.actor, person)
    assert confirmed(number) is not None
    assert events()[2:] == ["certificate_silence.begun", "certificate_silence.ended"]


def test_erasing_somebody_makes_their_numbers_such_as_nobody_has(hub: Hub) -> None:
    person = hub.person("Zoë", reference="P-1")
    number = a_certificate(hub, hub.completion(person, "SND-02", "2026-01-15"))
    with transaction():
        erase_person(hub.actor, db.session.get_one(Person, person), "They asked for it", Path(hub.app.instance_path))
    assert confirmed(number) is None
    assert db.session.query(Certificate).count() == 0


@pytest.mark.parametrize("both", [True, False])
def test_of_two_who_are_one_the_certificates_and_the_choice_stay(hub: Hub, both: bool) -> None:
    one, other = hub.person("Zoë Brown"), hub.person("Zoe Brown")
    number = a_certificate(hub, hub.completion(one, "SND-02", "2026-01-15"))
    with transaction():
        for person in (one, other) if both else (one,):
            confirm_to_nobody(hub.actor, person)
    with transaction():
        stays = merge_people(hub.actor, one, other, Kept(other, other, other)).person_id
    assert [each.person_id for each in db.session.query(CertificateSilence)] == [stays]
    assert confirmed(number) is None
    with transaction():
        confirm_again(hub.actor, stays)
    found = confirmed(number)
    assert found is not None
    assert found.said is not None
    assert found.said.name == "Zoe Brown"


def test_of_two_entries_for_the_same_training_both_printed_numbers_still_confirm_it(hub: Hub) -> None:
    people = [hub.person("Zoë Brown"), hub.person("Zoe Brown")]
    entries = [
        hub.completion(each, "SND-02", "2026-01-15", hours=hours)
        for each, hours in zip(people, (Decimal(2), Decimal(3)), strict=True)
    ]
    numbers = [a_certificate(hub, each) for each in entries]
    with transaction():
        merge_people(hub.actor, *people, Kept(people[0], people[0], people[0]))
    db.session.expire_all()
    (standing,) = db.session.scalars(db.select(Completion).where(Completion.evidence == "verified"))
    said = [found.said for found in map(confirmed, numbers) if found]
    assert said == [said_of(standing)] * 2
    assert list(problems()) == []
    with transaction():
        void_completion(hub.actor, standing, "Somebody else was there")
    assert [found.said for found in map(confirmed, numbers) if found] == [None, None]


def test_after_a_merge_the_numbers_printed_earlier_are_shown_to_their_owner_and_the_manager_as_long_as_they_confirm(
    hub: Hub,
) -> None:
    people = [hub.person("Zoë Brown", reference="P-1"), hub.person("Zoe Brown", reference="P-2")]
    hub.account("zoe@hub.example", "member", person=people[0])
    hub.account("manager@hub.example", "workforce_manager")
    earlier, later = (
        shown_number(a_certificate(hub, hub.completion(each, "SND-02", "2026-01-15", hours=Decimal(hours))))
        for each, hours in zip(people, (2, 3), strict=True)
    )
    other = shown_number(a_certificate(hub, hub.completion(people[1], "IND-01", "2026-01-15")))
    with transaction():
        stays = merge_people(hub.actor, *people, Kept(people[0], people[0], people[0])).person_id
    standing = db.session.scalars(
        db.select(Completion).where(Completion.evidence == "verified", Completion.module_id == hub.module_id("SND-02"))
    ).one()
    entry, number = standing.id, certificates_of([standing.id])[standing.id].number
    (gone,) = {earlier, later} - {shown_number(number)}
    zoe, manager = sign_in(hub.app, "zoe@hub.example"), sign_in(hub.app, "manager@hub.example")
    own = zoe.get("/my/certificates").get_data(as_text=True)
    assert f"Printed earlier as {gone}" in own
    assert own.count("Printed earlier as") == 1
    assert other in own
    page = manager.get(f"/records/{entry}").get_data(as_text=True)
    assert gone in page
    assert "Certificate printed earlier as" in page
    with transaction():
        confirm_to_nobody(hub.actor, stays)
    for client, address in ((zoe, "/my/certificates"), (manager, f"/records/{entry}")):
        assert gone not in client.get(address).get_data(as_text=True), "which confirms nothing now"


def test_a_number_leads_on_to_what_was_logged_again_as_it_was_but_to_no_other_day(hub: Hub) -> None:
    person = hub.person("Zoë")
    again, moved = (hub.completion(person, code, "2026-01-15") for code in ("SND-02", "IND-01"))
    kept, wrong = a_certificate(hub, again), a_certificate(hub, moved)
    with transaction():
        entry = db.session.get_one(Completion, again)
        return_evidence(hub.actor, entry, "Unreadable")
        successor = log_again(hub.actor, entry, entry.completed_on, "Here it is")
        correct_completion(hub.actor, db.session.get_one(Completion, moved), date(2026, 1, 14), "It was the 14th")
    assert [found.said for found in map(confirmed, (kept, wrong)) if found] == [None, None]
    with transaction():
        verify(hub.actor, successor)
    found = confirmed(kept)
    assert found is not None
    assert found.said == said_of(successor)
    no_longer = confirmed(wrong)
    assert no_longer is not None
    assert no_longer.said is None


def test_asked_for_by_many_at_once_there_is_one_certificate(hub: Hub, zoe: int) -> None:
    make = sending(hub, sign_in(hub.app, "zoe@hub.example"), f"/my/record/{zoe}/certificate")
    assert all_at_once(12, lambda _: make({}).headers["Location"]) == {f"/my/record/{zoe}/certificate.pdf": 12}
    assert db.session.query(Certificate).count() == 1
    assert events() == ["certificate.issued"]


def test_check_names_a_number_that_is_none(hub: Hub) -> None:
    completion = hub.completion(hub.person(), "SND-02", "2026-01-15")
    a_certificate(hub, completion)
    assert list(problems()) == []
    with transaction():
        db.session.query(Certificate).one().number = "short"
    assert [each for each in problems() if "number is none" in each]


# --- on the pages


def text_of(page: Any) -> str:
    """Return a page's own words on one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", page.get_data(as_text=True).partition("<main")[2]).split())


@pytest.fixture
def zoe(hub: Hub) -> int:
    """A person with an account and a verified completion; its id."""
    person = hub.person("Zoë", reference="P-1")
    hub.account("zoe@hub.example", "member", person=person)
    return hub.completion(person, "SND-02", "2026-01-15")


def test_somebody_makes_their_certificate_and_a_third_person_has_it_confirmed(
    hub: Hub, zoe: int, drawn: list[tuple[str, Any]]
) -> None:
    client = sign_in(hub.app, "zoe@hub.example")
    assert "Make certificate" in text_of(client.get("/my/certificates"))
    assert client.get(f"/my/record/{zoe}/certificate.pdf").status_code == 404
    for _ in range(2):
        answer = client.post(f"/my/record/{zoe}/certificate", data={"csrf_token": client.token()})
        assert answer.headers["Location"] == f"/my/record/{zoe}/certificate.pdf"
    assert events() == ["certificate.issued"]
    answer = client.get(f"/my/record/{zoe}/certificate.pdf")
    assert answer.mimetype == "application/pdf"
    assert "filename=certificate-2026-01-15.pdf" in answer.headers["Content-Disposition"]
    (template, data) = drawn[-1]
    assert (template, data["name"]) == ("certificate", "Zoë")
    assert data["number"] in text_of(client.get("/my/certificates"))
    anybody = hub.app.test_client()
    address = next(each for each in data["foot"] if "/verify/" in each).rpartition("http://localhost")[2]
    answer = anybody.get("/verify/" + address.rpartition("/verify/")[2])
    said = text_of(answer)
    assert answer.status_code == 200
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert "This certificate is confirmed" in said
    assert "Zoë" in said
    assert "15 January 2026" in said
    assert "P-1" not in said
    asked = anybody.get("/verify", query_string={"number": data["number"]})
    assert asked.headers["Location"] == "/verify/" + data["number"].replace("-", "")


def test_others_certificates_are_as_absent_ones(hub: Hub, zoe: int) -> None:
    a_certificate(hub, zoe)
    hub.account("ama@hub.example", "member", person=hub.person("Ama"))
    client = sign_in(hub.app, "ama@hub.example")
    theirs, absent = client.get(f"/my/record/{zoe}/certificate.pdf"), client.get("/my/record/999999/certificate.pdf")
    assert theirs.status_code == absent.status_code == 404
    assert client.post(f"/my/record/{zoe}/certificate", data={"csrf_token": client.token()}).status_code == 404


def test_an_unknown_a_silenced_and_an_ill_typed_number_are_answered_alike(hub: Hub, zoe: int) -> None:
    number = a_certificate(hub, zoe)
    client = sign_in(hub.app, "zoe@hub.example")
    client.post("/my/certificates/confirming", data={"confirm": "no", "csrf_token": client.token()})
    assert "Nobody, since" in text_of(client.get("/my/certificates"))
    anybody = hub.app.test_client()
    answers = [anybody.get(f"/verify/{each}") for each in (number, UNKNOWN, "x", "%00", "C" * 2000)]
    assert {each.status_code for each in answers} == {404}
    assert len({text_of(each) for each in answers}) == 1
    client.post("/my/certificates/confirming", data={"confirm": "yes", "csrf_token": client.token()})
    assert anybody.get(f"/verify/{number}").status_code == 200
    refused = client.post("/my/certificates/confirming", data={"confirm": "perhaps", "csrf_token": client.token()})
    assert refused.status_code == 400


def test_a_certificate_that_no_longer_stands_says_so_and_names_nobody(hub: Hub, zoe: int) -> None:
    number = a_certificate(hub, zoe)
    with transaction():
        void_completion(hub.actor, db.session.get_one(Completion, zoe), "Somebody else was there")
    said = text_of(hub.app.test_client().get(f"/verify/{number}"))
    assert "This certificate no longer stands" in said
    assert "Zoë" not in said
    client = sign_in(hub.app, "zoe@hub.example")
    assert client.get(f"/my/record/{zoe}/certificate.pdf").status_code == 404


def test_the_hub_can_confirm_none_at_all(
    hub: Hub, zoe: int, drawn: list[tuple[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    number = a_certificate(hub, zoe)
    monkeypatch.setitem(hub.app.config, "SETTINGS", replace(hub.app.config["SETTINGS"], confirm_certificates=False))
    assert hub.app.test_client().get(f"/verify/{number}").status_code == 404
    client = sign_in(hub.app, "zoe@hub.example")
    assert "confirms no certificates" in text_of(client.get("/my/certificates"))
    client.get(f"/my/record/{zoe}/certificate.pdf")
    assert drawn[-1][1]["square"] is None
    assert not any("/verify" in each for each in drawn[-1][1]["foot"])


@pytest.mark.on_sqlite_only
def test_too_many_numbers_from_one_address_are_not_answered_for_a_while(hub: Hub) -> None:
    anybody = hub.app.test_client()
    anybody.checks_pages = False  # type: ignore[attr-defined]
    assert {anybody.get(f"/verify/{UNKNOWN}").status_code for _ in range(60)} == {404}
    assert anybody.get(f"/verify/{UNKNOWN}").status_code == 429


def test_the_manager_makes_one_from_the_entrys_page(
    hub: Hub, as_manager: PageClient, zoe: int, drawn: list[tuple[str, Any]]
) -> None:
    assert "Make certificate" in text_of(as_manager.get(f"/records/{zoe}"))
    answer = as_manager.post(f"/records/{zoe}/certificate", data={"csrf_token": as_manager.token()})
    assert as_manager.get(answer.headers["Location"]).data == b"%PDF"
    assert "Certificate (PDF)" in text_of(as_manager.get(f"/records/{zoe}"))
    waiting = hub.completion(hub.person(), "SND-02", "2026-01-15", Evidence.SELF_DECLARED)
    answer = as_manager.post(f"/records/{waiting}/certificate", data={"csrf_token": as_manager.token()})
    assert "only for training that the hub has verified" in text_of(as_manager.get(answer.headers["Location"]))
    assert as_manager.get(f"/records/{waiting}/certificate.pdf").status_code == 404


# --- on paper


@pytest.mark.on_sqlite_only
def test_a_certificate_is_tagged_and_says_everything_as_it_was_typed(hub: Hub, zoe: int) -> None:
    a_certificate(hub, zoe)
    content = sign_in(hub.app, "zoe@hub.example").get(f"/my/record/{zoe}/certificate.pdf").data
    entry = db.session.get_one(Completion, zoe)
    said = text_of_pdf(content)
    assert is_tagged(content)
    assert promises_accessibility(content)
    assert "Figure" in tags_of(content)
    assert title_of_pdf(content) == f"Certificate: {entry.version.title}, Zoë"
    number = shown_number(db.session.query(Certificate).one().number)
    flat = " ".join(said.split())
    for words in ("Norfolk Music Hub", "Zoë", entry.version.title, "15 January 2026", number, "/verify/", "DBS"):
        assert words in flat, words
    assert all(f"{skill}: {level}" in flat for skill, level in said_of(entry).gives)


@pytest.mark.on_sqlite_only
@pytest.mark.parametrize("name", NAMES)
def test_whatever_somebody_is_called_the_document_takes_it_as_text(hub: Hub, name: str) -> None:
    said = replace(
        said_of(db.session.get_one(Completion, hub.completion(hub.person(), "SND-02", "2026-01-15"))), name=name
    )
    data = certificate_data(said, UNKNOWN, "Hub", issued_on=said.completed_on, confirmed_at=None)
    assert data["name"] == name
    assert data["square"] is None
