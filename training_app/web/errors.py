"""What a reader is told when something cannot be done: a plain page, the right status, never a stack trace."""

from __future__ import annotations

from flask import Flask, current_app, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, TimeoutError
from werkzeug.exceptions import HTTPException, SecurityError

from training_app.database import db, is_given_up, outage
from training_app.errors import ChangedMeanwhile, NotFound, Refused

PAGES = frozenset({400, 403, 404, 405, 409, 413, 429, 500, 503})


# Pages that must still come when the database is gone: drawn without asking who is visiting.
_PLAIN = frozenset({500, 503})


def _page(status: int, sentence: str | None = None, **more: str) -> tuple[str, int]:
    if status in _PLAIN:
        template = current_app.jinja_env.get_template(f"errors/{status}.html")
        return template.render(hub_name=current_app.config["SETTINGS"].hub_name, request_id=g.get("request_id")), status
    return render_template(f"errors/{status}.html", sentence=sentence, **more), status


def _conflict(sentence: str) -> tuple[str, int]:
    """Return the page that leads to what it says now; what only takes a form has no page, so that leads home."""
    rule = request.url_rule
    has_page = rule is not None and "GET" in (rule.methods or ())
    return _page(409, sentence, look_again=request.full_path if has_page else url_for("home.front"))


def init_app(app: Flask) -> None:
    """Answer every kind of failure with its page."""

    @app.errorhandler(SecurityError)
    def unknown_host(_error: SecurityError) -> ResponseReturnValue:
        # Asked for by a name that is not ours, no address of ours can be told: a page without any.
        template = current_app.jinja_env.get_template("errors/unknown_host.html")
        return template.render(hub_name=current_app.config["SETTINGS"].hub_name), 400

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> ResponseReturnValue:
        if error.response is not None or error.code is None or error.code < 400:
            return error
        if error.code in PAGES:
            page, status = _page(error.code, getattr(error, "sentence", None))
            response = error.get_response(request.environ)
            response.set_data(page)
            response.content_type = "text/html; charset=utf-8"
            response.status_code = status
            return response
        return _page(400)

    @app.errorhandler(CSRFError)
    def stale_form(_error: CSRFError) -> ResponseReturnValue:
        return _page(
            400,
            "This page had been open too long, so nothing was saved. Go back, reload it and send it again.",
        )

    @app.errorhandler(NotFound)
    def not_found(_error: NotFound) -> ResponseReturnValue:
        return _page(404)

    @app.errorhandler(ChangedMeanwhile)
    def changed_meanwhile(error: ChangedMeanwhile) -> ResponseReturnValue:
        return _conflict(error.sentence)

    @app.errorhandler(Refused)
    def refused(error: Refused) -> ResponseReturnValue:
        return _page(400, error.sentence)

    @app.errorhandler(TimeoutError)
    @app.errorhandler(DBAPIError)
    def refused_by_the_database(error: DBAPIError | TimeoutError) -> ResponseReturnValue:
        """Say that the records cannot be reached only where that is so: what the database refuses while it works is a
        value that it cannot hold, a clash with another writer, or a mistake of ours."""
        words = outage(error) if isinstance(error, DBAPIError) else "has too much to do"
        if words is not None or isinstance(error, TimeoutError):
            app.logger.error("The database %s: %s", words, type(error).__name__)
            db.session.remove()
            return _page(503)
        db.session.rollback()
        if isinstance(error, DataError):
            return _page(400)
        if isinstance(error, IntegrityError) or is_given_up(error):
            return _conflict(ChangedMeanwhile().sentence)
        raise error

    @app.errorhandler(500)
    def broken(_error: Exception) -> ResponseReturnValue:
        db.session.remove()
        return _page(500)
