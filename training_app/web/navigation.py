"""What every page shows around its content: the hub's name, the way to the other pages, the demonstration banner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import current_app, g, request, url_for

from training_app.accounts.policy import Permission
from training_app.stewardship.queries import demonstration_is_loaded
from training_app.web.access import visitor


@dataclass(frozen=True)
class Destination:
    """One entry of the navigation."""

    label: str
    href: str
    current: bool


# Label, endpoint, what it needs, and the blueprints whose pages belong under it.
_DESTINATIONS = (
    ("Home", "home.front", Permission.SEE_HOME, ("home",)),
    (
        "My training",
        "my.record",
        Permission.SEE_OWN_RECORD,
        ("my", "own_entries", "own_corrections", "own_rights", "own_practice"),
    ),
    ("Sessions", "sessions.list_sessions", Permission.SEE_SESSIONS, ("sessions",)),
    ("Coverage", "coverage.matrix", Permission.SEE_COVERAGE, ("coverage",)),
    ("People", "people.list_people", Permission.SEE_PEOPLE, ("people", "corrections", "rights", "practice")),
    ("Records", "records.list_records", Permission.RECORD_COMPLETIONS, ("records", "evidence")),
    ("Assignments", "assignments.list_owed", Permission.SEE_ASSIGNMENTS, ("assignments",)),
    ("Catalogue", "catalogue.list_modules", Permission.SEE_CATALOGUE, ("catalogue",)),
    ("Requirements", "requirements.list_requirements", Permission.SEE_REQUIREMENTS, ("requirements",)),
    ("Imports", "imports.choose", Permission.IMPORT, ("imports",)),
    ("Mail", "mail.overview", Permission.MANAGE_MAIL, ("mail", "reminders")),
    ("Audit", "audit.search", Permission.SEE_AUDIT, ("audit",)),
)


def destinations() -> list[Destination]:
    """Return the pages that the visitor may open, in their order."""
    signed_in = visitor()
    if signed_in is None:
        return []
    return [
        Destination(label, url_for(endpoint), request.blueprint in blueprints)
        for label, endpoint, needed, blueprints in _DESTINATIONS
        if signed_in.may(needed)
    ]


def shared_by_every_page() -> dict[str, Any]:
    """Return what the layout needs on every page."""
    settings = current_app.config["SETTINGS"]
    return {
        "hub_name": settings.hub_name,
        "contact_name": settings.contact_name,
        "contact_email": settings.contact_email,
        "contact_phone": settings.contact_phone,
        "csp_nonce": g.get("csp_nonce", ""),
        "navigation": destinations(),
        "visitor": visitor(),
        "demonstration": demonstration_is_loaded(),
        "Permission": Permission,
    }
