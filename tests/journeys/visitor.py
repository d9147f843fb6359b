"""Somebody at a browser: what they read, follow, fill in and press, with every page they meet looked over on the way."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from re import Pattern

from playwright.sync_api import Locator, Page, expect

from tests.browser import axe_violations, screenshot
from tests.builders import PASSWORD
from tests.pages import check_page
from tests.sound import FoundSound, without_repeats
from training_app.people.rules import in_words

# What was found sound once need not be looked over again: the page's frame, how wide it was, and whether scripts ran.
_SOUND = FoundSound("a page in a browser")
# Words whose own colours and size, and those of all behind them, were found to stand out need not be looked at again.
_LEGIBLE = FoundSound("words in a browser")
# A page of more stops than these is a list; the order of its first ones tells.
MOST_STOPS = 30

# The fields, buttons and links of a page's main part that the keyboard should reach, in the order in which they stand.
STOPS_OF_MAIN = """() => {
    const all = [...document.querySelectorAll('main a[href], main button, main input, main select, main textarea, main summary')]
    const reached = (each) => {
        if (each.disabled || each.type === 'hidden' || each.tabIndex < 0) return false
        if (!each.checkVisibility({ visibilityProperty: true })) return false
        if (each.type !== 'radio') return true
        const alike = [...document.querySelectorAll(`input[type=radio][name="${each.name}"]`)]
        return each.checked || (!alike.some((other) => other.checked) && alike[0] === each)
    }
    window.__stops = all.filter(reached)
    return window.__stops.length
}"""
WHERE_THE_KEYBOARD_IS = "() => window.__stops.indexOf(document.activeElement)"
FIRST_STOP = "() => { window.__stops[0].focus(); return window.__stops.indexOf(document.activeElement) }"

FIELDS_WITHOUT_NAME = """() => [...document.querySelectorAll('input, select, textarea')].filter((each) => {
    const box = each.getBoundingClientRect()
    if (['hidden', 'submit', 'button'].includes(each.type) || !box.width) return false
    return !(each.labels && each.labels.length) && !each.getAttribute('aria-label') && !each.getAttribute('aria-labelledby')
}).map((each) => each.name || each.id)"""
# All on which the contrast of words depends, once for each way in which some are drawn: of what holds them the colour, size
# and weight, and of it and all around it what lies behind them, what shines through, and where it is put.
HOW_WORDS_ARE_DRAWN = """() => {
    const around = ['backgroundColor', 'backgroundImage', 'opacity', 'filter', 'mixBlendMode', 'position', 'zIndex', 'overflow',
        'clip', 'clipPath', 'float', 'transform', 'visibility']
    const own = ['color', 'fontSize', 'fontWeight', 'textShadow', 'webkitTextStrokeWidth', 'webkitTextFillColor', 'textIndent']
    const layers = new Map()
    const told = (styles, names) => names.map((name) => styles[name]).join(' ')
    const behind = (each) => {
        if (!each) return ''
        if (!layers.has(each)) {
            const pseudo = ['::before', '::after'].map((name) => getComputedStyle(each, name))
                .filter((styles) => styles.content !== 'none').map((styles) => told(styles, around))
            const tag = [each.tagName, each.getAttribute('class'), each.disabled, each.getAttribute('aria-disabled')]
            layers.set(each, [...tag, told(getComputedStyle(each), around), ...pseudo, behind(each.parentElement)].join('|'))
        }
        return layers.get(each)
    }
    const holds = (each) => each.matches('input, select, textarea, button')
        || [...each.childNodes].some((part) => part.nodeType === Node.TEXT_NODE && part.data.trim())
    return [...new Set([...document.body.querySelectorAll('*')].filter((each) => holds(each) && each.checkVisibility())
        .map((each) => told(getComputedStyle(each), own) + '|' + behind(each)))]
}"""
WIDER_THAN_THE_WINDOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@dataclass
class Visitor:
    """Somebody at a browser. `twin` is a window in which scripts run, for looking over the pages of one where they do not."""

    page: Page
    scripts: bool
    twin: Page | None = None

    # --- reading

    def meets(self, heading: str | Pattern[str]) -> Visitor:
        """Be on the page of this heading, and find nothing wrong with it."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text(heading)
        self.looks_it_over()
        return self

    def reads(self, *sentences: str | Pattern[str]) -> Visitor:
        """Read each of these on the page."""
        for sentence in sentences:
            expect(self.page.locator("main")).to_contain_text(sentence)
        return self

    def does_not_read(self, *sentences: str | Pattern[str]) -> Visitor:
        """Find none of these on the page."""
        for sentence in sentences:
            expect(self.page.locator("main")).not_to_contain_text(sentence)
        return self

    def row(self, *words: str) -> Locator:
        """Return the row of a table that says all of these."""
        rows = self.page.locator("main tbody tr")
        for each in words:
            rows = rows.filter(has_text=each)
        return rows

    def keeps_picture(self, name: str) -> Visitor:
        """Keep a picture of the page for whoever asked for some by PICTURES=1; they take longer than the journey."""
        if os.environ.get("PICTURES") == "1":
            screenshot(self.page, f"{name}-{'with' if self.scripts else 'without'}-scripts")
        return self

    # --- doing

    def opens(self, path: str) -> Visitor:
        """Type an address."""
        self.page.goto(self.page.url.split("/", 3)[0] + "//" + self.page.url.split("/", 3)[2] + path)
        return self

    def follows(self, words: str | Pattern[str], among: Locator | None = None) -> Visitor:
        """Follow the link of these words."""
        place = among if among is not None else self.page.locator("body")
        place.get_by_role("link", name=words, exact=isinstance(words, str)).first.click()
        return self

    def goes_to(self, label: str) -> Visitor:
        """Go to a page of the navigation, by way of the menu where there is one."""
        # Only with its styles does a page show whether it has a menu.
        self.page.wait_for_load_state()
        menu = self.page.locator(".app-menu > summary")
        if menu.is_visible():
            menu.click()
        self.page.locator("header").get_by_role("link", name=label, exact=True).locator("visible=true").click()
        return self

    def presses(self, words: str | Pattern[str], among: Locator | None = None) -> Visitor:
        """Press the button of these words."""
        place = among if among is not None else self.page.locator("main")
        place.get_by_role("button", name=words, exact=isinstance(words, str)).click()
        return self

    def fills(self, label: str, value: str) -> Visitor:
        """Type into a box."""
        self.page.locator("main").get_by_label(label, exact=True).fill(value)
        return self

    def chooses(self, label: str, words: str) -> Visitor:
        """Choose from a list; a long one is a box to type in where scripts run."""
        field = self.page.locator("main").get_by_label(label, exact=True).locator("visible=true")
        if field.evaluate("each => each.tagName") == "SELECT":
            field.select_option(label=words)
        else:
            field.fill("")
            field.press_sequentially(words[:12])
            self.page.get_by_role("option", name=words).click()
        return self

    def ticks(self, words: str | Pattern[str]) -> Visitor:
        """Tick a box, or choose one of several answers."""
        self.page.locator("main").get_by_label(words, exact=isinstance(words, str)).check()
        return self

    def sends(self, label: str, name: str, content: bytes) -> Visitor:
        """Choose a file to send."""
        self.page.locator("main").get_by_label(label, exact=True).set_input_files(
            {"name": name, "mimeType": "application/octet-stream", "buffer": content}
        )
        return self

    def writes_day(self, name: str, day: date) -> Visitor:
        """Write a day into its three boxes."""
        for part, value in (("day", day.day), ("month", day.month), ("year", day.year)):
            self.page.locator(f"#{name}-{part}").fill(str(value))
        return self

    # --- looking over

    def looks_it_over(self) -> None:
        """Fail where the page has not one h1, a title, named fields, a sensible way for the keyboard or a fitting width, or
        where axe finds something."""
        page, width = self.page, self.page.viewport_size
        assert width is not None
        page.wait_for_load_state()
        key = f"{width['width']} {self.scripts} {_frame_of(page.content())}"
        if key in _SOUND:
            return
        where = f"{page.url}, {width['width']} pixels wide, {'with' if self.scripts else 'without'} scripts"
        assert page.get_by_role("heading", level=1).count() == 1, f"{where}: there is not one h1"
        assert re.fullmatch(r".+ – Training and skills – .+", page.title()), f"{where}: the title is {page.title()!r}"
        assert page.evaluate(FIELDS_WITHOUT_NAME) == [], f"{where}: fields without a name"
        assert page.evaluate(WIDER_THAN_THE_WINDOW) <= 0, f"{where}: it has to be scrolled sideways"
        has_form = page.locator("main form").count() > 0
        if not self.scripts:
            # A browser keeps nonces to itself.
            check_page(page.content().replace('nonce=""', 'nonce="kept"'))
        # A page without a form is the same without scripts as with them.
        if self.scripts or has_form:
            # The style sheet is the same for both, and no colour depends on a script.
            drawn = page.evaluate(HOW_WORDS_ARE_DRAWN) if self.scripts else []
            wrong = axe_violations(self._with_scripts(), contrast=any(each not in _LEGIBLE for each in drawn))
            assert not wrong, f"{where}:\n- " + "\n- ".join(wrong)
            for each in drawn:
                _LEGIBLE.add(each)
        if has_form:
            self._goes_through_by_keyboard(where)
        _SOUND.add(key)

    def _with_scripts(self) -> Page:
        """Return the page, or where no script may run, the same page in a window where axe may."""
        if self.scripts:
            return self.page
        assert self.twin is not None
        self.twin.set_content(re.sub(r"<script.*?</script>", "", self.page.content(), flags=re.DOTALL))
        return self.twin

    def _goes_through_by_keyboard(self, where: str) -> None:
        """Press Tab through the page's main part: each field, button and link must come in the order in which it stands."""
        page = self.page
        focused_before = page.evaluate_handle("document.activeElement")
        stops = min(page.evaluate(STOPS_OF_MAIN), MOST_STOPS)
        order = [page.evaluate(FIRST_STOP)]
        for _ in range(stops):
            page.keyboard.press("Tab")
            order.append(page.evaluate(WHERE_THE_KEYBOARD_IS))
        # A browser's box for a day has several stops; a table that has to be scrolled is a stop of its own.
        order = [place for place, _ in groupby(order) if place >= 0]
        assert order == list(range(len(order))), f"{where}: the keyboard goes {order}"
        page.evaluate(
            "each => { document.activeElement.blur(); if (each !== document.body) each.focus() }", focused_before
        )


