"""Photos and PDFs that go with completions, from the disk to the row and back, and what people write about their training."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.builders import A_PDF, Hub
from tests.files.photographs import a_photo
from tests.watching import not_telling_the_log
from training_app.audit import AuditDetail, AuditEvent
from training_app.catalogue.models import Module
from training_app.clock import now
from training_app.database import db, transaction
from training_app.errors import ChangedMeanwhile, Refused
from training_app.people.models import Person
from training_app.records import personal
from training_app.records.actions import correct_completion, log_again, log_training, return_evidence, verify
from training_app.records.evidence import GRACE, attach, evidence_of, evidence_store, keep, sweep, take_away
from training_app.records.models import Completion, Evidence, EvidenceFile, Reflection
from training_app.records.problems import problems
from training_app.records.reflections import reflection_of, shared_reflection_of, write_reflection
from training_app.records.rules import MOST_EVIDENCE_FILES
from training_app.stewardship.erase import erase_person, named_elsewhere
from training_app.stewardship.merge import Kept, merge_people


@pytest.fixture
def ama(hub: Hub) -> int:
    return hub.person("Ama Okafor", reference="P-1")


@pytest.fixture
def entry(hub: Hub, ama: int) -> int:
    return hub.completion(ama, "IND-02", "2026-09-01", Evidence.SELF_DECLARED)


def on_the_disk() -> set[str]:
    return set(evidence_store().names())


def spoken_of() -> set[str]:
    db.session.rollback()
    return set(db.session.scalars(select(EvidenceFile.stored_as).where(EvidenceFile.voided_at.is_(None))))


def grow_old(name: str) -> None:
    """Let a file be as old as one that nobody can be about to attach."""
    then = (now() - GRACE - timedelta(minutes=1)).timestamp()
    os.utime(evidence_store().folder / name, (then, then))


def standing(completion_id: int) -> list[EvidenceFile]:
    db.session.rollback()
    return list(evidence_of([completion_id]).get(completion_id, []))


@pytest.mark.watched
class TestFiles:
    def test_a_file_is_on_the_disk_under_a_name_of_its_own_before_a_row_speaks_of_it(
        self, hub: Hub, entry: int
    ) -> None:
        hub.evidence_file(entry, a_photo())
        (file,) = standing(entry)
        place = evidence_store().folder / file.stored_as
        assert place.read_bytes().startswith(b"\xff\xd8\xff")
        assert place.stat().st_mode & 0o777 == 0o600
        assert place.parent == hub.app.config["SETTINGS"].instance / "evidence"
        assert (file.content_type, file.size) == ("image/jpeg", place.stat().st_size)
        assert list(problems()) == []

    def test_the_same_file_sent_twice_is_there_once(self, hub: Hub, entry: int) -> None:
        assert hub.evidence_file(entry) == hub.evidence_file(entry)
        assert on_the_disk() == spoken_of()
        assert len(spoken_of()) == 1

    def test_a_crash_between_the_file_and_its_row_leaves_a_file_that_the_sweep_removes(
        self, hub: Hub, entry: int
    ) -> None:
        kept = keep(A_PDF)
        with pytest.raises(ZeroDivisionError):
            _crash_after(lambda: attach(hub.actor, db.session.get_one(Completion, entry), kept))
        assert (on_the_disk(), spoken_of()) == ({kept.stored_as}, set())
        assert (list(problems()), sweep()) == ([], 0), "it might still be attached"
        grow_old(kept.stored_as)
        (problem,) = problems()
        assert "1 file(s) that belong to no entry" in problem
        assert sweep() == 1
        assert on_the_disk() == set()

    def test_a_crash_while_the_file_is_written_leaves_no_row_and_nothing_for_long(
        self, hub: Hub, entry: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(_: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", fail)
        with pytest.raises(Refused, match="could not be kept just now"):
            keep(A_PDF)
        assert (on_the_disk(), spoken_of()) == (set(), set())

    def test_the_sweep_leaves_alone_what_belongs_to_an_entry_and_what_is_not_its_own(
        self, hub: Hub, entry: int
    ) -> None:
        hub.evidence_file(entry)
        (file,) = standing(entry)
        grow_old(file.stored_as)
        strange = evidence_store().folder / "notes.txt"
        strange.write_text("of the administrator")
        os.utime(strange, (0, 0))
        assert sweep() == 0
        assert strange.exists()

    def test_no_row_is_written_for_a_file_that_is_not_there(self, hub: Hub, entry: int) -> None:
        kept = keep(A_PDF)
        evidence_store().remove(kept.stored_as)
        with pytest.raises(Refused, match="no longer here"), transaction():
            attach(hub.actor, db.session.get_one(Completion, entry), kept)

    @pytest.mark.on_sqlite_only
    @pytest.mark.parametrize("name", ["../../x", "..", "/etc/passwd", "a" * 32 + "/../x", "", "A" * 32])
    def test_nothing_outside_the_store_is_read_or_removed(self, hub: Hub, name: str) -> None:
        outside = hub.app.config["SETTINGS"].instance / "x"
        outside.write_text("here")
        for act in (evidence_store().read, lambda each: evidence_store().put(b"x", each)):
            with pytest.raises(FileNotFoundError):
                act(name)
        evidence_store().remove(name)
        assert not evidence_store().has(name)
        assert outside.exists()

    def test_a_file_that_is_gone_from_the_disk_is_found_by_check(self, hub: Hub, entry: int) -> None:
        hub.evidence_file(entry)
        (file,) = standing(entry)
        evidence_store().remove(file.stored_as)
        (problem,) = problems()
        assert problem.startswith("person P-1: IND-02 on 1 September 2026, evidence file")
        assert problem.endswith("is not in the store of evidence.")

    def test_a_file_taken_away_is_gone_once_that_is_kept_and_not_before(self, hub: Hub, entry: int) -> None:
        file_id = hub.evidence_file(entry)
        with pytest.raises(ZeroDivisionError):
            _crash_after(lambda: take_away(hub.actor, db.session.get_one(EvidenceFile, file_id), "A child in it"))
        assert on_the_disk() == spoken_of() != set()
        with transaction():
            take_away(hub.actor, db.session.get_one(EvidenceFile, file_id), "A child can be recognised")
        assert on_the_disk() == spoken_of() == set()
        with pytest.raises(Refused, match="taken away already"), transaction():
            take_away(hub.actor, db.session.get_one(EvidenceFile, file_id), "Again")
        assert hub.evidence_file(entry) != file_id, "the same may be added again"

    def test_an_entry_has_a_few_files_at_most_and_a_void_one_gets_none(self, hub: Hub, ama: int, entry: int) -> None:
        for number in range(MOST_EVIDENCE_FILES):
            hub.evidence_file(entry, A_PDF + str(number).encode())
        with pytest.raises(Refused, match="10 files at most"):
            hub.evidence_file(entry)
        with transaction():
            correct_completion(hub.actor, db.session.get_one(Completion, entry), date(2026, 8, 31), "Wrong day")
        with pytest.raises(Refused, match="was voided"):
            hub.evidence_file(entry)

    @pytest.mark.parametrize("way", ["corrected", "logged again"])
    def test_what_goes_with_an_entry_goes_with_the_one_that_takes_its_place(
        self, hub: Hub, entry: int, way: str
    ) -> None:
        file_id = hub.evidence_file(entry)
        with transaction():
            row = db.session.get_one(Completion, entry)
            write_reflection(
                hub.actor, row, tried="Drums", young_people_said=None, differently=None, shared=False, seen_version=0
            )
            if way == "corrected":
                successor = correct_completion(hub.actor, row, date(2026, 8, 31), "Wrong day").id
            else:
                return_evidence(hub.actor, row, "Which day?")
                successor = log_again(hub.actor, row, date(2026, 8, 31)).id
        assert (standing(entry), [each.id for each in standing(successor)]) == ([], [file_id])
        reflection = reflection_of(successor)
        assert reflection is not None
        assert reflection.tried == "Drums"


class TestErasing:
    def test_the_files_of_somebody_who_is_erased_are_gone_and_nothing_is_left_to_sweep(
        self, hub: Hub, ama: int, entry: int
    ) -> None:
        hub.evidence_file(entry, a_photo())
        hub.evidence_file(hub.completion(ama, "IND-01", "2026-01-01"))
        other = hub.completion(hub.person("Ben Ito"), "IND-01", "2026-01-01")
        hub.evidence_file(other)
        with transaction():
            erase_person(hub.actor, db.session.get_one(Person, ama), "Asked for it", _instance(hub))
        assert on_the_disk() == spoken_of() == {each.stored_as for each in standing(other)}
        assert list(problems()) == []
        told = personal.held_about(ama)["Evidence files"]
        assert [each["Taken away because"] for each in told] == ["Erased", "Erased"]

    @pytest.mark.on_sqlite_only
    def test_an_erasure_that_is_not_kept_takes_no_file(self, hub: Hub, ama: int, entry: int) -> None:
        hub.evidence_file(entry)
        person = db.session.get_one(Person, ama)
        with pytest.raises(ZeroDivisionError):
            _crash_after(lambda: erase_person(hub.actor, person, "Asked for it", _instance(hub)))
        assert on_the_disk() == spoken_of() != set()


@pytest.mark.watched
class TestReflections:
    def write(self, hub: Hub, entry: int, seen: int | None = None, *, shared: bool = False, **said: str | None) -> None:
        texts = {"tried": None, "young_people_said": None, "differently": None, **said}
        with transaction():
            write_reflection(
                hub.actor, db.session.get_one(Completion, entry), shared=shared, seen_version=seen, **texts
            )

    def test_the_log_says_that_something_was_written_and_never_what(self, hub: Hub, entry: int) -> None:
        self.write(hub, entry, 0, tried="zqdrums")
        self.write(hub, entry, 1, tried="zqdrums", differently="zqbells", shared=True)
        details = db.session.scalars(select(AuditDetail)).all()
        assert "zq" not in repr([(each.before, each.after, each.reason) for each in details])
        assert {"reflection.written", "reflection.changed"} <= set(_actions())

    def test_two_windows_do_not_overwrite_each_other_and_sent_twice_is_once(self, hub: Hub, entry: int) -> None:
        self.write(hub, entry, 0, tried="First")
        self.write(hub, entry, 0, tried="First")
        with pytest.raises(ChangedMeanwhile):
            self.write(hub, entry, 0, tried="Second")
        self.write(hub, entry, 1, tried="Second")
        assert db.session.scalars(select(Reflection.tried)).all() == ["Second"]

    @pytest.mark.on_sqlite_only
    def test_it_needs_a_word_and_can_be_emptied(self, hub: Hub, entry: int) -> None:
        with pytest.raises(Refused, match="at least one"):
            self.write(hub, entry, 0)
        self.write(hub, entry, 0, tried="Drums", shared=True)
        assert shared_reflection_of(entry) is not None
        self.write(hub, entry, 1, shared=True)
        assert shared_reflection_of(entry) is None
        with pytest.raises(Refused, match="5,000 characters"):
            self.write(hub, entry, 2, tried="x" * 5001)

    def test_what_is_not_shared_is_told_to_nobody_else(self, hub: Hub, ama: int, entry: int) -> None:
        ben = hub.person("Benedikt Ito", reference="BEN-77")
        self.write(hub, entry, 0, tried="Sang with Benedikt Ito")
        assert shared_reflection_of(entry) is None
        assert "Benedikt" in repr(personal.held_about(ama))
        assert "Benedikt" not in repr(personal.held_about(ama, to_themselves=False))
        assert named_elsewhere(db.session.get_one(Person, ben)) == [], "nor to whoever erases somebody named in it"


@pytest.mark.watched
class TestConfirmedByRule:
    @pytest.fixture
    def rule(self, hub: Hub) -> None:
        with transaction():
            not_telling_the_log()
            db.session.get_one(Module, hub.module_id("IND-02")).confirmed_by_rule = True

    def test_an_entry_counts_at_once_where_the_module_asks_nobody_to_look(self, hub: Hub, ama: int, rule: None) -> None:
        with transaction():
            entry = log_training(hub.actor, ama, hub.module_id("IND-02"), date(2026, 9, 1)).completion
            assert (entry.evidence, entry.verified_by_rule) == ("verified", True)
            assert (entry.verified_at is not None, entry.verified_by_account_id) == (True, None)
            other = log_training(hub.actor, ama, hub.module_id("IND-03"), date(2026, 9, 1)).completion
            assert (other.evidence, other.verified_by_rule) == ("self-declared", False)
        assert list(problems()) == []

    def test_one_that_somebody_sent_back_is_for_somebody_to_confirm(self, hub: Hub, ama: int, rule: None) -> None:
        module = hub.module_id("IND-02")
        with transaction():
            entry = log_training(hub.actor, ama, module, date(2026, 9, 1)).completion
            return_evidence(hub.actor, entry, "Which day?")
            assert not entry.verified_by_rule
            again = log_training(hub.actor, ama, module, date(2026, 9, 1)).completion
            assert (again.evidence, again.verified_by_rule) == ("self-declared", False)
            verify(hub.actor, again)
            assert not again.verified_by_rule

    def test_no_module_of_the_seeds_is_confirmed_by_rule(self, hub: Hub) -> None:
        assert not any(db.session.scalars(select(Module.confirmed_by_rule)))


def test_merging_two_entries_of_one_person_keeps_the_files_of_both(hub: Hub, ama: int, entry: int) -> None:
    double = hub.person("Ama O.", reference="P-2")
    other = hub.completion(double, "IND-02", "2026-09-01")
    hub.evidence_file(entry)
    hub.evidence_file(other, A_PDF + b"other")
    with transaction():
        write_reflection(
            hub.actor,
            db.session.get_one(Completion, entry),
            tried="Drums",
            young_people_said=None,
            differently=None,
            shared=True,
        )
    with transaction():
        merged = merge_people(hub.actor, ama, double, Kept(ama, ama, ama))
    assert merged.completions == 1
    assert len(standing(other)) == 2
    assert shared_reflection_of(other) is not None
    assert list(problems()) == []


def _crash_after(act: Callable[[], object]) -> None:
    with transaction():
        act()
        raise ZeroDivisionError


def _actions() -> list[str]:
    return list(db.session.scalars(select(AuditEvent.action)))


def _instance(hub: Hub) -> Path:
    folder: Path = hub.app.config["SETTINGS"].instance
    return folder
