"""What runs out in the next 90 days, person by person and skill by skill; also as a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Response, render_template

from training_app.accounts.policy import Permission
from training_app.assignments.queries import known_facts
from training_app.coverage.next_steps import HelpfulModule, closing, modules_that_give
from training_app.coverage.queries import all_groups, facts
from training_app.coverage.rules import EXPIRING_WITHIN, Named
from training_app.coverage.running_out import RunsOut, running_out
from training_app.files import Column, Table
from training_app.people.models import Engagement
from training_app.people.queries import PAGE_SIZE, Page, engagements_of_people, names_of
from training_app.people.rules import covers
from training_app.web.access import requires
from training_app.web.asking import asked_page
from training_app.web.coverage.asked import Asked, asked, organisations_to_choose
from training_app.web.coverage.blueprint import coverage
from training_app.web.downloads import download, each_format

# How many modules are offered for each; the page of the skill has the rest.
OFFERED = 2


@dataclass(frozen=True)
class Ending:
    """A row: a person's skill that runs out, where they are, and what would renew it."""

    runs_out: RunsOut
    reference: str
    name: str
    organisations: Sequence[str]
    groups: Sequence[str]
    skill: Named
    modules: Sequence[HelpfulModule]


@coverage.get("/coverage/running-out")
@requires(Permission.SEE_COVERAGE)
def what_runs_out() -> tuple[str, int]:
    """List whose skills run out within 90 days of a day, the soonest first."""
    wanted = asked()
    found, skills = _found(wanted)
    number = min(asked_page(), max(1, -(-len(found) // PAGE_SIZE)))
    on_page = found[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    page = render_template(
        "coverage/running_out.html",
        asked=wanted,
        page_errors=wanted.page_errors(),
        page=Page(_rows(on_page, wanted, skills), number, len(found)),
        people=len({each.person_id for each in found}),
        last_day=wanted.day + EXPIRING_WITHIN,
        choices={
            "groups": [(group.code, group.name) for group in all_groups()],
            "organisation": organisations_to_choose(),
        },
    )
    return page, wanted.status


@each_format(coverage, "/coverage/running-out")
@requires(Permission.SEE_COVERAGE)
def what_runs_out_file() -> Response:
    """Send the same list as a file."""
    wanted = asked().or_refuse()
    found, skills = _found(wanted)
    columns = [
        Column("as_at", "date"),
        *(Column(name) for name in ("evidence", "reference", "name", "organisations", "groups", "skill", "required")),
        Column("runs_out_on", "date"),
    ]
    rows = [
        (
            *(wanted.day, wanted.evidence, each.reference, each.name),
            *("; ".join(each.organisations), "; ".join(each.groups)),
            *(each.skill.code, each.runs_out.required.code, each.runs_out.on),
        )
        for each in _rows(found, wanted, skills)
    ]
    return download(Table(columns, rows), f"running-out-{wanted.day.isoformat()}")


def _found(wanted: Asked) -> tuple[Sequence[RunsOut], Mapping[int, Named]]:
    """Return all that runs out, as it was asked for, and the skills by id."""
    known = facts(wanted.groups, wanted.day, wanted.day, wanted.evidence, places=wanted.places)
    return running_out(known, wanted.day), {skill.id: skill for skill in known.skills}


def _rows(found: Sequence[RunsOut], wanted: Asked, skills: Mapping[int, Named]) -> list[Ending]:
    """Return the rows of some of what runs out. A fixed number of statements, however many there are."""
    ids = {each.person_id for each in found}
    names = names_of(ids)
    engaged = engagements_of_people(ids, places=wanted.places)
    modules = modules_that_give(known_facts(), {each.skill_id for each in found}, wanted.today)
    asked_ids = {group.id for group in wanted.groups}
    rows = []
    for each in found:
        current: list[Engagement] = [
            one
            for one in engaged[each.person_id]
            if one.group_id in asked_ids and covers(one.start_on, one.end_on, wanted.day)
        ]
        would_do = closing(modules, each.skill_id, each.required, [one.group_id for one in current])
        rows.append(
            Ending(
                each,
                *names[each.person_id],
                sorted({one.organisation.name for one in current}),
                sorted({one.group.code for one in current}),
                skills[each.skill_id],
                would_do[:OFFERED],
            )
        )
    return rows
