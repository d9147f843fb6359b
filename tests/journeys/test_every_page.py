"""Every page that each role can reach from its home, once each, looked over in a browser with axe."""

from __future__ import annotations

import re
from collections import Counter
from datetime import time, timedelta
from html import unescape
from urllib.parse import urljoin, urlsplit

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.exceptions import HTTPException

from tests.browser import no_sideways_scroll
from tests.builders import Hub
from tests.clients import sign_in
from tests.journeys.visitor import Arrive, Visitor, months_ago
from tests.watching import not_telling_the_log
from training_app.accounts.models import Role
from training_app.accounts.policy import permissions_of
from training_app.assignments.actions import assign, switch_on_rule, waive
from training_app.assignments.allowances import Terms, allow
from training_app.assignments.models import AllowanceKind
from training_app.assignments.rules import Counted, Due
from training_app.audit import Actor
from training_app.catalogue.models import Module
from training_app.certificates.actions import issue_certificate
from training_app.clock import today
from training_app.corrections.actions import ask_for_correction
from training_app.corrections.models import Subject
from training_app.database import db, transaction
from training_app.delivery.actions import SessionDraft, schedule
from training_app.delivery.booking import book
from training_app.delivery.register import Sent, save_register
from training_app.delivery.rules import HERE, Span
from training_app.mail import queue
from training_app.mail.actions import fail, mark_sent
from training_app.people.doubles import note_doubles
from training_app.people.models import Likeness
from training_app.people.scope import everybody, everywhere
from training_app.practice.actions import (
    accept,
    begin_pair,
    begin_research,
    set_up_pair,
    withdraw_invitation,
    write_entry,
    write_finding,
)
from training_app.records.actions import record_completion, return_evidence
from training_app.records.models import Completion, Evidence
from training_app.skills.actions import exempt
from training_app.web.access import declared_permission

pytestmark = [pytest.mark.browser, pytest.mark.on_sqlite_only]

EMAIL_OF_ROLE = {
    Role.WORKFORCE_MANAGER: "manager@hub.example",
    Role.COORDINATOR: "coordinator@fenwick.example",
    Role.MEMBER: "robin@band.example",
    Role.BOARD: "board@hub.example",
}
EVIDENCE_FILE = re.compile(r"/evidence/[0-9]+$")
# Steps after which something is changed, files, and what answers no person: not pages that links lead to.
NOT_REACHED_BY_LINKS = {
    *("static", "pages.health", "accounts.sign_out"),
    *("accounts.sign_in", "accounts.link_sent", "accounts.link", "accounts.code", "accounts.kept"),
    # On a certificate's paper, in a calendar's settings, in a letter to an outside trainer.
    *("certificates.ask", "certificates.confirm", "sessions.feed", "sessions.register_by_link"),
    "reminders.stop",  # in a reminder
    *("sessions.bring_back_by_link", "sessions.to_fill_by_link", "sessions.printed_by_link"),
}
# Whoever leads a session keeps its register, in whatever role; nobody leads one here but a member.
FOR_WHOEVER_LEADS = {
    *("sessions.register", "sessions.printed", "sessions.to_fill", "sessions.bring_back", "sessions.mine"),
}
LEADS_NOTHING = {Role.WORKFORCE_MANAGER, Role.COORDINATOR, Role.BOARD}


@pytest.fixture
def scripts() -> bool:
    """With scripts only: the journeys meet the same pages without them."""
    return True


