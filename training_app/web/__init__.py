"""The pages. Each subject has a package with `views.py` and, where people type something, `forms.py`."""

from __future__ import annotations

import secrets
import time
from typing import Any

from flask import Flask, current_app, g, request
from flask_wtf.csrf import CSRFProtect
from govuk_frontend_wtf.main import WTFormsHelpers
from jinja2 import ChoiceLoader, PackageLoader, PrefixLoader
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response

from training_app.database import new_batch_id

csrf = CSRFProtect()

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; base-uri 'none'; connect-src 'self'; font-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; img-src 'self' data:; manifest-src 'self'; script-src 'self' 'nonce-{nonce}'; "
    "style-src 'self'"
)


def init_app(app: Flask) -> None:
    """Add every page, and what all pages share."""
    from training_app.web import access, components, downloads, errors, formatting, limits
    from training_app.web.navigation import shared_by_every_page
    from training_app.web.request_log import log_request
    from training_app.web.templates import Templates

    app.jinja_environment = Templates
    own_templates = app.jinja_loader
    assert own_templates is not None
    app.jinja_loader = ChoiceLoader(
        [
            own_templates,
            PrefixLoader(
                {
                    "govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja"),
                    "govuk_frontend_wtf": PackageLoader("govuk_frontend_wtf"),
                }
            ),
        ]
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    WTFormsHelpers(app)
    app.before_request(_number_the_request)
    app.before_request(_limit_what_is_typed)
    app.before_request(_make_nonce)  # first, because a page that refuses has scripts too
    csrf.init_app(app)
    access.init_app(app)
    limits.init_app(app)
    errors.init_app(app)
    formatting.init_app(app)
    components.init_app(app)
    downloads.init_app(app)
    app.after_request(_add_headers)
    app.after_request(log_request)
    hops = app.config["SETTINGS"].proxy_hops
    if hops:
        # Only what so many proxies of our own have added is believed: who asks, and whether by https.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=0, x_prefix=0)  # type: ignore[method-assign]
    app.context_processor(shared_by_every_page)
    _add_pages(app)


def _add_pages(app: Flask) -> None:
    from training_app.web.accounts import accounts
    from training_app.web.assignments import assignments
    from training_app.web.audit.views import audit
    from training_app.web.catalogue.views import catalogue
    from training_app.web.certificates.views import certificates
    from training_app.web.corrections.views import corrections, own_corrections
    from training_app.web.coverage.views import coverage
    from training_app.web.home.views import home
    from training_app.web.imports.views import imports
    from training_app.web.mail.views import mail
    from training_app.web.managing import managing
    from training_app.web.my.entries import own_entries
    from training_app.web.my.views import my
    from training_app.web.pages.views import pages
    from training_app.web.people.views import people
    from training_app.web.practice import own_practice, practice
    from training_app.web.records.evidence import evidence
    from training_app.web.records.views import records
    from training_app.web.reminders.views import reminders
    from training_app.web.requirements.views import requirements
    from training_app.web.rights.views import own_rights, rights
    from training_app.web.sessions import sessions

    for blueprint in (
        accounts,
        managing,
        home,
        my,
        own_entries,
        catalogue,
        people,
        records,
        evidence,
        certificates,
        sessions,
        practice,
        own_practice,
        assignments,
        corrections,
        own_corrections,
        rights,
        own_rights,
        requirements,
        coverage,
        imports,
        mail,
        reminders,
        audit,
        pages,
    ):
        app.register_blueprint(blueprint)


def _number_the_request() -> None:
    """Give the request an id, which somebody can quote, and under which the audit and the log tell what it did."""
    g.started = time.perf_counter()
    g.request_id = new_batch_id()


def _limit_what_is_typed() -> None:
    """Read no more than a form may hold, unless there are files in it. (Werkzeug itself limits what is typed only in forms
    that can have files.)"""
    if request.mimetype != "multipart/form-data":
        request.max_content_length = request.max_form_memory_size


def _make_nonce() -> None:
    g.csp_nonce = secrets.token_urlsafe(16)


def _add_headers(response: Response) -> Response:
    """Tell the browser to run nothing that is not ours, to show these pages in no frame and to keep no copy of them."""
    nonce: Any = g.get("csp_nonce", "")
    headers = response.headers
    headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY.format(nonce=nonce))
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers["X-Request-ID"] = g.get("request_id", "")
    if current_app.config["SETTINGS"].is_encrypted:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if request.endpoint != "static":
        headers["Cache-Control"] = "no-store"
    return response
