"""Writing the catalogue: what makes a new version, what is refused, and what the lists show."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select

from tests.builders import CountedQueries, Hub
from training_app.assignments.queries import known_facts
from training_app.audit.models import AuditDetail, AuditEvent
from training_app.catalogue.actions import (
    ModuleAbout,
    ModuleContent,
    add_module,
    edit_module,
    reinstate_module,
    retire_module,
)
from training_app.catalogue.models import Module, ModuleFormat, ModuleVersion
from training_app.catalogue.queries import (
    ModulesWanted,
    built_on,
    e_learning_without_link,
    module_by_code,
    modules_on_offer,
    modules_speaking_of,
    modules_wanted,
)
from training_app.database import db, transaction
from training_app.errors import ChangedMeanwhile, Refused
from training_app.skills.levels import Level

pytestmark = pytest.mark.watched

TODAY = date(2026, 11, 23)


def content_of(module: Module, **changes: Any) -> ModuleContent:
    version = module.current
    content = ModuleContent(
        version.title,
        version.format_id,
        version.hours,
        version.refresh_months,
        {given.skill_id: Level(given.level) for given in version.gives},
    )
    return replace(content, **changes)


def about_of(module: Module, **changes: Any) -> ModuleAbout:
    about = ModuleAbout(
        module.summary,
        module.access_link,
        module.access_note,
        module.access_contact,
        [each.id for each in module.priorities],
        [each.id for each in module.groups],
        [each.id for each in module.prerequisites],
    )
    return replace(about, **changes)


def a_content(hub: Hub, **changes: Any) -> ModuleContent:
    workshop = db.session.scalars(select(ModuleFormat.id).where(ModuleFormat.code == "workshop")).one()
    content = ModuleContent("A new workshop", workshop, Decimal("1.5"), 12, {hub.skill_id("send"): Level.AWARE})
    return replace(content, **changes)


def found(code: str) -> Module:
    module = module_by_code(code)
    assert module is not None
    return module


def refused(act: Callable[[], object]) -> Refused:
    """Do something that must be refused, and return the refusal; nothing may be written."""
    count = lambda: db.session.scalar(select(func.count()).select_from(AuditEvent))  # noqa: E731
    before = count()
    with pytest.raises(Refused) as caught, transaction():
        act()
    assert count() == before
    return caught.value


def test_a_module_is_added_with_its_first_version(hub: Hub) -> None:
    with transaction():
        add_module(hub.actor, " NEW-01 ", a_content(hub), ModuleAbout("What it is about"))
    module = found("new-01")
    assert (module.code, module.current.number, module.current.title) == ("NEW-01", 1, "A new workshop")
    event = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert event is not None
    after = db.session.get_one(AuditDetail, event.id).after
    assert event.action == "module.added"
    assert after is not None
    assert after["gives"] == {str(hub.skill_id("send")): 1}


def test_a_code_belongs_to_one_module_however_it_is_capitalised(hub: Hub) -> None:
    content = a_content(hub)
    refusal = refused(lambda: add_module(hub.actor, "snd-02", content, ModuleAbout("x")))
    assert refusal.field == "code"
    assert "has the code SND-02 already" in refusal.sentence


def test_a_code_added_eight_times_at_once_in_other_capitals_is_one_module(hub: Hub) -> None:
    content, app = a_content(hub), hub.app

    def add(place: int) -> bool:
        with app.app_context():
            try:
                with transaction():
                    add_module(hub.actor, "race" if place % 2 else "RACE", content, ModuleAbout("x"))
            except Refused:
                return False
            finally:
                db.session.remove()
            return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(add, range(8))) == 1


@pytest.mark.on_sqlite_only
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"title": "a\0b"}, "title"),
        ({"format_id": 999_999}, "format"),
        ({"hours": Decimal(-1)}, "hours"),
        ({"hours": Decimal("0.005")}, "hours"),
        ({"refresh_months": 0}, "refresh_months"),
        ({"refresh_months": 1201}, "refresh_months"),
        ({"gives": {}}, "gives"),
        ({"gives": {999_999: Level.AWARE}}, "gives"),
    ],
)
def test_content_that_cannot_be_kept_is_refused_at_its_field(hub: Hub, changes: dict[str, Any], field: str) -> None:
    content = a_content(hub, **changes)
    assert refused(lambda: add_module(hub.actor, "NEW-01", content, ModuleAbout("x"))).field == field


@pytest.mark.on_sqlite_only
@pytest.mark.parametrize(
    ("about", "field"),
    [
        (ModuleAbout("x" * 1001), "summary"),
        (ModuleAbout("x", access_link="javascript:alert(1)"), "access_link"),
        (ModuleAbout("x", access_note="x" * 501), "access_note"),
        (ModuleAbout("x", access_contact="\ud800"), "access_contact"),
        (ModuleAbout("x", priority_ids=[999_999]), "priorities"),
        (ModuleAbout("x", group_ids=[999_999]), "groups"),
        (ModuleAbout("x", prerequisite_ids=[999_999]), "prerequisites"),
    ],
)
def test_what_is_told_about_a_module_is_refused_at_its_field(hub: Hub, about: ModuleAbout, field: str) -> None:
    content = a_content(hub)
    assert refused(lambda: add_module(hub.actor, "NEW-01", content, about)).field == field


def test_nobody_gives_a_level_that_means_nothing(hub: Hub) -> None:
    content = a_content(hub, gives={hub.skill_id("send"): Level.NONE})
    assert refused(lambda: add_module(hub.actor, "NEW-01", content, ModuleAbout("x"))).field == "gives"


@pytest.mark.parametrize(
    "changes",
    [{"title": "Another title"}, {"hours": Decimal(9)}, {"refresh_months": None}, {"refresh_months": 1}, {"gives": 2}],
)
def test_only_a_change_of_what_completions_are_recorded_with_makes_a_new_version(
    hub: Hub, changes: dict[str, Any]
) -> None:
    if "gives" in changes:
        changes = {"gives": {hub.skill_id("send"): Level.LEADING}}
    first = found("SND-02").current.id
    with transaction():
        module = found("SND-02")
        edit_module(hub.actor, module, content_of(module), about_of(module, summary="Another summary", group_ids=[]))
    assert found("SND-02").current.id == first
    assert found("SND-02").groups == []
    with transaction():
        module = found("SND-02")
        edit_module(hub.actor, module, content_of(module, **changes), about_of(module))
    versions = found("SND-02").versions
    assert [each.number for each in versions] == [1, 2]
    assert [each.superseded_at is None for each in versions] == [False, True]
    assert found("SND-02").current.id == versions[1].id


def test_saving_the_same_again_writes_nothing(hub: Hub) -> None:
    before = db.session.scalar(select(func.count()).select_from(AuditEvent))
    with transaction():
        module = found("SND-02")
        edit_module(hub.actor, module, content_of(module, hours=Decimal("3.00")), about_of(module), module.row_version)
    assert db.session.scalar(select(func.count()).select_from(AuditEvent)) == before
    assert db.session.scalar(select(func.count()).select_from(ModuleVersion).where(ModuleVersion.number == 2)) == 0


@pytest.mark.parametrize("what", ["title", "groups"])
def test_the_second_of_two_editors_is_told_whatever_the_first_changed(hub: Hub, what: str) -> None:
    seen = found("SND-02").row_version
    with transaction():
        module = found("SND-02")
        content = content_of(module, title="Mine") if what == "title" else content_of(module)
        edit_module(hub.actor, module, content, about_of(module, group_ids=[]), seen)

    def edit_too() -> None:
        module = found("SND-02")
        edit_module(hub.actor, module, content_of(module), about_of(module, summary="Mine"), seen)

    assert isinstance(refused(edit_too), ChangedMeanwhile)


def test_modules_that_would_need_one_another_are_refused_and_named(hub: Hub) -> None:
    last = hub.module_id("SND-03")

    def needs_what_needs_it() -> None:
        module = found("SND-01")
        edit_module(hub.actor, module, content_of(module), about_of(module, prerequisite_ids=[last]))

    refusal = refused(needs_what_needs_it)
    assert refusal.field == "prerequisites"
    for need in ("SND-03 needs SND-02", "SND-02 needs SND-01", "SND-01 needs SND-03"):
        assert need in refusal.sentence + " needs " + refusal.sentence.partition(": ")[2]


def test_a_module_is_retired_never_deleted_and_can_be_brought_back(hub: Hub) -> None:
    with transaction():
        retire_module(hub.actor, found("SND-02"), TODAY)
    on_offer = {code for _, code, _ in modules_on_offer(TODAY)}
    assert "SND-02" not in on_offer
    assert "SND-02" in {code for _, code, _ in modules_on_offer(date(2026, 11, 22))}
    assert [module.code for module in modules_wanted(ModulesWanted(TODAY, retired=True))] == ["SND-02"]
    assert "already" in refused(lambda: retire_module(hub.actor, found("SND-02"), TODAY)).sentence
    with transaction():
        reinstate_module(hub.actor, found("SND-02"))
    assert found("SND-02").retired_on is None
    assert "already" in refused(lambda: reinstate_module(hub.actor, found("SND-02"))).sentence
    assert refused(lambda: retire_module(hub.actor, found("SND-02"), date(2201, 1, 1))).field == "retired_on"


def test_the_catalogue_is_found_by_words_skill_priority_format_and_group(hub: Hub) -> None:
    def codes(**wanted: Any) -> list[str]:
        return [module.code for module in modules_wanted(ModulesWanted(TODAY, **wanted))]

    assert len(codes()) == 40
    assert codes(words="social model") == ["SND-01"]
    assert codes(words="snd") == ["SND-01", "SND-02", "SND-03"]
    assert set(codes(skill="technology")) == {"SND-03", "TEC-01", "TEC-02"}
    assert codes(format="peer-observation") == ["TEA-02"]
    assert "LED-01" in codes(group="board-slt", priority=1)
    assert codes(skill="technology", format="e-learning") == ["TEC-02"]
    assert codes(sort="-hours")[0] == "SEM-03"
    assert codes(skill="no-such-skill") == []
    assert [module.code for module in built_on(hub.module_id("SND-01"))] == ["SND-02"]
    assert modules_speaking_of("adapting") == [hub.module_id("SND-02")]


def test_e_learning_without_a_link_is_listed_until_it_has_one(hub: Hub) -> None:
    before = e_learning_without_link(TODAY)
    with transaction():
        module = found("SND-01")
        edit_module(hub.actor, module, content_of(module), about_of(module, access_link="https://example.org/send"))
    assert e_learning_without_link(TODAY) == before - 1
    listed = [module.code for module in modules_wanted(ModulesWanted(TODAY, without_link=True))]
    assert "SND-01" not in listed
    assert len(listed) == before - 1


def test_first_steps_are_those_due_on_the_very_first_day(hub: Hub) -> None:
    def steps(*groups: str) -> list[str]:
        return [step.code for step in known_facts().first_steps([hub.group_id(group) for group in groups])]

    assert steps("frontline-volunteers") == ["IND-02"]
    assert steps("frontline-volunteers", "music-service-staff") == ["IND-02"]
    assert steps("hub-providers") == ["SAF-03"]
    assert steps("board-slt") == []


def test_the_catalogue_costs_as_many_statements_whatever_its_length(hub: Hub) -> None:
    def cost(**wanted: Any) -> int:
        db.session.expire_all()
        with CountedQueries() as counted:
            for module in modules_wanted(ModulesWanted(TODAY, **wanted)):
                assert [given.skill.name for given in module.current.gives]
                assert module.current.format.name
                assert all(group.name for group in module.groups)
        return counted.count

    cost()
    db.session.expunge_all()
    one = cost(words="SND-02")
    db.session.expunge_all()
    assert cost() <= one + 1


@pytest.mark.parametrize("code", ["no-such", "a\0b", "\ud800", "", "x" * 500, "İ"])
def test_a_code_that_nothing_has_finds_nothing(hub: Hub, code: str) -> None:
    assert module_by_code(code) is None
