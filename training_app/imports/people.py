"""People and their engagements, one engagement a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select

from training_app.addresses import email_key, is_email
from training_app.audit import Actor
from training_app.database import db
from training_app.files import RowError, Sheet, quoted
from training_app.imports.judgement import Judgement, RowReader, readers, same_text
from training_app.people.actions import same_email
from training_app.people.bulk import EngagementDraft, OrganisationDraft, PeopleBatch, PersonDraft, write_people
from training_app.people.models import Engagement, FormerIdentity, Organisation, OrganisationKind, Person
from training_app.people.personal import MERGED_BECAUSE
from training_app.people.rules import LONGEST_AREA, LONGEST_NAME, organisation_key, reference_problem
from training_app.strategy.models import WorkforceGroup

COLUMNS = (
    "reference", "name", "organisation", "workforce_group", "start_on",
    "organisation_kind", "area", "email", "job_title", "end_on",
)  # fmt: skip
REQUIRED = COLUMNS[:5]
_KINDS = {kind.value.casefold(): kind.value for kind in OrganisationKind}


@dataclass
class _Said:
    """What the file says of one person or organisation so far, and in which line first."""

    values: dict[str, str] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    first_line: int = 0


@dataclass(frozen=True)
class _Line:
    reference: str
    organisation_key: str
    group_id: int
    start_on: date
    end_on: date | None
    job_title: str | None
    differs_in_person: bool
    differs_in_organisation: bool

    def agrees_with(self, engagement: Any) -> bool:
        """Say whether this line says only what an engagement says."""
        return self.end_on in (None, engagement.end_on) and (
            self.job_title is None or same_text(self.job_title, engagement.job_title)
        )

    @property
    def key(self) -> tuple[str, str, int, date]:
        return self.reference, self.organisation_key, self.group_id, self.start_on


def judge(sheet: Sheet) -> Judgement:
    """Return what these rows would do to people, organisations and engagements."""
    return PeopleJudge(sheet).judgement()


class PeopleJudge:
    """Judges the rows of one file, row by row and then as a whole."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.errors: list[RowError] = list(sheet.errors)
        self.found = Judgement(rows=sheet.row_count)
        self.groups = {
            code.casefold(): id_ for code, id_ in db.session.execute(select(WorkforceGroup.code, WorkforceGroup.id))
        }
        self.people = self.known_people()
        self.formerly: dict[int, list[FormerIdentity]] = {}
        by_id = {row.id: row for row in self.people.values()}
        for former in db.session.scalars(select(FormerIdentity)):
            if former.person_id in by_id:
                self.people.setdefault(former.reference, by_id[former.person_id])
                self.formerly.setdefault(former.person_id, []).append(former)
        self.organisations = self.known_organisations()
        self.said_of_people: dict[str, _Said] = {}
        self.said_of_organisations: dict[str, _Said] = {}
        self.names_of_organisations: dict[str, str] = {}
        self.with_wrong_kind: set[str] = set()
        self.lines: dict[tuple[str, str, int, date], tuple[int, _Line]] = {}
        self.repeated = 0

    def known_people(self) -> dict[str, Any]:
        """Return the people whom a row may mean, by reference."""
        columns = (Person.id, Person.reference, Person.name, Person.email, Person.email_key)
        return {row.reference: row for row in db.session.execute(select(*columns))}

    def known_organisations(self) -> dict[str, Any]:
        """Return the organisations that a row may mean, by the key of their name."""
        columns = (Organisation.id, Organisation.name_key, Organisation.name, Organisation.kind, Organisation.area)
        return {row.name_key: row for row in db.session.execute(select(*columns))}

    def judgement(self) -> Judgement:
        """Return what the file would do."""
        for reader in readers(self.sheet, self.errors):
            self._row(reader)
        self.judge_organisations()
        self._no_email_twice()
        self.found.errors = self.errors
        if not self.errors:
            self._plan()
        return self.found

    # --- one row

    def _row(self, reader: RowReader) -> None:
        typed = self._reference(reader)
        name = reader.text("name", LONGEST_NAME, required=True)
        organisation = reader.text("organisation", LONGEST_NAME, required=True)
        group_id = reader.one_of("workforce_group", self.groups, "a workforce group", required=True)
        start_on = reader.day("start_on", required=True)
        end_on = reader.day("end_on")
        kind = reader.one_of("organisation_kind", _KINDS, "a kind of organisation")
        area = reader.text("area", LONGEST_AREA)
        email = reader.text("email", 1000)
        job_title = reader.text("job_title", LONGEST_NAME)
        if email is not None and not is_email(email):
            reader.wrong("email", f"{quoted(email)} is not an e-mail address. Write one such as name@example.org.")
            email = None
        if start_on and end_on and end_on < start_on:
            reader.wrong(
                "end_on", f"{end_on.isoformat()} is before start_on ({start_on.isoformat()}). Put the later day last."
            )
        key = organisation_key(organisation) if organisation is not None else None
        reference = self.meant(reader, typed, key) if typed is not None else None
        differs_in_person = differs_in_organisation = False
        if reference is not None:
            differs_in_person = self.judge_person(reader, reference, {"name": name, "email": email})
        if organisation is not None and key is not None:
            self.names_of_organisations.setdefault(key, organisation)
            differs_in_organisation = self.judge_organisation(reader, key, {"organisation_kind": kind, "area": area})
            if kind is None and reader.row.values.get("organisation_kind") is not None:
                self.with_wrong_kind.add(key)
        if reader.is_good and reference and key and group_id and start_on:
            self._line(
                reader,
                _Line(
                    reference, key, group_id, start_on, end_on, job_title, differs_in_person, differs_in_organisation
                ),
            )

    def meant(self, _reader: RowReader, typed: str, _organisation_key: str | None) -> str | None:
        """Return the reference of the person whom a row means."""
        return typed

    def _reference(self, reader: RowReader) -> str | None:
        value = reader.row.values.get("reference")
        text = value.isoformat() if isinstance(value, date) else value
        if text is None:
            reader.text("reference", 1, required=True)
            return None
        problem = reference_problem(text)
        if problem is not None:
            reader.wrong("reference", f"{quoted(text)} {problem}.")
            return None
        return text

    def _agree(self, reader: RowReader, said: _Said, given: Mapping[str, str | None]) -> None:
        """Hold what this row gives against what an earlier one gave for the same person or organisation."""
        said.first_line = said.first_line or reader.line
        for column, value in given.items():
            if value is None:
                continue
            earlier = said.values.get(column)
            if earlier is None:
                said.values[column], said.lines[column] = value, reader.line
            elif not _same(column, earlier, value):
                reader.wrong(
                    column,
                    f"{quoted(value)} does not agree with line {said.lines[column]}, which says {quoted(earlier)}. "
                    "Make the two the same.",
                )

    def judge_person(self, reader: RowReader, reference: str, given: Mapping[str, str | None]) -> bool:
        """Hold a row against what is known of its person; say whether it differs."""
        self._agree(reader, self.said_of_people.setdefault(reference, _Said()), given)
        known = self.people.get(reference)
        return known is not None and any(
            value is not None and self._differs(known, column, value) for column, value in given.items()
        )

    def _differs(self, known: Any, column: str, value: str) -> bool:
        """Say whether a name or an e-mail is neither what is recorded nor what was, before two rows of one person were merged."""
        said = (known, *self.formerly.get(known.id, []))
        return not any(_same(column, getattr(each, column), value) for each in said)

    def judge_organisation(self, reader: RowReader, key: str, given: Mapping[str, str | None]) -> bool:
        """Hold a row against what is known of its organisation; say whether it differs."""
        self._agree(reader, self.said_of_organisations.setdefault(key, _Said()), given)
        known = self.organisations.get(key)
        if known is None:
            return False
        kind, area = given["organisation_kind"], given["area"]
        if kind is not None and kind != known.kind:
            reader.wrong(
                "organisation_kind",
                f"{quoted(kind)} is not what is recorded for this organisation ({known.kind}). "
                "Correct it here, or change the organisation on its page.",
            )
        return area is not None and not same_text(area, known.area)

    def _line(self, reader: RowReader, line: _Line) -> None:
        earlier = self.lines.get(line.key)
        if earlier is None:
            self.lines[line.key] = (reader.line, line)
            return
        for column in ("end_on", "job_title"):
            now_says, said = getattr(line, column), getattr(earlier[1], column)
            if now_says is not None and now_says != said:
                reader.wrong(
                    column,
                    f"{quoted(str(now_says))} does not agree with line {earlier[0]}, which is the same engagement. "
                    "Keep one of the two rows.",
                )
                return
        self.repeated += 1

    # --- the file as a whole

    def judge_organisations(self) -> None:
        """Ask for the kind of every organisation that is new."""
        for key, said in self.said_of_organisations.items():
            if (
                key not in self.organisations
                and key not in self.with_wrong_kind
                and not said.values.get("organisation_kind")
            ):
                self.errors.append(
                    RowError(
                        said.first_line,
                        "organisation_kind",
                        f"{quoted(self.names_of_organisations[key])} is new, so its kind must be given on one of its rows. "
                        f"Choose one of {', '.join(_KINDS)}.",
                    )
                )

    def _no_email_twice(self) -> None:
        """Hold the e-mails as they would be in the end against each other: nobody may share one."""
        changed = {
            reference: email_key(said.values["email"])
            for reference, said in self.said_of_people.items()
            if "email" in said.values and not self._stays_without_key(reference, said.values["email"])
        }
        holders = {
            person.email_key: reference
            for reference, person in self.people.items()
            if self.tells_email(person) and changed.get(reference, person.email_key) == person.email_key
        }
        for reference, key in changed.items():
            holder = holders.setdefault(key, reference)
            known, held = self.people.get(reference), self.people.get(holder)
            if holder == reference or (known is not None and held is not None and known.id == held.id):
                continue
            line = self.said_of_people[reference].lines["email"]
            said_by_holder = self.said_of_people.get(holder)
            if said_by_holder is not None and "email" in said_by_holder.lines:
                other_line = said_by_holder.lines["email"]
                reason = f"this e-mail stands in line {min(line, other_line)} already, for another person."
                line = max(line, other_line)
            else:
                reason = f"this e-mail belongs to {holder} already."
            self.errors.append(RowError(line, "email", f"{reason} Two people cannot share one; leave one blank."))

    def tells_email(self, person: Any) -> bool:
        """Say whether an e-mail that is somebody's may be refused to others by their name."""
        return person.email_key is not None

    def _stays_without_key(self, reference: str, email: str) -> bool:
        """Say whether a row only repeats an e-mail that stands as it was typed, by which somebody else is found."""
        known = self.people.get(reference)
        return known is not None and known.email_key is None and same_email(known.email, email)

    # --- what to write

    def draft_people(self, batch: PeopleBatch) -> None:
        """Put into the batch whom the file adds and whose details it changes."""
        for reference, said in self.said_of_people.items():
            known = self.people.get(reference)
            name, email = said.values["name"], said.values.get("email")
            if known is None:
                batch.new_people.append(PersonDraft(None, reference, name, email))
            elif self.differs(known, name, email):
                batch.changed_people.append(self.changed(known, name, email))

    def differs(self, known: Any, name: str, email: str | None) -> bool:
        """Say whether a file gives somebody another name or e-mail."""
        return self._differs(known, "name", name) or (email is not None and self._differs(known, "email", email))

    def changed(self, known: Any, name: str, email: str | None) -> PersonDraft:
        """Return somebody with what a file says of them; what only differs in its writing stays as it is."""
        new_name = name if self._differs(known, "name", name) else known.name
        if email is None or not self._differs(known, "email", email):
            return PersonDraft(known.id, known.reference, new_name, known.email, known.email_key is not None)
        return PersonDraft(known.id, known.reference, new_name, email)

    def reference_given(self, reference: str) -> str:
        """Return the reference under which a person of the file is kept."""
        known = self.people.get(reference)
        return reference if known is None else str(known.reference)

    def _plan(self) -> None:
        engagements = {
            (row.person_id, row.organisation_id, row.group_id, row.start_on): row
            for row in db.session.execute(
                select(
                    Engagement.id, Engagement.person_id, Engagement.organisation_id, Engagement.group_id,
                    Engagement.start_on, Engagement.end_on, Engagement.job_title, Engagement.voided_at,
                ).order_by(Engagement.voided_at.is_(None))
            )
        }  # fmt: skip
        merged: dict[tuple[int, int, int, date], list[Any]] = {}
        for row in db.session.scalars(select(Engagement).where(Engagement.void_reason == MERGED_BECAUSE)):
            merged.setdefault((row.person_id, row.organisation_id, row.group_id, row.start_on), []).append(row)
        batch = PeopleBatch()
        self.draft_people(batch)
        for key, said in self.said_of_organisations.items():
            there = self.organisations.get(key)
            area = said.values.get("area")
            if there is None:
                kind = said.values["organisation_kind"]
                batch.new_organisations.append(OrganisationDraft(None, self.names_of_organisations[key], kind, area))
            elif area is not None and not same_text(area, there.area):
                batch.changed_organisations.append(OrganisationDraft(there.id, key, there.kind, area))
        self.found.unchanged = self.repeated
        for line_number, line in self.lines.values():
            person, organisation = self.people.get(line.reference), self.organisations.get(line.organisation_key)
            present = None
            gave_way: list[Any] = []
            if person is not None and organisation is not None:
                place = (person.id, organisation.id, line.group_id, line.start_on)
                present, gave_way = engagements.get(place), merged.get(place, [])
            if any(line.agrees_with(each) for each in gave_way):
                pass  # it says what was said before two rows of one person were merged
            elif present is not None and present.voided_at is not None:
                self.found.notes.append(
                    f"note: line {line_number}: this engagement was voided on its person's page and stays so."
                )
            elif present is None:
                batch.new_engagements.append(
                    EngagementDraft(
                        None,
                        self.reference_given(line.reference),
                        line.organisation_key,
                        line.group_id,
                        line.start_on,
                        line.end_on,
                        line.job_title,
                    )
                )
                self.found.created += 1
                continue
            elif (line.end_on is not None and line.end_on != present.end_on) or (
                line.job_title is not None and not same_text(line.job_title, present.job_title)
            ):
                batch.changed_engagements.append(
                    EngagementDraft(
                        present.id, line.reference, line.organisation_key, line.group_id, line.start_on,
                        line.end_on or present.end_on, line.job_title or present.job_title,
                    )
                )  # fmt: skip
                self.found.updated += 1
                continue
            if line.differs_in_person or line.differs_in_organisation:
                self.found.updated += 1
            else:
                self.found.unchanged += 1
        self.found.apply = lambda actor: self.apply(actor, batch)

    def apply(self, actor: Actor, batch: PeopleBatch) -> None:
        """Write the batch."""
        write_people(actor, batch)


def _same(column: str, one: str | None, other: str) -> bool:
    if column == "email":
        return same_email(one, other)
    return same_text(one, other)
