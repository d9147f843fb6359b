"""What people are written when a register recorded something for them, or took it back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from tests.builders import Hub
from tests.delivery.scheduling import ABSENT, PRESENT, a_session, booked_before, completions, in_days, kept, part
from tests.mail_server import mail_server, send_over
from training_app.audit import AuditEvent
from training_app.clock import now
from training_app.database import db, transaction
from training_app.delivery.models import TrainingSession
from training_app.delivery.register import reverse_register
from training_app.mail import OutboxMessage
from training_app.mail.delivery import deliver_due
from training_app.mail.models import MailSwitch
from training_app.records.actions import correct_completion, extend_validity, return_evidence, verify, void_completion
from training_app.records.messages import KIND
from training_app.records.models import Completion, Evidence
from training_app.stewardship.check import problems

CERTIFICATE = "Its certificate is ready: http://localhost/my/certificates"


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel("2026-11-23 12:00 +0000", tick=False) as clock:
        yield clock


def zoe_at(hub: Hub, module: str = "IND-01") -> tuple[int, int]:
    """Return a session of yesterday, and somebody with an account who is booked on it."""
    person = hub.person("Zoë O'Neill", email="zoe@hub.example")
    hub.account("zoe@hub.example", "member", person=person)
    session = a_session(hub, module, in_days(-1))
    booked_before(hub, session, person)
    return session, person


def messages(*states: str) -> Sequence[OutboxMessage]:
    db.session.rollback()
    query = select(OutboxMessage).where(OutboxMessage.kind == KIND).order_by(OutboxMessage.id)
    return [each for each in db.session.scalars(query) if not states or each.state in states]


def waiting() -> Sequence[OutboxMessage]:
    return messages("waiting")


def only_waiting() -> OutboxMessage:
    (message,) = waiting()
    return message


def leave(hub: Hub, clock: time_machine.Traveller) -> list[str]:
    """Let what waits leave a minute later; return the subjects."""
    clock.shift(61)
    with transaction():
        db.session.add(MailSwitch(is_on=True, at=now()))
    with mail_server() as taken:
        send_over(hub.app, taken)
        db.session.rollback()
        deliver_due()
    return [each["Subject"] for each in taken.messages]


def test_whoever_a_saved_register_confirms_is_told_once_what_was_recorded_and_where_the_certificate_is(
    hub: Hub,
) -> None:
    session, _ = zoe_at(hub)
    booked_before(hub, session, hub.person("Ama Okafor", email=None))
    for _ in range(2):
        kept(hub, session)
    message = only_waiting()
    title = completions()[0].version.title
    assert (message.recipient, message.state) == ("zoe@hub.example", "waiting")
    assert message.subject.startswith(f"Recorded: {title}, ")
    assert (message.body or "").count("Recorded: ") == 1
    assert CERTIFICATE in (message.body or "")
    assert list(problems()) == []


def test_what_still_awaits_confirmation_is_not_told_as_recorded(hub: Hub) -> None:
    session, _ = zoe_at(hub, "SND-02")
    kept(hub, session)
    other, person = a_session(hub, "IND-01", in_days(-2)), completions()[0].person_id
    booked_before(hub, other, person)
    kept(hub, other, {person: part("1")})
    assert messages() == []


@pytest.mark.on_sqlite_only
def test_what_a_register_recorded_falls_together_with_what_else_waits_for_somebody(hub: Hub) -> None:
    session, person = zoe_at(hub)
    claimed = hub.completion(person, "SND-02", in_days(-3), Evidence.SELF_DECLARED)
    with transaction():
        verify(hub.actor, db.session.get_one(Completion, claimed))
    kept(hub, session)
    message = only_waiting()
    assert message.subject == "Your training record: what is new"
    assert "Confirmed: " in (message.body or "")
    assert "Recorded: " in (message.body or "")


def test_a_mark_taken_back_before_its_message_leaves_is_never_heard_of(hub: Hub, clock: time_machine.Traveller) -> None:
    session, person = zoe_at(hub)
    kept(hub, session)
    kept(hub, session, {person: ABSENT})
    assert [each.state for each in messages()] == ["given_up"]
    assert leave(hub, clock) == []
    assert db.session.scalars(select(AuditEvent.action).where(AuditEvent.action == "message.given_up")).all()


@pytest.mark.on_sqlite_only
def test_taken_back_early_it_leaves_the_rest_of_a_message_as_it_is(hub: Hub) -> None:
    session, person = zoe_at(hub)
    other = a_session(hub, "SND-01", in_days(-2))
    booked_before(hub, other, person)
    kept(hub, session)
    kept(hub, other)
    body = only_waiting().body or ""
    assert body.count("Recorded: ") == 2
    kept(hub, session, {person: ABSENT})
    left = only_waiting().body or ""
    assert left.count("Recorded: ") == 1
    assert completions()[0].version.title in left
    assert left.endswith("\n\nYour record: http://localhost/my/record\n")


@pytest.mark.on_sqlite_only
def test_an_extension_meanwhile_hides_nothing_that_is_taken_back(hub: Hub) -> None:
    session, person = zoe_at(hub, "SAF-01")
    kept(hub, session)
    (entry,) = completions()
    assert entry.valid_until is not None
    with transaction():
        extend_validity(hub.actor, entry, entry.valid_until + timedelta(days=30), "The workshop was put off")
    kept(hub, session, {person: ABSENT})
    assert waiting() == []


def test_whoever_was_told_that_it_counts_is_told_that_it_was_taken_back_and_nobody_else(
    hub: Hub, clock: time_machine.Traveller
) -> None:
    session, person = zoe_at(hub)
    kept(hub, session)
    title = completions()[0].version.title
    assert leave(hub, clock) == [f"Recorded: {title}, 22 November 2026"]
    other = hub.person("Bryn Larkspur", email="bryn@hub.example")
    kept(hub, session, came={other: PRESENT}, shown={person: PRESENT})
    with transaction():
        reverse_register(hub.actor, db.session.get_one(TrainingSession, session), "It was the wrong module")
    message = only_waiting()
    assert message.recipient == "zoe@hub.example"
    assert message.subject == f"No longer in your training record: {title}, 22 November 2026"
    assert "its certificate no longer stands" in (message.body or "")
    assert "http://localhost/my/record/history" in (message.body or "")
    assert "wrong module" not in (message.body or "")


@pytest.mark.on_sqlite_only
def test_a_register_reversed_and_saved_anew_at_once_is_as_people_were_told_before(
    hub: Hub, clock: time_machine.Traveller
) -> None:
    session, person = zoe_at(hub)
    kept(hub, session)
    assert len(leave(hub, clock)) == 1
    kept(hub, session, {person: ABSENT})
    assert len(waiting()) == 1
    kept(hub, session, {person: PRESENT}, shown={person: ABSENT})
    assert waiting() == []
    kept(hub, session, {person: ABSENT})
    assert leave(hub, clock) == [f"No longer in your training record: {_title()}, 22 November 2026"]
    kept(hub, session, {person: PRESENT}, shown={person: ABSENT})
    assert only_waiting().subject.startswith("Recorded: ")
    kept(hub, session, {person: ABSENT})
    assert waiting() == [], "the last that they heard is that it was taken back, which is true"


def _title() -> str:
    return db.session.scalars(select(Completion)).all()[0].version.title


@pytest.mark.on_sqlite_only
def test_told_and_confirmed_again_before_it_is_taken_back_it_is_told_as_taken_back(
    hub: Hub, clock: time_machine.Traveller
) -> None:
    session, person = zoe_at(hub)
    kept(hub, session)
    assert len(leave(hub, clock)) == 1
    with transaction():
        return_evidence(hub.actor, completions()[0], "Please say more.")
    with transaction():
        verify(hub.actor, completions()[0])
    kept(hub, session, {person: ABSENT})
    assert only_waiting().subject.startswith("No longer in your training record: ")
    assert "Confirmed: " not in (only_waiting().body or "")


@pytest.mark.on_sqlite_only
def test_what_could_not_be_delivered_says_nothing_that_is_taken_back_when_it_is_tried_again(hub: Hub) -> None:
    session, person = zoe_at(hub)
    kept(hub, session)
    with transaction():
        only = db.session.scalars(select(OutboxMessage).where(OutboxMessage.kind == KIND)).one()
        only.state = "failed"
    kept(hub, session, {person: ABSENT})
    assert [each.state for each in messages()] == ["given_up"]


@pytest.mark.on_sqlite_only
def test_also_where_the_words_of_a_message_are_forgotten_its_reader_is_told(
    hub: Hub, clock: time_machine.Traveller
) -> None:
    session, person = zoe_at(hub)
    kept(hub, session)
    assert len(leave(hub, clock)) == 1
    clock.shift(timedelta(days=91))
    deliver_due()
    assert messages("sent")[0].body is None
    kept(hub, session, {person: ABSENT})
    assert only_waiting().subject.startswith("No longer in your training record: ")


def test_whatever_voids_a_confirmed_entry_takes_it_out_of_the_message_that_waits(
    hub: Hub, clock: time_machine.Traveller
) -> None:
    session, _ = zoe_at(hub)
    kept(hub, session)
    with transaction():
        return_evidence(hub.actor, completions()[0], "Please say more.")
    assert "Recorded: " not in (only_waiting().body or "")
    with transaction():
        verify(hub.actor, completions()[0])
    assert only_waiting().subject.startswith("Confirmed: ")
    with transaction():
        void_completion(hub.actor, completions()[0], "Somebody else of that name")
    assert waiting() == []


def test_a_day_put_right_is_told_in_place_of_the_wrong_one(hub: Hub, clock: time_machine.Traveller) -> None:
    session, person = zoe_at(hub)
    kept(hub, session)
    with transaction():
        correct_completion(hub.actor, completions()[0], in_days(-2), "It was the day before")
    assert only_waiting().subject.startswith("Recorded: ")
    assert "21 November 2026" in (only_waiting().body or "")
    assert "22 November 2026" not in (only_waiting().body or "")
    assert len(leave(hub, clock)) == 1
    with transaction():
        correct_completion(hub.actor, completions()[0], in_days(-3), "It was two days before")
    assert only_waiting().subject == f"Put right: {_title()}, 20 November 2026"
    kept(hub, session, {person: ABSENT})
    assert only_waiting().subject == f"No longer in your training record: {_title()}, 21 November 2026", (
        "as they were told"
    )
