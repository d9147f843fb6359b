"""Nobody fetches a word that is not theirs to read: with a word of its own in every text about every person, each role opens
every page and file, follows every link, submits every search, and runs into every error.

Who may read what is stated here once more, in plain words, and never asked of the application.
"""

from __future__ import annotations

import re
import secrets
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode, urljoin, urlsplit

import sqlalchemy
from sqlalchemy import JSON, String, select

from tests.access.filled import ABSENT, SHARED
from tests.access.test_access import REFUSED, Line, table, without_chance
from tests.builders import Hub
from tests.clients import PageClient, sign_in
from tests.stewardship.canaries import somebody_held_everywhere
from training_app.database import Base, db

# Who may read what: the texts of a person by the role and the place of the reader.
#   oneself      everything but what a letter with a secret holds, which is wiped once it is sent
#   coordinator  of people at their organisations who are nowhere else: who they are, how to reach them, what they do there,
#                and what was recorded of their training; of people who are elsewhere too: who they are
#   manager      everything but secrets
#   board, anybody else, and everybody of people they have nothing to do with: nothing
NOBODY = {"secret"}
TO_COORDINATORS = {
    *("reference", "name", "surname", "email", "jobtitle"),
    *("note", "provider", "returned", "completionvoid", "exemption", "extension"),
}
TO_COORDINATORS_OF_THE_SHARED = {"reference", "name", "surname"}

NORTH, WEST, SOUTH = "north", "west", "south"
WORKS_AT = {
    "staff": {NORTH},
    "volunteer": {NORTH},
    "colleague": {NORTH},
    "band": {WEST},
    "shared": {SOUTH, NORTH},
    "stranger": {SOUTH},
    "governor": {SOUTH},
}
GROUPS = {"volunteer": "frontline-volunteers", "band": "frontline-volunteers", "governor": "board-slt"}
COORDINATED = {NORTH, WEST}
IS = {"member": "staff", "volunteer": "volunteer"}
CALLERS = ("anonymous", "member", "volunteer", "coordinator", "board", "manager")


def may_read(caller: str, who: str, what: str) -> bool:
    """Say whether a caller may read a text: `what` of the person or organisation `who`."""
    if what in NOBODY or caller in ("anonymous", "board"):
        return False
    if caller == "manager":
        return True
    if who in (NORTH, WEST, SOUTH):
        return who in (COORDINATED if caller == "coordinator" else WORKS_AT[IS[caller]])
    if caller == "coordinator":
        if not WORKS_AT[who] & COORDINATED:
            return False
        return what in (TO_COORDINATORS if WORKS_AT[who] <= COORDINATED else TO_COORDINATORS_OF_THE_SHARED)
    return who == IS[caller]


# Columns whose text is a code, a key or a digest, and never anybody's words.
CODES = re.compile(
    r"account\.(email_key|password_hash)|account_role\.role|audit_detail\.salt|completion\.evidence"
    r"|correction_request\.(about|answer)|kept_form\.(key_hash|path)|organisation\.kind"
    r"|outbox_message\.(message_id|kind|state|claimed_by|last_problem)"
    r"|sign_in\.(token_hash|way|authority|ended_because)|sign_in_code\.(lookup|code_hash)"
    r"|sign_in_link\.(token_hash|purpose|onward)"
)


@dataclass
class Canaries:
    """A hub full of canaries: `token` begins each word, `people` and `places` are ids by name."""

    hub: Hub
    token: str = field(default_factory=lambda: f"zq{secrets.token_hex(4)}")
    people: dict[str, int] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)

    def fill(self) -> None:
        """Make three organisations and their people, each held everywhere there is, and an account for each role."""
        for place in (NORTH, WEST, SOUTH):
            self.places[place] = self.hub.organisation(
                f"{self.mark(place)}-place School", kind="school", area=f"{self.mark(place)}-area"
            )
        for who, places in WORKS_AT.items():
            home = SOUTH if SOUTH in places else min(places)
            group = GROUPS.get(who, "music-service-staff")
            self.people[who] = somebody_held_everywhere(
                self.hub, self.mark(who), group=group, organisation=self.places[home]
            )
            for also in places - {home}:
                self.hub.engagement(self.people[who], group, organisation=self.places[also])
        coordinated = [self.places[place] for place in COORDINATED]
        self.hub.account("coordinator@hub.example", "coordinator", organisations=coordinated)
        self.hub.account("board@hub.example", "board", person=self.people["governor"])
        self.hub.account("manager@hub.example", "workforce_manager")

    def mark(self, who: str) -> str:
        return self.token + who

    def words_in(self, text: str) -> set[tuple[str, str]]:
        """Return whose words, and which, a text holds."""
        return set(re.findall(rf"{self.token}([a-z]+)-([a-z]+)", text.casefold()))

    def client(self, caller: str) -> PageClient:
        """Return a browser in which a caller is signed in, or nobody."""
        email = f"{self.mark(IS[caller])}-signin@somewhere.example" if caller in IS else f"{caller}@hub.example"
        client = self.hub.app.test_client() if caller == "anonymous" else sign_in(self.hub.app, email)
        assert isinstance(client, PageClient)
        client.checks_pages = False
        return client

    def fills(self, who: str) -> Iterator[dict[str, str]]:
        """Yield what fills the addresses of each record of a person."""
        person = self.people[who]
        always = {**ABSENT, **SHARED, "<reference>": f"{self.mark(who)}-reference"}
        always["<organisation_id>"] = str(self.places[min(WORKS_AT[who])])
        yield always
        for placeholder in ABSENT:
            table = _table_of(placeholder)
            if table is not None:
                for row in db.session.scalars(select(table.c.id).where(table.c.person_id == person)):
                    yield {**always, placeholder: str(row)}


