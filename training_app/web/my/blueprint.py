"""The blueprint of one's own record."""

from __future__ import annotations

from flask import Blueprint

my = Blueprint("my", __name__)
