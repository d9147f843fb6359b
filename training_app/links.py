"""Absolute addresses for what leaves the house: messages and letters."""

from __future__ import annotations

from flask import current_app


def absolute(path: str) -> str:
    """Return the whole address of a path of this site, as `absolute("/help")`.

    It is built from BASE_URL and never from the request's host, which whoever asks may choose: a link sent to somebody
    else must not lead where a stranger wants. Raises ValueError for anything but a path of this site.
    """
    if not path.startswith("/") or path.startswith(("//", "/\\")):
        raise ValueError("Only a path of this site can be made a whole address.")
    base: str = current_app.config["BASE_URL"]
    return base + path
