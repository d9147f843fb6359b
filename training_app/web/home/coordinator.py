"""The coordinator's home: who of mine needs what?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask import render_template

from training_app.assignments.queries import known_facts, past_their_day
from training_app.clock import today
from training_app.coverage.needs import Needs, who_needs_what
from training_app.coverage.next_steps import HelpfulModule, closing, modules_that_give
from training_app.coverage.queries import facts, groups_named
from training_app.coverage.rules import Named, coverage
from training_app.coverage.running_out import running_out
from training_app.people.models import Engagement
from training_app.people.queries import OrganisationsWanted, engagements_of_people, names_of, organisations_wanted
from training_app.people.rules import covers
from training_app.people.scope import visible_organisations, visible_people
from training_app.records.models import Evidence
from training_app.records.queries import CompletionsWanted, completions_page, entries_waiting, those_told_in_full
from training_app.records.queue import claims_waiting
from training_app.skills.levels import Level
from training_app.web.access import account
from training_app.web.coverage.showing import sentence
from training_app.web.records.blueprint import decider

FIRST = 8
SENT_BACK = 5


@dataclass(frozen=True)
class Person:
    """Somebody who needs something: where they are, how much there is to do, and what to do first."""

    reference: str
    name: str
    organisations: Sequence[str]
    needs: Needs
    skill: str
    is_lapsed: bool
    module: HelpfulModule | None


@dataclass(frozen=True)
class Ending:
    """A person's skill that runs out soon."""

    on: date
    reference: str
    name: str
    skill: str


def coordinator_home(others: list[tuple[str, str]]) -> str:
    """Return the page."""
    people, places = visible_people(account()), visible_organisations(account())
    on = today()
    organisations = organisations_wanted(people, OrganisationsWanted(on=on), places=places)
    if not organisations:
        return render_template("home/no_organisation.html", others=others)
    known = facts(groups_named(), on, on, "verified", places=places)
    found = coverage(known, on)
    needs, ending = who_needs_what(known, on), running_out(known, on)
    skills = {skill.id: skill for skill in known.skills}
    ids = {each.person_id for each in needs[:FIRST]} | {each.person_id for each in ending[:FIRST]}
    names, engaged = names_of(ids), engagements_of_people(ids, places=places)
    sent_back = completions_page(people, CompletionsWanted(evidence=Evidence.RETURNED.value), places=places)
    only = organisations[0].organisation.name if len(organisations) == 1 else None
    place = f" at {only or f'your {len(organisations)} organisations'}"
    return render_template(
        "home/coordinator.html",
        others=others,
        organisations=organisations,
        sentence=sentence(found.total, on, place, nobody="the groups that are counted"),
        total=found.total,
        needs=_first(needs[:FIRST], names, engaged, skills, on),
        needs_found=len(needs),
        ending=[Ending(each.on, *names[each.person_id], skills[each.skill_id].name) for each in ending[:FIRST]],
        ending_found=len(ending),
        ending_people=len({each.person_id for each in ending}),
        past=past_their_day(people, on, FIRST, places=places),
        waiting=entries_waiting(people),
        to_decide=claims_waiting(decider()).entries,
        sent_back=sent_back.rows[:SENT_BACK],
        sent_back_found=sent_back.found,
        in_full=those_told_in_full(sent_back.rows[:SENT_BACK], places=places),
    )


def _first(
    needs: Sequence[Needs],
    names: Mapping[int, tuple[str, str]],
    engaged: Mapping[int, Sequence[Engagement]],
    skills: Mapping[int, Named],
    on: date,
) -> list[Person]:
    modules = modules_that_give(known_facts(), {_first_gap(each)[0] for each in needs}, on)
    rows = []
    for each in needs:
        current = [one for one in engaged[each.person_id] if covers(one.start_on, one.end_on, on)]
        skill_id, required = _first_gap(each)
        would_do = closing(modules, skill_id, required, [one.group_id for one in current])
        rows.append(
            Person(
                *names[each.person_id],
                sorted({one.organisation.name for one in current}),
                each,
                skills[skill_id].name,
                bool(each.lapsed),
                would_do[0] if would_do else None,
            )
        )
    return rows


def _first_gap(needs: Needs) -> tuple[int, Level]:
    return (*needs.lapsed, *needs.not_yet)[0]
