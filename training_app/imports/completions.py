"""Completed training, one completion a row."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import aliased

from training_app.catalogue.models import Module
from training_app.catalogue.rules import MOST_HOURS, hours_problem
from training_app.clock import today
from training_app.database import db
from training_app.files import RowError, Sheet, quoted
from training_app.imports.judgement import Judgement, RowReader, readers, same_text
from training_app.imports.references import PeopleByName
from training_app.people.personal import MERGED_BECAUSE
from training_app.records.bulk import CompletionChange, CompletionDraft, write_completions
from training_app.records.models import Completion, Evidence

COLUMNS = ("person", "module", "completed_on", "evidence", "hours", "provider", "note")
REQUIRED = COLUMNS[:3]
LONGEST_PROVIDER = 200
LONGEST_NOTE = 2000
EVIDENCE = {each.value: each for each in (Evidence.VERIFIED, Evidence.SELF_DECLARED)}
_HOURS = re.compile(r"[0-9]+(?:\.[0-9]+)?|\.[0-9]+")
_Key = tuple[int, int, date]


@dataclass(frozen=True)
class Line:
    """What a row says of a completion."""

    number: int
    evidence: Evidence | None
    hours: Decimal | None
    provider: str | None
    note: str | None

    @property
    def has_details(self) -> bool:
        """Whether it says more than who, what and when."""
        return self.hours is not None or self.provider is not None or self.note is not None

    def agrees_with(self, merged: Any) -> bool:
        """Say whether this line says only what a completion said whose person was recorded twice, before the two were merged."""
        return (
            (self.evidence is not Evidence.VERIFIED or merged.evidence == Evidence.VERIFIED)
            and self.hours in (None, merged.hours)
            and (self.provider is None or same_text(self.provider, merged.provider))
            and (self.note is None or same_text(self.note, merged.note))
        )


def judge(sheet: Sheet) -> Judgement:
    """Return what these rows would do to people's records."""
    return CompletionsJudge(sheet, PeopleByName()).judgement()


