"""`seed`, `demo` and `check`."""

from __future__ import annotations

import click

from config import ROOT
from training_app.audit import Actor
from training_app.cli.options import command
from training_app.database import transaction
from training_app.stewardship import check as checking
from training_app.stewardship import demo as demonstration
from training_app.stewardship import seed as seeding


@command("seed")
def seed() -> None:
    """Load the strategy, framework, catalogue and pathways of seeds/."""
    with transaction():
        report = seeding.load(Actor.command(), ROOT / "seeds")
    click.echo(f"{report.added} added, {report.updated} updated, {report.unchanged} as they were.")
    for kept in report.kept:
        click.echo(f"Left as the hub has it: {kept}.")


@command("demo")
@click.option("--force", is_flag=True, help="Load it even where there are other people.")
def demo(force: bool) -> None:
    """Load a demonstration hub: invented people with three years of training."""
    with transaction():
        report = demonstration.load(Actor.command(), force=force)
    if report is None:
        click.echo("The demonstration is loaded already; nothing was changed.")
        return
    click.echo(
        f"Loaded {report.people:,} people in {report.organisations:,} organisations "
        f"with {report.completions:,} completions, all of them invented."
    )
    for line in how_to_sign_in():
        click.echo(line)


@command("check")
@click.pass_context
def check(context: click.Context) -> None:
    """Look for data that contradicts itself: a line for each, and exit status 1 where there is any."""
    found = False
    for problem in checking.problems():
        found = True
        click.echo(problem)
    if found:
        context.exit(1)
    click.echo("Nothing contradicts itself.")


def how_to_sign_in() -> list[str]:
    """Return lines that say how to sign in as each role; none where no demonstration is loaded."""
    accounts = demonstration.sign_ins()
    if not accounts:
        return []
    widest = max(len(each.email) for each in accounts)
    return [
        f'Sign in with the password "{demonstration.PASSWORD}" as:',
        *(f"  {each.email.ljust(widest)}  {each.shown_as}" for each in accounts),
    ]


COMMANDS = (seed, demo, check)
