"""How a message leaves: handed to the hub's mail server, or written to a file where none is set."""

from __future__ import annotations

import os
import smtplib
import ssl
from contextlib import suppress
from email.policy import SMTP
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from config import MailServer, Settings
from training_app.clock import now
from training_app.mail.letter import Letter, Sender, compose, in_ascii_where_possible
from training_app.mail.rules import server_said

SECONDS_FOR_AN_ANSWER = 30

# Where messages are written, in the instance folder, while there is no mail server.
FOLDER = "mail"


class NotTaken(Exception):
    """This one message was not taken: for good, or for now."""

    def __init__(self, problem: str, *, for_good: bool) -> None:
        super().__init__(problem)
        self.problem = problem
        self.for_good = for_good


class ServerAway(Exception):
    """No message at all can leave just now, which is no message's fault."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


class Transport(Protocol):
    """A way out."""

    def deliver(self, letter: Letter) -> None:
        """Let one message leave. Raises `NotTaken` or `ServerAway`."""

    def close(self) -> None:
        """Say goodbye."""


def transport_for(settings: Settings) -> Transport:
    """Return the way out that the settings name."""
    sender = Sender(settings.hub_name, settings.mail_from, settings.contact_email)
    if settings.mail_server is None:
        return ToFiles(settings.instance / FOLDER, sender)
    return ToServer(settings.mail_server, sender, urlsplit(settings.base_url).hostname or "localhost")


def delete_files_of(folder: Path, number: int) -> None:
    """Delete what was written to a folder of the message with this number."""
    for file in folder.glob(f"*-{number:06}-*.eml"):
        file.unlink(missing_ok=True)


class ToFiles:
    """Writes each message to a file of its own, which a second try writes again, so that there are never two."""

    def __init__(self, folder: Path, sender: Sender) -> None:
        self._folder = folder
        self._sender = sender

    def deliver(self, letter: Letter) -> None:
        """Write the message to its file. Raises `ServerAway` where the folder cannot be written to."""
        name = f"{letter.queued_at:%Y-%m-%dT%H%M%SZ}-{letter.number:06}-{letter.kind.replace(' ', '-')}.eml"
        written = compose(letter, self._sender, now()).as_bytes(policy=SMTP.clone(utf8=True, linesep="\n"))
        unfinished = self._folder / f".{name}"
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(written)
            unfinished.replace(self._folder / name)
        except OSError as error:
            raise ServerAway(f"The folder for messages cannot be written to ({type(error).__name__}).") from error

    def close(self) -> None:
        """Nothing is open."""


class ToServer:
    """Hands messages to a mail server over SMTP, all of one run over one connection."""

    def __init__(self, server: MailServer, sender: Sender, own_host: str) -> None:
        self._server = server
        self._sender = sender
        self._own_host = (
            own_host if any(letter.isalpha() for letter in own_host) and ":" not in own_host else "localhost"
        )
        self._connection: smtplib.SMTP | None = None

    def deliver(self, letter: Letter) -> None:
        """Hand the message over. Raises `NotTaken` for this one, `ServerAway` where none would be taken."""
        if self._connection is None:
            self._connection = self._connect()
        try:
            self._hand_over(self._connection, letter)
        except smtplib.SMTPRecipientsRefused as error:
            [(code, _)] = error.recipients.values()
            raise NotTaken(server_said(code), for_good=code >= 500) from error
        except smtplib.SMTPNotSupportedError as error:
            raise NotTaken("The mail server does not take addresses with such letters.", for_good=True) from error
        except smtplib.SMTPSenderRefused as error:
            raise ServerAway(
                f"The mail server does not take mail from the hub's address ({error.smtp_code})."
            ) from error
        except smtplib.SMTPResponseException as error:
            raise NotTaken(server_said(error.smtp_code), for_good=error.smtp_code >= 500) from error
        except OSError as error:
            self.close()
            raise NotTaken("The connection to the mail server broke off.", for_good=False) from error
        finally:
            if self._connection is not None and self._connection.sock is None:
                self._connection = None  # the server closed it: the next message opens another

    def close(self) -> None:
        """Say goodbye to the server, if it is still there."""
        if self._connection is not None:
            with suppress(OSError):
                self._connection.quit()
            self._connection.close()
            self._connection = None

    def _hand_over(self, connection: smtplib.SMTP, letter: Letter) -> None:
        takes_eight_bits = connection.has_extn("8bitmime")
        message = compose(letter, self._sender, now(), takes_eight_bits=takes_eight_bits)
        connection.send_message(
            message,
            from_addr=in_ascii_where_possible(self._sender.address),
            to_addrs=[in_ascii_where_possible(letter.recipient)],
            mail_options=["BODY=8BITMIME"] if message["Content-Transfer-Encoding"] == "8bit" else [],
        )

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        try:
            connection = self._greet(server)
        except ssl.SSLError as error:
            raise ServerAway(
                f"The mail server cannot prove who it is, or no encryption could be agreed ({error.reason})."
            ) from error
        except OSError as error:
            raise ServerAway(f"The mail server cannot be reached ({type(error).__name__}).") from error
        if server.user:
            try:
                connection.login(server.user, server.password)
            except OSError as error:  # some servers answer that a password is wrong, some break off
                connection.close()
                raise ServerAway("The mail server does not take the user and password of MAIL_URL.") from error
        return connection

    def _greet(self, server: MailServer) -> smtplib.SMTP:
        if server.encrypted_from_the_start:
            return smtplib.SMTP_SSL(
                server.host,
                server.port,
                local_hostname=self._own_host,
                timeout=SECONDS_FOR_AN_ANSWER,
                context=ssl.create_default_context(),
            )
        connection = smtplib.SMTP(
            server.host, server.port, local_hostname=self._own_host, timeout=SECONDS_FOR_AN_ANSWER
        )
        connection.ehlo_or_helo_if_needed()
        if server.is_on_this_machine:
            # Nothing leaves the machine, and the certificate of a local server is mostly one that nobody vouches for.
            return connection
        if connection.has_extn("starttls"):
            connection.starttls(context=ssl.create_default_context())
            connection.ehlo_or_helo_if_needed()
        elif server.user:
            connection.close()
            raise ServerAway("The mail server offers no encryption, so the password of MAIL_URL was not sent to it.")
        return connection
