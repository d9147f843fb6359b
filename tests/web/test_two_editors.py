"""Two people change the same thing at the same time: the second is told, with what they typed kept, and overwrites nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import func, select

from tests.builders import Hub
from tests.clients import PageClient
from tests.pages import hidden_fields
from tests.web.test_people import a_day, words_of
from training_app.audit.models import AuditEvent
from training_app.catalogue.actions import reinstate_module, retire_module
from training_app.catalogue.models import Module
from training_app.database import db, transaction
from training_app.errors import ChangedMeanwhile
from training_app.people.actions import change_engagement
from training_app.people.models import Engagement
from training_app.records.actions import verify
from training_app.records.models import Completion, Evidence
from training_app.skills.actions import change_exemption, exempt, require_level, void_requirement
from training_app.skills.levels import Level
from training_app.skills.models import Exemption, Requirement

DAY = date(2027, 1, 1)
DECISION = {"group": "board-slt", "skill": "creative", "level": "leading", **a_day("effective_from", DAY)}


def _an_entry(hub: Hub) -> tuple[int, Callable[[], object]]:
    entry = hub.completion(hub.person(), "SND-02", "2026-01-15", Evidence.SELF_DECLARED)
    return entry, lambda: verify(hub.actor, db.session.get_one(Completion, entry))


def _sending_back(hub: Hub) -> tuple[str, Callable[[], object]]:
    entry, change = _an_entry(hub)
    return f"/records/{entry}/send-back", change


def _voiding(hub: Hub) -> tuple[str, Callable[[], object]]:
    entry, change = _an_entry(hub)
    return f"/records/{entry}/void", change


def _correcting(hub: Hub) -> tuple[str, Callable[[], object]]:
    entry, change = _an_entry(hub)
    return f"/records/{entry}/correct", change


def _taking_back_an_engagement(hub: Hub) -> tuple[str, Callable[[], object]]:
    person = hub.person(reference="P-1", group=None)
    number = hub.engagement(person, "hub-providers", "2024-01-01")
    return f"/people/P-1/engagements/{number}/void", lambda: change_engagement(
        hub.actor,
        db.session.get_one(Engagement, number),
        job_title="Leader",
        start_on=date(2024, 1, 1),
        end_on=None,
    )


def _taking_back_an_exemption(hub: Hub) -> tuple[str, Callable[[], object]]:
    person, skill = hub.person(reference="P-1"), hub.skill_id("send")
    with transaction():
        number = exempt(hub.actor, person, skill, date(2026, 1, 1), "Office").id
    return f"/people/P-1/exemptions/{number}/void", lambda: change_exemption(
        hub.actor, db.session.get_one(Exemption, number), end_on=DAY, reason="Only until the summer"
    )


def _taking_back_a_requirement(hub: Hub) -> tuple[str, Callable[[], object]]:
    group, skill = hub.group_id("board-slt"), hub.skill_id("creative")
    with transaction():
        number = require_level(hub.actor, group, skill, Level.AWARE, DAY).id
    return f"/requirements/{number}/void", lambda: require_level(hub.actor, group, skill, Level.LEADING, DAY)


def _retiring(hub: Hub) -> tuple[str, Callable[[], object]]:
    def change() -> None:
        module = db.session.get_one(Module, hub.module_id("SND-02"))
        retire_module(hub.actor, module, DAY)
        reinstate_module(hub.actor, module)

    return "/catalogue/SND-02/retire", change


@pytest.mark.parametrize(
    "begin",
    [
        _sending_back,
        _voiding,
        _correcting,
        _taking_back_an_engagement,
        _taking_back_an_exemption,
        _taking_back_a_requirement,
        _retiring,
    ],
)
def test_whoever_takes_back_what_somebody_else_has_just_changed_is_told_and_keeps_what_they_typed(
    hub: Hub, as_manager: PageClient, begin: Callable[[Hub], tuple[str, Callable[[], object]]]
) -> None:
    address, change = begin(hub)
    seen = dict(hidden_fields(as_manager.get(address).get_data(as_text=True)))
    with transaction():
        change()
    events = db.session.scalar(select(func.count(AuditEvent.id)))
    typed = {
        "reason": "Typed by the second",
        **a_day("completed_on", date(2026, 1, 20)),
        **a_day("retired_on", date(2026, 1, 20)),
    }
    overtaken = as_manager.post(address, data={**seen, **typed})
    page = overtaken.get_data(as_text=True)
    assert overtaken.status_code == 409
    assert "Typed by the second" in page or 'value="20"' in page
    assert "Somebody else changed this" in page
    assert db.session.scalar(select(func.count(AuditEvent.id))) == events
    again = as_manager.post(address, data={**dict(hidden_fields(page)), **typed})
    assert again.status_code == 302


def _preview(client: PageClient, **changes: str) -> dict[str, str]:
    """Look at what a decision would change; return what its page sends on."""
    shown = client.submit("/requirements/change", {**DECISION, **changes})
    assert shown.status_code == 200
    return dict(hidden_fields(shown.get_data(as_text=True)))


def _level_decided(hub: Hub) -> Level:
    db.session.rollback()
    (found,) = db.session.scalars(
        select(Requirement).where(
            Requirement.group_id == hub.group_id("board-slt"),
            Requirement.skill_id == hub.skill_id("creative"),
            Requirement.effective_from == DAY,
            Requirement.voided_at.is_(None),
        )
    )
    return Level(found.level)


@pytest.mark.parametrize("is_there", [False, True])
def test_the_second_of_two_who_decide_the_same_requirement_is_shown_what_the_first_decided(
    hub: Hub, as_manager: PageClient, is_there: bool
) -> None:
    if is_there:
        group, skill = hub.group_id("board-slt"), hub.skill_id("creative")
        with transaction():
            require_level(hub.actor, group, skill, Level.AWARE, DAY)
    first, second = _preview(as_manager, level="practising"), _preview(as_manager)
    assert as_manager.post("/requirements/change", data=first).status_code == 302
    overtaken = as_manager.post("/requirements/change", data=second)
    page = overtaken.get_data(as_text=True)
    assert overtaken.status_code == 409
    assert "It says now: From 1 January 2027 Practising is asked of" in words_of(page)
    assert "From 1 January 2027 Leading is asked of" in words_of(page)
    assert _level_decided(hub) is Level.PRACTISING
    assert as_manager.post("/requirements/change", data=dict(hidden_fields(page))).status_code == 302
    assert _level_decided(hub) is Level.LEADING


def test_a_decision_that_was_taken_back_meanwhile_is_not_silently_made_again(hub: Hub, as_manager: PageClient) -> None:
    group, skill = hub.group_id("board-slt"), hub.skill_id("creative")
    with transaction():
        number = require_level(hub.actor, group, skill, Level.AWARE, DAY).id
    seen = _preview(as_manager)
    with transaction():
        void_requirement(hub.actor, db.session.get_one(Requirement, number), "Not decided yet")
    overtaken = as_manager.post("/requirements/change", data=seen)
    assert overtaken.status_code == 409
    assert "What stood for this day was taken back meanwhile." in overtaken.get_data(as_text=True)


def test_of_two_who_decide_at_the_very_same_moment_one_is_told(hub: Hub) -> None:
    group, skill = hub.group_id("board-slt"), hub.skill_id("creative")
    db.session.rollback()
    begin = threading.Barrier(2, timeout=20)
    told: list[str] = []

    def decide(level: Level) -> None:
        with hub.app.app_context():
            begin.wait()
            try:
                with transaction():
                    require_level(hub.actor, group, skill, level, DAY, "none")
                told.append("saved")
            except ChangedMeanwhile:
                told.append("told")
            finally:
                db.session.remove()

    deciders = [threading.Thread(target=decide, args=(level,)) for level in (Level.AWARE, Level.LEADING)]
    for each in deciders:
        each.start()
    for each in deciders:
        each.join()
    assert sorted(told) == ["saved", "told"]


def test_an_entry_that_changed_since_its_page_was_shown_is_not_verified_unseen(
    hub: Hub, as_manager: PageClient
) -> None:
    person = hub.person(reference="P-1")
    entry = hub.completion(person, "SND-02", "2026-01-15", Evidence.SELF_DECLARED)
    with transaction():
        db.session.get_one(Completion, entry).note = "The certificate is somebody else's"
    decision = {"claim": f"{entry}.1", f"decide-{entry}": "confirm"}
    for address, typed, status in (
        (f"/records/{entry}/verify", {"row_version": "1"}, 302),
        ("/records/verify", decision, 409),
    ):
        answer = as_manager.post(address, data={"csrf_token": as_manager.token(), **typed})
        assert answer.status_code == status
        db.session.rollback()
        assert db.session.get_one(Completion, entry).evidence == Evidence.SELF_DECLARED
    as_it_is = {**decision, "claim": f"{entry}.2"}
    assert as_manager.post("/records/verify", data={"csrf_token": as_manager.token(), **as_it_is}).status_code == 302
    db.session.rollback()
    assert db.session.get_one(Completion, entry).evidence == Evidence.VERIFIED
