"""Everything that happened to somebody's record, in sentences, page by page."""

from __future__ import annotations

from flask import render_template

from training_app.accounts.policy import Permission
from training_app.assignments.history import SAID_ALREADY as SAID_BY_WHAT_WAS_MADE
from training_app.audit.queries import EventsWanted, events_page
from training_app.people.queries import former_identities_of
from training_app.practice.history import KEPT_QUIET
from training_app.records.history import SAID_ALREADY
from training_app.web.access import requires
from training_app.web.asking import asked_page
from training_app.web.people.blueprint import found_person, people
from training_app.web.telling import told_to_the_visitor


def about(person_id: int) -> EventsWanted:
    """Return which events the history of a person tells: all about them, by whichever number
    the log speaks of them, but for steps that another event tells as well, and for how they go about learning with others."""
    former = [each.former_person_id for each in former_identities_of(person_id)]
    without = (*SAID_ALREADY, *SAID_BY_WHAT_WAS_MADE, *KEPT_QUIET)
    return EventsWanted(people=[person_id, *former], without=without)


@people.get("/people/<reference>/history")
@requires(Permission.SEE_AUDIT)
def history_page(reference: str) -> str:
    """Show what happened to somebody's record, the latest first."""
    who = found_person(reference)
    page = events_page(about(who.id), asked_page())
    return render_template("people/history.html", person=who, page=page, entries=told_to_the_visitor(page.rows))
