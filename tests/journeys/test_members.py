"""Volunteers and teachers on a phone: am I in date, what is needed before I help, and does what I logged count?"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.builders import Hub
from tests.files.photographs import a_photo
from tests.journeys.visitor import Arrive, months_ago, saying, worded
from training_app.clock import today

SAFEGUARDING = "Safeguarding essentials for music settings"
SEND = "Disabled children and children with SEND"


@pytest.mark.browser
@pytest.mark.on_sqlite_only
def test_a_volunteer_sees_on_a_phone_what_is_needed_before_they_help(hub: Hub, arrive: Arrive):
    band = hub.organisation("Saturday Band", kind="voluntary")
    robin = hub.person(
        "Robin Teal",
        group="frontline-volunteers",
        organisation=band,
        with_completed=["IND-01", "IND-02"],
        completed_on=months_ago(13, today()),
    )
    hub.account("robin@band.example", "member", person=robin)
    volunteer = arrive("robin@band.example", phone=True).meets("My training")
    volunteer.reads("1 of the 10 skills your role asks for are recorded and in date.")
    volunteer.reads(f"Ran out on {worded(months_ago(1, today()))}")
    volunteer.keeps_picture("volunteer-home")
    volunteer.follows("See my whole record").meets("My training")
    first = volunteer.page.locator("main .app-answer").first
    expect(first).to_contain_text("Needed before you help")
    expect(first).to_contain_text(f"{SAFEGUARDING} (ran out on {worded(months_ago(1, today()))})")
    volunteer.reads("Still needed:", "It says nothing about a DBS check").does_not_read("mandatory", "complian", "fail")
    volunteer.keeps_picture("volunteer-record")
    volunteer.follows(SAFEGUARDING, among=first).meets(SAFEGUARDING).reads("How to do it")


@pytest.mark.browser
@pytest.mark.on_sqlite_only
def test_a_volunteer_sees_on_a_phone_that_they_are_in_date_and_may_help(hub: Hub, arrive: Arrive):
    steps = ["IND-01", "IND-02", "IND-03", "IND-04", "IND-05"]
    day = months_ago(2, today())
    robin = hub.person("Robin Teal", group="frontline-volunteers", with_completed=steps, completed_on=day)
    hub.account("robin@band.example", "member", person=robin)
    volunteer = arrive("robin@band.example", phone=True).meets("My training")
    until = worded(months_ago(-10, today()))
    volunteer.reads(f"You are in date until {until}.")
    volunteer.goes_to("My training").meets("My training")
    volunteer.reads(f"You are in date until {until}.", "Nothing is needed before you help.")
    volunteer.keeps_picture("volunteer-in-date")


@pytest.mark.browser
def test_a_teacher_logs_a_module_on_a_phone_the_manager_verifies_it_and_it_counts(hub: Hub, arrive: Arrive):
    school = hub.organisation("Fenwick Primary", kind="school")
    cai = hub.person("Cai Linnet", reference="T-1", group="generalist-teachers", organisation=school)
    hub.account("cai@fenwick.example", "member", person=cai)
    hub.account("manager@hub.example", "workforce_manager")

    teacher = arrive("cai@fenwick.example", phone=True).meets("My training")
    teacher.follows("Log training").meets("Log training you have done")
    teacher.presses("Log it").meets("Log training you have done").reads("There is a problem", "Choose a module")
    teacher.chooses("What did you complete?", "Adapting music for learners with SEND (SND-02)")
    teacher.ticks("Yesterday").fills("Note (optional)", "At the twilight, with Year 4").presses("Log it")
    teacher.meets("Adapting music for learners with SEND")
    teacher.reads("It awaits confirmation: it counts once somebody at the hub has verified it.")
    teacher.follows("Back to my training").meets("My training")
    expect(teacher.row("SND-02")).to_contain_text("Awaiting confirmation")
    expect(teacher.row(SEND)).to_contain_text("Awaiting confirmation")
    teacher.keeps_picture("teacher-logged")

    manager = arrive("manager@hub.example").meets("Where are we short?")
    manager.reads(re.compile(r"1\s+entry waits to be verified"))
    manager.goes_to("People").meets("People").follows("Cai Linnet").meets("Cai Linnet")
    manager.reads("At the twilight, with Year 4")
    manager.presses(saying("Verify", "SND-02")).meets("Cai Linnet")
    manager.reads("SND-02 is verified. Cai Linnet now holds")
    manager.keeps_picture("verified")

    teacher.goes_to("My training").meets("My training")
    expect(teacher.row("SND-02")).to_contain_text("Verified")
    expect(teacher.page.locator("#held")).to_contain_text(SEND)
    teacher.goes_to("Home").meets("My training").reads("2 of the 12 skills your role asks for")


@pytest.mark.browser
@pytest.mark.on_sqlite_only
def test_a_volunteer_logs_a_module_on_a_phone_adds_a_photo_and_a_reflection(hub: Hub, arrive: Arrive):
    robin = hub.person("Robin Teal", reference="V-1", group="frontline-volunteers")
    hub.account("robin@band.example", "member", person=robin)
    hub.account("manager@hub.example", "workforce_manager")
    volunteer = arrive("robin@band.example", phone=True).meets("My training")
    volunteer.opens("/my/record/log").meets("Log training you have done")
    main = volunteer.page.locator("main")
    fields = main.locator("form select, form input:not([type=hidden]), form textarea").locator("visible=true")
    asked = {each.get_attribute("name") or each.get_attribute("id") for each in fields.all()}
    assert len(asked) <= 4, asked
    assert main.get_by_role("button", name="Log it").count() == 1
    volunteer.chooses("What did you complete?", f"{SAFEGUARDING} (IND-02)").presses("Log it")
    volunteer.meets(SAFEGUARDING).reads("Awaiting confirmation", "It counts once somebody at the hub has verified it")
    volunteer.follows("Add a photo or PDF").meets("Add a photo or PDF")
    volunteer.sends("Photo or PDF", "broken.jpg", b"no picture").presses("Add it").meets("Add a photo or PDF")
    volunteer.reads("This is neither a photo")
    volunteer.sends("Photo or PDF", "certificate.jpg", a_photo()).presses("Add it").meets(SAFEGUARDING)
    volunteer.reads("Save the photo")
    volunteer.keeps_picture("volunteer-photo")
    volunteer.follows("Add a reflection").meets("My reflection").reads("Who can read this? You alone")
    volunteer.fills("What I tried (optional)", "Asked everyone how they like to be called.")
    volunteer.presses("Save my reflection").meets(SAFEGUARDING).reads("Only you can read it.")

    manager = arrive("manager@hub.example").meets("Where are we short?")
    manager.opens("/people/V-1").meets("Robin Teal")
    manager.follows(re.compile("the entry of IND-02"), among=manager.page.locator("main"))
    manager.meets(re.compile(SAFEGUARDING)).reads("Save the photo").does_not_read("Asked everyone")
    manager.keeps_picture("entry-with-photo")
