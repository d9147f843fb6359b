"""Signing in by a link, a code and a password, through the pages."""

from __future__ import annotations

import re
import threading
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from tests.builders import PASSWORD, CountedQueries, Hub
from tests.clients import PageClient, sign_in
from tests.watching import not_telling_the_log
from training_app.accounts.codes import give_code, prepare_code
from training_app.accounts.links import invite
from training_app.accounts.models import Account, SignIn, SignInCode, SignInLink
from training_app.accounts.queries import account_by_email
from training_app.accounts.rules import shown_code
from training_app.audit.models import AuditDetail
from training_app.clock import now
from training_app.database import db, transaction
from training_app.mail.models import OutboxMessage

ROBIN = "robin@hub.example"


@pytest.fixture
def robin(hub: Hub) -> int:
    """The account of a frontline volunteer."""
    person = hub.person("Robin Volunteer", reference="V-1", group="frontline-volunteers")
    return hub.account(ROBIN, "member", person=person)


def ask_for_link(client: PageClient, email: str = ROBIN, **query: str) -> str:
    """Ask for a link, and return the page that says where it went."""
    data = {"email": email, "way": "link", "csrf_token": client.token()}
    answer = client.post("/sign-in", query_string=query, data=data)
    assert answer.status_code == 303
    return client.get(answer.headers["Location"]).get_data(as_text=True)


def links_sent(to: str = ROBIN) -> list[str]:
    """Return the paths of the links in the messages to somebody, in their order."""
    bodies = db.session.scalars(
        select(OutboxMessage.body).where(OutboxMessage.recipient == to).order_by(OutboxMessage.id)
    ).all()
    return [found for body in bodies for found in re.findall(r"http://localhost(/sign-in/link/\S+)", body or "")]


def press(client: PageClient, path: str, **data: str) -> int:
    """Press the button of a page, and return the status."""
    return client.post(path, data={"csrf_token": client.token(), **data}).status_code


def test_a_link_signs_in_once_after_its_button_is_pressed(hub: Hub, client: PageClient, robin: int) -> None:
    assert "If somebody signs in here as" in ask_for_link(client, "Robin@HUB.example ")
    [path] = links_sent()
    for _ in range(2):  # programs that look at links in mail open them too
        page = client.get(path).get_data(as_text=True)
        assert "Sign in as r…@hub.example" in page
        assert "robin@" not in page
    assert client.get("/my/record").status_code == 302
    assert press(client, path) == 302
    assert client.get("/my/record").status_code == 200
    other = hub.app.test_client()
    assert isinstance(other, PageClient)
    assert press(other, path) == 410
    assert other.get("/my/record").status_code == 302


def test_of_64_who_use_a_link_at_once_one_succeeds(hub: Hub, client: PageClient, robin: int) -> None:
    ask_for_link(client)
    [path] = links_sent()
    clients = [hub.app.test_client() for _ in range(64)]
    tokens = [each.token() for each in clients]  # type: ignore[attr-defined]
    statuses: list[int] = []
    together = threading.Barrier(len(clients))

    def use(place: int) -> None:
        each = clients[place]
        each.checks_pages = False  # type: ignore[attr-defined]
        with hub.app.app_context():
            together.wait()
            statuses.append(each.post(path, data={"csrf_token": tokens[place]}).status_code)
            db.session.remove()

    threads = [threading.Thread(target=use, args=(place,)) for place in range(len(clients))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [302] + [410] * 63
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(SignIn)) == 1


def test_a_new_link_ends_the_old_one(client: PageClient, robin: int) -> None:
    ask_for_link(client)
    ask_for_link(client)
    old, new = links_sent()
    assert press(client, old) == 410
    assert press(client, new) == 302


