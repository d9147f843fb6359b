"""The application served beside a browser, and people who arrive at it, each journey with scripts and without."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page

from tests.builders import Hub
from tests.clients import sign_in
from tests.journeys.visitor import Arrive, Comes, Visitor, signs_in
from tests.sound import FoundSound


@pytest.fixture(params=[True, False], ids=["with-scripts", "without-scripts"])
def scripts(request: pytest.FixtureRequest) -> bool:
    """Whether the browser runs scripts: every journey is made both ways."""
    return bool(request.param)


@pytest.fixture
def address(hub: Hub, served: Callable[[Flask], str]) -> str:
    """Where the hub is served."""
    return served(hub.app)


# How people arrived who signed in through the page, in this run: on a phone or not, with scripts or without.
_SIGNED_IN = FoundSound("signing in through the page")


@pytest.fixture
def arrive(hub: Hub, address: str, visit: Callable[..., Page], scripts: bool) -> Arrive:
    """`arrive("manager@hub.example", phone=True)` is somebody with an account who has signed in: through the page whoever is
    the first to arrive in such a way, and all others as if they had."""

    def arrive_as(email: str, *, phone: bool = False) -> Visitor:
        twin = None if scripts else visit(f"{address}/healthz", phone=phone)
        way = f"{phone=} {scripts=}"
        if way in _SIGNED_IN:
            cookie = sign_in(hub.app, email).get_cookie("session")
            assert cookie is not None
            return Visitor(visit(f"{address}/", phone=phone, scripts=scripts, session=cookie.value), scripts, twin)
        arrived = signs_in(Visitor(visit(f"{address}/sign-in", phone=phone, scripts=scripts), scripts, twin), email)
        _SIGNED_IN.add(way)
        return arrived

    return arrive_as


@pytest.fixture
def comes(hub: Hub, address: str, visit: Callable[..., Page], scripts: bool) -> Comes:
    """`comes("/sign-in", phone=True)` is somebody who opens a page and is not signed in."""
    hub.app.config["BASE_URL"] = address  # links in messages lead to where it is really served

    def come(path: str, *, phone: bool = False) -> Visitor:
        twin = None if scripts else visit(f"{address}/healthz", phone=phone)
        return Visitor(visit(f"{address}{path}", phone=phone, scripts=scripts), scripts, twin)

    return come
