"""How a mail server is reached: encrypted wherever it can be, and a password never goes where others could read it."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from pathlib import Path

import pytest
from flask import Flask

from config import MailServer, SettingsError, settings_from
from tests.mail_server import mail_server, send_over
from training_app.audit import Actor
from training_app.database import transaction
from training_app.mail import queue
from training_app.mail.delivery import deliver_due
from training_app.mail.models import MessageState

# An address of this machine that the application does not take for this machine, so that it behaves as with any other.
ELSEWHERE = "127.0.0.2"
SAFE = {"APP_ENV": "production", "SECRET_KEY": "k" * 32, "BASE_URL": "https://training.example.org"}

pytestmark = pytest.mark.on_sqlite_only


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for that address, followed by its key, in one file; nobody vouches for it."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl to make a certificate")
    key, made = tmp_path / "key.pem", tmp_path / "certificate.pem"
    words = f"req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=mail -addext subjectAltName=IP:{ELSEWHERE}"
    subprocess.run(["openssl", *words.split(), "-keyout", key, "-out", made], check=True, capture_output=True)
    made.write_bytes(made.read_bytes() + key.read_bytes())
    return made


def _offering(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def _queue() -> None:
    with transaction():
        queue(Actor.command(), "sign-in link", "a@hub.example", "Sign in", "Hello", leaves_always=True)


def test_encryption_is_used_as_soon_as_a_server_offers_it_and_the_password_after_it(
    app: Flask, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with mail_server(ELSEWHERE, certificate=_offering(certificate), password="a b/c") as taken:
        send_over(app, taken, "hub", "a b/c")
        _queue()
        assert deliver_due().counts[MessageState.SENT] == 1
    assert taken.encrypted == [True]


def test_a_server_whose_certificate_nobody_vouches_for_gets_nothing(app: Flask, certificate: Path) -> None:
    with mail_server(ELSEWHERE, certificate=_offering(certificate)) as taken:
        send_over(app, taken)
        _queue()
        assert "cannot prove who it is" in (deliver_due().away or "")
    assert taken.messages == []


def test_no_password_goes_over_a_line_that_others_could_read(app: Flask) -> None:
    with mail_server(ELSEWHERE) as taken:
        send_over(app, taken, "hub", "swordfish")
        _queue()
        assert "offers no encryption" in (deliver_due().away or "")
    assert taken.messages == []


def test_a_wrong_password_is_said_to_be_one(app: Flask) -> None:
    with mail_server(password="right") as taken:
        send_over(app, taken, "hub", "wrong")
        _queue()
        assert deliver_due().away == "The mail server does not take the user and password of MAIL_URL."
        send_over(app, taken, "hub", "right")
    assert taken.messages == []


@pytest.mark.parametrize(
    ("address", "meant"),
    [
        ("smtp://mail.example", MailServer("mail.example", 25, "", "", encrypted_from_the_start=False)),
        ("smtp://localhost:1025/", MailServer("localhost", 1025, "", "", encrypted_from_the_start=False)),
        (
            "smtp://hub:a%2Fb%40@mail.example",
            MailServer("mail.example", 587, "hub", "a/b@", encrypted_from_the_start=False),
        ),
        ("smtps://hub@x.example:pw@mail.example", MailServer("mail.example", 465, "hub@x.example", "pw", True)),
        ("smtp://[::1]:25", MailServer("::1", 25, "", "", encrypted_from_the_start=False)),
    ],
)
def test_a_mail_server_is_read_from_its_address(address: str, meant: MailServer) -> None:
    assert settings_from(SAFE | {"MAIL_URL": address}).mail_server == meant


@pytest.mark.parametrize(
    "address",
    [
        *("mail.example", "http://mail.example", "smtp://", "smtp://mail.example:port", "smtp://hub@mail.example"),
        *("smtp://mail.example/box", "smtp://hub:sword/fish@mail.example", "smtp://mail.example:99999", "smtp://[::1"),
    ],
)
def test_a_mail_server_that_cannot_be_meant_is_refused_without_repeating_its_password(address: str) -> None:
    with pytest.raises(SettingsError) as refused:
        settings_from(SAFE | {"MAIL_URL": address})
    assert "MAIL_URL" in str(refused.value)
    assert "\n" not in str(refused.value)
    assert "fish" not in str(refused.value)


@pytest.mark.parametrize("name", ["MAIL_FROM", "HUB_CONTACT_EMAIL"])
def test_messages_come_from_an_address_and_replies_reach_one(name: str) -> None:
    with pytest.raises(SettingsError, match=f"{name} must be an e-mail address"):
        settings_from(SAFE | {name: "The Hub <hub@example.org>"})


def test_messages_come_from_what_is_set_else_from_the_hubs_contact_else_from_its_own_host() -> None:
    assert (
        settings_from(SAFE | {"MAIL_FROM": "a@hub.example", "HUB_CONTACT_EMAIL": "b@hub.example"}).mail_from
        == "a@hub.example"
    )
    assert settings_from(SAFE | {"HUB_CONTACT_EMAIL": "b@hub.example"}).mail_from == "b@hub.example"
    assert settings_from(SAFE).mail_from == "no-reply@training.example.org"


def test_no_secret_shows_when_settings_are_printed() -> None:
    settings = settings_from(SAFE | {"MAIL_URL": "smtp://hub:swordfish@mail.example", "SECRET_KEY": "swordfish" * 4})
    assert "swordfish" not in repr(settings)
