"""The log in sentences, for each kind of reader."""

from __future__ import annotations

import ast
import re
from datetime import date

import pytest
import time_machine

from config import ROOT
from tests.builders import CountedQueries, Hub
from tests.clients import sign_in
from training_app.audit import Actor, erase_details
from training_app.audit.history import Told
from training_app.audit.queries import EventsWanted, all_events, events_page
from training_app.catalogue.actions import ModuleAbout, ModuleContent, edit_module, reinstate_module, retire_module
from training_app.catalogue.models import Module
from training_app.clock import now
from training_app.database import db, transaction
from training_app.people.actions import (
    change_engagement,
    change_organisation,
    change_person,
    end_engagement,
    void_engagement,
)
from training_app.people.models import Engagement, Organisation, Person
from training_app.records.actions import (
    correct_completion,
    extend_validity,
    log_training,
    return_evidence,
    verify,
    void_completion,
    withdraw_extension,
)
from training_app.skills.actions import change_exemption, exempt, require_level, void_exemption, void_requirement
from training_app.skills.levels import Level
from training_app.web.telling import ACTIONS, action_words, tell

pytestmark = pytest.mark.watched

NOON = "2026-10-03 11:00:00+00:00"


def _sentences(*, account_id: int | None = None, sees_accounts: bool = True, **wanted: object) -> list[str]:
    """Return what a reader reads, the latest last."""
    db.session.rollback()
    events = events_page(EventsWanted(**wanted)).rows  # type: ignore[arg-type]
    told = tell(events, account_id=account_id, sees_accounts=sees_accounts)
    return [each.sentence for each in reversed(told)]


def _actions_in_the_code() -> set[str]:
    """Return every action that some call names: as the second argument, after the actor, or as a `Change`'s first."""
    named = set()
    for path in (ROOT / "training_app").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                is_change = isinstance(node.func, ast.Name) and node.func.id == "Change"
                candidates = node.args[:1] if is_change else node.args[1:2]
                named |= {each.value for each in candidates if isinstance(each, ast.Constant)}
    return {each for each in named if isinstance(each, str) and re.fullmatch(r"[a-z_]+\.[a-z_]+", each)}


def test_every_action_has_a_sentence() -> None:
    found = {each for each in _actions_in_the_code() if not each.endswith((".html", ".csv"))}
    assert len(found) > 30
    assert found - ACTIONS.keys() == set()


def test_no_two_actions_share_their_words() -> None:
    words = [each.words for each in ACTIONS.values()]
    assert sorted(words) == sorted(set(words))


@time_machine.travel(NOON, tick=False)
def test_a_completion_is_told_from_the_first_word_to_the_last(hub: Hub) -> None:
    manager = hub.account("manager@hub.example", "workforce_manager", person=hub.person("Jo Ellis"))
    ama = hub.person("Ama Okafor")
    member = hub.account("ama@hub.example", "member", person=ama)
    actor = Actor.account(manager)
    with transaction():
        entry = log_training(Actor.account(member), ama, hub.module_id("SAF-02"), date(2026, 9, 1)).completion
        return_evidence(actor, entry, "The certificate is unreadable")
        verify(actor, entry)
        extension = extend_validity(actor, entry, date(2028, 1, 1), "The course was cancelled")
        withdraw_extension(actor, extension, "It takes place after all")
        right = correct_completion(actor, entry, date(2026, 9, 2), "The certificate says another day")
        void_completion(actor, right, "Recorded for the wrong person")
    title = "SAF-02 Safeguarding: the yearly update"
    by = "by the manager Jo Ellis (manager@hub.example) on 3 October 2026 at 12:00"
    assert _sentences(people=[ama], object_types=["completion", "extension"]) == [
        f"{title}, 1 September 2026: logged by Ama Okafor (ama@hub.example) on 3 October 2026 at 12:00; "
        "it awaits confirmation.",
        f"{title}, 1 September 2026: sent back {by}.",
        f"{title}, 1 September 2026: verified {by}; valid until 1 September 2027.",
        f"{title}, 1 September 2026: extended {by}; valid until 1 January 2028.",
        f"{title}, 1 September 2026: end moved {by}; now valid until 1 January 2028.",
        f"{title}, 1 September 2026: extension withdrawn {by}; it had gone until 1 January 2028.",
        f"{title}, 1 September 2026: end moved {by}; now valid until 1 September 2027.",
        f"{title}, 1 September 2026: voided {by}.",
        f"{title}, 2 September 2026: recorded anew {by}; valid until 2 September 2027.",
        f"{title}, 2 September 2026: voided {by}.",
    ]


