"""The pages of sessions: scheduling, the list, booking, the register, the link for an outside trainer."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from tests.builders import Hub
from tests.clients import PageClient, sign_in
from tests.delivery.scheduling import (
    a_session,
    booked,
    booked_before,
    completions,
    in_days,
    kept,
    marks,
    states,
    takes_hours,
)
from training_app.database import db, transaction
from training_app.delivery.models import Booking, RegisterMark, TrainingSession
from training_app.delivery.queries import spans_of
from training_app.delivery.register import make_link
from training_app.people.models import Person
from training_app.records.models import Completion

pytestmark = pytest.mark.on_sqlite_only

BAD = ("\x00", "\ud800", "{{7*7}}", "<b>bold</b>", "🎺" * 50, "x" * 100_000, "2026-02-31")


def day_of(name: str, days: int) -> dict[str, str]:
    """Return the three boxes of a day."""
    day = in_days(days)
    return {f"{name}-day": str(day.day), f"{name}-month": str(day.month), f"{name}-year": str(day.year)}


def scheduled(as_manager: PageClient, **more: str) -> Any:
    """Schedule SND-02 in a week."""
    data = {
        "module": "SND-02",
        **day_of("first_on", 7),
        "starts": "9:30",
        "ends": "12pm",
        "place": "Village hall",
        "places": "2",
        "paid_time": "yes",
        **more,
    }
    return as_manager.submit("/sessions/new", data)


def test_the_manager_schedules_a_session_over_two_days_and_reads_it(hub: Hub, as_manager: PageClient) -> None:
    hub.person("Fay Cilitator", reference="F-1")
    second = in_days(14)
    response = scheduled(
        as_manager,
        more_dates=f"{second.day}/{second.month}/{second.year}, 9:30 to 12:00",
        facilitators="Fay Cilitator",
        young_co_trainers="3",
        venue_access="Step-free, hearing loop",
        area="Norfolk",
    )
    page = as_manager.get(response.headers["Location"]).get_data(as_text=True)
    for words in ("9:30am to 12pm", "Village hall", "Fay Cilitator", "Step-free", "2 of 2 places free", "Norfolk"):
        assert words in page
    session = db.session.scalars(select(TrainingSession)).one()
    assert [each.on for each in spans_of(session)] == [in_days(7), second]


def test_scheduling_twice_is_one_session(hub: Hub, as_manager: PageClient) -> None:
    assert scheduled(as_manager).headers["Location"] == scheduled(as_manager).headers["Location"]


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("starts", "25:00", "Write the time like"),
        ("ends", "8:00", "It must end later"),
        ("places", "0", "whole number from 1"),
        ("places", "99999999999999999999", "whole number from 1"),
        ("online_link", "javascript:alert(1)", "must begin with https"),
        ("more_dates", "tomorrow", "is not a day with its times"),
        ("facilitators", "Nobody Here", "is not one person"),
        ("paid_time", "", "Say whether the time is paid"),
        ("first_on-month", "13", "must be a real day"),
        ("young_co_trainers", "Ben and Mia", "whole number"),
    ],
)
def test_what_cannot_be_is_told_at_its_field_and_all_that_was_typed_stays(
    hub: Hub, as_manager: PageClient, field: str, typed: str, told: str
) -> None:
    response = scheduled(as_manager, venue_access="Ask for the key", **{field: typed})
    page = response.get_data(as_text=True)
    assert response.status_code == 400
    assert told in page
    assert "Ask for the key" in page


@pytest.mark.parametrize("typed", BAD)
def test_bad_input_is_never_a_failure(hub: Hub, as_manager: PageClient, typed: str) -> None:
    sent: Any = typed.encode("utf-8", "surrogatepass")
    fields = ("place", "area", "more_dates", "facilitators", "places", "starts", "outside_trainer")
    response = scheduled(as_manager, **dict.fromkeys(fields, sent))
    assert response.status_code in (302, 400)
    session = a_session(hub)
    for path, name in (
        (f"/sessions/{session}/book-others", "names"),
        (f"/sessions/{session}/register", "others"),
        (f"/sessions/{session}/cancel", "reason"),
        ("/sessions/register/new", "names"),
    ):
        assert as_manager.submit(path, {name: sent, "line-n0": sent, "who-n0": sent}).status_code < 500
    if typed != "\ud800":  # which no address can carry
        assert as_manager.get("/sessions", query_string={"area": typed, "page": "-1"}).status_code < 500


def test_of_two_who_change_a_session_the_second_is_told(hub: Hub, as_manager: PageClient) -> None:
    session = a_session(hub, place="Hall", paid_time=True)
    seen = as_manager.get(f"/sessions/{session}/edit").get_data(as_text=True)
    version = re.search(r'name="row_version"[^>]*value="(\d+)"', seen)
    assert version is not None
    data = {"module": "IND-01", **day_of("first_on", 7), "starts": "9:30", "ends": "12:00", "paid_time": "yes"}
    first = as_manager.submit(f"/sessions/{session}/edit", {**data, "facilitators": "", "place": "School"})
    assert first.status_code == 302
    second = as_manager.submit(f"/sessions/{session}/edit", {**data, "place": "Church", "row_version": version[1]})
    assert second.status_code == 409
    page = second.get_data(as_text=True)
    assert "Church" in page
    assert "School" in page


def test_a_cancelled_session_stays_with_its_reason(hub: Hub, as_manager: PageClient) -> None:
    session = a_session(hub)
    assert as_manager.submit(f"/sessions/{session}/cancel", {"reason": ""}).status_code == 400
    assert as_manager.submit(f"/sessions/{session}/cancel", {"reason": "Snow"}).status_code == 302
    assert "This session is cancelled: Snow" in as_manager.get(f"/sessions/{session}").get_data(as_text=True)
    assert as_manager.get("/sessions?when=cancelled").get_data(as_text=True).count(f"/sessions/{session}") == 1
    assert f"/sessions/{session}" not in as_manager.get("/sessions").get_data(as_text=True)
    assert as_manager.get(f"/sessions/{session}/register").status_code == 404


def test_lists_can_be_narrowed_and_kept_as_a_file(hub: Hub, as_manager: PageClient) -> None:
    full = a_session(hub, "SND-02", area="Norfolk", places=1)
    free = a_session(hub, "SEM-02", area="Suffolk")
    past = a_session(hub, "IND-01", in_days(-3))
    booked(hub, full, hub.person())

    def listed(query: str) -> set[int]:
        text = as_manager.get(f"/sessions.csv?{query}").get_data(as_text=True)
        return {int(line.split(",")[0].strip('"')) for line in text.splitlines()[1:]}

    assert listed("") == {full, free}
    assert listed("when=past") == {past}
    assert listed("when=all&module=SND-02") == {full}
    assert listed("area=Suffolk") == {free}
    assert listed("places=free") == {free}
    assert "Full" in as_manager.get("/sessions").get_data(as_text=True)


def test_a_member_sees_what_they_can_book_and_nothing_else(hub: Hub, as_member: PageClient) -> None:
    to_come, past = a_session(hub), a_session(hub, on=in_days(-2))
    somebody = hub.person("Secret Somebody")
    booked(hub, to_come, somebody, help_wanted="Secret help")
    page = as_member.get(f"/sessions/{to_come}").get_data(as_text=True)
    assert "Secret" not in page
    assert as_member.get(f"/sessions/{past}").status_code == 404
    assert as_member.get(f"/sessions/{to_come}/register").status_code == 404


def test_a_member_books_says_what_would_help_and_gives_the_place_back(hub: Hub, as_member: PageClient) -> None:
    session = a_session(hub, places=1)
    answer = as_member.submit(f"/sessions/{session}/book", {"help_wanted": "A chair with arms"})
    assert answer.status_code == 302
    as_member.submit(f"/sessions/{session}/book", {"help_wanted": "A chair with arms, please"})
    booking = db.session.scalars(select(Booking)).one()
    assert (booking.state, booking.help_wanted) == ("booked", "A chair with arms, please")
    assert "You are booked" in as_member.get(f"/sessions/{session}").get_data(as_text=True)
    as_member.submit(f"/sessions/{session}/bookings/{booking.id}/cancel", {"reason": "Ill"})
    assert states(session) == {}
    assert db.session.scalars(select(Booking.help_wanted)).one() is None


def test_a_coordinator_books_their_own_people_and_nobody_else(hub: Hub, as_coordinator: PageClient) -> None:
    school = hub.organisation("Fenwick Primary", kind="school")
    own = hub.person("Own Colleague", organisation=school, group="generalist-teachers")
    hub.person("Other Stranger")
    session = a_session(hub)
    refused = as_coordinator.submit(f"/sessions/{session}/book-others", {"names": "Own Colleague\nOther Stranger"})
    assert refused.status_code == 400
    assert states(session) == {}
    absent = as_coordinator.submit(f"/sessions/{session}/book-others", {"names": "Nobody Whatever"})
    assert "is not one person in your list" in absent.get_data(as_text=True)
    assert as_coordinator.submit(f"/sessions/{session}/book-others", {"names": "own colleague"}).status_code == 302
    assert states(session) == {own: "booked"}
    stranger = db.session.scalars(select(Person.id).where(Person.name == "Other Stranger")).one()
    booked(hub, session, stranger)
    page = as_coordinator.get(f"/sessions/{session}").get_data(as_text=True)
    assert "Own Colleague" in page
    assert "Other Stranger" not in page


def test_what_would_help_is_read_by_whoever_leads_and_by_nobody_after_two_weeks(hub: Hub) -> None:
    leader = hub.person("Fay Cilitator")
    hub.account("fay@hub.example", "board", person=leader)
    session, over = (a_session(hub, on=in_days(days), facilitator_ids=[leader]) for days in (0, -14))
    for each in (session, over):
        booked_before(hub, each, hub.person())
    with transaction():
        from tests.watching import not_telling_the_log

        not_telling_the_log()
        for booking in db.session.scalars(select(Booking)):
            booking.help_wanted = "Large print"
    fay = sign_in(hub.app, "fay@hub.example")
    assert "Large print" in fay.get(f"/sessions/{session}/register").get_data(as_text=True)
    assert "Large print" in fay.get(f"/sessions/{over}/register").get_data(as_text=True)
    with transaction():
        not_telling_the_log()
        row = db.session.get_one(TrainingSession, over)
        row.first_on = row.last_on = row.dates[0].on_day = in_days(-15)
    hub.account("manager@hub.example", "workforce_manager")
    manager = sign_in(hub.app, "manager@hub.example")
    for path in (f"/sessions/{over}/register", f"/sessions/{over}"):
        assert "Large print" not in manager.get(path).get_data(as_text=True)
    assert fay.get(f"/sessions/{over}/register").status_code == 404


# --- registers


def register_data(page: str) -> dict[str, str]:
    """Return what a browser would send of a register as it is shown."""
    sent = dict(re.findall(r'name="(shown-\d+)" value="([^"]*)"', page))
    for name, value in re.findall(r'name="(mark-\d+)" type="radio" value="(\w+)" checked', page):
        sent[name] = value
    return sent


def test_a_register_is_saved_with_its_exceptions_and_a_walk_in(hub: Hub, as_manager: PageClient) -> None:
    session = a_session(hub, on=in_days(-1))
    ama, bryn = hub.person("Ama Okafor"), hub.person("Bryn Larkspur")
    walk_in = hub.person("Cora Wagtail")
    booked_before(hub, session, ama, bryn)
    path = f"/sessions/{session}/register"
    sent = register_data(as_manager.get(path).get_data(as_text=True))
    assert sent[f"mark-{ama}"] == "present"
    sent |= {f"mark-{ama}": "absent", f"mark-{bryn}": "part", f"hours-{bryn}": "0.5", "others": "cora wagtail"}
    for _ in range(2):
        answer = as_manager.submit(path, sent)
        assert answer.status_code == 302
    assert marks(session) == {ama: "absent", bryn: "part", walk_in: "present"}
    assert {each.person_id for each in completions()} == {bryn, walk_in}


def test_a_part_without_hours_is_told_and_all_marks_are_kept(hub: Hub, as_manager: PageClient) -> None:
    session = a_session(hub, on=in_days(-1))
    ama, bryn = hub.person("Ama Okafor"), hub.person("Bryn Larkspur")
    booked_before(hub, session, ama, bryn)
    path = f"/sessions/{session}/register"
    sent = register_data(as_manager.get(path).get_data(as_text=True))
    answer = as_manager.submit(path, sent | {f"mark-{ama}": "absent", f"mark-{bryn}": "part", f"hours-{bryn}": "ten"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert "Say for how many hours" in page
    assert register_data(page)[f"mark-{ama}"] == "absent"
    assert completions() == []


def test_somebody_not_yet_known_is_asked_about_and_then_added_with_their_engagement(
    hub: Hub, as_manager: PageClient
) -> None:
    session = a_session(hub, on=in_days(-1))
    hub.person("Jon Smith", reference="J-1")
    path = f"/sessions/{session}/register"
    asked = as_manager.submit(path, {"others": "John Smith\nZoë O'Neill"})
    page = asked.get_data(as_text=True)
    assert asked.status_code == 400
    assert "Who is “John Smith”?" in page
    assert 'value="J-1"' in page
    answers = dict(re.findall(r'name="(line-n\d)" value="([^"]*)"', page))
    keys = {value.replace("&#39;", "'"): name.removeprefix("line-") for name, value in answers.items()}
    john, zoe = keys["John Smith"], keys["Zoë O'Neill"]
    sent = {
        "others": "John Smith\nZoë O'Neill",
        f"line-{john}": "John Smith",
        f"who-{john}": "J-1",
        f"line-{zoe}": "Zoë O'Neill",
        f"who-{zoe}": "new",
    }
    assert as_manager.submit(path, sent).status_code == 400  # the organisation is missing
    assert completions() == []
    sent |= {f"organisation-{zoe}": str(hub.organisation()), f"group-{zoe}": "hub-providers"}
    for _ in range(2):
        assert as_manager.submit(path, sent).status_code == 302
    assert db.session.scalars(select(Person.name).order_by(Person.id)).all() == ["Jon Smith", "Zoë O'Neill"]
    assert len(completions()) == 2


def test_two_people_who_contradict_each_other_see_it_with_their_marks_kept(hub: Hub, as_manager: PageClient) -> None:
    session = a_session(hub, on=in_days(-1))
    ama, bryn = hub.person("Ama Okafor"), hub.person("Bryn Larkspur")
    booked_before(hub, session, ama, bryn)
    path = f"/sessions/{session}/register"
    sent = register_data(as_manager.get(path).get_data(as_text=True))
    as_manager.submit(path, sent | {f"mark-{ama}": "part", f"hours-{ama}": "1"})
    answer = as_manager.submit(path, sent | {f"mark-{ama}": "absent", f"mark-{bryn}": "absent", "corrects": ""})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "Somebody else marked: part, for 1 hour." in page
    again = register_data(page)
    assert (again[f"mark-{ama}"], again[f"mark-{bryn}"]) == ("absent", "absent")
    assert as_manager.submit(path, again).status_code == 400  # it corrects what somebody else saved
    assert as_manager.submit(path, again | {"reason": "Neither was there"}).status_code == 302
    assert marks(session) == {ama: "absent", bryn: "absent"}
    assert completions() == []


def test_a_line_of_a_saved_register_is_corrected_with_a_reason_that_its_person_and_the_history_read(
    hub: Hub, as_manager: PageClient
) -> None:
    session = a_session(hub, on=in_days(-1))
    ama, bryn = hub.person("Ama Okafor", reference="A-1"), hub.person("Bryn Larkspur")
    booked_before(hub, session, ama, bryn)
    path = f"/sessions/{session}/register"
    first = as_manager.get(path).get_data(as_text=True)
    assert "Why is it corrected?" not in first
    as_manager.submit(path, register_data(first))
    sent = register_data(as_manager.get(path).get_data(as_text=True)) | {f"mark-{ama}": "part", f"hours-{ama}": "0.5"}
    asked = as_manager.submit(path, sent)
    assert asked.status_code == 400
    assert "Say why you change what is saved" in asked.get_data(as_text=True)
    assert register_data(asked.get_data(as_text=True))[f"mark-{ama}"] == "part"
    assert [each.hours for each in completions()] == [None, None]
    for _ in range(2):
        assert as_manager.submit(path, sent | {"reason": "Left for the last bus"}).status_code == 302
    assert [each.hours for each in completions()] == [Decimal("0.5"), None]
    void = db.session.scalars(select(Completion).where(Completion.evidence == "void")).one()
    assert (void.person_id, void.void_reason) == (ama, "Left for the last bus")
    assert "Left for the last bus" in as_manager.get("/people/A-1").get_data(as_text=True)
    assert "Left for the last bus" in as_manager.get(f"/sessions/{session}").get_data(as_text=True)


def test_a_part_longer_than_the_module_is_told_at_its_line(hub: Hub, as_manager: PageClient) -> None:
    session = a_session(hub, on=in_days(-1))
    ama = hub.person("Ama Okafor")
    booked_before(hub, session, ama)
    path = f"/sessions/{session}/register"
    for typed, sentence in (
        ("1.01", "takes 1 hour, so a part of it is not longer"),
        ("9" * 30, "Say for how many hours"),
    ):
        answer = as_manager.submit(path, {f"mark-{ama}": "part", f"hours-{ama}": typed})
        assert answer.status_code == 400
        assert sentence in answer.get_data(as_text=True)
    takes_hours(hub, "IND-01", "0")
    assert f"hours-{ama}" not in as_manager.get(path).get_data(as_text=True)
    assert as_manager.submit(path, {f"mark-{ama}": "part"}).status_code == 302
    assert [(each.hours, each.evidence) for each in completions()] == [(None, "self-declared")]


def test_a_facilitator_of_any_role_opens_their_register_and_no_other(hub: Hub) -> None:
    leader = hub.person("Fay Cilitator")
    hub.account("fay@hub.example", "board", person=leader)
    own, other = a_session(hub, on=in_days(-1), facilitator_ids=[leader]), a_session(hub, "SND-01", in_days(-1))
    too_early = a_session(hub, "SND-02", in_days(2), facilitator_ids=[leader])
    tomorrow = a_session(hub, "SEM-01", in_days(1), facilitator_ids=[leader])
    fay = sign_in(hub.app, "fay@hub.example")
    opened = {each: fay.get(f"/sessions/{each}/register").status_code for each in (own, other, too_early, tomorrow)}
    assert opened == {own: 200, other: 404, too_early: 404, tomorrow: 200}
    hub.person("Dev Farthing")
    assert fay.submit(f"/sessions/{own}/register", {"others": "Dev Farthing"}).status_code == 302
    assert completions() == []  # a facilitator who may not look for people: the hub says who it is


def test_the_link_opens_one_register_its_names_alone_and_ends(hub: Hub, as_manager: PageClient) -> None:
    session, other = a_session(hub, on=in_days(-1)), a_session(hub, "SND-01", in_days(-1))
    ama, secret = hub.person("Ama Okafor", reference="A-77"), hub.person("Secret Somebody")
    booked_before(hub, session, ama)
    booked_before(hub, other, secret)
    made = as_manager.post(f"/sessions/{session}/register/link", data={"csrf_token": as_manager.token()})
    found = re.search(r"http://localhost(/register/[\w-]+)", made.get_data(as_text=True))
    assert found is not None
    trainer = hub.app.test_client()
    assert isinstance(trainer, PageClient)
    page = trainer.get(found[1]).get_data(as_text=True)
    assert "Ama Okafor" in page
    assert "A-77" not in page
    assert "Secret" not in page
    sent = register_data(page) | {"others": "Secret Somebody"}
    assert trainer.submit(found[1], sent | {f"mark-{secret}": "present"}).status_code == 302
    assert [each.person_id for each in completions()] == [ama]
    assert db.session.scalars(select(RegisterMark.typed_name).where(RegisterMark.person_id.is_(None))).all() == [
        "Secret Somebody"
    ]
    settling = as_manager.get(f"/sessions/{session}/register").get_data(as_text=True)
    assert "Who is “Secret Somebody”?" in settling
    as_manager.post(f"/sessions/{session}/register/link/stop", data={"csrf_token": as_manager.token()})
    assert trainer.get(found[1]).status_code == 404
    assert trainer.get("/register/nothing").status_code == 404


def test_the_link_ends_fourteen_days_after_the_session(hub: Hub) -> None:
    tokens = []
    for days in (-14, -15):
        session = a_session(hub, on=in_days(days))
        with transaction():
            tokens.append(make_link(hub.actor, session))
    client = hub.app.test_client()
    assert [client.get(f"/register/{each}").status_code for each in tokens] == [200, 404]
    held = db.session.execute(db.text("SELECT token_hash FROM register_link")).scalars().all()
    assert not set(tokens) & set(held)


def test_a_register_of_a_past_day_needs_module_day_and_names(hub: Hub, as_manager: PageClient) -> None:
    ama = hub.person("Ama Okafor", reference="A-1")
    bryn = hub.person("Bryn Larkspur", email="bryn@hub.example")
    data = {"module": "IND-01", **day_of("on", -20), "names": "A-1\nBRYN@hub.example\nama okafor"}
    for _ in range(2):
        answer = as_manager.submit("/sessions/register/new", data)
        assert answer.status_code == 302
    assert [(each.person_id, each.completed_on) for each in completions()] == [
        (ama, in_days(-20)),
        (bryn, in_days(-20)),
    ]
    assert as_manager.submit("/sessions/register/new", data | day_of("on", 1)).status_code == 400


def test_a_register_is_reversed_with_a_reason(hub: Hub, as_manager: PageClient) -> None:
    session = a_session(hub, on=in_days(-1))
    booked_before(hub, session, hub.person())
    assert as_manager.get(f"/sessions/{session}/register/reverse").status_code == 404
    kept(hub, session)
    assert as_manager.submit(f"/sessions/{session}/register/reverse", {"reason": ""}).status_code == 400
    assert as_manager.submit(f"/sessions/{session}/register/reverse", {"reason": "Wrong day"}).status_code == 302
    assert completions() == []
    assert "This register was reversed: Wrong day" in as_manager.get(f"/sessions/{session}/register").get_data(
        as_text=True
    )
