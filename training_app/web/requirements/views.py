"""Pages of this subject."""

from __future__ import annotations

from flask import Blueprint

from training_app.accounts.policy import Permission
from training_app.web.access import requires

requirements = Blueprint("requirements", __name__)


@requirements.get("/requirements")
@requires(Permission.SEE_REQUIREMENTS)
def list_requirements() -> str:
    return ""
