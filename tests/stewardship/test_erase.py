"""After an erasure nothing says who somebody was, and every figure is what it was before."""

from __future__ import annotations

import json
import logging
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.builders import Hub
from tests.clients import PageClient, sign_in
from tests.files.workbooks import a_workbook
from tests.imports.bringing import bring, counts
from tests.stewardship.canaries import EMAIL, MARK, NAME, REFERENCE, somebody_held_everywhere, words_in
from tests.stewardship.test_person import texts_of
from tests.watching import not_telling_the_log
from training_app.accounts.personal import accounts_of
from training_app.audit import AuditDetail, AuditEvent
from training_app.audit.chain import seal_everything, verify
from training_app.coverage.queries import coverage_on, people_behind, trend_between
from training_app.database import Base, db, transaction
from training_app.errors import Refused
from training_app.imports.waiting import keep
from training_app.mail.delivery import deliver_due
from training_app.people.models import Person
from training_app.people.queries import PeopleWanted, people_page, probable_doubles
from training_app.people.scope import everybody, everywhere
from training_app.records.models import Evidence
from training_app.stewardship.check import problems
from training_app.stewardship.erase import erase_again, erase_person, erased_so_far, forget_old_pages, named_elsewhere

BECAUSE = "Asked for it by letter of 3 October"


def erase(hub: Hub, person_id: int, because: str = BECAUSE) -> None:
    """Erase somebody as the page does."""
    with transaction():
        erase_person(hub.actor, db.session.get_one(Person, person_id), because, instance(hub))
    assert forget_old_pages()


def instance(hub: Hub) -> Path:
    folder: Path = hub.app.config["SETTINGS"].instance
    return folder


def figures(hub: Hub) -> str:
    """Return coverage and trend as text, on past days, today and days to come, by both rules."""
    days = (date(2021, 1, 15), date(2026, 2, 3), date(2026, 3, 4), date(2027, 3, 1), date(2029, 1, 1))
    codes = None
    return "\n".join(
        repr(each)
        for evidence in ("verified", "all")
        for each in (
            *(coverage_on(day, evidence, codes) for day in days),
            trend_between(date(2025, 1, 1), date(2027, 12, 31), evidence),
        )
    )