def a_bit_of_everything(hub: Hub) -> None:
    """People, engagements, exemptions and completions of each kind of evidence, and an account for each role."""
    day = months_ago(3, today())
    school = hub.organisation("Fenwick Primary", kind="school")
    robin = hub.person(
        "Robin Teal", reference="V-1", group="frontline-volunteers", with_completed=["IND-01"], completed_on=day
    )
    hub.completion(robin, "IND-02", day, Evidence.SELF_DECLARED)
    hub.completion(robin, "IND-03", months_ago(30, today()))
    hub.person(
        "Ivo Dunnock", start_on="2008-09-01", end_on="2012-07-20"
    )  # left so long ago that the record is reviewed
    teachers = [
        hub.person(f"Cai Linnet {number}", group="generalist-teachers", organisation=school, with_completed=["SND-01"])
        for number in range(6)
    ]
    hub.completion(teachers[0], "SAF-03", months_ago(11, today()))  # runs out soon
    hub.person("Ottilie Siskin", organisation=school)
    # Whomever the walk meets first has an exemption that could be changed.
    for each in (robin, *teachers):
        with transaction():
            exempt(hub.actor, each, hub.skill_id("creative"), day, "helps with instruments only")
    with transaction():
        ask_for_correction(hub.actor, robin, Subject.OTHER, None, "I did one more in May")
    with transaction():
        queue(hub.actor, "reminder", "robin@band.example", "A reminder", "Hello")
        mark_sent(hub.actor, queue(hub.actor, "reminder", "cai@fenwick.example", "A reminder", "Hello"))
        fail(hub.actor, queue(hub.actor, "reminder", "gone@band.example", "A reminder", "Hello"), "No such mailbox.")
    hub.account(EMAIL_OF_ROLE[Role.WORKFORCE_MANAGER], "workforce_manager")
    coordinator = Actor.account(hub.account(EMAIL_OF_ROLE[Role.COORDINATOR], "coordinator", organisations=[school]))
    # Whomever the coordinator meets first has an entry of theirs that waits, and one that was sent back.
    waits, returned = hub.module_id("IND-01"), hub.module_id("IND-02")
    for each in (robin, *teachers):
        with transaction():
            record_completion(coordinator, each, waits, months_ago(2, today()), Evidence.SELF_DECLARED)
            entry = record_completion(coordinator, each, returned, months_ago(2, today()), Evidence.SELF_DECLARED)
            return_evidence(hub.actor, entry, "Which day was it?")
    with transaction():
        note_doubles(coordinator, teachers[0], {robin: [Likeness.NAME]})
    member = hub.account(EMAIL_OF_ROLE[Role.MEMBER], "member", person=robin)
    # Of the entries that wait each has a file that was added by whoever looks at it.
    waiting = select(Completion.id, Completion.person_id).where(Completion.evidence.in_(("self-declared", "returned")))
    for entry_id, person_id in db.session.execute(waiting).all():
        hub.evidence_file(entry_id, account=member if person_id == robin else coordinator.account_id)
    hub.account(EMAIL_OF_ROLE[Role.BOARD], "board")
    for each in (robin, *teachers):
        hub.outside(each, "A week of songwriting", months_ago(1, today()))
    sessions_of_each_kind(hub, leader=robin, others=teachers)
    learning_with_others(hub, robin, *teachers[:2])
    asked_in_each_way(hub, [robin, *teachers])
    # One that a coordinator may decide about, because somebody else logged it.
    with transaction():
        not_telling_the_log()
        db.session.get_one(Module, hub.module_id("COM-01")).coordinator_may_confirm = True
    hub.completion(teachers[1], "COM-01", months_ago(1, today()), Evidence.SELF_DECLARED)
    verified = select(Completion).where(
        Completion.evidence == Evidence.VERIFIED.value, Completion.module_id.is_not(None)
    )
    with transaction():
        for each in db.session.scalars(verified).all():
            issue_certificate(hub.actor, each)


def asked_in_each_way(hub: Hub, people: list[int]) -> None:
    """A rule, a batch and waivers, also for several at once: whomever the walk meets first is asked something, and need not do
    something else."""
    module = db.session.get_one(Module, hub.module_id("REF-01"))
    with transaction():
        group = hub.group_id("frontline-volunteers")
        switch_on_rule(hub.actor, group, module, from_on=today(), due_days=30, includes_present=True)
    with transaction():
        due = Due(Counted.BY_A_DAY, today() + timedelta(days=30))
        what = db.session.get_one(Module, hub.module_id("VOI-01"))
        assign(hub.actor, people, what, due, whom="Everybody", reason="A new term begins")
        for each in people:
            waive(hub.actor, each, hub.module_id("GEN-01"), today(), "Did it elsewhere")
        terms = Terms(AllowanceKind.WAIVER, module_id=hub.module_id("GEN-02"), start_on=today())
        allow(hub.actor, people, terms, whom="Everybody", reason="Did it elsewhere")


def sessions_of_each_kind(hub: Hub, *, leader: int, others: list[int]) -> None:
    """Sessions to book, booked, and under way with a saved register, which is led by a member."""
    for module, days, leads, booked in (
        ("SND-01", 9, others[0], []),
        ("COM-01", 16, others[0], [leader, others[1]]),
        ("VOI-01", 0, leader, others[:3]),
    ):
        draft = SessionDraft(
            hub.module_id(module),
            [Span(today() + timedelta(days=days), time(0, 1) if not days else time(10), time(23, 59))],
            place="Village hall",
            facilitator_ids=[leads],
        )
        with transaction():
            session = schedule(hub.actor, draft).id
            if days and booked:
                book(hub.actor, session, booked, "A chair near the door")
            elif booked:
                save_register(
                    hub.actor, session, Sent(came=dict.fromkeys(booked, HERE)), people=everybody(), places=everywhere()
                )


