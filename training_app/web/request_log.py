"""One line of the log for each request."""

from __future__ import annotations

import logging
import time

from flask import g, request
from sqlalchemy import inspect
from werkzeug.wrappers import Response

_log = logging.getLogger(__name__)


def log_request(response: Response) -> Response:
    """Tell the log what was asked for and what became of it: the route and never the filled path, which may hold a
    reference or a link's secret, nor the query; the account's id and never its e-mail."""
    if request.endpoint != "static":
        facts = {
            "method": request.method,
            "route": request.url_rule.rule if request.url_rule else None,
            "status": response.status_code,
            "milliseconds": round((time.perf_counter() - g.started) * 1000) if "started" in g else None,
            "account": _account_id(),
        }
        _log.info("request", extra={"facts": facts})
    return response


def _account_id() -> int | None:
    """Return the id of who is signed in as far as this request has looked them up already: the database may be gone."""
    visitor = g.get("_login_user")
    account = getattr(visitor, "account", None)
    identity = inspect(account).identity if account is not None else None
    return identity[0] if identity else None
