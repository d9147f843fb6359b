"""Settings, read once from the environment when the application starts.

Every setting that the hub can choose stands here, with its default. `settings_from` refuses what would be unsafe or
meaningless with one sentence, before anything is served.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit

from training_app.addresses import is_email

ROOT = Path(__file__).resolve().parent
ENVIRONMENTS = ("production", "development", "testing")
SHORTEST_SECRET_KEY = 32
# The ports on which a mail server listens for letters to pass on: from anybody near, and from who signs in.
RELAY, SUBMISSION, SUBMISSION_ENCRYPTED = 25, 587, 465
# Whom to ask while somebody tries this out: nobody, at an address that leads nowhere and a number kept for invented people.
INVENTED_CONTACT = {
    "HUB_CONTACT_NAME": "Wren Example",
    "HUB_CONTACT_EMAIL": "training@hub.example",
    "HUB_CONTACT_PHONE": "01632 960 123",
}
_HOST = re.compile(r"\.?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "::1")


class SettingsError(SystemExit):
    """A setting is missing or unsafe. As a `SystemExit` it ends any command or server with its one line."""

    def __init__(self, sentence: str) -> None:
        super().__init__(f"The application does not start: {sentence}")


@dataclass(frozen=True)
class MailServer:
    """Where messages are handed over: encrypted from the first byte (smtps) or as soon as the server offers it (smtp)."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    encrypted_from_the_start: bool

    @property
    def is_on_this_machine(self) -> bool:
        """Whether nothing of what is said to it leaves this machine."""
        return self.host in LOOPBACK_HOSTS


@dataclass(frozen=True)
class Settings:
    """What the hub has set. `instance` is the folder for everything that is not code, `evidence` the one for the photos and PDFs
    that people add to what they completed. Without a `mail_server` messages are written to files. In `reminders_quiet_months`
    (1 to 12) nobody is reminded of anything. `smallest_count_shown` is the fewest people of whom the board's figures tell, and
    the step to which they are rounded."""

    environment: str
    database_url: str = field(repr=False)
    secret_key: str = field(repr=False)
    base_url: str
    mail_server: MailServer | None
    mail_from: str
    hub_name: str
    contact_name: str
    contact_email: str
    contact_phone: str
    instance: Path
    evidence: Path
    trusted_hosts: tuple[str, ...] = ()
    proxy_hops: int = 0
    largest_upload_mb: int = 25
    largest_form_mb: int = 2
    largest_evidence_mb: int = 15
    smallest_count_shown: int = 5
    review_after_years: int = 6
    sent_mail_kept_days: int = 90
    reminders_quiet_months: frozenset[int] = frozenset({8})
    sign_in_idle: timedelta = timedelta(hours=12)
    sign_in_longest: timedelta = timedelta(days=7)
    sign_in_kept: timedelta = timedelta(days=90)
    rate_limit_storage: str = "memory://"
    confirm_certificates: bool = True

    @property
    def is_production(self) -> bool:
        return self.environment == "production"

    @property
    def is_encrypted(self) -> bool:
        """Whether people reach the pages by https."""
        return self.base_url.startswith("https://")


