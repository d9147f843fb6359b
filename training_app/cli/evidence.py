"""`evidence sweep`."""

from __future__ import annotations

import click

from training_app.cli.options import OneLineGroup, command
from training_app.records.evidence import sweep


@click.group("evidence", cls=OneLineGroup)
def evidence() -> None:
    """Photos and PDFs that go with what people completed."""


@command("sweep")
def sweep_command() -> None:
    """Remove files that belong to no entry: left by a crash, or chosen on a form that was never sent; a day old at least."""
    removed = sweep()
    click.echo(f"{removed:,} files that belonged to no entry are removed.")


evidence.add_command(sweep_command)

COMMANDS = (evidence,)
