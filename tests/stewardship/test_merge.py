"""Two rows of one person become one, and nothing of either is lost."""

from __future__ import annotations

import json
import random
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from tests.builders import Hub
from tests.clients import PageClient
from tests.imports.bringing import bring, counts
from training_app.audit.models import AuditEvent
from training_app.coverage.queries import coverage_on
from training_app.database import db, transaction
from training_app.errors import Refused
from training_app.people.models import Engagement, FormerIdentity, Person
from training_app.people.queries import person_by_reference
from training_app.people.rules import covers
from training_app.records.actions import extend_validity
from training_app.records.models import Completion, Evidence
from training_app.skills.actions import exempt
from training_app.skills.models import Exemption
from training_app.stewardship.check import problems
from training_app.stewardship.merge import Kept, Merged, merge_people
from training_app.stewardship.person import held_about

DAYS = [date(2024, 1, 1) + timedelta(days=30 * number) for number in range(30)]
MODULES = ("SAF-01", "IND-01", "IND-02", "SND-02")


def merge(hub: Hub, one: int, other: int, kept: Kept | None = None) -> Merged:
    with transaction():
        return merge_people(hub.actor, one, other, kept or Kept(one, one, one))


def two(hub: Hub) -> tuple[int, int]:
    return (
        hub.person("Ama Okafor", reference="P-1", email="ama@hub.example", group=None),
        hub.person("Amma Okafor", reference="P-2", email="amma@hub.example", group=None),
    )


def completed(*person_ids: int) -> set[tuple[int, date]]:
    rows = select(Completion.module_id, Completion.completed_on).where(
        Completion.person_id.in_(person_ids), Completion.evidence != Evidence.VOID.value
    )
    return {(module_id, day) for module_id, day in db.session.execute(rows)}


def engaged(*person_ids: int) -> set[tuple[int, int, date]]:
    standing = select(Engagement).where(Engagement.person_id.in_(person_ids), Engagement.voided_at.is_(None))
    return {
        (each.organisation_id, each.group_id, day)
        for each in db.session.scalars(standing)
        for day in DAYS
        if covers(each.start_on, each.end_on, day)
    }


def lives(hub: Hub, person_id: int, chance: random.Random) -> None:
    """Give somebody engagements and completions by chance, as the pages would let them be."""
    for group in ("music-service-staff", "hub-providers"):
        start = chance.choice(DAYS[:10])
        hub.engagement(person_id, group, start, start + timedelta(days=chance.randrange(1, 300)))
        if chance.random() < 0.5:
            hub.engagement(person_id, group, DAYS[-5], chance.choice([None, DAYS[-2]]))
    for module in MODULES:
        for day in set(chance.choices(DAYS[:4], k=chance.randrange(3))):
            hub.completion(person_id, module, day, chance.choice([Evidence.VERIFIED, Evidence.SELF_DECLARED]))


@pytest.mark.parametrize("seed", range(6))
def test_every_day_and_every_completion_of_both_is_there_afterwards(hub: Hub, seed: int) -> None:
    chance = random.Random(seed)
    one, other = two(hub)
    lives(hub, one, chance)
    lives(hub, other, chance)
    had, was = completed(one, other), engaged(one, other)
    ids = [one, other]
    chance.shuffle(ids)
    merged = merge(hub, *ids)
    assert completed(merged.person_id) == had
    assert engaged(merged.person_id) == was
    assert completed(min(one, other)) == set()
    assert list(problems()) == []


