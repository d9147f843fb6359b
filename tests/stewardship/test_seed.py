"""Loading the seeds: what is there afterwards, and what loading them again leaves alone."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from config import ROOT
from tests.builders import Hub
from tests.stewardship.hub_edits import edited, module
from tests.stewardship.small_seeds import small_module, small_seeds, written
from training_app import models
from training_app.audit import Actor
from training_app.audit.models import AuditEvent
from training_app.catalogue.actions import ModuleAbout, ModuleContent, add_module, reinstate_module, retire_module
from training_app.catalogue.models import Module, Pathway
from training_app.clock import today
from training_app.database import Base, db, transaction
from training_app.errors import Refused
from training_app.records.models import Completion
from training_app.skills.actions import require_level, void_requirement
from training_app.skills.levels import Level
from training_app.skills.models import Requirement
from training_app.stewardship.models import SeedRecord
from training_app.stewardship.seed import SeedReport, load
from training_app.stewardship.seed_files import SeedProblems


def count(table: type[Base]) -> int:
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def seed(folder: Path, seeds: dict[str, Any]) -> SeedReport:
    with transaction():
        return load(Actor.command(), written(folder, seeds))


def test_the_whole_strategy_is_there(hub: Hub) -> None:
    assert count(models.Strategy) == 1
    assert count(models.Priority) == 13
    assert count(models.WorkforceGroup) == 6
    assert count(models.SkillArea) == 5
    assert count(models.Skill) == 16
    assert count(models.SkillLevel) == 3
    assert count(models.Requirement) == 76
    assert count(models.Module) == 40
    assert count(models.ModuleVersion) == 40
    assert count(models.Pathway) == 7
    assert count(models.Term) == 12


def test_everything_that_seeds_write_is_in_the_log(hub: Hub) -> None:
    assert count(AuditEvent) == count(SeedRecord)
    assert set(db.session.scalars(select(AuditEvent.actor_kind))) == {"command"}
    assert len(set(db.session.scalars(select(AuditEvent.batch_id)))) == 1


def test_seeding_again_changes_nothing(hub: Hub) -> None:
    events = count(AuditEvent)
    with transaction():
        report = load(Actor.command(), ROOT / "seeds")
    assert (report.added, report.updated, report.kept) == (0, 0, [])
    assert report.unchanged == count(SeedRecord)
    assert count(AuditEvent) == events


def test_the_smallest_seeds_load_and_load_again(app: Flask, tmp_path: Path) -> None:
    assert seed(tmp_path, small_seeds()).added == 16
    report = seed(tmp_path, small_seeds())
    assert (report.added, report.updated, report.kept) == (0, 0, [])


def test_a_changed_mapping_makes_a_new_version_and_what_was_completed_keeps_the_old_one(
    app: Flask, tmp_path: Path
) -> None:
    seed(tmp_path, small_seeds())
    hub = Hub(app)
    person = hub.person(group="staff")
    earlier = hub.completion(person, "TWO", "2026-03-01")
    seeds = small_seeds()
    seeds["modules"][1]["skills"] = {"send": "practising", "inclusion": "leading"}
    seeds["modules"][1]["refresh_months"] = 24
    report = seed(tmp_path, seeds)
    assert (report.added, report.updated, report.kept) == (0, 1, [])
    later = hub.completion(person, "TWO", "2026-04-01")
    versions = {row.id: row.version for row in db.session.scalars(select(Completion))}
    assert {given.skill.code: given.level for given in versions[earlier].gives} == {"send": 2}
    assert versions[earlier].superseded_at is not None
    assert {given.skill.code: given.level for given in versions[later].gives} == {"send": 2, "inclusion": 3}
    assert [db.session.get_one(Completion, each).valid_until.year for each in (earlier, later)] == [2027, 2028]
    assert [version.number for version in module("TWO").versions] == [1, 2]


def test_a_changed_summary_makes_no_new_version(app: Flask, tmp_path: Path) -> None:
    seed(tmp_path, small_seeds())
    seeds = small_seeds()
    seeds["modules"][0]["summary"] = "Another sentence."
    assert seed(tmp_path, seeds).updated == 1
    assert module("ONE").summary == "Another sentence."
    assert len(module("ONE").versions) == 1


@pytest.mark.parametrize(
    "changed", [{"title": "The hub's own title"}, {"hours": Decimal(9)}, {"summary": "Ours."}, {"refresh_months": 6}]
)
def test_a_module_that_the_hub_edited_is_never_touched(app: Flask, tmp_path: Path, changed: dict[str, Any]) -> None:
    seed(tmp_path, small_seeds())
    edited("ONE", **changed)
    seeds = small_seeds()
    seeds["modules"][0]["title"] = "The seeds' new title"
    for _ in range(2):
        report = seed(tmp_path, seeds)
        assert report.kept == ["module ONE"]
        assert report.updated == 0
    assert module("ONE").current.title == changed.get("title", "Module ONE")


def test_a_module_that_the_hub_put_back_to_what_the_seeds_say_is_updated_again(app: Flask, tmp_path: Path) -> None:
    seed(tmp_path, small_seeds())
    edited("ONE", title="The hub's own title")
    edited("ONE", title="Module ONE")
    seeds = small_seeds()
    seeds["modules"][0]["title"] = "The seeds' new title"
    assert seed(tmp_path, seeds).updated == 1
    assert module("ONE").current.title == "The seeds' new title"


def test_a_retired_module_stays_retired_until_the_hub_brings_it_back(app: Flask, tmp_path: Path) -> None:
    seed(tmp_path, small_seeds())
    with transaction():
        retire_module(Actor.command(), module("ONE"), today())
    seeds = small_seeds()
    seeds["modules"][0]["title"] = "The seeds' new title"
    assert seed(tmp_path, seeds).kept == ["module ONE"]
    assert module("ONE").retired_on is not None
    assert module("ONE").current.title == "Module ONE"
    with transaction():
        reinstate_module(Actor.command(), module("ONE"))
    assert seed(tmp_path, seeds).updated == 1


def test_a_module_that_the_hub_added_under_the_same_code_belongs_to_the_hub(app: Flask, tmp_path: Path) -> None:
    seeds = small_seeds()
    seed(tmp_path, seeds)
    one = module("ONE")
    with transaction():
        content = ModuleContent(
            "Ours", one.current.format_id, Decimal(1), None, {one.current.gives[0].skill_id: Level.AWARE}
        )
        add_module(Actor.command(), "three", content, ModuleAbout("Ours."))
    seeds["modules"].append(small_module("THREE"))
    assert seed(tmp_path, seeds).kept == ["module THREE"]
    assert module("three").current.title == "Ours"


def _requirement() -> Requirement:
    return db.session.scalars(select(Requirement).join(Requirement.skill).where(models.Skill.code == "send")).one()


def test_a_withdrawn_requirement_is_not_brought_back(app: Flask, tmp_path: Path) -> None:
    seed(tmp_path, small_seeds())
    with transaction():
        void_requirement(Actor.command(), _requirement(), "Not agreed after all.")
    assert seed(tmp_path, small_seeds()).kept == ["requirement staff send 2024-09-01"]
    assert _requirement().voided_at is not None


def test_a_requirement_that_the_hub_changed_stays_changed(app: Flask, tmp_path: Path) -> None:
    seed(tmp_path, small_seeds())
    with transaction():
        row = _requirement()
        require_level(Actor.command(), row.group_id, row.skill_id, Level.NONE, row.effective_from)
    seeds = small_seeds()
    seeds["requirements"]["staff"]["send"] = "aware"
    assert seed(tmp_path, seeds).kept == ["requirement staff send 2024-09-01"]
    assert _requirement().level == Level.NONE


def test_a_requirement_that_nobody_touched_follows_the_seeds(app: Flask, tmp_path: Path) -> None:
    seed(tmp_path, small_seeds())
    seeds = small_seeds()
    seeds["requirements"]["staff"]["send"] = "aware"
    assert seed(tmp_path, seeds).updated == 1
    assert _requirement().level == Level.AWARE


def test_a_pathway_follows_the_seeds_step_by_step(app: Flask, tmp_path: Path) -> None:
    seed(tmp_path, small_seeds())
    seeds = small_seeds()
    seeds["pathways"][0]["steps"] = [{"module": "TWO", "due_days": 5}, {"module": "ONE", "due_days": 9}]
    assert seed(tmp_path, seeds).updated == 1
    pathway = db.session.scalars(select(Pathway)).one()
    assert [(step.module.code, step.due_days, step.optional) for step in pathway.steps] == [
        ("TWO", 5, False),
        ("ONE", 9, False),
    ]
    assert seed(tmp_path, seeds).updated == 0


def test_one_mistake_anywhere_means_that_nothing_is_written(app: Flask, tmp_path: Path) -> None:
    seeds = small_seeds()
    seeds["pathways"][0]["steps"][0]["module"] = "NINE"
    with pytest.raises(SeedProblems):
        seed(tmp_path, seeds)
    assert count(SeedRecord) == count(AuditEvent) == count(Module) == 0


def test_a_circle_that_closes_over_what_the_hub_edited_is_said_with_its_module(app: Flask, tmp_path: Path) -> None:
    seeds = small_seeds()
    seeds["modules"] = [small_module("ONE"), small_module("TWO", skills={"send": "practising"})]
    seed(tmp_path, seeds)
    edited("ONE", prerequisite_ids=[module("TWO").id])
    seeds["modules"][1]["prerequisites"] = ["ONE"]
    with pytest.raises(Refused) as refused:
        seed(tmp_path, seeds)
    assert refused.value.sentence.startswith("modules: TWO: ")
    assert "circle" in refused.value.sentence
    assert module("TWO").prerequisites == []
