"""Training outside the catalogue: it gives nothing until a verifier has said what, and nothing of it is overwritten."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import func, select
from time_machine import travel

from tests.builders import Hub
from training_app.assignments.queries import known_facts
from training_app.audit import Actor
from training_app.audit.models import AuditEvent
from training_app.catalogue.models import Module, ModuleVersion
from training_app.catalogue.queries import all_modules
from training_app.coverage.next_steps import modules_that_give
from training_app.coverage.queries import standing_of
from training_app.database import db, transaction
from training_app.errors import ChangedMeanwhile, Refused
from training_app.people.scope import everywhere
from training_app.records.actions import correct_completion, return_evidence, verify
from training_app.records.models import Completion, Evidence
from training_app.records.outside import (
    Training,
    Worth,
    keep_for_next_time,
    log_outside,
    map_outside,
    recognise,
)
from training_app.records.queries import completions_of, held_by
from training_app.skills.levels import Level
from training_app.stewardship.check import problems

TODAY = date(2026, 11, 23)
DAY = date(2026, 11, 2)


@pytest.fixture(autouse=True)
def _on_23_november_2026() -> Iterator[None]:
    with travel("2026-11-23 12:00 +0000", tick=True):
        yield


def row(completion_id: int) -> Completion:
    return db.session.get_one(Completion, completion_id)


def worth(hub: Hub, months: int | None = None, ends_on: date | None = None, **gives: Level) -> Worth:
    return Worth({hub.skill_id(skill.replace("_", "-")): level for skill, level in gives.items()}, months, ends_on)


def mapped(hub: Hub, completion_id: int, said: Worth, because: str = "", actor: Actor | None = None) -> int:
    with transaction():
        return map_outside(actor or hub.actor, row(completion_id), said, because).id


def test_it_counts_for_nothing_until_it_is_mapped_by_whatever_rule(hub: Hub) -> None:
    ama = hub.person()
    hub.outside(ama, "Signs and songs", DAY)
    assert held_by(ama, TODAY, "all") == {}
    assert all(not each.credits and not each.awaits for each in standing_of(ama, TODAY, "all", places=everywhere()))
    (entry,) = completions_of(ama, places=everywhere())
    with pytest.raises(Refused, match="Say first which skills it gives"), transaction():
        verify(hub.actor, row(entry.id))


def test_one_observation_renews_several_skills_at_once_from_its_own_day(hub: Hub) -> None:
    ama = hub.person()
    entry = hub.outside(ama, "Observed by a colleague", DAY)
    said = worth(hub, 24, group_teaching=Level.PRACTISING, reflection=Level.PRACTISING, youth_voice=Level.AWARE)
    assert mapped(hub, entry, said) == entry
    assert held_by(ama, DAY) == dict(said.gives)
    assert held_by(ama, date(2028, 11, 1)) == dict(said.gives)
    assert held_by(ama, date(2028, 11, 2)) == {}
    assert (row(entry).evidence, row(entry).valid_until) == (Evidence.VERIFIED, date(2028, 11, 2))
    assert list(problems()) == []


def test_it_may_run_out_on_a_day_or_give_nothing_at_all(hub: Hub) -> None:
    ama = hub.person()
    until_a_day = hub.outside(ama, "Safeguarding at school", DAY)
    mapped(hub, until_a_day, worth(hub, ends_on=date(2027, 8, 31), safeguarding=Level.PRACTISING))
    first_aid = hub.outside(ama, "First aid", DAY)
    mapped(hub, first_aid, worth(hub))
    safeguarding = hub.skill_id("safeguarding")
    assert held_by(ama, date(2027, 8, 30)) == {safeguarding: Level.PRACTISING}
    assert held_by(ama, date(2027, 8, 31)) == {}
    assert row(first_aid).evidence == Evidence.VERIFIED
    assert list(problems()) == []


@pytest.mark.on_sqlite_only
@pytest.mark.parametrize(
    ("said", "field"),
    [
        (Worth({1: Level.NONE}), "gives"),
        (Worth({999_999: Level.AWARE}), "gives"),
        (Worth({1: Level.AWARE}, 12, date(2027, 1, 1)), "lasts"),
        (Worth({1: Level.AWARE}, 0), "refresh_months"),
        (Worth({1: Level.AWARE}, 1201), "refresh_months"),
        (Worth({1: Level.AWARE}, None, DAY), "ends_on"),
        (Worth({1: Level.AWARE}, None, date(2200, 12, 31).replace(year=2201)), "ends_on"),
    ],
)
def test_what_cannot_be_kept_of_a_mapping_is_refused_at_its_field(hub: Hub, said: Worth, field: str) -> None:
    entry = hub.outside(hub.person(), "A course", DAY)
    with pytest.raises(Refused) as refused:
        mapped(hub, entry, said)
    assert refused.value.field == field


def test_mapped_again_it_is_voided_and_redone_and_both_stay_in_the_history(hub: Hub) -> None:
    ama = hub.person()
    entry = hub.outside(ama, "A course", DAY, gives={"send": "aware"}, refresh_months=12, hours=Decimal(3), note="n")
    with pytest.raises(Refused), transaction():
        map_outside(hub.actor, row(entry), worth(hub, send=Level.PRACTISING))  # without a reason
    again = mapped(hub, entry, worth(hub, 36, send=Level.PRACTISING), "It was the longer course")
    assert again != entry
    assert (row(entry).evidence, row(entry).successor_id) == (Evidence.VOID, again)
    assert [each.level for each in row(entry).version.gives] == [Level.AWARE]
    assert (row(again).hours, row(again).note, row(again).version.title) == (3, "n", "A course")
    assert held_by(ama, date(2028, 1, 1)) == {hub.skill_id("send"): Level.PRACTISING}
    told = db.session.scalars(select(AuditEvent.action).where(AuditEvent.person_id == ama)).all()
    assert told.count("completion.mapped") == 2
    assert list(problems()) == []


def test_the_same_said_twice_by_one_verifier_is_said_once(hub: Hub) -> None:
    manager = Actor.account(hub.account("m@hub.example", "workforce_manager"))
    entry = hub.outside(hub.person(), "A course", DAY)
    said, other = worth(hub, 12, send=Level.AWARE), worth(hub, send=Level.LEADING)
    for _ in range(2):
        with transaction():
            map_outside(manager, row(entry), said, seen_version=1)
    successors = set()
    for _ in range(2):
        with transaction():
            successors.add(map_outside(manager, row(entry), other, "Looked again", seen_version=2).id)
    assert len(successors) == 1
    assert db.session.scalar(select(func.count()).select_from(Completion)) == 2
    second = Actor.account(hub.account("n@hub.example", "workforce_manager"))
    with pytest.raises(ChangedMeanwhile), transaction():
        map_outside(second, row(*successors), said, "x", seen_version=0)


def test_nobody_says_what_their_own_training_gives_nor_confirms_it(hub: Hub) -> None:
    ama = hub.person()
    own = Actor.account(hub.account("a@hub.example", "workforce_manager", "member", person=ama))
    entry, claim = hub.outside(ama, "A course", DAY), hub.completion(ama, "IND-01", DAY, Evidence.SELF_DECLARED)
    for act in (
        lambda: map_outside(own, row(entry), worth(hub, send=Level.AWARE)),
        lambda: recognise(own, ama, Training("Another", DAY), worth(hub, send=Level.AWARE)),
        lambda: verify(own, row(claim)),
        lambda: return_evidence(own, row(claim), "which day?"),
    ):
        with pytest.raises(Refused, match="your own"), transaction():
            act()
    assert held_by(ama, TODAY, "verified") == {}


def test_logged_twice_it_is_one_entry_and_two_days_or_titles_are_two(hub: Hub) -> None:
    ama = hub.person()
    for title, day in (("A course", DAY), ("a  COURSE ", DAY), ("A course", TODAY), ("Another", DAY)):
        with transaction():
            log_outside(hub.actor, ama, Training(title, day))
    assert db.session.scalar(select(func.count()).select_from(Completion)) == 3
    assert (
        db.session.scalar(select(func.count()).select_from(ModuleVersion).where(ModuleVersion.module_id.is_(None))) == 3
    )
    assert list(problems()) == []


def test_it_is_never_in_the_catalogue_and_closes_no_gap_of_others(hub: Hub) -> None:
    modules = len(all_modules())
    hub.outside(hub.person(), "Secret course", DAY, gives={"send": "leading"})
    assert len(all_modules()) == modules
    assert "Secret course" not in {
        each.title for each in modules_that_give(known_facts(), [hub.skill_id("send")], TODAY)
    }
    assert db.session.scalar(select(func.count()).select_from(Module)) == modules


def test_it_is_kept_as_a_module_for_next_time_and_the_entry_keeps_its_private_version(hub: Hub) -> None:
    entry = hub.outside(hub.person(), "Observed", DAY, gives={"send": "aware"}, refresh_months=24, hours=Decimal(2))
    format_id = db.session.scalars(select(ModuleVersion.format_id).where(ModuleVersion.format_id.is_not(None))).first()
    assert format_id is not None
    with transaction():
        module = keep_for_next_time(hub.actor, row(entry), "OBS-01", format_id)
        assert (module.current.title, module.current.hours, module.current.refresh_months) == ("Observed", 2, 24)
    assert row(entry).module_id is None
    ends = hub.outside(hub.person(), "Ends", DAY, gives={"send": "aware"}, ends_on=date(2027, 1, 1))
    nothing = hub.outside(hub.person(), "Nothing", DAY, gives={})
    for each in (ends, nothing):
        with pytest.raises(Refused), transaction():
            keep_for_next_time(hub.actor, row(each), "OBS-02", format_id)


def test_an_answer_starts_afresh_and_stands_beside_the_reason(hub: Hub) -> None:
    ama = hub.person()
    entry = hub.outside(ama, "A course", DAY, gives={"send": "aware"})
    with transaction():
        return_evidence(hub.actor, row(entry), "Who ran it?")
    assert held_by(ama, TODAY) == {}
    with transaction():
        training = Training("The course", DAY, "A charity")
        again = log_outside(hub.actor, ama, training, in_answer_to=row(entry), answer="A charity did").completion.id
    assert (row(again).return_reason, row(again).answer) == ("Who ran it?", "A charity did")
    assert row(again).version.awaits_mapping
    mapped(hub, again, worth(hub, send=Level.AWARE))
    assert (row(again).return_reason, row(again).answer) == (None, None)
    assert list(problems()) == []


def test_a_corrected_day_keeps_what_was_said_and_an_unmapped_one_is_mapped_alone(hub: Hub) -> None:
    ama = hub.person()
    entry = hub.outside(ama, "A course", DAY, gives={"send": "aware"}, ends_on=date(2027, 1, 1))
    unmapped = hub.outside(ama, "Another", DAY)
    with transaction():
        moved = correct_completion(hub.actor, row(entry), date(2026, 10, 1), "misread").id
        other = correct_completion(hub.actor, row(unmapped), date(2026, 10, 1), "misread").id
    assert row(moved).valid_until == date(2027, 1, 1)
    mapped(hub, other, worth(hub, 12, send=Level.PRACTISING))
    assert row(unmapped).version.awaits_mapping
    assert list(problems()) == []


def test_what_contradicts_itself_is_found(hub: Hub) -> None:
    ama, ben = hub.person("Ama"), hub.person("Ben", reference="B-1")
    entry, theirs = hub.outside(ama, "A course", DAY), hub.outside(ben, "B course", DAY)
    with transaction():
        from tests.watching import not_telling_the_log

        not_telling_the_log()
        row(entry).evidence = Evidence.VERIFIED.value
        row(theirs).module_version_id = row(entry).module_version_id
    found = " ".join(problems())
    assert "is verified, but nobody has said what it gives" in found
    assert "is recorded with what somebody else's training gave" in found
    assert "is what nobody completed" in found
