"""Getting in without a password: a link on a phone, a code from a printed letter, and thirty invitations at once."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import expect

from tests.builders import Hub
from tests.journeys.visitor import Arrive, Comes, saying
from tests.mail_server import MailTaken, mail_server, send_over
from training_app.clock import today
from training_app.database import db
from training_app.mail.delivery import deliver_due


@pytest.fixture
def post_office(hub: Hub) -> Iterator[MailTaken]:
    """A real mail server, to which the hub hands its messages."""
    with mail_server() as taken:
        send_over(hub.app, taken)
        yield taken


def link_in_the_newest(app: Flask, taken: MailTaken, to: str) -> str:
    """Let the messages leave, and return the path of the link in the newest one to somebody."""
    db.session.rollback()  # what has been asked for meanwhile
    deliver_due()
    return re.findall(r"https?://[^/\s]+(/sign-in/link/\S+)", taken.to(to)[-1].get_content())[0]


@pytest.mark.browser
@pytest.mark.on_sqlite_only
def test_a_volunteer_asks_for_a_link_on_a_phone_and_sees_their_record(
    hub: Hub, comes: Comes, post_office: MailTaken
) -> None:
    robin = hub.person("Robin Teal", group="frontline-volunteers", with_completed=["IND-01"], completed_on=today())
    hub.account("robin@band.example", "member", person=robin)
    volunteer = comes("/my/record", phone=True).meets("Sign in")
    volunteer.fills("E-mail", "robin@band.example").presses("Send me a link").meets("Look in your e-mail")
    first = link_in_the_newest(hub.app, post_office, "robin@band.example")
    volunteer.presses("Send it again").meets("Look in your e-mail")
    second = link_in_the_newest(hub.app, post_office, "robin@band.example")

    volunteer.opens(first).meets("This link no longer works")
    volunteer.presses("Send me a new link").meets("Look in your e-mail").reads("to the same e-mail")
    third = link_in_the_newest(hub.app, post_office, "robin@band.example")
    assert third not in (first, second)
    volunteer.opens(third).meets("Sign in")
    volunteer.ticks("Keep me signed in on this phone").keeps_picture("sign-in-by-link")
    volunteer.presses("Sign in as r…@band.example").meets("My training")
    volunteer.reads("Welcome to the hub: music for every child")
    volunteer.follows(saying("robin@band.example")).meets("My account").reads("Kept on this phone")
    volunteer.follows(saying("Change", "password")).meets("Change your password")  # after a link, without the old one
    volunteer.fills("New password", "password1234").presses("Save").meets("Change your password")
    volunteer.reads("too easy to guess")
    volunteer.fills("New password", "kazoo tramline fig").presses("Save").meets("My account").reads(
        "Your password is saved."
    )
    volunteer.presses("Sign out everywhere").meets("Sign in").reads("You are signed out everywhere.")


@pytest.mark.browser
@pytest.mark.on_sqlite_only
def test_somebody_without_an_e_mail_signs_in_twice_with_a_printed_code(hub: Hub, arrive: Arrive, comes: Comes) -> None:
    hub.person("Wren Teal", reference="V-1", group="frontline-volunteers")
    hub.account("manager@hub.example", "workforce_manager")
    manager = arrive("manager@hub.example").goes_to("People").follows("Wren Teal").meets("Wren Teal")
    manager.follows("Open an account").meets("Open an account").presses("Open the account").meets("Wren Teal")
    manager.reads("The account is open. Print a letter").follows(saying("Make a letter")).meets("Letter with a code")
    manager.presses("Make a letter").meets("Your training record").reads("Dear Wren Teal,").keeps_picture("letter")
    code = manager.page.locator(".app-code").inner_text()

    volunteer = comes("/", phone=True).meets("Sign in")
    for typed in (code, code.lower().replace("-", " ")):
        volunteer.follows("Sign in with a code").meets("Sign in with a code").fills("Code", "K7QP-4MTX")
        volunteer.presses("Sign in").meets("Sign in with a code").reads("There is a problem", "12 letters and numbers")
        volunteer.fills("Code", typed).presses("Sign in").meets("My training")
        expect(volunteer.page.locator("header")).to_contain_text("Wren Teal")
        volunteer.presses("Sign out", among=volunteer.page.locator("header")).meets("Sign in")


@pytest.mark.browser
@pytest.mark.on_sqlite_only
def test_a_manager_invites_thirty_people_of_a_filtered_list_in_four_actions(hub: Hub, arrive: Arrive) -> None:
    for number in range(30):
        hub.person(f"Teal {number:02}", email=f"teal{number}@band.example", group="frontline-volunteers")
    hub.person("Wren Noaddress", group="frontline-volunteers")
    hub.person("Cai Linnet", email="cai@school.example", group="generalist-teachers")
    hub.account("manager@hub.example", "workforce_manager")
    manager = arrive("manager@hub.example")
    manager.goes_to("People").meets("People")  # 1
    manager.chooses("Workforce group", "Frontline volunteers").presses("Apply").meets("People")  # 2
    manager.follows("Invite these 31 people to sign in").meets("Invite to sign in")  # 3
    expect(manager.row("Wren Noaddress")).to_contain_text("No e-mail")
    manager.keeps_picture("invite")
    manager.presses("Invite these 30 people").meets("Accounts")  # 4
    manager.reads("30 invitations are on the way.").does_not_read("Cai Linnet")
