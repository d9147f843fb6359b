"""Reading pairs and teams: for those who are in them, everything; for the hub, that they are, and what they share."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from training_app.accounts.queries import account_by_email
from training_app.addresses import is_email
from training_app.catalogue.models import Module, ModuleFormat, ModuleVersion
from training_app.database import db, rows_of
from training_app.people.models import Engagement, Organisation, Person
from training_app.people.queries import PAGE_SIZE, Page, person_by_email
from training_app.people.rules import name_key
from training_app.people.scope import People, Places, is_everything, is_shared, people_engaged
from training_app.practice.models import (
    Kind,
    Practice,
    PracticeEntry,
    PracticeInvitation,
    PracticeMember,
    PracticeVisit,
)

# The format of the modules that are completed in this way.
FORMAT_OF: Mapping[Kind, str] = {Kind.PAIR: "peer-observation", Kind.RESEARCH: "action-research"}
_GOES_ON_READING = or_(PracticeMember.left_at.is_(None), PracticeMember.left_at == Practice.ended_at)
_NOT_ANSWERED = (PracticeInvitation.answer.is_(None), Practice.finished_at.is_(None), Practice.ended_at.is_(None))
STATES = ("under-way", "finished", "left")


def modules_done_as(kind: Kind, on: date) -> list[tuple[int, str, str]]:
    """Return id, code and title of the modules on offer that are completed in this way, sorted by code."""
    rows = db.session.execute(
        select(Module.id, Module.code, ModuleVersion.title)
        .join(ModuleVersion, ModuleVersion.module_id == Module.id)
        .join(ModuleFormat, ModuleFormat.id == ModuleVersion.format_id)
        .where(
            ModuleVersion.superseded_at.is_(None),
            ModuleFormat.code == FORMAT_OF[kind],
            or_(Module.retired_on.is_(None), Module.retired_on > on),
        )
        .order_by(Module.code)
    )
    return [(number, code, title) for number, code, title in rows]


def memberships_of(person_id: int) -> Sequence[PracticeMember]:
    """Return what somebody takes part in, or took part in until they left, the latest first."""
    return db.session.scalars(
        select(PracticeMember)
        .options(_with_everybody(PracticeMember.practice))
        .where(PracticeMember.person_id == person_id)
        .order_by(PracticeMember.joined_at.desc(), PracticeMember.id.desc())
    ).all()


def membership_in(person_id: int | None, practice_id: int, kind: Kind) -> PracticeMember | None:
    """Return somebody's place in a pair or team of theirs. Those with whom it ended go on reading what was written; what a team
    writes that goes on is no longer read by whoever left it."""
    if person_id is None:
        return None
    return db.session.scalars(
        select(PracticeMember)
        .join(PracticeMember.practice)
        .options(_with_everybody(PracticeMember.practice))
        .where(
            PracticeMember.person_id == person_id,
            PracticeMember.practice_id == practice_id,
            Practice.kind == kind.value,
            _GOES_ON_READING,
        )
        .order_by(PracticeMember.left_at.is_not(None), PracticeMember.id.desc())
        .limit(1)
    ).one_or_none()


def invitations_to(person_id: int) -> Sequence[PracticeInvitation]:
    """Return the invitations that somebody has not answered yet, the oldest first."""
    return db.session.scalars(
        _invitations().where(PracticeInvitation.person_id == person_id, *_NOT_ANSWERED).order_by(PracticeInvitation.id)
    ).all()


def invitations_waiting(person_id: int) -> int:
    """Count the invitations that somebody has not answered yet."""
    return int(rows_of(_how_many_invite(), {"person": person_id})[0][0])


@cache
def _how_many_invite() -> Select[int]:
    """Return the statement of how many invite the `person`; it is put together once, since homes ask it."""
    return (
        select(func.count())
        .select_from(PracticeInvitation)
        .join(Practice, Practice.id == PracticeInvitation.practice_id)
        .where(PracticeInvitation.person_id == bindparam("person"), *_NOT_ANSWERED)
    )


def invitation_to(person_id: int | None, invitation_id: int) -> PracticeInvitation | None:
    """Return an invitation of somebody's, answered or not."""
    return (
        db.session.scalars(
            _invitations().where(PracticeInvitation.id == invitation_id, PracticeInvitation.person_id == person_id)
        ).one_or_none()
        if person_id is not None
        else None
    )


def invitation_of_theirs(person_id: int | None, invitation_id: int) -> PracticeInvitation | None:
    """Return an invitation into a pair or team in which somebody takes part."""
    taking_part = (
        select(PracticeMember.practice_id)
        .join(Practice, Practice.id == PracticeMember.practice_id)
        .where(PracticeMember.person_id == person_id, _GOES_ON_READING)
    )
    return (
        db.session.scalars(
            _invitations().where(
                PracticeInvitation.id == invitation_id, PracticeInvitation.practice_id.in_(taking_part)
            )
        ).one_or_none()
        if person_id is not None
        else None
    )


def visits_of(practice: Practice) -> Mapping[int, PracticeVisit]:
    """Return what the two of a pair wrote about their visits, by the number of the member who paid it."""
    rows = db.session.scalars(
        select(PracticeVisit).where(PracticeVisit.member_id.in_([each.id for each in practice.members]))
    )
    return {each.member_id: each for each in rows}


def visits_by(person_id: int) -> Mapping[int, PracticeVisit]:
    """Return what somebody wrote about their visits, by the number of their membership."""
    rows = db.session.scalars(
        select(PracticeVisit)
        .join(PracticeMember, PracticeMember.id == PracticeVisit.member_id)
        .where(PracticeMember.person_id == person_id)
    )
    return {each.member_id: each for each in rows}


