"""What a coordinator brings in: rows about their own organisations' people, and about nobody else.

A row about another organisation or about somebody whom they do not see is bad in the same words as one about what is not there.
Somebody new gets the hub's next reference, whether or not theirs is taken; what their file calls them is kept, so that the same
file finds them again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

from sqlalchemy import select

from training_app.addresses import email_key
from training_app.audit import Actor
from training_app.database import db
from training_app.files import Sheet, quoted
from training_app.imports.completions import CompletionsJudge, Line
from training_app.imports.judgement import Judgement, RowReader, near, same_text
from training_app.imports.people import PeopleJudge
from training_app.imports.references import PeopleByName
from training_app.people.actions import same_email
from training_app.people.bulk import OwnReferenceDraft, PeopleBatch, PersonDraft
from training_app.people.doubles import Known, Newcomer, known_unseen, note_doubles
from training_app.people.models import Likeness, Organisation, OwnReference, Person
from training_app.people.queries import next_references, organisations_of
from training_app.people.rules import name_key
from training_app.people.scope import People, Places, is_shared
from training_app.records.bulk import CompletionDraft
from training_app.records.models import Evidence


@dataclass(frozen=True)
class Bounds:
    """Whose rows a file may hold: of the people and at the organisations that its account sees."""

    people: People
    places: Places
    account_id: int


def judge_people(sheet: Sheet, bounds: Bounds) -> Judgement:
    """Return what these rows would do to the people of a coordinator's organisations."""
    return _OwnPeople(sheet, bounds).judgement()


def judge_completions(sheet: Sheet, bounds: Bounds) -> Judgement:
    """Return what these rows would do to the records of a coordinator's people."""
    return _OwnCompletions(sheet, bounds).judgement()


_NameAndEmail = tuple[str, str | None]


