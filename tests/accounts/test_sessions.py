"""Sessions on the server: what ends them, how long they stand, and that what was typed comes back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine
from flask_migrate import downgrade, upgrade
from sqlalchemy import func, select, text

from tests.builders import PASSWORD, CountedQueries, Hub
from tests.clients import PageClient, sign_in
from tests.pages import hidden_fields
from tests.watching import not_telling_the_log
from training_app.accounts import actions
from training_app.accounts.models import Account, KeptForm, Role, SignIn
from training_app.clock import now, today
from training_app.database import db, transaction
from training_app.people.actions import end_engagement
from training_app.people.models import Engagement, Organisation

Travel = Callable[[timedelta], None]


@pytest.fixture
def later() -> Iterator[Travel]:
    """`later(timedelta)` lets so much time pass, from a morning on, so that hours later it is still the same day."""
    with time_machine.travel(now().replace(hour=8), tick=False) as clock:
        yield clock.shift


def is_in(client: PageClient) -> bool:
    """Say whether somebody is signed in."""
    return client.get("/account").status_code == 200


def account(account_id: int) -> Account:
    """Return an account as it is now."""
    return db.session.get_one(Account, account_id)


def ended_because() -> list[str | None]:
    """Return why each sign-in ended, in their order; None for one that stands."""
    db.session.rollback()
    return list(db.session.scalars(select(SignIn.ended_because).order_by(SignIn.id)))


@pytest.fixture
def staff(hub: Hub) -> int:
    """The account of somebody on the staff who is coordinator of a school too; the manager has one as well."""
    hub.account("manager@hub.example", "workforce_manager")
    school = hub.organisation("Fenwick Primary", kind="school")
    person = hub.person("Ama Okafor", reference="P-1", organisation=school)
    return hub.account("ama@hub.example", "member", "coordinator", person=person, organisations=[school])


# --- stale authority: each change is made while somebody is signed in, whose next request must be nobody's


def _deactivated(hub: Hub, staff: int) -> None:
    actions.deactivate(hub.actor, account(staff), "Left the hub")


def _role_changed(hub: Hub, staff: int) -> None:
    actions.change_roles(hub.actor, account(staff), [Role.MEMBER], [])


def _organisations_changed(hub: Hub, staff: int) -> None:
    places = set(db.session.scalars(select(Organisation.id)))
    actions.change_roles(hub.actor, account(staff), [Role.MEMBER, Role.COORDINATOR], places)


def _email_changed(hub: Hub, staff: int) -> None:
    actions.change_email(hub.actor, account(staff), "ama.okafor@hub.example")


def _password_changed(hub: Hub, staff: int) -> None:
    actions.set_password(hub.actor, account(staff), None, besides="another browser")


def _signed_out_everywhere(hub: Hub, staff: int) -> None:
    actions.sign_out_everywhere(hub.actor, account(staff))


def _left(hub: Hub, staff: int) -> None:
    engagement = db.session.scalars(select(Engagement)).one()
    end_engagement(hub.actor, engagement, today() - timedelta(days=1))


def _changed_past_our_verbs(hub: Hub, staff: int) -> None:
    not_telling_the_log()
    db.session.execute(text("DELETE FROM account_role WHERE role = 'coordinator'"))


@pytest.mark.parametrize(
    "change",
    [
        _deactivated,
        _role_changed,
        _organisations_changed,
        _email_changed,
        _password_changed,
        _signed_out_everywhere,
        _left,
        _changed_past_our_verbs,
    ],
)
def test_what_takes_authority_away_ends_the_session_on_the_next_request(
    hub: Hub, staff: int, change: Callable[[Hub, int], None]
) -> None:
    hub.organisation("Harbour Music Service")
    client = sign_in(hub.app, "ama@hub.example")
    assert is_in(client)
    with transaction():
        change(hub, staff)
    answer = client.get("/my/record")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/sign-in?next=/my/record")


@pytest.mark.on_sqlite_only
def test_a_session_outlives_an_engagement_that_ends_in_time_only_until_that_day(
    hub: Hub, staff: int, later: Travel
) -> None:
    with transaction():
        end_engagement(hub.actor, db.session.scalars(select(Engagement)).one(), today() + timedelta(days=1))
    client = sign_in(hub.app, "ama@hub.example")
    later(timedelta(days=1))
    client = sign_in(hub.app, "ama@hub.example")
    assert is_in(client), "the last day is included"
    later(timedelta(hours=11))
    assert is_in(client)
    later(timedelta(days=1) - timedelta(hours=now().hour))
    assert not is_in(client)
    assert is_in(sign_in(hub.app, "ama@hub.example")), "who has left keeps their own record"


# --- limits


@pytest.mark.on_sqlite_only
def test_a_session_ends_when_nothing_was_done_for_twelve_hours(hub: Hub, staff: int, later: Travel) -> None:
    client = sign_in(hub.app, "manager@hub.example")
    for _ in range(3):
        later(timedelta(hours=11, minutes=50))
        assert is_in(client)
    later(timedelta(hours=12, seconds=1))
    assert not is_in(client)


@pytest.mark.on_sqlite_only
def test_a_session_ends_after_seven_days_however_busy(hub: Hub, staff: int, later: Travel) -> None:
    client = sign_in(hub.app, "manager@hub.example")
    for _ in range(14):
        assert is_in(client)
        later(timedelta(hours=11, minutes=55))
    later(timedelta(hours=2))
    assert not is_in(client)


@pytest.mark.on_sqlite_only
@pytest.mark.parametrize(("email", "kept"), [("robin@hub.example", True), ("ama@hub.example", False)])
def test_a_phone_is_kept_signed_in_for_ninety_days_for_members_only(
    hub: Hub, staff: int, later: Travel, email: str, kept: bool
) -> None:
    hub.account("robin@hub.example", "member", person=hub.person("Robin", reference="V-1"))
    client = hub.app.test_client()
    assert isinstance(client, PageClient)
    data = {"email": email, "password": PASSWORD, "keep": "y", "csrf_token": client.token()}
    cookie = client.post("/sign-in", data=data).headers["Set-Cookie"]
    assert ("Expires" in cookie) is kept
    later(timedelta(days=89))
    assert is_in(client) is kept
    later(timedelta(days=1, seconds=1))
    assert not is_in(client)


@pytest.mark.on_sqlite_only
def test_looking_at_pages_writes_at_most_once_in_five_minutes(hub: Hub, staff: int, later: Travel) -> None:
    client = sign_in(hub.app, "manager@hub.example")

    def writes() -> int:
        with CountedQueries() as counted:
            client.get("/help")
            client.get("/account")
        return sum("UPDATE" in each for each in counted.statements)

    assert writes() == 0
    later(timedelta(minutes=5, seconds=1))
    assert writes() == 1
    assert writes() == 0


@pytest.mark.on_sqlite_only
def test_a_page_does_not_wait_for_somebody_who_writes(hub: Hub, staff: int, later: Travel) -> None:
    client = sign_in(hub.app, "manager@hub.example")
    later(timedelta(minutes=6))
    with db.engine.connect() as other:
        other.exec_driver_sql("ROLLBACK")
        other.exec_driver_sql("BEGIN IMMEDIATE")
        assert is_in(client)
        other.exec_driver_sql("ROLLBACK")
        other.exec_driver_sql("BEGIN")


# --- what was typed comes back


def _typed(client: PageClient, **fields: str) -> str:
    """Send a form although the session has ended, and return where that leads after signing in."""
    data = {"name": "Fenwick Academy", "kind": "school", "area": "Norfolk", **fields, "csrf_token": client.token()}
    answer = client.post("/organisations/new", data=data)
    assert answer.status_code == 302
    return answer.headers["Location"]


def _signs_in_again(client: PageClient, onward: str, email: str = "manager@hub.example") -> str:
    data = {"email": email, "password": PASSWORD, "csrf_token": client.token()}
    return client.post(onward, data=data).headers["Location"]


def test_what_was_typed_comes_back_after_signing_in_again_and_is_sent_by_one_button(
    hub: Hub, staff: int, later: Travel
) -> None:
    client = sign_in(hub.app, "manager@hub.example")
    later(timedelta(hours=13))
    sign_in_page = _typed(client, password="never kept")
    assert "you get back what you typed" in client.get(sign_in_page).get_data(as_text=True)
    shown_at = _signs_in_again(client, sign_in_page)
    page = client.get(shown_at).get_data(as_text=True)
    assert "Your sign-in had ended. Nothing was saved yet." in page
    assert "Fenwick Academy" in page
    assert "never kept" not in page
    assert "Fenwick Academy" not in client.get("/organisations").get_data(as_text=True)
    fields = dict(hidden_fields(page))
    answer = client.post(shown_at, data=fields)
    assert (answer.status_code, answer.headers["Location"]) == (307, "/organisations/new")
    answer = client.post(answer.headers["Location"], data=fields)  # as a browser does by itself
    assert "Fenwick Academy is added." in client.get(answer.headers["Location"]).get_data(as_text=True)
    assert client.get(shown_at).status_code == 404
    assert db.session.scalar(select(func.count()).select_from(KeptForm)) == 0


@pytest.mark.on_sqlite_only
def test_what_was_typed_is_shown_to_nobody_else_and_not_after_an_hour(hub: Hub, staff: int, later: Travel) -> None:
    client = sign_in(hub.app, "manager@hub.example")
    later(timedelta(hours=13))
    sign_in_page = _typed(client)
    other = sign_in(hub.app, "ama@hub.example")
    shown_at = _signs_in_again(client, sign_in_page)
    assert other.get(shown_at).status_code == 404
    assert client.get(shown_at).status_code == 200
    later(timedelta(hours=1, seconds=1))
    assert client.get(shown_at).status_code == 404


@pytest.mark.on_sqlite_only
def test_nothing_is_kept_of_a_stranger_of_somebody_who_signed_out_or_of_too_much(
    hub: Hub, staff: int, later: Travel
) -> None:
    stranger = hub.app.test_client()
    assert isinstance(stranger, PageClient)
    assert _typed(stranger) == "/sign-in"
    client = sign_in(hub.app, "manager@hub.example")
    client.post("/sign-out", data={"csrf_token": client.token()})
    assert _typed(client) == "/sign-in"
    client = sign_in(hub.app, "manager@hub.example")
    later(timedelta(hours=13))
    assert _typed(client, area="x" * 300_000) == "/sign-in"
    for _ in range(7):
        assert _typed(client) != "/sign-in"
    assert db.session.scalar(select(func.count()).select_from(KeptForm)) == 5


def test_the_migration_keeps_accounts_without_an_e_mail_going_down_and_up(hub: Hub) -> None:
    person = hub.person("Robin", reference="V-1")
    with transaction():
        actions.open_account(hub.actor, None, [Role.MEMBER], person_id=person)
    hub.account("ama@hub.example", "board")
    db.session.remove()
    downgrade(revision="0005")
    upgrade()
    assert db.session.scalars(select(Account.email).order_by(Account.id)).all() == [None, "ama@hub.example"]
