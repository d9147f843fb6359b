"""Who is reminded of what, when: every day of four months against a plain model, over a real mail server."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from time_machine import travel

from tests.builders import Hub
from tests.clients import PageClient, sign_in
from tests.coverage.recount import months_after
from tests.mail_server import mail_server, send_over
from tests.pages import hidden_fields
from tests.watching import not_telling_the_log
from training_app.assignments.actions import assign
from training_app.assignments.rules import Counted, Due
from training_app.audit import Actor
from training_app.audit.models import AuditEvent
from training_app.catalogue.models import Module
from training_app.clock import today
from training_app.database import db, transaction
from training_app.mail import OutboxMessage
from training_app.mail.delivery import deliver_due
from training_app.mail.models import MailSwitch
from training_app.people.models import Person
from training_app.people.scope import everybody
from training_app.reminders.actions import begin_reminders, remind, stop_reminders
from training_app.reminders.models import Reminder
from training_app.reminders.queries import is_silent, stop_token, whom_to_remind
from training_app.reminders.rules import FIRST, occasion
from training_app.stewardship.erase import erase_person
from training_app.stewardship.merge import Kept, merge_people

BEGINS = date(2026, 4, 20)  # a Monday
DAY = timedelta(days=1)


def at(day: date) -> datetime:
    """Return a moment in the morning of a day."""
    return datetime(day.year, day.month, day.day, 9, tzinfo=UTC)


def switch_mail_on(day: date) -> None:
    with transaction():
        not_telling_the_log()
        db.session.add(MailSwitch(is_on=True, at=at(day), account_id=None))


def ask(hub: Hub, person: int, code: str, due_on: date) -> None:
    with transaction():
        what = db.session.get_one(Module, hub.module_id(code))
        assign(hub.actor, [person], what, Due(Counted.BY_A_DAY, due_on), whom="Some", reason="For the new term")


@dataclass
class Told:
    """The model: of each thing asked, by when it is due and from which day it is asked, and until when it was open."""

    due_on: date
    asked_on: date
    done_on: date | None = None
    heard: list[date] = field(default_factory=list)

    def has_news(self, on: date) -> bool:
        """Say whether there is something to say on a day: nothing was said yet, or one of its days came since."""
        if on < self.asked_on or (self.done_on is not None and on >= self.done_on):
            return False
        if not self.heard:
            return True
        days = [self.due_on - timedelta(days=30), self.due_on - timedelta(days=7), self.due_on + DAY]
        days += [months_after(self.due_on + DAY, many) for many in range(1, 12)]
        # The first time it was heard of stands for every day before.
        return any(self.heard[-1] < day <= on for day in days)


def test_four_months_of_reminders_are_those_of_a_plain_model(hub: Hub) -> None:
    things: dict[str, dict[str, Told]] = {"ama@hub.example": {}, "ben@hub.example": {}, "cai@hub.example": {}}
    out_on = {*range(25, 33), *range(60, 62)}
    with travel(at(BEGINS), tick=False), mail_server() as server:
        switch_mail_on(BEGINS)
        ids = {email: hub.person(email[:3].title(), email=email) for email in things}
        ids["gone@hub.example"] = hub.person("Gone", email="gone@hub.example", end_on=BEGINS + timedelta(days=3))
        ids["none"] = hub.person("No Mail")
        hub.account("manager@hub.example", "workforce_manager")
        expected: list[tuple[date, str, int]] = []
        mondays: set[date] = set()
        for number in range(120):
            day = BEGINS + number * DAY
            with travel(at(day), tick=False):
                if number in (0, 40, 41, 90):
                    for email, many in (("ama@hub.example", 45), ("cai@hub.example", 10)):
                        code = {0: "REF-01", 40: "VOI-01", 41: "PAR-01", 90: "CRE-01"}[number]
                        ask(hub, ids[email], code, day + timedelta(days=many))
                        things[email][code] = Told(day + timedelta(days=many), day)
                if number == 0:
                    ask(hub, ids["ben@hub.example"], "SND-02", day + timedelta(days=100))
                    things["ben@hub.example"]["SND-02"] = Told(day + timedelta(days=100), day)
                    ask(hub, ids["gone@hub.example"], "SND-02", day + timedelta(days=50))
                    ask(hub, ids["none"], "SND-02", day + timedelta(days=50))
                    things["gone@hub.example"] = {}
                if number == 70:
                    hub.completion(ids["ama@hub.example"], "VOI-01", day)
                    things["ama@hub.example"]["VOI-01"].done_on = day
                if number in out_on:
                    continue
                if day.month != 8:
                    for email, told in things.items():
                        news = [each for each in told.values() if each.has_news(day)]
                        if news:
                            expected.append((day, email, len(news)))
                        for each in news:
                            each.heard.append(day)
                    monday = day - timedelta(days=day.weekday())
                    if monday not in mondays:
                        mondays.add(monday)
                        expected.append((day, "manager@hub.example", 0))
                for _ in range(2 if number % 3 else 1):
                    with transaction():
                        remind(Actor.command(), day, {8})
                send_over(hub.app, server)
                deliver_due()
        sent = [(message["To"], message["Subject"]) for message in server.messages]
    gone = [email for email, _ in sent if email == "gone@hub.example"]
    # Whoever left on the third day heard on the first, and never again.
    assert len(gone) == 1
    wanted = [(email, many) for _, email, many in expected]
    assert [
        (email, 0 if "week" in subject else 1 if "modules" not in subject else int(subject.split()[3]))
        for email, subject in sent
        if email != "gone@hub.example"
    ] == sorted_by_day(expected, wanted)


def sorted_by_day(expected: list[tuple[date, str, int]], wanted: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """Return what is expected in the order in which it is written: by day, people by name, then the managers."""
    order = {"ama@hub.example": 0, "ben@hub.example": 1, "cai@hub.example": 2, "manager@hub.example": 3}
    return [(email, many) for _, email, many in sorted(expected, key=lambda one: (one[0], order[one[1]]))]


@pytest.fixture
def _in_spring() -> Iterator[None]:
    with travel(at(BEGINS), tick=False):
        yield


@pytest.mark.usefixtures("_in_spring")
@pytest.mark.on_sqlite_only
def test_while_mail_is_off_nothing_heaps_up(hub: Hub) -> None:
    ask(hub, hub.person(email="ama@hub.example"), "REF-01", BEGINS + 20 * DAY)
    with transaction():
        done = remind(Actor.command(), BEGINS)
    assert "Mail is off" in (done.quiet or "")
    assert db.session.query(OutboxMessage).count() == db.session.query(Reminder).count() == 0


@pytest.mark.on_sqlite_only
def test_what_had_lapsed_before_mail_was_on_is_listed_for_the_manager_and_not_mailed(
    hub: Hub, as_manager: PageClient
) -> None:
    with travel(at(BEGINS), tick=False):
        person = hub.person("Ama Okafor", email="ama@hub.example")
        ask(hub, person, "REF-01", BEGINS + 5 * DAY)
    with travel(at(BEGINS + 30 * DAY), tick=False):
        switch_mail_on(BEGINS + 30 * DAY)
        with transaction():
            assert remind(Actor.command(), BEGINS + 30 * DAY).written == 0


@pytest.mark.usefixtures("_in_spring")
@pytest.mark.on_sqlite_only
def test_one_tap_stops_reminders_without_signing_in_and_another_begins_them_again(hub: Hub) -> None:
    switch_mail_on(BEGINS)
    person = hub.person(email="ama@hub.example")
    ask(hub, person, "REF-01", BEGINS + 20 * DAY)
    visitor = hub.app.test_client()
    address = f"/reminders/stop/{stop_token(person)}"
    assert b"Stop reminders" in visitor.get(address).data
    visitor.submit(address)
    assert b"Reminders are stopped" in visitor.get(address).data
    with transaction():
        done = remind(Actor.command(), BEGINS)
    assert (done.written, done.silent) == (0, 1)
    visitor.submit(address)
    with transaction():
        assert remind(Actor.command(), BEGINS).written == 1
    message = db.session.query(OutboxMessage).filter_by(kind="reminder").one()
    assert address in (message.body or "")
    assert visitor.get("/reminders/stop/somebody-elses").status_code == 404


@pytest.mark.usefixtures("_in_spring")
@pytest.mark.on_sqlite_only
def test_stopping_twice_is_stopping_once_and_so_is_beginning_again(hub: Hub) -> None:
    person = hub.person(email="ama@hub.example")
    visitor = hub.app.test_client()
    assert isinstance(visitor, PageClient)
    address = f"/reminders/stop/{stop_token(person)}"
    page = visitor.get(address).get_data(as_text=True)
    two_tabs = [dict(hidden_fields(page)) for _ in range(2)]
    for tab in two_tabs:
        assert visitor.post(address, data=tab).status_code == 302
        assert is_silent(person)
    again = dict(hidden_fields(visitor.get(address).get_data(as_text=True)))
    for _ in range(2):
        visitor.post(address, data=again)
        assert not is_silent(person)
    actions = db.session.scalars(select(AuditEvent.action).where(AuditEvent.action.startswith("reminder_silence")))
    assert sorted(actions) == ["reminder_silence.broken", "reminder_silence.kept"]


@pytest.mark.on_sqlite_only
@pytest.mark.parametrize("wanted", [None, "", "toggle", "\0", "<b>"])
def test_a_form_that_does_not_say_what_it_wants_neither_stops_nor_begins(hub: Hub, wanted: str | None) -> None:
    quiet, told = hub.person(), hub.person()
    with transaction():
        stop_reminders(hub.actor, quiet)
    visitor = hub.app.test_client()
    assert isinstance(visitor, PageClient)
    for person in (quiet, told):
        address = f"/reminders/stop/{stop_token(person)}"
        data = {"csrf_token": visitor.token(), **({} if wanted is None else {"wanted": wanted})}
        page = visitor.post(address, data=data, follow_redirects=True).get_data(as_text=True)
        assert "Nothing was changed" in page
    assert (is_silent(quiet), is_silent(told)) == (True, False)


def press_at_once(hub: Hub, client: PageClient, address: str) -> set[int]:
    """Press the button of one page four times at once, and return what was answered."""
    data = dict(hidden_fields(client.get(address).get_data(as_text=True)))
    cookie = client.get_cookie("session")
    assert cookie is not None

    def press(_: int) -> int:
        with hub.app.app_context():
            own = hub.app.test_client()
            own.set_cookie("session", cookie.value)
            return own.post(address, data=data).status_code

    with ThreadPoolExecutor(4) as at_once:
        answers = set(at_once.map(press, range(4)))
    db.session.rollback()
    return answers


def test_of_several_who_press_at_the_same_time_none_sees_a_fault(hub: Hub, as_manager: PageClient) -> None:
    person = hub.person("Ama")
    switch_mail_on(today())
    ask(hub, person, "REF-01", today() + 20 * DAY)
    assert press_at_once(hub, as_manager, "/reminders/letters") == {302}
    assert db.session.query(Reminder).count() == 1
    assert press_at_once(hub, as_manager, f"/reminders/stop/{stop_token(person)}") == {302}
    assert is_silent(person)
    assert press_at_once(hub, as_manager, f"/reminders/stop/{stop_token(person)}") == {302}
    assert not is_silent(person)


@pytest.mark.on_sqlite_only
def test_a_link_sent_before_two_entries_were_merged_stops_the_reminders_of_who_stays(hub: Hub) -> None:
    entries = [hub.person(f"Ama {number}", reference=f"P-{number}") for number in range(3)]
    links = [f"/reminders/stop/{stop_token(each)}" for each in entries]
    kept = entries[0]
    for other in entries[1:]:
        with transaction():
            kept = merge_people(hub.actor, kept, other, Kept(kept, kept, kept)).person_id
    visitor = hub.app.test_client()
    assert isinstance(visitor, PageClient)
    for link in links:
        assert visitor.submit(link).status_code == 302
        assert is_silent(kept)
        with transaction():
            begin_reminders(hub.actor, kept)
    with transaction():
        erase_person(hub.actor, db.session.get_one(Person, kept), "They asked for it.", Path(hub.app.instance_path))
    for link in links:
        assert visitor.get(link).status_code == 404
        data = {"csrf_token": visitor.token(), "wanted": "stop"}
        assert visitor.post(link, data=data).status_code == 404


@pytest.mark.usefixtures("_in_spring")
@pytest.mark.on_sqlite_only
def test_only_letters_that_were_shown_and_still_say_the_same_are_marked_as_printed(
    hub: Hub, as_manager: PageClient
) -> None:
    ama, ben, cai = (hub.person(name) for name in ("Ama", "Ben", "Cai"))
    switch_mail_on(BEGINS)
    ask(hub, ama, "REF-01", BEGINS + 20 * DAY)
    ask(hub, ben, "REF-01", BEGINS + 20 * DAY)
    shown = dict(hidden_fields(as_manager.get("/reminders/letters").get_data(as_text=True)))
    ask(hub, cai, "REF-01", BEGINS + 20 * DAY)
    ask(hub, ben, "VOI-01", BEGINS + 20 * DAY)
    page = as_manager.post("/reminders/letters", data=shown, follow_redirects=True).get_data(as_text=True)
    assert "1 letter is written" in page
    assert "1 letter has changed since it was shown to you, or has come round again, so it is not marked." in page
    assert "2 letters are still to be printed." in page
    letters = as_manager.get("/reminders/letters").get_data(as_text=True)
    assert ("Dear Ama" in letters, "Dear Ben" in letters, "Dear Cai" in letters) == (False, True, True)
    assert {each.person_id for each in db.session.scalars(select(Reminder))} == {ama}


@pytest.mark.usefixtures("_in_spring")
@pytest.mark.on_sqlite_only
def test_a_letter_to_somebody_who_changed_their_name_is_printed_anew(hub: Hub, as_manager: PageClient) -> None:
    ama = hub.person("Ama")
    switch_mail_on(BEGINS)
    ask(hub, ama, "REF-01", BEGINS + 20 * DAY)
    shown = dict(hidden_fields(as_manager.get("/reminders/letters").get_data(as_text=True)))
    with transaction():
        db.session.get_one(Person, ama).name = "Amma"
        not_telling_the_log()
    page = as_manager.post("/reminders/letters", data=shown, follow_redirects=True).get_data(as_text=True)
    assert "1 letter has changed" in page
    assert "letter is written" not in page
    assert db.session.query(Reminder).count() == 0


@pytest.mark.usefixtures("_in_spring")
@pytest.mark.on_sqlite_only
def test_pressing_twice_marks_nothing_more_not_even_the_letters_that_follow(
    hub: Hub, as_manager: PageClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training_app.web.reminders.views.MOST_LETTERS", 2)
    switch_mail_on(BEGINS)
    for name in ("Ama", "Ben", "Cai"):
        ask(hub, hub.person(name), "REF-01", BEGINS + 20 * DAY)
    shown = dict(hidden_fields(as_manager.get("/reminders/letters").get_data(as_text=True)))
    first = as_manager.post("/reminders/letters", data=shown, follow_redirects=True).get_data(as_text=True)
    assert "2 letters are written. The same is not asked for again. 1 letter is still to be printed." in first
    second = as_manager.post("/reminders/letters", data=shown, follow_redirects=True).get_data(as_text=True)
    assert "Nothing was marked: these letters were marked before, or are not needed any more." in second
    assert "changed since" not in second
    assert db.session.query(Reminder).count() == 2
    # Nor does a page that stayed open mark what comes round again in the same words, a week before its day.
    with travel(at(BEGINS + 14 * DAY), tick=False):
        later = sign_in(hub.app, "manager@hub.example")
        assert "Dear Ama" in later.get("/reminders/letters").get_data(as_text=True)
        shown["csrf_token"] = later.token()
        third = later.post("/reminders/letters", data=shown, follow_redirects=True).get_data(as_text=True)
    assert "2 letters have changed since they were shown to you, or have come round again" in third
    assert db.session.query(Reminder).count() == 2


@pytest.mark.usefixtures("_in_spring")
@pytest.mark.on_sqlite_only
@pytest.mark.parametrize("shown", [None, "", "P-1", ":", "P-1:", "P-1:0 \0 <b>{{7*7}} :: \N{GRINNING FACE}"])
def test_letters_that_nobody_was_shown_are_not_marked(hub: Hub, as_manager: PageClient, shown: str | None) -> None:
    switch_mail_on(BEGINS)
    ask(hub, hub.person("Ama", reference="P-1"), "REF-01", BEGINS + 20 * DAY)
    data = {"csrf_token": as_manager.token(), **({} if shown is None else {"shown": shown})}
    assert as_manager.post("/reminders/letters", data=data).status_code == 302
    assert db.session.query(Reminder).count() == 0


@pytest.mark.usefixtures("_in_spring")
@pytest.mark.on_sqlite_only
def test_whoever_has_no_e_mail_gets_a_letter_once(hub: Hub) -> None:
    switch_mail_on(BEGINS)
    hub.account("boss@hub.example", "workforce_manager")
    ask(hub, hub.person("Zoë O'Neill"), "REF-01", BEGINS + 20 * DAY)
    manager = sign_in(hub.app, "boss@hub.example")
    page = manager.get("/reminders/letters").get_data(as_text=True)
    assert "Dear Zoë O&#39;Neill" in page
    assert "Keeping a reflective log" in page
    manager.submit("/reminders/letters")
    assert "Nobody needs a letter" in manager.get("/reminders/letters").get_data(as_text=True)
    assert len(whom_to_remind(everybody(), BEGINS + 14 * DAY, BEGINS)) == 1, "a week before its day there is another"


@pytest.mark.on_sqlite_only
def test_there_is_reason_to_speak_30_and_7_days_before_the_day_after_and_then_monthly() -> None:
    due = date(2026, 1, 30)
    for day, reason in (
        (date(2025, 12, 30), FIRST),
        (date(2025, 12, 31), date(2025, 12, 31)),
        (date(2026, 1, 22), date(2025, 12, 31)),
        (date(2026, 1, 23), date(2026, 1, 23)),
        (date(2026, 1, 30), date(2026, 1, 23)),
        (date(2026, 1, 31), date(2026, 1, 31)),
        (date(2026, 2, 27), date(2026, 1, 31)),
        (date(2026, 2, 28), date(2026, 2, 28)),
        (date(2026, 3, 30), date(2026, 2, 28)),
        (date(2026, 3, 31), date(2026, 3, 31)),
    ):
        assert occasion(due, day) == reason, day


@pytest.mark.on_sqlite_only
def test_a_link_of_another_hub_stops_nobody(hub: Hub) -> None:
    person = hub.person()
    with transaction():
        stop_reminders(hub.actor, person)
        stop_reminders(hub.actor, person)
    assert hub.app.test_client().get("/reminders/stop/1.abc").status_code == 404
