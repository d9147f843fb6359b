"""Managing accounts: the list, inviting, changing what somebody may do, and that nobody is locked out."""

from __future__ import annotations

import re
import threading

import pytest
from sqlalchemy import func, select

from tests.builders import Hub
from tests.clients import PageClient, sign_in
from training_app.accounts.models import Account, AccountRole, SignInLink
from training_app.accounts.queries import account_by_email, account_numbered
from training_app.clock import now
from training_app.database import db, transaction
from training_app.mail.models import OutboxMessage
from training_app.people.actions import change_person
from training_app.people.models import Person


def _account(email: str) -> Account:
    found = account_by_email(email)
    assert found is not None
    return found


def post(client: PageClient, path: str, **data: object) -> tuple[int, str]:
    """Send a form as its page shows it, with some fields changed; return the status and the page that comes after it."""
    answer = client.submit(path, data)
    if answer.status_code == 302:
        return 302, client.get(answer.headers["Location"]).get_data(as_text=True)
    return answer.status_code, answer.get_data(as_text=True)


def press(client: PageClient, path: str, **data: str) -> int:
    return client.post(path, data={"csrf_token": client.token(), **data}).status_code


def test_the_list_shows_who_can_sign_in_and_can_be_filtered_and_downloaded(hub: Hub, as_manager: PageClient) -> None:
    person = hub.person("Ama Okafor", reference="P-1")
    hub.account("private@home.example", "member", person=person)
    page = as_manager.get("/accounts?q=okafor&role=member&state=never").get_data(as_text=True)
    assert "Ama Okafor" in page
    assert "manager@hub.example</a>" not in page.partition("<main")[2]
    table = as_manager.get("/accounts.csv?state=in-use").get_data(as_text=True)
    assert "manager@hub.example" in table
    assert "private@home.example" not in table
    assert as_manager.get("/accounts?state=broken").status_code == 400


def test_thirty_people_of_a_list_are_invited_at_once_and_who_is_left_out_is_told(
    hub: Hub, as_manager: PageClient
) -> None:
    band = hub.organisation("Saturday Band", kind="voluntary")
    for number in range(30):
        hub.person(
            f"Volunteer {number:02}", email=f"v{number}@band.example", group="frontline-volunteers", organisation=band
        )
    hub.person("No Email", group="frontline-volunteers", organisation=band)
    hub.person(
        "Has Left", email="left@band.example", group="frontline-volunteers", organisation=band, end_on="2025-01-01"
    )
    has_one = hub.person("Has One", email="has@band.example", group="frontline-volunteers", organisation=band)
    hub.account("other@home.example", "member", person=has_one)
    hub.person("Not On It", email="not@school.example", group="generalist-teachers")
    address = f"/accounts/invite?organisation={band}"
    page = as_manager.get(address).get_data(as_text=True)
    assert "Invite these 30 people" in page
    for name, why in (("No Email", "No e-mail: print"), ("Has Left", "Not engaged now"), ("Has One", "Has an account")):
        assert re.search(f"{name}.*?{why}", page, re.DOTALL), name
    references = re.findall(r'name="person" type="checkbox" value="([^"]+)" checked', page)
    assert len(references) == 30
    answer = as_manager.post(address, data={"person": references, "csrf_token": as_manager.token()})
    after = as_manager.get(answer.headers["Location"]).get_data(as_text=True)
    assert "30 invitations are on the way. They wait until mail is switched on." in after
    waiting = db.session.scalars(select(OutboxMessage)).all()
    assert {each.kind for each in waiting} == {"invitation"}
    assert len({each.recipient for each in waiting}) == 30
    assert not any(each.leaves_always for each in waiting)
    again = as_manager.post(address, data={"person": references, "csrf_token": as_manager.token()})
    assert again.status_code == 400
    assert db.session.scalar(select(func.count()).select_from(OutboxMessage)) == 30
    [link] = re.findall(r"http://localhost(/sign-in/link/\S+)", waiting[0].body or "")
    client = hub.app.test_client()
    assert isinstance(client, PageClient)
    assert press(client, link) == 302
    assert client.get("/my/record").status_code == 200


