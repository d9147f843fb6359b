"""A real mail server for tests: it takes what is handed over SMTP, or answers what a test wants it to answer."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope
from flask import Flask

from config import MailServer


@dataclass
class MailTaken:
    """What a mail server took, and what it is to answer instead of taking it.

    `answers` maps an address to the answers to its next tries, one after the other; "" takes the message.
    """

    host: str = "127.0.0.1"
    port: int = 0
    messages: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    senders: list[str] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    answers: dict[str, list[str]] = field(default_factory=dict)
    sender_answer: str = ""

    def to(self, address: str) -> list[EmailMessage]:
        """Return the messages taken for an address."""
        return [each for each in self.messages if each["To"] == address]

    async def handle_MAIL(self, server: Any, session: Any, envelope: Envelope, address: str, options: list[str]) -> str:  # noqa: N802
        if self.sender_answer:
            return self.sender_answer
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Envelope, address: str, options: list[str]) -> str:  # noqa: N802
        answers = self.answers.get(address, [])
        answer = answers.pop(0) if answers else ""
        if answer:
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        self.raw.append(envelope.content)
        self.senders.append(envelope.mail_from or "")
        self.encrypted.append(session.ssl is not None)
        self.messages.append(message)
        return "250 taken"


@contextmanager
def mail_server(
    host: str = "127.0.0.1", *, certificate: ssl.SSLContext | None = None, password: str | None = None
) -> Iterator[MailTaken]:
    """Run a mail server. With a `certificate` it offers STARTTLS, with a `password` it wants the user `hub` to sign in."""
    taken = MailTaken(host)

    def check(_server: Any, _session: Any, _envelope: Any, _mechanism: str, given: Any) -> AuthResult:
        # Not "handled" means that the server still has to answer; else whoever has a wrong password waits in vain.
        return AuthResult(success=(given.login, given.password) == (b"hub", (password or "").encode()), handled=False)

    with socket.socket() as probe:
        probe.bind((host, 0))
        taken.port = probe.getsockname()[1]
    controller = Controller(
        taken,
        hostname=host,
        port=taken.port,
        server_hostname="mail.example",
        tls_context=certificate,
        authenticator=check if password else None,
        auth_required=bool(password),
        auth_require_tls=certificate is not None,
        enable_SMTPUTF8=True,
    )
    controller.start()
    try:
        yield taken
    finally:
        controller.stop(no_assert=True)


def send_over(app: Flask, taken: MailTaken, user: str = "", password: str = "") -> None:
    """Let an application hand its messages to this server."""
    server = MailServer(taken.host, taken.port, user, password, encrypted_from_the_start=False)
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], mail_server=server)
