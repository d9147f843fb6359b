"""What each group needs in each skill from when: the table, the decisions behind it, and making a new one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask import Response as File
from werkzeug.wrappers import Response

from training_app.accounts.policy import Permission
from training_app.assignments.queries import known_facts
from training_app.audit.queries import EventsWanted
from training_app.clock import today
from training_app.coverage.next_steps import helpful, modules_that_give
from training_app.database import seen_as, transaction
from training_app.errors import ChangedMeanwhile, NotFound, Refused
from training_app.files import Column, Table
from training_app.people.queries import all_groups
from training_app.people.rules import in_words
from training_app.skills.actions import require_level, void_requirement
from training_app.skills.levels import Level
from training_app.skills.models import Requirement, Skill, SkillArea
from training_app.skills.queries import (
    all_skills,
    level_meanings,
    requirement_by_id,
    requirement_of,
    skill_by_code,
    standing_requirements,
    voided_requirements,
)
from training_app.strategy.models import WorkforceGroup
from training_app.web.access import actor, requires
from training_app.web.asking import LARGEST_ID, asked_day, asked_words
from training_app.web.downloads import download, each_format
from training_app.web.forms import ReasonForm
from training_app.web.requirements.effects import effect_of_deciding, effect_of_voiding
from training_app.web.requirements.forms import RequirementForm
from training_app.web.telling import history_of

requirements = Blueprint("requirements", __name__)


@dataclass(frozen=True)
class Area:
    """An area of the framework with its skills, as the table shows them."""

    name: str
    skills: Sequence[Skill]


@requirements.get("/requirements")
@requires(Permission.SEE_REQUIREMENTS)
def list_requirements() -> tuple[str, int]:
    """Show what is required on a day as a table of skills and groups, what is coming after it, and the way to the past."""
    as_at = asked_day()
    decisions = standing_requirements()
    in_force: dict[tuple[str, str], Requirement] = {}
    before: dict[int, Level] = {}
    coming = []
    for each in decisions:
        pair = (each.group.code, each.skill.code)
        if each.effective_from <= as_at.on:
            in_force[pair] = each
        else:
            coming.append(each)
    latest = {pair: Level(each.level) for pair, each in in_force.items()}
    for each in coming:
        pair = (each.group.code, each.skill.code)
        before[each.id] = latest.get(pair, Level.NONE)
        latest[pair] = Level(each.level)
    coming.sort(key=lambda each: each.effective_from)
    return render_template(
        "requirements/list.html",
        as_at=as_at,
        areas=_areas(all_skills()),
        groups=all_groups(),
        in_force=in_force,
        levels={pair: Level(each.level) for pair, each in in_force.items()},
        changing={(each.group.code, each.skill.code) for each in coming},
        coming=coming,
        before=before,
        level_of=Level,
        meanings=level_meanings(),
    ), as_at.status


@each_format(requirements, "/requirements")
@requires(Permission.SEE_REQUIREMENTS)
def requirements_file() -> File:
    """Return every decision that stands, past and coming ones included, in the form that can be brought in again."""
    names = ("workforce_group", "skill", "level", "effective_from")
    rows = [
        [each.group.code, each.skill.code, Level(each.level).code, each.effective_from]
        for each in standing_requirements()
    ]
    return download(Table([Column(name) for name in names], rows), "requirements")


@requirements.get("/requirements/<group_code>/<skill_code>")
@requires(Permission.SEE_REQUIREMENTS)
def pair(group_code: str, skill_code: str) -> str:
    """Show all decisions about one group and one skill: past, present, coming, and those taken back."""
    group, skill = _found_pair(group_code, skill_code)
    decisions = standing_requirements(group.id, skill.id)
    day = today()
    voided = voided_requirements(group.id, skill.id)
    past_and_present = [each for each in decisions if each.effective_from <= day]
    return render_template(
        "requirements/pair.html",
        group=group,
        skill=skill,
        decisions=list(reversed(decisions)),
        present=past_and_present[-1] if past_and_present else None,
        ends={each.id: after.effective_from for each, after in pairwise(decisions)},
        voided=voided,
        history=history_of(
            EventsWanted(objects=[("requirement", each.id) for each in (*decisions, *voided)]),
            with_about=False,
        ),
        today=day,
        level_of=Level,
    )


@requirements.route("/requirements/change", methods=["GET", "POST"])
@requires(Permission.CHANGE_REQUIREMENTS)
def change() -> Response | tuple[str, int]:
    """Decide what a group needs in a skill from a day on; first it is shown how many people that would move."""
    form = RequirementForm()
    groups, skills = all_groups(), all_skills()
    form.group.choices = [("", "Choose a group"), *((group.code, group.name) for group in groups)]
    form.skill.choices = [("", "Choose a skill"), *((skill.code, skill.name) for skill in skills)]
    if not form.is_submitted():
        form.group.data, form.skill.data = asked_words("group"), asked_words("skill")
    elif form.validate() and "again" not in request.form:
        group = next(each for each in groups if each.code == form.group.data)
        skill = next(each for each in skills if each.code == form.skill.data)
        level, day = Level.of_code(form.level.data), form.effective_from.data
        if form.previewed.data != form.decision:
            return _preview(form, group, skill, level)
        try:
            with transaction():
                require_level(actor(), group.id, skill.id, level, day, form.seen.data or "")
        except ChangedMeanwhile as changed:
            form.refuse(changed)
            return _preview(form, group, skill, level)
        except Refused as refused:
            form.refuse(refused)
        else:
            flash(f"Saved. {_decided(group, skill, level, day)}", "success")
            return redirect(url_for("requirements.pair", group_code=group.code, skill_code=skill.code))
    return render_template("requirements/change.html", form=form, meanings=level_meanings()), form.status


@requirements.route(f"/requirements/<int(max={LARGEST_ID}):requirement_id>/void", methods=["GET", "POST"])
@requires(Permission.CHANGE_REQUIREMENTS)
def void(requirement_id: int) -> Response | tuple[str, int]:
    """Take back a decision that was entered by mistake, having seen what that does."""
    requirement = requirement_by_id(requirement_id)
    if requirement is None:
        raise NotFound
    group, skill = requirement.group, requirement.skill
    form = ReasonForm(row_version=requirement.row_version)
    if form.validate_on_submit():
        try:
            with transaction():
                void_requirement(actor(), requirement, form.reason.data, form.seen_version)
        except Refused as refused:
            form.refuse(refused)
            form.row_version.data = requirement.row_version
        else:
            flash("Taken back. The decision before it, if there is one, goes on.", "success")
            return redirect(url_for("requirements.pair", group_code=group.code, skill_code=skill.code))
    return render_template(
        "requirements/void.html",
        form=form,
        requirement=requirement,
        level=Level(requirement.level),
        group=group,
        skill=skill,
        effect=effect_of_voiding(group, skill, requirement.effective_from, today()),
        today=today(),
    ), form.status


def _preview(form: RequirementForm, group: WorkforceGroup, skill: Skill, level: Level) -> tuple[str, int]:
    """Show what a decision would change; what stands for its day now is what will have been seen when it is saved."""
    day = form.effective_from.data
    standing = requirement_of(group.id, skill.id, day)
    form.previewed.data, form.seen.data = form.decision, seen_as(standing)
    would_give = (
        helpful(modules_that_give(known_facts(), [skill.id], today()), skill.id, level, group.id) if level else []
    )
    return render_template(
        "requirements/preview.html",
        form=form,
        would_give=would_give,
        is_suggested=any(module.is_suggested_to(group.id) for module in would_give),
        group=group,
        skill=skill,
        level=level,
        effect=effect_of_deciding(group, skill, level, day, today()),
        today=today(),
        decided=_decided(group, skill, level, day),
        now_says=_decided(group, skill, Level(standing.level), day) if standing else None,
    ), form.status


def _decided(group: WorkforceGroup, skill: Skill, level: Level, day: date) -> str:
    asked = "nothing is asked any more" if level is Level.NONE else f"{level.label} is asked"
    return f"From {in_words(day)} {asked} of {group.name} in {skill.name}."


def _found_pair(group_code: str, skill_code: str) -> tuple[WorkforceGroup, Skill]:
    group = next((each for each in all_groups() if each.code.casefold() == group_code.casefold()), None)
    skill = skill_by_code(skill_code)
    if group is None or skill is None:
        raise NotFound
    return group, skill


def _areas(skills: Sequence[Skill]) -> list[Area]:
    by_area: dict[int, tuple[SkillArea, list[Skill]]] = {}
    for skill in skills:
        by_area.setdefault(skill.area_id, (skill.area, []))[1].append(skill)
    return [Area(area.name, its) for area, its in by_area.values()]
