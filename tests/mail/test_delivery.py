"""Messages leave once, over real SMTP: what a mail server puts off is tried again, what it refuses is not."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from email import message_from_bytes
from email.policy import default

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from tests.builders import Hub
from tests.cli.running import run
from tests.mail_server import MailTaken, mail_server, send_over
from training_app.audit import Actor, AuditEvent
from training_app.clock import now
from training_app.database import db, transaction
from training_app.mail import OutboxMessage, queue
from training_app.mail.actions import fail
from training_app.mail.delivery import LEASE, claim, deliver_due, keep_delivering
from training_app.mail.models import MailSwitch, MessageState
from training_app.mail.rules import LONGEST_SECRET_LIFE, WAITS
from training_app.mail.transport import ToServer

ACTOR = Actor.command()


@pytest.fixture
def taken(app: Flask) -> Iterator[MailTaken]:
    with mail_server() as server:
        send_over(app, server)
        yield server


def _switch(*, is_on: bool = True) -> None:
    db.session.add(MailSwitch(is_on=is_on, at=now()))
    db.session.commit()


def _queue(to: str = "a@hub.example", kind: str = "reminder", body: str = "Hello", **more: object) -> int:
    with transaction():
        return queue(ACTOR, kind, to, "A reminder", body, **more).id  # type: ignore[arg-type]


def _message(number: int) -> OutboxMessage:
    db.session.rollback()
    return db.session.get_one(OutboxMessage, number)


def _actions() -> list[str]:
    return list(db.session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)))


def test_a_message_is_handed_over_once_and_marked(app: Flask, taken: MailTaken) -> None:
    _switch()
    number = _queue()
    assert deliver_due().counts == Counter({MessageState.SENT: 1, MessageState.OUT_OF_DATE: 0})
    assert deliver_due().counts[MessageState.SENT] == 0
    [message] = taken.to("a@hub.example")
    assert message.get_content().strip() == "Hello"
    row = _message(number)
    assert (row.state, row.attempts, row.body, row.claimed_by, row.last_problem) == ("sent", 1, "Hello\n", None, None)
    assert row.sent_at is not None
    assert _actions() == ["message.queued", "message.sent"]


@pytest.mark.on_sqlite_only
def test_its_headers_say_whose_it_is_and_where_replies_go(app: Flask, taken: MailTaken) -> None:
    settings = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(
        settings, hub_name="Zoë's Hub", mail_from="training@hub.example", contact_email="ask@hub.example"
    )
    _switch()
    number = _queue("o'neill+x@musik-straße.example", body="Grüße, Zoë\nhttps://hub.example/" + "a" * 200)
    deliver_due()
    [message] = taken.messages
    assert message["From"] == "Zoë's Hub <training@hub.example>"
    assert message["Reply-To"] == "ask@hub.example"
    assert message["To"] == "o'neill+x@xn--musik-strae-46a.example"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"] == f"<{_message(number).message_id}>"
    assert message["Date"].datetime - now() < timedelta(minutes=1)
    assert message.get_content_type() == "text/plain"
    assert message.get_content().splitlines() == ["Grüße, Zoë", "https://hub.example/" + "a" * 200]
    assert b"https://hub.example/" + b"a" * 200 in taken.raw[0]
    assert taken.senders == ["training@hub.example"]


@pytest.mark.on_sqlite_only
def test_an_address_with_other_letters_than_asciis_is_written_to(app: Flask, taken: MailTaken) -> None:
    _switch()
    _queue("zoë@hub.example")
    assert deliver_due().counts[MessageState.SENT] == 1
    [message] = taken.messages
    assert message["To"] == "zoë@hub.example"


@pytest.mark.on_sqlite_only
def test_what_the_server_puts_off_is_tried_again_after_growing_waits(app: Flask, taken: MailTaken) -> None:
    taken.answers["a@hub.example"] = ["451 4.7.1 a@hub.example: greylisted"] * 20
    with time_machine.travel(datetime.fromisoformat("2026-11-23T09:00:00+00:00"), tick=False) as clock:
        _switch()
        number = _queue()
        for tries, wait in enumerate(WAITS, start=1):
            assert deliver_due().counts[MessageState.WAITING] == 1
            row = _message(number)
            assert (row.attempts, row.next_attempt_at) == (tries, now() + wait)
            assert row.last_problem == "The mail server asks to try later (451)."
            clock.shift(wait - timedelta(seconds=1))
            assert deliver_due().counts[MessageState.WAITING] == 0
            clock.shift(timedelta(seconds=1))
        assert deliver_due().counts[MessageState.FAILED] == 1
        clock.shift(timedelta(days=30))
        assert deliver_due().counts[MessageState.FAILED] == 0
    assert _message(number).state == "failed"
    assert taken.messages == []


def test_what_the_server_refuses_is_never_tried_again_and_keeps_nobody_waiting(app: Flask, taken: MailTaken) -> None:
    taken.answers["gone@hub.example"] = ["550 5.1.1 gone@hub.example: no such user"] * 2
    _switch()
    refused, other = _queue("gone@hub.example"), _queue("a@hub.example")
    answer = run(app, "mail", "send")
    assert (answer.status, answer.out[0]) == (1, "1 sent, 0 put off, 1 could not be delivered, 0 out of date.")
    assert (_message(refused).state, _message(other).state) == ("failed", "sent")
    assert _message(refused).last_problem == "There is no such mailbox, or it takes no mail from the hub (550)."
    assert "message.failed" in _actions()
    assert run(app, "mail", "send").status == 0


def test_while_the_server_is_gone_messages_wait_and_lose_no_try(app: Flask) -> None:
    with mail_server() as taken:
        send_over(app, taken)
    _switch()
    numbers = [_queue(), _queue()]
    answer = run(app, "mail", "send")
    assert answer.status == 1
    assert answer.err == ["The mail server cannot be reached (ConnectionRefusedError)."]
    assert [(_message(each).state, _message(each).attempts) for each in numbers] == [("waiting", 0)] * 2
    with mail_server() as back, time_machine.travel(now() + timedelta(minutes=2)):
        send_over(app, back)
        assert deliver_due().counts[MessageState.SENT] == 2
    assert len(back.messages) == 2


@pytest.mark.on_sqlite_only
def test_a_server_that_takes_no_mail_from_the_hub_costs_no_message_its_tries(app: Flask, taken: MailTaken) -> None:
    taken.sender_answer = "550 not you"
    _switch()
    number = _queue()
    assert deliver_due().away == "The mail server does not take mail from the hub's address (550)."
    assert (_message(number).state, _message(number).attempts) == ("waiting", 0)


def test_two_senders_at_once_send_every_message_once(app: Flask, taken: MailTaken) -> None:
    _switch()
    for number in range(30):
        _queue(f"person-{number}@hub.example")
    together = threading.Barrier(3)
    wrong: list[BaseException] = []

    def send() -> None:
        try:
            with app.app_context():
                together.wait(10)
                deliver_due()
        except BaseException as error:
            wrong.append(error)

    senders = [threading.Thread(target=send) for _ in range(3)]
    for each in senders:
        each.start()
    for each in senders:
        each.join(60)
    assert wrong == []
    assert Counter(message["To"] for message in taken.messages) == Counter(
        f"person-{number}@hub.example" for number in range(30)
    )
    assert db.session.scalars(select(OutboxMessage.state).distinct()).all() == ["sent"]


def test_a_sender_that_dies_half_way_leaves_the_message_to_the_next_one(app: Flask, taken: MailTaken) -> None:
    _switch()
    number = _queue()
    hand_over = ToServer.deliver

    def dies(transport: ToServer, letter: object) -> None:
        hand_over(transport, letter)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ToServer, "deliver", dies)
        with pytest.raises(KeyboardInterrupt):
            deliver_due()
    assert deliver_due().counts[MessageState.SENT] == 0
    with time_machine.travel(now() + LEASE + timedelta(seconds=1)):
        assert deliver_due().counts[MessageState.SENT] == 1
    assert _message(number).attempts == 2
    first, second = taken.messages
    assert first["Message-ID"] == second["Message-ID"]


@pytest.mark.on_sqlite_only
def test_a_message_that_breaks_every_sender_is_given_to_none_at_last(app: Flask, taken: MailTaken) -> None:
    with time_machine.travel(datetime.fromisoformat("2026-11-23T09:00:00+00:00"), tick=False) as clock:
        _switch()
        number = _queue()
        for _ in range(len(WAITS) + 1):
            assert claim(ACTOR) is not None
            clock.shift(LEASE)
        assert claim(ACTOR) is None
    assert (_message(number).state, taken.messages) == ("failed", [])


def test_a_body_that_lets_somebody_in_is_gone_once_it_was_sent(app: Flask, taken: MailTaken) -> None:
    number = _queue(kind="sign-in link", body="swordfish", holds_secret=True, leaves_always=True)
    deliver_due()
    assert "swordfish" in taken.messages[0].get_content()
    assert (_message(number).state, _message(number).body) == ("sent", None)


def test_a_secret_that_ran_out_is_neither_sent_nor_kept(app: Flask, taken: MailTaken) -> None:
    until = now() + timedelta(minutes=10)
    waiting = _queue(body="swordfish", holds_secret=True, leaves_always=True, useful_until=until)
    failed = _queue(body="swordfish", holds_secret=True)
    with transaction():
        fail(ACTOR, db.session.get_one(OutboxMessage, failed), "There is no such mailbox.")
    with time_machine.travel(until + timedelta(seconds=1)):
        answer = run(app, "mail", "send")
    assert answer.out[0] == "0 sent, 0 put off, 0 could not be delivered, 1 out of date."
    with time_machine.travel(now() + LONGEST_SECRET_LIFE + timedelta(seconds=1)):
        deliver_due()
    assert (_message(waiting).state, _message(waiting).body) == ("out_of_date", None)
    assert (_message(failed).state, _message(failed).body) == ("failed", None)
    assert taken.messages == []


def test_what_a_message_said_is_forgotten_some_months_after_it_was_sent(app: Flask, taken: MailTaken) -> None:
    _switch()
    sent, failed = _queue(), _queue("b@hub.example")
    with transaction():
        fail(ACTOR, db.session.get_one(OutboxMessage, failed), "There is no such mailbox.")
    deliver_due()
    with time_machine.travel(now() + timedelta(days=89)):
        deliver_due()
        assert _message(sent).body == "Hello\n"
    with time_machine.travel(now() + timedelta(days=91)):
        deliver_due()
    assert (_message(sent).body, _message(sent).recipient, _message(sent).state) == (None, "a@hub.example", "sent")
    assert _message(failed).body == "Hello\n", "it may still be tried again"


@pytest.mark.on_sqlite_only
def test_the_file_of_a_message_goes_with_its_words(hub: Hub) -> None:
    _switch()
    _queue(body="Hello Ama")
    deliver_due()
    folder = hub.app.config["SETTINGS"].instance / "mail"
    assert len(list(folder.iterdir())) == 1
    with time_machine.travel(now() + timedelta(days=91)):
        deliver_due()
    assert list(folder.iterdir()) == []


def test_nothing_but_sign_in_links_leaves_before_mail_is_switched_on(app: Flask, taken: MailTaken) -> None:
    _queue("held@hub.example")
    _queue("now@hub.example", kind="sign-in link", holds_secret=True, leaves_always=True)
    answer = run(app, "mail", "send")
    assert answer.out == [
        "1 sent, 0 put off, 0 could not be delivered, 0 out of date.",
        "1 held back until a manager switches mail on.",
    ]
    assert [message["To"] for message in taken.messages] == ["now@hub.example"]
    _switch()
    deliver_due()
    assert [message["To"] for message in taken.messages] == ["now@hub.example", "held@hub.example"]
    _switch(is_on=False)
    _queue("later@hub.example")
    assert deliver_due().counts[MessageState.SENT] == 0


@pytest.mark.on_sqlite_only
def test_without_a_mail_server_each_message_becomes_a_file_that_only_the_hub_can_read(hub: Hub) -> None:
    _queue("zoë@hub.example", kind="sign-in link", body="Grüße\nhttps://x/" + "a" * 200, leaves_always=True)
    assert run(hub.app, "mail", "send").status == 0
    folder = hub.app.config["SETTINGS"].instance / "mail"
    [file] = folder.iterdir()
    assert file.name.endswith("-sign-in-link.eml")
    assert (folder.stat().st_mode & 0o777, file.stat().st_mode & 0o777) == (0o700, 0o600)
    message = message_from_bytes(file.read_bytes(), policy=default)
    assert (message["To"], message["Subject"]) == ("zoë@hub.example", "A reminder")
    assert "https://x/" + "a" * 200 in file.read_text("utf-8")


@pytest.mark.on_sqlite_only
def test_a_sender_that_keeps_going_sends_what_comes_and_ends_when_told(app: Flask, taken: MailTaken) -> None:
    _switch()
    stop = threading.Event()
    sender = threading.Thread(target=keep_delivering, args=(app, stop))
    sender.start()
    try:
        _queue()
        for _ in range(100):
            if taken.messages:
                break
            stop.wait(0.1)
        assert len(taken.messages) == 1
    finally:
        stop.set()
        sender.join(10)
    assert not sender.is_alive()
