"""The training and skills tracker for Music Hubs.

`create_app` is the contents page of the house: it reads the settings and opens each room in order. Packages are imported
inside it, so that importing `training_app` alone does nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from config import Settings

MEGABYTE = 1024 * 1024


def create_app(settings: Settings | None = None) -> Flask:
    """Return the application with the given settings (those of the environment unless given).

    Raises `config.SettingsError`, which ends the process with one line, where a setting is missing or unsafe.
    """
    from flask import Flask

    from config import ROOT, settings_from
    from training_app import cli, database, logs, models, web

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
        # What a statement was about has no place in a log.
        SQLALCHEMY_ENGINE_OPTIONS={"hide_parameters": True},
        MAX_CONTENT_LENGTH=settings.largest_upload_mb * MEGABYTE,
        MAX_FORM_MEMORY_SIZE=settings.largest_form_mb * MEGABYTE,
        TRUSTED_HOSTS=list(settings.trusted_hosts),
        # A browser takes a cookie of this name only over https, for this host alone and for all its paths.
        SESSION_COOKIE_NAME="__Host-session" if settings.is_encrypted else "session",
        SESSION_COOKIE_SECURE=settings.is_encrypted,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=settings.sign_in_kept,
        WTF_CSRF_TIME_LIMIT=None,
    )
    logs.init_app(app)
    assert models.__all__, "every table is known before the first query"
    database.init_app(app)
    web.init_app(app)
    cli.init_app(app)
    return app
