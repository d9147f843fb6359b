"""Nobody fetches a word that is not theirs to read: with a word of its own in every text about every person, each role opens
every page and file, follows every link, submits every search, and runs into every error.

Who may read what is stated here once more, in plain words, and never asked of the application.
"""

from __future__ import annotations

import random
import re
import secrets
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus, urlencode, urljoin, urlsplit

import pytest
import sqlalchemy
from sqlalchemy import JSON, String, select, update

from tests.access.filled import ABSENT, SHARED
from tests.access.reading import text_in
from tests.access.test_access import REFUSED, Line, table, without_chance
from tests.builders import Hub
from tests.clients import PageClient, sign_in
from tests.stewardship.canaries import somebody_held_everywhere
from training_app.accounts.models import Account
from training_app.corrections.models import CorrectionRequest
from training_app.database import Base, db
from training_app.delivery.models import SessionFacilitator
from training_app.imports.waiting import keep
from training_app.mail import OutboxMessage
from training_app.web.access import public

# Who may read what: the texts of a person by the role and the place of the reader.
#   oneself      everything but what a letter with a secret holds, which is wiped once it is sent
#   coordinator  of people at their organisations who are nowhere else: who they are, how to reach them, what they do there,
#                and what was recorded of their training; of people who are elsewhere too: who they are
#   manager      everything but secrets, and what somebody writes for themselves alone
#   board, anybody else, and everybody of people they have nothing to do with: nothing
NOBODY = {"secret"}
FOR_ONESELF = {
    "foroneself",  # a reflection that its writer does not share
    # What one of a pair writes for the other alone, and one of a team for the team.
    *("visittried", "visityoungpeople", "visitsurprised", "visittakeaway", "cycle"),
}
TO_COORDINATORS = {
    *("reference", "name", "surname", "email", "jobtitle"),
    *("note", "provider", "returned", "completionvoid", "exemption", "extension", "withdrawn", "extensionvoid"),
    "evidencevoid",
    *("question", "setting", "finding"),  # of a team that shares its finding
    *("outsidetitle", "outsideprovider", "outsidenote", "returnedandanswered", "answered"),
    *("tried", "said", "differently"),  # a reflection that its writer shares
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
# Whose records each caller opens: their own, those at their organisations, and others'. Where all are open, one is enough.
OPENS = {
    "coordinator": ("colleague", "band", "shared", "stranger"),
    "manager": ("shared",),
}


def may_read(caller: str, who: str, what: str) -> bool:
    """Say whether a caller may read a text: `what` of the person or organisation `who`."""
    if what in NOBODY or caller in ("anonymous", "board"):
        return False
    if what in FOR_ONESELF:
        return who == IS.get(caller)
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
    r"|evidence_file\.(stored_as|content_type|digest)"
    r"|erasure\.reason|probable_double\.(because|settled_as)"  # a reason with a name in it is refused
    r"|outbox_message\.(message_id|kind|state|claimed_by|last_problem)"
    r"|sign_in\.(token_hash|way|authority|ended_because)|sign_in_code\.(lookup|code_hash)"
    r"|sign_in_link\.(token_hash|purpose|onward)|certificate\.number"
    r"|allowance\.kind|booking\.state|practice\.kind|practice_entry\.step|practice_invitation\.answer|calendar_feed\.token_hash|register_mark\.presence"
    r"|register_mark\.typed_(name|key)"  # of somebody whom nobody has found among the people yet
)


