"""`seed`, `demo` and `check`."""

from __future__ import annotations

import click

from config import ROOT
from training_app.audit import Actor
from training_app.cli.options import command
from training_app.database import transaction
from training_app.stewardship import seed as seeding


@command("seed")
def seed() -> None:
    """Load the strategy, framework, catalogue and pathways of seeds/."""
    with transaction():
        report = seeding.load(Actor.command(), ROOT / "seeds")
    click.echo(f"{report.added} added, {report.updated} updated, {report.unchanged} as they were.")
    for kept in report.kept:
        click.echo(f"Left as the hub has it: {kept}.")


COMMANDS = (seed,)
