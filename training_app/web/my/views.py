"""Pages of this subject."""

from __future__ import annotations

from flask import Blueprint

from training_app.accounts.policy import Permission
from training_app.web.access import requires

my = Blueprint("my", __name__)


@my.get("/my/record")
@requires(Permission.SEE_OWN_RECORD)
def record() -> str:
    return ""