def test_a_link_runs_out_after_ten_minutes_and_offers_another_in_one_tap(client: PageClient, robin: int) -> None:
    ask_for_link(client, next="/my/record?x=1")
    [old] = links_sent()
    with time_machine.travel(now() + timedelta(minutes=10, seconds=1)):
        answer = client.get(old)
        assert answer.status_code == 410
        assert "robin" not in answer.get_data(as_text=True)
        assert press(client, old) == 410
        assert press(client, f"{old}/again") == 303
        assert "to the same e-mail" in client.get("/sign-in/sent").get_data(as_text=True)
        _, new = links_sent()
        answer = client.post(new, data={"csrf_token": client.token()})
        assert answer.headers["Location"] == "/my/record?x=1"


def test_an_invitation_works_for_two_days(hub: Hub, client: PageClient, robin: int) -> None:
    with transaction():
        invite(hub.actor, db.session.get_one(Account, robin), "Robin Volunteer")
    [path] = links_sent()
    with time_machine.travel(now() + timedelta(days=1, hours=23)):
        assert "Welcome" in client.get(path).get_data(as_text=True)
    with time_machine.travel(now() + timedelta(days=2, seconds=1)):
        assert press(client, path) == 410
    with time_machine.travel(now() + timedelta(days=1, hours=23)):
        assert press(client, path) == 302


@pytest.mark.on_sqlite_only
def test_a_link_that_is_only_half_there_leads_to_asking_for_one(client: PageClient, robin: int) -> None:
    answer = client.get("/sign-in/link/half-a-link")
    assert (answer.status_code, "only a part of it arrived" in answer.get_data(as_text=True)) == (410, True)
    assert press(client, "/sign-in/link/half-a-link/again") == 302
    assert db.session.scalar(select(func.count()).select_from(OutboxMessage)) == 0


def test_known_unknown_and_deactivated_e_mails_are_answered_alike_and_only_one_gets_a_message(
    hub: Hub, client: PageClient, robin: int
) -> None:
    gone = hub.account("gone@hub.example", "board")
    with transaction():
        not_telling_the_log()
        db.session.get_one(Account, gone).active = False
    answers = {
        re.sub(r'(name="csrf_token" value|nonce)="[^"]*"', "", ask_for_link(client, email)).replace(email, "")
        for email in (ROBIN, "gone@hub.example", "nobody@hub.example")
    }
    assert len(answers) == 1
    assert db.session.scalars(select(OutboxMessage.recipient)).all() == [ROBIN]
    links = db.session.scalars(select(SignInLink).order_by(SignInLink.id)).all()
    assert [link.account_id for link in links] == [robin, None, None]


def test_only_five_links_are_sent_to_an_e_mail_in_a_quarter_of_an_hour(client: PageClient, robin: int) -> None:
    with time_machine.travel(now(), tick=False) as clock:
        for _ in range(7):
            assert "is on its way" in ask_for_link(client)
        assert len(links_sent()) == 5
        clock.shift(timedelta(minutes=15, seconds=1))
        ask_for_link(client)
        assert len(links_sent()) == 6


def test_a_code_opens_the_door_as_often_as_needed_until_it_is_replaced(
    hub: Hub, client: PageClient, robin: int
) -> None:
    first, second = prepare_code(), prepare_code()
    with transaction():
        given = give_code(hub.actor, db.session.get_one(Account, robin), first, seen=None).id
    typed = f" {shown_code(first.code).lower().replace('-', ' ')} "
    for _ in range(2):
        assert press(client, "/sign-in/code", code=typed) == 302
        assert client.get("/my/record").status_code == 200
        press(client, "/sign-out")
    press(client, "/sign-in/code", code=first.code)
    with transaction():
        give_code(hub.actor, db.session.get_one(Account, robin), second, seen=given)
    assert client.get("/my/record").status_code == 302, "what began with the old letter has ended"
    assert press(client, "/sign-in/code", code=first.code) == 400
    assert press(client, "/sign-in/code", code=second.code) == 302
    code = db.session.scalars(select(SignInCode).where(SignInCode.ended_at.is_(None))).one()
    assert code.last_used_at is not None


