"""A certificate is made, a stranger has its number confirmed, and its owner has it confirmed to nobody any more."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from tests.builders import Hub
from tests.files.pdf_reading import text_of_pdf
from tests.journeys.visitor import Arrive, Comes, saying

NUMBER = re.compile(r"(?:[A-Z0-9]{5}-){5}[A-Z0-9]{5}")


@pytest.mark.browser
@pytest.mark.on_sqlite_only
def test_a_stranger_has_a_certificate_confirmed_until_its_owner_wants_that_no_more(
    hub: Hub, arrive: Arrive, comes: Comes
) -> None:
    zoe = hub.person("Zoë O'Neill")
    hub.completion(zoe, "SND-02", date(2026, 1, 15))
    hub.account("zoe@hub.example", "member", person=zoe)

    member = arrive("zoe@hub.example", phone=True).goes_to("My training").meets("My training")
    member.follows("my certificates").meets("My certificates")
    with member.page.expect_download() as coming:
        member.presses(saying("Make certificate"))
    paper = Path(coming.value.path()).read_bytes()
    assert "Zoë O'Neill" in text_of_pdf(paper).replace("’", "'")
    number = NUMBER.findall(text_of_pdf(paper))[0]
    member.opens("/my/certificates").meets("My certificates").reads(number).keeps_picture("my-certificates")

    stranger = comes("/verify").meets("Have a certificate confirmed")
    stranger.fills("Certificate number", number.lower()).presses("Confirm")
    stranger.meets("This certificate is confirmed").reads("Zoë O'Neill", "15 January 2026", number)
    stranger.keeps_picture("certificate-confirmed")

    member.presses("Confirm my certificates to nobody").meets("My certificates").reads("Nobody, since")
    stranger.page.reload()
    stranger.meets("This cannot be confirmed").does_not_read("Zoë", "15 January 2026").keeps_picture(
        "certificate-unknown"
    )
