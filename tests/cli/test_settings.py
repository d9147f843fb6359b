"""Starting with settings that are missing, unsafe or meaningless: one line that says why, and nothing is served."""

from __future__ import annotations

from pathlib import Path

import pytest

from config import SettingsError, settings_from
from tests.cli.running import run_for_real

SAFE = {"APP_ENV": "production", "SECRET_KEY": "k" * 32, "BASE_URL": "https://training.example.org"}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY"),
        ({"SECRET_KEY": "k" * 31}, "32 characters"),
        ({"BASE_URL": ""}, "BASE_URL"),
        ({"BASE_URL": "http://training.example.org"}, "https://"),
        ({"BASE_URL": "training.example.org"}, "whole address"),
        ({"BASE_URL": "https://[::1"}, "whole address"),
        ({"BASE_URL": "ftp://training.example.org"}, "whole address"),
        ({"APP_ENV": "prod"}, "APP_ENV"),
        ({"BASE_URL": "https://example.org/training"}, "root of its own name"),
        ({"BASE_URL": "https://hub@training.example.org"}, "root of its own name"),
        ({"TRUSTED_HOSTS": "training.example.org/x"}, "TRUSTED_HOSTS"),
        ({"PROXY_HOPS": "-1"}, "PROXY_HOPS must be a whole number from 0 to 10"),
        ({"PROXY_HOPS": "１"}, "PROXY_HOPS"),
        ({"LARGEST_UPLOAD_MB": "many"}, "LARGEST_UPLOAD_MB"),
        ({"DATABASE_URL": "mysql://localhost/x"}, "DATABASE_URL"),
        ({"SMALLEST_COUNT_SHOWN": "2"}, "from 3 to 20"),
        ({"SMALLEST_COUNT_SHOWN": "21"}, "from 3 to 20"),
        ({"SMALLEST_COUNT_SHOWN": "five"}, "SMALLEST_COUNT_SHOWN"),
        ({"SMALLEST_COUNT_SHOWN": "٥"}, "SMALLEST_COUNT_SHOWN"),
        ({"CONFIRM_CERTIFICATES": "off"}, "must be yes or no"),
    ],
)
def test_an_unsafe_setting_is_refused_in_one_sentence(changed: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError) as refused:
        settings_from(SAFE | changed)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(("typed", "confirms"), [("", True), (" Yes ", True), ("NO", False)])
def test_certificates_are_confirmed_unless_the_hub_says_no(typed: str, confirms: bool) -> None:
    assert settings_from(SAFE | {"CONFIRM_CERTIFICATES": typed}).confirm_certificates is confirms


@pytest.mark.parametrize("address", ["http://127.0.0.1:8000", "http://localhost", "https://training.example.org/"])
def test_https_and_this_machine_itself_are_safe_addresses(address: str) -> None:
    assert settings_from(SAFE | {"BASE_URL": address}).base_url == address.rstrip("/")


def test_the_application_is_asked_for_by_the_name_in_its_address_unless_others_are_set() -> None:
    assert settings_from(SAFE).trusted_hosts == ("training.example.org",)
    assert settings_from(SAFE | {"TRUSTED_HOSTS": "a.example, .b.example"}).trusted_hosts == ("a.example", ".b.example")


def test_production_is_what_it_is_unless_said_otherwise() -> None:
    assert settings_from({name: value for name, value in SAFE.items() if name != "APP_ENV"}).is_production


def test_only_in_development_somebody_invented_is_to_be_asked_until_the_hub_says_whom(tmp_path: Path) -> None:
    trying_out = {"APP_ENV": "development", "INSTANCE_PATH": str(tmp_path)}
    assert settings_from(trying_out).contact_email == "training@hub.example"
    assert settings_from(trying_out).contact_phone.startswith("01632 960"), "the numbers that lead to nobody"
    said = settings_from(trying_out | {"HUB_CONTACT_PHONE": "01603 000000"})
    assert (said.contact_email, said.contact_phone) == ("", "01603 000000")
    served = settings_from(SAFE)
    assert (served.contact_name, served.contact_email, served.contact_phone) == ("the workforce manager", "", "")


@pytest.mark.parametrize("missing", ["SECRET_KEY", "BASE_URL"])
def test_no_command_starts_in_production_without_its_settings(missing: str, tmp_path: Path) -> None:
    settings = {name: value for name, value in SAFE.items() if name != missing}
    answer = run_for_real("check", INSTANCE_PATH=str(tmp_path), **settings)
    assert answer.status != 0
    assert answer.out == []
    assert len(answer.err) == 1
    assert answer.err[0].startswith("The application does not start: ")
    assert missing in answer.err[0]