def settings_from(environment: Mapping[str, str] | None = None) -> Settings:
    """Return the settings that the environment variables give (those of the process unless given).

    Raises `SettingsError` where production would be unsafe (a missing or short SECRET_KEY, a BASE_URL that is neither
    https nor on this machine) or a value means nothing.
    """
    given = os.environ if environment is None else environment
    name = given.get("APP_ENV", "").strip() or "production"
    if name not in ENVIRONMENTS:
        raise SettingsError(f'APP_ENV is "{name}", but must be one of {", ".join(ENVIRONMENTS)}.')
    instance = Path(given.get("INSTANCE_PATH", "").strip() or ROOT / "instance").resolve()
    base_url = _base_url(given.get("BASE_URL", "").strip(), name)
    contact = _contact(given, name)
    contact_email = _address("HUB_CONTACT_EMAIL", contact)
    return Settings(
        environment=name,
        database_url=_database_url(given.get("DATABASE_URL", "").strip(), instance),
        secret_key=_secret_key(given.get("SECRET_KEY", ""), name, instance),
        base_url=base_url,
        mail_server=_mail_server(given.get("MAIL_URL", "").strip()),
        mail_from=_address("MAIL_FROM", given) or contact_email or f"no-reply@{urlsplit(base_url).hostname}",
        hub_name=" ".join(given.get("HUB_NAME", "").split()) or "Norfolk Music Hub",
        contact_name=contact.get("HUB_CONTACT_NAME", "").strip() or "the workforce manager",
        contact_email=contact_email,
        contact_phone=contact.get("HUB_CONTACT_PHONE", "").strip(),
        instance=instance,
        evidence=_evidence(given.get("EVIDENCE_PATH", "").strip(), instance),
        sign_in_idle=timedelta(hours=_number(given, "SIGN_IN_IDLE_HOURS", 12)),
        sign_in_longest=timedelta(days=_number(given, "SIGN_IN_LONGEST_DAYS", 7)),
        sign_in_kept=timedelta(days=_number(given, "SIGN_IN_KEPT_DAYS", 90)),
        # Of two people one is already known when it is neither nobody nor both.
        smallest_count_shown=_number(given, "SMALLEST_COUNT_SHOWN", 5, least=3, most=20),
        rate_limit_storage=_rate_limit_storage(given.get("RATE_LIMIT_STORAGE", "").strip()),
        confirm_certificates=_yes_or_no(given, "CONFIRM_CERTIFICATES", usual=True),
        review_after_years=_number(given, "REVIEW_AFTER_YEARS", 6, most=50),
        sent_mail_kept_days=_number(given, "SENT_MAIL_KEPT_DAYS", 90),
        reminders_quiet_months=_months(given, "REMINDERS_QUIET_MONTHS", "8"),
        trusted_hosts=_trusted_hosts(given.get("TRUSTED_HOSTS", ""), base_url, name),
        proxy_hops=_number(given, "PROXY_HOPS", 0, least=0, most=10),
        largest_upload_mb=_number(given, "LARGEST_UPLOAD_MB", 25, most=1000),
        largest_form_mb=_number(given, "LARGEST_FORM_MB", 2, most=100),
        largest_evidence_mb=_number(given, "LARGEST_EVIDENCE_MB", 15, most=1000),
    )


def _contact(given: Mapping[str, str], environment: str) -> Mapping[str, str]:
    """Return the settings that say whom to ask: those given or, in development without any of them, invented ones."""
    is_given = any(given.get(name, "").strip() for name in INVENTED_CONTACT)
    return INVENTED_CONTACT if environment == "development" and not is_given else given


def _number(given: Mapping[str, str], name: str, usual: int, least: int = 1, most: int = 9999) -> int:
    """Return a whole number, `usual` unless given; raises `SettingsError` for anything that is not from `least` to `most`."""
    typed = given.get(name, "").strip() or str(usual)
    if not re.fullmatch("[0-9]{1,4}", typed) or not least <= int(typed) <= most:
        raise SettingsError(f"{name} must be a whole number from {least} to {most}, and not {typed!a}.")
    return int(typed)


def _months(given: Mapping[str, str], name: str, usual: str) -> frozenset[int]:
    """Return some months by their numbers, `usual` unless given; "none" is no month. Raises `SettingsError` for anything else."""
    typed = given.get(name, "").strip().casefold() or usual
    if typed == "none":
        return frozenset()
    months = [each.strip() for each in typed.split(",")]
    if not all(re.fullmatch("[0-9]{1,2}", each) and 1 <= int(each) <= 12 for each in months):
        raise SettingsError(f"{name} must be months by their numbers, such as 8 or 7,8, or none, and not {typed!a}.")
    return frozenset(int(each) for each in months)


def _evidence(given: str, instance: Path) -> Path:
    """Return the folder for photos and PDFs; never one among the code, whose folders a server may hand out."""
    folder = (Path(given) if given else instance / "evidence").resolve()
    if any(folder.is_relative_to(ROOT / each) for each in ("training_app", "templates", "docs")):
        raise SettingsError("EVIDENCE_PATH must be a folder of its own, outside those of the code.")
    return folder


def _yes_or_no(given: Mapping[str, str], name: str, *, usual: bool) -> bool:
    """Return a choice, `usual` unless given; raises `SettingsError` for anything but yes and no."""
    typed = given.get(name, "").strip().casefold() or ("yes" if usual else "no")
    if typed not in ("yes", "no"):
        raise SettingsError(f"{name} must be yes or no, and not {typed!a}.")
    return typed == "yes"


