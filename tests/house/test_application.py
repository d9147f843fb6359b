"""The application that tests share is for each of them as `create_app` makes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from werkzeug.local import LocalProxy

from tests.application import Applications
from tests.conftest import MIGRATED, Databases, settings_for
from training_app import create_app
from training_app.database import db
from training_app.web.limits import TRIES, TooManyTries, count_try

pytestmark = pytest.mark.on_sqlite_only


@pytest.fixture
def applications(tmp_path: Path) -> Applications:
    return Applications(FileSystemBytecodeCache(str(tmp_path)))


def _described(thing: Any) -> Any:
    """Return a thing in a form in which two that were made alike are equal: functions by where they stand, of other objects
    the class."""
    if isinstance(thing, dict):
        return {repr(key): _described(value) for key, value in thing.items()}
    if isinstance(thing, (list, tuple)):
        return [_described(each) for each in thing]
    if isinstance(thing, (set, frozenset)):
        return sorted(repr(_described(each)) for each in thing)
    if type(thing) is LocalProxy:
        return "what belongs to the request"
    if callable(thing) and hasattr(thing, "__qualname__"):
        return f"{thing.__module__}.{thing.__qualname__}"
    return thing if isinstance(thing, (str, int, float, bytes, type(None))) else type(thing).__name__


def _about(app: Flask) -> dict[str, Any]:
    """Return all that can be told of an application; what a first request adds is there in both."""
    about = {name: _described(value) for name, value in vars(app).items() if name not in ("logger", "name")}
    templates = app.jinja_env
    about["pages"] = sorted((rule.rule, rule.endpoint, sorted(rule.methods or ())) for rule in app.url_map.iter_rules())
    about["settings"] = app.config["SETTINGS"]
    for name in ("globals", "filters", "tests"):
        about[name] = _described(getattr(templates, name))
    return about


def _spoil(app: Flask, databases: Databases) -> None:
    """Do to an application what tests do, and more."""
    with app.app_context():
        for _ in range(TRIES.amount):
            count_try("somebody")
        app.test_client().get("/sign-in")
    app.config["BASE_URL"] = "https://elsewhere.example"
    app.config["TRUSTED_HOSTS"].append("elsewhere.example")
    app.config["NEW"] = True
    app.view_functions["pages.help"] = lambda: "broken"
    app.before_request_funcs[None].clear()
    app.after_request_funcs[None].append(lambda response: response)
    app.error_handler_spec[None][None].clear()
    app.template_context_processors[None].clear()
    app.jinja_env.globals["hub_name"] = "Elsewhere"
    app.jinja_env.filters.clear()
    app.extensions["watch"] = databases
    app.session_interface = None  # type: ignore[assignment]


def test_each_finds_it_as_a_new_one_whatever_another_did_to_it(
    databases: Databases, applications: Applications, tmp_path: Path
) -> None:
    first = settings_for(databases.make("sqlite", MIGRATED), tmp_path / "first")
    second = settings_for(databases.make("sqlite", MIGRATED), tmp_path / "second")
    with applications.lend(first) as spoiled:
        _spoil(spoiled, databases)
    with applications.lend(second) as app:
        assert app is spoiled
        made = create_app(second)
        made.test_client_class = app.test_client_class
        assert _about(app) == _about(made)
        assert second.instance.is_dir()
        with app.app_context():
            for _ in range(TRIES.amount):
                count_try("somebody")
            with pytest.raises(TooManyTries):
                count_try("somebody")


def test_it_reads_and_writes_the_database_of_its_test_alone(
    databases: Databases, applications: Applications, tmp_path: Path
) -> None:
    urls = [databases.make("sqlite", MIGRATED) for _ in range(2)]
    for url in urls:
        with applications.lend(settings_for(url, tmp_path)) as app, app.app_context():
            assert db.engine.url.render_as_string(hide_password=False) == url
            assert db.session.connection().exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
            assert db.session.connection().exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
            db.session.remove()
            db.engine.dispose()


def test_whoever_needs_a_second_one_gets_another(
    databases: Databases, applications: Applications, tmp_path: Path
) -> None:
    settings = settings_for(databases.make("sqlite", MIGRATED), tmp_path)
    with applications.lend(settings) as one, applications.lend(settings) as other:
        assert one is not other
