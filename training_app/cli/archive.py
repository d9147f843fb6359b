"""`backup` and `restore`."""

from __future__ import annotations

from pathlib import Path

import click
from flask_migrate import upgrade

from training_app.audit import Actor
from training_app.cli.options import command
from training_app.database import transaction
from training_app.stewardship import archive


@command("backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def backup(file: Path) -> None:
    """Write everything into FILE, a new one, as it is at this moment; everybody may go on working."""
    counts = archive.back_up(file)
    click.echo(f"{counts.rows:,} rows of {counts.tables} tables and {counts.files:,} evidence files are in {file}.")


@command("restore")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="Lose what the database holds now.")
def restore(file: Path, force: bool) -> None:
    """Put back everything that FILE holds, all of it or nothing, into an empty database."""
    if archive.revision_of_database() is None:
        upgrade()
    with transaction():
        counts = archive.restore(Actor.command(), file, force=force)
    click.echo(f"{counts.rows:,} rows of {counts.tables} tables and {counts.files:,} evidence files are back.")
    click.echo("Everybody is signed out, and mail is off until a manager switches it on.")


COMMANDS = (backup, restore)
