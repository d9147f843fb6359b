"""What a board member sees: whether the hub is on track, never a name, never a number about a few people."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from tests.builders import Hub
from tests.journeys.visitor import Arrive, Visitor
from training_app.accounts.models import Role
from training_app.accounts.policy import Permission, permissions_of
from training_app.database import db
from training_app.people.models import Person
from training_app.web.access import declared_permission

pytestmark = [pytest.mark.browser, pytest.mark.on_sqlite_only]

LONG_BEFORE = "2024-10-01"
A_FEW_PEOPLE = re.compile(r"\b([0-4]|one|two|three|four) (of \d|person\b|people\b)", re.IGNORECASE)
# More links than these and a page would be leading the walk astray.
MOST_PAGES = 400


def a_hub_with_a_small_group(hub: Hub) -> None:
    """Twenty teachers, of whom two hold nothing, and three volunteers, too few for any figure."""
    hub.account("board@hub.example", "board")
    school = hub.organisation("Fenwick Primary", kind="school")
    band = hub.organisation("Saturday Band", kind="voluntary")
    for number in range(20):
        hub.person(
            f"Wendeline Teasel{number}",
            reference=f"QX-{number:04}",
            email=f"wendeline{number}@fenwick.example",
            group="generalist-teachers",
            organisation=school,
            start_on=LONG_BEFORE,
            with_completed=["SND-02"] if number > 1 else [],
            completed_on=LONG_BEFORE,
        )
    for number in range(3):
        hub.person(
            f"Oswin Marram{number}",
            reference=f"QY-{number:04}",
            email=f"oswin{number}@band.example",
            group="frontline-volunteers",
            organisation=band,
            start_on=LONG_BEFORE,
            with_completed=["IND-04"],
            completed_on=LONG_BEFORE,
        )


def everything_that_names_somebody(hub: Hub) -> list[str]:
    """Return every name, reference and e-mail of the people in the database."""
    with hub.app.app_context():
        people = db.session.scalars(select(Person)).all()
        return [told for each in people for told in (each.name, each.reference, each.email) if told]


def pages_reached(visitor: Visitor) -> Iterator[tuple[str, str]]:
    """Yield address and content of every page and file that can be reached by links from where the visitor is."""
    site = urlsplit(visitor.page.url).netloc
    waiting, seen = [visitor.page.url], {visitor.page.url}
    while waiting:
        address = waiting.pop()
        answer = visitor.page.request.get(address)
        assert answer.ok, f"{address}: {answer.status}"
        content = answer.text()
        yield address, content
        for href in re.findall(r'href="([^"#]+)', content):
            target = urljoin(address, href.replace("&amp;", "&"))
            if urlsplit(target).netloc == site and "/static/" not in target and target not in seen:
                seen.add(target)
                waiting.append(target)
        assert len(seen) < MOST_PAGES


def test_a_board_member_sees_whether_the_hub_is_on_track_but_no_name_and_no_small_number(hub: Hub, arrive: Arrive):
    a_hub_with_a_small_group(hub)
    board = arrive("board@hub.example").meets("Are we on track?")
    board.reads("All figures are rounded so that nobody can be picked out", "The largest gaps")
    volunteers = board.page.locator("td.app-column-4")
    expect(volunteers.first).to_be_visible()
    for words in volunteers.all_inner_texts():
        assert words.split(",")[0].strip() in ("Not shown", "Not required"), words
    teachers = board.page.locator("td.app-column-2").all_inner_texts()
    assert any("%" in words for words in teachers), teachers
    board.keeps_picture("board")

    telling = everything_that_names_somebody(hub)
    assert len(telling) == 69
    reached = dict(pages_reached(board))
    assert len(reached) > 40, "the catalogue's modules can be reached"
    for address, content in reached.items():
        found = [each for each in telling if each.casefold() in content.casefold()]
        assert not found, f"{address} names {found}"
        words = re.sub(r"<[^>]+>", " ", content)
        assert not A_FEW_PEOPLE.search(words), f"{address}: {A_FEW_PEOPLE.search(words)}"


def test_pages_that_are_not_the_boards_are_closed_to_it(hub: Hub, arrive: Arrive):
    a_hub_with_a_small_group(hub)
    board = arrive("board@hub.example").meets("Are we on track?")
    for path in (
        "/people",
        "/people.csv",
        "/people/QX-0001",
        "/people/nobody",
        "/coverage",
        "/coverage.csv",
        "/coverage/frontline-volunteers",
        "/coverage/frontline-volunteers/send",
        "/coverage/frontline-volunteers/send.csv",
        "/records",
        "/requirements",
        "/imports",
        "/organisations",
        "/my/record",
    ):
        assert board.page.request.get(board.page.url.rstrip("/") + path).status == 403, path
    board.opens("/people").meets(re.compile("not"))
    board.keeps_picture("closed")
    allowed = permissions_of([Role.BOARD])
    views = {name: declared_permission(view) for name, view in hub.app.view_functions.items()}
    assert Permission.SEE_PEOPLE not in allowed
    assert {
        name for name, needed in views.items() if needed in allowed and name.startswith(("people", "coverage"))
    } == set()
