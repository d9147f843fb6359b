"""The commands: `flask --app training_app …`."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Add every command to the application."""
    from training_app.cli import (
        accounts,
        archive,
        audit,
        coverage,
        erase,
        evidence,
        imports,
        mail,
        reminders,
        serve,
        sessions,
        stewardship,
    )

    modules = (
        accounts,
        archive,
        audit,
        coverage,
        erase,
        evidence,
        imports,
        mail,
        reminders,
        serve,
        sessions,
        stewardship,
    )
    for module in modules:
        for command in module.COMMANDS:
            app.cli.add_command(command)
