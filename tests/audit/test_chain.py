"""The chain of digests: it holds over everything that was done, and names whatever was touched afterwards."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Boolean, Date, DateTime, delete, insert, select, text, update

from tests.builders import Hub
from tests.cli.running import run
from training_app.audit import AuditDetail, AuditEvent, AuditSeal, chain, erase_details
from training_app.audit.actions import ERASED, secret_columns
from training_app.audit.rules import as_listed, event_digest, listed
from training_app.database import Base, Moment, db, transaction
from training_app.people.models import Person

pytestmark = pytest.mark.watched


def _seal() -> int:
    db.session.rollback()
    return chain.seal_everything()


def _problems(expected: str | None = None) -> list[str]:
    db.session.rollback()
    return chain.verify(expected).problems


def _tamper(statement: str, **values: Any) -> None:
    """Do what somebody with the password of the database can do."""
    db.session.execute(text(statement), values)
    db.session.commit()


def _last_event(action: str) -> int:
    return db.session.scalars(
        select(AuditEvent.id).where(AuditEvent.action == action).order_by(AuditEvent.id.desc())
    ).first() or pytest.fail(action)


@pytest.fixture
def sealed(hub: Hub) -> Hub:
    """A hub with two people whose history is sealed."""
    hub.person("Ama Okafor", reference="P-1", with_completed=["IND-01"])
    hub.person("Ben Hale", reference="P-2", email="ben@hub.example")
    assert _seal() > 100  # the seeds are events too
    return hub


def test_what_nobody_touched_verifies(sealed: Hub) -> None:
    found = chain.verify()
    assert found.problems == []
    assert (found.unsealed, found.erased) == (0, 0)
    assert found.events == db.session.query(AuditEvent).count()


def test_a_new_event_waits_for_the_next_seal_and_is_counted(sealed: Hub) -> None:
    sealed.organisation("Fenwick Primary", kind="school")
    found = chain.verify()
    assert (found.problems, found.unsealed) == ([], 1)
    assert _seal() == 1
    assert chain.verify().unsealed == 0
    assert _seal() == 0


def test_events_beyond_one_seal_fill_several(sealed: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chain, "EVENTS_A_SEAL", 3)
    for number in range(7):
        sealed.organisation(f"School {number}", kind="school")
    before = chain.verify().seals
    assert _seal() == 7
    found = chain.verify()
    assert (found.problems, found.seals, found.unsealed) == ([], before + 3, 0)


def test_a_lower_id_that_was_committed_later_goes_into_the_next_seal(sealed: Hub) -> None:
    sealed.organisation("Fenwick Primary", kind="school")
    late = _last_event("organisation.added")
    sealed.organisation("Marram Academy", kind="school")
    event, detail = _take_out(AuditEvent, "id", late), _take_out(AuditDetail, "event_id", late)
    assert _seal() == 1
    for table, row in ((AuditEvent, event), (AuditDetail, detail)):
        db.session.execute(insert(table), [row])
    db.session.commit()
    assert _seal() == 1
    assert _problems() == []


def _take_out(table: type[Base], key: str, event_id: int) -> dict[str, Any]:
    """Take a row out as if it had not been committed yet."""
    column = table.__table__.c[key]
    row = dict(db.session.execute(select(table.__table__).where(column == event_id)).mappings().one())
    if table is AuditDetail:
        db.session.execute(delete(AuditDetail).where(AuditDetail.event_id == event_id))
        db.session.execute(delete(AuditEvent).where(AuditEvent.id == event_id))
        db.session.commit()
    return row


def test_changed_details_are_named(sealed: Hub) -> None:
    event = _last_event("person.added")
    _tamper("UPDATE audit_detail SET after = :after WHERE event_id = :id", id=event, after='{"name": "Bea Hale"}')
    assert _problems() == [f"Event {event}: its details were changed."]


def test_changed_details_of_an_event_that_is_not_sealed_yet_are_named_too(sealed: Hub) -> None:
    sealed.organisation("Fenwick Primary", kind="school")
    event = _last_event("organisation.added")
    _tamper("UPDATE audit_detail SET reason = 'none' WHERE event_id = :id", id=event)
    assert _problems() == [f"Event {event}: its details were changed."]


def test_removed_details_are_named(sealed: Hub) -> None:
    event = _last_event("person.added")
    _tamper("DELETE FROM audit_detail WHERE event_id = :id", id=event)
    assert _problems() == [f"Event {event}: its details were removed."]


@pytest.mark.parametrize(
    "change",
    [
        "actor_account_id = 4711",
        "at = '2001-01-01 00:00:00+00:00'",
        "action = 'person.changed'",
        "object_id = object_id + 1",
        "person_id = NULL",
        "batch_id = 'another'",
        "commitment = 'another'",
    ],
)
def test_a_changed_event_is_named(sealed: Hub, change: str) -> None:
    event = _last_event("person.added")
    _tamper(f"UPDATE audit_event SET {change} WHERE id = :id", id=event)
    assert _problems() == [f"Event {event}: it was changed after it was sealed in seal 1."]


def test_a_removed_event_is_named(sealed: Hub) -> None:
    event = _last_event("person.added")
    _tamper("DELETE FROM audit_detail WHERE event_id = :id", id=event)
    _tamper("DELETE FROM audit_event WHERE id = :id", id=event)
    assert _problems() == [f"Event {event}: it was sealed in seal 1 and was removed."]


def test_an_inserted_event_is_named(sealed: Hub) -> None:
    sealed.organisation("Fenwick Primary", kind="school")
    event = _last_event("organisation.added")
    _tamper("UPDATE audit_event SET seal_id = 1 WHERE id = :id", id=event)
    assert _problems() == [f"Event {event}: it was inserted: seal 1 does not hold it."]


def test_two_swapped_events_are_both_named(sealed: Hub) -> None:
    one, other = sorted((_last_event("person.added"), _last_event("completion.recorded")))
    columns = [column for column in AuditEvent.__table__.columns if column.name != "id"]
    rows = {
        event: dict(db.session.execute(select(*columns).where(AuditEvent.id == event)).mappings().one())
        for event in (one, other)
    }
    for event, says in ((one, rows[other]), (other, rows[one])):
        db.session.execute(update(AuditEvent).where(AuditEvent.id == event).values(says))
    db.session.commit()
    assert _problems() == [f"Event {each}: it was changed after it was sealed in seal 1." for each in (one, other)]


def test_an_event_moved_to_another_seal_is_named(sealed: Hub) -> None:
    event = _last_event("person.added")
    _tamper("UPDATE audit_event SET seal_id = NULL WHERE id = :id", id=event)
    assert _problems() == [f"Event {event}: it was taken out of seal 1."]
    assert _seal() == 1
    assert _problems() == [f"Event {event}: it was taken out of seal 1."]


def test_a_forged_seal_does_not_follow_from_the_one_before(sealed: Hub) -> None:
    event = _last_event("person.added")
    _tamper("UPDATE audit_event SET object_id = 4711 WHERE id = :id", id=event)
    seal = db.session.get_one(AuditSeal, 1)
    row = db.session.execute(select(*chain._EVENT).where(AuditEvent.id == event)).one()
    digests = as_listed(seal.event_digests) | {event: event_digest(*row)}
    seal.event_digests = listed(sorted(digests.items()))
    db.session.commit()
    assert _problems() == ["Seal 1 does not follow from seal 0: one of the two was changed."]


def test_a_removed_seal_is_named_with_the_events_it_held(sealed: Hub) -> None:
    sealed.organisation("Fenwick Primary", kind="school")
    event = _last_event("organisation.added")
    assert _seal() == 1
    sealed.organisation("Marram Academy", kind="school")
    assert _seal() == 1
    _tamper("DELETE FROM audit_seal WHERE number = 2")
    assert _problems() == [
        "Seal 2 is no longer there.",
        f"Event {event}: it says that it is in seal 2, which is not there.",
    ]


def test_an_end_that_was_cut_off_is_noticed_by_the_digest_written_down(sealed: Hub) -> None:
    sealed.organisation("Fenwick Primary", kind="school")
    _seal()
    written_down = chain.verify().last_digest
    assert _problems(written_down) == []
    event = _last_event("organisation.added")
    _tamper("DELETE FROM audit_detail WHERE event_id = :id", id=event)
    _tamper("DELETE FROM audit_event WHERE id = :id", id=event)
    _tamper("DELETE FROM audit_seal WHERE number = 2")
    assert _problems() == []
    (problem,) = _problems(written_down)
    assert written_down in problem


def test_a_chain_that_goes_on_still_holds_the_digest_written_down(sealed: Hub) -> None:
    written_down = chain.verify().last_digest
    sealed.organisation("Fenwick Primary", kind="school")
    _seal()
    assert _problems(written_down) == []


# --- erasure


def test_erasing_what_is_said_of_a_person_leaves_the_chain_whole(sealed: Hub) -> None:
    person = db.session.scalars(select(Person.id).where(Person.reference == "P-2")).one()
    with transaction():
        erased = erase_details(sealed.actor, person, "Asked for on 3 October")
    assert erased == 2
    _seal()
    found = chain.verify()
    assert (found.problems, found.erased) == ([], 2)
    told = str(db.session.execute(select(AuditDetail.before, AuditDetail.after, AuditDetail.reason)).all())
    assert "Ben Hale" not in told
    assert "ben@hub.example" not in told
    assert "Ama Okafor" in told


def test_erasing_empties_what_is_said_of_their_account_too(sealed: Hub) -> None:
    person = db.session.scalars(select(Person.id).where(Person.reference == "P-2")).one()
    account = sealed.account("ben@hub.example", "member", person=person)
    other = sealed.account("board@hub.example", "board")
    with transaction():
        assert erase_details(sealed.actor, person, objects=[("account", account)]) == 3
        assert erase_details(sealed.actor, person, objects=[("account", account), ("account", other)]) == 1
    _seal()
    found = chain.verify()
    assert (found.problems, found.erased) == ([], 4)


def test_details_emptied_in_the_name_of_somebody_elses_erasure_are_named(sealed: Hub) -> None:
    person = db.session.scalars(select(Person.id).where(Person.reference == "P-2")).one()
    with transaction():
        erase_details(sealed.actor, person)
    event = _last_event("completion.recorded")
    emptied = "before = NULL, after = NULL, reason = NULL, salt = NULL, erased_at = '2026-10-03 00:00:00+00:00'"
    for erasure in (_last_event(ERASED), _last_event("person.added"), 999_999):
        _tamper(f"UPDATE audit_detail SET {emptied}, erased_by_event_id = {erasure} WHERE event_id = :id", id=event)
        assert _problems() == [f"Event {event}: its details were emptied, and not by an erasure that the log knows."]


def test_details_that_stand_though_they_are_said_to_be_erased_are_named(sealed: Hub) -> None:
    person = db.session.scalars(select(Person.id).where(Person.reference == "P-2")).one()
    with transaction():
        erase_details(sealed.actor, person)
    event = _last_event("person.added")
    _tamper("UPDATE audit_detail SET reason = 'Somebody wrote here' WHERE event_id = :id", id=event)
    assert len(_problems()) == 1


# --- no secrets


@pytest.mark.on_sqlite_only
def test_no_column_that_holds_a_secret_is_ever_told_to_the_log(app: Flask) -> None:
    suspicious = ("hash", "password", "secret", "token", "salt", "digest")
    told = {
        f"{name}.{column.name}"
        for name, table in Base.metadata.tables.items()
        for column in table.columns
        if any(word in column.name for word in suspicious)
        and column.name not in secret_columns(name)
        and not isinstance(column.type, (Boolean, Date, DateTime, Moment))
        and not name.startswith("audit_")
    }
    assert told == {"seed_record.digest"}


def test_a_marked_column_is_left_out_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(Base.metadata.tables["person"].c.email.info, "secret", True)
    secret_columns.cache_clear()
    try:
        assert secret_columns("person") == {"email"}
    finally:
        secret_columns.cache_clear()
    assert secret_columns("sign_in") == {"token_hash"}
    assert secret_columns("a table that is not there") == frozenset()


# --- as it is typed


def test_audit_verify_says_that_all_is_as_it_was_sealed(hub: Hub) -> None:
    answer = run(hub.app, "audit", "verify")
    assert answer.status == 0
    assert "0 details erased, 0 events not sealed yet." in answer.out[0]
    digest = answer.out[1].rpartition(" ")[2]
    assert run(hub.app, "audit", "verify", "--expect", digest.upper()).status == 0
    assert run(hub.app, "audit", "seal").out == ["0 events sealed."]


def test_audit_verify_has_a_line_for_each_problem_and_exit_status_one(sealed: Hub) -> None:
    one, other = sorted((_last_event("person.added"), _last_event("completion.recorded")))
    _tamper(f"UPDATE audit_event SET actor_kind = 'account' WHERE id IN ({one}, {other})")
    answer = run(sealed.app, "audit", "verify", "--expect", "0" * 64)
    assert answer.status == 1
    assert [line.partition(":")[0] for line in answer.out[:2]] == [f"Event {one}", f"Event {other}"]
    assert answer.out[2].startswith(f"The chain does not hold the digest {'0' * 64}")


@pytest.mark.on_sqlite_only
@pytest.mark.parametrize("typed", [["--expect", "none"], ["everything"], ["--expect"]])
def test_audit_verify_says_in_one_line_what_would_be_right(app: Flask, typed: list[str]) -> None:
    answer = run(app, "audit", "verify", *typed)
    assert (answer.status, answer.out, len(answer.err)) == (2, [], 1)
