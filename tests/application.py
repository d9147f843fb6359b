"""One application for many tests, each of which finds it as `create_app` made it.

Making an application, and compiling and loading the pages that it draws, takes longer than most tests. It is therefore
made once for each test process. What a test changed about it is put back before the next, what it counted is forgotten, and
settings and database are the next test's own. tests/house/test_application.py holds that nothing else differs from a new one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from jinja2 import BytecodeCache

from config import Settings
from tests.clients import PageClient
from training_app import create_app, database
from training_app.database import db

CONTAINERS = (dict, list, set)


class Applications:
    """Lends applications to tests: the same one again and again, and another where one is in use already."""

    def __init__(self, compiled_templates: BytecodeCache) -> None:
        self._compiled_templates = compiled_templates
        self._idle: list[_Application] = []

    @contextmanager
    def lend(self, settings: Settings) -> Iterator[Flask]:
        """Give an application with these settings that nobody has used, as far as anybody can tell."""
        lent = self._idle.pop() if self._idle else _Application(settings, self._compiled_templates)
        lent.begin_anew(settings)
        try:
            yield lent.app
        finally:
            self._idle.append(lent)


class _Application:
    """An application and what it was like when it was made."""

    def __init__(self, settings: Settings, compiled_templates: BytecodeCache) -> None:
        self.app = create_app(settings)
        self.app.test_client_class = PageClient
        templates = self.app.jinja_env
        templates.bytecode_cache = compiled_templates
        self._put_back = [
            remembered(each) for each in (vars(self.app), templates.globals, templates.filters, templates.tests)
        ]

    def begin_anew(self, settings: Settings) -> None:
        """Put everything back, and go over to these settings and their database."""
        for put_back in self._put_back:
            put_back()
        for limiter in self.app.extensions["training_limits"]:
            limiter.storage.reset()
        settings.instance.mkdir(parents=True, exist_ok=True)
        self.app.instance_path = str(settings.instance)
        self.app.config.update(SETTINGS=settings, SQLALCHEMY_DATABASE_URI=settings.database_url)
        # An engine as the application makes it for its database when it begins.
        other = Flask(__name__)
        other.config.update(
            SQLALCHEMY_DATABASE_URI=settings.database_url,
            SQLALCHEMY_ENGINE_OPTIONS=dict(self.app.config["SQLALCHEMY_ENGINE_OPTIONS"]),
        )
        database.init_app(other)
        with other.app_context():
            made = dict(db.engines)
        with self.app.app_context():
            engines: Any = db.engines
            engines.clear()
            engines.update(made)


def remembered(thing: Any) -> Callable[[], None]:
    """Return what makes a dictionary, list or set what it is now, with all those within it."""
    within = [remembered(each) for each in (thing.values() if isinstance(thing, dict) else thing) if _can_change(each)]
    was = thing.copy()

    def put_back() -> None:
        thing.clear()
        if isinstance(thing, list):
            thing.extend(was)
        else:
            thing.update(was)
        for each in within:
            each()

    return put_back


def _can_change(thing: Any) -> bool:
    return isinstance(thing, CONTAINERS)