def test_after_an_erasure_no_word_of_theirs_stands_anywhere(hub: Hub, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    if db.engine.dialect.name == "sqlite":
        # Some builds of SQLite overwrite by themselves what is deleted; the erasure must not rely on it.
        db.session.execute(db.text("PRAGMA secure_delete = OFF"))
    person_id = somebody_held_everywhere(hub)
    other = hub.person("Ama Okafor", reference="P-1", with_completed=["SAF-01"])
    imports = instance(hub) / "imports"
    keep(imports, 1, f"person,module\n{REFERENCE},SAF-01\n".encode())
    keep(imports, 1, f"person,module\n{EMAIL.upper()},SAF-01\n".encode("utf-16"))
    keep(imports, 1, a_workbook([["reference", "name"], ["P-7", NAME]]))
    keep(imports, 1, b"PK\x03\x04 a workbook that is damaged")
    keep(imports, 1, b"person,module\nP-1,SAF-01\n")
    db.session.rollback()
    deliver_due()
    assert words_in("".join(file.read_text() for file in (instance(hub) / "mail").iterdir()))
    seal_everything()
    before = figures(hub)

    erase(hub, person_id)

    everywhere = {table.name for table in Base.metadata.sorted_tables}
    assert [found for found in texts_of(everywhere) if words_in(found[2])] == []
    assert figures(hub) == before
    assert list(problems()) == []
    seal_everything()
    found = verify()
    assert found.problems == []
    assert found.erased > 0
    assert len(list(imports.iterdir())) == 1, "only the file that names nobody who was erased waits on"
    for file in instance(hub).rglob("*"):
        assert not file.is_file() or not words_in(file.read_bytes().decode("latin-1")), file
    assert words_in(caplog.text) == set()
    if db.engine.dialect.name == "sqlite":
        db.session.remove()
        for end in ("", "-wal"):
            file = Path(str(db.engine.url.database) + end)
            assert words_in(file.read_bytes().decode("latin-1")) == set(), file
    assert db.session.get_one(Person, other).name == "Ama Okafor"


def test_the_erasure_is_an_event_whose_reason_stays(hub: Hub) -> None:
    person_id = somebody_held_everywhere(hub)
    erase(hub, person_id)
    kept = db.session.execute(
        select(AuditEvent.action, AuditDetail.reason)
        .join(AuditDetail, AuditDetail.event_id == AuditEvent.id)
        .where(AuditEvent.person_id == person_id, AuditDetail.reason.is_not(None))
    ).all()
    assert [tuple(each) for each in kept] == [("audit.details_erased", BECAUSE)]


def test_an_erased_person_is_in_no_list_and_no_search_but_behind_past_figures(hub: Hub, as_manager: PageClient) -> None:
    person_id = hub.person("Robin Teal", reference="P-7", email="robin@hub.example", with_completed=["SAF-01"])
    hub.account("robin@hub.example", "member", person=person_id)
    erase(hub, person_id)
    for words in ("", "Robin", "P-7", "robin@hub.example", "Erased", "erased-"):
        assert (
            people_page(everybody(), PeopleWanted(on=date(2026, 9, 1), words=words), places=everywhere()).found == 0
        ), words
    assert probable_doubles(everybody(), "Erased person", places=everywhere()) == []
    (behind,) = people_behind("music-service-staff", "safeguarding", date(2026, 9, 1))
    assert (behind.name, behind.reference[:7]) == ("Erased person", "erased-")
    page = as_manager.get("/coverage/music-service-staff/safeguarding?as_at=2026-09-01").get_data(as_text=True)
    assert "Erased person" in page
    assert as_manager.get("/people/P-7").status_code == 404
    assert "Change details" not in as_manager.get(f"/people/{behind.reference}").get_data(as_text=True)
    assert as_manager.get(f"/people/{behind.reference}/erase").status_code == 404
    denied = hub.app.test_client().post(
        "/sign-in", data={"email": "robin@hub.example", "password": "a long enough passphrase"}
    )
    assert denied.status_code == 400


def test_sessions_end_with_the_erasure(hub: Hub) -> None:
    person_id = hub.person("Robin Teal", reference="P-7")
    hub.account("robin@hub.example", "member", person=person_id)
    robin = sign_in(hub.app, "robin@hub.example")
    assert robin.get("/my/record").status_code == 200
    erase(hub, person_id)
    assert robin.get("/my/record").status_code == 302
    assert [each.active for each in accounts_of(person_id)] == [False]


@pytest.mark.on_sqlite_only
def test_the_page_says_what_goes_and_what_stays_and_needs_the_reason_and_the_reference(
    hub: Hub, as_manager: PageClient
) -> None:
    person_id = somebody_held_everywhere(hub)
    hub.completion(hub.person("Ben Adams", reference="P-2"), "IND-01", "2026-01-01", note=f"Came with {NAME}")
    path = f"/people/{REFERENCE}/erase"
    page = as_manager.get(path).get_data(as_text=True)
    assert "They are engaged today or will be" in page
    assert "notes, providers and reasons" in page
    assert "Completion, note" in page
    assert "Ben Adams" in page
    for fields, sentence in (
        ({"reason": "", "reference": REFERENCE}, "Say why they are erased"),
        ({"reason": BECAUSE, "reference": ""}, "Type their reference"),
        ({"reason": BECAUSE, "reference": "P-2"}, "This is not their reference"),
        ({"reason": f"{NAME} wrote to us", "reference": REFERENCE}, "Leave their name, reference and e-mail out"),
        ({"reason": f"Letter from {EMAIL}", "reference": REFERENCE}, "Leave their name, reference and e-mail out"),
    ):
        refused = as_manager.submit(path, fields)
        assert refused.status_code == 400
        assert sentence in refused.get_data(as_text=True)
    assert db.session.get_one(Person, person_id).erased_at is None
    done = as_manager.submit(path, {"reason": BECAUSE, "reference": REFERENCE}, follow_redirects=True)
    assert "The person is erased." in done.get_data(as_text=True)
    assert MARK not in done.get_data(as_text=True)
    # Pressed a second time, or by a second manager, there is nobody of that name any more.
    again = as_manager.post(
        path, data={"reason": BECAUSE, "reference": REFERENCE, "row_version": "2", "csrf_token": as_manager.token()}
    )
    assert again.status_code == 404
    with pytest.raises(Refused, match="erased already"):
        erase(hub, person_id)


@pytest.mark.on_sqlite_only
def test_whoever_changed_the_person_meanwhile_is_not_overrun(hub: Hub, as_manager: PageClient) -> None:
    hub.person("Robin Teal", reference="P-7")
    late = as_manager.post(
        "/people/P-7/erase",
        data={"reason": BECAUSE, "reference": "P-7", "row_version": "0", "csrf_token": as_manager.token()},
    )
    assert late.status_code == 409
    assert f">{BECAUSE}</textarea>" in late.get_data(as_text=True).replace(">\n", ">")


@pytest.mark.on_sqlite_only
def test_neither_oneself_nor_the_last_manager_is_erased(hub: Hub) -> None:
    person_id = hub.person("Mo Manager", reference="M-1")
    hub.account("mo@hub.example", "workforce_manager", "member", person=person_id)
    with pytest.raises(Refused, match="only active account of a workforce manager"):
        erase(hub, person_id)
    assert db.session.get_one(Person, person_id).name == "Mo Manager"
    mo = sign_in(hub.app, "mo@hub.example")
    refused = mo.submit("/people/M-1/erase", {"reason": BECAUSE, "reference": "M-1"})
    assert "Somebody else has to erase you" in refused.get_data(as_text=True)
    hub.account("other@hub.example", "workforce_manager")
    erase(hub, person_id)


def test_what_the_log_says_of_others_is_emptied_where_it_names_them_and_their_words_are_shown(hub: Hub) -> None:
    robin = hub.person("Robin Teal", reference="ROBIN-7", email="robin@hub.example")
    ben = hub.person("Zoë Adams", reference="P-2")
    named = hub.completion(ben, "IND-01", "2026-01-01", note="Came with Robin  Teal, and liked it")
    hub.completion(ben, "IND-02", "2026-01-01", note="Robin Tealdown was there")
    shown = named_elsewhere(db.session.get_one(Person, robin))
    assert [(each.table, each.column, each.number, each.owner) for each in shown] == [
        ("completion", "note", named, ("P-2", "Zoë Adams"))
    ]
    assert "Came with Robin Teal, and liked it" in shown[0].words
    erase(hub, robin)
    details = db.session.scalars(
        select(AuditDetail)
        .join(AuditEvent, AuditEvent.id == AuditDetail.event_id)
        .where(AuditEvent.person_id == ben, AuditEvent.object_type == "completion")
        .order_by(AuditEvent.id)
    ).all()
    assert [each.after is None for each in details] == [True, False]


def test_an_erasure_is_done_again_in_an_older_copy_and_never_to_somebody_else(hub: Hub) -> None:
    """The older copy is this database as it would be: the person with a name, and nothing in the table of erasures."""
    robin = hub.person("Robin Teal", reference="P-7")
    erase(hub, robin)
    written_down = erased_so_far()
    assert "Robin" not in json.dumps([each.__dict__ for each in written_down])
    with transaction():
        assert erase_again(hub.actor, written_down, instance(hub)) == 0
        not_telling_the_log()
        person = db.session.get_one(Person, robin)
        person.name, person.erased_at = "Robin Teal", None
        db.session.execute(db.text("DELETE FROM erasure"))
    with transaction():
        assert (
            erase_again(hub.actor, [each.__class__(robin, "2001-01-01", "x") for each in written_down], instance(hub))
            == 0
        )
        assert erase_again(hub.actor, written_down, instance(hub)) == 1
    assert db.session.get_one(Person, robin).name == "Erased person"


def test_an_import_finds_nobody_who_was_erased(hub: Hub) -> None:
    robin = hub.person("Robin Teal", reference="P-7")
    hub.completion(robin, "IND-01", "2026-01-01", Evidence.SELF_DECLARED)
    erase(hub, robin)
    stub = db.session.get_one(Person, robin).reference
    found = bring(hub, "completions", f"person,module,completed_on\n{stub},IND-01,2026-01-01\n")
    assert found.counts == counts(rows=1, errors=1)


@pytest.mark.on_sqlite_only
def test_the_commands_write_down_who_was_erased_and_do_it_again(hub: Hub, tmp_path: Path) -> None:
    """With the file of the database as it was before, copied back as whoever restores a backup does it."""
    robin = hub.person("Robin Teal", reference="P-7")
    db.session.execute(db.text("PRAGMA wal_checkpoint(TRUNCATE)"))
    db.session.rollback()
    place = Path(str(db.engine.url.database))
    before = place.read_bytes()
    erase(hub, robin)
    run = hub.app.test_cli_runner().invoke
    listed = run(args=["erase", "list"]).stdout
    assert listed.count("\n") == 1
    assert "Teal" not in listed
    db.session.remove()
    db.engine.dispose()
    place.write_bytes(before)
    assert db.session.get_one(Person, robin).name == "Robin Teal"
    db.session.rollback()
    kept = tmp_path / "erased"
    kept.write_text(listed)
    assert run(args=["erase", "again", str(kept)]).stdout.startswith("1 of 1 erased again")
    assert db.session.get_one(Person, robin).name == "Erased person"
    assert run(args=["erase", "again", str(kept)]).stdout.startswith("0 of 1 erased again")
    kept.write_text("Robin Teal")
    wrong = run(args=["erase", "again", str(kept)])
    assert wrong.exit_code == 2
    assert wrong.stderr == "FILE: line 1 is not one that `erase list` prints.\n"
