"""The claims that wait for somebody's decision: which of them are this visitor's to decide, and like ones together.

A workforce manager decides about all of them; a coordinator about those of the people whom they see, where the module allows
it and all of the entry is told to them; nobody about their own.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import joinedload

from training_app.catalogue.models import Module, ModuleVersion
from training_app.clock import LONDON
from training_app.database import db
from training_app.people.scope import People, Places, is_everything
from training_app.records.models import OUTSIDE, Completion
from training_app.records.queries import IS_WAITING, Waiting, told_in_full

# As many like claims as are decided about in one action.
CLAIMS_ON_A_PAGE = 20


@dataclass(frozen=True)
class Decider:
    """Who decides: the people and organisations that they see (see `people/scope.py`), and who they are themselves, if that
    is known."""

    people: People
    places: Places
    own_person_id: int | None

    @property
    def decides_about_all(self) -> bool:
        """Whether every entry but their own is theirs to decide, also what is outside the catalogue or was decided before."""
        return is_everything(self.places)

    def terms(self) -> list[ColumnElement[bool]]:
        """Return the conditions of the completions about which they decide."""
        terms: list[ColumnElement[bool]] = []
        if not is_everything(self.people):
            terms.append(Completion.person_id.in_(self.people))
        if self.own_person_id is not None:
            terms.append(Completion.person_id != self.own_person_id)
        if not self.decides_about_all:
            allowed = select(Module.id).where(Module.coordinator_may_confirm.is_(True))
            terms += [
                Completion.module_id.in_(allowed),
                told_in_full(self.places),
            ]
        return terms


@dataclass(frozen=True)
class Kind:
    """Claims that are alike: those of one module, or all that are outside the catalogue (without module and code), how many
    wait, and since when the oldest does."""

    module_id: int | None
    code: str | None
    title: str
    entries: int
    since: date


@dataclass(frozen=True)
class ClaimsPage:
    """One page of like claims, and how many there are of them in all."""

    rows: Sequence[Completion]
    number: int
    found: int

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.found // CLAIMS_ON_A_PAGE))

    @property
    def first(self) -> int:
        """The place of the first claim on this page among them all."""
        return (self.number - 1) * CLAIMS_ON_A_PAGE + 1

    @property
    def last(self) -> int:
        """The place of the last."""
        return self.first + len(self.rows) - 1


def kinds_waiting(decider: Decider) -> list[Kind]:
    """Return what kinds of claims wait for somebody, the one that has waited longest first."""
    oldest = func.min(Completion.created_at)
    rows = db.session.execute(
        select(Completion.module_id, Module.code, ModuleVersion.title, func.count(), oldest)
        .outerjoin(Module, Module.id == Completion.module_id)
        .outerjoin(
            ModuleVersion, (ModuleVersion.module_id == Completion.module_id) & ModuleVersion.superseded_at.is_(None)
        )
        .where(IS_WAITING, *decider.terms())
        .group_by(Completion.module_id, Module.code, ModuleVersion.title)
        .order_by(oldest, Completion.module_id)
    )
    return [
        Kind(module_id, code, title or OUTSIDE, entries, since.astimezone(LONDON).date())
        for module_id, code, title, entries, since in rows
    ]


def claims_page(decider: Decider, kind: Kind, number: int = 1) -> ClaimsPage:
    """Return one page of the claims of a kind: by day, those of one day from the longest wait. A number past the end gives the
    last page."""
    of_kind = select(Completion.id).where(IS_WAITING, Completion.module_id == kind.module_id, *decider.terms())
    found = db.session.scalar(select(func.count()).select_from(of_kind.subquery())) or 0
    number = min(number, max(1, -(-found // CLAIMS_ON_A_PAGE)))
    chosen = of_kind.order_by(*_ORDER).limit(CLAIMS_ON_A_PAGE).offset((number - 1) * CLAIMS_ON_A_PAGE)
    return ClaimsPage(_read(db.session.scalars(chosen).all()), number, found)


def claims(decider: Decider, ids: Collection[int]) -> Sequence[Completion]:
    """Return those of some completions that still wait for this decider, in the order of a page."""
    terms = [IS_WAITING, Completion.id.in_(ids), *decider.terms()]
    return _read(db.session.scalars(select(Completion.id).where(*terms)).all())


def decided_by(decider: Decider, ids: Collection[int]) -> frozenset[int]:
    """Return the ids of those among some completions about which somebody decides, whether they wait or were decided."""
    return frozenset(db.session.scalars(select(Completion.id).where(Completion.id.in_(ids), *decider.terms())))


def claims_waiting(decider: Decider) -> Waiting:
    """Return how many claims wait for somebody's decision, and since when."""
    entries, oldest = db.session.execute(
        select(func.count(), func.min(Completion.created_at)).where(IS_WAITING, *decider.terms())
    ).one()
    return Waiting(entries, oldest.astimezone(LONDON).date() if oldest else None)


def all_waiting(decider: Decider) -> Sequence[Completion]:
    """Return all the claims that wait for somebody's decision, the longest ago completed first."""
    return db.session.scalars(_with_names().where(IS_WAITING, *decider.terms()).order_by(*_ORDER)).all()


_ORDER = (Completion.completed_on, Completion.created_at, Completion.id)


def _read(ids: Collection[int]) -> Sequence[Completion]:
    return db.session.scalars(_with_names().where(Completion.id.in_(ids)).order_by(*_ORDER)).all()


def _with_names() -> Select[Completion]:
    return select(Completion).options(
        joinedload(Completion.person, innerjoin=True), joinedload(Completion.module), joinedload(Completion.version)
    )
