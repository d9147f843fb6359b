"""Many at once: one register marked by 64, the last places wanted by many. Nothing twice, nothing lost, no failure."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import func, select

from tests.at_once import all_at_once, posting
from tests.builders import Hub
from tests.clients import sign_in
from tests.delivery.scheduling import a_session, booked_before, completions, in_days, marks, states
from training_app.database import db
from training_app.delivery.models import Booking
from training_app.mail import OutboxMessage
from training_app.records.messages import KIND
from training_app.records.models import Completion
from training_app.stewardship.check import problems

CLIENTS = 64


def test_64_who_mark_one_register_at_once_are_added_up_exactly(hub: Hub) -> None:
    """Half of them mark one person absent each, a quarter add somebody who walked in, a quarter press save and nothing else."""
    hub.account("manager@hub.example", "workforce_manager")
    session = a_session(hub, on=in_days(-1))
    place = hub.organisation()
    people = [hub.person(f"Person {each}", reference=f"B-{each}", organisation=place) for each in range(CLIENTS // 2)]
    walk_ins = [
        hub.person(f"Walk {each}", reference=f"W-{each}", organisation=place, email=f"walk{each}@hub.example")
        for each in range(CLIENTS // 4)
    ]
    booked_before(hub, session, *people)
    everybody_present = {f"mark-{each}": "present" for each in people} | {f"shown-{each}": "present" for each in people}
    post = posting(hub, sign_in(hub.app, "manager@hub.example"), f"/sessions/{session}/register")

    def send(index: int) -> int:
        sent = dict(everybody_present)
        if index < CLIENTS // 2:
            sent[f"mark-{people[index]}"] = "absent"
        elif index < CLIENTS * 3 // 4:
            sent["others"] = f"W-{index - CLIENTS // 2}"
        return post(sent)

    assert all_at_once(CLIENTS, send) == {302: CLIENTS}
    assert marks(session) == dict.fromkeys(people, "absent") | dict.fromkeys(walk_ins, "present")
    assert [each.person_id for each in completions()] == walk_ins
    assert (
        db.session.scalar(select(func.count()).select_from(Completion).where(Completion.evidence == "verified")) == 16
    )
    told = db.session.scalars(select(OutboxMessage).where(OutboxMessage.kind == KIND)).all()
    assert sorted(each.person_id or 0 for each in told) == sorted(walk_ins), "each is told once"
    assert all((each.body or "").count("Recorded: ") == 1 for each in told)
    assert list(problems()) == []


def test_of_many_who_want_the_last_places_no_more_are_booked_than_there_are(hub: Hub) -> None:
    hub.account("manager@hub.example", "workforce_manager")
    session = a_session(hub, places=5)
    place = hub.organisation()
    for each in range(16):
        hub.person(f"Person {each}", reference=f"B-{each}", organisation=place)
    post = posting(hub, sign_in(hub.app, "manager@hub.example"), f"/sessions/{session}/book-others")
    # Each is wanted twice, as by a button pressed twice.
    assert all_at_once(32, lambda index: post({"names": f"B-{index % 16}"})) == {302: 32}
    assert Counter(states(session).values()) == {"booked": 5, "waiting": 11}
    first = db.session.scalars(select(Booking.id).where(Booking.state == "booked")).all()[0]
    post_back = posting(hub, sign_in(hub.app, "manager@hub.example"), f"/sessions/{session}/bookings/{first}/cancel")
    assert all_at_once(4, lambda _: post_back({"row_version": "1"}))[302] == 1
    assert Counter(states(session).values()) == {"booked": 5, "waiting": 10}
    assert list(problems()) == []
