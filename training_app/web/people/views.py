"""Pages of this subject."""

from __future__ import annotations

from flask import Blueprint

from training_app.accounts.policy import Permission
from training_app.web.access import requires

people = Blueprint("people", __name__)


@people.get("/people")
@requires(Permission.SEE_PEOPLE)
def list_people() -> str:
    return ""