@pytest.mark.on_sqlite_only
@pytest.mark.parametrize("typed", ["", "K7QP", "K7QP-4MTX-9RWO", "🎺" * 12, "x" * 5000, "\x00" * 12, "K7QP4MTX9RWDD"])
def test_what_is_no_code_is_told_so(client: PageClient, typed: str) -> None:
    answer = client.post("/sign-in/code", data={"code": typed, "csrf_token": client.token()})
    assert answer.status_code == 400
    assert "There is a problem" in answer.get_data(as_text=True)


def try_password(client: PageClient, email: str, password: str) -> int:
    return client.post(
        "/sign-in", data={"email": email, "password": password, "csrf_token": client.token()}
    ).status_code


@pytest.mark.on_sqlite_only
@pytest.mark.parametrize("email", [ROBIN, "nobody@hub.example"])
def test_after_ten_wrong_passwords_an_e_mail_waits_five_minutes_and_others_get_in(
    hub: Hub, client: PageClient, robin: int, email: str
) -> None:
    hub.account("manager@hub.example", "workforce_manager")
    with time_machine.travel(now(), tick=False) as clock:
        assert [try_password(client, email, "wrong") for _ in range(10)] == [400] * 10
        answer = client.post(
            "/sign-in", data={"email": f" {email.upper()}", "password": PASSWORD, "csrf_token": client.token()}
        )
        assert answer.status_code == 429
        assert "Try again in 5 minutes, after" in answer.get_data(as_text=True)
        assert answer.headers["Retry-After"] == "300"
        assert try_password(client, "manager@hub.example", PASSWORD) == 302
        clock.shift(timedelta(minutes=4, seconds=59))
        assert try_password(client, email, PASSWORD) == 429
        clock.shift(timedelta(seconds=2))
        assert try_password(client, email, PASSWORD) == (302 if email == ROBIN else 400)


@pytest.mark.on_sqlite_only
def test_a_right_password_is_no_guess_but_forgives_no_wrong_ones(client: PageClient, robin: int) -> None:
    assert [try_password(client, ROBIN, PASSWORD) for _ in range(12)] == [302] * 12
    assert [try_password(client, ROBIN, "wrong") for _ in range(9)] == [400] * 9
    assert try_password(client, ROBIN, PASSWORD) == 302
    assert [try_password(client, ROBIN, "wrong") for _ in range(2)] == [400, 429]


@pytest.mark.on_sqlite_only
def test_after_ten_wrong_tries_a_code_waits_too(hub: Hub, client: PageClient, robin: int) -> None:
    prepared = prepare_code()
    with transaction():
        give_code(hub.actor, db.session.get_one(Account, robin), prepared, seen=None)
    wrong = prepared.code[:4] + "CCCCCCCC"
    assert [press(client, "/sign-in/code", code=wrong) for _ in range(11)] == [400] * 10 + [429]
    assert press(client, "/sign-in/code", code=prepared.code) == 429


@pytest.mark.on_sqlite_only
def test_the_ways_are_told_apart_by_what_is_sent(client: PageClient, robin: int) -> None:
    token = client.token()

    def send(**data: str) -> tuple[int, str]:
        answer = client.post("/sign-in", data={"email": ROBIN, "csrf_token": token, **data})
        return answer.status_code, answer.headers.get("Location", "")

    assert send()[1].startswith("/sign-in/sent")
    assert send(way="link", password="")[1].startswith("/sign-in/sent")
    assert send(way="password", password="")[0] == 400
    assert send(password="")[0] == 400
    assert send(way="link", password="wrong")[0] == 400  # Enter in the box of the password presses the first button
    assert send(way="link", password=PASSWORD)[1] == "/"