@time_machine.travel(NOON, tick=False)
@pytest.mark.on_sqlite_only
def test_a_member_reads_that_it_was_the_hub_or_they_themselves(hub: Hub) -> None:
    manager = hub.account("manager@hub.example", "workforce_manager")
    ama = hub.person("Ama Okafor")
    member = hub.account("ama@hub.example", "member", person=ama)
    with transaction():
        entry = log_training(Actor.account(member), ama, hub.module_id("IND-01"), date(2026, 9, 1)).completion
        verify(Actor.account(manager), entry)
    hub.completion(ama, "IND-02", "2026-09-02")
    told = _sentences(people=[ama], object_types=["completion"], account_id=member, sees_accounts=False)
    assert [re.findall(r" by (.*?) on ", each) for each in told] == [["you"], ["the hub"], ["the hub"]]
    assert "manager" not in " ".join(told)


@time_machine.travel(NOON, tick=False)
def test_people_engagements_and_organisations_are_told_in_words(hub: Hub) -> None:
    school = hub.organisation("Fenwick Primary", kind="school", area="Norfolk")
    ama = hub.person("Ama Okafor", reference="P-1", group=None)
    with transaction():
        change_person(
            hub.actor, db.session.get_one(Person, ama), reference="P-1", name="Ama Reid", email="ama@hub.example"
        )
        change_organisation(
            hub.actor, db.session.get_one(Organisation, school), name="Fenwick", kind="partner", area=None
        )
    engagement = hub.engagement(ama, "generalist-teachers", "2025-09-01", organisation=school)
    with transaction():
        row = db.session.get_one(Engagement, engagement)
        change_engagement(hub.actor, row, job_title="Teacher", start_on=date(2025, 9, 2), end_on=None)
        end_engagement(hub.actor, row, date(2026, 10, 31))
        void_engagement(hub.actor, row, "Wrong school")
    by = "by a command on the server on 3 October 2026 at 12:00"
    place = "Generalist school music teachers at Fenwick"
    assert _sentences(people=[ama]) == [
        f"Added {by}; with the reference P-1.",
        f"Details changed {by}; the name from “Ama Okafor” to “Ama Reid”; the e-mail added: “ama@hub.example”.",
        f"{place}: added {by}; from 1 September 2025.",
        f"{place}: changed {by}; the job title added: “Teacher”; "
        "the first day from 1 September 2025 to 2 September 2025.",
        f"{place}: ended {by}; the last day is 31 October 2026.",
        f"{place}: taken back as a mistake {by}.",
    ]
    assert _sentences(objects=[("organisation", school)]) == [
        f"Fenwick Primary: added {by}; a school in Norfolk.",
        f"Fenwick: changed {by}; the name from “Fenwick Primary” to “Fenwick”; what it is from a school to a partner; "
        "the area taken out: “Norfolk”.",
    ]


@time_machine.travel(NOON, tick=False)
@pytest.mark.on_sqlite_only
def test_requirements_and_exemptions_are_told_in_words(hub: Hub) -> None:
    ama = hub.person("Ama Okafor", group=None)
    group, skill = hub.group_id("hub-providers"), hub.skill_id("send")
    with transaction():
        decided = require_level(hub.actor, group, skill, Level.AWARE, date(2027, 1, 1))
        require_level(hub.actor, group, skill, Level.NONE, date(2027, 1, 1))
        void_requirement(hub.actor, decided, "Not decided after all")
        freed = exempt(hub.actor, ama, skill, date(2026, 1, 1), "Works in the office")
        change_exemption(hub.actor, freed, end_on=date(2026, 12, 31), reason="Works in the office")
        void_exemption(hub.actor, freed, "Somebody else")
        ids = decided.id, freed.id
    by = "by a command on the server on 3 October 2026 at 12:00"
    name = "Disabled children and children with SEND"
    assert _sentences(objects=[("requirement", ids[0])]) == [
        f"{name} for Other hub providers: decided {by}; aware is needed from 1 January 2027.",
        f"{name} for Other hub providers: what is needed from 1 January 2027 changed {by}; "
        "the level from aware to nothing.",
        f"{name} for Other hub providers: taken back as a mistake {by}; it said nothing from 1 January 2027.",
    ]
    assert _sentences(objects=[("exemption", ids[1])]) == [
        f"Exemption from {name}: added {by}; from 1 January 2026.",
        f"Exemption from {name}: changed {by}; the last day added: 31 December 2026.",
        f"Exemption from {name}: taken back as a mistake {by}; it was from 1 January 2026 to 31 December 2026.",
    ]


