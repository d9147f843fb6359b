"""The workforce manager's home: where are we short, and what do I do next?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask import current_app, render_template, url_for

from training_app.assignments.queries import known_facts, past_their_day
from training_app.clock import today
from training_app.corrections.queries import requests_waiting
from training_app.coverage.next_steps import HelpfulModule, helpful, modules_that_give
from training_app.coverage.queries import facts, groups_named
from training_app.coverage.rules import Cell, Coverage, Facts, Named, coverage
from training_app.coverage.running_out import running_out
from training_app.delivery.queries import registers_due, sessions_to_fill
from training_app.mail.queries import failed_messages, held_back, how_many
from training_app.people.doubles import doubles_waiting_count
from training_app.people.queries import anybody, leavers_due, names_of, without_any_engagement
from training_app.people.scope import everywhere, visible_people
from training_app.records.queue import claims_waiting
from training_app.strategy.models import SKILLED_WORKFORCE
from training_app.strategy.queries import priority_numbered
from training_app.web.access import account
from training_app.web.coverage.showing import sentence
from training_app.web.formatting import count
from training_app.web.records.blueprint import decider

SHORTEST = 5
SOONEST = 8
TO_FILL = 5
PAST = 5


@dataclass(frozen=True)
class Short:
    """A cell where coverage is short: whose, what to do next, and a module that would do it."""

    group: Named
    cell: Cell
    href: str
    next_words: str
    next_href: str
    module: HelpfulModule | None


@dataclass(frozen=True)
class Ending:
    """A person's skill that runs out soon."""

    on: date
    reference: str
    name: str
    skill: str


def manager_home(others: list[tuple[str, str]]) -> str:
    """Return the page."""
    priority = priority_numbered(SKILLED_WORKFORCE)
    if not anybody():
        return render_template("home/first_steps.html", priority=priority, others=others)
    on = today()
    known = facts(groups_named(), on, on, "verified")
    found = coverage(known, on)
    ending = running_out(known, on)
    return render_template(
        "home/manager.html",
        others=others,
        priority=priority,
        sentence=sentence(found.total, on),
        total=found.total,
        shortest=_shortest(found, on),
        ending=_endings(known, [(each.on, each.person_id, each.skill_id) for each in ending[:SOONEST]]),
        ending_skills=len(ending),
        ending_people=len({each.person_id for each in ending}),
        ending_href=url_for("coverage.what_runs_out"),
        waiting=claims_waiting(decider()),
        corrections=requests_waiting(visible_people(account())),
        leavers_due=len(leavers_due(visible_people(account()), on, current_app.config["SETTINGS"].review_after_years)),
        unengaged=without_any_engagement(),
        mail_held=held_back(),
        not_delivered=how_many(failed_messages()),
        doubles=doubles_waiting_count(),
        past=past_their_day(visible_people(account()), on, PAST, places=everywhere()),
        to_fill=sessions_to_fill(on, TO_FILL),
        registers_due=registers_due(on),
    )


def _shortest(found: Coverage, on: date) -> list[Short]:
    """Return the cells with the lowest shares, of equal ones those with more people to reach first."""
    cells = [
        (each.group, cell, cell.percent)
        for each in found.groups
        for cell in each.cells
        if cell.percent is not None and cell.percent < 100
    ]
    lowest = sorted(cells, key=lambda one: (one[2], one[1].met - one[1].people + one[1].exempt))[:SHORTEST]
    modules = modules_that_give(known_facts(), {cell.skill.id for _, cell, _ in lowest}, on)
    return [_short(group, cell, modules) for group, cell, _ in lowest]


def _short(group: Named, cell: Cell, modules: Sequence[HelpfulModule]) -> Short:
    largest = max(("lapsed", "missing", "below"), key=lambda state: getattr(cell, state))
    many = getattr(cell, largest)
    words = {
        "lapsed": f"Renew with {count(many, 'person who lapsed', 'people who lapsed')}",
        "missing": f"Begin with {count(many, 'person who does', 'people who do')} not hold it yet",
        "below": f"Go on with {count(many, 'person', 'people')} who are below {cell.required.label}",
    }[largest]
    would_help = helpful(modules, cell.skill.id, cell.required, group.id)
    return Short(
        group,
        cell,
        url_for("coverage.names", group=group.code, skill=cell.skill.code),
        words,
        url_for("coverage.names", group=group.code, skill=cell.skill.code, state=largest),
        would_help[0] if would_help else None,
    )


def _endings(known: Facts, ending: Sequence[tuple[date, int, int]]) -> list[Ending]:
    people = names_of({person_id for _, person_id, _ in ending})
    skills = {skill.id: skill.name for skill in known.skills}
    return [Ending(on, *people[person_id], skills[skill_id]) for on, person_id, skill_id in ending]
