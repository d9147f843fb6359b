"""The blueprint of coverage."""

from __future__ import annotations

from flask import Blueprint

coverage = Blueprint("coverage", __name__)