@time_machine.travel(NOON, tick=False)
@pytest.mark.on_sqlite_only
def test_a_module_is_told_with_what_it_gives(hub: Hub) -> None:
    module_id = hub.module_id("SND-02")
    with transaction():
        module = db.session.get_one(Module, module_id)
        version = module.current
        content = ModuleContent(
            version.title, version.format_id, version.hours, None, {hub.skill_id("inclusion"): Level.AWARE}
        )
        edit_module(hub.actor, module, content, ModuleAbout(summary="Shorter", prerequisite_ids=[]))
        retire_module(hub.actor, module, date(2027, 1, 1))
        reinstate_module(hub.actor, module)
    by = "by a command on the server on 3 October 2026 at 12:00"
    title = "SND-02 Adapting music for learners with SEND"
    assert _sentences(objects=[("module", module_id)])[1:] == [
        f"{title}: changed {by}; the months until it is refreshed taken out: 36; "
        "the summary from “Adapt one of your own sessions, try it, and bring back what happened.” to “Shorter”; "
        "the priorities taken out: priority 6; whom it is suggested to taken out: Music service staff, "
        "Generalist school music teachers, Specialist school music teachers and Other hub providers; "
        "what it builds on taken out: SND-01; it gives Musical inclusion and fairness to aware from now on; "
        "who completed it before keeps what version 1 gave.",
        f"{title}: retired {by}; it is not offered from 1 January 2027.",
        f"{title}: offered again {by}.",
    ]


@pytest.mark.on_sqlite_only
def test_signing_in_and_accounts_are_told(hub: Hub) -> None:
    with time_machine.travel(NOON, tick=False):
        hub.account("manager@hub.example", "workforce_manager")
        sign_in(hub.app, "manager@hub.example")
    by = "by the manager (manager@hub.example) on 3 October 2026 at 12:00"
    assert _sentences(object_types=["sign_in"]) == [f"Sign-in begun {by}; with a password."]
    opened = _sentences(object_types=["account"])
    assert opened == [
        "Account manager@hub.example: opened by a command on the server on 3 October 2026 at 12:00; "
        "as workforce manager."
    ]


@time_machine.travel(NOON, tick=False)
@pytest.mark.on_sqlite_only
def test_what_was_erased_is_told_without_what_it_said(hub: Hub) -> None:
    ama = hub.person("Ama Okafor", group=None)
    with transaction():
        erase_details(hub.actor, ama, "Asked for in writing")
    by = "by a command on the server on 3 October 2026 at 12:00"
    assert _sentences(people=[ama]) == [
        f"Person added {by}; the details were erased.",
        f"What the log said of a person: erased {by}; 1 entry emptied.",
    ]


@pytest.mark.on_sqlite_only
def test_an_action_without_a_sentence_is_told_in_its_own_words(hub: Hub) -> None:
    event = Told(
        1, now(), "visitor", None, "pigeon_post.sent_off", "pigeon_post", 1, None, "batch", None, {"id": 1}, None
    )
    (told,) = tell([event], account_id=None, sees_accounts=True)
    assert told.sentence.startswith("Pigeon post: sent off by somebody who was not signed in on ")
    assert action_words("pigeon_post.sent_off") == "Pigeon post sent off"


def test_no_sentence_of_the_demonstration_shows_a_code_or_an_id(demonstration: Hub) -> None:
    """Everything that `seed` and `demo` write is told, in words that a reader understands."""
    total = 0
    for portion in all_events(EventsWanted()):
        for each in tell(portion, account_id=None, sees_accounts=True):
            total += 1
            assert not re.search(r"[{}\[\]]|None|_id|no longer there|[a-z]_[a-z]|self-declared", each.sentence), (
                each.sentence
            )
    assert total > 3_000


def test_the_number_of_queries_does_not_grow_with_the_events(hub: Hub) -> None:
    counts = []
    for people in (2, 12):
        for number in range(people):
            hub.person(f"Somebody {people} {number}", with_completed=["IND-01"])
        db.session.rollback()
        events = events_page(EventsWanted(object_types=["person", "engagement", "completion"])).rows
        with CountedQueries() as counted:
            tell(events, account_id=None, sees_accounts=True)
        counts.append(counted.count)
    assert counts[0] == counts[1] <= 12
