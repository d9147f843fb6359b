"""`check` finds whatever contradicts itself: the database is broken by hand, once for each kind of contradiction."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text

from tests.builders import Hub
from training_app.database import db, transaction
from training_app.mail import queue
from training_app.mail.actions import mark_sent
from training_app.records.actions import (
    correct_completion,
    extend_validity,
    return_evidence,
    void_completion,
    withdraw_extension,
)
from training_app.records.models import Completion, Evidence
from training_app.skills.actions import exempt
from training_app.stewardship.check import problems

EARLIER = "2001-01-01 00:00:00.000000"


@pytest.fixture
def filled(hub: Hub) -> Hub:
    """A hub with something of each kind in it, and nothing wrong."""
    ama = hub.person("Ama Okafor", reference="P-1", email="ama@hub.example", with_completed=["IND-01", "SAF-01"])
    hub.engagement(ama, "frontline-volunteers", "2021-01-01", "2022-12-31")
    hub.engagement(ama, "frontline-volunteers", "2024-01-01")
    ben = hub.person("Ben Ito", reference="P-2", email="ben@hub.example", with_completed=["IND-02"])
    sent_back = hub.completion(ben, "SND-01", "2026-02-02", Evidence.SELF_DECLARED)
    wrong = hub.completion(ben, "SND-02", "2026-02-03")
    extended = hub.completion(ben, "IND-03", "2024-03-31")
    school = hub.organisation("Fenwick Primary", kind="school")
    with transaction():
        exempt(hub.actor, ben, hub.skill_id("send"), date(2026, 1, 1), "On leave.", date(2026, 6, 1))
        return_evidence(hub.actor, db.session.get_one(Completion, sent_back), "Which course was it?")
        void_completion(hub.actor, db.session.get_one(Completion, wrong), "Entered for the wrong person.")
        row = db.session.get_one(Completion, extended)
        extend_validity(hub.actor, row, date(2026, 6, 30), "Illness.")
        withdraw_extension(hub.actor, extend_validity(hub.actor, row, date(2026, 9, 30), "By mistake."), "A mistake.")
        message = queue(hub.actor, "sign-in link", "ama@hub.example", "Sign in", "A link", holds_secret=True)
        mark_sent(hub.actor, message)
    hub.account("manager@hub.example", "workforce_manager")
    hub.account("coordinator@hub.example", "coordinator", organisations=[school])
    hub.account("ama@hub.example", "member", person=ama)
    return hub


def found() -> list[str]:
    db.session.rollback()
    return list(problems())


def broken_by(*statements: str) -> list[str]:
    """Return what is found after these statements were sent and kept."""
    db.session.rollback()
    for statement in statements:
        db.session.execute(text(statement))
    db.session.commit()
    return found()


PERSON = "(SELECT id FROM person WHERE reference = 'P-1')"
OTHER = "(SELECT id FROM person WHERE reference = 'P-2')"
MODULE = "(SELECT id FROM module WHERE code = '{}')".format
VERSION = "(SELECT id FROM module_version WHERE module_id = (SELECT id FROM module WHERE code = '{}'))".format


def of(module: str) -> str:
    return f"WHERE module_id = {MODULE(module)}"


def test_nothing_contradicts_itself_in_what_the_pages_write(filled: Hub) -> None:
    assert found() == []


# A statement that goes past every rule but those of the database, and what must be said of it.
CONTRADICTIONS = [
    # messages
    ("UPDATE outbox_message SET body = 'A link'", "message 2 (sign-in link): still holds what lets somebody in"),
    ("UPDATE outbox_message SET recipient = 'ama'", "message 2 (sign-in link): is not addressed to"),
    ("UPDATE outbox_message SET kind = 'Link!'", "message 2 (Link!): its kind is not"),
    ("UPDATE outbox_message SET state = 'lost'", 'message 2 (sign-in link): "lost" is no state'),
    ("UPDATE outbox_message SET state = 'waiting'", "message 2 (sign-in link): is sent without a moment"),
    ("UPDATE outbox_message SET state = 'waiting', sent_at = NULL", "message 2 (sign-in link): has a day of sending"),
    ("UPDATE outbox_message SET state = 'waiting', sent_at = NULL, sent_on = NULL", "waits to be sent with nothing"),
    ("UPDATE outbox_message SET claimed_by = 'x'", "message 2 (sign-in link): is claimed by a sender"),
    # people
    ("UPDATE person SET name_key = 'x' WHERE reference = 'P-1'", 'person P-1: is searched as "x"'),
    ("UPDATE person SET name = '' , name_key = '' WHERE reference = 'P-1'", "person P-1: has no name"),
    ("UPDATE person SET reference = 'a/b' WHERE reference = 'P-1'", "person a/b: the reference must be"),
    ("UPDATE person SET reference = 'new' WHERE reference = 'P-1'", "person new: the reference is a word"),
    ("UPDATE person SET email_key = NULL WHERE reference = 'P-1'", "person P-1: is found by"),
    ("UPDATE person SET email = NULL WHERE reference = 'P-1'", "person P-1: is found by"),
    ("UPDATE person SET email = 'ama', email_key = 'ama' WHERE reference = 'P-1'", "is not an e-mail address"),
    ("UPDATE person SET email = 'AMA@hub.example' WHERE reference = 'P-2'", "P-2: has the same e-mail as person P-1"),
    ("UPDATE organisation SET name_key = 'x' WHERE kind = 'school'", 'organisation "Fenwick Primary": is found as'),
    ("UPDATE organisation SET kind = 'zoo' WHERE kind = 'school'", '"zoo" is no kind of organisation'),
    ("UPDATE organisation SET name = 'Harbour  Music Service' WHERE kind = 'school'", "is the same name as"),
    ("UPDATE engagement SET end_on = '2020-12-31' WHERE end_on = '2022-12-31'", "ends before it starts"),
    ("UPDATE engagement SET end_on = '2024-01-01' WHERE end_on = '2022-12-31'", "overlaps the one from"),
    ("UPDATE engagement SET end_on = NULL WHERE end_on = '2022-12-31'", "overlaps the one from"),
    ("UPDATE engagement SET voided_at = '2026-01-01' WHERE end_on IS NOT NULL", "is void without a reason"),
    ("UPDATE engagement SET void_reason = 'x' WHERE end_on IS NOT NULL", "is not void"),
    # skills
    ("UPDATE exemption SET end_on = '2025-12-31'", "person P-2: exemption from send from 1 January 2026"),
    ("UPDATE exemption SET reason = ' '", "has no reason"),
    ("UPDATE exemption SET voided_at = '2026-01-01'", "is void without a reason"),
    ("UPDATE requirement SET voided_at = '2026-01-01' WHERE id = 1", "requirement of"),
    # catalogue
    (f"UPDATE module_version SET superseded_at = created_at {of('SND-01')}", "SND-01: has 0 current versions"),
    (f"DELETE FROM module_version_skill WHERE version_id = {VERSION('SND-01')}", "SND-01, version 1: gives no skill"),
    (f"INSERT INTO module_prerequisite VALUES ({MODULE('SND-01')}, {MODULE('SND-02')})", "circle: SND-0"),
    (f"INSERT INTO module_prerequisite VALUES ({MODULE('GEN-01')}, {MODULE('GEN-01')})", "GEN-01 needs GEN-01"),
    ("UPDATE module SET code = 'a b' WHERE code = 'SND-03'", "module a b: the code must be"),
    ("UPDATE module SET code = 'snd-01' WHERE code = 'SND-03'", "is the same code as"),
    # records
    (f"UPDATE completion SET valid_until = NULL {of('SAF-01')}", "SAF-01 on 1 September 2026: is said to count for good"),
    (f"UPDATE completion SET valid_until = '2027-09-02' {of('SAF-01')}", "until 2 September 2027, but"),
    (f"UPDATE completion SET valid_until = '2030-01-01' {of('IND-01')}", "make it for good"),
    (f"UPDATE completion SET valid_until = '2026-03-31' {of('IND-03')}", "make it until 30 June 2026"),
    ("UPDATE extension SET voided_at = NULL, void_reason = NULL", "make it until 30 September 2026"),
    ("UPDATE extension SET void_reason = NULL", "extended to 30 September 2026: is void without a reason"),
    ("UPDATE extension SET reason = ''", "has no reason"),
    (f"UPDATE completion SET module_version_id = {VERSION('IND-02')} {of('SAF-01')}", "version of another module"),
    (f"UPDATE completion SET module_id = {MODULE('IND-05')} {of('IND-01')}", "version of another module"),
    (f"UPDATE completion SET created_at = '{EARLIER}' {of('SAF-01')}", "was recorded before that day"),
    ("UPDATE completion SET void_reason = NULL WHERE evidence = 'void'", "is void without a reason"),
    ("UPDATE completion SET voided_at = NULL WHERE evidence = 'void'", "is void, but not since when"),
    ("UPDATE completion SET evidence = 'verified' WHERE evidence = 'void'", "was voided, but counts as verified"),
    (f"UPDATE completion SET successor_id = id {of('SAF-01')}", "was corrected by another entry, but is not void"),
    ("UPDATE completion SET return_reason = NULL WHERE evidence = 'returned'", "was sent back without a reason"),
    (f"UPDATE completion SET hours = -1 {of('SAF-01')}", "has fewer than no hours"),
    # accounts
    ("UPDATE account SET email_key = 'x' WHERE email = 'manager@hub.example'", "account manager@hub.example: is found"),
    ("DELETE FROM account_role WHERE role = 'workforce_manager'", "account manager@hub.example: has no role"),
    ("UPDATE account_role SET role = 'king' WHERE role = 'workforce_manager'", '"king" is no role'),
    ("DELETE FROM account_organisation", "coordinator@hub.example: is a coordinator of no organisation"),
    ("UPDATE account SET person_id = NULL", "account ama@hub.example: is a member without a person"),
    # every table
    ("UPDATE term SET end_on = '2300-01-01' WHERE id = 1", "term: end_on 2300-01-01 is not a day from"),
    ("UPDATE engagement SET start_on = '1776-07-04' WHERE end_on IS NOT NULL", "engagement: start_on 1776-07-04"),
]  # fmt: skip


def test_each_contradiction_has_its_line(filled: Hub) -> None:
    for statement, said in CONTRADICTIONS:
        db.session.rollback()
        db.session.execute(text(statement))
        lines = list(problems())
        assert any(said in line for line in lines), (statement, lines)
        assert all("\n" not in line for line in lines)
    assert found() == []


def test_what_stands_twice_is_found_where_the_index_is_gone(filled: Hub) -> None:
    lines = broken_by(
        "DROP INDEX uq_completion_standing",
        "DROP INDEX uq_exemption_standing",
        "DROP INDEX uq_requirement_standing",
        "DROP INDEX uq_engagement_standing",
        "INSERT INTO completion (person_id, module_id, module_version_id, completed_on, valid_until, evidence, created_at,"
        " row_version) SELECT person_id, module_id, module_version_id, completed_on, valid_until, evidence, created_at, 1"
        f" FROM completion {of('SAF-01')}",
        "INSERT INTO exemption (person_id, skill_id, start_on, reason, row_version)"
        " SELECT person_id, skill_id, start_on, reason, 1 FROM exemption",
        "INSERT INTO requirement (group_id, skill_id, level, effective_from, row_version)"
        " SELECT group_id, skill_id, level, effective_from, 1 FROM requirement WHERE id = 1",
        "INSERT INTO engagement (person_id, organisation_id, group_id, start_on, row_version)"
        " SELECT person_id, organisation_id, group_id, start_on, 1 FROM engagement WHERE start_on = '2024-01-01'",
    )
    assert len(lines) == 4
    assert sum("stands twice" in line for line in lines) == 3
    assert any("overlaps" in line for line in lines)


def test_two_current_versions_of_a_module_are_found(filled: Hub) -> None:
    insert = (
        "INSERT INTO module_version (module_id, number, title, format_id, hours, created_at, superseded_at)"
        f" SELECT module_id, {{}}, title, format_id, hours, created_at, {{}} FROM module_version {of('SND-01')} AND number = 1"
    )
    lines = broken_by("DROP INDEX uq_module_version_current", insert.format(2, "NULL"))
    assert any("SND-01: has 2 current versions" in line for line in lines)
    lines = broken_by(f"UPDATE module_version SET superseded_at = created_at {of('SND-01')} AND number = 2")
    assert any("SND-01: version 1 is current, although there is version 2" in line for line in lines)
    lines = broken_by(f"UPDATE module_version SET superseded_at = '{EARLIER}' {of('SND-01')} AND number = 2")
    assert any("SND-01, version 2: was superseded before it was made" in line for line in lines)


@pytest.mark.on_sqlite_only
def test_a_row_that_points_nowhere_is_found(filled: Hub) -> None:
    db.session.rollback()
    with db.engine.connect() as connection:
        connection.connection.execute("PRAGMA foreign_keys = OFF")
        connection.connection.execute(f"DELETE FROM person WHERE id = {PERSON}")
        connection.connection.execute("PRAGMA foreign_keys = ON")
    lines = found()
    assert any(line.startswith("engagement: person_id ") and line.endswith("points to no person.") for line in lines)
    assert any(line.startswith("completion: person_id ") for line in lines)


@pytest.mark.on_sqlite_only
@pytest.mark.parametrize("day", ["2026-02-30", "31/12/2026", "soon", "2026-1-1", ""])
def test_what_is_no_day_is_found_before_anything_stumbles_over_it(filled: Hub, day: str) -> None:
    lines = broken_by(f"UPDATE engagement SET end_on = '{day}' WHERE end_on IS NOT NULL")
    assert len(lines) == 1
    assert lines[0].startswith("engagement ")
    assert f'end_on: "{day}" is not a day that there is.' in lines[0]


@pytest.mark.on_sqlite_only
def test_what_is_no_moment_is_found(filled: Hub) -> None:
    assert any("created_at" in line for line in broken_by("UPDATE completion SET created_at = 'once'"))


@pytest.mark.on_sqlite_only
def test_a_name_with_a_line_break_still_makes_one_line(filled: Hub) -> None:
    lines = broken_by("UPDATE person SET name = 'Ama' || char(10) || char(27) || '[31m' WHERE reference = 'P-1'")
    assert len(lines) == 1
    assert lines[0].isprintable()


def test_an_extension_that_a_correction_outlives_contradicts_nothing(hub: Hub) -> None:
    entry = hub.completion(hub.person(), "IND-02", "2024-01-15")
    with transaction():
        row = db.session.get_one(Completion, entry)
        extend_validity(hub.actor, row, date(2025, 3, 1), "Illness.")
        successor = correct_completion(hub.actor, row, date(2024, 6, 1), "The certificate says June.")
        assert successor.valid_until == date(2025, 6, 1)
    assert list(problems()) == []