class _OwnPeople(PeopleJudge):
    def __init__(self, sheet: Sheet, bounds: Bounds) -> None:
        self.bounds = bounds
        super().__init__(sheet)
        # By the organisation's key and what it calls somebody, and by the latter alone: the hub's reference.
        self.own: dict[tuple[str, str], str] = {}
        self.own_anywhere: dict[str, set[str]] = defaultdict(set)
        for organisation, called, reference in db.session.execute(
            select(Organisation.name_key, OwnReference.reference, Person.reference)
            .join(Organisation, Organisation.id == OwnReference.organisation_id)
            .join(Person, Person.id == OwnReference.person_id)
            .where(OwnReference.organisation_id.in_(bounds.places), OwnReference.person_id.in_(bounds.people))
        ):
            self.own[organisation, called] = reference
            self.own_anywhere[called].add(reference)
        self.given: dict[str, str] = {}
        self.doubles: dict[str, Known] = {}
        self.left_out: set[str] = set()

    def known_people(self) -> dict[str, Any]:
        """Return the people whom the coordinator sees."""
        columns = (Person.id, Person.reference, Person.name, Person.email, Person.email_key)
        shared = is_shared(Person.id, self.bounds.places).label("shared")
        rows = db.session.execute(select(*columns, shared).where(Person.id.in_(self.bounds.people)))
        return {row.reference: row for row in rows}

    def known_organisations(self) -> dict[str, Any]:
        """Return the coordinator's organisations."""
        found = super().known_organisations()
        own = set(db.session.scalars(self.bounds.places))
        return {key: row for key, row in found.items() if row.id in own}

    def meant(self, reader: RowReader, typed: str, organisation_key: str | None) -> str | None:
        """Return the hub's reference of the person whom the organisation calls so; else what is typed."""
        elsewhere = self.own_anywhere.get(typed, set())
        own = self.own.get((organisation_key or "", typed)) or (next(iter(elsewhere)) if len(elsewhere) == 1 else None)
        if own is not None and own != typed and typed in self.people:
            reader.wrong("reference", _two_people(typed, [typed, own]))
            return None
        return own or typed

    def judge_person(self, reader: RowReader, reference: str, given: Mapping[str, str | None]) -> bool:
        """Hold a row against what is known of its person; the details of one who is engaged elsewhere too are the hub's."""
        known = self.people.get(reference)
        if known is not None and known.shared:
            name = given["name"]
            if name is not None and not same_text(name, known.name):
                reader.wrong(
                    "name",
                    f"the hub keeps the details of {quoted(reference)}, who is called {quoted(known.name)} there. Write it so, "
                    "or ask the workforce manager to change it.",
                )
            if given["email"] is not None and reference not in self.left_out:
                self.left_out.add(reference)
                self.found.notes.append(
                    f"note: line {reader.line}: the hub keeps this person's e-mail, so this one was left out."
                )
            given = {"name": name}
        return super().judge_person(reader, reference, given)

    def judge_organisation(self, reader: RowReader, key: str, given: Mapping[str, str | None]) -> bool:
        """Hold a row against its organisation, which must be one of the coordinator's and stays as it is."""
        known = self.organisations.get(key)
        if known is None:
            name = self.names_of_organisations[key]
            names = [row.name for row in self.organisations.values()]
            reader.wrong("organisation", f"{quoted(name)} is not one of your organisations. {near(name, names)}")
            return False
        for column, recorded in (("organisation_kind", known.kind), ("area", known.area)):
            value = given[column]
            if value is not None and not same_text(value, recorded):
                reader.wrong(
                    column,
                    f"{quoted(value)} is not what is recorded for this organisation ({recorded or 'none'}). "
                    "Correct it here, or ask the workforce manager to change it.",
                )
        return False

    def judge_organisations(self) -> None:
        """Organisations are never new here."""

    def tells_email(self, person: Any) -> bool:
        """Say whether an e-mail may be refused by its owner's name: not where the coordinator is not told it."""
        return super().tells_email(person) and not person.shared

    def draft_people(self, batch: PeopleBatch) -> None:
        """Put new people under the hub's next references, and let whomever the hub seems to know wait for a manager."""
        said = {
            reference: (each.values["name"], each.values.get("email"))
            for reference, each in self.said_of_people.items()
        }
        self._draft_new(batch, {each: told for each, told in said.items() if each not in self.people})
        self._draft_changed(batch, {each: told for each, told in said.items() if each in self.people})

    def _draft_new(self, batch: PeopleBatch, said: Mapping[str, _NameAndEmail]) -> None:
        if not said:
            return
        self.given = dict(zip(said, next_references(len(said)), strict=True))
        newcomers = [Newcomer(name_key(name), _key(email), called) for called, (name, email) in said.items()]
        for (called, (name, email)), known in zip(said.items(), self._unseen(newcomers), strict=True):
            reference = self.given[called]
            batch.new_people.append(PersonDraft(None, reference, name, email, found_by_email=not _by_email(known)))
            self.doubles[reference] = known
        # Every organisation in whose rows they stand calls them so.
        rows = {(line.organisation_key, line.reference) for _, line in self.lines.values() if line.reference in said}
        batch.own_references += [OwnReferenceDraft(key, called, self.given[called]) for key, called in sorted(rows)]

    def _draft_changed(self, batch: PeopleBatch, said: Mapping[str, _NameAndEmail]) -> None:
        drafts = {
            reference: self.changed(self.people[reference], *told)
            for reference, told in said.items()
            if self.differs(self.people[reference], *told)
        }
        moved = [each for each in drafts if not same_email(drafts[each].email, self.people[each].email)]
        for reference, known in zip(
            moved, self._unseen([Newcomer("", _key(drafts[each].email)) for each in moved]), strict=True
        ):
            drafts[reference] = replace(drafts[reference], found_by_email=not _by_email(known))
            self.doubles[reference] = known
        batch.changed_people += drafts.values()

    def _unseen(self, newcomers: Sequence[Newcomer]) -> list[Known]:
        return known_unseen(newcomers, self.bounds.people, self.bounds.places)

    def reference_given(self, reference: str) -> str:
        """Return the hub's reference of somebody new."""
        return self.given.get(reference, reference)

    def apply(self, actor: Actor, batch: PeopleBatch) -> None:
        """Write the batch, and note the probable doubles."""
        super().apply(actor, batch)
        noted = [reference for reference, known in self.doubles.items() if known]
        ids = dict(db.session.execute(select(Person.reference, Person.id).where(Person.reference.in_(noted))).all())
        for reference in noted:
            note_doubles(actor, ids[reference], self.doubles[reference])


