"""Reading what people asked to have put right.

What lists requests starts from `people`, the ids of those whom the reader may see (see `people/scope.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import joinedload

from training_app.clock import LONDON
from training_app.corrections.models import CorrectionRequest, Subject
from training_app.database import db
from training_app.people.models import Engagement
from training_app.people.queries import PAGE_SIZE, Page
from training_app.people.rules import in_words, span_in_words
from training_app.records.models import Completion, Evidence
from training_app.skills.models import Exemption

People = Select[Any]
About = tuple[Subject, int | None]

# Which requests a list shows; the first is the usual one.
STATES = ("waiting", "answered", "all")
DETAILS = "Name, e-mail or reference"


@dataclass(frozen=True)
class Waiting:
    """How many requests wait for an answer, and since when the oldest does (None where none waits)."""

    requests: int
    since: date | None


def requests_waiting(people: People) -> Waiting:
    """Return how many requests of these people wait for an answer, and since when."""
    requests, oldest = db.session.execute(
        select(func.count(), func.min(CorrectionRequest.asked_at)).where(
            CorrectionRequest.answer.is_(None), *_within(people)
        )
    ).one()
    return Waiting(requests, oldest.astimezone(LONDON).date() if oldest else None)


def requests_page(people: People, state: str, number: int = 1) -> Page:
    """Return one page of requests in a state (one of `STATES`), those that have waited longest first, and of answered ones
    the newest; a number past the end gives the last page."""
    chosen = _chosen(people, state)
    found = db.session.scalar(select(func.count()).select_from(chosen.order_by(None).subquery())) or 0
    number = min(number, max(1, -(-found // PAGE_SIZE)))
    return Page(db.session.scalars(chosen.limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE)).all(), number, found)


def requests_wanted(people: People, state: str) -> Sequence[CorrectionRequest]:
    """Return all requests in a state, in the order of the pages."""
    return db.session.scalars(_chosen(people, state)).all()


def requests_of(person_id: int) -> Sequence[CorrectionRequest]:
    """Return what somebody asked to have put right, the newest first."""
    return db.session.scalars(
        select(CorrectionRequest)
        .where(CorrectionRequest.person_id == person_id)
        .order_by(CorrectionRequest.asked_at.desc(), CorrectionRequest.id.desc())
    ).all()


def request_seen(people: People, request_id: int) -> CorrectionRequest | None:
    """Return a request by its id if its person is among `people`; None for one unseen exactly as for one absent."""
    return db.session.scalar(
        select(CorrectionRequest)
        .options(joinedload(CorrectionRequest.person))
        .where(CorrectionRequest.id == request_id, CorrectionRequest.person_id.in_(people))
    )


def subjects_of(person_id: int) -> Mapping[About, str]:
    """Return everything of somebody's record that can be wrong, each with its words; what was voided is left out."""
    return {
        (Subject.DETAILS, None): DETAILS,
        **{(Subject.COMPLETION, key): words for key, words in _completions(Completion.person_id == person_id).items()},
        **{(Subject.ENGAGEMENT, key): words for key, words in _engagements(Engagement.person_id == person_id).items()},
        **{(Subject.EXEMPTION, key): words for key, words in _exemptions(Exemption.person_id == person_id).items()},
        (Subject.OTHER, None): "Something else, or something missing",
    }


def described(requests: Collection[CorrectionRequest]) -> Mapping[int, str]:
    """Return what each request is about in words, by its id. Three statements, however many."""
    ids: dict[Subject, set[int]] = {each: set() for each in Subject}
    for each in requests:
        if each.about_id is not None:
            ids[Subject(each.about)].add(each.about_id)
    words = {
        Subject.COMPLETION: _completions(Completion.id.in_(ids[Subject.COMPLETION]), void=True),
        Subject.ENGAGEMENT: _engagements(Engagement.id.in_(ids[Subject.ENGAGEMENT]), void=True),
        Subject.EXEMPTION: _exemptions(Exemption.id.in_(ids[Subject.EXEMPTION]), void=True),
    }
    plainly = {Subject.DETAILS: DETAILS, Subject.OTHER: "Something else"}
    return {
        each.id: plainly.get(Subject(each.about)) or words[Subject(each.about)].get(each.about_id or 0, "An entry")
        for each in requests
    }


def _completions(*terms: ColumnElement[bool], void: bool = False) -> dict[int, str]:
    query = (
        select(Completion)
        .options(joinedload(Completion.module), joinedload(Completion.version))
        .where(*terms, *([] if void else [Completion.evidence != Evidence.VOID.value]))
        .order_by(Completion.completed_on.desc(), Completion.id.desc())
    )
    return {
        each.id: f"{each.version.title}{f' ({each.code})' if each.code else ''}, completed on {in_words(each.completed_on)}"
        for each in db.session.scalars(query)
    }


def _engagements(*terms: ColumnElement[bool], void: bool = False) -> dict[int, str]:
    query = (
        select(Engagement)
        .options(joinedload(Engagement.group), joinedload(Engagement.organisation))
        .where(*terms, *([] if void else [Engagement.voided_at.is_(None)]))
        .order_by(Engagement.start_on.desc(), Engagement.id.desc())
    )
    return {
        each.id: f"{each.group.name} at {each.organisation.name} {span_in_words(each.start_on, each.end_on)}"
        for each in db.session.scalars(query)
    }


def _exemptions(*terms: ColumnElement[bool], void: bool = False) -> dict[int, str]:
    query = (
        select(Exemption)
        .options(joinedload(Exemption.skill))
        .where(*terms, *([] if void else [Exemption.voided_at.is_(None)]))
        .order_by(Exemption.start_on.desc(), Exemption.id.desc())
    )
    return {
        each.id: f"Exempt from {each.skill.name} {span_in_words(each.start_on, each.end_on)}"
        for each in db.session.scalars(query)
    }


def _within(people: People) -> list[ColumnElement[bool]]:
    """Return the terms that keep a list to these people; none where they are everybody, which would only cost time."""
    return [] if people.whereclause is None else [CorrectionRequest.person_id.in_(people)]


def _chosen(people: People, state: str) -> Select[CorrectionRequest]:
    query = select(CorrectionRequest).options(joinedload(CorrectionRequest.person)).where(*_within(people))
    if state == "waiting":
        return query.where(CorrectionRequest.answer.is_(None)).order_by(
            CorrectionRequest.asked_at, CorrectionRequest.id
        )
    if state == "answered":
        query = query.where(CorrectionRequest.answer.is_not(None))
    return query.order_by(CorrectionRequest.asked_at.desc(), CorrectionRequest.id.desc())
