"""Pages of this subject."""

from __future__ import annotations

from flask import Blueprint

from training_app.accounts.policy import Permission
from training_app.web.access import requires

catalogue = Blueprint("catalogue", __name__)


@catalogue.get("/catalogue")
@requires(Permission.SEE_CATALOGUE)
def list_modules() -> str:
    return ""
