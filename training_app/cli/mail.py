"""`mail send`: let what waits in the outbox leave."""

from __future__ import annotations

import signal
import threading
from types import FrameType

import click
from flask import current_app

from training_app.cli.options import OneLineGroup, command
from training_app.mail.delivery import deliver_due, keep_delivering
from training_app.mail.models import MessageState
from training_app.mail.queries import held_back


@click.group("mail", cls=OneLineGroup)
def mail() -> None:
    """Messages that wait to leave."""


@command("send")
@click.option("--watch", is_flag=True, help="Keep going, and look for new messages every two seconds.")
@click.pass_context
def send(context: click.Context, watch: bool) -> None:
    """Send every message that is due; status 1 where one cannot be delivered or no mail can leave."""
    if watch:
        _watch()
        return
    done = deliver_due()
    counts = done.counts
    click.echo(
        f"{counts[MessageState.SENT]:,} sent, {counts[MessageState.WAITING]:,} put off, "
        f"{counts[MessageState.FAILED]:,} could not be delivered, {counts[MessageState.OUT_OF_DATE]:,} out of date."
    )
    held = held_back()
    if held:
        click.echo(f"{held:,} held back until a manager switches mail on.")
    if done.away:
        click.echo(done.away, err=True)
    if done.away or counts[MessageState.FAILED]:
        context.exit(1)


mail.add_command(send)


def _watch() -> None:
    stop = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        stop.set()  # the message in hand is finished first

    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, end)
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    click.echo("Sending messages as they come. Press Ctrl-C to stop.")
    keep_delivering(app, stop)
    click.echo("Stopped.")


COMMANDS = (mail,)
