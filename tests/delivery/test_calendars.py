"""Calendar files, read by a strict parser of our own, and the address that only its owner has."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time

import pytest
import time_machine

from tests.builders import Hub
from tests.clients import PageClient
from tests.delivery.scheduling import a_session, booked, in_days
from training_app.clock import now
from training_app.database import db, transaction
from training_app.delivery.actions import cancel_session
from training_app.delivery.booking import open_feed
from training_app.delivery.calendar import calendar_of
from training_app.delivery.models import TrainingSession

pytestmark = pytest.mark.on_sqlite_only

_LINE = re.compile(
    r"(?P<name>[A-Z0-9-]+)(?P<parameters>(;[A-Z0-9-]+=(\"[^\"]*\"|[^\";:,]+))*):(?P<value>.*)", re.DOTALL
)


def read(content: bytes) -> list[dict[str, str]]:
    """Read a calendar as RFC 5545 says, and return its events; whatever is not exactly so fails."""
    assert content.endswith(b"\r\n")
    raw = content[:-2].split(b"\r\n")
    assert all(len(line) <= 75 and b"\n" not in line and b"\r" not in line for line in raw)
    lines: list[bytes] = []
    for line in raw:
        if line[:1] in (b" ", b"\t"):
            lines[-1] += line[1:]
        else:
            lines.append(line)
    open_parts: list[str] = []
    events: list[dict[str, str]] = []
    for text in (line.decode() for line in lines):
        found = _LINE.fullmatch(text)
        assert found, text
        name, value = found["name"], found["value"]
        if name == "BEGIN":
            open_parts.append(value)
            if value == "VEVENT":
                events.append({})
        elif name == "END":
            assert open_parts.pop() == value
        elif open_parts == ["VCALENDAR", "VEVENT"]:
            assert name not in events[-1], f"{name} twice"
            events[-1][name] = re.sub(r"\\(.)", lambda m: "\n" if m[1] in "nN" else m[1], value)
    assert open_parts == []
    assert all({"UID", "DTSTAMP", "DTSTART"} <= each.keys() for each in events)
    return events


def moment(written: str) -> datetime:
    """Read a moment in UTC."""
    return datetime.strptime(written, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def test_each_day_of_a_session_is_an_event_at_the_moment_that_a_clock_in_london_shows(hub: Hub) -> None:
    with time_machine.travel("2026-10-01 10:00:00+00:00"):
        place = "St Mary’s Hall; Studio 2, Wherryham\\Suffolk, " + "long " * 30 + "𝕏"
        session = a_session(hub, on=[date(2026, 10, 24), date(2026, 10, 25)], place=place)
        row = db.session.get_one(TrainingSession, session)
        before, after = read(calendar_of([row], "A calendar", now()))
    assert moment(before["DTSTART"]) == datetime(2026, 10, 24, 8, 30, tzinfo=UTC)
    assert moment(after["DTSTART"]) == datetime(2026, 10, 25, 9, 30, tzinfo=UTC)  # the clocks went back that night
    assert moment(after["DTEND"]) == datetime(2026, 10, 25, 12, 0, tzinfo=UTC)
    assert before["LOCATION"] == " ".join(place.split())
    assert before["UID"] != after["UID"]
    assert before["URL"] == f"http://localhost/sessions/{session}"


def test_a_cancelled_session_says_so_and_its_number_goes_up(hub: Hub) -> None:
    session = a_session(hub, starts=time(14), ends=time(16))
    (first,) = read(calendar_of([db.session.get_one(TrainingSession, session)], "A calendar", now()))
    with transaction():
        cancel_session(hub.actor, db.session.get_one(TrainingSession, session), "Snow")
    (second,) = read(calendar_of([db.session.get_one(TrainingSession, session)], "A calendar", now()))
    assert (first["STATUS"], second["STATUS"]) == ("CONFIRMED", "CANCELLED")
    assert int(second["SEQUENCE"]) > int(first["SEQUENCE"])
    assert first["UID"] == second["UID"]


def test_the_address_for_a_calendar_shows_what_its_owner_is_booked_on_until_they_take_it_back(
    hub: Hub, as_member: PageClient
) -> None:
    from sqlalchemy import select

    from training_app.people.models import Person

    robin = db.session.scalars(select(Person.id).where(Person.reference == "V-1")).one()
    mine, full = a_session(hub), a_session(hub, "SND-01", in_days(9), places=1)
    a_session(hub, "SND-02")
    booked(hub, mine, robin)
    booked(hub, full, hub.person("Somebody Else"), robin)
    made = as_member.post("/my/sessions/calendar", data={"csrf_token": as_member.token()}).get_data(as_text=True)
    address = re.search(r"http://localhost(/calendar/[\w-]{40,}\.ics)", made)
    assert address is not None
    anybody = hub.app.test_client()
    answer = anybody.get(address[1])
    assert answer.mimetype == "text/calendar"
    assert [each["URL"] for each in read(answer.get_data())] == [f"http://localhost/sessions/{mine}"]
    assert address[1] not in as_member.get("/my/sessions").get_data(as_text=True)
    as_member.post("/my/sessions/calendar/stop", data={"csrf_token": as_member.token()})
    assert anybody.get(address[1]).status_code == 404


def test_a_backslash_before_an_n_stays_one_and_only_what_parts_lines_does(hub: Hub) -> None:
    place = r"C:\North\nave; \N, \\n \; end\ "
    session = a_session(hub, place=place, venue_access="Ring at the back\\New door")
    (event,) = read(calendar_of([db.session.get_one(TrainingSession, session)], r"Sessions \North", now()))
    assert event["LOCATION"] == place.strip()
    assert event["DESCRIPTION"].splitlines() == [
        "Getting in: Ring at the back\\New door",
        f"http://localhost/sessions/{session}",
    ]


def test_a_cancelled_session_stays_in_the_calendars_of_whoever_leads_it_and_is_booked_on_it(hub: Hub) -> None:
    leader, guest = hub.person("Fay Cilitator"), hub.person("Robin Volunteer")
    session = a_session(hub, facilitator_ids=[leader])
    booked(hub, session, guest)
    tokens = []
    for person, email in ((leader, "fay@hub.example"), (guest, "robin@hub.example")):
        account = hub.account(email, "member", person=person)
        with transaction():
            tokens.append(open_feed(hub.actor, account))
    browser = hub.app.test_client()
    before = [read(browser.get(f"/calendar/{each}.ics").get_data()) for each in tokens]
    with transaction():
        cancel_session(hub.actor, db.session.get_one(TrainingSession, session), "Snow")
    after = [read(browser.get(f"/calendar/{each}.ics").get_data()) for each in tokens]
    for (was,), (is_now,) in zip(before, after, strict=True):
        assert (was["STATUS"], is_now["STATUS"], is_now["UID"]) == ("CONFIRMED", "CANCELLED", was["UID"])
        assert int(is_now["SEQUENCE"]) > int(was["SEQUENCE"])
        assert is_now["DESCRIPTION"].startswith("Cancelled: Snow")


def test_a_session_is_had_as_a_file_by_whoever_may_see_it(hub: Hub, as_member: PageClient) -> None:
    seen, unseen = a_session(hub), a_session(hub, on=in_days(-3))
    answer = as_member.get(f"/sessions/{seen}.ics")
    assert len(read(answer.get_data())) == 1
    assert "attachment" in answer.headers["Content-Disposition"]
    assert as_member.get(f"/sessions/{unseen}.ics").status_code == 404
