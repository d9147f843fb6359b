"""The days of a session: scheduled, booked, and its register kept in a village hall."""

from __future__ import annotations

import re

import pytest

from tests.builders import Hub
from tests.delivery.scheduling import a_session, booked_before, completions, in_days
from tests.journeys.visitor import Arrive, Visitor
from training_app.people.rules import in_words

pytestmark = [pytest.mark.browser, pytest.mark.on_sqlite_only]

MANAGER = "manager@hub.example"
TITLE = "Welcome to the hub: music for every child"


def test_a_register_of_thirty_with_two_absent_and_one_walk_in_takes_few_actions(hub: Hub, arrive: Arrive):
    hub.account(MANAGER, "workforce_manager")
    place = hub.organisation()
    people = [hub.person(f"Person {each:02}", organisation=place) for each in range(30)]
    hub.person("Zoë O'Neill", organisation=place)
    session = a_session(hub, on=in_days(-1))
    booked_before(hub, session, *people)
    manager = arrive(MANAGER).meets("Where are we short?")
    actions, exceptions = 0, 0

    manager.follows(f"Keep the register of {TITLE}").meets("Register")
    actions += 1
    for person in people[3], people[17]:
        manager.page.locator(f"#mark-{person}-absent").check()
        exceptions += 1
    manager.fills("Who else came?", "zoe o'neill")
    exceptions += 1
    manager.keeps_picture("register")
    manager.presses("Save the register")
    actions += 1

    manager.meets("Register").reads("29 completions are recorded and verified.", "Zoë O'Neill")
    assert len(completions()) == 29
    assert actions <= 4
    assert exceptions == 3

    def brings_back(mark: str) -> Visitor:
        file = f"Name,Mark,Session,Line\nPerson 05,{mark},{session},{people[5]}\nJo Newcomer,,{session},\n"
        manager.sends("The file that you filled in", "register.csv", file.encode())
        return manager.presses("Look at the file")

    manager.follows("Bring back what you filled in").meets("Bring back a register")
    brings_back("Abset").meets("Some lines need correcting").reads('Did you mean "Absent"?')
    brings_back("Absent").meets("What the file would change").reads("1 line would change", "Who is “Jo Newcomer”?")
    manager.keeps_picture("preview")
    manager.ticks("Nobody: leave this line out").fills("Why is it corrected?", "The list on paper says so")
    manager.presses("Save the register").meets("Register").reads("1 entry is void because of a correction.")
    assert len(completions()) == 28


def test_a_volunteer_books_a_place_says_what_would_help_and_gives_it_back(hub: Hub, arrive: Arrive):
    robin = hub.person("Robin Volunteer", group="frontline-volunteers")
    hub.account("robin@hub.example", "member", person=robin)
    a_session(hub, place="Village hall", places=1, paid_time=True)
    member = arrive("robin@hub.example", phone=True).goes_to("Sessions").meets("Sessions")
    member.follows(re.compile(f"^{in_words(in_days(7))}")).meets(TITLE).reads("1 of 1 place free", "Village hall")
    member.follows("Book a place").meets("Book a place")
    member.fills("Is there anything that would help you take part? (optional)", "A chair with arms")
    member.presses("Book a place").meets(TITLE).reads("You are booked.", "A chair with arms")
    member.opens("/my/sessions").meets("My sessions").reads("Village hall", "In your own calendar")
    member.follows(TITLE).follows("Cancel my booking").meets("Cancel my booking")
    member.presses("Cancel the booking").meets("My sessions").reads("You are booked on no session.")
