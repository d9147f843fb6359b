"""Odd things typed into every form by everybody who may send it: never our mistake, nothing half written, what was typed kept.

Which forms there are comes from the table of addresses, which fields they have from their pages. What is tried is drawn by
chance from a seed, so that a run can be repeated: FUZZ_SEED and FUZZ_TRIES in the environment try others, and more.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape

import html5lib
import pytest
from sqlalchemy import func, select

from tests.access.filled import fill
from tests.access.test_access import REFUSED, Line, table
from tests.builders import Hub
from tests.clients import PageClient, sign_in
from training_app.audit import AuditEvent
from training_app.database import db

MARK = "Qx7Wren"
ODD: tuple[bytes, ...] = (
    *(b"", b"   ", f"{MARK}\0b".encode(), MARK.encode() + b"\xed\xa0\x80", MARK.encode() + b"\xff", b"%00", b"-1"),
    *(f"{MARK} \U0001f3bb".encode(), f"O'Neill {MARK}".encode(), f"Zoë {MARK}".encode(), f"Zoe\u0308 {MARK}".encode()),
    *(
        f"\u202e{MARK}".encode(),
        f"\u200b{MARK}".encode(),
        (MARK + "x" * 393).encode(),
        MARK.encode() + b"x" * 1_000_000,
    ),
    *(f"<b>{MARK}</b>".encode(), f"{MARK}{{{{7*7}}}}".encode(), b"Null", f"{MARK}\r\nBcc: a@b.example".encode()),
    *(b"9" * 20, b"31/02/2026", b"29/02/2025", b"1/1/0001", b"31/12/9999", f"=1+1{MARK}".encode()),
    *(
        f"{MARK}@hub.example ".encode(),
        f"ｆｕｌｌ{MARK}@hub.example".encode(),
        f"İ{MARK}@hub.example".encode(),
        b"\xc3\x9f",
    ),
)
# What no page can show again as it was typed: it says so instead.
NEVER_SHOWN = (b"\0", b"\xed\xa0\x80", b"\xff")
TYPED = ("text", "email", "search", "tel", "url", "textarea")
CALLERS = ("anonymous", "member", "coordinator", "board", "manager")
# What takes a record or an account out of everybody's hands is tried last.
LAST = ("/void", "/end", "/erase", "/merge", "/state", "/roles", "/doubles", "/password", "/everywhere", "/sign-out")


@dataclass(frozen=True)
class Field:
    """A field of a form as its page shows it."""

    name: str
    kind: str
    value: str


def fields_of(html: str) -> list[Field]:
    """Return what a browser would send from the page's own form, with the kind of each field; of those that are not ticked
    the first."""
    page = html5lib.parse(html, namespaceHTMLElements=False)
    forms = [form for main in page.iter("main") for form in main.iter("form") if form.get("method") == "post"]
    found: dict[str, Field] = {}
    for each in forms[-1].iter() if forms else ():
        name = each.get("name")
        if each.tag not in ("input", "select", "textarea") or not name or name == "csrf_token":
            continue
        kind, value = each.get("type", "text"), each.get("value") or ""
        if each.tag == "textarea":
            kind, value = "textarea", "".join(each.itertext())
        elif each.tag == "select":
            options = list(each.iter("option"))
            chosen = [option for option in options if option.get("selected") is not None] or options[-1:]
            kind, value = "select", chosen[0].get("value", "") if chosen else ""
        if kind in ("radio", "checkbox") and name in found and each.get("checked") is None:
            continue
        found[name] = Field(name, kind, value)
    return list(found.values())


class Fuzzer:
    """One caller who types odd things."""

    def __init__(self, hub: Hub, caller: str, chance: random.Random) -> None:
        self.hub, self.caller, self.chance = hub, caller, chance
        self.client = self._signed_in()

    def tries(self, line: Line, path: str, many: int) -> Iterator[str]:
        """Send a form a few times with something odd in one field, and yield what was wrong with each answer."""
        shown = self.client.get(path)
        fields = fields_of(shown.get_data(as_text=True)) if shown.status_code == 200 else []
        for field in self.chance.sample(fields, min(many, len(fields))) or [Field("odd", "hidden", "")]:
            odd = self.chance.choice(ODD)
            yield from self._wrong(line, path, fields, field, odd)
            if self.caller != "anonymous" and self.client.get("/help").status_code != 200:
                self.client = self._signed_in()

    def _wrong(self, line: Line, path: str, fields: list[Field], field: Field, odd: bytes) -> Iterator[str]:
        told = f"{self.caller}: {line.address}, {field.name}={odd[:40]!r}"
        before = _events()
        data: dict[str, object] = {each.name: each.value for each in fields if each.kind != "file"}
        answer = self.client.post(path, data={**data, field.name: odd, "csrf_token": self.client.token()})
        if answer.status_code >= 500:
            yield f"{told}: {answer.status_code}"
        elif answer.status_code >= 400 and _events() != before:
            yield f"{told}: {answer.status_code}, but something was written"
        elif answer.status_code == 400 and field.kind in TYPED and MARK.encode() in odd:
            page = unescape(answer.get_data(as_text=True))
            if MARK not in page and not any(each in odd for each in NEVER_SHOWN):
                yield f"{told}: what was typed is gone"
        if answer.status_code in (302, 303) and "/sign-in" in answer.headers["Location"]:
            self.client = self._signed_in()

    def _signed_in(self) -> PageClient:
        if self.caller == "anonymous":
            client = self.hub.app.test_client()
            assert isinstance(client, PageClient)
            return client
        return sign_in(self.hub.app, f"{self.caller}@hub.example")


def _events() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.max(AuditEvent.id))) or 0


@pytest.mark.watched
@pytest.mark.on_sqlite_only
def test_whatever_is_typed_into_any_form_is_answered_plainly_and_kept(hub: Hub) -> None:
    seed, many = os.environ.get("FUZZ_SEED", "music"), int(os.environ.get("FUZZ_TRIES", "3"))
    places = fill(hub)
    wrong: list[str] = []
    sent = 0
    for caller in CALLERS:
        fuzzer = Fuzzer(hub, caller, random.Random(f"{seed} {caller}"))
        for line in sorted(table(), key=lambda line: any(each in line.path for each in LAST)):
            if line.method == "POST" and line.words[caller] not in REFUSED and not line.path.endswith("/sign-out"):
                mine = places[caller].same if caller == "manager" else places[caller].own
                wrong += fuzzer.tries(line, line.filled(mine), many)
                sent += 1
    assert not wrong, f"seed {seed}:\n" + "\n".join(wrong)
    assert sent > 60
