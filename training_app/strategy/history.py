"""What the log says of the strategy, its groups and its terms, in sentences."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import select

from training_app.audit.history import Action, Names, Subject, Told, simply
from training_app.database import db
from training_app.strategy.models import Priority, WorkforceGroup

STRATEGY = {"name": "the name", "plan_years": "the years of the plan", "source": "where it comes from"}
PRIORITY = {"title": "the title", "statement": "the statement"}
GROUP = {"name": "the name", "description": "the description", "priority_id": "the priority", "position": "the place"}
TERM = {"name": "the name", "end_on": "the last day"}


def names_of_groups(_ids: Collection[int]) -> Mapping[int, str]:
    """Return the names of workforce groups by their ids."""
    return dict(db.session.execute(select(WorkforceGroup.id, WorkforceGroup.name)).all())


def names_of_priorities(_ids: Collection[int]) -> Mapping[int, str]:
    """Return the numbers of priorities, as they are spoken of, by their ids."""
    rows = db.session.execute(select(Priority.id, Priority.number)).all()
    return {priority_id: f"priority {number}" for priority_id, number in rows}


def _strategy(told: Told, _names: Names) -> str:
    return f"the strategy {told.row.get('name', '')}".rstrip()


def _priority(told: Told, _names: Names) -> str:
    return f"priority {told.row.get('number')}"


def _group(told: Told, _names: Names) -> str:
    return f"the group {told.row.get('name')}"


def _term(told: Told, _names: Names) -> str:
    return f"the term {told.row.get('name')}"


HISTORY = Subject(
    actions={
        "strategy.added": Action("Strategy added", simply("added", _strategy)),
        "strategy.changed": Action("Strategy changed", simply("changed", _strategy, STRATEGY)),
        "priority.added": Action("Priority added", simply("added", _priority)),
        "priority.changed": Action("Priority changed", simply("changed", _priority, PRIORITY)),
        "workforce_group.added": Action("Workforce group added", simply("added", _group)),
        "workforce_group.changed": Action("Workforce group changed", simply("changed", _group, GROUP)),
        "term.added": Action("Term added", simply("added", _term)),
        "term.changed": Action("Term changed", simply("changed", _term, TERM)),
    },
    names={
        "group_id": names_of_groups,
        "group_ids": names_of_groups,
        "priority_id": names_of_priorities,
        "priority_ids": names_of_priorities,
    },
)