class CompletionsJudge:
    """Judges the rows of one file, row by row and then as a whole."""

    usual_evidence = Evidence.VERIFIED

    def __init__(self, sheet: Sheet, people: PeopleByName) -> None:
        self.sheet = sheet
        self.today = today()
        self.errors: list[RowError] = list(sheet.errors)
        self.found = Judgement(rows=sheet.row_count)
        self.people = people
        self.modules = {code.casefold(): id_ for code, id_ in db.session.execute(select(Module.code, Module.id))}
        self.merged = _merged()
        self.lines: dict[_Key, Line] = {}

    def judgement(self) -> Judgement:
        """Return what the file would do."""
        for reader in readers(self.sheet, self.errors):
            self._row(reader)
        self.found.errors = self.errors
        if not self.errors:
            self._plan()
        return self.found

    def _row(self, reader: RowReader) -> None:
        person_id = self.people.read(reader)
        module_id = reader.one_of("module", self.modules, "a module of the catalogue", required=True)
        completed_on = reader.day("completed_on", required=True)
        if completed_on is not None and completed_on > self.today:
            reader.wrong(
                "completed_on", f"{completed_on.isoformat()} is in the future. Record it once it is completed."
            )
        line = Line(
            reader.line,
            self.evidence(reader),
            _hours(reader),
            reader.text("provider", LONGEST_PROVIDER),
            reader.text("note", LONGEST_NOTE),
        )
        if not (reader.is_good and person_id and module_id and completed_on):
            return
        key = (person_id, module_id, completed_on)
        if any(line.agrees_with(each) for each in self.merged.get(key, [])):
            self.found.unchanged += 1
            return
        earlier = self.lines.setdefault(key, line)
        if earlier is line:
            return
        for column in ("evidence", "hours", "provider", "note"):
            now_says, said = getattr(line, column), getattr(earlier, column)
            if now_says is not None and now_says != (said or (self.usual_evidence if column == "evidence" else said)):
                reader.wrong(
                    column,
                    f"{quoted(str(now_says))} does not agree with line {earlier.number}, which is the same completion. "
                    "Keep one of the two rows.",
                )
                return
        if line.evidence is not None and earlier.evidence is None:
            # Both say verified, but only the word itself lifts what is recorded as self-declared.
            self.lines[key] = replace(earlier, evidence=line.evidence)
        self.found.unchanged += 1

    def evidence(self, reader: RowReader) -> Evidence | None:
        """Return the evidence that a row gives."""
        return reader.one_of("evidence", EVIDENCE, "evidence that a file can give")

    def draft(self, key: _Key, line: Line) -> CompletionDraft:
        """Return a completion that is new."""
        return CompletionDraft(*key, line.evidence or self.usual_evidence, line.hours, line.provider, line.note)

    def is_told(self, _there: Any) -> bool:
        """Say whether what is recorded already may be told to who brings the file in."""
        return True

    def may_change(self, _there: Any) -> bool:
        """Say whether a row may change what is recorded already."""
        return True

    def _plan(self) -> None:
        present = {key: row for key, row in self._present().items() if self.is_told(row)}
        new: list[CompletionDraft] = []
        changed: list[CompletionChange] = []
        for key, line in self.lines.items():
            there = present.get(key)
            if there is None:
                new.append(self.draft(key, line))
                self.found.created += 1
            elif there.evidence in (Evidence.VOID, Evidence.RETURNED):
                how = "was voided" if there.evidence == Evidence.VOID else "was sent back for correction"
                self.found.notes.append(f"note: line {line.number}: this completion {how} and stays so.")
                self.found.unchanged += 1
            elif not self.may_change(there):
                if line.has_details:
                    self.found.notes.append(
                        f"note: line {line.number}: this completion is not yours to change, so its details stay as they are."
                    )
                self.found.unchanged += 1
            else:
                lifted = line.evidence is Evidence.VERIFIED and there.evidence == Evidence.SELF_DECLARED
                change = CompletionChange(
                    there.id,
                    verify=lifted,
                    hours=line.hours if line.hours is not None else there.hours,
                    provider=line.provider or there.provider,
                    note=line.note or there.note,
                )
                differs = (
                    change.hours != there.hours
                    or not same_text(change.provider, there.provider)
                    or not same_text(change.note, there.note)
                )
                if lifted or differs:
                    changed.append(change)
                    self.found.updated += 1
                    continue
                self.found.unchanged += 1
        self.found.apply = lambda actor: write_completions(actor, new, changed)

    def _present(self) -> dict[_Key, Any]:
        """Return what is recorded for the file's keys; a completion that stands hides a voided one."""
        if not self.lines:
            return {}
        days = [day for _, _, day in self.lines]
        rows = db.session.execute(
            select(
                Completion.id, Completion.person_id, Completion.module_id, Completion.completed_on,
                Completion.evidence, Completion.hours, Completion.provider, Completion.note,
                Completion.recorded_by_account_id, Completion.recorded_for_organisation_id,
            )
            .where(Completion.completed_on.between(min(days), max(days)))
            .order_by(Completion.evidence != Evidence.VOID.value)
        )  # fmt: skip
        return {key: row for row in rows if (key := (row.person_id, row.module_id, row.completed_on)) in self.lines}


def _merged() -> dict[_Key, list[Any]]:
    """Return the completions that gave way when two rows of one person were merged, each with the evidence of what stands."""
    stands = aliased(Completion)
    found: dict[_Key, list[Any]] = {}
    for row in db.session.execute(
        select(
            Completion.person_id, Completion.module_id, Completion.completed_on,
            stands.evidence, Completion.hours, Completion.provider, Completion.note,
        )
        .join(stands, stands.id == Completion.successor_id)
        .where(Completion.void_reason == MERGED_BECAUSE)
    ):  # fmt: skip
        found.setdefault((row.person_id, row.module_id, row.completed_on), []).append(row)
    return found


def _hours(reader: RowReader) -> Decimal | None:
    text = reader.text("hours", 100)
    if text is None:
        return None
    if not _HOURS.fullmatch(text):
        reader.wrong("hours", f"{quoted(text)} is not a number of hours. Write 0 or more, such as 1.5.")
        return None
    hours = Decimal(text)
    # More figures than this are not rounded, and are too many hours.
    if hours <= MOST_HOURS:
        hours = hours.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    problem = hours_problem(hours)
    if problem is not None:
        reader.wrong("hours", f"the hours {problem}.")
        return None
    return hours
