"""Doing something many times at once, as many browsers would."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from typing import TypeVar

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.builders import Hub
from tests.clients import PageClient

Told = TypeVar("Told", int, str)


def all_at_once(number: int, act: Callable[[int], Told]) -> Counter[Told]:
    """Do something in so many threads that begin together, and return how often each answer came."""
    begin, answers = threading.Barrier(number), Counter[Told]()

    def one(index: int) -> None:
        begin.wait()
        answers[act(index)] += 1

    threads = [threading.Thread(target=one, args=(each,)) for each in range(number)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(240)
    return answers


def posting(hub: Hub, signed_in: PageClient, path: str) -> Callable[[dict[str, str]], int]:
    """Return what posts to a path as somebody who has signed in, from a browser of its own each time, and tells the status."""
    send = sending(hub, signed_in, path)
    return lambda data: send(data).status_code


def sending(hub: Hub, signed_in: PageClient, path: str) -> Callable[[dict[str, str]], TestResponse]:
    """Return what does so and hands over the whole answer."""
    token, cookie = signed_in.token(), signed_in.get_cookie("session")
    assert cookie is not None

    def send(data: dict[str, str]) -> TestResponse:
        browser = FlaskClient(hub.app, hub.app.response_class)
        browser.set_cookie("session", cookie.value)
        return browser.post(path, data={**data, "csrf_token": token})

    return send