def test_the_stronger_evidence_and_the_later_end_stay(hub: Hub) -> None:
    one, other = two(hub)
    hub.completion(one, "SAF-01", "2026-01-10", Evidence.SELF_DECLARED, note="From home")
    weaker = hub.completion(one, "IND-02", "2026-01-10", Evidence.SELF_DECLARED)
    hub.completion(other, "SAF-01", "2026-01-10", note="The register")
    stronger = hub.completion(other, "IND-02", "2026-01-10")
    with transaction():
        extended = db.session.get_one(Completion, weaker)
        extend_validity(hub.actor, extended, date(2028, 1, 10), "Away on leave")
    merged = merge(hub, one, other)
    assert (merged.completions, merged.engagements) == (2, 0)
    kept = db.session.get_one(Completion, stronger)
    assert (kept.evidence, kept.valid_until, kept.person_id) == ("verified", date(2028, 1, 10), merged.person_id)
    gave_way = db.session.get_one(Completion, weaker)
    assert (gave_way.evidence, gave_way.successor_id) == ("void", stronger)
    assert gave_way.person_id == merged.person_id
    assert list(problems()) == []


def test_the_exemption_that_ends_later_stays(hub: Hub) -> None:
    one, other = two(hub)
    skill = hub.skill_id("send")
    with transaction():
        exempt(hub.actor, one, skill, date(2026, 1, 1), "On leave")
        exempt(hub.actor, other, skill, date(2026, 1, 1), "In the office", date(2026, 5, 1))
    assert merge(hub, one, other).exemptions == 1
    (stands,) = db.session.scalars(select(Exemption).where(Exemption.voided_at.is_(None)))
    assert (stands.reason, stands.end_on) == ("On leave", None)


def test_an_old_file_finds_the_person_and_changes_nothing(hub: Hub) -> None:
    people = (
        "reference,name,email,organisation,organisation_kind,workforce_group,start_on,end_on,job_title\n"
        "P-1,Ama Okafor,ama@hub.example,Band,voluntary,frontline-volunteers,2024-01-01,2024-06-30,Drummer\n"
        "P-2,Amma Okafor,amma@hub.example,Band,voluntary,frontline-volunteers,2024-05-01,2025-01-31,Helper\n"
        "P-2,Amma Okafor,amma@hub.example,Band,voluntary,hub-providers,2024-05-01,,Helper\n"
    )
    completions = (
        "person,module,completed_on,evidence,hours,note\n"
        "P-1,IND-01,2024-05-05,self-declared,1,From home\n"
        "P-2,IND-01,2024-05-05,verified,2,The register\n"
        "amma@hub.example,IND-02,2024-05-05,verified,1,\n"
    )
    exemptions = (
        "person,skill,start_on,end_on,reason\nP-1,send,2024-01-01,2024-05-01,Leave\nP-2,send,2024-01-01,,Office\n"
    )
    files = (("people", people, 3), ("completions", completions, 3), ("exemptions", exemptions, 2))
    for kind, content, rows in files:
        assert bring(hub, kind, content).counts == counts(rows=rows, created=rows)
    one, other = person_by_reference("P-1"), person_by_reference("P-2")
    assert one is not None
    assert other is not None
    merge(hub, one.id, other.id, Kept(one.id, other.id, one.id))
    for kind, content, rows in files:
        assert bring(hub, kind, content).counts == counts(rows=rows, unchanged=rows), kind
    assert bring(hub, "completions", "person,module,completed_on\nP-2,SND-02,2024-05-05\n").counts == counts(
        rows=1, created=1
    )


def test_the_manager_sees_both_side_by_side_and_merges_them_once(hub: Hub, as_manager: PageClient) -> None:
    hub.person("Ama Okafor", reference="P-1", with_completed=["IND-01"])
    hub.person("Amma Okafor", reference="P-2", email="amma@hub.example", with_completed=["IND-01"])
    assert "/people/P-1/merge?other=P-2" in as_manager.get("/people/P-1/merge").get_data(as_text=True)
    assert as_manager.get("/people/P-1/merge?other=P-9").status_code == 400
    assert as_manager.get("/people/P-1/merge?other=P-1").status_code == 400
    path = "/people/P-1/merge?other=P-2"
    page = as_manager.get(path).get_data(as_text=True)
    assert "1 completion stands twice" in page
    assert db.session.scalar(select(Person.id).where(Person.reference == "P-2")) is not None, "only rehearsed"
    ids = {each.reference: str(each.id) for each in db.session.scalars(select(Person))}
    fields = {"reference_of": ids["P-1"], "name_of": ids["P-2"], "email_of": ids["P-2"]}
    done = as_manager.submit(path, fields, follow_redirects=True)
    assert done.status_code == 200
    assert "Amma Okafor is one person now." in done.get_data(as_text=True)
    assert "P-1, amma@hub.example" in done.get_data(as_text=True)
    again = as_manager.post(path, data={**fields, "other": "P-2", "seen": "1", "csrf_token": as_manager.token()})
    assert again.status_code == 400
    assert "This is the same person already." in again.get_data(as_text=True)
    assert "Amma Okafor" in as_manager.get("/people/P-2").get_data(as_text=True)
    taken = as_manager.submit("/people/P-1/edit", {"reference": "P-2", "name": "Amma Okafor", "email": ""})
    assert taken.status_code == 302, "their own former reference may be theirs again"


