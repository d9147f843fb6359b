"""What a coordinator is told of what their people owe: because of their time at the organisations they look after, and of no
other."""

from __future__ import annotations

from datetime import date

import pytest
from time_machine import travel

from tests.builders import Hub
from tests.clients import sign_in
from tests.coordinator.two_of_three import TODAY, fill, the_coordinator
from training_app.assignments.actions import switch_on_rule
from training_app.catalogue.models import Module
from training_app.database import db, transaction


def _rule(hub: Hub, group: str, module: str) -> None:
    with transaction():
        asked = db.session.get_one(Module, hub.module_id(module))
        switch_on_rule(
            hub.actor, hub.group_id(group), asked, from_on=date(2026, 10, 1), due_days=5, includes_present=True
        )


@pytest.mark.begins_with(fill, on=TODAY)
@travel(TODAY, tick=False)
def test_what_a_time_elsewhere_asks_of_somebody_is_told_nowhere(hub: Hub) -> None:
    coordinator = the_coordinator(hub)
    pages = ("/", "/assignments", "/assignments.csv", "/assignments?status=past", "/people/F-5")
    before = {address: "Elin" in coordinator.get(address).get_data(as_text=True) for address in pages}
    _rule(hub, "hub-providers", "INC-02")
    for address in pages:
        said = coordinator.get(address).get_data(as_text=True)
        assert "Because they joined" not in said, address
        assert ("Elin" in said) == before[address], address
    _rule(hub, "generalist-teachers", "INC-02")
    assert "F-5,Elin Shared" in coordinator.get("/assignments.csv").get_data(as_text=True)
    assert "Because they joined Generalist school music teachers" in coordinator.get("/people/F-5").get_data(
        as_text=True
    )


@pytest.mark.begins_with(fill, on=TODAY)
@travel(TODAY, tick=False)
def test_the_manager_is_told_what_every_time_asks(hub: Hub) -> None:
    hub.account("manager@hub.example", "workforce_manager")
    _rule(hub, "hub-providers", "INC-02")
    said = sign_in(hub.app, "manager@hub.example").get("/people/F-5").get_data(as_text=True)
    assert "Because they joined Other hub providers" in said
