"""My account: choosing a password, changing it, doing without it."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from tests.builders import PASSWORD, Hub
from tests.clients import PageClient, sign_in
from tests.watching import not_telling_the_log
from training_app.accounts.links import link_for_command
from training_app.accounts.models import Account
from training_app.accounts.queries import account_by_email
from training_app.accounts.rules import password_problem
from training_app.clock import now
from training_app.database import db, transaction
from training_app.mail.models import OutboxMessage

GOOD = "kazoo tramline fig"


def by_link(hub: Hub, account_id: int) -> PageClient:
    """Return a client that has come in by a link."""
    with transaction():
        address = link_for_command(hub.actor, db.session.get_one(Account, account_id))
    client = hub.app.test_client()
    assert isinstance(client, PageClient)
    client.post(address.removeprefix("http://localhost"), data={"csrf_token": client.token()})
    return client


def without_password(hub: Hub) -> int:
    """Return the account of a manager who has no password."""
    account_id = hub.account("boss@hub.example", "workforce_manager")
    with transaction():
        not_telling_the_log()
        db.session.get_one(Account, account_id).password_hash = None
    return account_id


def test_who_has_no_password_may_choose_one_and_sign_in_with_it(hub: Hub) -> None:
    client = by_link(hub, without_password(hub))
    assert "None, and none is needed" in client.get("/account").get_data(as_text=True)
    answer = client.post(
        "/account/password", data={"password": GOOD, "csrf_token": client.token()}, follow_redirects=True
    )
    assert "Your password is saved." in answer.get_data(as_text=True)
    assert sign_in(hub.app, "boss@hub.example", GOOD).get("/people").status_code == 200
    told = db.session.scalars(select(OutboxMessage)).one()
    assert (told.kind, told.recipient, GOOD in (told.body or "")) == ("change of password", "boss@hub.example", False)


def test_changing_it_needs_the_old_one_and_ends_the_other_sessions_but_not_this_one(hub: Hub) -> None:
    hub.account("boss@hub.example", "workforce_manager")
    here, elsewhere = (sign_in(hub.app, "boss@hub.example") for _ in range(2))

    def change(**data: str) -> tuple[int, str]:
        answer = here.post("/account/password", data={"password": GOOD, "csrf_token": here.token(), **data})
        return answer.status_code, answer.get_data(as_text=True)

    assert change()[0] == 400
    assert "That is not your password" in change(current="a wrong passphrase")[1]
    assert change(current=PASSWORD)[0] == 302
    assert here.get("/people").status_code == 200
    assert elsewhere.get("/people").status_code == 302
    sign_in(hub.app, "boss@hub.example", GOOD)


@pytest.mark.on_sqlite_only
def test_who_has_just_come_in_by_a_link_may_have_forgotten_it(hub: Hub) -> None:
    client = by_link(hub, hub.account("boss@hub.example", "workforce_manager"))
    assert "Your password now" not in client.get("/account/password").get_data(as_text=True)
    with time_machine.travel(now() + timedelta(minutes=16)):
        assert "Your password now" in client.get("/account/password").get_data(as_text=True)


def test_removing_it_ends_the_other_sessions_and_leaves_the_link(hub: Hub) -> None:
    hub.account("boss@hub.example", "workforce_manager")
    here, elsewhere = (sign_in(hub.app, "boss@hub.example") for _ in range(2))
    data = {"current": PASSWORD, "csrf_token": here.token()}
    assert here.post("/account/password/remove", data=data).status_code == 302
    assert "From now on a link signs you in." in here.get("/account").get_data(as_text=True)
    assert elsewhere.get("/people").status_code == 302
    account = account_by_email("boss@hub.example")
    assert account is not None
    assert account.password_hash is None
    assert here.get("/account/password/remove").status_code == 404


@pytest.mark.on_sqlite_only
def test_guessing_the_password_from_within_is_limited_too(hub: Hub) -> None:
    hub.account("boss@hub.example", "workforce_manager")
    client = sign_in(hub.app, "boss@hub.example")
    data = {"password": GOOD, "current": "wrong", "csrf_token": client.token()}
    assert [client.post("/account/password", data=data).status_code for _ in range(11)] == [400] * 10 + [429]


@pytest.mark.on_sqlite_only
def test_signing_out_everywhere_ends_every_session(hub: Hub) -> None:
    hub.account("boss@hub.example", "workforce_manager")
    here, elsewhere = (sign_in(hub.app, "boss@hub.example") for _ in range(2))
    answer = here.post("/account/sign-out-everywhere", data={"csrf_token": here.token()}, follow_redirects=True)
    assert "You are signed out everywhere." in answer.get_data(as_text=True)
    assert elsewhere.get("/people").status_code == here.get("/people").status_code == 302


@pytest.mark.on_sqlite_only
@pytest.mark.parametrize("field", ["role", "roles", "active", "person_id", "email", "<b>"])
def test_a_field_that_the_form_does_not_have_is_refused_by_its_name(
    hub: Hub, as_member: PageClient, field: str
) -> None:
    data = {"current": PASSWORD, "password": GOOD, field: "workforce_manager", "csrf_token": as_member.token()}
    answer = as_member.post("/account/password", data=data)
    assert answer.status_code == 400
    assert "This form has no field" in answer.get_data(as_text=True)
    account = account_by_email("robin@hub.example")
    assert account is not None
    assert account.roles == {"member"}
    sign_in(hub.app, "robin@hub.example")


@pytest.mark.parametrize(
    "password",
    [
        *("short", "elevenchars", "x" * 201, "password1234", "P@ssw0rd2026!", "qwertyuiop123", "aaaaaaaaaaaaa"),
        *("abcabcabcabc", "123456789012", "Norfolk Music Hub 2026", "boss@hub.example", "Winter2025!Winter"),
    ],
)
def test_a_password_that_others_would_guess_is_refused(password: str) -> None:
    assert password_problem(password, ("Norfolk Music Hub", "boss@hub.example")) is not None


@pytest.mark.parametrize(
    "password", [GOOD, "a long enough passphrase", "tuba-7342-9911", "Zoë spielt Fagott", "x1!" * 4 + "Kq9#mV"]
)
def test_a_password_of_ones_own_is_taken(password: str) -> None:
    assert password_problem(password, ("Norfolk Music Hub", "boss@hub.example")) is None


def test_a_password_is_kept_as_a_slow_hash(costs_of_passwords: tuple[int, int, int]) -> None:
    kib_of_memory, rounds, lanes = costs_of_passwords
    assert (kib_of_memory, rounds, lanes) >= (19 * 1024, 2, 1)