def test_what_was_written_meanwhile_is_looked_at_first(hub: Hub, as_manager: PageClient) -> None:
    one, other = two(hub)
    fields = {"reference_of": str(one), "name_of": str(one), "email_of": str(one), "other": "P-2", "seen": "1"}
    late = as_manager.post("/people/P-1/merge", data={**fields, "csrf_token": as_manager.token()})
    assert late.status_code == 409
    assert "was written meanwhile" in late.get_data(as_text=True)
    assert db.session.get(Person, other) is not None


def test_two_managers_who_merge_at_once_merge_once(hub: Hub) -> None:
    one, other = two(hub)
    db.session.rollback()

    def press(_: int) -> str:
        with hub.app.app_context():
            try:
                merge(hub, one, other)
            except Refused as refused:
                return refused.sentence
        return "merged"

    with ThreadPoolExecutor(4) as several:
        said = list(several.map(press, range(4)))
    assert said.count("merged") == 1
    assert len(db.session.scalars(select(FormerIdentity)).all()) == 1


def test_the_log_of_both_stays_and_one_account_stays_open(hub: Hub) -> None:
    one, other = two(hub)
    hub.account("ama@hub.example", "member", person=one)
    hub.account("amma@hub.example", "member", person=other)
    events = len(db.session.scalars(select(AuditEvent.id).where(AuditEvent.person_id.in_([one, other]))).all())
    merged = merge(hub, one, other, Kept(one, one, other))
    assert merged.closed_an_account
    held = held_about(merged.person_id)
    assert [(each["Signs in with"], each["Stands"]) for each in held["Account"]] == [
        ("ama@hub.example", "no"),
        ("amma@hub.example", "yes"),
    ]
    assert len(held["Changes"]) > events
    assert "Amma Okafor" in json.dumps(held["Changes"], default=str)
    assert held["Recorded besides as"][0]["Reference"] == "P-2"


def test_coverage_counts_one_person_instead_of_two(hub: Hub) -> None:
    one = hub.person("Ama Okafor", reference="P-1", with_completed=["SAF-01"])
    other = hub.person("Ama Okafor", reference="P-2", with_completed=["SND-02"])
    merged = merge(hub, one, other)
    assert (merged.before.total.people, merged.after.total.people) == (2, 1)
    assert coverage_on(date(2026, 10, 1)).total.people == 1
    with pytest.raises(Refused, match="merged already"):
        merge(hub, one, other)
    with pytest.raises(Refused, match="same person already"):
        merge(hub, merged.person_id, merged.person_id)


@pytest.mark.on_sqlite_only
def test_an_e_mail_that_somebody_else_is_found_by_finds_nobody_else_after_a_merge(hub: Hub) -> None:
    one, other = two(hub)
    hub.person("Third Person", reference="P-3", email="third@hub.example")
    with transaction():
        typed = db.session.get_one(Person, other)
        typed.email, typed.email_key = "third@hub.example", None
    merged = merge(hub, one, other, Kept(one, one, other))
    stays = db.session.get_one(Person, merged.person_id)
    assert (stays.email, stays.email_key) == ("third@hub.example", None)
