"""Why somebody stands in a skill as they do."""

from __future__ import annotations

from flask import render_template

from training_app.accounts.policy import Permission
from training_app.clock import today
from training_app.coverage.why import why
from training_app.people.scope import visible_organisations
from training_app.records.queries import those_told_in_full
from training_app.skills.queries import definition_of
from training_app.web.access import account, requires
from training_app.web.asking import asked_day, asked_evidence
from training_app.web.people.blueprint import found_person, people
from training_app.web.telling import who_is


@people.get("/people/<reference>/skills/<skill_code>")
@requires(Permission.SEE_PEOPLE)
def skill(reference: str, skill_code: str) -> tuple[str, int]:
    """Show who asks for the skill, what counts and what does not, who confirmed it, and what would renew it."""
    person = found_person(reference)
    as_at, evidence, places = asked_day(), asked_evidence(), visible_organisations(account())
    found = why(person.id, skill_code, as_at.on, evidence, today(), places=places)
    return render_template(
        "people/why.html",
        person=person,
        why=found,
        definition=definition_of(found.standing.skill.id),
        as_at=as_at,
        evidence=evidence,
        today=today(),
        in_full=those_told_in_full([each.completion for each in found.entries], places=places),
        confirmed_by={
            each: who_is(each) for each in {entry.completion.verified_by_account_id for entry in found.entries}
        },
    ), as_at.status
