"""`remind`: write to those who have something to do, run once a day."""

from __future__ import annotations

import click
from flask import current_app

from training_app.audit import Actor
from training_app.cli.options import command
from training_app.clock import today
from training_app.database import transaction
from training_app.reminders.actions import remind


@command("remind")
def remind_people() -> None:
    """Remind people of what they are asked to do, one message each; safe to run twice, and makes up for days without."""
    quiet = current_app.config["SETTINGS"].reminders_quiet_months
    with transaction():
        done = remind(Actor.command(), today(), quiet)
    if done.quiet:
        click.echo(done.quiet)
        return
    click.echo(
        f"{done.written:,} reminded, {done.without_address:,} without an e-mail, {done.silent:,} want no reminders, "
        f"{done.summaries:,} weekly summaries."
    )


COMMANDS = (remind_people,)