# What texts end with, to be shown as text; columns by which something is found, or that are sent as they are, go without.
HOSTILE = """<i>"'&{{7*7}}"""
FOUND_BY = re.compile(r"reference|email|_key|recipient|address|body")


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
        manager = self.hub.account("manager@hub.example", "workforce_manager")
        rows = "".join(f"{self.mark(who)}-reference,{self.mark(who)}-keptname\n" for who in WORKS_AT)
        keep(self.hub.app.config["SETTINGS"].instance / "imports", manager, f"reference,name\n{rows}".encode())

        self._make_hostile()

    def _make_hostile(self) -> None:
        """Let every text but addresses and references end with what a page must never take for its own."""
        for column in _columns_about_people():
            if isinstance(column.type, String) and not FOUND_BY.search(column.name):
                db.session.execute(
                    update(column.table).where(column.contains(self.token)).values({column: column + HOSTILE})
                )
        db.session.commit()

    def led_at(self, path: str) -> set[str]:
        """Return who leads the session of an address."""
        session = re.match(r"/sessions/([0-9]+)", path)
        if session is None:
            return set()
        leads = select(SessionFacilitator.person_id).where(SessionFacilitator.session_id == int(session[1]))
        people = {person: who for who, person in self.people.items()}
        return {people[person] for person in db.session.scalars(leads) if person in people}

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
        self.statuses: set[int] = set()

    def may(self, word: tuple[str, str]) -> bool:
        return may_read(self.caller, *word)

    def look(self, path: str, sent: str = "", method: str = "GET", **more: Any) -> str:
        """Open an address and return what came back; note every word that is not the caller's, but for those sent."""
        response = self.client.open(path, method=method, **more)
        self.statuses.add(response.status_code)
        told = [f"{name}: {value}" for name, value in response.headers.items()]
        body = text_in(response)
        if response.status_code >= 500 and path != BREAKS:
            self.wrong.append(f"{self.caller}: {path}: {response.status_code}")
        if response.mimetype == "text/html" and HOSTILE in body:
            self.wrong.append(f"{self.caller}: {path}: a text is taken for a part of the page")
        found = self.canaries.words_in("\n".join([*told, body])) - self.canaries.words_in(sent)
        self.read |= found
        led = self.canaries.led_at(path)
        for who, what in sorted(word for word in found if not self.may(word)):
            if what in ("name", "surname") and who in led and self.caller not in ("anonymous", "board"):
                continue  # who may book a session reads by whom it is led
            self.wrong.append(f"{self.caller} reads the {what} of {who} at {path} ({response.status_code})")
        return body

    def send(self, path: str, **fields: str) -> str:
        """Send a form; what it says is the visitor's own."""
        fields["csrf_token"] = self.client.token()
        return self.look(path, " ".join([path, *fields.values()]), "POST", data=fields)

    def write(self) -> None:
        """Do what sends mail: ask for a link for oneself and for a stranger, ask for a correction, answer one, invite."""
        own = f"{self.canaries.mark(IS[self.caller])}-signin@somewhere.example" if self.caller in IS else ""
        if self.caller == "anonymous":
            for each in (f"{self.canaries.mark('stranger')}-signin@somewhere.example", "nobody@somewhere.example"):
                self.send("/sign-in", email=each)
            self.look("/sign-in/sent", each)
        if own:
            asked = self.client.get("/my/record/correction").get_data(as_text=True)
            about = re.findall(r'<option value="([a-z]+-?[0-9]*)"', asked)[-1]
            self.send("/my/record/correction", about=about, wording="It was another day")
            self.canaries.hub.app.test_client().post("/sign-in", data={"email": own})
        if self.caller == "manager":
            waiting = select(CorrectionRequest.id).where(CorrectionRequest.answer.is_(None))
            for each in db.session.scalars(waiting).all():
                self.send(f"/corrections/{each}", answer="left", words="It is as the list says", row_version="1")
            for each in db.session.scalars(select(Account.id)).all():
                self.send(f"/accounts/{each}/invite")
            self.send("/mail/test")

    def run_into_errors(self) -> None:
        """Meet every error page, each at the address of somebody and with their words sent."""
        name = f"{self.canaries.mark('stranger')}-name"
        for path in ERRORS:
            self.look(path, sent=path)
            self.look(path, sent=path, method="POST")
        self.look("/catalogue", method="PUT")
        self.look("/sign-in", method="POST", data={"email": name}, environ_overrides={"CONTENT_LENGTH": "99000000"})
        for _ in range(11):
            self.send("/sign-in", email=f"{self.canaries.mark('stranger')}-signin@somewhere.example", password=name)
        self.look(BREAKS)

    def follow(self, start: str) -> None:
        """Open the pages that links lead to, a few of each view."""
        waiting, opened = [start], Counter[str]()
        while waiting:
            path = waiting.pop()
            view = self.view_at(path)
            if path in self.seen or opened[view] == (1 if self.caller == "manager" else ENOUGH_OF_A_VIEW):
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
                nothing = {end: self._found(address, name, f"zqnothing-there{end}") for end in ("", "@")}
                for who, what in words:
                    if self.may((who, what)) or (name != "q" and what not in NAMING):
                        continue
                    end = "@" if what == "email" else ""  # only what is meant as an e-mail is looked for in them
                    if self._found(address, name, f"{self.canaries.mark(who)}-{what}{end}") != nothing[end]:
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
        found = without_chance(self.look(path, sent=path), path)
        return found.replace(quote_plus(word), "(the word)").replace(word, "(the word)")


# So many pages of one view show what it shows: of one module after another there is no end.
ENOUGH_OF_A_VIEW = 2


