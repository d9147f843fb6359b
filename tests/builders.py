"""Makes hubs, people and histories for tests in one line each."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from datetime import date
from functools import cache
from typing import Any

from flask import Flask
from sqlalchemy import event, select

from training_app.accounts import passwords
from training_app.accounts.actions import open_account
from training_app.accounts.models import Account, Role
from training_app.audit import Actor
from training_app.catalogue.models import Module
from training_app.database import db, transaction
from training_app.people.actions import add_organisation, add_person, begin_engagement
from training_app.people.models import Engagement, Organisation, Person
from training_app.people.queries import organisation_by_name
from training_app.records.actions import record_completion
from training_app.records.evidence import attach, keep
from training_app.records.models import Completion, Evidence, EvidenceFile
from training_app.records.outside import Training, Worth, log_outside, map_outside
from training_app.skills.levels import Level
from training_app.skills.models import Skill
from training_app.strategy.models import WorkforceGroup

PASSWORD = "a long enough passphrase"
LONG_AGO = date(2020, 9, 1)
# The shortest that passes for a whole PDF: one empty page.
A_PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 90 90]>>endobj\n"
    b"xref\n0 1\n0000000000 65535 f \ntrailer<</Size 4/Root 1 0 R>>\nstartxref\n165\n%%EOF\n"
)


@cache
def _hash_of_the_password() -> str:
    """Return the slow hash of the usual test password, computed once for all tests."""
    return passwords.hash_of(PASSWORD)


def on(day: date | str) -> date:
    """Return a day, also from its ISO form."""
    return date.fromisoformat(day) if isinstance(day, str) else day


class Hub:
    """A seeded hub and short ways to fill it; ids are passed on, so that nothing goes stale between transactions."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.actor = Actor.command()
        self._numbers = itertools.count(1)

    def organisation(self, name: str = "Harbour Music Service", kind: str = "music_service", **about: Any) -> int:
        """Return the id of an organisation, adding it if it is not there."""
        found = organisation_by_name(name)
        if found is not None:
            return found.id
        with transaction():
            organisation: Organisation = add_organisation(self.actor, name, kind, **about)
            return organisation.id

    def group_id(self, code: str) -> int:
        """Return the id of a workforce group."""
        return db.session.scalars(select(WorkforceGroup.id).where(WorkforceGroup.code == code)).one()

    def skill_id(self, code: str) -> int:
        """Return the id of a skill."""
        return db.session.scalars(select(Skill.id).where(Skill.code == code)).one()

    def module_id(self, code: str) -> int:
        """Return the id of a module."""
        return db.session.scalars(select(Module.id).where(Module.code == code)).one()

    def person(
        self,
        name: str = "Ama Okafor",
        *,
        reference: str | None = None,
        email: str | None = None,
        group: str | None = "music-service-staff",
        organisation: int | None = None,
        start_on: date | str = LONG_AGO,
        end_on: date | str | None = None,
        with_completed: Iterable[str] = (),
        completed_on: date | str = date(2026, 9, 1),
    ) -> int:
        """Return the id of a new person, engaged in a group and having completed some modules on one day."""
        place = organisation if organisation is not None else self.organisation()
        group_id = self.group_id(group) if group else None
        with transaction():
            person: Person = add_person(self.actor, reference or f"P-{next(self._numbers):04}", name, email=email)
            person_id = person.id
            if group_id is not None:
                begin_engagement(self.actor, person_id, place, group_id, on(start_on), on(end_on) if end_on else None)
        for code in with_completed:
            self.completion(person_id, code, completed_on)
        return person_id

    def engagement(
        self,
        person_id: int,
        group: str,
        start_on: date | str = LONG_AGO,
        end_on: date | str | None = None,
        organisation: int | None = None,
    ) -> int:
        """Return the id of another engagement of a person."""
        place = organisation if organisation is not None else self.organisation()
        group_id = self.group_id(group)
        with transaction():
            engagement: Engagement = begin_engagement(
                self.actor, person_id, place, group_id, on(start_on), on(end_on) if end_on else None
            )
            return engagement.id

    def completion(
        self,
        person_id: int,
        module: str,
        completed_on: date | str,
        evidence: Evidence = Evidence.VERIFIED,
        **details: Any,
    ) -> int:
        """Return the id of a completion of a module by a person."""
        module_id = self.module_id(module)
        with transaction():
            completion: Completion = record_completion(
                self.actor, person_id, module_id, on(completed_on), evidence, **details
            )
            return completion.id

    def evidence_file(self, completion_id: int, content: bytes = A_PDF, account: int | None = None) -> int:
        """Return the id of a photo or PDF that goes with a completion, added by an account or a command."""
        kept = keep(content)
        with transaction():
            entry = db.session.get_one(Completion, completion_id)
            file: EvidenceFile = attach(Actor.account(account) if account else self.actor, entry, kept)
            return file.id

    def outside(
        self, person_id: int, title: str, completed_on: date | str, *, gives: dict[str, str] | None = None, **more: Any
    ) -> int:
        """Return the id of an entry of training outside the catalogue: unmapped, or by `gives` mapped by a command to levels
        in skills, for good unless `refresh_months` or `ends_on` says otherwise."""
        worth = {name: more.pop(name) for name in ("refresh_months", "ends_on") if name in more}
        skills = {self.skill_id(skill): Level.of_code(level) for skill, level in (gives or {}).items()}
        with transaction():
            entry = log_outside(self.actor, person_id, Training(title, on(completed_on), **more)).completion
            if gives is not None:
                entry = map_outside(self.actor, entry, Worth(skills, **worth))
            return entry.id

    def account(self, email: str, *roles: str, person: int | None = None, organisations: Iterable[int] = ()) -> int:
        """Return the id of an account with the usual test password."""
        with transaction():
            account: Account = open_account(
                self.actor,
                email,
                [Role(role) for role in roles],
                person_id=person,
                organisation_ids=organisations,
                password_hash=_hash_of_the_password(),
            )
            return account.id


class CountedQueries:
    """Counts the statements sent to the database inside a `with` block."""

    def __enter__(self) -> CountedQueries:
        """Begin to count."""
        self.statements: list[str] = []
        event.listen(db.engine, "before_cursor_execute", self._note)
        return self

    def __exit__(self, *_: object) -> None:
        """Stop counting."""
        event.remove(db.engine, "before_cursor_execute", self._note)

    def _note(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            self.statements.append(statement)

    @property
    def count(self) -> int:
        """How many statements were sent."""
        return len(self.statements)
