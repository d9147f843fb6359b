"""Addresses of the page that is being looked at, with something in the query string changed.

Filters, sorting and paging stand in the address, so that each view can be bookmarked and sent to a colleague.
"""

from __future__ import annotations

from urllib.parse import quote, urlencode

from flask import request


def this_page(**changes: str | int | None) -> str:
    """Return this page's address with the named parts of its query changed; None takes a part out.

    A part that stands there several times keeps all its values unless it is changed.
    """
    return _address(request.script_root + request.path, changes)


def this_page_as(extension: str, **changes: str | int | None) -> str:
    """Return the address of the same view as a file, `/people.csv?group=…`; paging is taken out."""
    return _address(f"{request.script_root}{request.path}.{extension}", {"page": None, **changes})


def _address(path: str, changes: dict[str, str | int | None]) -> str:
    kept = [(key, value) for key, value in request.args.items(multi=True) if key not in changes]
    added = [(key, str(value)) for key, value in changes.items() if value is not None]
    query = urlencode(kept + added, errors="replace")
    whole = quote(path, errors="replace")
    return f"{whole}?{query}" if query else whole
