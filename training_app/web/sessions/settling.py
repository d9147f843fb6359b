"""Saying who the names are that were typed below a register: somebody of the list, somebody new, or a mistake."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from flask import request

from training_app.delivery.matching import Match, matched
from training_app.delivery.models import RegisterMark
from training_app.delivery.register import Newcomer, Settling
from training_app.delivery.rules import MOST_IN_A_REGISTER, Said, WalkIn, walk_in
from training_app.people.models import Person
from training_app.people.queries import all_groups, all_organisations, visible_person
from training_app.people.rules import name_key, tidy_name
from training_app.people.scope import People, Places
from training_app.web.asking import LARGEST_ID
from training_app.web.components.fields import showable

NEW, LEAVE = "new", "leave"
_LONGEST = 300


@dataclass
class Unsure:
    """A name of which it is not sure who it is, and what was answered about it so far. `mark_id` is the line of the register in
    which it waits, None for one typed just now."""

    key: str
    walk_in: WalkIn
    alike: Sequence[Person]
    who: str = ""
    organisation: str = ""
    group: str = ""
    mark_id: int | None = None
    error: str | None = None

    @property
    def typed(self) -> str:
        """All of the line, as it was typed."""
        return self.walk_in.line


@dataclass
class Named:
    """Who was named: people of the list, people who are new, what becomes of names that waited; and all that had to be asked
    about, with the answers. `found` are the lines of which it is sure who they are; `is_settled` once nothing is left to ask.
    """

    came: dict[int, Said] = field(default_factory=dict)
    newcomers: list[Newcomer] = field(default_factory=list)
    settled: list[Settling] = field(default_factory=list)
    unsure: list[Unsure] = field(default_factory=list)
    found: list[tuple[str, Person]] = field(default_factory=list)
    is_settled: bool = True


def named(typed: Sequence[str], waiting: Sequence[RegisterMark], people: People, places: Places) -> Named:
    """Return who the lines typed just now are, those asked about before, and the names that wait in the register."""
    found = Named()
    groups = {each.code: each.id for each in all_groups()}
    asked = [_asked(key, people, places) for key in _keys_asked()]
    known = {each.walk_in.who for each in asked}
    came = {each.who: each for each in map(walk_in, map(tidy_name, list(typed)[:MOST_IN_A_REGISTER]))}
    for match in matched(list(came), people, places):
        who = came[match.typed]
        if match.person is not None:
            found.came[match.person.id] = who.says
            found.found.append((who.line, match.person))
        elif match.typed not in known:
            asked.append(_question(f"n{len(asked)}", who, match, places))
    for each in asked:
        found.unsure.append(each)
        if not _answered(found, each, groups, people):
            found.is_settled = False
    for mark in waiting:
        question = _waiting(mark, people, places)
        found.unsure.append(question)
        if question.who and not _answered(found, question, groups, people):
            found.is_settled = False
    return found


def _answered(found: Named, asked: Unsure, groups: dict[str, int], people: People) -> bool:
    """Take an answer into account; return whether it is one."""
    if asked.who == LEAVE:
        if asked.mark_id is not None:
            found.settled.append(Settling(asked.mark_id))
        return True
    if asked.who == NEW:
        organisation_id, group_id = _number(asked.organisation), groups.get(asked.group)
        if organisation_id is None or group_id is None:
            asked.error = "Choose the organisation and the workforce group of somebody new"
            return False
        newcomer = Newcomer(asked.walk_in.name, organisation_id, group_id, asked.walk_in.says)
        if asked.mark_id is None:
            found.newcomers.append(newcomer)
        else:
            found.settled.append(Settling(asked.mark_id, newcomer=newcomer))
        return True
    person = visible_person(people, asked.who) if asked.who else None
    if person is None:
        asked.error = "Say who this is"
        return False
    if asked.mark_id is None:
        found.came[person.id] = asked.walk_in.says
    else:
        found.settled.append(Settling(asked.mark_id, person_id=person.id))
    return True


def _keys_asked() -> list[str]:
    return [name.removeprefix("line-") for name in request.form if name.startswith("line-n")][:MOST_IN_A_REGISTER]


def _asked(key: str, people: People, places: Places) -> Unsure:
    who = walk_in(tidy_name(showable(request.form.get(f"line-{key}", ""))[:_LONGEST]))
    return _with_answer(_question(key, who, _match(who, people, places), places))


def _waiting(mark: RegisterMark, people: People, places: Places) -> Unsure:
    who = walk_in(mark.typed_name or "")
    return _with_answer(_question(f"m{mark.id}", who, _match(who, people, places), places, mark.id))


def _match(who: WalkIn, people: People, places: Places) -> Match:
    (match, *_) = matched([who.who], people, places) or [Match(who.who, None)]
    return match


def _question(key: str, who: WalkIn, match: Match, places: Places, mark_id: int | None = None) -> Unsure:
    alike = match.alike if match.person is None else [match.person]
    called = name_key(who.organisation)
    fits = [str(number) for number, name in all_organisations(places) if called and name_key(name) == called]
    return Unsure(key, who, alike, organisation=fits[0] if len(fits) == 1 else "", mark_id=mark_id)


def _with_answer(question: Unsure) -> Unsure:
    question.who = showable(request.form.get(f"who-{question.key}", ""))[:100]
    if question.who == "other":
        question.who = showable(request.form.get(f"reference-{question.key}", "")).strip()[:100]
    question.organisation = request.form.get(f"organisation-{question.key}", question.organisation)[:20]
    question.group = showable(request.form.get(f"group-{question.key}", ""))[:100]
    return question


def _number(typed: str) -> int | None:
    if not (typed.isascii() and typed.isdecimal()) or len(typed) > len(str(LARGEST_ID)):
        return None
    return int(typed) if int(typed) <= LARGEST_ID else None
