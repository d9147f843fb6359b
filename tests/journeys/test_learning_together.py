"""Two colleagues observe each other, each on their own phone."""

from __future__ import annotations

import re

import pytest

from tests.builders import Hub
from tests.journeys.visitor import Arrive, Visitor
from tests.practice.learning import claims
from training_app.clock import today
from training_app.practice.rules import QUESTIONS

pytestmark = [pytest.mark.browser, pytest.mark.on_sqlite_only]


def test_two_colleagues_pair_up_visit_each_other_and_both_have_completed_the_module(hub: Hub, arrive: Arrive):
    for name, email in (("Ama Okafor", "ama@hub.example"), ("Ben Osei", "ben@hub.example")):
        hub.account(email, "member", person=hub.person(name, email=email))

    ama = arrive("ama@hub.example", phone=True).goes_to("My training").meets("My training")
    ama.follows("see what you take part in, or begin something").meets("Learning with others")
    ama.follows("Invite somebody to observe with you").meets("Observe each other")
    ama.fills("Who would you like to invite?", "Ben Osei").presses("Invite them")
    ama.meets("Observing each other").reads("Wait for an answer to your invitation.")

    ben = arrive("ben@hub.example", phone=True).follows("See and answer").meets("Learning with others")
    ben.follows("Observe each other").meets("Observe each other").reads("Ama Okafor invites you")
    ben.ticks("Yes").presses("Send my answer").meets("Observing with Ama Okafor")

    _visits(ben, "Ama Okafor").reads("Your visit is finished. Ama Okafor still has theirs to finish.")
    ama.opens("/my/practice").follows(re.compile("with Ben Osei")).meets("Observing with Ben Osei")
    ama.reads("What “What surprised me?” brought up")
    _visits(ama, "Ben Osei").reads("Both visits are finished")
    ama.follows("See it in your record").meets("Peer observation in your own setting").reads("Awaiting confirmation")
    assert len(claims()) == 2


def _visits(visitor: Visitor, other: str) -> Visitor:
    """Write about a visit to the other, finish it, and be back on the pair's page."""
    visitor.follows("Write about my visit").meets(f"My visit to {other}").writes_day("on_day", today())
    for question in QUESTIONS.values():
        visitor.fills(question, f"What “{question}” brought up")
    return visitor.ticks("My visit is finished").presses("Save").meets(f"Observing with {other}")
