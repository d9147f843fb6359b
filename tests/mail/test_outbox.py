"""The outbox: messages are written with the change they tell of, and nothing typed by anybody can bend them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from training_app.audit import Actor, AuditDetail, AuditEvent
from training_app.database import db, transaction
from training_app.errors import Refused
from training_app.links import absolute
from training_app.mail import OutboxMessage, queue
from training_app.mail.rules import LONGEST_SECRET_LIFE

ACTOR = Actor.command()


def _only_message() -> OutboxMessage:
    return db.session.scalars(select(OutboxMessage)).one()


def test_a_message_waits_with_the_change_it_tells_of(app: Flask) -> None:
    with transaction():
        queue(ACTOR, "sign-in link", " zoë@hub.example ", "Sign in", "Hello\r\n/s/abc", holds_secret=True)
    message = _only_message()
    assert (message.recipient, message.subject, message.body) == ("zoë@hub.example", "Sign in", "Hello\n/s/abc\n")
    assert (message.state, message.attempts, message.leaves_always) == ("waiting", 0, False)
    assert message.next_attempt_at == message.queued_at
    assert message.useful_until == message.queued_at + LONGEST_SECRET_LIFE


def test_a_message_is_gone_when_the_change_it_tells_of_is_undone(app: Flask) -> None:
    def a_change_that_breaks() -> None:
        with transaction():
            queue(ACTOR, "invitation", "a@hub.example", "Welcome", "Hello")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        a_change_that_breaks()
    assert db.session.scalars(select(OutboxMessage)).all() == []


@pytest.mark.on_sqlite_only
def test_the_audit_hears_of_a_message_but_never_of_what_it_says(app: Flask) -> None:
    with transaction():
        queue(ACTOR, "sign-in link", "a@hub.example", "Sign in", "the secret is swordfish", holds_secret=True)
    event = db.session.scalars(select(AuditEvent)).one()
    told = db.session.scalars(select(AuditDetail)).one()
    assert (event.action, event.object_type) == ("message.queued", "outbox_message")
    assert told.after is not None
    assert told.after["recipient"] == "a@hub.example"
    assert "swordfish" not in str(told.after)


@pytest.mark.on_sqlite_only
@pytest.mark.parametrize(
    "address",
    [
        *("", "nobody", "a@b", "a@hub.example, b@hub.example", "A <a@hub.example>", "a@hub.example b@hub.example"),
        *("a@hub.example\r\nBcc: b@hub.example", "a@hub.example\nb", "a\0@hub.example", "a\u2028@hub.example"),
        *("a\ud800@hub.example", "a\u200b@hub.example", "a" * 250 + "@hub.example"),
    ],
)
def test_what_is_not_an_address_is_refused(app: Flask, address: str) -> None:
    with pytest.raises(Refused), transaction():
        queue(ACTOR, "invitation", address, "Welcome", "Hello")


@pytest.mark.on_sqlite_only
@pytest.mark.parametrize("breaks", ["\r\n", "\n", "\r", "\u2028", "\x0b", "\0", "\ud800"])
def test_a_name_in_a_subject_begins_no_header_of_its_own(app: Flask, breaks: str) -> None:
    with transaction():
        queue(ACTOR, "invitation", "a@hub.example", f"Welcome, Zoë{breaks}Bcc: b@hub.example", f"Hello{breaks}you")
    message = _only_message()
    assert message.subject == "Welcome, Zoë Bcc: b@hub.example"
    assert breaks in ("\n", "\u2028") or breaks not in (message.body or "")


@pytest.mark.on_sqlite_only
def test_links_lead_to_the_hubs_own_address_whatever_the_request_says(app: Flask) -> None:
    app.config["BASE_URL"] = "https://training.example.org"
    with app.test_request_context("/", headers={"Host": "stranger.example"}):
        assert absolute("/sign-in/by-link?a=1") == "https://training.example.org/sign-in/by-link?a=1"
    for elsewhere in ("//stranger.example", "https://stranger.example", "/\\stranger.example", ""):
        with pytest.raises(ValueError, match="path of this site"):
            absolute(elsewhere)


@pytest.mark.on_sqlite_only
def test_a_secret_is_useful_no_longer_than_its_writer_says(app: Flask) -> None:
    with transaction():
        first = queue(ACTOR, "sign-in link", "a@hub.example", "Sign in", "Hello", holds_secret=True)
        until = first.queued_at + timedelta(minutes=10)
        first = queue(ACTOR, "sign-in link", "a@hub.example", "S", "B", holds_secret=True, useful_until=until)
        plain = queue(ACTOR, "answer to a correction", "a@hub.example", "S", "B")
        assert first.useful_until == until
        assert plain.useful_until is None