def test_an_account_is_opened_from_a_persons_page_with_another_e_mail_than_theirs(
    hub: Hub, as_manager: PageClient
) -> None:
    hub.person("Ama Okafor", reference="P-1", email="ama@school.example")
    assert 'href="/accounts/new?person=P-1"' in as_manager.get("/people/P-1").get_data(as_text=True)
    status, page = post(
        as_manager, "/accounts/new?person=P-1", email="ama@home.example", person="P-1", roles="member", invite="y"
    )
    assert (status, "An invitation waits to be sent." in page) == (302, True)
    assert _account("ama@home.example").person_id is not None
    status, page = post(as_manager, "/accounts/new?person=P-1", email="x@home.example", person="P-1", roles="member")
    assert (status, "Ama Okafor has an account already" in page) == (400, True)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"email": "new@hub.example"}, "at least one role"),
        ({"email": "new@hub.example", "roles": "coordinator"}, "at least one organisation"),
        ({"email": "new@hub.example", "roles": "coordinator", "organisations": "1"}, "This form has no field"),
        ({"email": "new@hub.example", "roles": "member"}, "A member needs a person"),
        ({"email": "no address", "roles": "board"}, "is not an e-mail address"),
        ({"email": "MANAGER@hub.example", "roles": "board"}, "has an account already"),
        ({"roles": "board"}, "Give an e-mail to sign in with"),
        ({"email": "new@hub.example", "roles": "member", "person": "P-99"}, "Nobody has the reference"),
        ({"email": "new@hub.example", "roles": "king"}, "Choose only from the answers"),
        (
            {"email": "new@hub.example", "roles": "board", "password_hash": "x"},
            "This form has no field &#34;password_hash&#34;",
        ),
    ],
)
@pytest.mark.on_sqlite_only
def test_what_cannot_be_opened_is_told_and_kept(
    hub: Hub, as_manager: PageClient, data: dict[str, str], said: str
) -> None:
    answer = as_manager.post("/accounts/new", data={**data, "csrf_token": as_manager.token()})
    page = answer.get_data(as_text=True)
    assert (answer.status_code, said in page) == (400, True), page
    assert db.session.scalar(select(func.count()).select_from(Account)) == 1


def test_roles_and_organisations_are_changed_and_the_second_editor_is_told(hub: Hub, as_manager: PageClient) -> None:
    school = hub.organisation("Fenwick Primary", kind="school")
    account_id = hub.account("ama@hub.example", "board")
    path = f"/accounts/{account_id}/roles"
    opened_before = dict(
        re.findall(r'name="(row_version)"[^>]*value="(\d+)"', as_manager.get(path).get_data(as_text=True))
    )
    status, page = post(as_manager, path, roles="coordinator", organisations=str(school))
    assert (status, "Fenwick Primary" in page) == (302, True)
    late = as_manager.post(path, data={**opened_before, "roles": "workforce_manager", "csrf_token": as_manager.token()})
    assert (late.status_code, "It says now:" in late.get_data(as_text=True)) == (409, True)
    assert _account("ama@hub.example").roles == {"coordinator"}
    assert post(as_manager, path, roles="coordinator", organisations=[])[0] == 400


def test_the_last_workforce_manager_stays(hub: Hub, as_manager: PageClient) -> None:
    own = _account("manager@hub.example").id
    sentence = "the only active account of a workforce manager"
    assert sentence in post(as_manager, f"/accounts/{own}/roles", roles="board")[1]
    assert sentence in post(as_manager, f"/accounts/{own}/state", reason="Left")[1]
    other = hub.account("second@hub.example", "workforce_manager")
    assert post(as_manager, f"/accounts/{other}/state", reason="Left")[0] == 302
    assert sentence in post(as_manager, f"/accounts/{own}/state", reason="Left")[1]
    assert _account("manager@hub.example").active


