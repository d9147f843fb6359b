"""Histories that are lived through the verbs of the application, and counted again by a model beside it.

Modules are edited between completions; completions are verified, sent back, voided, corrected and extended; extensions are
withdrawn; requirements are changed and ended. After all of it, coverage equals the model's recount.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from tests.builders import Hub
from tests.coverage.histories import LEVELS, SKILLS, Loader, days
from tests.coverage.recount import Completed, History, recount
from training_app.catalogue.actions import ModuleAbout, ModuleContent, add_module, edit_module
from training_app.catalogue.models import Module
from training_app.coverage.queries import coverage_on
from training_app.database import db, transaction
from training_app.errors import Refused
from training_app.people.actions import begin_engagement
from training_app.records.actions import (
    correct_completion,
    extend_validity,
    log_again,
    record_completion,
    return_evidence,
    verify,
    void_completion,
    withdraw_extension,
)
from training_app.records.models import Completion, Evidence, Extension
from training_app.records.outside import Training, Worth, log_outside, map_outside
from training_app.reports import coverage_report
from training_app.skills.actions import exempt, require_level, void_exemption, void_requirement
from training_app.skills.levels import Level
from training_app.skills.models import Exemption, Requirement

GROUPS = ["music-service-staff", "frontline-volunteers"]
past_days = days.filter(lambda day: day <= date(2026, 11, 1))
contents = st.tuples(
    st.dictionaries(st.sampled_from(SKILLS[:3]), st.sampled_from(LEVELS), min_size=1, max_size=2),
    st.sampled_from([None, 1, 6, 12, 24]),
)
whom = st.integers(0, 2)
# What a verifier says of training outside the catalogue: skills (perhaps none), and months, a day so many days later, or no end.
worths = st.tuples(
    st.dictionaries(st.sampled_from(SKILLS[:3]), st.sampled_from(LEVELS), max_size=2),
    st.sampled_from([None, 1, 12, 24]),
    st.sampled_from([None, None, 1, 90, 400]),
)
steps = st.one_of(
    st.tuples(st.just("edit"), contents),
    st.tuples(st.just("complete"), whom, past_days, st.sampled_from(["verified", "self-declared"])),
    st.tuples(st.just("complete"), whom, past_days, st.sampled_from(["verified", "self-declared"])),
    st.tuples(st.just("log_outside"), whom, past_days),
    st.tuples(st.just("map"), st.integers(0, 5), worths),
    st.tuples(st.just("answer"), st.integers(0, 5), past_days),
    st.tuples(st.just("verify"), st.integers(0, 5)),
    st.tuples(st.just("return"), st.integers(0, 5)),
    st.tuples(st.just("void"), st.integers(0, 5)),
    st.tuples(st.just("correct"), st.integers(0, 5), past_days),
    st.tuples(st.just("extend"), st.integers(0, 5), st.integers(1, 500)),
    st.tuples(st.just("withdraw"), st.integers(0, 5), st.integers(0, 2)),
    st.tuples(
        st.just("require"),
        st.sampled_from(GROUPS),
        st.sampled_from(SKILLS[:3]),
        st.sampled_from(["none", *LEVELS]),
        days,
    ),
    st.tuples(st.just("unrequire"), st.integers(0, 4)),
    st.tuples(st.just("exempt"), whom, st.sampled_from(SKILLS[:3]), days),
    st.tuples(st.just("unexempt"), st.integers(0, 3)),
    st.tuples(st.just("engage"), whom, st.sampled_from(GROUPS), days, st.integers(0, 700)),
)


@dataclass
class Life:
    """The application and the model, taken through the same steps."""

    hub: Hub
    loader: Loader
    module_id: int
    format_id: int
    history: History
    gives: dict[str, str]
    refresh: int | None
    completions: list[tuple[int, Completed]] = field(default_factory=list)
    extensions: list[list[int]] = field(default_factory=list)
    requirements: list[tuple[int, tuple[str, str, str, date]]] = field(default_factory=list)
    exemptions: list[tuple[int, tuple[int, str, date, None]]] = field(default_factory=list)

    def take(self, step: tuple[Any, ...]) -> None:
        """Take one step in both; what the application refuses leaves the model as it was."""
        db.session.rollback()
        try:
            with transaction():
                note = getattr(self, f"_{step[0]}")(*step[1:])
        except (Refused, IndexError):
            return
        if note is not None:
            note()

    def _row(self, place: int) -> tuple[Completion, Completed]:
        id_, completed = self.completions[place]
        return db.session.get_one(Completion, id_), completed

    def _edit(self, content: tuple[dict[str, str], int | None]) -> Any:
        gives, refresh = content
        edit_module(self.hub.actor, db.session.get_one(Module, self.module_id), self.content(gives, refresh), ABOUT)

        def note() -> None:
            self.gives, self.refresh = gives, refresh

        return note

    def content(self, gives: dict[str, str], refresh: int | None) -> ModuleContent:
        """Return a module's content that gives these skills."""
        levels = {self.loader.skills[skill]: Level.of_code(level) for skill, level in gives.items()}
        return ModuleContent("Generated", self.format_id, Decimal(1), refresh, levels)

    def _complete(self, who: int, day: date, evidence: str) -> Any:
        person = self.history.people[who]
        id_ = record_completion(self.hub.actor, person, self.module_id, day, Evidence(evidence)).id
        return lambda: self._note(id_, Completed(person, day, self.gives, self.refresh, evidence), [])

    def _note(self, id_: int, completed: Completed, extensions: list[int]) -> None:
        self.completions.append((id_, completed))
        self.extensions.append(extensions)
        self.history.completions.append(completed)

    def _log_outside(self, who: int, day: date) -> Any:
        person = self.history.people[who]
        logged = log_outside(self.hub.actor, person, Training("A course elsewhere", day))
        if not logged.is_new:
            raise IndexError
        id_ = logged.completion.id
        completed = Completed(person, day, {}, None, "self-declared", outside=True, mapped=False)
        return lambda: self._note(id_, completed, [])

    def _map(self, place: int, worth: tuple[dict[str, str], int | None, int | None]) -> Any:
        row, completed = self._row(place)
        gives, months, lasts = worth
        ends_on = completed.completed_on + timedelta(days=lasts) if lasts else None
        refresh = None if ends_on else months
        levels = {self.loader.skills[skill]: Level.of_code(level) for skill, level in gives.items()}
        standing = map_outside(self.hub.actor, row, Worth(levels, refresh, ends_on), "Looked at again")
        db.session.flush()
        id_, is_another = standing.id, standing is not row
        carried = self._extensions_of(id_)

        def note() -> None:
            if not is_another:
                completed.gives, completed.refresh_months, completed.ends_on = gives, refresh, ends_on
                completed.mapped, completed.evidence = True, "verified"
                return
            again = Completed(completed.person, completed.completed_on, gives, refresh, "verified", outside=True)
            again.ends_on = ends_on
            again.extensions = [(until, False) for until, withdrawn in completed.extensions if not withdrawn]
            completed.evidence = "void"
            self._note(id_, again, carried)

        return note

    def _answer(self, place: int, day: date) -> Any:
        """Answer what was sent back. Of training outside the catalogue it is then to be said anew what it gives."""
        row, completed = self._row(place)
        if completed.outside:
            logged = log_outside(
                self.hub.actor, row.person_id, Training("A course elsewhere", day), in_answer_to=row, answer="The day"
            )
            if not logged.is_new:
                raise IndexError
            again = logged.completion
        else:
            again = log_again(self.hub.actor, row, day, answer="The day was wrong")
        db.session.flush()
        id_ = again.id
        carried = self._extensions_of(id_)

        def note() -> None:
            new = Completed(completed.person, day, completed.gives, completed.refresh_months, "self-declared")
            new.outside = completed.outside
            new.extensions = [(until, False) for until, withdrawn in completed.extensions if not withdrawn]
            if completed.outside:
                new.gives, new.refresh_months, new.mapped = {}, None, False
            completed.evidence = "void"
            self._note(id_, new, carried)

        return note

    def _extensions_of(self, id_: int) -> list[int]:
        return list(
            db.session.scalars(select(Extension.id).where(Extension.completion_id == id_).order_by(Extension.id))
        )

    def _verify(self, place: int) -> Any:
        row, completed = self._row(place)
        verify(self.hub.actor, row)
        return lambda: setattr(completed, "evidence", "verified")

    def _return(self, place: int) -> Any:
        row, completed = self._row(place)
        return_evidence(self.hub.actor, row, "The certificate is unreadable")
        return lambda: setattr(completed, "evidence", "returned")

    def _void(self, place: int) -> Any:
        row, completed = self._row(place)
        void_completion(self.hub.actor, row, "Entered for the wrong person")
        return lambda: setattr(completed, "evidence", "void")

    def _correct(self, place: int, day: date) -> Any:
        row, completed = self._row(place)
        successor = correct_completion(self.hub.actor, row, day, "The day was wrong")
        db.session.flush()
        id_ = successor.id
        carried = self._extensions_of(id_)

        def note() -> None:
            again = Completed(completed.person, day, completed.gives, completed.refresh_months, completed.evidence)
            again.outside, again.mapped, again.ends_on = completed.outside, completed.mapped, completed.ends_on
            again.extensions = [(until, False) for until, withdrawn in completed.extensions if not withdrawn]
            completed.evidence = "void"
            self._note(id_, again, carried)

        return note

    def _extend(self, place: int, further: int) -> Any:
        row, completed = self._row(place)
        assert row.valid_until == completed.valid_until()
        if row.valid_until is None:
            raise IndexError
        until = row.valid_until + timedelta(days=further)
        id_ = extend_validity(self.hub.actor, row, until, "The workshop was cancelled by snow").id

        def note() -> None:
            completed.extensions.append((until, False))
            self.extensions[place].append(id_)

        return note

    def _withdraw(self, place: int, which: int) -> Any:
        _, completed = self._row(place)
        withdraw_extension(
            self.hub.actor, db.session.get_one(Extension, self.extensions[place][which]), "It was held after all"
        )

        def note() -> None:
            completed.extensions[which] = (completed.extensions[which][0], True)

        return note

    def _require(self, group: str, skill: str, level: str, since: date) -> Any:
        id_ = require_level(
            self.hub.actor, self.loader.groups[group], self.loader.skills[skill], Level.of_code(level), since
        ).id

        def note() -> None:
            self.requirements = [each for each in self.requirements if each[0] != id_]
            self.requirements.append((id_, (group, skill, level, since)))

        return note

    def _unrequire(self, place: int) -> Any:
        void_requirement(self.hub.actor, db.session.get_one(Requirement, self.requirements[place][0]), "A slip")
        return lambda: self.requirements.pop(place)

    def _exempt(self, who: int, skill: str, day: date) -> Any:
        person = self.history.people[who]
        id_ = exempt(self.hub.actor, person, self.loader.skills[skill], day, "Works in the office").id
        return lambda: self.exemptions.append((id_, (person, skill, day, None)))

    def _unexempt(self, place: int) -> Any:
        void_exemption(self.hub.actor, db.session.get_one(Exemption, self.exemptions[place][0]), "A slip")
        return lambda: self.exemptions.pop(place)

    def _engage(self, who: int, group: str, day: date, length: int) -> Any:
        person, end = self.history.people[who], day + timedelta(days=length)
        begin_engagement(self.hub.actor, person, self.loader.organisation_id, self.loader.groups[group], day, end)
        return lambda: self.history.engagements.append((person, group, day, end))