def _rate_limit_storage(given: str) -> str:
    """Return where tries are counted: this process's memory, or a Redis that several processes share."""
    url = given or "memory://"
    if url != "memory://" and not url.startswith(("redis://", "rediss://")):
        raise SettingsError("RATE_LIMIT_STORAGE must be memory://, or begin with redis:// or rediss://.")
    return url


def _database_url(given: str, instance: Path) -> str:
    url = given or f"sqlite:///{instance / 'training.sqlite'}"
    if not url.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise SettingsError("DATABASE_URL must begin with sqlite:/// or postgresql+psycopg://.")
    return url


def _secret_key(given: str, environment: str, instance: Path) -> str:
    if environment == "production":
        if len(given) < SHORTEST_SECRET_KEY:
            raise SettingsError(
                f"in production SECRET_KEY must be set to at least {SHORTEST_SECRET_KEY} characters that nobody can guess."
            )
        return given
    return given or _kept_secret(instance)


def _kept_secret(instance: Path) -> str:
    """Return a random key kept beside the database, so that nobody is signed out whenever the server restarts."""
    kept = instance / "secret-key"
    if not kept.exists():
        instance.mkdir(parents=True, exist_ok=True)
        kept.touch(mode=0o600)
        kept.write_text(secrets.token_urlsafe(48), encoding="ascii")
    return kept.read_text(encoding="ascii")


def _base_url(given: str, environment: str) -> str:
    if not given:
        if environment == "production":
            raise SettingsError("in production BASE_URL must be set, such as https://training.example.org.")
        return "http://127.0.0.1:8000"
    try:
        parts = urlsplit(given)
        host = parts.hostname
    except ValueError:
        parts, host = None, None
    if parts is None or not host or parts.query or parts.fragment or parts.scheme not in ("http", "https"):
        raise SettingsError("BASE_URL must be a whole address, such as https://training.example.org.")
    if environment == "production" and parts.scheme != "https" and host not in LOOPBACK_HOSTS:
        raise SettingsError("in production BASE_URL must begin with https:// (http only on this machine itself).")
    if parts.path.strip("/") or "@" in parts.netloc:
        raise SettingsError(
            "BASE_URL must end with the host (and port): the application answers at the root of its own name."
        )
    return f"{parts.scheme}://{parts.netloc}"


def _trusted_hosts(given: str, base_url: str, environment: str) -> tuple[str, ...]:
    """Return the names by which the application may be asked for; whoever asks for another is refused."""
    named = tuple(host.strip() for host in given.split(",") if host.strip())
    if any(not _HOST.fullmatch(host) for host in named):
        raise SettingsError("TRUSTED_HOSTS must be host names with commas between them, such as training.example.org.")
    if named:
        return named
    own = urlsplit(base_url).hostname or ""
    return (own,) if environment == "production" else (own, *LOOPBACK_HOSTS)


def _address(name: str, given: Mapping[str, str]) -> str:
    address = given.get(name, "").strip()
    if address and not is_email(address):
        raise SettingsError(f"{name} must be an e-mail address alone, such as training@example.org.")
    return address


def _mail_server(given: str) -> MailServer | None:
    if not given:
        return None
    try:
        parts = urlsplit(given)
        host, port = parts.hostname, parts.port
    except ValueError:
        parts, host, port = None, None, None
    whole = parts is not None and host and not parts.path.strip("/") and not parts.query and not parts.fragment
    if parts is None or not host or not whole or parts.scheme not in ("smtp", "smtps"):
        # What was given is not repeated: it may hold a password.
        raise SettingsError(
            "MAIL_URL must be smtp://host:port or smtp://user:password@host:port (smtps:// where the server wants encryption "
            "from the start), with %2F for a / within the password."
        )
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if bool(user) != bool(password):
        raise SettingsError("MAIL_URL must have both a user and a password, or neither.")
    encrypted = parts.scheme == "smtps"
    usual = SUBMISSION_ENCRYPTED if encrypted else SUBMISSION if user else RELAY
    return MailServer(host, port or usual, user, password, encrypted)
