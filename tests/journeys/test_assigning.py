"""Asking the right training of the right people: from a figure to asking and back, a starter's induction, the next step."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.builders import Hub
from tests.journeys.visitor import Arrive, months_ago, saying, worded
from training_app.assignments.actions import switch_on_rule
from training_app.catalogue.models import Pathway
from training_app.clock import today
from training_app.database import db, transaction

pytestmark = [pytest.mark.browser, pytest.mark.on_sqlite_only]

MANAGER = "manager@hub.example"
SEND = "Disabled children and children with SEND"


def test_the_manager_asks_a_module_of_everybody_who_lacks_it_and_takes_it_back(hub: Hub, arrive: Arrive):
    hub.account(MANAGER, "workforce_manager")
    school = hub.organisation("North School", kind="school")
    for name in ("Bryn Larkspur", "Cora Wagtail"):
        hub.person(name, group="generalist-teachers", organisation=school)
    holder = hub.person("Ama Okafor", group="generalist-teachers", organisation=school)
    hub.completion(holder, "SND-02", months_ago(6, today()))
    manager = arrive(MANAGER).meets("Where are we short?")
    manager.opens("/coverage/generalist-teachers/send").meets(SEND)
    actions = 0
    for button in ("Ask these people to do a module", "See who is asked", "Ask these 2 people"):
        manager.follows(button) if button.endswith("module") else manager.presses(button)
        actions += 1
        if button == "See who is asked":
            manager.meets("Who is asked").reads("2 people are to be asked, 1 person is left out: 1 holding it already.")
            expect(manager.row("Ama Okafor")).to_contain_text("Holds it already")
            manager.keeps_picture("who-is-asked")
    assert actions <= 4
    manager.meets("SND-02 Adapting music for learners with SEND").reads("They are asked to do it")
    expect(manager.row("Cora Wagtail")).to_contain_text(f"By {worded(today() + timedelta(days=60))}")
    manager.follows("Take all of it back").meets("Take it back").fills("Why was this a mistake?", "The wrong term")
    manager.presses("Take it back").meets("SND-02 Adapting music for learners with SEND")
    manager.reads("Taken back: it is no longer asked of 2 people.")
    expect(manager.row("Cora Wagtail")).to_contain_text("Taken back")


def test_a_new_volunteer_comes_by_import_with_their_induction_and_each_step_shows_the_next(hub: Hub, arrive: Arrive):
    hub.account(MANAGER, "workforce_manager")
    hub.organisation("West Band", kind="voluntary")
    with transaction():
        pathway = db.session.query(Pathway).filter_by(code="induction-volunteers").one()
        switch_on_rule(hub.actor, hub.group_id("frontline-volunteers"), pathway, from_on=today())
    start = today()
    manager = arrive(MANAGER).goes_to("Imports").meets("Bring in a spreadsheet")
    row = f"V-77,Wren New,West Band,frontline-volunteers,{start.isoformat()},wren@hub.example\n"
    content = b"reference,name,organisation,workforce_group,start_on,email\n" + row.encode()
    manager.ticks("People and their engagements")
    manager.page.get_by_label("File", exact=True).set_input_files(
        {"name": "starters.csv", "mimeType": "text/csv", "buffer": content}
    )
    manager.presses("Look at the file").meets("What would happen").presses("Bring it in")
    manager.meets("Bring in a spreadsheet")
    manager.opens("/assignments?group=frontline-volunteers").meets("Who is to do what")
    expect(manager.row("Wren New")).to_contain_text("Safeguarding essentials for music settings")
    manager.follows("Wren New").meets("Wren New").reads(f"Because they joined Frontline volunteers on {worded(start)}")
    for module, many in (("IND-01 Welcome to", 14), ("IND-05 Shadow", 60), ("IND-04 Welcoming", 120)):
        expect(manager.row(module)).to_contain_text(f"By {worded(start + timedelta(days=many))}")
    wren = db.session.execute(db.text("SELECT id FROM person WHERE reference = 'V-77'")).scalar_one()
    hub.account("wren@hub.example", "member", person=wren)
    volunteer = arrive("wren@hub.example", phone=True).meets("My training").reads("Needed before you help")
    first = volunteer.page.locator("#asked li").first
    expect(first).to_contain_text("Safeguarding essentials for music settings")
    hub.completion(wren, "IND-02", start)
    volunteer.goes_to("Home").meets("My training").reads("Nothing is needed before you help.")
    expect(volunteer.page.locator("#asked li").first).to_contain_text(saying("Welcome to the hub"))
    volunteer.keeps_picture("next-step")
