"""Run the migrations on the application's own engine, each batch as one transaction that rolls back as a whole."""

from __future__ import annotations

from alembic import context
from flask import current_app

from training_app.database import WRITES

migrations = current_app.extensions["migrate"]
engine = migrations.db.engine


def run() -> None:
    """Bring the database to the revision asked for."""
    with engine.connect() as connection:
        connection = connection.execution_options(**{WRITES: True})
        if engine.dialect.name == "sqlite":
            # Tables are rebuilt to change them; their rows must not be dropped along with what they point to.
            connection.connection.driver_connection.execute("PRAGMA foreign_keys = OFF")
        context.configure(connection=connection, target_metadata=migrations.db.metadata, **migrations.configure_args)
        with context.begin_transaction():
            context.run_migrations()
        if engine.dialect.name == "sqlite":
            connection.connection.driver_connection.execute("PRAGMA foreign_keys = ON")


if context.is_offline_mode():
    raise SystemExit("Migrations run against a database, not into a script: leave --sql out.")
run()
