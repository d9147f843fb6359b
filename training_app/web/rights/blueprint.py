"""The blueprints of people's rights over what is held about them: their own pages, and those of the hub."""

from __future__ import annotations

from flask import Blueprint

rights = Blueprint("rights", __name__)
own_rights = Blueprint("own_rights", __name__)
