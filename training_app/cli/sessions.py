"""`sessions daily`: what is done for sessions once a day."""

from __future__ import annotations

import click

from training_app.audit import Actor
from training_app.cli.options import OneLineGroup, command
from training_app.clock import today
from training_app.database import transaction
from training_app.delivery.booking import remind_and_tidy


@click.group("sessions", cls=OneLineGroup)
def sessions() -> None:
    """Training sessions."""


@command("daily")
def daily() -> None:
    """Remind whoever is booked for tomorrow, and delete what would have helped at sessions of more than 14 days ago."""
    with transaction():
        done = remind_and_tidy(Actor.command(), today())
    click.echo(f"{done.reminded:,} reminded of tomorrow, {done.deleted:,} wishes deleted.")


sessions.add_command(daily)

COMMANDS = (sessions,)
