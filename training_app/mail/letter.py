"""A message as it travels: headers, and plain text in UTF-8."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from training_app.mail.rules import domain_in_ascii, tidy_subject

_LONGEST_LINE = 998  # in bytes; what every mail server takes


@dataclass(frozen=True)
class Sender:
    """From whom messages come, and whom replies reach (an empty text where the hub has named nobody)."""

    name: str
    address: str
    reply_to: str


@dataclass(frozen=True)
class Letter:
    """One message, apart from the database. `number` is that of its row in the outbox."""

    number: int
    message_id: str
    kind: str
    recipient: str
    subject: str
    body: str
    queued_at: datetime


def compose(letter: Letter, sender: Sender, sent_at: datetime, *, takes_eight_bits: bool = True) -> EmailMessage:
    """Return the message with all its headers.

    Replies reach the hub's contact, and Auto-Submitted keeps other people's absence notes from being sent back.
    """
    message = EmailMessage(policy=SMTP)
    message["From"] = _addressed(sender.address, tidy_subject(sender.name))
    message["To"] = _addressed(letter.recipient)
    if sender.reply_to:
        message["Reply-To"] = _addressed(sender.reply_to)
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(sent_at)
    message["Message-ID"] = f"<{letter.message_id}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.body, charset="utf-8", cte=_encoding(letter.body, takes_eight_bits=takes_eight_bits))
    return message


def in_ascii_where_possible(address: str) -> str:
    """Return an address as mail servers know it. Only letters before the @ can still be others than ASCII's."""
    local, _, domain = address.rpartition("@")
    return f"{local}@{domain_in_ascii(domain)}"


def _addressed(address: str, name: str = "") -> Address:
    local, _, domain = in_ascii_where_possible(address).rpartition("@")
    return Address(display_name=name, username=local, domain=domain)


def _encoding(body: str, *, takes_eight_bits: bool) -> str:
    """Return how the text is written: as it is wherever that can be, so that a link stays whole."""
    if any(len(line.encode()) > _LONGEST_LINE for line in body.split("\n")):
        return "quoted-printable"
    if body.isascii():
        return "7bit"
    return "8bit" if takes_eight_bits else "quoted-printable"
