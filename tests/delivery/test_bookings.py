"""Places and the waiting list, what people are written, and what is done each day."""

from __future__ import annotations

from datetime import date, time

import pytest
import time_machine
from sqlalchemy import select

from tests.builders import Hub
from tests.delivery.scheduling import a_session, booked, in_days, states
from training_app.clock import today
from training_app.database import db, transaction
from training_app.delivery.actions import SessionDraft, cancel_session, change_session
from training_app.delivery.booking import book, cancel_booking, remind_and_tidy
from training_app.delivery.models import Booking, TrainingSession
from training_app.delivery.queries import booking_of
from training_app.delivery.rules import Span
from training_app.errors import Refused
from training_app.mail.models import OutboxMessage
from training_app.stewardship.check import problems

pytestmark = pytest.mark.watched


def people(hub: Hub, number: int) -> list[int]:
    """Return so many people, each with an e-mail."""
    return [hub.person(f"Person {each}", reference=f"B-{each}", email=f"b{each}@hub.example") for each in range(number)]


def messages() -> list[tuple[str, str]]:
    """Return to whom messages about sessions wait, and their subjects."""
    db.session.rollback()
    rows = db.session.scalars(
        select(OutboxMessage).where(OutboxMessage.kind == "training session").order_by(OutboxMessage.id)
    )
    return [(each.recipient, each.subject) for each in rows]


def given_back(hub: Hub, session: int, person: int, *, by_themselves: bool = True) -> None:
    """Cancel somebody's booking."""
    with transaction():
        booking = booking_of(session, person)
        assert booking is not None
        cancel_booking(hub.actor, booking, by_themselves=by_themselves)


def test_whoever_comes_after_the_last_place_waits_and_moves_up_by_turn(hub: Hub) -> None:
    first, second, third, fourth = people(hub, 4)
    session = a_session(hub, places=2)
    for each in (first, second, third, fourth, third):
        booked(hub, session, each)
    assert states(session) == {first: "booked", second: "booked", third: "waiting", fourth: "waiting"}
    given_back(hub, session, second)
    assert states(session) == {first: "booked", third: "booked", fourth: "waiting"}
    booked(hub, session, second)  # who gave the place back begins at the end
    given_back(hub, session, first)
    assert states(session) == {third: "booked", fourth: "booked", second: "waiting"}
    assert list(problems()) == []


def test_more_places_move_people_up_and_fewer_than_are_booked_are_refused(hub: Hub) -> None:
    ids = people(hub, 3)
    session = a_session(hub, places=1)
    booked(hub, session, *ids)

    def with_places(number: int | None) -> None:
        with transaction():
            row = db.session.get_one(TrainingSession, session)
            spans = [Span(row.first_on, time(9, 30), time(12))]
            change_session(hub.actor, row, SessionDraft(row.module_id, spans, places=number))

    with_places(2)
    assert list(states(session).values()) == ["booked", "booked", "waiting"]
    with pytest.raises(Refused):
        with_places(1)
    with_places(None)
    assert set(states(session).values()) == {"booked"}


def test_a_session_that_has_begun_is_cancelled_or_takes_none_cannot_be_booked(hub: Hub) -> None:
    (ama,) = people(hub, 1)
    begun, cancelled = a_session(hub, on=in_days(-1)), a_session(hub, "SND-01")
    closed = a_session(hub, "SND-02", takes_bookings=False)
    with transaction():
        cancel_session(hub.actor, db.session.get_one(TrainingSession, cancelled), "Snow")
    for session in (begun, cancelled, closed):
        with pytest.raises(Refused):
            booked(hub, session, ama)
    assert messages() == []


# --- messages


def test_people_are_told_what_becomes_of_their_booking(hub: Hub) -> None:
    first, second = people(hub, 2)
    session = a_session(hub, places=1, place="Village hall", online_link="https://meet.example/x")
    booked(hub, session, first, second)
    message = db.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)).first()
    assert message is not None
    day = f"{in_days(7).day} "
    for words in ("Village hall", "https://meet.example/x", day, "9:30am to 12pm", f"/sessions/{session}.ics"):
        assert words in (message.body or "")
    assert messages()[1][1].startswith("You are on the waiting list")
    given_back(hub, session, first, by_themselves=False)
    # What falls together for one person is one message.
    assert [address for address, _ in messages()] == ["b0@hub.example", "b1@hub.example"]
    assert {subject for _, subject in messages()} == {"Your training sessions: what is new"}
    bodies = [each.body or "" for each in db.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id))]
    assert "is cancelled" in bodies[0]
    assert "You now have a place" in bodies[1]
    assert bodies[1].count("All your sessions") == 1


def test_a_cancelled_session_is_told_with_its_reason_and_nobody_without_an_email_is_written_to(hub: Hub) -> None:
    (ama,) = people(hub, 1)
    silent = hub.person("Silent Person")
    session = a_session(hub)
    with transaction():
        done = book(hub.actor, session, [ama, silent])
        assert [each.id for each in done.not_written_to] == [silent]
    with transaction():
        cancel_session(hub.actor, db.session.get_one(TrainingSession, session), "The hall is flooded")
    assert len(messages()) == 1
    (body,) = db.session.scalars(select(OutboxMessage.body)).all()
    assert "The hall is flooded" in (body or "")


def test_a_message_in_a_senders_hands_is_left_alone_and_another_begins(hub: Hub) -> None:
    (ama,) = people(hub, 1)
    booked(hub, a_session(hub), ama)
    with transaction():
        from tests.watching import not_telling_the_log

        not_telling_the_log()
        db.session.scalars(select(OutboxMessage)).one().claimed_by = "a sender"
    booked(hub, a_session(hub, "SND-01"), ama)
    assert len(messages()) == 2


def test_the_day_before_is_told_once_and_two_sessions_are_one_message(hub: Hub) -> None:
    (ama,) = people(hub, 1)
    morning, twilight = (
        a_session(hub, on=in_days(1)),
        a_session(hub, "SND-01", in_days(1), starts=time(16), ends=time(18)),
    )
    booked(hub, morning, ama)
    booked(hub, twilight, ama)
    with transaction():
        from tests.watching import not_telling_the_log

        not_telling_the_log()
        db.session.execute(db.text("DELETE FROM outbox_message"))
    counts = []
    for _ in range(2):
        with transaction():
            counts.append(remind_and_tidy(hub.actor, today()).reminded)
    assert counts == [2, 0]
    assert [subject for _, subject in messages()] == ["Your training sessions: what is new"]
    (message,) = db.session.scalars(select(OutboxMessage)).all()
    assert (message.body or "").count("Tomorrow: ") == 2
    assert message.useful_until is not None  # a reminder is worth nothing once the session has begun


def test_what_would_help_is_deleted_after_two_weeks_and_the_log_never_held_it(hub: Hub) -> None:
    (ama,) = people(hub, 1)
    session = a_session(hub, on=date(2026, 10, 25))
    with time_machine.travel("2026-10-20 10:00:00+00:00"):
        session = a_session(hub, on=date(2026, 10, 24))
        booked(hub, session, ama, help_wanted="zq-large-print")
    for day, deleted in ((date(2026, 11, 7), 0), (date(2026, 11, 8), 1)):
        with transaction():
            assert remind_and_tidy(hub.actor, day).deleted == deleted
    assert db.session.scalars(select(Booking.help_wanted).where(Booking.person_id == ama)).one() is None
    logged = db.session.execute(db.text("SELECT before, after FROM audit_detail")).all()
    assert "zq-large-print" not in str(logged)