def entries_of(practice_ids: Collection[int]) -> Mapping[int, list[PracticeEntry]]:
    """Return what teams wrote about the steps of their cycles, by day, by the number of the practice."""
    found: dict[int, list[PracticeEntry]] = {}
    rows = db.session.execute(
        select(PracticeEntry, PracticeMember.practice_id)
        .join(PracticeMember, PracticeMember.id == PracticeEntry.member_id)
        .options(joinedload(PracticeEntry.member))
        .where(PracticeMember.practice_id.in_(practice_ids))
        .order_by(PracticeEntry.on_day, PracticeEntry.id)
    )
    for entry, practice_id in rows:
        found.setdefault(practice_id, []).append(entry)
    return found


def entry_by(member: PracticeMember, entry_id: int) -> PracticeEntry | None:
    """Return an entry that a member wrote."""
    return db.session.scalars(
        select(PracticeEntry).where(PracticeEntry.id == entry_id, PracticeEntry.member_id == member.id)
    ).one_or_none()


def person_meant(typed: str, by_person_id: int, on: date) -> int | None:
    """Return who is meant by an e-mail, or by the whole name of one colleague who is engaged at an organisation of the person who
    names them; None where the hub knows nobody, or more than one, or it is themselves."""
    if is_email(typed):
        person = person_by_email(typed)
        account = account_by_email(typed)
        found = person.id if person is not None else account.person_id if account is not None else None
        return None if found == by_person_id else found
    own = select(Engagement.organisation_id).where(
        Engagement.person_id == by_person_id,
        Engagement.voided_at.is_(None),
        Engagement.start_on <= on,
        or_(Engagement.end_on.is_(None), Engagement.end_on >= on),
    )
    colleagues = people_engaged(select(Organisation.id).where(Organisation.id.in_(own)), on)
    named = db.session.scalars(
        select(Person.id)
        .where(
            Person.id.in_(colleagues),
            Person.name_key == name_key(typed),
            Person.erased_at.is_(None),
            Person.id != by_person_id,
        )
        .limit(2)
    ).all()
    return named[0] if len(named) == 1 else None


def invited_since(person_id: int, moment: datetime) -> int:
    """Return how many invitations somebody has sent since a moment."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(PracticeInvitation)
            .join(PracticeMember, PracticeMember.id == PracticeInvitation.invited_by_member_id)
            .where(PracticeMember.person_id == person_id, PracticeInvitation.invited_at > moment)
        )
        or 0
    )


# --- for the hub


@dataclass(frozen=True)
class Wanted:
    """Which memberships the hub wants to see: in one of `STATES`, or all."""

    state: str | None = None


def members_page(people: People, places: Places, wanted: Wanted, number: int = 1) -> Page:
    """Return one page of who takes part in what, the latest first. Of somebody who is engaged elsewhere too it is not told."""
    chosen = _members(people, places, wanted)
    found = db.session.scalar(select(func.count()).select_from(chosen.subquery())) or 0
    number = min(number, max(1, -(-found // PAGE_SIZE)))
    ids = chosen.order_by(*_LATEST_FIRST).limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE)
    return Page(_listed(ids), number, found)


def members_wanted(people: People, places: Places, wanted: Wanted) -> Sequence[PracticeMember]:
    """Return all of them, the latest first."""
    return _listed(_members(people, places, wanted).order_by(*_LATEST_FIRST))


def shared_finding(people: People, places: Places, practice_id: int) -> Practice | None:
    """Return a team's research whose finding is shared with the hub, where one of the team is seen."""
    seen = _members(people, places, Wanted()).with_only_columns(PracticeMember.practice_id)
    return db.session.scalars(
        select(Practice).where(
            Practice.id == practice_id,
            Practice.id.in_(seen),
            Practice.shared.is_(True),
            Practice.finding.is_not(None),
        )
    ).one_or_none()


_LATEST_FIRST = (PracticeMember.joined_at.desc(), PracticeMember.id.desc())


def _members(people: People, places: Places, wanted: Wanted) -> Select[Any]:
    terms: list[ColumnElement[bool]] = [Person.erased_at.is_(None)]
    if not is_everything(people):
        terms.append(PracticeMember.person_id.in_(people))
    if not is_everything(places):
        terms.append(~is_shared(PracticeMember.person_id, places))
    left = or_(PracticeMember.left_at.is_not(None), Practice.ended_at.is_not(None))
    if wanted.state == "left":
        terms.append(left)
    elif wanted.state == "finished":
        terms += [PracticeMember.left_at.is_(None), Practice.finished_at.is_not(None)]
    elif wanted.state == "under-way":
        terms += [~left, Practice.finished_at.is_(None)]
    return (
        select(PracticeMember.id)
        .join(Practice, Practice.id == PracticeMember.practice_id)
        .join(Person, Person.id == PracticeMember.person_id)
        .where(*terms)
    )


def _listed(chosen: Select[Any]) -> Sequence[PracticeMember]:
    return db.session.scalars(
        select(PracticeMember)
        .join(PracticeMember.practice)
        .options(contains_eager(PracticeMember.practice).joinedload(Practice.module))
        .where(PracticeMember.id.in_(chosen))
        .order_by(*_LATEST_FIRST)
    ).all()


def _invitations() -> Select[Any]:
    return (
        select(PracticeInvitation)
        .join(PracticeInvitation.practice)
        .options(_with_everybody(PracticeInvitation.practice, contains=True), joinedload(PracticeInvitation.invited_by))
    )


def _with_everybody(attribute: Any, *, contains: bool = False) -> Any:
    practice = contains_eager(attribute) if contains else joinedload(attribute)
    return practice.options(
        joinedload(Practice.module), selectinload(Practice.members), selectinload(Practice.invitations)
    )
