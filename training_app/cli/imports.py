"""`import people|completions|exemptions|requirements FILE`."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy.exc import DBAPIError

from training_app.audit import Actor
from training_app.cli.options import OneLine, OneLineGroup, command, database_sentence
from training_app.database import outage
from training_app.errors import Refused
from training_app.imports import KINDS, Judgement, Kind, bring_in, judge

WAIT_BEFORE_SHOWING = 1.0
# The counts of a file that could not be read, or that something outside it stopped: as if it had one bad row and no other.
_REFUSED_AS_A_WHOLE = Judgement(rows=0).counts() | {"errors": 1}


@click.group("import", cls=OneLineGroup)
def import_() -> None:
    """Bring in a CSV or XLSX file: all of it or, with any bad row, nothing."""


def _command_for(kind: Kind) -> click.Command:
    @command(kind.name, help=f"Bring in {kind.name} from FILE.")
    @click.argument("file", type=click.Path(path_type=Path))
    @click.option("--dry-run", is_flag=True, help="Say what would happen and write nothing.")
    def run(file: Path, dry_run: bool) -> None:
        try:
            content = file.read_bytes()
        except OSError as error:
            raise OneLine(
                f"{file} cannot be opened ({error.strerror}). Give the path of a CSV or XLSX file."
            ) from error
        try:
            with _progress(f"Reading {kind.name}"):
                found = (
                    judge(kind, content, file.name) if dry_run else bring_in(Actor.command(), kind, content, file.name)
                )
        except Refused as refused:
            click.echo(refused.sentence, err=True)
            _finish(_REFUSED_AS_A_WHOLE)
        except Exception as error:
            # Whoever reads the last line as JSON finds it there whatever stopped us.
            if isinstance(error, DBAPIError) and outage(error):
                click.echo(database_sentence(error), err=True)
                _finish(_REFUSED_AS_A_WHOLE)
            click.echo(json.dumps(_REFUSED_AS_A_WHOLE))
            raise
        for note in found.notes:
            click.echo(note, err=True)
        for bad in found.errors:
            click.echo(str(bad), err=True)
        _finish(found.counts())

    return run


def _finish(counts: dict[str, int]) -> None:
    click.echo(json.dumps(counts))
    sys.exit(1 if counts["errors"] else 0)


@contextmanager
def _progress(what: str) -> Iterator[None]:
    """Show that something is going on, on a terminal and only when it takes longer than a moment."""
    if not sys.stderr.isatty():
        yield
        return
    progress = Progress(
        TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=Console(stderr=True), transient=True
    )
    progress.add_task(what, total=None)
    timer = threading.Timer(WAIT_BEFORE_SHOWING, progress.start)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        progress.stop()


for _kind in KINDS.values():
    import_.add_command(_command_for(_kind))

COMMANDS = (import_,)
