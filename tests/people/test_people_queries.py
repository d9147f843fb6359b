"""Lists of people and organisations, probable doubles and the next reference."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from tests.builders import CountedQueries, Hub
from training_app.accounts.models import Account
from training_app.database import db, transaction
from training_app.people.actions import void_engagement
from training_app.people.models import Engagement, OrganisationKind
from training_app.people.queries import (
    OrganisationsWanted,
    PeopleWanted,
    Presence,
    next_reference,
    organisations_page,
    organisations_wanted,
    people_page,
    people_with_engagements,
    presence_of,
    probable_doubles,
    visible_person,
)
from training_app.people.scope import everybody, everywhere, visible_people

DAY = date(2026, 11, 24)


def names(**asked: Any) -> list[str]:
    return [
        row.person.name
        for row in people_page(everybody(), PeopleWanted(**{"on": DAY, **asked}), places=everywhere()).rows
    ]


@pytest.fixture
def small_hub(hub: Hub) -> Hub:
    school = hub.organisation("Fenwick Primary", kind="school", area="Suffolk")
    hub.organisation("Harbour Music Service", area="Norfolk")
    hub.person("Zoë O'Neill", reference="P-0001", email="zoe@hub.example", start_on="2024-01-01")
    hub.person("Ama Okafor", reference="P-0002", group="board-slt", organisation=school, end_on="2026-08-31")
    hub.person("Ben Adeyemi", reference="V.77", group="frontline-volunteers", start_on="2026-12-01")
    hub.person("Cai Evans", reference="P-0003", group=None)
    return hub


def test_people_stand_in_alphabetical_order_however_they_are_written(small_hub: Hub) -> None:
    small_hub.person("élise Martin", reference="P-5", group=None)
    assert names() == ["Ama Okafor", "Ben Adeyemi", "Cai Evans", "élise Martin", "Zoë O'Neill"]
    assert names(sort="-name")[0] == "Zoë O'Neill"


@pytest.mark.parametrize("words", ["zoe", "ZOË", "o’neill", "neill zo", "P-0001", "p-0001", "Zoe@HUB", "  zoë   o'ne "])
def test_a_person_is_found_by_parts_of_the_name_by_reference_and_by_email(small_hub: Hub, words: str) -> None:
    assert names(words=words) == ["Zoë O'Neill"]


@pytest.mark.parametrize("words", ["zoe okafor", "%", "_", "\\", "<b>", "{{7*7}}", "🎺", "\u0301", "' OR 1=1 --"])
def test_signs_in_a_search_are_only_signs(small_hub: Hub, words: str) -> None:
    assert names(words=words) == []


def test_people_are_filtered_by_one_engagement_that_fits_all(small_hub: Hub) -> None:
    assert names(group="board-slt") == ["Ama Okafor"]
    assert names(area="Suffolk") == ["Ama Okafor"]
    assert names(organisation_id=small_hub.organisation("Fenwick Primary")) == ["Ama Okafor"]
    assert names(group="board-slt", area="Norfolk") == []


def test_people_are_filtered_by_how_their_engagements_lie_to_a_day(small_hub: Hub) -> None:
    assert names(presence=Presence.CURRENT) == ["Zoë O'Neill"]
    assert names(presence=Presence.LEFT) == ["Ama Okafor"]
    assert names(presence=Presence.TO_COME) == ["Ben Adeyemi"]
    assert names(presence=Presence.NONE) == ["Cai Evans"]
    assert names(presence=Presence.CURRENT, on=date(2026, 8, 31)) == ["Ama Okafor", "Zoë O'Neill"]
    assert names(presence=Presence.CURRENT, on=date(2026, 12, 1)) == ["Ben Adeyemi", "Zoë O'Neill"]


def test_whoever_is_here_and_also_starts_elsewhere_is_here_and_not_to_come(small_hub: Hub) -> None:
    zoe = visible_person(everybody(), "P-0001")
    assert zoe is not None
    small_hub.engagement(zoe.id, "board-slt", "2027-01-01")
    small_hub.engagement(zoe.id, "hub-providers", "2023-01-01", "2023-12-31")
    assert names(presence=Presence.CURRENT) == ["Zoë O'Neill"]
    assert names(presence=Presence.TO_COME) == ["Ben Adeyemi"]
    assert names(presence=Presence.LEFT) == ["Ama Okafor"]


def test_the_list_says_of_each_how_they_lie_to_the_day(small_hub: Hub) -> None:
    rows = people_page(everybody(), PeopleWanted(on=DAY), places=everywhere()).rows
    assert {row.person.name: row.presence for row in rows} == {
        "Ama Okafor": Presence.LEFT,
        "Ben Adeyemi": Presence.TO_COME,
        "Cai Evans": Presence.NONE,
        "Zoë O'Neill": Presence.CURRENT,
    }
    assert presence_of([], DAY) is Presence.NONE


def test_an_engagement_taken_back_counts_in_no_filter(small_hub: Hub) -> None:
    with transaction():
        wrong = db.session.scalars(select(Engagement).where(Engagement.start_on == date(2024, 1, 1))).one()
        void_engagement(small_hub.actor, wrong, "Somebody else")
    assert names(presence=Presence.CURRENT) == []
    assert names(presence=Presence.NONE) == ["Cai Evans", "Zoë O'Neill"]


def test_people_without_an_engagement_stand_last_in_either_order_of_group(small_hub: Hub) -> None:
    assert names(sort="group")[0] == "Zoë O'Neill"
    assert names(sort="-organisation")[0] == "Zoë O'Neill"
    assert names(sort="reference") == ["Zoë O'Neill", "Ama Okafor", "Cai Evans", "Ben Adeyemi"]


def test_the_file_has_a_row_for_each_engagement_that_fits(small_hub: Hub) -> None:
    rows = people_with_engagements(everybody(), PeopleWanted(on=DAY), places=everywhere())
    assert [(person.name, entry and entry.group.code) for person, entry in rows] == [
        ("Ama Okafor", "board-slt"),
        ("Ben Adeyemi", "frontline-volunteers"),
        ("Cai Evans", None),
        ("Zoë O'Neill", "music-service-staff"),
    ]


def test_pages_have_fifty_people_and_a_page_too_far_is_the_last(hub: Hub) -> None:
    for number in range(53):
        hub.person(f"Person {number:02}", group=None)
    first = people_page(everybody(), PeopleWanted(on=DAY), places=everywhere())
    assert (len(first.rows), first.found, first.pages, first.first, first.last) == (50, 53, 2, 1, 50)
    far = people_page(everybody(), PeopleWanted(on=DAY), 10**9, places=everywhere())
    assert (far.number, [row.person.name for row in far.rows]) == (2, ["Person 50", "Person 51", "Person 52"])


def test_a_list_asks_as_often_for_many_people_as_for_few(hub: Hub) -> None:
    def asked() -> tuple[int, int]:
        db.session.expire_all()
        with CountedQueries() as people:
            names()
        with CountedQueries() as file:
            people_with_engagements(everybody(), PeopleWanted(on=DAY), places=everywhere())
        return people.count, file.count

    hub.person()
    few = asked()
    for number in range(30):
        hub.person(f"Person {number}", group="board-slt")
    assert asked() == few == (3, 1)


def test_nobody_unseen_is_listed_counted_or_found(small_hub: Hub) -> None:
    member = small_hub.person("Robin Volunteer", reference="V-1", start_on="2024-01-01")
    account_id = small_hub.account("robin@hub.example", "member", person=member)
    account = db.session.get(Account, account_id)
    assert account is not None
    seen = visible_people(account)
    page = people_page(seen, PeopleWanted(on=DAY), places=everywhere())
    assert [row.person.reference for row in page.rows] == ["V-1"]
    assert page.found == 1
    assert visible_person(seen, "P-0001") is None
    assert visible_person(seen, "V-1") is not None
    assert probable_doubles(seen, "Zoë O'Neill", "zoe@hub.example", places=everywhere()) == []
    assert sum(row.people for row in organisations_wanted(seen, OrganisationsWanted(on=DAY), places=everywhere())) == 1


@pytest.mark.parametrize(
    ("name", "email"),
    [("Zoe ONeill", None), ("O'Neill, Zoë", None), ("Zoé O’Neil", None), ("Somebody Else", " ZOE@hub.example")],
)
def test_a_probable_double_is_found_by_name_or_email(small_hub: Hub, name: str, email: str | None) -> None:
    assert [person.name for person in probable_doubles(everybody(), name, email, places=everywhere())] == [
        "Zoë O'Neill"
    ]


def test_the_person_with_the_same_email_stands_first_among_probable_doubles(small_hub: Hub) -> None:
    small_hub.person("Ama Okafor", reference="P-5", email="ama@hub.example", group=None)
    found = probable_doubles(everybody(), "Ama Okafor", "zoe@hub.example", places=everywhere())
    assert [person.name for person in found] == ["Zoë O'Neill", "Ama Okafor", "Ama Okafor"]


def test_somebody_new_has_no_double(small_hub: Hub) -> None:
    assert probable_doubles(everybody(), "Wilhelmina Thrupp", "thrupp@hub.example", places=everywhere()) == []


def test_the_first_reference_is_proposed_to_an_empty_hub(hub: Hub) -> None:
    assert next_reference() == "P-0001"


def test_the_next_reference_goes_on_in_the_commonest_pattern(small_hub: Hub) -> None:
    assert next_reference() == "P-0004"
    small_hub.person(reference="P-00x4", group=None)
    small_hub.person(reference="P-9999", group=None)
    small_hub.person(reference="P-10000", group=None)
    assert next_reference() == "P-10001"


def test_a_hub_that_numbers_nobody_is_offered_the_usual_reference(hub: Hub) -> None:
    hub.person(reference="zoe", group=None)
    assert next_reference() == "P-0001"


def test_organisations_say_how_many_people_they_have_on_the_day(small_hub: Hub) -> None:
    zoe = visible_person(everybody(), "P-0001")
    assert zoe is not None
    small_hub.engagement(zoe.id, "hub-providers")
    listed = organisations_page(everybody(), OrganisationsWanted(on=DAY), places=everywhere()).rows
    assert [(row.organisation.name, row.people) for row in listed] == [
        ("Fenwick Primary", 0),
        ("Harbour Music Service", 1),
    ]
    with CountedQueries() as asked:
        organisations_page(everybody(), OrganisationsWanted(on=DAY), places=everywhere())
    assert asked.count == 3


def test_organisations_are_filtered_by_kind_area_and_name_and_sorted(small_hub: Hub) -> None:
    def found(**asked: Any) -> list[str]:
        wanted = OrganisationsWanted(on=DAY, **asked)
        return [row.organisation.name for row in organisations_wanted(everybody(), wanted, places=everywhere())]

    assert found(kind=OrganisationKind.SCHOOL) == ["Fenwick Primary"]
    assert found(area="Norfolk") == ["Harbour Music Service"]
    assert found(words="MUSIC harb") == ["Harbour Music Service"]
    assert found(sort="-people") == ["Harbour Music Service", "Fenwick Primary"]
    assert found(sort="-area") == ["Fenwick Primary", "Harbour Music Service"]