def saying(*parts: str) -> Pattern[str]:
    """Return what matches the name of a link or a button that says all of these, in this order."""
    return re.compile(".*".join(map(re.escape, parts)), re.DOTALL)


Arrive = Callable[..., Visitor]
Comes = Callable[..., Visitor]


def signs_in(visitor: Visitor, email: str) -> Visitor:
    """Sign in through the page."""
    visitor.meets("Sign in")
    visitor.fills("E-mail", email).fills("Password", PASSWORD).presses("Sign in")
    expect(visitor.page.get_by_role("button", name="Sign out")).to_be_visible()
    return visitor


def months_ago(months: int, today: date) -> date:
    """Return the first day of a month that lies some months behind."""
    number = today.year * 12 + today.month - 1 - months
    return date(number // 12, number % 12 + 1, 1)


def worded(day: date) -> str:
    """Return a day as pages say it."""
    return in_words(day)


def _frame_of(html: str) -> str:
    """Return a page's markup with every word and number made alike, and without the tokens that change from showing to
    showing: two pages of one frame differ in nothing that is looked over."""
    html = re.sub(r'(name="csrf_token" value|nonce|href|value)="[^"]*"', "", html)
    return without_repeats(re.sub(r">[^<]*[^<\s][^<]*<", ">x<", re.sub(r"\d+", "0", html)))
