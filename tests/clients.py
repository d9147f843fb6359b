"""A test client that opens pages as a browser would, and checks every one it opens."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.builders import PASSWORD
from training_app.database import db


class PageClient(FlaskClient):
    """Checks each HTML page that it receives: valid, one h1, a title, labelled fields, nothing inline."""

    checks_pages = True

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Send a request; the page that comes back must be sound.

        Each request has a context of its own, as on a server: what one remembers (who is signed in, the form's token) must
        not be there for the next. What the test itself has read is read afresh afterwards.
        """
        db.session.rollback()
        with self.application.app_context():
            response = super().open(*args, **kwargs)
        if self.checks_pages and response.mimetype == "text/html" and response.status_code not in (301, 302, 303, 307):
            from tests.pages import check_page

            check_page(response.get_data(as_text=True))
        return response

    def submit(self, path: str, data: dict[str, Any] | None = None, **kwargs: Any) -> TestResponse:
        """Post a form as its page would, with the page's own token and its prefilled fields kept.

        `path` may carry a query; fields not in `data` keep what the page shows in hidden inputs.
        """
        from tests.pages import hidden_fields

        shown = self.get(path, **kwargs)
        fields: dict[str, Any] = dict(hidden_fields(shown.get_data(as_text=True)))
        fields.update(data or {})
        return self.post(path, data=fields, **kwargs)

    def token(self, path: str = "/help") -> str:
        """Return a fresh form token for this client."""
        from flask import g
        from flask_wtf.csrf import generate_csrf

        with self.application.test_request_context():
            g.pop("csrf_token", None)
            with self.session_transaction() as session:
                token: str = generate_csrf()
                from flask import session as made

                session["csrf_token"] = made["csrf_token"]
        return token


def sign_in(app: Flask, email: str, password: str = PASSWORD) -> PageClient:
    """Return a client that has signed in through the page."""
    client = app.test_client()
    assert isinstance(client, PageClient)
    response = client.post("/sign-in", data={"email": email, "password": password, "csrf_token": client.token()})
    assert response.status_code == 302, response.get_data(as_text=True)
    return client
