"""Two rows that turn out to be one person: nothing of their sessions is lost, and nothing stands twice."""

from __future__ import annotations

from tests.builders import Hub
from tests.delivery.scheduling import (
    ABSENT,
    a_session,
    booked,
    booked_before,
    completions,
    in_days,
    kept,
    marks,
    states,
)
from training_app.database import db, transaction
from training_app.delivery.models import TrainingSession
from training_app.stewardship.check import problems
from training_app.stewardship.merge import Kept, merge_people


def test_of_two_bookings_the_one_with_a_place_stands_and_of_two_marks_that_of_presence(hub: Hub) -> None:
    first, second = hub.person("Person One"), hub.person("Person 1")
    session = a_session(hub, places=1)
    booked(hub, session, first, second)
    past = a_session(hub, "SND-01", in_days(-1), facilitator_ids=[first])
    booked_before(hub, past, first, second)
    kept(hub, past, {second: ABSENT})
    with transaction():
        merged = merge_people(hub.actor, first, second, Kept(second, second, second)).person_id
    assert states(session) == {merged: "booked"}
    assert marks(past) == {merged: "present"}
    assert [each.person_id for each in completions()] == [merged]
    assert [each.person_id for each in db.session.get_one(TrainingSession, past).facilitators] == [merged]
    assert list(problems()) == []
    # The register goes on to stand for the one person.
    assert kept(hub, past, {merged: ABSENT}).voided == 1
