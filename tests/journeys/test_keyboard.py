"""The same without a mouse: nothing here is clicked."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.builders import PASSWORD, Hub
from tests.journeys.visitor import worded
from training_app.clock import today

pytestmark = [pytest.mark.browser, pytest.mark.on_sqlite_only]

SEND = "Disabled children and children with SEND"
MOST_TABS = 120
WHAT_HAS_THE_FOCUS = """() => {
    const at = document.activeElement
    const label = at.labels && at.labels[0]
    return [(at.getAttribute('aria-label') || (label && label.innerText) || at.innerText || '').replace(/\\s+/g, ' ').trim(),
            getComputedStyle(at).outlineStyle + getComputedStyle(at).boxShadow + getComputedStyle(at).backgroundColor]
}"""


def tabs_to(page: Page, words: str) -> None:
    """Press Tab until what has the focus says this; it must look otherwise than before it had it."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        said, look = page.evaluate(WHAT_HAS_THE_FOCUS)
        if re.search(words, said):
            unfocused = page.evaluate(
                """() => { const at = document.activeElement; at.blur()
                    const s = getComputedStyle(at); const look = s.outlineStyle + s.boxShadow + s.backgroundColor
                    at.focus(); return look }"""
            )
            assert look != unfocused, f"{said!r} does not show that it has the focus"
            return
    raise AssertionError(f"the keyboard does not reach {words!r} on {page.url}")


def test_the_manager_signs_in_chooses_a_day_and_opens_a_figure_by_keyboard_alone(
    hub: Hub, address: str, visit: Callable[..., Page], scripts: bool
):
    hub.account("manager@hub.example", "workforce_manager")
    hub.person("Ama Okafor", with_completed=["SND-02"], completed_on=today() - timedelta(days=30))
    hub.person("Dev Farthing")
    page = visit(f"{address}/sign-in", scripts=scripts)
    page.keyboard.press("Tab")
    assert page.evaluate(WHAT_HAS_THE_FOCUS)[0] == "Skip to main content"
    page.keyboard.press("Enter")
    tabs_to(page, "^E-mail$")
    page.keyboard.type("manager@hub.example")
    tabs_to(page, "^Password$")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Where are we short?")

    tabs_to(page, "^Coverage$")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("Priority 3"))
    tabs_to(page, "^As at$")
    before = today() - timedelta(days=60)
    # Chromium's own box for a day follows the language of the machine, here month, day and year.
    page.keyboard.type(before.strftime("%m%d%Y"))
    tabs_to(page, "^Show$")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**as_at={before.isoformat()}**")
    expect(page.locator("main")).to_contain_text(f"On {worded(before)}, 0 of 2 people hold every skill")
    tabs_to(page, f"0 of 2 .*Music service staff, {SEND}")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(SEND)
    expect(page.locator("main")).to_contain_text(f"On {worded(before)}, 0 of 2 people hold it")
    tabs_to(page, "^Dev Farthing$")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Dev Farthing")
