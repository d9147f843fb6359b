"""How commands take their arguments and say what is wrong with them: exit status 2 and one line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import IO, Any

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy.exc import DBAPIError

from training_app.database import outage
from training_app.errors import Refused
from training_app.files.days import BadDay, parse_day
from training_app.imports.waiting import tidy


class OneLine(click.UsageError):
    """A usage error said in one line, without the command's synopsis."""

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the one line."""
        click.echo(" ".join(self.format_message().split()), file=file, err=file is None)


class OneLineCommand(click.Command):
    """A command whose bad arguments are answered by one line, and whose refusals end it with status 1."""

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """Read the arguments; raises `OneLine` where one makes no sense."""
        try:
            return super().make_context(*args, **kwargs)
        except click.UsageError as error:
            raise OneLine(error.format_message()) from error

    def invoke(self, context: click.Context) -> Any:
        """Run the command; a refusal becomes its sentence and exit status 1."""
        try:
            return super().invoke(context)
        except Refused as refused:
            raise _Refusal(refused.sentence) from refused
        except DBAPIError as error:
            raise _Refusal(database_sentence(error)) from error


def database_sentence(error: DBAPIError) -> str:
    """Return what to tell whoever typed a command about an error of the database. Raises it again where the database
    works: then it is a mistake of ours, and its trace is needed."""
    words = outage(error)
    if words is None:
        raise error
    return (
        f"The database {words} ({type(error.orig).__name__}), so nothing was done. Check DATABASE_URL, "
        "run `flask --app training_app db upgrade` if it is new, and try again."
    )


class OneLineGroup(click.Group):
    """A group of such commands."""

    command_class = OneLineCommand

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        """Read the arguments; raises `OneLine` where the command itself is missing."""
        if not args:
            raise OneLine(f"Say which: {self.name} {' or '.join(sorted(self.commands))}.")
        return super().parse_args(context, args)

    def resolve_command(self, *args: Any, **kwargs: Any) -> Any:
        """Find the command; raises `OneLine` for an unknown one."""
        try:
            return super().resolve_command(*args, **kwargs)
        except click.UsageError as error:
            offered = ", ".join(sorted(self.commands))
            raise OneLine(f"{error.format_message()} There are: {offered}.") from error


class _Refusal(click.ClickException):
    """Something that cannot be done, said in its own sentence."""

    exit_code = 1

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the sentence."""
        click.echo(self.message, file=file, err=file is None)


class Day(click.ParamType[date]):
    """A day as `YYYY-MM-DD` or `DD/MM/YYYY`."""

    name = "DATE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Return the day; fails with a sentence that says what would be right."""
        if isinstance(value, date):
            return value
        try:
            return parse_day(value)
        except BadDay as bad:
            self.fail(str(bad), param, ctx)


def command(name: str, **settings: Any) -> Callable[[Callable[..., Any]], click.Command]:
    """Make a command that runs inside the application. Each forgets the files that waited too long to be brought in."""

    def decorate(function: Callable[..., Any]) -> click.Command:
        @wraps(function)
        def run(*arguments: Any, **options: Any) -> Any:
            tidy(current_app.config["SETTINGS"].instance / "imports")
            return function(*arguments, **options)

        return click.command(name, cls=OneLineCommand, **settings)(with_appcontext(run))

    return decorate
