"""The pages of training outside the catalogue: logging, mapping, recognising; and why a skill stands as it does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from html import unescape

import pytest
from sqlalchemy import func, select
from time_machine import travel

from tests.builders import Hub
from tests.clients import PageClient, sign_in
from tests.pages import hidden_fields
from training_app.catalogue.models import Module
from training_app.database import db, transaction
from training_app.records.actions import return_evidence, verify, void_completion
from training_app.records.models import Completion, Evidence
from training_app.skills.models import Skill

DAY = date(2026, 11, 2)
ON_THE_DAY = {"completed_on-day": "2", "completed_on-month": "11", "completed_on-year": "2026"}


@pytest.fixture(autouse=True)
def _on_23_november_2026() -> Iterator[None]:
    with travel("2026-11-23 12:00 +0000", tick=True):
        yield


def text(client: PageClient, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status
    return " ".join(unescape(answer.get_data(as_text=True)).split())


def send(client: PageClient, path: str, status: int = 200, **fields: object) -> str:
    answer = client.submit(path, fields, follow_redirects=True)
    page = " ".join(unescape(answer.get_data(as_text=True)).split())
    assert answer.status_code == status, page[:3000]
    return page


def entries() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Completion)) or 0


def levels(hub: Hub, **chosen: str) -> dict[str, str]:
    """Return the boxes of all skills as a browser sends them, with what was chosen in some."""
    ids = {code: skill_id for skill_id, code in db.session.execute(select(Skill.id, Skill.code))}
    nothing = {"format": "", **{f"gives_{each}": "0" for each in ids.values()}}
    return nothing | {f"gives_{ids[code]}": level for code, level in chosen.items()}


@pytest.fixture
def ama(hub: Hub) -> int:
    return hub.person("Ama Okafor", reference="A-1")


@pytest.fixture
def as_ama(hub: Hub, ama: int) -> PageClient:
    hub.account("ama@hub.example", "member", person=ama)
    return sign_in(hub.app, "ama@hub.example")


class TestLogging:
    def test_a_member_logs_it_with_four_boxes_and_pressing_twice_logs_it_once(
        self, as_ama: PageClient, as_manager: PageClient
    ) -> None:
        path = "/my/record/log/other"
        form = {
            **dict(hidden_fields(as_ama.get(path).get_data(as_text=True))),
            "title": "Signs and songs",
            "when": "today",
        }
        form |= {"provider": "A signing group", "hours": "2"}
        for _ in range(2):
            assert as_ama.post(path, data=form).status_code == 302
        assert entries() == 1
        page = text(as_ama, "/my/record")
        assert "Signs and songs" in page
        assert "not in the catalogue" in page
        assert "Signs and songs" in text(as_manager, "/records?q=signs")
        assert "with A signing group, 2 hours" in text(as_manager, "/records/verify")

    @pytest.mark.on_sqlite_only
    @pytest.mark.parametrize(
        ("typed", "told"),
        [
            ({"title": ""}, "Say what it was"),
            ({"title": "x" * 201}, "must be 200 characters or fewer"),
            ({"title": "a\0b"}, "no character that cannot be shown"),
            ({"hours": "-1"}, "Write the hours as a number"),
            ({"hours": "99999999"}, "Write the hours as a number"),
            ({"when": "another"}, "Enter the day you completed it"),
            ({"when": "another", **ON_THE_DAY, "completed_on-day": "31"}, "must be a real day"),
            ({"when": "another", **ON_THE_DAY, "completed_on-year": "2027"}, "or earlier"),
            ({"when": ""}, "Choose when you completed it"),
            ({"formal": "both"}, "Choose one of the answers"),
        ],
    )
    def test_what_cannot_be_kept_is_told_at_its_field_and_the_rest_is_kept(
        self, as_ama: PageClient, typed: dict[str, str], told: str
    ) -> None:
        page = send(
            as_ama, "/my/record/log/other", 400, **{"title": "T", "provider": "{{7*7}}", "when": "today", **typed}
        )
        assert told in page
        assert 'value="{{7*7}}"' in page
        assert entries() == 0

    def test_a_coordinator_logs_it_for_their_own_and_for_nobody_else(self, hub: Hub, ama: int) -> None:
        school = hub.organisation("School", kind="school")
        hub.account("c@hub.example", "coordinator", organisations=[school])
        client = sign_in(hub.app, "c@hub.example")
        hub.person("Mine", reference="M-1", organisation=school)
        fields = {"title": "A course", **ON_THE_DAY}
        assert "A course is logged for Mine." in send(client, "/people/M-1/outside", **fields)
        assert client.get("/people/A-1/outside").status_code == 404
        assert client.get("/people/M-1/recognise").status_code == 403
        (entry,) = db.session.scalars(select(Completion)).all()
        assert entry.recorded_for_organisation_id == school

    def test_of_a_shared_person_a_coordinator_reads_no_title(self, hub: Hub, ama: int, as_ama: PageClient) -> None:
        school = hub.organisation("School", kind="school")
        hub.engagement(ama, "frontline-volunteers", organisation=school)
        hub.account("c@hub.example", "coordinator", organisations=[school])
        client = sign_in(hub.app, "c@hub.example")
        entry = hub.outside(ama, "Grief and music", DAY, gives={"inclusion": "aware"}, provider="A hospice")
        for path in (
            "/people/A-1",
            "/records",
            f"/records/{entry}",
            "/people/A-1/skills/inclusion",
            "/records.csv",
            "/people/A-1.csv",
        ):
            page = text(client, path)
            assert "Grief" not in page
            assert "hospice" not in page
            assert "Training outside the catalogue" in page
        assert "Ama Okafor" not in text(client, "/records?q=grief")
        assert "Grief and music" in text(as_ama, "/my/record/skills/inclusion")


class TestMapping:
    def test_the_manager_says_what_it_gives_and_is_told_what_it_changed(
        self, hub: Hub, ama: int, as_manager: PageClient
    ) -> None:
        entry = hub.outside(ama, "Observed", DAY)
        path, none, aware = f"/records/{entry}/map", levels(hub), levels(hub, send="1")
        assert "Choose at least one skill" in send(as_manager, path, 400, **none, lasts="for-good")
        assert "Choose how long it counts" in send(as_manager, path, 400, **aware)
        assert "Enter a number of months" in send(as_manager, path, 400, **aware, lasts="months")
        assert "Enter the day on which it runs out" in send(as_manager, path, 400, **aware, lasts="day")
        months = send(as_manager, path, 400, **aware, lasts="months", refresh_months="a year")
        assert "Write a whole number of months, from 1 to 1,200" in months
        assert "Levels are chosen above" in send(as_manager, path, 400, **aware, lasts="for-good", for_the_record="y")
        fields = {**levels(hub, send="2"), "lasts": "months", "refresh_months": "24", "back": "/people/A-1"}
        fields |= {"ends_on-day": "31", "ends_on-month": "2", "ends_on-year": "1"}  # not chosen, so it does not matter
        page = send(as_manager, path, **fields)
        assert "Observed is confirmed. Ama Okafor now holds Practising in Disabled children" in page
        assert "until 2 November 2028" in page
        assert as_manager.get(f"/records/{hub.completion(ama, 'IND-01', DAY)}/map").status_code == 404

    def test_kept_for_next_time_it_is_in_the_catalogue(self, hub: Hub, ama: int, as_manager: PageClient) -> None:
        entry = hub.outside(ama, "Observed", DAY)
        path = f"/records/{entry}/map"
        fields = {**levels(hub, send="2"), "lasts": "for-good", "keep": "y"}
        assert "Enter a code" in send(as_manager, path, 400, **fields)
        format_id = str(db.session.get_one(Module, hub.module_id("IND-05")).current.learned.id)
        assert "has the code SND-02 already" in send(
            as_manager, path, 400, **{**fields, "code": "snd-02", "format": format_id}
        )
        assert db.session.get_one(Completion, entry).evidence == Evidence.SELF_DECLARED
        page = send(as_manager, path, **{**fields, "code": "OBS-01", "format": format_id})
        assert "It is kept in the catalogue as OBS-01." in page
        assert "Observed" in text(as_manager, "/catalogue/OBS-01")

    def test_mapped_again_it_asks_for_the_reason(self, hub: Hub, ama: int, as_manager: PageClient) -> None:
        entry = hub.outside(ama, "Observed", DAY, gives={"send": "aware"})
        path, leading = f"/records/{entry}/map", levels(hub, send="3")
        assert "Say anew what it gives" in text(as_manager, path)
        assert "Give a reason" in send(as_manager, path, 400, **leading, lasts="for-good")
        send(as_manager, path, **leading, lasts="for-good", reason="It was the long one", back="/records")
        assert db.session.get_one(Completion, entry).evidence == Evidence.VOID
        assert "It replaced" in text(as_manager, f"/records/{entry + 1}")

    def test_another_employers_safeguarding_is_recognised_on_one_screen(
        self, hub: Hub, ama: int, as_manager: PageClient
    ) -> None:
        page = text(as_manager, "/people/A-1")
        assert "/people/A-1/recognise?as=SAF-03" in page
        path = "/people/A-1/recognise?as=SAF-03"
        page = text(as_manager, path)
        assert "Proposed as SAF-03" in page
        assert 'value="months" checked' in page
        proposed = {
            **levels(hub, safeguarding="2"),
            "lasts": "months",
            "refresh_months": "12",
            "title": "Safeguarding at school",
        }
        form = {**dict(hidden_fields(as_manager.get(path).get_data(as_text=True))), **proposed, **ON_THE_DAY}
        for _ in range(2):
            assert as_manager.post(path, data=form).status_code == 302
        assert entries() == 1
        assert "Keeping children safe" in text(as_manager, "/people/A-1")
        assert "2 November 2027" in text(as_manager, "/people/A-1/skills/safeguarding")

    def test_a_claim_that_speaks_of_safeguarding_is_proposed_as_the_recognising_module_gives(
        self, hub: Hub, ama: int, as_manager: PageClient
    ) -> None:
        entry, other = hub.outside(ama, "My school's safeguarding update", DAY), hub.outside(ama, "Signs", DAY)
        assert "Proposed as SAF-03" in text(as_manager, f"/records/{entry}/map")
        assert "Proposed as" not in text(as_manager, f"/records/{other}/map")
        assert "Proposed as SAF-03" in text(as_manager, f"/records/{other}/map?as=SAF-03")


class TestWhy:
    def test_it_says_who_asks_what_counts_who_confirmed_it_and_what_would_renew_it_soonest(
        self, hub: Hub, ama: int, as_ama: PageClient, as_manager: PageClient
    ) -> None:
        hub.completion(ama, "IND-02", "2026-09-01")  # aware, less than is asked
        hub.completion(ama, "SAF-01", "2024-09-01")  # ran out
        waits = hub.completion(ama, "SAF-02", DAY, Evidence.SELF_DECLARED)
        returned = hub.completion(ama, "SAF-02", "2026-10-01", Evidence.SELF_DECLARED)
        void = hub.completion(ama, "SAF-02", "2026-10-02")
        with transaction():
            return_evidence(hub.actor, db.session.get_one(Completion, returned), "Which day?")
            void_completion(hub.actor, db.session.get_one(Completion, void), "Entered twice")
        page = text(as_ama, "/my/record/skills/safeguarding")
        for said in (
            "What gave Practising ran out on 1 September 2025",
            "Practising is asked of Music service staff since 1 September",
            "It counts: it gives Aware until 1 September 2027. That is less than what is asked.",
            "Confirmed on 23 November 2026 by the hub.",
            "It no longer counts: it gave Practising until 1 September 2025.",
            "It does not count yet: it awaits confirmation, and would give Practising until 2 November 2027.",
            "It does not count: it was sent back because: Which day?",
            "It does not count: it was voided because: Entered twice.",
            "Safeguarding: the yearly update: e-learning, 1 hour, gives Practising.",
            "Completed today it would count until 23 November 2027.",
        ):
            assert said in page.replace("</a>", ""), said
        with transaction():
            verify(hub.actor, db.session.get_one(Completion, waits))
        page = text(as_manager, "/people/A-1/skills/SAFEGUARDING")
        assert "Ama Okafor holds Practising, until 2 November 2027" in page
        assert "What would renew it soonest" in page
        assert "/people/A-1/skills/safeguarding" in text(as_manager, "/people/A-1")
        assert "/my/record/skills/safeguarding" in text(as_ama, "/my/record")

    def test_what_counts_for_good_need_not_be_renewed_and_past_days_and_rules_are_kept(
        self, hub: Hub, ama: int, as_manager: PageClient
    ) -> None:
        hub.completion(ama, "CRE-01", "2026-09-01")
        page = text(as_manager, "/people/A-1/skills/creative")
        assert "It counts for good, so nothing need be renewed." in page
        page = text(as_manager, "/people/A-1/skills/creative?as_at=2026-08-31")
        assert "It does not count on this day, which is earlier." in page
        assert as_manager.get("/people/A-1/skills/creative?as_at=31/02/2026").status_code == 400
        assert as_manager.get("/people/A-1/skills/creative?evidence=good").status_code == 400
        for absent in ("/people/A-1/skills/no-skill", "/people/Z-9/skills/send"):
            assert as_manager.get(absent).status_code == 404

    def test_a_skill_that_nobody_asks_for_and_in_which_nothing_is_recorded_says_so(
        self, hub: Hub, as_manager: PageClient
    ) -> None:
        hub.person("Nobody", reference="N-1", group=None)
        page = text(as_manager, "/people/N-1/skills/send")
        assert "Nothing that counts is recorded yet" in page
        assert "None of their groups asks for it on this day." in page