def learning_with_others(hub: Hub, somebody: int, other: int, third: int) -> None:
    """A pair under way, one in which somebody is alone, an invitation to them, and a team that shares what it found."""
    pairs, research = hub.module_id("TEA-02"), hub.module_id("REF-03")
    with transaction():
        for each in list(set_up_pair(hub.actor, [somebody, other], pairs).waiting):
            accept(hub.actor, each)
        withdraw_invitation(hub.actor, begin_pair(hub.actor, somebody, pairs, "nobody@band.example").waiting[0])
        begin_pair(hub.actor, somebody, pairs, "perhaps@band.example")
        set_up_pair(hub.actor, [somebody, third], pairs)
        team = begin_research(hub.actor, other, research, "Who leads?", "A band")
        write_finding(hub.actor, team.members[0], "They do", shared=True)
        own = begin_research(hub.actor, somebody, research, "Who chooses?", None)
        write_entry(hub.actor, own.members[0], "plan", today(), "Two cards")


def endpoint_of(app: Flask, address: str) -> str | None:
    """Return the view that answers an address when it is opened; None for what is none of ours."""
    try:
        endpoint, _ = app.url_map.bind("localhost").match(urlsplit(address).path, method="GET")
    except HTTPException:
        return None
    return str(endpoint)


def is_file(address: str) -> bool:
    """Say whether an address is that of a file."""
    path = urlsplit(address).path
    return EVIDENCE_FILE.search(path) is not None or path.endswith((".csv", ".xlsx", ".pdf", ".json", ".ics"))


def linked(app: Flask, email: str) -> dict[str, str]:
    """Return the views to which pages lead somebody, each with the first address that does.

    Of each kind a few pages are read, because the first may have nothing to lead to, such as a list of nobody.
    """
    client = sign_in(app, email)
    found = {"home.front": "/"}
    read: Counter[str] = Counter()
    known, waiting = {"/"}, ["/"]
    while waiting:
        address = waiting.pop(0)
        endpoint = endpoint_of(app, address)
        if endpoint is None or endpoint in NOT_REACHED_BY_LINKS:
            found.setdefault(endpoint or f"nowhere: {address}", address)
            continue
        found.setdefault(endpoint, address)
        read[endpoint] += 1
        if read[endpoint] > 12 or is_file(address):
            continue
        answer = client.get(address)
        if answer.mimetype == "text/html":
            links = map(unescape, re.findall(r'href="(/[^"#]*)', answer.get_data(as_text=True)))
            waiting += [each for each in dict.fromkeys(links) if each not in known]
            known.update(waiting)
    return found


def wrong_with(visitor: Visitor, path: str) -> str | None:
    """Open a page and look it over, or fetch a file; return what is wrong with it."""
    address = urljoin(visitor.page.url, path)
    if is_file(path):
        file = visitor.page.request.get(address)
        return None if file.ok else f"{path}: {file.status}"
    answered = visitor.page.goto(address)
    if answered is None or not answered.ok:
        return f"{path}: {answered.status if answered else 'no answer'}"
    try:
        visitor.looks_it_over()
    except AssertionError as found:
        return str(found)
    return None if no_sideways_scroll(visitor.page) else f"{path} has to be scrolled sideways on a phone"


@pytest.mark.parametrize("role", list(EMAIL_OF_ROLE))
def test_every_page_that_a_role_can_reach_is_sound_and_every_page_it_may_open_can_be_reached(
    hub: Hub, arrive: Arrive, role: Role
):
    a_bit_of_everything(hub)
    allowed = permissions_of([role])
    may_open = {
        rule.endpoint
        for rule in hub.app.url_map.iter_rules()
        if rule.methods
        and "GET" in rule.methods
        and declared_permission(hub.app.view_functions[rule.endpoint]) in allowed
    }
    led_to = linked(hub.app, EMAIL_OF_ROLE[role])
    for_others = FOR_WHOEVER_LEADS if role in LEADS_NOTHING else set()
    assert may_open - NOT_REACHED_BY_LINKS - for_others - led_to.keys() == set()
    visitor = arrive(EMAIL_OF_ROLE[role], phone=role is Role.MEMBER)
    wrong = [wrong_with(visitor, path) for view, path in led_to.items() if view not in NOT_REACHED_BY_LINKS]
    assert [each for each in wrong if each] == []
