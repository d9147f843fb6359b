"""Twenty like claims decided about in one action, one of them sent back, and its person's answer from a phone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.builders import Hub
from tests.files.photographs import a_photo
from tests.journeys.visitor import Arrive, months_ago, saying
from training_app.clock import today
from training_app.records.models import Evidence

UNREADABLE = "The certificate is unreadable"


@pytest.mark.browser
@pytest.mark.on_sqlite_only
def test_twenty_like_claims_take_one_action_and_the_one_sent_back_is_answered_on_a_phone(hub: Hub, arrive: Arrive):
    day = months_ago(1, today())
    people = [hub.person(name) for name in ("Cai Linnet", *(f"Person {number}" for number in range(1, 20)))]
    for person in people:
        claim = hub.completion(person, "SND-02", day, Evidence.SELF_DECLARED)
    hub.evidence_file(claim, a_photo())
    hub.outside(people[1], "Evening of signs and songs", day)
    hub.account("cai@hub.example", "member", person=people[0])
    hub.account("manager@hub.example", "workforce_manager")

    manager = arrive("manager@hub.example").meets("Where are we short?")
    manager.follows(re.compile("entries wait to be verified")).meets("Verify entries")
    row = manager.row("Cai Linnet")
    row.get_by_label("Send back").check()
    manager.row("Person 19").get_by_text("See photo").click()
    expect(manager.row("Person 19").get_by_role("img", name=saying("Photo 1 of Person 19"))).to_have_js_property(
        "naturalWidth", 400
    )
    row.get_by_label("Why? Cai Linnet reads it").fill(UNREADABLE)
    manager.keeps_picture("twenty-claims")
    manager.presses("Save these 20 decisions").meets("Verify entries")
    manager.reads("19 entries verified, and counted from now on. 1 entry sent back with your reason.")
    expect(manager.row("Evening of signs and songs")).to_contain_text("Map it")

    cai = arrive("cai@hub.example", phone=True).meets("My training").reads(UNREADABLE)
    cai.follows(saying("Put it right or answer")).meets("Adapting music for learners with SEND").reads(UNREADABLE)
    cai.fills("Your answer", "It got wet; here is who ran it: Ama").presses("Send it again").meets("My training")
    cai.reads("is sent to the hub again, with what you said.").does_not_read("please answer")
    cai.keeps_picture("answered")

    manager.goes_to("Records").meets("Records").follows(saying("Verify entries")).meets("Verify entries")
    manager.follows(saying("Adapting music for learners")).meets("Verify entries")
    manager.reads(f"Sent back before: {UNREADABLE}", "Their answer: It got wet; here is who ran it: Ama")
    manager.presses("Save this decision").meets("Verify entries").reads("1 entry verified")

    cai.goes_to("My training").meets("My training").follows("Disabled children and children with SEND")
    cai.meets("Disabled children and children with SEND").reads("It counts: it gives Practising", "by the hub")
    cai.keeps_picture("why")

    manager.follows(saying("Map it")).meets("Say what it gives")
    manager.chooses("Wider genres and cultures", "Aware").ticks("For a number of months")
    manager.fills("How many months?", "24").presses("Confirm what it gives").meets("Verify entries")
    manager.reads("Evening of signs and songs is confirmed. Person 1 now holds Aware in Wider genres and cultures")
