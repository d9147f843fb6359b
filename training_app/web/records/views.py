"""Pages of this subject."""

from __future__ import annotations

from flask import Blueprint

from training_app.accounts.policy import Permission
from training_app.web.access import requires

records = Blueprint("records", __name__)


@records.get("/records")
@requires(Permission.RECORD_COMPLETIONS)
def list_records() -> str:
    return ""
