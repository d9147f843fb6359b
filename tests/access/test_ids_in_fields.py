"""What an address asks for and what a form sends may name somebody else's record: it is answered like one that is absent.

Each page is opened and each form sent once with an ear to which names it reads, so that a new name is found by itself: it
takes a record, and then stands in RECORDS, or it takes none, and then in PLAIN.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from flask import Request
from sqlalchemy import select
from werkzeug.datastructures import ImmutableMultiDict

from tests.access.filled import Filled, fill
from tests.access.reading import text_in
from tests.access.test_access import REFUSED, Answer, Browser, Line, _difference, table, without_chance
from tests.builders import Hub
from tests.pages import hidden_fields
from training_app.catalogue.models import Module
from training_app.database import db, transaction
from training_app.imports.waiting import keep
from training_app.people.models import Person
from training_app.records.actions import return_evidence
from training_app.records.models import Completion, Evidence

# What fills the fields that take a record: somebody else's, and one that is absent. `{…}` is filled from the tables' records.
RECORDS: Mapping[str, Sequence[tuple[str, str]]] = {
    "claim": [("{waiting_id}.1", "999999.1")],
    "names": [("{reference}", "Z-9")],  # of a name, whoever of one's own people is like it is offered
    "about": [
        ("completion-{completion_id}", "completion-999999"),
        ("engagement-{engagement_id}", "engagement-999999"),
        ("exemption-{exemption_id}", "exemption-999999"),
    ],
    "again": [("{returned_id}", "999999"), ("{completion_id}", "999999")],
    "area": [("Southern Fens", "Western Fens")],
    "by": [("manager@hub.example", "nobody@hub.example")],
    "completion": [("{completion_id}.1", "999999.1"), ("{completion_id}", "999999")],
    "email": [("secret-s-1@somewhere.example", "secret-z-9@somewhere.example")],
    "message": [("1", "999999")],
    "name": [("Secret Somebody S-1", "Secret Somebody Z-9")],
    "next": [("/people/{reference}", "/people/Z-9")],
    "back": [("/people/{reference}", "/people/Z-9")],
    "organisation": [("{organisation_id}", "999999"), ("South School", "Zouth School")],
    "organisations": [("{organisation_id}", "999999")],
    "other": [("{reference}", "Z-9")],
    "person": [("{reference}", "Z-9")],
    "who": [
        ("secret-s-1@somewhere.example", "secret-z-9@somewhere.example"),
        ("Secret Somebody S-1", "Secret Somebody Z-9"),
    ],
    "q": [("Secret Somebody S-1", "Secret Somebody Z-9"), ("{reference}", "Z-9"), ("South School", "Zouth School")],
    "reference": [("{reference}", "Z-9")],
    "token": [("{token_of_a_file}", "no-such-file")],
    "together": [("{batch}", "no-such-batch")],
}
# What takes no record of anybody: words, days, choices that are the same for all, what a page was shown for.
PLAIN = frozenset(
    {
        *(
            "csrf_token",
            "row_version",
            "previewed",
            "seen",
            "same_as_shown",
            "confirmed",
            "newest_seen",
            "standing",
            "wanted",
        ),
        *("as_at", "from", "to", "start_on", "end_on", "completed_on", "effective_from", "retired_on", "until", "when"),
        *(
            "sort",
            "page",
            "evidence",
            "state",
            "status",
            "kind",
            "format",
            "priority",
            "priorities",
            "show",
            "role",
            "all",
            "action",
        ),
        *("young_people", "surprised", "take_away", "finish", "finding", "question", "setting", "step"),
        *("tried", "young_people_said", "differently", "shared", "kept_photo", "photo", "formal", "confirm", "outside"),
        *("help_wanted", "places"),
        "number",  # of a certificate: unknown ones have a test of their own (tests/certificates)
        *("group", "groups", "skill", "module", "level", "code", "prerequisites"),  # of the hub, the same for everybody
        *("note", "reason", "wording", "words", "provider", "hours", "job_title", "title", "summary", "answer", "do"),
        *(
            "access_link",
            "access_note",
            "access_contact",
            "refresh_months",
            "renewal_opens_days",
            "contact_address",
            "invite",
            "roles",
            "keep",
        ),
        *("password", "current", "way", "file", "find", "change", "reference_of", "name_of", "email_of", "among"),
    }
)
PLAIN_PATTERNS = re.compile(
    r"gives_[0-9]+|(decide|because)-[0-9]+|(on_day|finish_on|start_on|end_on|completed_on|effective_from|retired_on|until)-(day|month|year)"
)
# What a form needs besides, so that it comes to look for the record.
GOOD: Mapping[str, Mapping[str, str]] = {
    "POST /records/add": {"module": "SND-01", "completed_on": "3 October 2025", "person": "N-3"},
    "POST /people/new": {"name": "Wren New", "organisation": "{own organisation}", "group": "music-service-staff"},
    "POST /people/<reference>/engagements/new": {"organisation": "{own organisation}", "group": "hub-providers"},
    "POST /my/record/correction": {"about": "other", "wording": "It was on another day"},
    "POST /my/practice/pairs/new": {"module": "TEA-02"},
    "POST /my/record/log": {"module": "SND-01", "when": "today"},
    "POST /imports/confirm": {"kind": "people", "name": "people.csv"},
}
CALLERS = ("member", "coordinator", "board")
MODULES = ("IND-01", "IND-03")
DECISIONS = ("", "confirm", "return")


class _Listening(ImmutableMultiDict[str, Any]):
    """What was sent, with an ear to which names are read."""

    heard: set[str] = set()

    def get(self, key: str, *args: Any, **more: Any) -> Any:
        self.heard.add(key)
        return super().get(key, *args, **more)

    def getlist(self, key: str, *args: Any, **more: Any) -> list[Any]:
        self.heard.add(key)
        return super().getlist(key, *args, **more)

    def __contains__(self, key: object) -> bool:
        self.heard.add(str(key))
        return super().__contains__(key)

    def __getitem__(self, key: str) -> Any:
        self.heard.add(key)
        return super().__getitem__(key)


@contextmanager
def _hearing() -> Iterator[set[str]]:
    _Listening.heard = set()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Request, "parameter_storage_class", _Listening)
        yield _Listening.heard


class _Asking(Browser):
    """Asks as one caller, with fields."""

    def send(self, method: str, path: str, fields: Mapping[str, str], sent: Sequence[str] = ()) -> Answer:
        """Return what came back, without whichever was `sent` and what is made anew for each."""
        if method == "GET":
            response = self.client.get(path, query_string=dict(fields))
        else:
            response = self.client.post(path, data={**fields, "csrf_token": self.token})
        body = text_in(response)
        by_chance = ("Date", "Content-Length", "X-Request-ID")
        headers = [(name, value) for name, value in response.headers.items() if name not in by_chance]
        if response.status_code in (302, 303):
            self.client.get("/help")
        return Answer(
            response.status_code,
            tuple(sorted((name, _told(value, path, sent)) for name, value in headers)),
            _told(body, path, sent),
        )


def _told(text: str, path: str, sent: Sequence[str]) -> str:
    text = re.sub(r"N-[0-9A-Z]{4,}|[A-Z]{1,3}-[0-9]{3,}", "(a new reference)", without_chance(text, path))
    text = re.sub(r"/my/practice/pairs/[0-9]+", "(a new pair)", text)
    for each in sent:
        written = "|".join(re.escape(way) for way in {each, quote(each, safe=""), quote_plus(each)})
        text = re.sub(rf"(?<![0-9A-Za-z])({written})(?![0-9A-Za-z])", "(what was sent)", text)
    return re.sub(r'(row_version"[^>]*value=)"[0-9]+"', r"\1", text)


def _fields_of(asking: _Asking, line: Line, path: str, own: Filled) -> dict[str, str]:
    """Return what a form sends that was only opened, and what it needs besides."""
    if line.method == "GET":
        return {}
    shown = asking.client.get(path).get_data(as_text=True)
    fields = {name: value for name, value in hidden_fields(shown) if name != "csrf_token"}
    good = GOOD.get(line.address, {})
    organisation = own.own["<organisation_id>"]
    return {**fields, **{name: value.replace("{own organisation}", organisation) for name, value in good.items()}}


def _lines(caller: str) -> list[Line]:
    """Return what a caller may ask, changes of what a search would find last."""
    lines = [line for line in table() if line.words[caller] not in REFUSED and "/sign-out" not in line.path]
    return sorted(lines, key=lambda line: line.method == "POST" and line.path.startswith("/people"))


def _somebody_elses(hub: Hub, places: dict[str, Filled], manager: str) -> dict[str, str]:
    """Return what fills the braces of RECORDS: records of somebody whom neither caller may see."""
    theirs = {name.strip("<>"): value for name, value in places["member"].other.items()}
    theirs["token_of_a_file"] = keep(
        hub.app.config["SETTINGS"].instance / "imports", int(manager), b"reference,name\nS-1,Secret Somebody\n"
    )
    theirs["batch"] = str(db.session.execute(db.text("SELECT batch_id FROM audit_event LIMIT 1")).scalar())
    return theirs


def _claims(hub: Hub, reference: str) -> dict[str, str]:
    """Return somebody's entry that waits for a decision, and one that was sent back, which `again` puts right."""
    person = db.session.scalars(select(Person.id).where(Person.reference == reference)).one()
    waiting, returned = (hub.completion(person, code, "2026-03-04", Evidence.SELF_DECLARED) for code in MODULES)
    with transaction():
        for code in MODULES:
            db.session.get_one(Module, hub.module_id(code)).coordinator_may_confirm = True
        return_evidence(hub.actor, db.session.get_one(Completion, returned), "Which day was it?")
    return {"waiting_id": str(waiting), "returned_id": str(returned)}


