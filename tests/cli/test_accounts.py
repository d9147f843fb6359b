"""`account create` and `account link`: who can be given a way in from the server, and what is said where not."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from tests.builders import Hub
from tests.cli.running import run, run_for_real
from tests.clients import PageClient, sign_in
from training_app.accounts.models import Account, Role
from training_app.accounts.queries import account_by_email
from training_app.audit.models import AuditDetail, AuditEvent
from training_app.database import db, transaction


def _accounts() -> list[Account]:
    return list(db.session.scalars(select(Account)))


def test_a_manager_without_a_password_is_told_of_and_kept(hub: Hub) -> None:
    answer = run(hub.app, "account", "create", "Boss@Hub.example", "--role", "workforce_manager")
    assert (answer.status, answer.err) == (0, [])
    assert answer.out == ["Boss@Hub.example can now sign in as workforce_manager."]
    account = account_by_email("boss@hub.example")
    assert account is not None
    assert account.roles == {Role.WORKFORCE_MANAGER}
    assert account.password_hash is None


def test_the_password_comes_from_standard_input_and_opens_the_door(hub: Hub) -> None:
    answer = run(
        hub.app,
        *("account", "create", "boss@hub.example", "--role", "workforce_manager", "--password-stdin"),
        typed="correct horse battery\n",
    )
    assert answer.status == 0
    sign_in(hub.app, "boss@hub.example", "correct horse battery")


def test_an_empty_standard_input_is_no_password(hub: Hub) -> None:
    answer = run(
        hub.app,
        *("account", "create", "boss@hub.example", "--role", "workforce_manager", "--password-stdin"),
        typed="\n",
    )
    assert answer.status == 2
    assert len(answer.err) == 1
    assert "--password-stdin" in answer.err[0]
    assert _accounts() == []


def test_the_log_of_an_account_holds_no_password(hub: Hub) -> None:
    run(
        hub.app,
        *("account", "create", "boss@hub.example", "--role", "workforce_manager", "--password-stdin"),
        typed="correct horse battery",
    )
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "account.opened")).one()
    assert event.actor_kind == "command"
    detail = db.session.get_one(AuditDetail, event.id)
    assert "password_hash" not in (detail.after or {})


def test_a_member_is_found_by_reference(hub: Hub) -> None:
    person = hub.person("Ama Okafor", reference="P-7", email="ama@school.example")
    answer = run(hub.app, "account", "create", "private@home.example", "--role", "member", "--person", "P-7")
    assert answer.status == 0
    account = account_by_email("private@home.example")
    assert account is not None
    assert account.person_id == person


def test_a_member_is_found_by_e_mail_however_it_is_written(hub: Hub) -> None:
    person = hub.person("Ama Okafor", email="ama@school.example")
    assert run(hub.app, "account", "create", " AMA@School.example ", "--role", "member").status == 0
    account = account_by_email("ama@school.example")
    assert account is not None
    assert account.person_id == person


def test_one_account_may_have_several_roles_and_organisations(hub: Hub) -> None:
    person = hub.person("Ama Okafor", reference="P-7")
    places = {hub.organisation(), hub.organisation("Fenwick Primary", kind="school")}
    answer = run(
        hub.app,
        *("account", "create", "ama@school.example", "--role", "coordinator", "--role", "member", "--person", "P-7"),
        *("--organisation", "harbour  MUSIC service", "--organisation", "Fenwick Primary"),
    )
    assert answer.status == 0, answer.err
    account = account_by_email("ama@school.example")
    assert account is not None
    assert account.roles == {Role.COORDINATOR, Role.MEMBER}
    assert account.organisation_ids == places
    assert account.person_id == person


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["new@hub.example", "--role", "member"], "nobody has the e-mail"),
        (["new@hub.example", "--role", "member", "--person", "P-99"], "P-99"),
        (["new@hub.example", "--role", "coordinator", "--organisation", "Nowhere"], "Nowhere"),
        (["new@hub.example", "--role", "coordinator"], "--organisation NAME"),
        (["new@hub.example", "--role", "board", "--person", "\udcff"], "--person"),
        (["new@hub.example", "--role", "coordinator", "--organisation", "x" * 999], "--organisation"),
        (["not an address", "--role", "board"], "is not an e-mail address"),
        (["", "--role", "board"], "is not an e-mail address"),
        (["\udcff@hub.example", "--role", "board"], "is not an e-mail address"),
        ([f"{'x' * 300}@hub.example", "--role", "board"], "is not an e-mail address"),
        (["new@hub.example", "--role", "boss"], "workforce_manager"),
        (["new@hub.example"], "--role"),
        (["--role", "board"], "EMAIL"),
        (["new@hub.example", "--role", "board", "--colour", "red"], "--colour"),
    ],
)
def test_arguments_that_make_no_sense_get_one_line_and_status_two(hub: Hub, words: list[str], said: str) -> None:
    answer = run(hub.app, "account", "create", *words)
    assert answer.status == 2
    assert answer.out == []
    assert len(answer.err) == 1
    assert said in answer.err[0]
    assert _accounts() == []


def test_an_e_mail_that_has_an_account_gets_no_second_one(hub: Hub) -> None:
    hub.account("boss@hub.example", "workforce_manager")
    answer = run(hub.app, "account", "create", "BOSS@hub.example", "--role", "board")
    assert answer.status == 1
    assert answer.err == ["BOSS@hub.example has an account already."]
    assert len(_accounts()) == 1


@pytest.mark.on_sqlite_only
def test_a_password_that_is_no_text_is_refused(hub: Hub) -> None:
    answer = run(
        hub.app, "account", "create", "boss@hub.example", "--role", "board", "--password-stdin", typed=b"\xff\xfe"
    )
    assert (answer.status, len(answer.err)) == (2, 1)
    assert _accounts() == []


def test_a_link_is_printed_that_signs_in_once_and_ends_the_one_before(hub: Hub) -> None:
    hub.account("boss@hub.example", "workforce_manager")
    printed = [run(hub.app, "account", "link", " BOSS@hub.example") for _ in range(2)]
    assert [(each.status, each.err, len(each.out)) for each in printed] == [(0, [], 1)] * 2
    old, new = (each.out[0] for each in printed)
    assert new.startswith("http://localhost/sign-in/link/")
    client = hub.app.test_client()
    assert isinstance(client, PageClient)
    statuses = [client.post(path, data={"csrf_token": client.token()}).status_code for path in (old, new, new)]
    assert statuses == [410, 302, 410]


@pytest.mark.parametrize(
    ("email", "status", "said"),
    [
        ("nobody@hub.example", 1, "nobody@hub.example has no account"),
        ("gone@hub.example", 1, "deactivated"),
        ("not an address", 2, "is not an e-mail address"),
        ("\udcff@hub.example", 2, "is not an e-mail address"),
    ],
)
def test_nobody_else_gets_a_link(hub: Hub, email: str, status: int, said: str) -> None:
    gone = hub.account("gone@hub.example", "board")
    with transaction():
        db.session.get_one(Account, gone).active = False
    answer = run(hub.app, "account", "link", email)
    assert (answer.status, answer.out, len(answer.err)) == (status, [], 1)
    assert said in answer.err[0]


@pytest.mark.on_sqlite_only
def test_a_short_password_is_taken_from_the_server_but_not_one_that_no_form_takes(hub: Hub) -> None:
    words = ("account", "create", "boss@hub.example", "--role", "board", "--password-stdin")
    assert run(hub.app, *words, typed="x" * 1001).status == 2
    assert run(hub.app, *words, typed="short").status == 0
    sign_in(hub.app, "boss@hub.example", "short")


@pytest.mark.on_sqlite_only
def test_an_unknown_command_about_accounts_says_which_there_are(app: Flask) -> None:
    answer = run(app, "account", "destroy")
    assert answer.status == 2
    assert len(answer.err) == 1
    assert "create" in answer.err[0]


@pytest.mark.on_sqlite_only
def test_status_and_streams_are_right_in_a_process_of_its_own(hub: Hub, tmp_path: Path) -> None:
    settings = {"APP_ENV": "development", "DATABASE_URL": hub.app.config["SQLALCHEMY_DATABASE_URI"]}
    settings["INSTANCE_PATH"] = str(tmp_path / "instance")
    unknown = run_for_real("account", "create", "a@hub.example", "--role", "king", **settings)
    assert (unknown.status, unknown.out, len(unknown.err)) == (2, [], 1)
    opened = run_for_real(
        *("account", "create", "a@hub.example", "--role", "board", "--password-stdin"),
        typed="correct horse battery",
        **settings,
    )
    assert (opened.status, len(opened.out), opened.err) == (0, 1, [])
    again = run_for_real("account", "create", "a@hub.example", "--role", "board", **settings)
    assert (again.status, again.out, len(again.err)) == (1, [], 1)
