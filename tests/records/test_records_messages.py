"""What people are written about their entries, over a real mail server: one message for what falls together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import pytest
import time_machine
from sqlalchemy import select

from tests.builders import Hub
from tests.mail_server import MailTaken, mail_server, send_over
from training_app.clock import now
from training_app.database import db, transaction
from training_app.mail import OutboxMessage
from training_app.mail.delivery import deliver_due
from training_app.mail.models import MailSwitch
from training_app.records.actions import return_evidence, verify
from training_app.records.messages import KIND
from training_app.records.models import Completion, Evidence
from training_app.records.outside import Worth, map_outside
from training_app.skills.levels import Level

DAY = date(2026, 11, 2)
UNREADABLE = "The certificate is unreadable: please take it again – with light."


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel("2026-11-23 12:00 +0000", tick=False) as clock:
        yield clock


def zoe(hub: Hub, email: str | None = "zoe@hub.example", *, signs_in: bool = True) -> int:
    person = hub.person("Zoë O'Neill", email=email)
    if signs_in:
        hub.account("zoe@hub.example", "member", person=person)
    return person


def claim(hub: Hub, person: int, module: str = "SND-02") -> int:
    return hub.completion(person, module, DAY, Evidence.SELF_DECLARED)


def entry(completion_id: int) -> Completion:
    return db.session.get_one(Completion, completion_id)


def decide(hub: Hub, *, confirmed: Sequence[int] = (), returned: Sequence[int] = ()) -> None:
    """Confirm and send back in one action."""
    with transaction():
        for each in returned:
            return_evidence(hub.actor, entry(each), UNREADABLE)
        for each in confirmed:
            verify(hub.actor, entry(each))


def waiting() -> list[OutboxMessage]:
    db.session.rollback()
    return list(db.session.scalars(select(OutboxMessage).where(OutboxMessage.kind == KIND).order_by(OutboxMessage.id)))


def only_message() -> OutboxMessage:
    (message,) = waiting()
    return message


def mail_on() -> None:
    with transaction():
        db.session.add(MailSwitch(is_on=True, at=now()))


def leave(hub: Hub, clock: time_machine.Traveller) -> MailTaken:
    """Let whatever waits leave a minute later, to a real mail server."""
    clock.shift(61)
    with mail_server() as taken:
        send_over(hub.app, taken)
        db.session.rollback()
        deliver_due()
    return taken


@pytest.mark.on_sqlite_only
def test_what_was_decided_in_one_go_reaches_its_person_as_one_message(hub: Hub, clock: time_machine.Traveller) -> None:
    person = zoe(hub)
    sent_back, good = claim(hub, person), claim(hub, person, "IND-01")
    mail_on()
    decide(hub, returned=[sent_back], confirmed=[good])
    (letter,) = leave(hub, clock).to("zoe@hub.example")
    assert letter["Subject"] == "Your training record: what is new"
    words = letter.get_content().replace("\r\n", "\n")
    for told in (
        "Sent back to you: Adapting music for learners with SEND, 2 November 2026.",
        UNREADABLE,
        f"http://localhost/my/record/answer/{sent_back}\n",
        "Confirmed: ",
        "http://localhost/my/certificates\n",
    ):
        assert told in words
    assert words.count("Your record: http://localhost/my/record\n") == 1


@pytest.mark.on_sqlite_only
def test_nothing_of_it_leaves_before_mail_is_switched_on(hub: Hub, clock: time_machine.Traveller) -> None:
    decide(hub, returned=[claim(hub, zoe(hub))])
    assert leave(hub, clock).messages == []
    assert only_message().state == "waiting"


def test_one_decision_alone_says_in_its_subject_what_it_is(hub: Hub) -> None:
    decide(hub, returned=[claim(hub, zoe(hub))])
    assert only_message().subject == "Please answer about Adapting music for learners with SEND, 2 November 2026"


def test_who_changes_their_mind_at_once_is_not_heard_saying_both(hub: Hub) -> None:
    one = claim(hub, zoe(hub))
    decide(hub, confirmed=[one])
    decide(hub, returned=[one])
    assert "Confirmed" not in (only_message().body or "")
    assert only_message().subject.startswith("Please answer about")
    decide(hub, confirmed=[one])
    assert only_message().subject.startswith("Confirmed: Adapting music")
    assert UNREADABLE not in (only_message().body or "")
    assert (only_message().body or "").count("Your record: ") == 1


def test_what_is_confirmed_already_is_not_told_again(hub: Hub) -> None:
    one = claim(hub, zoe(hub))
    for _ in range(2):
        decide(hub, confirmed=[one])
    assert (only_message().body or "").count("Confirmed: ") == 1


def test_training_elsewhere_is_told_once_somebody_has_said_what_it_gives(hub: Hub) -> None:
    one = hub.outside(zoe(hub), "Evening of signs and songs", DAY)
    with transaction():
        map_outside(hub.actor, entry(one), Worth({hub.skill_id("send"): Level.AWARE}, ends_on=date(2027, 1, 1)))
    assert only_message().subject == "Confirmed: Evening of signs and songs, 2 November 2026"
    assert "It counts until 1 January 2027." in (only_message().body or "")


def test_who_cannot_sign_in_is_written_to_without_links_that_ask_them_to(hub: Hub) -> None:
    person = zoe(hub, "zoe@elsewhere.example", signs_in=False)
    decide(hub, returned=[claim(hub, person)], confirmed=[claim(hub, person, "IND-01")])
    message = only_message()
    assert message.recipient == "zoe@elsewhere.example"
    assert "reply to this message" in (message.body or "")
    assert "http" not in (message.body or "")


def test_nobody_is_written_to_without_an_address(hub: Hub) -> None:
    person = zoe(hub, None, signs_in=False)
    decide(hub, returned=[claim(hub, person)], confirmed=[claim(hub, person, "IND-01")])
    assert waiting() == []