def _with(name: str, value: str, decision: str) -> dict[str, str]:
    """Return a field and, where one is made of what it names, the decision."""
    number = value.partition(".")[0]
    return {name: value, **({f"decide-{number}": decision, f"because-{number}": "Why?"} if decision else {})}


@pytest.mark.on_sqlite_only
def test_somebody_elses_record_in_a_field_is_answered_like_one_that_is_absent(hub: Hub) -> None:
    hub.organisation("South School", kind="school", area="Southern Fens")
    places = fill(hub)
    theirs = {**_somebody_elses(hub, places, places["member"].other["<account_id>"]), **_claims(hub, "S-1")}
    wrong, unlisted, asked = [], set(), set()
    for caller in CALLERS:
        asking = _Asking(hub, caller)
        for line in _lines(caller):
            path = line.filled(places[caller].own)
            fields = _fields_of(asking, line, path, places[caller])
            with _hearing() as heard:
                asking.send(line.method, path, fields)
            unlisted |= {
                f"{name} ({line.address})"
                for name in heard - RECORDS.keys() - PLAIN
                if not PLAIN_PATTERNS.fullmatch(name)
            }
            for name in sorted(heard & RECORDS.keys()):
                asked.add((caller, line.address, name))
                for other, absent in RECORDS[name]:
                    sent = (other.format(**theirs), absent)
                    for decision in DECISIONS if name == "claim" else ("",):
                        answers = []
                        for each in sent:
                            fields = _fields_of(asking, line, path, places[caller])
                            fields |= _with(name, each, decision)
                            answers.append(asking.send(line.method, path, fields, sent))
                        if answers[0] != answers[1] or answers[0].status >= 500:
                            wrong.append(f"{caller}: {line.address}, {name}={sent[0]}: {_difference(*answers)}")
    assert not unlisted, "Do these take a record? Say so in RECORDS, or put them among PLAIN: " + ", ".join(unlisted)
    assert not wrong, "\n".join(wrong)
    assert {
        ("coordinator", "POST /records/add", "person"),
        ("coordinator", "GET /people", "organisation"),
        ("coordinator", "POST /people/new", "email"),
        ("coordinator", "GET /coverage", "organisation"),
        ("member", "POST /my/record/correction", "about"),
        ("member", "GET /my/record/log", "again"),
        ("member", "POST /my/record/log", "again"),
        ("coordinator", "POST /records/verify", "claim"),
    } <= asked
