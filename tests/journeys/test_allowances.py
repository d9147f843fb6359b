"""A workshop is cancelled by snow, and what everybody booked on it holds goes on counting."""

from __future__ import annotations

import pytest

from tests.builders import Hub
from tests.delivery.scheduling import a_session, booked, in_days
from tests.journeys.visitor import Arrive
from training_app.database import db, transaction
from training_app.delivery.actions import cancel_session
from training_app.delivery.models import TrainingSession
from training_app.people.rules import in_words
from training_app.records.models import Completion

pytestmark = [pytest.mark.browser, pytest.mark.on_sqlite_only]

MANAGER = "manager@hub.example"


def test_everyone_whose_workshop_was_cancelled_by_snow_is_extended_in_four_actions(hub: Hub, arrive: Arrive):
    hub.account(MANAGER, "workforce_manager")
    people = [hub.person(f"Person {each:02}") for each in range(12)]
    for each in people[:10]:
        hub.completion(each, "SAF-01", in_days(-1080))
    session = a_session(hub, "SAF-02", places=20)
    booked(hub, session, *people)
    with transaction():
        cancel_session(hub.actor, db.session.get_one(TrainingSession, session), "Snow")
    until = in_days(120)
    manager = arrive(MANAGER).opens(f"/sessions/{session}")

    manager.follows("Extend the validity of whoever was booked").meets("Extend validity")
    manager.keeps_picture("extend").writes_day("until", until)
    manager.presses("See what is extended").meets("Extend validity: who gets it")
    manager.reads("10 people get it, 2 people are left out: 2 with nothing verified to extend")
    manager.keeps_picture("extend-preview").presses("Extend it for these 10 people")
    actions = 4  # a link, a day, and two buttons

    manager.reads("What they hold counts longer.", f"counts until {in_words(until)}").looks_it_over()
    assert db.session.query(Completion).filter_by(valid_until=until).count() == 10
    assert actions <= 4
    manager.follows("Take all of it back").meets("Take it back").fills("Why was this a mistake?", "It took place")
    manager.presses("Take it back").reads("Taken back for 10 people.")
    manager.follows("Allowed to several at once").meets("Allowed to several at once")
    db.session.rollback()
    assert db.session.query(Completion).filter_by(valid_until=until).count() == 0