def test_nothing_secret_stands_in_the_log(hub: Hub, client: PageClient, robin: int) -> None:
    prepared = prepare_code()
    with transaction():
        give_code(hub.actor, db.session.get_one(Account, robin), prepared, seen=None)
    ask_for_link(client, next="/sign-in/kept/secret-key")
    [path] = links_sent()
    press(client, path)
    told = repr([(each.before, each.after) for each in db.session.scalars(select(AuditDetail))])
    for secret in (path.rpartition("/")[2], prepared.code, prepared.code[:4], "secret-key", "$argon2"):
        assert secret not in told
    for column in ("password_hash", "token_hash", "code_hash", "lookup", "onward"):
        assert column not in told


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(hub: Hub, client: PageClient, robin: int) -> None:
    hub.app.config["SESSION_COOKIE_SECURE"] = True  # as create_app sets it where BASE_URL is https
    answer = client.post("/sign-in", data={"email": ROBIN, "password": PASSWORD, "csrf_token": client.token()})
    cookie = answer.headers["Set-Cookie"]
    assert all(flag in cookie for flag in ("HttpOnly", "SameSite=Lax", "Secure"))
    assert "Expires" not in cookie


def test_signing_in_anew_ends_what_was_begun_in_the_same_browser(hub: Hub, robin: int) -> None:
    client = sign_in(hub.app, ROBIN)
    assert try_password(client, ROBIN, PASSWORD) == 302
    ended = db.session.scalars(select(SignIn.ended_because).order_by(SignIn.id)).all()
    assert ended == ["signed in anew in the same browser", None]


def test_the_account_found_is_that_of_the_e_mail(hub: Hub, robin: int) -> None:
    found = account_by_email("ＲＯＢＩＮ@hub.example")
    assert found is not None
    assert found.id == robin


@pytest.mark.on_sqlite_only
@pytest.mark.parametrize(
    "onward",
    [
        "https://elsewhere.example/",
        "//elsewhere.example",
        "/\\elsewhere.example",
        "javascript:1",
        "/\x09/elsewhere",
        "/" * 3000,
    ],
)
def test_no_way_of_signing_in_leads_to_another_site(hub: Hub, client: PageClient, robin: int, onward: str) -> None:
    ask_for_link(client, next=onward)
    [path] = links_sent()
    assert client.post(path, data={"csrf_token": client.token()}).headers["Location"] == "/"
    prepared = prepare_code()
    with transaction():
        give_code(hub.actor, db.session.get_one(Account, robin), prepared, seen=None)
    data = {"code": prepared.code, "csrf_token": client.token()}
    assert client.post("/sign-in/code", query_string={"next": onward}, data=data).headers["Location"] == "/"


@pytest.mark.parametrize("way", ["link", "password", "code"])
def test_known_and_unknown_ask_the_database_exactly_as_much(hub: Hub, way: str) -> None:
    """What takes longer tells who is known; the statements are what differs most, and can be counted."""
    account = hub.account("ama@hub.example", "member", person=hub.person("Ama Okafor"))
    prepared = prepare_code()
    with transaction():
        give_code(hub.actor, db.session.get_one(Account, account), prepared, seen=None)
    wrong = prepared.code[:4] + "".join("K" if each != "K" else "Q" for each in prepared.code[4:])
    unknown = "".join("K" if each != "K" else "Q" for each in prepared.code)
    asked = []
    for email, code in (("ama@hub.example", wrong), ("nobody@hub.example", unknown)):
        client = hub.app.test_client()
        fields = {"link": {"email": email}, "password": {"email": email, "password": "wrong"}, "code": {"code": code}}
        token = client.token()  # type: ignore[attr-defined]
        with CountedQueries() as counted:
            client.post("/sign-in/code" if way == "code" else "/sign-in", data={**fields[way], "csrf_token": token})
        asked.append([re.split(r"\(| WHERE ", each)[0] for each in counted.statements if "SAVEPOINT" not in each])
    assert asked[0] == asked[1]
