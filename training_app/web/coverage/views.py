"""Pages of this subject."""

from __future__ import annotations

from flask import Blueprint

from training_app.accounts.policy import Permission
from training_app.web.access import requires

coverage = Blueprint("coverage", __name__)


@coverage.get("/coverage")
@requires(Permission.SEE_COVERAGE)
def matrix() -> str:
    return ""