def _table_of(placeholder: str) -> sqlalchemy.Table | None:
    """Return the table of whose rows an address tells, where they are somebody's."""
    name = placeholder.strip("<>").removesuffix("_id")
    name = {"request": "correction_request", "message": "outbox_message"}.get(name, name)
    table = Base.metadata.tables.get(name)
    return table if table is not None and "person_id" in table.c else None


# --- walking


class Walk:
    """One caller's way through the application; `wrong` is what they read that is not theirs."""

    def __init__(self, canaries: Canaries, caller: str) -> None:
        self.canaries, self.caller = canaries, caller
        self.client = canaries.client(caller)
        self.seen: dict[str, str] = {}
        self.read: set[tuple[str, str]] = set()
        self.wrong: list[str] = []

    def may(self, word: tuple[str, str]) -> bool:
        return may_read(self.caller, *word)

    def look(self, path: str, sent: str = "", method: str = "GET") -> str:
        """Open an address and return what came back; note every word that is not the caller's, but for those sent."""
        response = self.client.open(path, method=method)
        told = [f"{name}: {value}" for name, value in response.headers.items() if name != "Location"]
        body = response.get_data(as_text=True)
        if response.status_code >= 500:
            self.wrong.append(f"{self.caller}: {path}: {response.status_code}")
        found = self.canaries.words_in("\n".join([*told, body])) - self.canaries.words_in(sent)
        self.read |= found
        for who, what in sorted(word for word in found if not self.may(word)):
            self.wrong.append(f"{self.caller} reads the {what} of {who} at {path} ({response.status_code})")
        return body

    def follow(self, start: str) -> None:
        """Open the pages that links lead to, a few of each view."""
        waiting, opened = [start], Counter[str]()
        while waiting:
            path = waiting.pop()
            view = self.view_at(path)
            if path in self.seen or opened[view] == ENOUGH_OF_A_VIEW:
                continue
            opened[view] += 1
            self.seen[path] = body = self.look(path, sent=path)
            for href in re.findall(r'href="([^"#]+)', body):
                target = urlsplit(urljoin("http://localhost" + path, href.replace("&amp;", "&")))
                if target.netloc == "localhost" and not target.path.startswith(("/static", "/sign-out")):
                    waiting.append(target.path + (f"?{target.query}" if target.query else ""))

    def search(self, words: Sequence[tuple[str, str]]) -> None:
        """Submit every search form of the pages seen with each word in its box, and with those by which somebody is named in
        each other field; where there is a file with the same rows, ask that. What the caller may not read must not even be
        found."""
        files = {line.path for line in table() if line.path.endswith(".csv")}
        for action, names in self._search_forms().items():
            address = f"{action}.csv" if f"{action}.csv" in files else action
            for name in sorted(names - HARMLESS):
                nothing = self._found(address, name, "zqnothing-there")
                for who, what in words:
                    if self.may((who, what)) or (name != "q" and what not in NAMING):
                        continue
                    if self._found(address, name, f"{self.canaries.mark(who)}-{what}") != nothing:
                        self.wrong.append(f"{self.caller} can find the {what} of {who} with {name} at {address}")

    def view_at(self, path: str) -> str:
        """Return the name of the view that answers at an address."""
        endpoint, _ = self.canaries.hub.app.url_map.bind("localhost").match(urlsplit(path).path)
        return str(endpoint)

    def _search_forms(self) -> dict[str, set[str]]:
        """Return the names of the fields of every form that asks without changing anything, by the address it asks: one
        address for each view."""
        views: dict[str, str] = {}
        forms: dict[str, set[str]] = {}
        for path, body in self.seen.items():
            for form in re.findall(r"<form\b.*?</form>", body, re.DOTALL):
                if 'method="post"' not in form.casefold():
                    action = urlsplit(urljoin(path, _first(r'<form[^>]*\baction="([^"]*)"', form))).path
                    names = set(re.findall(r'<(?:input|select)[^>]*\bname="([^"]+)"', form))
                    forms.setdefault(views.setdefault(self.view_at(action), action), set()).update(names)
        return forms

    def _found(self, address: str, name: str, word: str) -> str:
        path = f"{address}?{urlencode({name: word})}"
        return without_chance(self.look(path, sent=path), path).replace(word, "(the word)")