def test_two_managers_who_remove_each_other_at_once_leave_one(hub: Hub) -> None:
    emails = ("first@hub.example", "second@hub.example")
    ids = [hub.account(email, "workforce_manager") for email in emails]
    clients = [sign_in(hub.app, email) for email in emails]
    sent = [
        {"roles": "board", "csrf_token": client.token(), "row_version": str(account_numbered(other).row_version)}  # type: ignore[union-attr]
        for client, other in zip(clients, reversed(ids), strict=True)
    ]
    together = threading.Barrier(2)
    statuses: list[int] = []

    def remove(place: int) -> None:
        clients[place].checks_pages = False
        with hub.app.app_context():
            together.wait()
            answer = clients[place].post(f"/accounts/{ids[1 - place]}/roles", data=sent[place])
            statuses.append(answer.status_code)
            db.session.remove()

    threads = [threading.Thread(target=remove, args=(place,)) for place in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.rollback()
    left = db.session.scalars(select(AccountRole.account_id).where(AccountRole.role == "workforce_manager")).all()
    assert len(left) == 1, statuses
    assert all(status < 500 for status in statuses)


def test_deactivating_ends_the_session_and_every_way_in_until_it_is_reactivated(
    hub: Hub, as_manager: PageClient
) -> None:
    account_id = hub.account("ama@hub.example", "board")
    ama = sign_in(hub.app, "ama@hub.example")
    assert press(as_manager, f"/accounts/{account_id}/invite") == 302
    status, page = post(as_manager, f"/accounts/{account_id}/state", reason="Left the board")
    assert (status, "Left the board" in page) == (302, True)
    assert ama.get("/").status_code == 302
    [link] = db.session.scalars(select(SignInLink).order_by(SignInLink.id.desc()).limit(1)).all()
    assert link.ended_at is not None
    assert press(as_manager, f"/accounts/{account_id}/invite") == 400
    assert post(as_manager, f"/accounts/{account_id}/state", reason="Came back")[0] == 302
    sign_in(hub.app, "ama@hub.example")


def test_a_letter_with_a_code_is_for_who_has_no_e_mail_and_a_second_one_ends_the_first(
    hub: Hub, as_manager: PageClient
) -> None:
    for reference in ("V-1", "V-2"):  # two people may share an address
        hub.person(f"Volunteer {reference}", reference=reference, group="frontline-volunteers")
        shared = {"contact_address": "both@home.example", "person": reference, "roles": "member"}
        assert post(as_manager, "/accounts/new", email="", **shared)[0] == 302
    first, second = db.session.scalars(select(Account.id).where(Account.email.is_(None)).order_by(Account.id)).all()

    def letter(account_id: int, **data: str) -> str:
        status, page = post(as_manager, f"/accounts/{account_id}/code", **data)
        assert status == 200
        return str(re.findall(r'app-code">([^<]+)<', page)[0])

    def opens(code: str) -> bool:
        client = hub.app.test_client()
        assert isinstance(client, PageClient)
        press(client, "/sign-in/code", code=code)
        return client.get("/my/record").status_code == 200

    code, others = letter(first), letter(second)
    assert opens(code)
    assert opens(others)
    sent_twice = as_manager.post(f"/accounts/{first}/code", data={"standing": "", "csrf_token": as_manager.token()})
    assert sent_twice.status_code == 409
    assert opens(code), "the letter that was printed first stays good"
    newer = letter(first)
    assert not opens(code)
    assert opens(newer)
    assert press(as_manager, f"/accounts/{first}/code/withdraw") == 302
    assert not opens(newer)
    assert press(as_manager, f"/accounts/{first}/code/withdraw") == 400
    assert "Volunteer V-1" in as_manager.get("/accounts?q=V-1").get_data(as_text=True)


def test_a_persons_e_mail_never_changes_the_one_they_sign_in_with(hub: Hub, as_manager: PageClient) -> None:
    person = hub.person("Ama Okafor", reference="P-1", email="ama@school.example")
    account_id = hub.account("ama@school.example", "member", person=person)
    with transaction():
        change_person(
            hub.actor, db.session.get_one(Person, person), reference="P-1", name="Ama", email="thief@school.example"
        )
    assert _account("ama@school.example").id == account_id
    status, _ = post(as_manager, f"/accounts/{account_id}/email", email="ama@home.example")
    assert status == 302
    assert _account("ama@home.example").id == account_id
    told = db.session.scalars(select(OutboxMessage)).one()
    assert (told.kind, told.recipient) == ("change of e-mail", "ama@school.example")
    assert db.session.get_one(Person, person).email == "thief@school.example"


@pytest.mark.on_sqlite_only
@pytest.mark.parametrize("caller", ["as_member", "as_coordinator", "as_board"])
def test_nobody_else_makes_themselves_a_manager(hub: Hub, request: pytest.FixtureRequest, caller: str) -> None:
    client: PageClient = request.getfixturevalue(caller)
    own = db.session.scalars(select(Account.id)).one()
    for path in (f"/accounts/{own}/roles", "/accounts/new", f"/accounts/{own}/person"):
        data = {"roles": "workforce_manager", "role": "workforce_manager", "email": "new@hub.example"}
        assert press(client, path, **data) == 403
    press(client, "/account/password", roles="workforce_manager")
    press(client, "/account/sign-out-everywhere", roles="workforce_manager")
    roles = db.session.scalars(select(AccountRole.role)).all()
    assert "workforce_manager" not in roles


@pytest.mark.on_sqlite_only
def test_nobody_opens_an_account_for_somebody_who_was_erased(hub: Hub, as_manager: PageClient) -> None:
    person = hub.person("Ama Okafor", reference="P-1")
    with transaction():
        db.session.get_one(Person, person).erased_at = now()
    data = {"email": "ama@home.example", "person": "P-1", "roles": "member", "csrf_token": as_manager.token()}
    answer = as_manager.post("/accounts/new", data=data)
    assert (answer.status_code, "Nobody has the reference" in answer.get_data(as_text=True)) == (400, True)
