"""Why one stands in a skill as one does."""

from __future__ import annotations

from flask import render_template

from training_app.accounts.policy import Permission
from training_app.clock import today
from training_app.coverage.why import why
from training_app.errors import NotFound
from training_app.people.scope import everywhere
from training_app.skills.queries import definition_of
from training_app.web.access import account, requires
from training_app.web.my.blueprint import my
from training_app.web.telling import who_is


@my.get("/my/record/skills/<skill_code>")
@requires(Permission.SEE_OWN_RECORD)
def skill(skill_code: str) -> str:
    """Show who asks for a skill, what of one's own counts and what does not, who confirmed it, and what would renew it."""
    person_id = account().person_id
    if person_id is None:
        raise NotFound
    found = why(person_id, skill_code, today(), "verified", today(), places=everywhere())
    return render_template(
        "my/why.html",
        why=found,
        definition=definition_of(found.standing.skill.id),
        today=today(),
        in_full={each.completion.id for each in found.entries},
        confirmed_by={
            each: who_is(each) for each in {entry.completion.verified_by_account_id for entry in found.entries}
        },
    )
