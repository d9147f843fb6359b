"""Writing what people completed: what it gives, what is refused, what follows a correction, what the audit is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import func, select
from time_machine import travel

from tests.builders import Hub
from training_app.audit.models import AuditDetail, AuditEvent
from training_app.catalogue.actions import ModuleAbout, ModuleContent, edit_module, retire_module
from training_app.catalogue.models import Module
from training_app.database import db, transaction
from training_app.errors import Refused
from training_app.records.actions import (
    correct_completion,
    extend_validity,
    log_again,
    log_training,
    record_completion,
    record_completions,
    return_evidence,
    verify,
    void_completion,
    withdraw_extension,
)
from training_app.records.models import Completion, Evidence, Extension
from training_app.records.queries import held_by
from training_app.skills.levels import Level

pytestmark = pytest.mark.watched

TODAY = date(2026, 11, 23)
DAY = date(2026, 9, 1)


@pytest.fixture(autouse=True)
def _on_a_day_in_november() -> Iterator[None]:
    with travel(datetime(2026, 11, 23, 12, tzinfo=UTC)):
        yield


def entry(completion_id: int) -> Completion:
    return db.session.get_one(Completion, completion_id)


def refused(act: Callable[[], object]) -> Refused:
    """Do something that must be refused, and return the refusal; nothing may be written."""
    before = [db.session.scalar(select(func.count()).select_from(table)) for table in (AuditEvent, Completion)]
    with pytest.raises(Refused) as caught, transaction():
        act()
    assert [db.session.scalar(select(func.count()).select_from(table)) for table in (AuditEvent, Completion)] == before
    return caught.value


def events(action: str) -> int:
    return db.session.scalar(select(func.count()).select_from(AuditEvent).where(AuditEvent.action == action)) or 0


def change_what_it_gives(hub: Hub, code: str, refresh_months: int | None, **gives: Level) -> None:
    """Edit a module so that it gives something else from now on."""
    with transaction():
        module = db.session.get_one(Module, hub.module_id(code))
        content = ModuleContent(
            module.current.title,
            module.current.format_id,
            module.current.hours,
            refresh_months,
            {hub.skill_id(skill.replace("_", "-")): level for skill, level in gives.items()},
        )
        about = ModuleAbout(module.summary, prerequisite_ids=[each.id for each in module.prerequisites])
        edit_module(hub.actor, module, content, about)


class TestRecording:
    def test_a_completion_gives_what_its_module_gives_until_it_runs_out(self, hub: Hub) -> None:
        ama = hub.person()
        completion = entry(hub.completion(ama, "SND-02", DAY))
        assert completion.valid_until == date(2029, 9, 1)
        assert completion.verified_at is not None
        assert held_by(ama, TODAY) == {
            hub.skill_id("send"): Level.PRACTISING,
            hub.skill_id("communication"): Level.AWARE,
        }
        assert held_by(ama, date(2026, 8, 31)) == {}
        assert held_by(ama, date(2029, 9, 1)) == {}
        assert events("completion.recorded") == 1

    def test_a_completion_takes_the_version_of_the_day_it_is_written_whatever_its_own_day(self, hub: Hub) -> None:
        ama, ben = hub.person(), hub.person("Ben Asante")
        hub.completion(ama, "SND-02", DAY)
        change_what_it_gives(hub, "SND-02", 12, send=Level.AWARE)
        later = entry(hub.completion(ben, "SND-02", date(2026, 1, 1)))
        assert later.valid_until == date(2027, 1, 1)
        assert held_by(ben, TODAY) == {hub.skill_id("send"): Level.AWARE}
        assert held_by(ama, TODAY)[hub.skill_id("send")] is Level.PRACTISING

    def test_self_declared_counts_only_by_the_rule_that_takes_it(self, hub: Hub) -> None:
        ama = hub.person()
        completion = entry(hub.completion(ama, "IND-01", DAY, Evidence.SELF_DECLARED))
        assert completion.verified_at is None
        assert held_by(ama, TODAY) == {}
        assert held_by(ama, TODAY, "all") == {hub.skill_id("inclusion"): Level.AWARE}

    def test_a_retired_module_and_a_missing_prerequisite_stand_in_nobody_s_way(self, hub: Hub) -> None:
        with transaction():
            retire_module(hub.actor, db.session.get_one(Module, hub.module_id("SND-03")), date(2025, 1, 1))
        assert hub.completion(hub.person(), "SND-03", DAY)

    @pytest.mark.parametrize(
        ("day", "says"), [(date(2026, 11, 24), "in the future"), (date(1899, 12, 31), "1 January 1900 or later")]
    )
    def test_a_day_that_cannot_be_is_refused(self, hub: Hub, day: date, says: str) -> None:
        ama, module = hub.person(), hub.module_id("IND-01")
        refusal = refused(lambda: record_completion(hub.actor, ama, module, day, Evidence.VERIFIED))
        assert says in refusal.sentence
        assert refusal.field == "completed_on"

    def test_today_and_the_first_day_of_1900_can_be_recorded(self, hub: Hub) -> None:
        ama = hub.person()
        hub.completion(ama, "IND-01", TODAY)
        hub.completion(ama, "IND-01", date(1900, 1, 1))

    def test_today_is_the_day_in_london_also_in_summer(self, hub: Hub) -> None:
        ama, module = hub.person(), hub.module_id("IND-01")
        with travel(datetime(2026, 6, 30, 23, 30, tzinfo=UTC)), transaction():
            assert record_completion(hub.actor, ama, module, date(2026, 7, 1), Evidence.VERIFIED)

    def test_the_same_module_on_the_same_day_is_refused_by_name(self, hub: Hub) -> None:
        ama, module = hub.person("Ama Okafor"), hub.module_id("IND-01")
        hub.completion(ama, "IND-01", DAY)
        refusal = refused(lambda: record_completion(hub.actor, ama, module, DAY, Evidence.VERIFIED))
        assert refusal.sentence.startswith("Ama Okafor has this module on 1 September 2026 already.")
        hub.completion(ama, "IND-01", date(2026, 9, 2))

    def test_what_was_voided_can_be_recorded_anew(self, hub: Hub) -> None:
        ama = hub.person()
        first = hub.completion(ama, "IND-01", DAY)
        with transaction():
            void_completion(hub.actor, entry(first), "wrong person")
        assert hub.completion(ama, "IND-01", DAY) != first

    @pytest.mark.on_sqlite_only
    @pytest.mark.parametrize(
        ("details", "field"),
        [
            ({"hours": Decimal("-0.01")}, "hours"),
            ({"hours": Decimal("1.255")}, "hours"),
            ({"hours": Decimal("10000")}, "hours"),
            ({"hours": Decimal("NaN")}, "hours"),
            ({"provider": "x" * 201}, "provider"),
            ({"provider": "a\0b"}, "provider"),
            ({"note": "x" * 2001}, "note"),
            ({"note": "\ud800"}, "note"),
        ],
    )
    def test_details_that_cannot_be_kept_are_refused_at_their_field(
        self, hub: Hub, details: dict[str, object], field: str
    ) -> None:
        ama, module = hub.person(), hub.module_id("IND-01")
        act = lambda: record_completion(hub.actor, ama, module, DAY, Evidence.VERIFIED, **details)  # type: ignore[arg-type] # noqa: E731
        assert refused(act).field == field

    def test_hours_from_nothing_to_9999_99_are_kept_to_the_hundredth(self, hub: Hub) -> None:
        ama = hub.person()
        for day, hours in ((1, "0"), (2, "0.25"), (3, "9999.99")):
            kept = entry(hub.completion(ama, "IND-01", date(2026, 9, day), hours=Decimal(hours)))
            assert kept.hours == Decimal(hours)

    def test_nobody_and_no_module_are_refused(self, hub: Hub) -> None:
        ama, module = hub.person(), hub.module_id("IND-01")
        unknown = 2_000_000_000
        assert refused(lambda: record_completion(hub.actor, unknown, module, DAY, Evidence.VERIFIED)).field == "person"
        assert refused(lambda: record_completion(hub.actor, ama, unknown, DAY, Evidence.VERIFIED)).field == "module"
        assert refused(lambda: record_completion(hub.actor, ama, module, DAY, Evidence.VOID)).field == "evidence"

    def test_of_several_people_those_who_have_it_are_named_and_left(self, hub: Hub) -> None:
        ama, ben, cat = hub.person("Ama"), hub.person("Ben"), hub.person("Cat")
        hub.completion(ben, "IND-01", DAY, Evidence.SELF_DECLARED)
        with transaction():
            recorded = record_completions(
                hub.actor, [cat, ben, ama, ama], hub.module_id("IND-01"), DAY, Evidence.VERIFIED
            )
            assert [each.person_id for each in recorded.new] == [ama, cat]
            assert [each.name for each in recorded.already] == ["Ben"]
        assert held_by(ben, TODAY) == {}

    def test_eight_presses_at_once_leave_one_completion_and_seven_plain_sentences(self, hub: Hub) -> None:
        ama, module = hub.person(), hub.module_id("IND-01")
        app = hub.app

        def press(_: int) -> str:
            with app.app_context():
                try:
                    with transaction():
                        record_completion(hub.actor, ama, module, DAY, Evidence.VERIFIED)
                except Refused as refusal:
                    return refusal.sentence
                finally:
                    db.session.remove()
                return "recorded"

        with ThreadPoolExecutor(8) as threads:
            said = list(threads.map(press, range(8)))
        assert said.count("recorded") == 1
        assert all("already" in each for each in said if each != "recorded")
        db.session.rollback()  # look afresh at what the others wrote
        assert db.session.scalar(select(func.count()).select_from(Completion)) == 1


class TestEvidence:
    def test_verifying_lifts_an_entry_and_keeps_who_and_when_but_never_maps_it_anew(self, hub: Hub) -> None:
        ama = hub.person()
        completion_id = hub.completion(ama, "SND-02", DAY, Evidence.SELF_DECLARED)
        change_what_it_gives(hub, "SND-02", 1, inclusion=Level.AWARE)
        with transaction():
            verify(hub.actor, entry(completion_id))
        assert entry(completion_id).verified_at is not None
        assert held_by(ama, TODAY)[hub.skill_id("send")] is Level.PRACTISING

    def test_verifying_twice_writes_once(self, hub: Hub) -> None:
        completion_id = hub.completion(hub.person(), "IND-01", DAY, Evidence.SELF_DECLARED)
        for _ in range(2):
            with transaction():
                verify(hub.actor, entry(completion_id))
        assert events("completion.verified") == 1

    def test_an_entry_sent_back_counts_on_no_day_and_says_why(self, hub: Hub) -> None:
        ama = hub.person()
        completion_id = hub.completion(ama, "IND-01", DAY)
        with transaction():
            return_evidence(hub.actor, entry(completion_id), "the certificate is unreadable")
        returned = entry(completion_id)
        assert (returned.evidence, returned.return_reason) == ("returned", "the certificate is unreadable")
        assert returned.verified_at is None
        assert held_by(ama, TODAY) == held_by(ama, TODAY, "all") == {}
        with transaction():
            verify(hub.actor, entry(completion_id))
        assert held_by(ama, TODAY) == {hub.skill_id("inclusion"): Level.AWARE}

    @pytest.mark.on_sqlite_only
    @pytest.mark.parametrize("reason", ["", "   ", "\u200b", "x" * 1001, "a\0b"])
    def test_sending_back_and_voiding_need_a_reason_that_can_be_read(self, hub: Hub, reason: str) -> None:
        completion_id = hub.completion(hub.person(), "IND-01", DAY)
        assert refused(lambda: return_evidence(hub.actor, entry(completion_id), reason)).field == "reason"
        assert refused(lambda: void_completion(hub.actor, entry(completion_id), reason)).field == "reason"

    def test_what_is_void_stays_void(self, hub: Hub) -> None:
        ama = hub.person()
        completion_id = hub.completion(ama, "IND-01", DAY)
        with transaction():
            void_completion(hub.actor, entry(completion_id), "recorded for the wrong person")
        for act in (
            lambda: void_completion(hub.actor, entry(completion_id), "again"),
            lambda: verify(hub.actor, entry(completion_id)),
            lambda: return_evidence(hub.actor, entry(completion_id), "again"),
            lambda: correct_completion(hub.actor, entry(completion_id), TODAY, "again"),
            lambda: extend_validity(hub.actor, entry(completion_id), TODAY, "again"),
        ):
            assert "voided already" in refused(act).sentence
        assert held_by(ama, TODAY, "all") == {}

    def test_voiding_tells_the_audit_what_it_was_and_why(self, hub: Hub) -> None:
        ama = hub.person()
        completion_id = hub.completion(ama, "IND-01", DAY)
        with transaction():
            void_completion(hub.actor, entry(completion_id), "recorded for the wrong person")
        event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "completion.voided")).one()
        detail = db.session.get_one(AuditDetail, event.id)
        assert (event.person_id, event.object_id) == (ama, completion_id)
        assert detail.before is not None
        assert detail.after is not None
        assert (detail.before["evidence"], detail.after["evidence"]) == ("verified", "void")
        assert detail.reason == "recorded for the wrong person"


class TestCorrecting:
    def test_a_correction_voids_and_its_successor_keeps_version_evidence_and_details(self, hub: Hub) -> None:
        ama = hub.person()
        wrong = hub.completion(ama, "SND-02", DAY, provider="A school", hours=Decimal("2.5"))
        change_what_it_gives(hub, "SND-02", 1, inclusion=Level.AWARE)
        with transaction():
            right = correct_completion(hub.actor, entry(wrong), date(2025, 9, 1), "the register says another day").id
        before, after = entry(wrong), entry(right)
        assert (before.evidence, before.successor_id) == ("void", right)
        assert after.module_version_id == before.module_version_id
        assert (after.evidence, after.provider, after.hours) == ("verified", "A school", Decimal("2.5"))
        assert after.valid_until == date(2028, 9, 1)
        assert held_by(ama, date(2025, 10, 1))[hub.skill_id("send")] is Level.PRACTISING

    def test_a_correction_keeps_the_extensions_that_stand(self, hub: Hub) -> None:
        ama = hub.person()
        wrong = hub.completion(ama, "IND-02", DAY)
        with transaction():
            extend_validity(hub.actor, entry(wrong), date(2028, 1, 1), "on leave")
            withdrawn = extend_validity(hub.actor, entry(wrong), date(2029, 1, 1), "a mistake")
            withdraw_extension(hub.actor, withdrawn, "a mistake")
            right = correct_completion(hub.actor, entry(wrong), date(2026, 8, 1), "another day").id
        assert entry(right).valid_until == date(2028, 1, 1)
        assert [each.valid_until for each in entry(right).extensions] == [date(2028, 1, 1)]

    def test_a_correction_to_a_day_that_is_taken_is_refused_and_voids_nothing(self, hub: Hub) -> None:
        ama = hub.person()
        wrong = hub.completion(ama, "IND-01", DAY)
        hub.completion(ama, "IND-01", TODAY)
        assert "already" in refused(lambda: correct_completion(hub.actor, entry(wrong), TODAY, "x")).sentence
        assert "recorded already" in refused(lambda: correct_completion(hub.actor, entry(wrong), DAY, "x")).sentence
        assert (
            refused(lambda: correct_completion(hub.actor, entry(wrong), date(2027, 1, 1), "x")).field == "completed_on"
        )
        assert entry(wrong).evidence == "verified"


class TestExtending:
    def test_the_latest_extension_that_stands_wins_on_past_days_too_and_withdrawing_restores(self, hub: Hub) -> None:
        ama = hub.person()
        completion_id = hub.completion(ama, "IND-02", date(2025, 1, 1))
        safeguarding, lapsed_then = hub.skill_id("safeguarding"), date(2026, 2, 1)
        assert held_by(ama, lapsed_then) == {}
        with transaction():
            extend_validity(hub.actor, entry(completion_id), date(2026, 6, 1), "off sick")
            second = extend_validity(hub.actor, entry(completion_id), date(2026, 9, 1), "off sick longer").id
        assert held_by(ama, lapsed_then) == {safeguarding: Level.AWARE}
        assert entry(completion_id).valid_until == date(2026, 9, 1)
        with transaction():
            withdraw_extension(hub.actor, db.session.get_one(Extension, second), "came back sooner")
        assert entry(completion_id).valid_until == date(2026, 6, 1)
        refusal = refused(lambda: withdraw_extension(hub.actor, db.session.get_one(Extension, second), "again"))
        assert "withdrawn already" in refusal.sentence

    def test_an_extension_that_lengthens_nothing_is_refused(self, hub: Hub) -> None:
        ama = hub.person()
        yearly, for_good = hub.completion(ama, "IND-02", DAY), hub.completion(ama, "IND-01", DAY)
        for until in (date(2027, 9, 1), date(2026, 12, 1), date(2201, 1, 1)):
            refusal = refused(lambda until=until: extend_validity(hub.actor, entry(yearly), until, "x"))
            assert refusal.field == "until"
        assert (
            "never runs out"
            in refused(lambda: extend_validity(hub.actor, entry(for_good), date(2030, 1, 1), "x")).sentence
        )
        assert refused(lambda: extend_validity(hub.actor, entry(yearly), date(2028, 1, 1), " ")).field == "reason"


class TestLoggingOnesOwn:
    def test_logging_twice_is_one_self_declared_entry(self, hub: Hub) -> None:
        ama, module = hub.person(), hub.module_id("IND-01")
        for is_new in (True, False):
            with transaction():
                logged = log_training(hub.actor, ama, module, TODAY)
                assert logged.is_new is is_new
                assert logged.completion.evidence == "self-declared"
        assert db.session.scalar(select(func.count()).select_from(Completion)) == 1

    @pytest.mark.parametrize("day", [DAY, date(2026, 8, 31)])
    def test_logging_again_answers_what_was_sent_back_on_the_same_day_or_another(self, hub: Hub, day: date) -> None:
        ama, module = hub.person(), hub.module_id("IND-01")
        sent_back = hub.completion(ama, "IND-01", DAY, Evidence.SELF_DECLARED)
        with transaction():
            return_evidence(hub.actor, entry(sent_back), "which day was it?")
        for is_new in (True, False):
            with transaction():
                logged = log_training(hub.actor, ama, module, day, note="I asked", in_answer_to=entry(sent_back))
                assert logged.is_new is is_new
                successor = logged.completion.id
        assert (entry(sent_back).evidence, entry(sent_back).successor_id) == ("void", successor)
        assert (entry(successor).evidence, entry(successor).note) == ("self-declared", "I asked")

    def test_only_what_was_sent_back_can_be_answered(self, hub: Hub) -> None:
        completion_id = hub.completion(hub.person(), "IND-01", DAY)
        assert "sent back" in refused(lambda: log_again(hub.actor, entry(completion_id), TODAY)).sentence