ABOUT = ModuleAbout("Generated", None, None, None, [], [], [])


def test_a_lived_history_is_counted_as_the_model_counts_it(hub: Hub) -> None:
    with transaction() as session:
        loader = Loader(session.connection())
        format_id = loader.format_id
        module_id = add_module(
            hub.actor,
            "LIVED-1",
            ModuleContent("Generated", format_id, Decimal(1), 12, {loader.skills["send"]: Level.AWARE}),
            ABOUT,
        ).id

    @settings(
        max_examples=60,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(
        first=contents,
        lived=st.lists(steps, min_size=8, max_size=25),
        on=st.lists(days, min_size=2, max_size=2),
        evidence=st.sampled_from(["verified", "all"]),
    )
    def holds(
        first: tuple[dict[str, str], int | None], lived: list[tuple[Any, ...]], on: list[date], evidence: str
    ) -> None:
        history = History(GROUPS, SKILLS, people=[1, 2, 3])
        db.session.rollback()
        with transaction() as session:
            loader.load(session.connection(), history)
        life = Life(hub, loader, module_id, format_id, history, {}, None)
        life.take(("edit", first))
        for person, group in ((0, GROUPS[0]), (1, GROUPS[1]), (2, GROUPS[0])):
            life.take(("engage", person, group, date(2023, 1, 1), 2000))
        for step in lived:
            life.take(step)
        history.requirements = [what for _, what in life.requirements]
        history.exemptions = [what for _, what in life.exemptions]
        for day in on:
            expected = recount(history, GROUPS, day, evidence)
            db.session.rollback()
            document = coverage_report(coverage_on(day, evidence, GROUPS), evidence).document
            assert document["total"] == expected["total"]
            found = [[_without_name(cell) for cell in group["skills"]] for group in document["groups"]]
            assert found == [group["skills"] for group in expected["groups"]]

    holds()


def _without_name(cell: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in cell.items() if key != "name"}
