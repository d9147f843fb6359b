"""A manager and the person themselves change the same entry at the same time."""

from __future__ import annotations

import threading
from datetime import date
from typing import Any

import pytest

from tests.builders import Hub
from training_app.audit.models import AuditDetail, AuditEvent
from training_app.database import db, transaction
from training_app.errors import Refused
from training_app.people.scope import everybody, everywhere
from training_app.records import actions
from training_app.records.models import Completion, Evidence
from training_app.records.queries import completion_seen


@pytest.mark.on_postgresql_only
def test_a_correction_and_the_same_entry_logged_again_wait_for_each_other_in_turn(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = hub.person()
    entry = hub.completion(person, "IND-01", "2026-01-15", Evidence.SELF_DECLARED)
    module = hub.module_id("IND-01")
    with transaction():
        actions.return_evidence(hub.actor, db.session.get_one(Completion, entry), "Which day was it?")
    person_is_held, entry_is_held = threading.Event(), threading.Event()
    looked_up = actions.standing_completion

    def meanwhile(*about: Any) -> Completion | None:
        person_is_held.set()
        entry_is_held.wait(2)
        return looked_up(*about)

    monkeypatch.setattr(actions, "standing_completion", meanwhile)
    came: dict[str, object] = {}

    def member() -> None:
        with hub.app.app_context():
            try:
                with transaction():
                    actions.log_training(hub.actor, person, module, date(2026, 1, 15), note="It was this day")
                came["member"] = "logged"
            except Refused as refused:
                came["member"] = refused.sentence
            finally:
                db.session.remove()

    def manager() -> None:
        with hub.app.app_context():
            person_is_held.wait(10)
            try:
                with transaction():
                    found = completion_seen(everybody(), entry, places=everywhere(), to_change=True)
                    entry_is_held.set()
                    assert found is not None
                    actions.correct_completion(hub.actor, found, date(2026, 1, 14), "The certificate says the 14th")
                came["manager"] = "corrected"
            except Refused as refused:
                came["manager"] = refused.sentence
            finally:
                db.session.remove()

    db.session.rollback()
    both = [threading.Thread(target=each) for each in (member, manager)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert came == {
        "member": "logged",
        "manager": "This entry was voided already. Record it anew if it is right after all.",
    }


def test_the_log_of_a_correction_names_its_successor(hub: Hub) -> None:
    entry = hub.completion(hub.person(), "IND-01", "2026-01-15")
    with transaction():
        row = db.session.get_one(Completion, entry)
        successor = actions.correct_completion(hub.actor, row, date(2026, 1, 14), "The 14th").id
    after = db.session.scalar(
        db.select(AuditDetail.after)
        .join(AuditEvent, AuditEvent.id == AuditDetail.event_id)
        .where(AuditEvent.action == "completion.voided")
    )
    assert after is not None
    assert after["successor_id"] == successor


@pytest.mark.on_sqlite_only
def test_the_log_of_skills_and_pathways_has_what_belongs_to_them(hub: Hub) -> None:
    rows = db.session.execute(
        db.select(AuditEvent.action, AuditDetail.after)
        .join(AuditEvent, AuditEvent.id == AuditDetail.event_id)
        .where(AuditEvent.action.in_(["skill.added", "pathway.added"]))
    )
    told = dict(rows.all())
    assert told["skill.added"]["priorities"]
    assert told["pathway.added"]["groups"]
    assert told["pathway.added"]["steps"]
