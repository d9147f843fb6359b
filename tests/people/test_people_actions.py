"""Writing people, organisations and engagements: what is refused, what is kept, what the audit is told."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy import func, select

from tests.builders import Hub
from training_app.audit import Actor
from training_app.audit.models import AuditDetail, AuditEvent
from training_app.database import db, transaction
from training_app.errors import ChangedMeanwhile, Refused
from training_app.people.actions import (
    add_organisation,
    add_person,
    begin_engagement,
    change_engagement,
    change_organisation,
    change_person,
    end_engagement,
    void_engagement,
)
from training_app.people.models import Engagement, Organisation, Person
from training_app.people.queries import person_by_email, person_by_reference

pytestmark = pytest.mark.watched

START = date(2025, 9, 1)


def refused(act: Callable[[], object]) -> Refused:
    """Do something that must be refused, and return the refusal; nothing may be written."""
    before = events()
    with pytest.raises(Refused) as caught, transaction():
        act()
    assert events() == before
    return caught.value


def events() -> int:
    return db.session.scalar(select(func.count()).select_from(AuditEvent)) or 0


def last_event() -> tuple[AuditEvent, AuditDetail]:
    event = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert event is not None
    detail = db.session.get(AuditDetail, event.id)
    assert detail is not None
    return event, detail


def engagement(engagement_id: int) -> Engagement:
    found = db.session.get(Engagement, engagement_id)
    assert found is not None
    return found


def test_a_person_needs_no_email_and_is_kept_as_typed(hub: Hub) -> None:
    with transaction():
        add_person(hub.actor, " P-7 ", "  Zoë   O'Neill ")
    person = person_by_reference("P-7")
    assert person is not None
    assert (person.name, person.name_key, person.email) == ("Zoë O'Neill", "zoe o'neill", None)


def test_every_write_leaves_one_event_with_before_and_after(hub: Hub) -> None:
    person_id = hub.person("Ama Okafor", reference="P-1", group=None)
    before = events()
    with transaction():
        person = person_by_reference("P-1")
        assert person is not None
        change_person(hub.actor, person, reference="P-1", name="Ama Grace Okafor", email=None)
    event, detail = last_event()
    assert events() == before + 1
    assert (event.action, event.object_type, event.person_id) == ("person.changed", "person", person_id)
    assert detail.before is not None
    assert detail.after is not None
    assert (detail.before["name"], detail.after["name"]) == ("Ama Okafor", "Ama Grace Okafor")


def test_saving_the_same_again_writes_nothing(hub: Hub) -> None:
    hub.person(reference="P-1", name="Ama Okafor")
    before = events()
    with transaction():
        person = person_by_reference("P-1")
        assert person is not None
        change_person(hub.actor, person, reference="P-1", name="Ama Okafor", email=None)
    assert events() == before


@pytest.mark.parametrize(
    ("reference", "name", "email", "field"),
    [
        ("P-1", "Somebody", None, "reference"),
        ("new", "Somebody", None, "reference"),
        ("P 2", "Somebody", None, "reference"),
        ("P-2", "  ", None, "name"),
        ("P-2", "\u200b", None, "name"),
        ("P-2", "x" * 201, None, "name"),
        ("P-2", "a\0b", None, "name"),
        ("P-2", "\ud800", None, "name"),
        ("P-2", "Somebody", "not an e-mail", "email"),
        ("P-2", "Somebody", "a\ud800@hub.example", "email"),
        ("P-2", "Somebody", "x" * 250 + "@hub.example", "email"),
        ("P-2", "Somebody", " ＡＭＡ@hub.example ", "email"),
    ],
)
def test_what_cannot_be_a_person_is_refused_at_its_field(
    hub: Hub, reference: str, name: str, email: str | None, field: str
) -> None:
    hub.person("Ama Okafor", reference="P-1", email="ama@hub.example")
    assert refused(lambda: add_person(hub.actor, reference, name, email)).field == field


def test_whose_email_it_is_stands_in_the_refusal(hub: Hub) -> None:
    hub.person("Ama Okafor", reference="P-1", email="ama@hub.example")
    sentence = refused(lambda: add_person(hub.actor, "P-2", "Somebody", "AMA@hub.example")).sentence
    assert sentence.startswith("Ama Okafor (P-1) has this e-mail already.")
    assert person_by_email("Ama@HUB.example") is not None


def test_the_second_of_two_editors_is_told(hub: Hub) -> None:
    hub.person(reference="P-1")
    person = person_by_reference("P-1")
    assert person is not None
    seen = person.row_version
    with transaction():
        change_person(hub.actor, person, reference="P-1", name="First", email=None, seen_version=seen)
    with pytest.raises(ChangedMeanwhile), transaction():
        change_person(hub.actor, person, reference="P-1", name="Second", email=None, seen_version=seen)
    assert person.name == "First"


def test_of_many_who_add_the_same_person_at_once_one_succeeds_and_the_others_are_told(hub: Hub) -> None:
    def add(number: int) -> str:
        with hub.app.app_context():
            try:
                with transaction():
                    add_person(Actor.command(), "P-1", f"Somebody {number}")
            except Refused as told:
                return told.field or ""
            finally:
                db.session.remove()
            return "added"

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(add, range(16)))
    assert sorted(answers) == ["added"] + ["reference"] * 15
    assert db.session.scalar(select(func.count()).select_from(Person)) == 1


def test_an_organisation_is_known_once_whatever_its_capitals(hub: Hub) -> None:
    hub.organisation("Fenwick Primary", kind="school")
    told = refused(lambda: add_organisation(hub.actor, " FENWICK   primary ", "school"))
    assert told.sentence == "There is an organisation called Fenwick Primary already."


@pytest.mark.parametrize(
    ("name", "kind", "area", "field"),
    [("", "school", None, "name"), ("A", "castle", None, "kind"), ("A", "school", "x" * 101, "area")],
)
def test_what_cannot_be_an_organisation_is_refused_at_its_field(
    hub: Hub, name: str, kind: str, area: str | None, field: str
) -> None:
    assert refused(lambda: add_organisation(hub.actor, name, kind, area)).field == field


def test_an_organisation_may_be_renamed_to_another_spelling_of_its_own_name(hub: Hub) -> None:
    place = db.session.get(Organisation, hub.organisation("fenwick primary", kind="school"))
    assert place is not None
    with transaction():
        change_organisation(hub.actor, place, name="Fenwick Primary", kind="school", area="Norfolk")
    assert (place.name, place.area) == ("Fenwick Primary", "Norfolk")
    assert last_event()[0].action == "organisation.changed"


def test_a_person_may_be_in_two_groups_and_at_two_organisations_at_once(hub: Hub) -> None:
    person = hub.person(group="music-service-staff", start_on=START)
    hub.engagement(person, "frontline-volunteers", START)
    hub.engagement(person, "music-service-staff", START, organisation=hub.organisation("Fenwick", kind="school"))
    assert db.session.scalar(select(func.count()).select_from(Engagement)) == 3


def test_an_overlapping_engagement_is_refused_by_naming_the_other(hub: Hub) -> None:
    person = hub.person("Ama Okafor", group="music-service-staff", start_on=START, end_on=date(2026, 7, 31))
    place, group = hub.organisation(), hub.group_id("music-service-staff")
    told = refused(lambda: begin_engagement(hub.actor, person, place, group, date(2026, 7, 31)))
    assert told.sentence.startswith(
        "Ama Okafor is in Music service staff at Harbour Music Service from 1 September 2025 to 31 July 2026 already."
    )
    with transaction():
        begin_engagement(hub.actor, person, place, group, date(2026, 8, 1))


def test_engagements_that_begin_at_once_in_many_windows_do_not_overlap(hub: Hub) -> None:
    person = hub.person(group=None)
    place, group = hub.organisation(), hub.group_id("music-service-staff")

    def begin(number: int) -> bool:
        with hub.app.app_context():
            try:
                with transaction():
                    begin_engagement(Actor.command(), person, place, group, date(2026, 1, 1 + number))
            except Refused:
                return False
            finally:
                db.session.remove()
            return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(begin, range(16))) == 1


@pytest.mark.parametrize(
    ("start_on", "end_on", "field"),
    [
        (START, date(2025, 8, 31), "end_on"),
        (date(1, 1, 1), None, "start_on"),
        (date.max, None, "start_on"),
        (START, date(9999, 1, 1), "end_on"),
    ],
)
def test_an_engagement_needs_days_that_can_be(hub: Hub, start_on: date, end_on: date | None, field: str) -> None:
    person, place, group = hub.person(group=None), hub.organisation(), hub.group_id("board-slt")
    assert refused(lambda: begin_engagement(hub.actor, person, place, group, start_on, end_on)).field == field


def test_an_unknown_person_organisation_or_group_is_refused(hub: Hub) -> None:
    person, place, group = hub.person(group=None), hub.organisation(), hub.group_id("board-slt")
    assert refused(lambda: begin_engagement(hub.actor, 10**9, place, group, START)).field == "person"
    assert refused(lambda: begin_engagement(hub.actor, person, 10**9, group, START)).field == "organisation"
    assert refused(lambda: begin_engagement(hub.actor, person, place, 10**9, START)).field == "group"


def test_an_engagement_ends_on_its_last_day_and_the_audit_says_so(hub: Hub) -> None:
    person = hub.person(group=None)
    ending = engagement(hub.engagement(person, "board-slt", START))
    with transaction():
        end_engagement(hub.actor, ending, date(2026, 7, 31))
    assert ending.end_on == date(2026, 7, 31)
    assert last_event()[0].action == "engagement.ended"
    assert refused(lambda: end_engagement(hub.actor, ending, date(2025, 8, 31))).field == "end_on"


def test_an_engagement_cannot_be_moved_over_another(hub: Hub) -> None:
    person = hub.person(group=None)
    hub.engagement(person, "board-slt", START, date(2026, 1, 31))
    later = engagement(hub.engagement(person, "board-slt", date(2026, 2, 1)))
    told = refused(lambda: change_engagement(hub.actor, later, job_title=None, start_on=date(2026, 1, 31), end_on=None))
    assert told.field == "start_on"
    with transaction():
        change_engagement(hub.actor, later, job_title="Chair", start_on=date(2026, 2, 2), end_on=None)
    assert (later.job_title, later.start_on) == ("Chair", date(2026, 2, 2))


def test_an_engagement_taken_back_keeps_its_reason_and_makes_room_for_the_right_one(hub: Hub) -> None:
    person = hub.person(group=None)
    wrong = engagement(hub.engagement(person, "board-slt", START))
    assert refused(lambda: void_engagement(hub.actor, wrong, "  ")).field == "reason"
    with transaction():
        void_engagement(hub.actor, wrong, "Another person of the same name")
    assert wrong.void_reason == "Another person of the same name"
    assert last_event()[1].reason == "Another person of the same name"
    hub.engagement(person, "board-slt", START)
    refused(lambda: void_engagement(hub.actor, wrong, "again"))
    refused(lambda: end_engagement(hub.actor, wrong, date(2026, 1, 1)))
