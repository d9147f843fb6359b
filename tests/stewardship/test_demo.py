"""The demonstration hub: clearly invented, and with something true to show on every page."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from tests.builders import Hub
from tests.clients import sign_in
from training_app.accounts.models import Account, Role
from training_app.audit import Actor
from training_app.audit.models import AuditEvent
from training_app.clock import today
from training_app.coverage.queries import all_groups, coverage_on
from training_app.database import Base, db, transaction
from training_app.errors import Refused
from training_app.people.models import Engagement, Organisation, Person
from training_app.records.evidence import evidence_store
from training_app.records.models import Completion, Evidence, EvidenceFile, Extension, Reflection
from training_app.skills.models import Exemption, Requirement
from training_app.stewardship.check import problems
from training_app.stewardship.demo import ACCOUNTS, PASSWORD, DemonstrationReport, curriculum, load, sign_ins
from training_app.stewardship.demo_plan import plan
from training_app.stewardship.models import DemonstrationMark
from training_app.stewardship.queries import demonstration_is_loaded


def count(table: type[Base]) -> int:
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def loaded(*, force: bool = False) -> DemonstrationReport | None:
    with transaction():
        return load(Actor.command(), force=force)


@pytest.mark.on_sqlite_only
def test_it_is_a_hub_of_invented_people_in_two_counties(hub: Hub) -> None:
    report = loaded()
    assert report is not None
    assert 220 <= report.people == count(Person) <= 260
    assert report.organisations == count(Organisation) == 35
    assert report.completions <= count(Completion)
    assert set(db.session.scalars(select(Organisation.area))) == {"Norfolk", "Suffolk"}
    assert len(set(db.session.scalars(select(Organisation.kind)))) == 5
    assert all(reference.startswith("D-") for reference in db.session.scalars(select(Person.reference)))
    emails = [email for email in db.session.scalars(select(Person.email)) if email]
    assert emails
    assert all(email.endswith(".example") for email in emails)
    assert len(emails) < report.people
    assert demonstration_is_loaded()


def test_nothing_in_it_contradicts_itself(demonstration: Hub) -> None:
    assert list(problems()) == []


@pytest.mark.on_sqlite_only
@time_machine.travel("2026-11-24T12:00:00", tick=False)
def test_every_group_has_something_of_everything_to_show(hub: Hub) -> None:
    loaded()
    report = coverage_on(today(), "verified", [group.code for group in all_groups()])
    assert len(report.groups) == 6
    for group in report.groups:
        told = group.group.code
        assert group.summary.people >= 10, told
        assert 0 < (group.summary.fully_skilled or 0) < group.summary.people, told
        cells = list(group.cells)
        for state in ("met", "lapsed", "expiring", "missing"):
            assert any(getattr(cell, state) for cell in cells), (told, state)
        # Volunteers are asked for the lowest level only, below which there is nothing.
        if told != "frontline-volunteers":
            assert any(cell.below for cell in cells), told
        shares = [float(cell.percent) for cell in cells if cell.percent is not None]
        assert min(shares) >= 15, told
        assert max(shares) <= 95, told
        assert max(shares) - min(shares) >= 15, told
    assert any(cell.exempt for group in report.groups for cell in group.cells)


@pytest.mark.on_sqlite_only
def test_its_history_is_one_of_starters_leavers_and_second_roles(demonstration: Hub) -> None:
    now = today()
    engagements = list(db.session.scalars(select(Engagement)))
    assert any(each.end_on and each.end_on < now for each in engagements)
    assert any(each.end_on and each.end_on >= now for each in engagements)
    assert any(each.start_on > now - timedelta(days=120) for each in engagements)
    roles = Counter(each.person_id for each in engagements if each.end_on is None and each.start_on <= now)
    assert sum(number > 1 for number in roles.values()) >= 5
    days = list(db.session.scalars(select(Completion.completed_on)))
    assert max(days) <= now
    assert (max(days) - min(days)).days > 3 * 365


@pytest.mark.on_sqlite_only
def test_it_has_entries_in_every_state_exemptions_an_extension_and_a_coming_change(demonstration: Hub) -> None:
    states = Counter(db.session.scalars(select(Completion.evidence)))
    assert states[Evidence.SELF_DECLARED] >= 10
    assert states[Evidence.RETURNED] in (1, 2)
    assert states[Evidence.VOID] == 3
    answered = [each for each in db.session.scalars(select(Completion)) if each.answer]
    assert [each.evidence for each in answered] == [Evidence.SELF_DECLARED]
    outside = [each for each in db.session.scalars(select(Completion)) if each.is_outside]
    assert {each.version.awaits_mapping for each in outside} == {True, False}
    assert count(Extension) == 1
    assert 5 <= count(Exemption) <= 12
    coming = list(db.session.scalars(select(Requirement).where(Requirement.effective_from > today())))
    assert 1 <= len(coming) <= 2


def test_every_row_that_it_writes_is_in_the_log(demonstration: Hub) -> None:
    for table in (
        Person,
        Organisation,
        Engagement,
        Completion,
        Extension,
        Exemption,
        Requirement,
        Account,
        DemonstrationMark,
    ):
        told = select(AuditEvent.object_id).where(AuditEvent.object_type == table.__tablename__)
        assert set(db.session.scalars(told)) == set(db.session.scalars(select(table.id))), table


@pytest.mark.on_sqlite_only
def test_the_same_day_always_gives_the_same_hub_and_another_day_another(hub: Hub) -> None:
    facts = curriculum(date(2026, 11, 23))
    assert plan(date(2026, 11, 23), facts) == plan(date(2026, 11, 23), facts)
    assert plan(date(2026, 11, 23), facts) != plan(date(2026, 11, 24), facts)


@pytest.mark.on_sqlite_only
@pytest.mark.parametrize(
    "day", [date(2025, 1, 1), date(2026, 8, 31), date(2027, 9, 1), date(2028, 2, 29), date(2031, 12, 31)]
)
def test_it_can_be_thought_out_for_any_day(hub: Hub, day: date) -> None:
    people = plan(day, curriculum(day))
    assert 220 <= len(people) <= 260
    assert len({person.reference for person in people}) == len(people)
    emails = [person.email for person in people if person.email]
    assert len(set(emails)) == len(emails)
    assert all(done.completed_on <= day for person in people for done in person.completions)
    assert all(each.end_on is None or each.start_on <= each.end_on for person in people for each in person.engagements)
    states = Counter(done.evidence for person in people for done in person.completions)
    assert states["self-declared"] >= 10


@pytest.mark.on_sqlite_only
@pytest.mark.parametrize("moment", ["2026-08-31T23:30:00", "2028-02-29T12:00:00"])
def test_it_loads_on_any_day_without_contradiction(hub: Hub, moment: str) -> None:
    with time_machine.travel(moment, tick=False):
        loaded()
        assert list(problems()) == []


def test_loading_it_twice_does_nothing_the_second_time(demonstration: Hub) -> None:
    before = count(AuditEvent)
    assert loaded() is None
    assert loaded(force=True) is None
    assert count(AuditEvent) == before


def test_it_does_not_mix_with_people_who_exist(hub: Hub) -> None:
    hub.person("Ama Okafor", reference="P-1")
    with pytest.raises(Refused) as refused:
        loaded()
    assert "--force" in refused.value.sentence
    assert count(Person) == 1
    assert not demonstration_is_loaded()


def test_forced_it_stands_beside_people_who_exist_and_takes_nothing_of_theirs(hub: Hub) -> None:
    place = hub.organisation("Wherry Music Service", kind="partner")
    person = hub.person("Ama Okafor", reference="D-0001", organisation=place, with_completed=["IND-01", "SND-02"])
    hub.completion(person, "IND-03", "2026-01-01", Evidence.SELF_DECLARED)
    entries = (
        select(Completion.id, Completion.created_at, Completion.row_version)
        .where(Completion.person_id == person)
        .order_by(Completion.id)
    )
    as_recorded = db.session.execute(entries).all()
    requirements = count(Requirement)
    assert loaded(force=True) is not None
    assert db.session.execute(entries).all() == as_recorded
    assert count(Requirement) == requirements
    assert count(EvidenceFile) > 0
    assert person not in {each.completion.person_id for each in db.session.scalars(select(EvidenceFile))}
    assert count(Account) == 0
    assert sign_ins() == []
    assert db.session.get_one(Person, person).name == "Ama Okafor"
    assert db.session.get_one(Organisation, place).kind == "partner"
    references = list(db.session.scalars(select(Person.reference).where(Person.id != person)))
    assert all(reference.startswith("D2-") for reference in references)
    assert list(problems()) == []


def test_it_needs_the_seeds_first(app: Flask) -> None:
    with pytest.raises(Refused) as refused:
        loaded()
    assert "seed" in refused.value.sentence


def test_there_is_an_account_for_each_role_and_each_finds_its_home(demonstration: Hub) -> None:
    assert count(Account) == len(ACCOUNTS)
    assert {each.role for each in ACCOUNTS} == set(Role)
    assert len(PASSWORD) >= 12
    for each in ACCOUNTS:
        home = sign_in(demonstration.app, each.email, PASSWORD).get("/", follow_redirects=True)
        assert home.status_code == 200, each.email


@pytest.mark.on_sqlite_only
def test_the_members_among_the_accounts_have_something_on_their_record(demonstration: Hub) -> None:
    for each in ACCOUNTS:
        if each.role is Role.MEMBER:
            account = db.session.scalars(select(Account).where(Account.email == each.email)).one()
            done = list(db.session.scalars(select(Completion).where(Completion.person_id == account.person_id)))
            assert len(done) >= 3, each.email
            groups = db.session.scalars(select(Engagement).where(Engagement.person_id == account.person_id)).all()
            assert [engagement.group.code for engagement in groups] == [each.group]


@pytest.mark.on_sqlite_only
def test_it_has_certificates_that_wait_with_their_entries_and_reflections_shared_and_not(demonstration: Hub) -> None:
    files = db.session.scalars(select(EvidenceFile)).all()
    assert {each.content_type for each in files} == {"image/jpeg", "application/pdf"}
    assert len(files) >= 8
    assert sum(each.completion.evidence == Evidence.SELF_DECLARED for each in files) >= 7
    assert all(evidence_store().has(each.stored_as) for each in files)
    assert {each.shared for each in db.session.scalars(select(Reflection))} == {True, False}
