"""Something is wrong: a volunteer says so on a phone, the manager puts it right and answers, the volunteer reads it."""

from __future__ import annotations

import re
from datetime import date

import pytest
from playwright.sync_api import expect

from tests.builders import Hub
from tests.journeys.visitor import Arrive, saying


@pytest.mark.browser
def test_a_volunteer_asks_for_a_correction_on_a_phone_and_reads_the_managers_answer(hub: Hub, arrive: Arrive):
    band = hub.organisation("Saturday Band", kind="voluntary")
    robin = hub.person("Robin Teal", group="frontline-volunteers", organisation=band)
    hub.completion(robin, "IND-02", date(2026, 6, 3))
    hub.account("robin@band.example", "member", person=robin)
    hub.account("manager@hub.example", "workforce_manager")

    volunteer = arrive("robin@band.example", phone=True)
    volunteer.goes_to("My training").meets("My training").follows("Tell the hub").meets("Something is wrong")
    volunteer.presses("Send it to the hub").meets("Something is wrong")
    volunteer.reads("There is a problem", "Choose what it is about", "Say what is right")
    volunteer.chooses(
        "What is it about?", "Safeguarding essentials for music settings (IND-02), completed on 3 June 2026"
    )
    volunteer.fills("What is right?", "It was 3 May, not 3 June").presses("Send it to the hub")
    volunteer.meets("My training").reads("The hub has it, and its answer will stand here.")
    expect(volunteer.row("It was 3 May")).to_contain_text("Waiting for an answer")
    volunteer.keeps_picture("correction-asked")

    manager = arrive("manager@hub.example").meets("Where are we short?")
    manager.reads(re.compile(r"1\s+correction waits for your answer"))
    manager.follows("See what people say is wrong").meets("Corrections asked for")
    manager.follows(saying("Robin Teal", "IND-02")).meets("Something is wrong").reads("It was 3 May, not 3 June")
    manager.keeps_picture("correction-to-answer")
    manager.follows("Correct the day of this entry").meets("Correct the day").writes_day(
        "completed_on", date(2026, 5, 3)
    )
    manager.fills("What was wrong?", "Told by Robin").presses("Save").meets("Something is wrong")
    manager.reads("This entry stands no longer").ticks("It is put right").fills(
        "Your answer", "Now it says 3 May"
    ).presses("Send the answer")
    manager.meets("Corrections asked for").reads("Nothing waits for an answer.")

    volunteer.goes_to("My training").meets("My training")
    expect(volunteer.row("It was 3 May")).to_contain_text("Now it says 3 May")
    expect(volunteer.page.locator("#done")).to_contain_text("3 May 2026")
    volunteer.keeps_picture("correction-answered")
