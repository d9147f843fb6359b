"""`serve`: show the application on this machine, to try it out."""

from __future__ import annotations

import errno
import signal
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import FrameType
from typing import NoReturn

import click
import waitress
from flask import current_app

from training_app.cli.options import OneLine, command
from training_app.cli.stewardship import how_to_sign_in
from training_app.database import db
from training_app.mail.delivery import keep_delivering

HOST = "127.0.0.1"
PORTS_TRIED = 50
THREADS = 8
SECONDS_TO_ANSWER = 30
SECONDS_TO_END = 5


@command("serve")
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=8000,
    show_default=True,
    help="Where to serve; the next free one where this one is busy.",
)
def serve(port: int) -> None:
    """Serve on this machine only, and say where, until it is stopped."""
    listening = _listen(port)
    address = f"http://{HOST}:{listening.getsockname()[1]}"
    # Links in pages and messages must lead to where it really is.
    settings = replace(current_app.config["SETTINGS"], base_url=address)
    current_app.config.update(
        SETTINGS=settings,
        BASE_URL=address,
        TRUSTED_HOSTS=[HOST, "localhost"],
        SESSION_COOKIE_NAME="session",
        SESSION_COOKIE_SECURE=False,
    )
    signing_in = how_to_sign_in()
    db.session.remove()
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, _stop)
    server = waitress.create_server(current_app.wsgi_app, sockets=[listening], threads=THREADS, ident=None)
    threading.Thread(target=_announce, args=(address, signing_in), daemon=True).start()
    with _sending_mail():
        server.run()
    click.echo("Stopped.")


@contextmanager
def _sending_mail() -> Iterator[None]:
    """Let messages leave as soon as they are written, so that somebody who tries this out gets their link."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    stop = threading.Event()
    sending = threading.Thread(target=keep_delivering, args=(app, stop), daemon=True)
    sending.start()
    try:
        yield
    finally:
        stop.set()
        sending.join(SECONDS_TO_END)


def _listen(port: int) -> socket.socket:
    """Return a socket on the first free port from this one on."""
    for candidate in range(port, min(port + PORTS_TRIED, 65536)):
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((HOST, candidate))
            listening.listen()
        except OSError as error:
            listening.close()
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
        else:
            return listening
    raise OneLine(f"--port: neither {port} nor the {PORTS_TRIED - 1} after it are free; choose another.")


def _announce(address: str, signing_in: list[str]) -> None:
    """Print the address once a page has really come back."""
    if not _answers(address):
        click.echo(f"{address} does not answer; see what is said above.", err=True)
        return
    for line in (address, *signing_in, "Press Ctrl-C to stop."):
        click.echo(line)


def _answers(address: str) -> bool:
    until = time.monotonic() + SECONDS_TO_ANSWER
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while time.monotonic() < until:
        try:
            with direct.open(f"{address}/healthz", timeout=5) as response:
                return bool(response.status == 200)
        except urllib.error.HTTPError:
            return False
        except OSError:
            time.sleep(0.1)
    return False


def _stop(_signal: int, _frame: FrameType | None) -> NoReturn:
    # waitress ends its loop, and lets what it is answering come to an end, for this exception.
    raise KeyboardInterrupt


COMMANDS = (serve,)
