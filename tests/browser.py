"""A real browser for the journeys: the system's Chromium, a real server beside it, and questions to ask of a page.

Where there is no Chromium the journeys say so and are skipped, unless REQUIRE_BROWSER=1.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from werkzeug.serving import make_server

from config import ROOT

DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 375, "height": 740}
SCREENSHOTS = ROOT / "instance" / "screenshots"
# The one without windows first: it starts and draws in two thirds of the time.
NAMES_OF_CHROMIUM = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
)
AXE = Axe()
QUIET = (
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-gpu",
    # Nothing but this machine is found. (To let each request be judged here instead would also keep the browser from keeping
    # the style sheet and the scripts, which every page would then fetch and read anew.)
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
)


def chromium_path() -> str | None:
    """Return where Chromium is: what CHROMIUM says, or the first of its usual names that the system knows."""
    told = os.environ.get("CHROMIUM")
    return told or next((path for name in NAMES_OF_CHROMIUM if (path := shutil.which(name))), None)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser, started once for all journeys of a test process."""
    path = chromium_path()
    if path is None:
        sentence = "There is no Chromium on this machine, so the journeys in a browser are not made."
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(sentence)
        pytest.skip(sentence)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(QUIET))
        yield browser
        browser.close()


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """Serve an application from a thread, on a free port of this machine; gives its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(timeout=10)
        server.server_close()


@pytest.fixture
def served() -> Iterator[Callable[[Flask], str]]:
    """`served(app)` serves an application until the test ends and returns its address."""
    running: list[Any] = []

    def serve(app: Flask) -> str:
        held = serving(app)
        address = held.__enter__()
        running.append(held)
        return address

    yield serve
    for held in reversed(running):
        held.__exit__(None, None, None)


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """`visit(address, phone=True, scripts=False)` opens a page in a window of its own, which may have a session's cookie
    already; nothing but it is fetched.

    When the test ends it fails if a page broke a script, or asked for something that its headers forbid.
    """
    windows: list[BrowserContext] = []
    complaints: list[str] = []

    def open_window(address: str, *, phone: bool = False, scripts: bool = True, session: str | None = None) -> Page:
        window = chromium.new_context(
            viewport=PHONE if phone else DESKTOP,  # type: ignore[arg-type]
            java_script_enabled=scripts,
            locale="en-GB",
            timezone_id="Europe/London",
            has_touch=phone,
        )
        windows.append(window)
        window.set_default_timeout(30_000)  # a busy machine is slow, not wrong
        if session is not None:
            window.add_cookies([{"name": "session", "value": session, "url": address}])
        page = window.new_page()
        page.on("pageerror", lambda error: complaints.append(f"a script broke: {error}"))
        page.on("console", lambda said: _keep_complaint(said.text, complaints))
        page.goto(address)
        return page

    yield open_window
    for window in windows:
        window.close()
    assert not complaints, complaints


def _keep_complaint(said: str, complaints: list[str]) -> None:
    if "Content Security Policy" in said or "Content-Security-Policy" in said:
        complaints.append(f"the page asked for something that its headers forbid: {said}")


def axe_violations(page: Page, *, contrast: bool = True) -> list[str]:
    """Return what axe finds wrong with the page, a line for each place; an empty list when it finds nothing. To look at the
    contrast of every word takes three quarters of the time; a page whose colours were looked at can do without."""
    page.evaluate(AXE.axe_script)
    # What passed is not asked for: to hand it over takes longer than to find it.
    found = page.evaluate(
        """(contrast) => axe.run({resultTypes: ['violations'], rules: {'color-contrast': {enabled: contrast}}})
            .then((all) => all.violations)""",
        contrast,
    )
    return [
        f"{rule['id']}: {' '.join(map(str, place['target']))} – {rule['help']}"
        for rule in found
        for place in rule["nodes"]
    ]


def no_sideways_scroll(page: Page) -> bool:
    """Say whether the page fits a phone 375 pixels wide without being scrolled sideways."""
    before = page.viewport_size
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    fits: bool = page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    if before:
        page.set_viewport_size(before)
    return fits


def check_in_browser(page: Page) -> None:
    """Fail where axe finds something, or where the page does not fit a phone."""
    wrong = axe_violations(page)
    assert not wrong, f"{page.url}:\n- " + "\n- ".join(wrong)
    assert no_sideways_scroll(page), f"{page.url} has to be scrolled sideways on a phone"


def screenshot(page: Page, name: str) -> Path:
    """Keep a picture of the whole page in a folder that is not part of the repository, and return where."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    path = SCREENSHOTS / f"{name}.png"
    page.screenshot(path=path, full_page=True)
    return path


def tab_stops(page: Page, most: int = 60) -> list[str]:
    """Return what the Tab key reaches, in order: the words, label or name of each stop, until it begins again."""
    page.evaluate("document.activeElement && document.activeElement.blur()")
    stops: list[str] = []
    for _ in range(most):
        page.keyboard.press("Tab")
        stop = page.evaluate(
            """() => {
                const at = document.activeElement
                if (!at || at === document.body) return null
                const label = at.labels && at.labels[0]
                return (at.getAttribute('aria-label') || (label && label.innerText) || at.innerText || at.name || at.id).trim()
            }"""
        )
        if stop is None:
            break
        stops.append(stop)
    return stops


def focused_id(page: Page) -> str:
    """Return the id of what has the keyboard's focus."""
    found: str = page.evaluate("document.activeElement.id")
    return found