def _first(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    return found.group(1) if found else ""


# What nobody can be found by: days, orders, and choices that are the same for everybody.
HARMLESS = frozenset(
    {"as_at", "from", "to", "sort", "page", "evidence", "when", "state", "format", "priority", "skill", "kind"}
)
# The texts by which a list can be asked for somebody or some place.
NAMING = frozenset({"reference", "name", "email", "place", "area"})
BREAKS = "/help"
ERRORS = (
    *("/nowhere", "/people/a/b/c", "/people?page=-1&as_at=31/02/2026&sort=%00", "/coverage?groups=no&organisation=no"),
    *("/records?module=NO-99&from=x&to=y", "/catalogue?skill=no&priority=x&format=%3Cb%3E", "/?role=owner"),
)


def _walked(canaries: Canaries, caller: str) -> Walk:
    walk = Walk(canaries, caller)
    walk.write()
    walk.follow("/")
    for line in table():
        if line.method == "GET":
            for path in dict.fromkeys(_paths(canaries, line, caller)):
                walk.look(path, sent=path)
    if caller in ("member", "coordinator", "board"):
        named = [("shared", "email"), ("shared", "note"), ("shared", "jobtitle"), (SOUTH, "place"), (SOUTH, "area")]
        texts = _texts(canaries)
        # Each run looks for other ones among the many by which nobody is looked for.
        others = random.sample([each for each in texts if each not in NAMING], 6)
        walk.search([*(("stranger", each) for each in texts if each in NAMING or each in others), *named])
    walk.run_into_errors()
    return walk


def _paths(canaries: Canaries, line: Line, caller: str) -> Iterator[str]:
    """Yield an address for each record, and one that is absent; where nothing is open to the caller anyway, that of a
    stranger's alone."""
    yield line.filled(ABSENT)
    if line.words[caller] in REFUSED:
        yield line.filled(next(canaries.fills("stranger")))  # the same hook refuses all
        return
    for who in OPENS.get(caller, canaries.people):
        for values in canaries.fills(who):
            yield line.filled(values)


def _texts(canaries: Canaries) -> list[str]:
    """Return which texts there are about a person, as the database holds them."""
    return sorted({what for who, what in canaries.words_in(_everything()) if who == "stranger"})


def _everything() -> str:
    return "\n".join(f"{row}" for each in Base.metadata.sorted_tables for row in db.session.execute(select(each)))


def _columns_about_people() -> Iterator[sqlalchemy.Column[Any]]:
    """Yield every column with text about people, but for codes."""
    for each in Base.metadata.sorted_tables:
        about_people = each.name in ("person", "organisation", "audit_detail") or any(
            key.column.table.name in ("person", "account", "completion") for key in each.foreign_keys
        )
        for column in each.c:
            if about_people and isinstance(column.type, String | JSON) and not CODES.fullmatch(f"{column}"):
                yield column


def _breaking_with_everything(canaries: Canaries) -> Callable[[], None]:
    """Return a view in which something breaks whose text tells of somebody."""

    def breaks() -> None:
        raise RuntimeError(f"{canaries.mark('stranger')}-name {canaries.mark('stranger')}-email")

    return public(breaks)


def _mail_to_others(canaries: Canaries) -> Iterator[str]:
    """Yield which message tells its reader of somebody else."""
    by_address = {f"{role}@hub.example": role for role in CALLERS}
    for message in db.session.scalars(select(OutboxMessage)):
        reader = re.match(rf"{canaries.token}([a-z]+)-", message.recipient)
        own = reader.group(1) if reader else "governor" if by_address[message.recipient] == "board" else None
        for who, what in canaries.words_in(f"{message.subject}\n{message.body}"):
            if who != own and (reader is not None or not may_read(by_address[message.recipient], who, what)):
                yield f"{message.kind} to {message.recipient} tells the {what} of {who}"


@pytest.mark.on_sqlite_only
def test_nobody_fetches_a_word_that_is_not_theirs_to_read(hub: Hub) -> None:
    hub.app.config["PROPAGATE_EXCEPTIONS"] = False
    canaries = Canaries(hub)
    canaries.fill()
    hub.app.view_functions["pages.help"] = _breaking_with_everything(canaries)
    walks = [_walked(canaries, caller) for caller in CALLERS]
    wrong = [each for walk in walks for each in walk.wrong]
    wrong += _mail_to_others(canaries)
    kinds = set(db.session.scalars(select(OutboxMessage.kind)))
    assert {"sign-in link", "invitation", "answer to a correction", "test"} <= kinds
    met = set().union(*(walk.statuses for walk in walks))
    assert {400, 403, 404, 405, 413, 429, 500} - met == set(), "error pages that nobody met"
    assert not wrong, "\n".join(sorted(set(wrong)))
    read = {walk.caller: walk.read for walk in walks}
    assert read["board"] == read["anonymous"] == set()
    # The walks did come to where words are.
    assert {("staff", "name"), ("staff", "note"), ("staff", "foroneself"), ("north", "place")} <= read["member"]
    assert {("band", "name"), ("colleague", "email"), ("shared", "name"), ("north", "place")} <= read["coordinator"]
    assert {("shared", "note"), ("stranger", "name"), ("shared", "jobtitle"), ("south", "area")} <= read["manager"]


@pytest.mark.on_sqlite_only
def test_every_text_about_somebody_holds_a_canary(hub: Hub) -> None:
    canaries = Canaries(hub)
    canaries.fill()
    without = []
    for column in _columns_about_people():
        texts = "\n".join(f"{text}" for text in db.session.scalars(select(column)))
        if not canaries.words_in(texts):
            without.append(f"{column}")
    assert not without, (
        f"{', '.join(without)}: put a word of its own there in tests/stewardship/canaries.py, or name it among the CODES"
    )
