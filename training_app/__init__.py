"""The training and skills tracker for Music Hubs.

`create_app` is the contents page of the house: it reads the settings and opens each room in order. Packages are imported
inside it, so that importing `training_app` alone does nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from config import Settings


def create_app(settings: Settings | None = None) -> Flask:
    """Return the application with the given settings (those of the environment unless given).

    Raises `config.SettingsError`, which ends the process with one line, where a setting is missing or unsafe.
    """
    from flask import Flask

    from config import ROOT, settings_from
    from training_app import cli, database, models, web

    settings = settings or settings_from()
    settings.instance.mkdir(parents=True, exist_ok=True)
    app = Flask(
        __name__,
        instance_path=str(settings.instance),
        template_folder=str(ROOT / "templates"),
        static_folder=str(ROOT / "training_app" / "web" / "static"),
    )
    app.config.from_mapping(
        SETTINGS=settings,
        SECRET_KEY=settings.secret_key,
        BASE_URL=settings.base_url,
        TESTING=settings.environment == "testing",
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        MAX_CONTENT_LENGTH=25 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        SESSION_COOKIE_SECURE=settings.base_url.startswith("https://"),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=settings.sign_in_kept,
        WTF_CSRF_TIME_LIMIT=None,
    )
    assert models.__all__, "every table is known before the first query"
    database.init_app(app)
    web.init_app(app)
    cli.init_app(app)
    return app
