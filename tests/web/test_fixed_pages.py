"""Pages that are the same for everybody: whom to ask."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.builders import Hub
from tests.clients import PageClient


@pytest.mark.on_sqlite_only
def test_whom_to_ask_stands_on_the_contact_page_and_at_the_foot_of_every_page(hub: Hub, client: PageClient) -> None:
    page = client.get("/contact").get_data(as_text=True)
    assert "How to reach the hub is not written here yet. Until it is, ask whoever told you about this service" in page
    assert "mailto:" not in page
    hub.app.config["SETTINGS"] = replace(
        hub.app.config["SETTINGS"], contact_email="ask@hub.example", contact_phone="01632 960 999"
    )
    page = client.get("/contact").get_data(as_text=True)
    assert "not written here yet" not in page
    assert page.count("mailto:ask@hub.example") == 2
    help_page = client.get("/help").get_data(as_text=True)
    assert "mailto:ask@hub.example" in help_page
    assert "01632 960 999" in help_page
