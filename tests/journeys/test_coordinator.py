"""A coordinator adds a starter, and sees two organisations and not the third."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.builders import Hub
from tests.journeys.visitor import Arrive

pytestmark = [pytest.mark.browser, pytest.mark.on_sqlite_only]

EMAIL = "corin@fenwick.example"


def two_of_three(hub: Hub) -> None:
    """Three organisations with somebody in each, and a coordinator of the first two."""
    school = hub.organisation("Fenwick Primary", kind="school")
    choir = hub.organisation("Fenwick Choir", kind="voluntary")
    harbour = hub.organisation("Harbour Partners", kind="partner")
    hub.person("Ama Okafor", group="generalist-teachers", organisation=school)
    hub.person("Bryn Larkspur", group="frontline-volunteers", organisation=choir)
    hub.person("Cora Wagtail", group="hub-providers", organisation=harbour, email="cora@harbour.example")
    hub.account(EMAIL, "coordinator", organisations=[school, choir])


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_a_coordinator_adds_a_starter_and_sees_two_organisations_and_not_the_third(
    hub: Hub, arrive: Arrive, phone: bool
):
    two_of_three(hub)
    corin = arrive(EMAIL, phone=phone).meets("Who of mine needs what?")
    corin.reads("Fenwick Primary", "Fenwick Choir", "Ama Okafor", "Bryn Larkspur")
    expect(corin.page.get_by_text("Harbour Partners")).to_have_count(0)
    expect(corin.page.get_by_text("Cora Wagtail")).to_have_count(0)

    corin.follows("Add a person").meets("Add a person")
    expect(corin.page.get_by_label("Reference")).to_have_count(0)
    # Somebody whom the hub knows elsewhere is answered like anyone new.
    corin.fills("Full name", "Cora Wagtail").fills("E-mail (optional)", "cora@harbour.example")
    corin.chooses("Organisation", "Fenwick Primary").chooses("Workforce group", "Generalist school music teachers")
    corin.presses("Add this person").meets("Cora Wagtail").reads("Cora Wagtail is added.", "Fenwick Primary")
    expect(corin.page.get_by_text("Harbour Partners")).to_have_count(0)
    corin.goes_to("People").meets("People").reads("3 people")
