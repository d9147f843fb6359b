"""What is found sound on one page is not looked at again on the next; what is new there is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page

from tests.journeys import visitor as looking
from tests.journeys.visitor import Visitor
from tests.sound import FoundSound

pytestmark = pytest.mark.browser

PAGE = """<!DOCTYPE html><html lang="en"><head><title>{what} – Training and skills – A hub</title><style>
.black {{ color: #000 }} .pale {{ color: #eee }} .night {{ background: #111 }} .faint {{ opacity: .2 }}
</style></head><body><main><h1>{what}</h1>{main}</main></body></html>"""
PAGES = {
    "words": '<p class="black">Words</p>',
    "others": '<p class="black">Others</p><hr><p class="black">Words</p>',
    "pale": '<p class="pale">Words</p>',
    "night": '<div class="night"><p class="black">Words</p></div>',
    "faint": '<div class="faint"><p class="black">Words</p></div>',
    "unnamed": '<p class="black">Words</p><img src="data:," />',
}


@pytest.fixture
def address(served: Callable[[Flask], str]) -> str:
    app = Flask(__name__)
    app.add_url_rule("/<what>", "page", lambda what: PAGE.format(what=what.title(), main=PAGES[what]))
    return served(app)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Begin with nothing found sound, and note for each time that axe is asked whether it is to look at colours."""
    calls: list[bool] = []
    ask = looking.axe_violations

    def noted(page: Page, *, contrast: bool) -> list[str]:
        calls.append(contrast)
        return ask(page, contrast=contrast)

    monkeypatch.setattr(looking, "axe_violations", noted)
    for name in ("_SOUND", "_LEGIBLE"):
        monkeypatch.setattr(looking, name, FoundSound(f"{name} of these tests {id(calls)}"))
    return calls


def test_colours_are_looked_at_once_for_each_way_in_which_words_are_drawn(
    address: str, visit: Callable[..., Page], asked: list[bool]
) -> None:
    somebody = Visitor(visit(f"{address}/words"), True)
    somebody.looks_it_over()
    somebody.looks_it_over()
    assert asked == [True]
    somebody.opens("/others").looks_it_over()
    assert asked == [True, False]
    for what in ("pale", "night", "faint"):
        somebody.opens(f"/{what}")
        for _ in range(2):
            with pytest.raises(AssertionError, match="color-contrast"):
                somebody.looks_it_over()
            assert asked.pop() is True


def test_a_page_whose_words_are_all_known_is_still_looked_over(
    address: str, visit: Callable[..., Page], asked: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    somebody = Visitor(visit(f"{address}/words"), True)
    somebody.looks_it_over()
    somebody.opens("/unnamed")
    with pytest.raises(AssertionError, match="image-alt"):
        somebody.looks_it_over()
    assert asked == [True, False]


def test_nothing_but_this_machine_is_found(address: str, visit: Callable[..., Page]) -> None:
    page = visit(f"{address}/words")
    fetched = "(address) => fetch(address, {mode: 'no-cors'}).then(() => 'found', () => 'not found')"
    told: list[Any] = [
        page.evaluate(fetched, each) for each in (f"{address}/others", address.replace("127.0.0.1", "localhost"))
    ]
    assert told == ["found", "not found"]
