"""Absolute addresses for letters and mails, always from the BASE_URL setting and never from the request's host."""

from __future__ import annotations

from flask import current_app


def absolute(path: str) -> str:
    """Return the whole address of a path such as `/my/record`."""
    base: str = current_app.config["BASE_URL"]
    return base + path
