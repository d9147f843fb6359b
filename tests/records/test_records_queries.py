"""Lists of completions: who is in them, in which order, and at what cost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select
from time_machine import travel

from tests.builders import CountedQueries, Hub
from training_app.database import db, transaction
from training_app.people.models import Person
from training_app.people.scope import everybody, everywhere
from training_app.records.actions import void_completion
from training_app.records.models import Completion, Evidence
from training_app.records.queries import (
    CompletionsWanted,
    completion_seen,
    completions_by_version,
    completions_of,
    completions_page,
    completions_wanted,
    entries_waiting,
)
from training_app.records.queue import Decider, claims_page, claims_waiting, kinds_waiting


@pytest.fixture(autouse=True)
def _on_a_day_in_november() -> Iterator[None]:
    with travel(datetime(2026, 11, 23, 12, tzinfo=UTC)):
        yield


def told(wanted: CompletionsWanted) -> list[tuple[str, str]]:
    """Return person and module of the completions wanted, the same from the page as from the file."""
    page = [
        (each.person.name, each.module.code) for each in completions_page(everybody(), wanted, places=everywhere()).rows
    ]
    assert page == [
        (each.person.name, each.module.code) for each in completions_wanted(everybody(), wanted, places=everywhere())
    ]
    return page


def three_people(hub: Hub) -> tuple[int, int, int]:
    school = hub.organisation("Fenwick Primary", kind="school")
    ama = hub.person("Ama Okafor", reference="A-1")
    ben = hub.person("Ben Asante", reference="B-1", group="generalist-teachers", organisation=school)
    zoe = hub.person("Zoë Åkesson", reference="Z-1")
    hub.completion(ama, "IND-01", "2026-01-10")
    hub.completion(ben, "SND-02", "2026-03-10", Evidence.SELF_DECLARED)
    hub.completion(zoe, "IND-01", "2026-02-10")
    return ama, ben, zoe


def test_a_list_is_found_by_person_module_evidence_group_organisation_and_days(hub: Hub) -> None:
    three_people(hub)
    school = hub.organisation("Fenwick Primary")
    ama, ben, zoe = ("Ama Okafor", "IND-01"), ("Ben Asante", "SND-02"), ("Zoë Åkesson", "IND-01")
    assert told(CompletionsWanted()) == [ben, zoe, ama]
    assert told(CompletionsWanted(sort="day")) == [ama, zoe, ben]
    assert told(CompletionsWanted(sort="person")) == [ama, ben, zoe]
    assert told(CompletionsWanted(sort="-person")) == [zoe, ben, ama]
    assert told(CompletionsWanted(sort="module")) == [zoe, ama, ben]
    assert told(CompletionsWanted(words="zoe ak")) == [zoe]
    assert told(CompletionsWanted(words="b-1")) == [ben]
    assert told(CompletionsWanted(words="adapting SEND")) == [ben]
    assert told(CompletionsWanted(words="snd-02")) == [ben]
    assert told(CompletionsWanted(words="nobody at all")) == []
    assert told(CompletionsWanted(evidence="self-declared")) == [ben]
    assert told(CompletionsWanted(module_id=hub.module_id("IND-01"))) == [zoe, ama]
    assert told(CompletionsWanted(group="generalist-teachers")) == [ben]
    assert told(CompletionsWanted(organisation_id=school)) == [ben]
    assert told(CompletionsWanted(group="music-service-staff", organisation_id=school)) == []
    assert told(CompletionsWanted(first=date(2026, 2, 10), last=date(2026, 2, 10))) == [zoe]


def test_void_entries_are_left_out_unless_they_are_asked_for(hub: Hub) -> None:
    ama, *_ = three_people(hub)
    with transaction():
        void_completion(hub.actor, completions_of(ama, places=everywhere())[0], "wrong")
    assert ("Ama Okafor", "IND-01") not in told(CompletionsWanted())
    assert told(CompletionsWanted(evidence="void")) == [("Ama Okafor", "IND-01")]
    assert [each.evidence for each in completions_of(ama, places=everywhere())] == ["void"]


def test_whoever_is_not_seen_is_in_no_list_count_or_look_up(hub: Hub) -> None:
    ama, ben, _ = three_people(hub)
    only_ama = select(Person.id).where(Person.id == ama)
    of_ben = completions_of(ben, places=everywhere())[0].id
    assert completions_page(only_ama, CompletionsWanted(), places=everywhere()).found == 1
    assert completions_page(only_ama, CompletionsWanted(words="ben"), places=everywhere()).found == 0
    assert [each.person_id for each in completions_wanted(only_ama, CompletionsWanted(), places=everywhere())] == [ama]
    assert (entries_waiting(only_ama).entries, entries_waiting(everybody()).entries) == (0, 1)
    assert claims_waiting(Decider(only_ama, everywhere(), None)).entries == 0
    assert completion_seen(only_ama, of_ben, places=everywhere()) is None
    assert completion_seen(everybody(), of_ben, places=everywhere()) is not None


def test_entries_that_wait_stand_with_their_like_from_the_longest_wait(hub: Hub) -> None:
    ama, ben, zoe = (hub.person(name) for name in ("Ama", "Ben", "Zoë"))
    for hour, (person, code) in enumerate([(ama, "SND-02"), (ben, "IND-01"), (zoe, "SND-02"), (ama, "IND-01")]):
        with travel(datetime(2026, 11, 20, hour, tzinfo=UTC)):
            hub.completion(person, code, "2026-11-01", Evidence.SELF_DECLARED)
    everything = Decider(everybody(), everywhere(), None)
    kinds = kinds_waiting(everything)
    waits = [(each.person.name, each.code) for kind in kinds for each in claims_page(everything, kind).rows]
    assert waits == [("Ama", "SND-02"), ("Zoë", "SND-02"), ("Ben", "IND-01"), ("Ama", "IND-01")]
    assert [(kind.entries, kind.since) for kind in kinds] == [(2, date(2026, 11, 20))] * 2


def test_a_long_list_is_read_in_pages_at_the_cost_of_a_short_one(hub: Hub) -> None:
    ama = hub.person()
    hub.completion(ama, "IND-01", "2020-01-01")
    with CountedQueries() as short:
        completions_page(everybody(), CompletionsWanted(words="a", sort="person"), places=everywhere())
    for day in range(1, 29):
        hub.completion(ama, "IND-01", date(2021, 1, day))
        hub.completion(hub.person(f"Person {day}"), "SND-02", date(2021, 2, day))
    db.session.expire_all()
    with CountedQueries() as long:
        page = completions_page(everybody(), CompletionsWanted(words="a", sort="person"), places=everywhere())
        assert [each.person.name + each.version.title + each.module.code for each in page.rows]
    assert long.count <= short.count + 3
    assert (page.found, page.pages, len(page.rows)) == (57, 2, 50)
    assert len(completions_page(everybody(), CompletionsWanted(), 99, places=everywhere()).rows) == 7


def test_completions_are_counted_by_the_version_they_were_recorded_with(hub: Hub) -> None:
    three_people(hub)
    assert list(completions_by_version(hub.module_id("IND-01")).values()) == [2]
    assert completions_by_version(hub.module_id("REF-01")) == {}
    assert db.session.get(Completion, -1) is None
