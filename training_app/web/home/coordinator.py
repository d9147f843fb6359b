"""The coordinator's home: which organisations are mine, and whom do I ask?"""

from __future__ import annotations

from flask import current_app, render_template

from training_app.people.queries import organisations_with_ids
from training_app.web.access import account


def coordinator_home(others: list[tuple[str, str]]) -> str:
    """Return the page; it names organisations and nobody."""
    return render_template(
        "home/coordinator.html",
        others=others,
        organisations=organisations_with_ids(account().organisation_ids),
        settings=current_app.config["SETTINGS"],
    )