# So many pages of one view show what it shows: of one module after another there is no end.
ENOUGH_OF_A_VIEW = 3


def _first(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    return found.group(1) if found else ""


# What nobody can be found by: days, orders, and choices that are the same for everybody.
HARMLESS = frozenset(
    {"as_at", "from", "to", "sort", "page", "evidence", "when", "state", "format", "priority", "skill", "kind"}
)
# The texts by which a list can be asked for somebody or some place.
NAMING = frozenset({"reference", "name", "email", "place", "area"})
ERRORS = (
    *("/nowhere", "/people/a/b/c", "/people?page=-1&as_at=31/02/2026&sort=%00", "/coverage?groups=no&organisation=no"),
    *("/records?module=NO-99&from=x&to=y", "/catalogue?skill=no&priority=x&format=%3Cb%3E", "/?role=owner"),
)


def _walked(canaries: Canaries, caller: str) -> Walk:
    walk = Walk(canaries, caller)
    walk.follow("/")
    for line in table():
        if line.method == "GET":
            for path in dict.fromkeys(_paths(canaries, line, line.words[caller])):
                walk.look(path, sent=path)
    for path in ERRORS:
        walk.look(path, sent=path)
        walk.look(path, sent=path, method="POST")
    if caller in ("member", "coordinator", "board"):
        named = [("shared", "email"), ("shared", "note"), ("shared", "jobtitle"), (SOUTH, "place"), (SOUTH, "area")]
        walk.search([*(("stranger", each) for each in _texts(canaries)), *named])
    return walk


def _paths(canaries: Canaries, line: Line, word: str) -> Iterator[str]:
    """Yield an address for each record; where nothing is open to the caller anyway, that of a stranger's alone."""
    for who in ["stranger"] if word in REFUSED else canaries.people:
        for values in canaries.fills(who):
            yield line.filled(values)


def _texts(canaries: Canaries) -> list[str]:
    """Return which texts there are about a person, as the database holds them."""
    return sorted({what for who, what in canaries.words_in(_everything()) if who == "stranger"})


def _everything() -> str:
    return "\n".join(f"{row}" for each in Base.metadata.sorted_tables for row in db.session.execute(select(each)))


def test_nobody_fetches_a_word_that_is_not_theirs_to_read(hub: Hub) -> None:
    canaries = Canaries(hub)
    canaries.fill()
    walks = [_walked(canaries, caller) for caller in CALLERS]
    wrong = [each for walk in walks for each in walk.wrong]
    assert not wrong, "\n".join(sorted(set(wrong)))
    read = {walk.caller: walk.read for walk in walks}
    assert read["board"] == read["anonymous"] == set()
    # The walks did come to where words are.
    assert {("staff", "name"), ("staff", "note"), ("north", "place")} <= read["member"]
    assert {("band", "name"), ("colleague", "email"), ("shared", "name"), ("north", "place")} <= read["coordinator"]
    assert {("stranger", "note"), ("shared", "jobtitle"), ("south", "area")} <= read["manager"]


def test_every_text_about_somebody_holds_a_canary(hub: Hub) -> None:
    canaries = Canaries(hub)
    canaries.fill()
    without = []
    for each in Base.metadata.sorted_tables:
        about_people = each.name in ("person", "organisation", "audit_detail") or any(
            key.column.table.name in ("person", "account", "completion") for key in each.foreign_keys
        )
        for column in each.c:
            if about_people and isinstance(column.type, String | JSON) and not CODES.fullmatch(f"{column}"):
                texts = "\n".join(f"{text}" for text in db.session.scalars(select(column)))
                if not canaries.words_in(texts):
                    without.append(f"{column}")
    assert not without, (
        f"{', '.join(without)}: put a word of its own there in tests/stewardship/canaries.py, or name it among the CODES"
    )
