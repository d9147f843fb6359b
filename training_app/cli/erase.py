"""`erase list` and `erase again`: so that an erasure outlives the restoring of an older copy of the database."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click
from flask import current_app

from training_app.audit import Actor
from training_app.cli.options import OneLine, OneLineGroup, command
from training_app.database import transaction
from training_app.stewardship.erase import Erased, erase_again, erased_so_far, forget_old_pages


@click.group("erase", cls=OneLineGroup)
def erase() -> None:
    """Who was erased, without their names. People are erased on their page."""


@command("list")
def list_erased() -> None:
    """Print a line for everybody who was erased, to be kept outside the database beside its copies."""
    for each in erased_so_far():
        click.echo(json.dumps(asdict(each), ensure_ascii=False))


@command("again")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def again(file: Path) -> None:
    """Erase again who is in FILE, which `erase list` printed, after an older copy of the database was restored."""
    erased = [
        _read(line, number) for number, line in enumerate(file.read_text("utf-8").splitlines(), 1) if line.strip()
    ]
    with transaction():
        done = erase_again(Actor.command(), erased, current_app.config["SETTINGS"].instance)
    forget_old_pages()
    click.echo(f"{done} of {len(erased)} erased again; the others are not in this database, or are erased already.")


def _read(line: str, number: int) -> Erased:
    try:
        return Erased(**json.loads(line))
    except (ValueError, TypeError):
        raise OneLine(f"FILE: line {number} is not one that `erase list` prints.") from None


erase.add_command(list_erased)
erase.add_command(again)

COMMANDS = (erase,)
