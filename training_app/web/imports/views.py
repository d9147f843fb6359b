"""Pages of this subject."""

from __future__ import annotations

from flask import Blueprint

from training_app.accounts.policy import Permission
from training_app.web.access import requires

imports = Blueprint("imports", __name__)


@imports.get("/imports")
@requires(Permission.IMPORT)
def choose() -> str:
    return ""
