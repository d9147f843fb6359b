"""Pages of this subject."""

from __future__ import annotations

from flask import Blueprint

from training_app.accounts.policy import Permission
from training_app.web.access import requires

home = Blueprint("home", __name__)


@home.get("/")
@requires(Permission.SEE_HOME)
def front() -> str:
    return ""
