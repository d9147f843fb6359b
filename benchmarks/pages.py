"""How long pages take to a visitor who is signed in, in a hub with rules, batches, sessions and an account for everybody."""

from __future__ import annotations

import gc
import random
import re
import statistics
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import insert, select
from time_machine import travel
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder, run_wsgi_app

from benchmarks.measuring import DAY, SIZES, Results

PASSWORD = "a long enough passphrase"
TRIVIAL = "/trivial-page"
MORNING = datetime(DAY.year, DAY.month, DAY.day, 9, tzinfo=UTC)

# Each page with whose it is: m for the manager, c for a coordinator, p for a member. A page may take twice as long with ten
# times as many people ...
PAGES = (
    *(("m", "/people"), ("m", "/people?q=person+77"), ("m", "/people/B-00077")),
    *(("m", "/records"), ("m", "/records/verify"), ("m", "/sessions"), ("m", "/catalogue"), ("m", "/organisations")),
    *(("m", "/accounts"), ("m", "/accounts?q=77"), ("m", "/people?page=50"), ("m", "/people?sort=organisation")),
    *(("m", "/records?page=300"), ("m", "/records?q=person+77"), ("m", "/records?evidence=verified")),
    *(("m", "/records?sort=person"), ("m", "/audit"), ("m", "/people/review"), ("p", "/"), ("p", "/my/record")),
)
# ... but for those that count or look at the whole organisation.
OF_THE_WHOLE = (("m", "/"), ("c", "/"), ("m", "/coverage"), ("m", "/assignments"), ("m", "/reminders"))


class Visitor:
    """Somebody signed in, who asks the application itself: no server and no client between to flatter a ratio."""

    def __init__(self, app: Flask, email: str) -> None:
        self.app = app
        client = app.test_client()
        with app.app_context():
            found = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', client.get("/sign-in").get_data(as_text=True))
            assert found
        with app.app_context():
            form = {"email": email, "password": PASSWORD, "way": "password", "csrf_token": found[1]}
            assert client.post("/sign-in", data=form).status_code == 302
        cookie = client.get_cookie("session")
        assert cookie is not None
        self.cookie = f"session={cookie.value}"

    def asks(self, address: str) -> Callable[[], bytes]:
        """Return what asks for a page, and answers with what came."""
        path, _, query = address.partition("?")
        headers = Headers({"Cookie": self.cookie})
        environ = EnvironBuilder(path, query_string=query, headers=headers).get_environ()

        def ask() -> bytes:
            # A context of its own for each request, as on a server: the measuring itself is inside one.
            with self.app.app_context():
                parts, status, _ = run_wsgi_app(self.app.wsgi_app, dict(environ))
                assert status == "200 OK", (address, status)
                return b"".join(parts)

        return ask


def add_trivial_page(app: Flask) -> None:
    """Add the page that a member's home is measured against: a view that reads one row by its primary key and says one word
    of it. It goes through the same application as every page, so that reading the session, checking the sign-in and the
    permission, the headers and the log are in both times, and what is compared is what the home itself does."""
    from training_app.accounts.policy import Permission
    from training_app.database import db
    from training_app.people.models import Person
    from training_app.web.access import account, requires

    @app.get(TRIVIAL)
    @requires(Permission.SEE_HOME)
    def trivial_page() -> str:
        return db.session.get_one(Person, account().person_id).name


