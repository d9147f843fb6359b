"""`audit seal` and `audit verify`: the chain of digests over the log."""

from __future__ import annotations

import re

import click

from training_app.audit.chain import seal_everything
from training_app.audit.chain import verify as verify_chain
from training_app.cli.options import OneLine, OneLineGroup, command

_DIGEST = re.compile(r"[0-9a-f]{64}")


@click.group("audit", cls=OneLineGroup)
def audit() -> None:
    """The log of who changed what, and its chain of digests."""


@command("seal")
def seal() -> None:
    """Seal what was written since the last time."""
    click.echo(f"{seal_everything():,} events sealed.")


@command("verify")
@click.option("--expect", metavar="DIGEST", help="A digest printed earlier, which the chain must still hold.")
@click.pass_context
def verify(context: click.Context, expect: str | None) -> None:
    """Read the whole log again: a line for each event that is not as it was sealed, and exit status 1 where there is any."""
    expected = None if expect is None else expect.strip().casefold()
    if expected is not None and not _DIGEST.fullmatch(expected):
        raise OneLine("--expect: a digest has 64 letters and digits from 0 to f, as this command prints them.")
    seal_everything()
    found = verify_chain(expected)
    for problem in found.problems:
        click.echo(problem)
    click.echo(
        f"{found.events:,} events in {found.seals:,} seals read, {found.erased:,} details erased, "
        f"{found.unsealed:,} events not sealed yet."
    )
    click.echo(f"The chain ends with {found.last_digest}")
    if found.problems:
        context.exit(1)
    click.echo(
        "Nothing was changed since it was sealed. Write the digest down elsewhere, and give it to --expect next time."
    )


audit.add_command(seal)
audit.add_command(verify)

COMMANDS = (audit,)