def _key(email: str | None) -> str | None:
    return email_key(email) if email else None


def _by_email(known: Known) -> bool:
    return any(Likeness.EMAIL in likenesses for likenesses in known.values())


def _two_people(typed: str, references: Sequence[str]) -> str:
    return f"{quoted(typed)} means more than one person here: {', '.join(sorted(references))}. Use the hub's reference."


class _OwnPeopleByName(PeopleByName):
    """The people whom a coordinator sees, by the hub's reference, by what their organisations call them, and by e-mail where
    it is told."""

    def __init__(self, bounds: Bounds) -> None:
        untold = is_shared(Person.id, bounds.places).label("untold")
        rows = db.session.execute(
            select(Person.id, Person.reference, Person.email_key, untold).where(Person.id.in_(bounds.people))
        ).all()
        self.by_reference = {row.reference: row.id for row in rows}
        self.by_email = {row.email_key: row.id for row in rows if row.email_key is not None and not row.untold}
        self.own: dict[str, set[int]] = defaultdict(set)
        for called, person_id in db.session.execute(
            select(OwnReference.reference, OwnReference.person_id).where(
                OwnReference.organisation_id.in_(bounds.places), OwnReference.person_id.in_(bounds.people)
            )
        ):
            self.own[called].add(person_id)

    def meant_by(self, reader: RowReader, column: str, text: str) -> int | None:
        """Return the id of the person whom a text names, or None after noting that nobody, or more than one, is meant."""
        meant = set(self.own.get(text, ()))
        if text in self.by_reference:
            meant.add(self.by_reference[text])
        if len(meant) < 2:
            return meant.pop() if meant else super().meant_by(reader, column, text)
        references = {person_id: reference for reference, person_id in self.by_reference.items()}
        reader.wrong(column, _two_people(text, [references[each] for each in meant]))
        return None


class _OwnCompletions(CompletionsJudge):
    usual_evidence = Evidence.SELF_DECLARED

    def __init__(self, sheet: Sheet, bounds: Bounds) -> None:
        super().__init__(sheet, _OwnPeopleByName(bounds))
        self.bounds = bounds

    def evidence(self, reader: RowReader) -> Evidence | None:
        """Return the evidence that a row gives, which the hub has yet to verify."""
        found = super().evidence(reader)
        if found is Evidence.VERIFIED:
            reader.wrong("evidence", "only the hub verifies. Leave it blank, or write self-declared; it then waits.")
        return found

    @cached_property
    def _organisations(self) -> dict[int, int]:
        people = {person_id for person_id, _, _ in self.lines}
        return organisations_of(people, self.bounds.places, self.today)

    def draft(self, key: tuple[int, int, date], line: Line) -> CompletionDraft:
        """Return a completion that is new, recorded for the organisation where its person is."""
        return replace(super().draft(key, line), for_organisation_id=self._organisations.get(key[0]))

    @cached_property
    def _own_places(self) -> frozenset[int]:
        return frozenset(db.session.scalars(self.bounds.places))

    @cached_property
    def _shared(self) -> frozenset[int]:
        people = {person_id for person_id, _, _ in self.lines}
        shared = is_shared(Person.id, self.bounds.places)
        return frozenset(db.session.scalars(select(Person.id).where(Person.id.in_(people), shared)))

    def is_told(self, there: Any) -> bool:
        """Say whether an entry is told: a void one only where all of it is."""
        is_own = there.recorded_for_organisation_id in self._own_places
        return there.evidence != Evidence.VOID or is_own or there.person_id not in self._shared

    def may_change(self, there: Any) -> bool:
        """Say whether an entry is the coordinator's own and nobody has verified it."""
        is_theirs: bool = there.recorded_by_account_id == self.bounds.account_id
        return is_theirs and there.evidence != Evidence.VERIFIED
