"""What a manager does about people's rights: erasing somebody who asked for it."""

from __future__ import annotations

import pytest

from tests.builders import Hub
from tests.journeys.visitor import Arrive, saying

SEND = "Disabled children and children with SEND"


@pytest.mark.browser
@pytest.mark.on_sqlite_only
def test_a_manager_erases_a_leaver_and_the_past_stays(hub: Hub, arrive: Arrive):
    hub.person("Ama Okafor", reference="P-1", with_completed=["SND-02"])
    hub.person("Robin Teal", reference="P-2", email="robin@hub.example", end_on="2026-10-31", with_completed=["SND-02"])
    hub.account("manager@hub.example", "workforce_manager")
    manager = arrive("manager@hub.example")
    manager.goes_to("People").meets("People").follows("Robin Teal").meets("Robin Teal")
    manager.follows("Everything held about Robin Teal, to print or download")
    manager.meets("Everything held about Robin Teal").reads("robin@hub.example", "verified by the hub")
    manager.keeps_picture("everything-held")
    manager.follows("Robin Teal").meets("Robin Teal").follows("Erase Robin Teal").meets("Erase this person")
    manager.reads("name, reference and e-mail", "module, days, hours, evidence and what it gives")
    manager.presses("Erase this person").meets("Erase this person")
    manager.reads("There is a problem", "Say why they are erased", "Type their reference")
    manager.keeps_picture("erase")
    manager.fills("Why are they erased?", "Asked for it by letter").fills("Their reference", "P-2")
    manager.presses("Erase this person").meets("People").reads("Ama Okafor").does_not_read("Robin Teal")
    manager.opens("/coverage/music-service-staff/send?as_at=2026-10-01").meets(SEND)
    manager.reads("Erased person", "Ama Okafor").does_not_read("Robin")


@pytest.mark.browser
@pytest.mark.on_sqlite_only
def test_a_manager_merges_two_entries_of_one_person(hub: Hub, arrive: Arrive):
    hub.person("Ama Okafor", reference="P-1", with_completed=["SND-02"])
    hub.person("Amma Okafor", reference="P-2", email="amma@hub.example", with_completed=["SND-02", "IND-01"])
    hub.account("manager@hub.example", "workforce_manager")
    manager = arrive("manager@hub.example")
    manager.goes_to("People").meets("People").follows("Ama Okafor").meets("Ama Okafor")
    manager.follows("Recorded twice? Merge Ama Okafor with another entry").meets("Recorded twice")
    manager.fills("Reference of the other", "P-9").presses("Show both").meets("Recorded twice")
    manager.reads('Nobody has the reference "P-9".')
    manager.follows(saying("Show both", "Amma Okafor", "P-2")).meets("Merge two entries of one person")
    manager.reads("1 completion stands twice", "Coverage today counts 1 person instead of 2")
    manager.keeps_picture("merge")
    manager.ticks("Amma Okafor (of P-2)").presses("Merge them").meets("Amma Okafor")
    manager.reads("Amma Okafor is one person now.", "P-1, amma@hub.example")
    manager.opens("/people/P-2").meets("Amma Okafor")