def fill_around(people: int) -> None:
    """Add to people and what they completed: rules for three groups, a batch that asks a tenth of them, sessions with places
    taken, and an account for each."""
    from training_app.accounts.actions import open_account
    from training_app.accounts.models import Account, AccountRole, Role
    from training_app.accounts.passwords import hash_of
    from training_app.assignments.models import Assignment, AssignmentBatch, AssignmentRule
    from training_app.audit import Actor
    from training_app.catalogue.models import Module, Pathway
    from training_app.database import transaction
    from training_app.delivery.models import Booking, SessionDate, TrainingSession
    from training_app.strategy.models import WorkforceGroup

    chance = random.Random(people)
    with transaction() as session:
        pathways = dict(session.execute(select(Pathway.code, Pathway.id)).all())
        groups = dict(session.execute(select(WorkforceGroup.code, WorkforceGroup.id)).all())
        modules = dict(session.execute(select(Module.code, Module.id)).all())
        for pathway, group in (
            ("induction-staff", "music-service-staff"),
            ("induction-volunteers", "frontline-volunteers"),
            ("induction-partners", "hub-providers"),
        ):
            session.add(
                AssignmentRule(
                    group_id=groups[group],
                    pathway_id=pathways[pathway],
                    from_on=DAY - timedelta(days=400),
                    includes_present=False,
                    created_at=MORNING,
                )
            )
        batch = AssignmentBatch(
            module_id=modules["SND-02"],
            assigned_on=DAY - timedelta(days=30),
            assigned_at=MORNING,
            whom="A tenth of everybody",
            reason="So that every child can join in",
        )
        session.add(batch)
        session.flush()
        asked = [
            {
                "batch_id": batch.id,
                "person_id": n,
                "module_id": modules["SND-02"],
                "assigned_on": DAY - timedelta(days=30),
                "due_on": DAY + timedelta(days=30),
                "optional": False,
            }
            for n in range(1, people + 1, 10)
        ]
        session.execute(insert(Assignment), asked)
        sessions, dates, bookings = [], [], []
        for n in range(1, people // 20 + 1):
            day = DAY + timedelta(days=chance.randrange(-300, 120))
            sessions.append(
                {
                    "id": n,
                    "module_id": chance.choice(list(modules.values())),
                    "first_on": day,
                    "last_on": day,
                    "place": "Town Hall",
                    "places": 20,
                    "takes_bookings": True,
                    "young_co_trainers": 0,
                    "paid_time": True,
                    "created_at": MORNING,
                    "row_version": 1,
                }
            )
            dates.append({"session_id": n, "on_day": day})
            bookings += [
                {"session_id": n, "person_id": one, "state": "booked", "booked_at": MORNING, "row_version": 1}
                for one in chance.sample(range(1, people + 1), 8)
            ]
        session.execute(insert(TrainingSession), sessions)
        session.execute(insert(SessionDate), dates)
        session.execute(insert(Booking), bookings)
        accounts = [
            {
                "id": n,
                "email": f"{n}@b.example",
                "email_key": f"{n}@b.example",
                "person_id": n,
                "active": True,
                "created_at": MORNING,
                "row_version": 1,
            }
            for n in range(1, people + 1)
        ]
        session.execute(insert(Account), accounts)
        session.execute(insert(AccountRole), [{"account_id": n, "role": "member"} for n in range(1, people + 1)])
        own = hash_of(PASSWORD)
        command = Actor.command()
        open_account(command, "m@b.example", [Role.WORKFORCE_MANAGER], password_hash=own)
        open_account(command, "c@b.example", [Role.COORDINATOR], organisation_ids=[1, 2, 3], password_hash=own)
        member = somebody_with_everything()
        open_account(command, "p@b.example", [Role.MEMBER], person_id=member, password_hash=own)


def somebody_with_everything() -> int:
    """Return the first person who has something to do because of a rule, of a batch and of what runs out."""
    from training_app.assignments.queries import duties_of_people
    from training_app.assignments.rules import Source
    from training_app.people.scope import everybody

    for person_id, owed in duties_of_people(everybody(), DAY).items():
        if {because.source for duty in owed if duty.is_open for because in duty.because} == set(Source):
            return person_id
    raise AssertionError("Nobody is asked something for each of the reasons.")


def measure_pages(results: Results, app: Flask, size: int) -> dict[str, float]:
    """Measure a member's home against a trivial page, and return the seconds that each page takes."""
    add_trivial_page(app)
    with travel(MORNING):
        fill_around(size)
        visitors = {who: Visitor(app, f"{who}@b.example") for who in "mcp"}
        home = visitors["p"].asks("/")
        trivial, own = _seconds([visitors["p"].asks(TRIVIAL), home], 60)
        results.share("a member's home, against a trivial page", size, own, trivial, 50)
        results.kilobytes("a member's home", size, len(home()), 30)
        those = {(who, address): visitors[who].asks(address) for who, address in (*PAGES, *OF_THE_WHOLE)}
        times = dict(zip(those, _seconds([those[each] for each in PAGES], 9), strict=False))
        times |= dict(zip(OF_THE_WHOLE, _seconds([those[each] for each in OF_THE_WHOLE], 3), strict=True))
    return {_called(*each): seconds for each, seconds in times.items()}


def compare_pages(results: Results, times: Mapping[int, Mapping[str, float]]) -> None:
    """Tell how many times longer each page takes with more people."""
    for which, goal in ((PAGES, 2), (OF_THE_WHOLE, None)):
        for each in which:
            name = _called(*each)
            results.larger(name, {size: times[size][name] for size in SIZES}, goal)
    large = times[SIZES[-1]]
    results.ratio(
        "/assignments, against /coverage",
        SIZES[-1],
        large[_called("m", "/assignments")],
        large[_called("m", "/coverage")],
        3,
    )


def _called(who: str, address: str) -> str:
    whose = {"m": "the manager's ", "c": "a coordinator's ", "p": "a member's "}[who]
    return f"{whose}home" if address == "/" else address


def _seconds(asks: list[Callable[[], Any]], rounds: int) -> list[float]:
    """Return the median seconds of each of several requests, made in turn."""
    times: list[list[float]] = [[] for _ in asks]
    for ask in asks * 2:
        ask()  # templates and statements are compiled once
    gc.collect()
    for _ in range(rounds):
        for place, ask in enumerate(asks):
            start = time.perf_counter()
            ask()
            times[place].append(time.perf_counter() - start)
    return [statistics.median(each) for each in times]
