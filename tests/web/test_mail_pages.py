"""The manager's pages of mail: nothing leaves before they have seen to whom, and a test has reached them."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from tests.builders import CountedQueries, Hub
from tests.clients import PageClient, sign_in
from tests.pages import hidden_fields
from tests.web.test_people import open_page, send, words_of
from training_app.audit import AuditEvent
from training_app.clock import now
from training_app.database import db, transaction
from training_app.mail import OutboxMessage, queue
from training_app.mail.actions import fail
from training_app.mail.delivery import deliver_due
from training_app.mail.rules import LONGEST_SECRET_LIFE

NOT_DELIVERED = "/mail/not-delivered"


def _queue(hub: Hub, to: str, kind: str = "reminder", **more: bool) -> int:
    with transaction():
        return queue(hub.actor, kind, to, f"For {to}", "Hello", **more).id


def _failed(hub: Hub, to: str, **more: bool) -> int:
    number = _queue(hub, to, **more)
    with transaction():
        fail(hub.actor, db.session.get_one(OutboxMessage, number), "There is no such mailbox (550).")
    return number


def _state(number: int) -> str:
    db.session.rollback()
    return db.session.get_one(OutboxMessage, number).state


def _press(client: PageClient, path: str) -> str:
    """Press a button of the page of mail and return the words of what follows."""
    response = client.post(path, data=_fields(client), follow_redirects=True)
    return words_of(response.get_data(as_text=True))


def _fields(client: PageClient) -> dict[str, str]:
    return dict(hidden_fields(client.get("/mail").get_data(as_text=True)))


def test_mail_is_switched_on_after_seeing_to_whom_and_a_test(hub: Hub, as_manager: PageClient) -> None:
    held = [_queue(hub, to) for to in ("ama@hub.example", "ben@hub.example", "ben@hub.example")]
    page = open_page(as_manager, "/mail")
    assert "Mail is off" in page
    assert "Reminder 3 2" in page
    assert "First send yourself a test" in page
    assert "ama@hub.example" in open_page(as_manager, "/mail/waiting")

    assert "Send a test to yourself first" in _press(as_manager, "/mail/switch-on")
    assert "A test is on its way to you" in _press(as_manager, "/mail/test")
    assert "Your last test: waiting to leave" in open_page(as_manager, "/mail")
    deliver_due()
    assert "Your last test: sent to you on" in open_page(as_manager, "/mail")
    assert {_state(each) for each in held} == {"waiting"}

    page = _press(as_manager, "/mail/switch-on")
    assert "Mail is on. What was waiting leaves now." in page
    assert "by manager@hub.example" in page
    deliver_due()
    assert {_state(each) for each in held} == {"sent"}
    assert "Reminder 3" in open_page(as_manager, "/mail/sent").replace("reminder", "Reminder")
    assert "Mail is off. Messages wait until it is on again" in _press(as_manager, "/mail/switch-off")
    later = _queue(hub, "ama@hub.example")
    deliver_due()
    assert _state(later) == "waiting"
    assert "First send yourself a test" in open_page(as_manager, "/mail")
    actions = list(
        db.session.scalars(select(AuditEvent.action).where(AuditEvent.action.like("mail.%")).order_by(AuditEvent.id))
    )
    assert actions == ["mail.switched_on", "mail.switched_off"]


def test_no_message_leaves_that_the_manager_has_not_seen_waiting(hub: Hub, as_manager: PageClient) -> None:
    _press(as_manager, "/mail/test")
    deliver_due()
    seen = _fields(as_manager)
    _queue(hub, "late@hub.example")
    response = as_manager.post("/mail/switch-on", data=seen)
    assert response.status_code == 409
    assert "1 more message has come since you looked" in words_of(response.get_data(as_text=True))
    assert as_manager.post("/mail/switch-on", data=seen | {"newest_seen": "x" * 5000}).status_code == 409
    assert "Mail is on." in _press(as_manager, "/mail/switch-on")
    assert as_manager.post("/mail/switch-on", data=_fields(as_manager)).status_code == 409


@pytest.mark.on_sqlite_only
def test_messages_that_nobody_wants_sent_any_more_are_given_up_by_kind(hub: Hub, as_manager: PageClient) -> None:
    stale, other = _queue(hub, "ama@hub.example"), _queue(hub, "ama@hub.example", kind="invitation", holds_secret=True)
    page = open_page(as_manager, "/mail/waiting?kind=reminder")
    assert "For ama@hub.example reminder" in page
    assert "invitation" not in page.replace("Invitation", "")
    assert "1 message is not sent, now or later" in open_page(as_manager, "/mail/waiting/give-up?kind=reminder")
    assert "1 message is not sent." in send(as_manager, "/mail/waiting/give-up?kind=reminder")
    assert (_state(stale), _state(other)) == ("given_up", "waiting")
    send(as_manager, "/mail/waiting/give-up?kind=invitation")
    assert db.session.get_one(OutboxMessage, other).body is None
    assert "Nothing waits" in open_page(as_manager, "/mail/waiting?kind=reminder")
    open_page(as_manager, "/mail/waiting?kind=<b>", 400)
    open_page(as_manager, "/mail/waiting/give-up", 400)


def test_what_could_not_be_delivered_is_tried_again_or_given_up(hub: Hub, as_manager: PageClient) -> None:
    again, never = _failed(hub, "ama@hub.example"), _failed(hub, "ben@hub.example")
    _failed(hub, "cai@hub.example")
    hub.person()
    assert "3 messages could not be delivered" in open_page(as_manager, "/")
    page = open_page(as_manager, NOT_DELIVERED)
    assert "There is no such mailbox (550)." in page
    assert "1 message is tried again now" in send(as_manager, NOT_DELIVERED, message=str(again), do="again")
    assert "1 message is given up" in send(as_manager, NOT_DELIVERED, message=str(never), do="never")
    assert (_state(again), _state(never)) == ("waiting", "given_up")
    assert "dealt with this message already" in send(as_manager, NOT_DELIVERED, message=str(again), do="never")
    assert _state(again) == "waiting"
    for message, do in (("", "again"), ("x", "never"), ("9" * 30, "never"), (str(never), "dance")):
        assert "Tick the messages first" in send(as_manager, NOT_DELIVERED, 400, message=message, do=do)


@pytest.mark.on_sqlite_only
def test_a_link_that_has_run_out_is_not_sent_again(hub: Hub, as_manager: PageClient) -> None:
    number = _failed(hub, "ama@hub.example", holds_secret=True)
    with time_machine.travel(now() + LONGEST_SECRET_LIFE + timedelta(seconds=1)):
        as_manager = sign_in(hub.app, "manager@hub.example")  # nobody stays signed in for so long without a page
        said = send(as_manager, NOT_DELIVERED, message=str(number), do="again")
        assert "has run out, so it cannot be sent any more" in said
    assert _state(number) == "failed"


@pytest.mark.on_sqlite_only
def test_the_manager_reads_at_home_that_messages_wait(hub: Hub, as_manager: PageClient) -> None:
    hub.person()
    assert "Mail is off" not in open_page(as_manager, "/")
    _queue(hub, "ama@hub.example")
    assert "Mail is off, and 1 message waits." in open_page(as_manager, "/")


@pytest.mark.on_sqlite_only
def test_the_lists_as_files_hold_no_bodies(hub: Hub, as_manager: PageClient) -> None:
    _queue(hub, "ama@hub.example")
    _failed(hub, "=ben@hub.example")
    for name, rows in (("waiting", 1), ("not-delivered", 1), ("sent", 0)):
        text = as_manager.get(f"/mail/{name}.csv").get_data(as_text=True)
        assert len(list(csv.reader(io.StringIO(text)))) == rows + 1
        assert "Hello" not in text
    assert "'=ben@hub.example" in as_manager.get("/mail/not-delivered.csv").get_data(as_text=True)


@pytest.mark.on_sqlite_only
def test_the_page_asks_as_often_for_many_messages_as_for_few(hub: Hub, as_manager: PageClient) -> None:
    def asked() -> list[int]:
        counts = []
        for path in ("/mail", "/mail/waiting", "/mail/not-delivered"):
            with CountedQueries() as counted:
                open_page(as_manager, path)
            counts.append(counted.count)
        return counts

    _queue(hub, "ama@hub.example")
    _failed(hub, "ben@hub.example")
    few = asked()
    for number in range(60):
        _queue(hub, f"person-{number}@hub.example")
    _failed(hub, "cai@hub.example")
    assert asked() == few
    assert "Showing 1 to 50 of 61 messages" in open_page(as_manager, "/mail/waiting")
