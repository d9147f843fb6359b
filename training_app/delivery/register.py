"""Keeping a register: who was there, and what that completes.

Several may keep one register at the same time. Each sends what they were shown and what they say; only lines that they changed
are theirs (see `rules.merged`), so that what all of them did is the sum of it, and only two who change the same line to
different ends are told. What it completes follows from its lines: it is worked out each time anew, so that a register pressed
twice completes nothing twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from training_app.accounts.tokens import hash_token, new_token
from training_app.audit import Actor, Change, record, record_many
from training_app.clock import now, today
from training_app.database import db, snapshot
from training_app.delivery.actions import refuse_cancelled
from training_app.delivery.models import Presence, Register, RegisterLink, RegisterMark, TrainingSession
from training_app.delivery.queries import (
    booked_people,
    marks_of,
    register_stands,
    session_to_change,
    standing_link_of,
)
from training_app.delivery.rules import HERE, MOST_IN_A_REGISTER, Said, awaits_task, merged, part_problem
from training_app.errors import ChangedMeanwhile, Refused
from training_app.people.actions import begin_engagement, checked_reason, checked_text
from training_app.people.doubles import add_starter
from training_app.people.models import Person
from training_app.people.queries import organisation_by_id, person_by_id
from training_app.people.rules import LONGEST_NAME, LONGEST_REASON, in_words, name_key
from training_app.people.scope import People, Places
from training_app.records.actions import record_completions, void_completion
from training_app.records.messages import tell_recorded
from training_app.records.models import Completion, Evidence
from training_app.skills.levels import Level

_GONE = Said(Presence.WITHDRAWN.value)
# Presences that complete the module.
_THERE = frozenset({Presence.PRESENT.value, Presence.PART.value})

TASK_AWAITED = "Took part in the session of {day}; the task tried in one's own setting is awaited."
PART_TO_CONFIRM = "Was there for a part of the session of {day}; to be confirmed."
OWN_TO_CONFIRM = "Took part in the session of {day} and kept its register; somebody else confirms it."
TOOK_PART = "Took part in the session of {day}."


@dataclass(frozen=True)
class Line:
    """What somebody who keeps a register says of one person: what they were `shown` and what they `say` now."""

    person_id: int
    shown: Said
    say: Said


@dataclass(frozen=True)
class Newcomer:
    """Somebody who came and whom the hub does not know yet, where they work or volunteer, and whether for all of it."""

    name: str
    organisation_id: int | None = None
    group_id: int | None = None
    says: Said = HERE


@dataclass(frozen=True)
class Settling:
    """What becomes of a name that waits in a register: it is this person, or somebody new, or (neither) it was a mistake."""

    mark_id: int
    person_id: int | None = None
    newcomer: Newcomer | None = None


@dataclass(frozen=True)
class Sent:
    """Everything that is sent with a register at once: its lines, who `came` besides by their id, who is new, names that were
    `typed` by those who may not look for people, what becomes of such names, and why it is corrected where it was saved before.
    """

    lines: Sequence[Line] = ()
    came: Mapping[int, Said] = field(default_factory=dict)
    newcomers: Sequence[Newcomer] = ()
    typed: Mapping[str, Said] = field(default_factory=dict)
    settled: Sequence[Settling] = ()
    because: str | None = None


@dataclass
class Kept:
    """What saving a register did: how many completions it recorded, verified and awaiting confirmation, and how many it voided;
    how many had theirs already; and how many names wait for the manager."""

    verified: int = 0
    awaiting: int = 0
    voided: int = 0
    already: int = 0
    names_waiting: int = 0
    changed: int = 0


@dataclass
class _Books:
    """A register in hand: its session, its lines by person, and what has to be told to the log."""

    session: TrainingSession
    by_person: dict[int, RegisterMark]
    typed: list[RegisterMark]
    told: list[tuple[RegisterMark, dict[str, Any] | None]] = field(default_factory=list)
    because: str | None = None


def save_register(
    actor: Actor,
    session_id: int,
    sent: Sent,
    *,
    people: People,
    places: Places,
    own_person_id: int | None = None,
) -> Kept:
    """Save a register: the lines that were changed, who came besides, and what all that completes, in one batch. Whoever is
    booked and not spoken of was there. Saved again, it changes nothing.

    `people` and `places` are those whom and where the actor may see: who came besides is one of these, or somebody new;
    `own_person_id` is who keeps it, and nobody confirms their own training. Completions are recorded once the last day of the
    session has come.

    Raises `ChangedMeanwhile` where somebody else changed the same line otherwise, and `Refused` for hours or names that
    cannot be kept, for too many people, and where the session is cancelled.
    """
    session = session_to_change(session_id)
    refuse_cancelled(session)
    because = checked_text(sent.because, "The reason", LONGEST_REASON, "reason")
    whole = session.module.current.hours
    lines = {each.person_id: each for each in sent.lines}
    for each in lines.values():
        if each.say != each.shown:  # what was only read stays as it is, also where the module changed since
            _check(each.say, whole, "hours")
    for says in (*sent.came.values(), *sent.typed.values(), *(each.says for each in sent.newcomers)):
        _check(says, whole, "others")
    newcomers = [_checked_newcomer(each) for each in sent.newcomers]
    typed = {checked_text(each, "The name", LONGEST_NAME, "others"): says for each, says in sent.typed.items()}
    booked = [each.id for each in booked_people(session_id)]
    in_it = {each.person_id for each in marks_of(session_id) if each.person_id is not None}
    _hold_people({*booked, *in_it, *sent.came, *_people_settled(sent)})
    marks = marks_of(session_id)
    books = _Books(
        session,
        {each.person_id: each for each in marks if each.person_id is not None},
        [each for each in marks if each.person_id is None],
        because=because,
    )
    clash = False
    for person_id in dict.fromkeys([*booked, *books.by_person]):
        mark = books.by_person.get(person_id)
        stands = HERE if mark is None else Said(mark.presence, mark.hours)
        line = lines.get(person_id)
        now_says = stands if line is None else merged(line.shown, line.say, stands)
        if now_says is None:
            clash = True
        elif mark is None or now_says != stands:
            _mark(books, person_id, now_says)
    if clash:
        raise ChangedMeanwhile
    for person_id, says in sent.came.items():
        if person_by_id(people, person_id) is None:
            raise Refused("There is no such person. Choose somebody from the list.", "others")
        if person_id not in books.by_person:
            _mark(books, person_id, says)
    _settle(actor, books, sent.settled, people, places)
    for newcomer in newcomers:
        _add(actor, books, newcomer, people, places)
    known_keys = {each.typed_key for each in books.typed}
    for name, says in typed.items():
        if name is not None and name_key(name) not in known_keys | _keys_of(books):
            known_keys.add(name_key(name))
            _note(books, name, says)
    if len(books.by_person) + len(books.typed) > MOST_IN_A_REGISTER:
        raise Refused(f"A register holds no more than {MOST_IN_A_REGISTER} people.", "others")
    _keep(actor, books)
    kept = _complete(actor, books, own_person_id)
    kept.changed = len(books.told)
    kept.names_waiting = sum(each.presence != Presence.WITHDRAWN for each in books.typed if each.person_id is None)
    _tell_marks(actor, books.told, because)
    return kept


def reverse_register(actor: Actor, session: TrainingSession, because: str, seen_version: int | None = None) -> int:
    """Take back all that a register completed, with a reason: its completions are void and its lines stay, so that it can be
    put right and saved anew. Return how many were voided.

    Raises `Refused` without a reason, or where it does not stand; `ChangedMeanwhile`.
    """
    because = checked_reason(because)
    session = session_to_change(session.id)
    register = session.register
    if register is None or not register_stands(session):
        raise Refused("There is no saved register to reverse.")
    register.expect_version(seen_version)
    marks = [each for each in marks_of(session.id) if each.person_id is not None]
    _hold_people({each.person_id for each in marks if each.person_id is not None})
    voided, changed = 0, []
    for mark in marks:
        if mark.completion_id is None:
            continue
        before = snapshot(mark)
        voided += _void(actor, mark, because)
        changed.append((mark, before))
    before = snapshot(register)
    register.reversed_at, register.reverse_reason = now(), because
    _tell_marks(actor, changed, because)
    record(actor, "register.reversed", register, before, reason=because)
    return voided


# --- the link for an outside trainer


def make_link(actor: Actor, session_id: int) -> str:
    """Make a link that opens this register alone, and return its token, which nobody is told again. One that was there before
    ends. Raises `Refused` where the session is cancelled."""
    refuse_cancelled(session_to_change(session_id))
    revoke_link(actor, session_id)
    token = new_token()
    link = RegisterLink(session_id=session_id, token_hash=hash_token(token), made_at=now())
    db.session.add(link)
    record(actor, "register_link.made", link)
    return token


def revoke_link(actor: Actor, session_id: int) -> bool:
    """Take back the link to a register; return whether there was one."""
    link = standing_link_of(session_id)
    if link is None:
        return False
    before = snapshot(link)
    link.revoked_at = now()
    record(actor, "register_link.taken_back", link, before)
    return True


# --- the lines


def _check(say: Said, of_module: Decimal, place: str) -> None:
    if say.presence not in set(Presence):
        raise Refused("Choose one of the answers in the list.")
    problem = part_problem(say.hours, of_module) if say.presence == Presence.PART else None
    if problem:
        raise Refused(f"{problem}.", place)


def _checked_newcomer(newcomer: Newcomer) -> Newcomer:
    name = checked_text(newcomer.name, "The name", LONGEST_NAME, "others")
    if name is None:
        raise Refused("Type the name of whoever is new.", "others")
    return replace(newcomer, name=name)


def _hold_people(ids: Collection[int]) -> None:
    """Hold people in the order of their ids, as everybody does who records something for them."""
    db.session.execute(select(Person.id).where(Person.id.in_(ids)).order_by(Person.id).with_for_update(key_share=True))


def _people_settled(sent: Sent) -> set[int]:
    return {each.person_id for each in sent.settled if each.person_id is not None}


def _keys_of(books: _Books) -> set[str]:
    ids = list(books.by_person)
    return set(db.session.scalars(select(Person.name_key).where(Person.id.in_(ids))))


def _mark(books: _Books, person_id: int, says: Said) -> None:
    mark = books.by_person.get(person_id)
    if mark is None:
        mark = RegisterMark(session_id=books.session.id, person_id=person_id, made_it=False, marked_at=now())
        books.by_person[person_id] = mark
        _change(books, mark, lambda: _say(mark, says), new=True)
    else:
        _change(books, mark, lambda: _say(mark, says))


def _say(mark: RegisterMark, says: Said) -> None:
    mark.presence = says.presence
    mark.hours = says.hours if says.presence == Presence.PART else None
    mark.marked_at = now()


def _note(books: _Books, name: str, says: Said) -> None:
    mark = RegisterMark(
        session_id=books.session.id, typed_name=name, typed_key=name_key(name), made_it=False, marked_at=now()
    )
    books.typed.append(mark)
    _change(books, mark, lambda: _say(mark, says), new=True)


def _settle(actor: Actor, books: _Books, settled: Sequence[Settling], people: People, places: Places) -> None:
    waiting = {each.id: each for each in books.typed}
    for each in settled:
        mark = waiting.get(each.mark_id)
        if mark is None:
            continue  # somebody else said a moment before who it is
        person_id = each.person_id
        if each.newcomer is not None:
            person_id = _person_for(actor, books, each.newcomer, people, places)
        elif person_id is not None and person_by_id(people, person_id) is None:
            raise Refused("There is no such person. Choose somebody from the list.", "others")
        if person_id is None or person_id in books.by_person:
            _change(books, mark, lambda mark=mark: _say(mark, _GONE))  # type: ignore[misc]
        else:
            books.typed.remove(mark)
            books.by_person[person_id] = mark
            _change(books, mark, lambda mark=mark, person_id=person_id: _give(mark, person_id))  # type: ignore[misc]


def _give(mark: RegisterMark, person_id: int) -> None:
    mark.person_id, mark.typed_name, mark.typed_key = person_id, None, None


def _add(actor: Actor, books: _Books, newcomer: Newcomer, people: People, places: Places) -> None:
    person_id = _person_for(actor, books, newcomer, people, places)
    if person_id not in books.by_person:
        _mark(books, person_id, newcomer.says)


def _person_for(actor: Actor, books: _Books, newcomer: Newcomer, people: People, places: Places) -> int:
    """Return who a newcomer is: somebody of the same name whom this register added a moment before, or else a new person, who
    may turn out to be somebody that the hub knows (see `people/doubles.py`)."""
    there = db.session.scalar(
        select(Person.id).where(
            Person.id.in_(list(books.by_person)), Person.name_key == name_key(newcomer.name), Person.erased_at.is_(None)
        )
    )
    if there is not None:
        return there
    if newcomer.organisation_id is None or newcomer.group_id is None:
        raise Refused(f"Choose the organisation and the workforce group of {newcomer.name}.", "others")
    if organisation_by_id(places, newcomer.organisation_id) is None:
        raise Refused("There is no such organisation. Choose one from the list, or add it first.", "others")
    person = add_starter(actor, newcomer.name, None, people=people, places=places)
    begin_engagement(actor, person.id, newcomer.organisation_id, newcomer.group_id, books.session.first_on)
    return person.id


def _change(books: _Books, mark: RegisterMark, change: Callable[[], object], *, new: bool = False) -> None:
    before = None if new else snapshot(mark)
    change()
    if new:
        db.session.add(mark)
    if not any(each is mark for each, _ in books.told):
        books.told.append((mark, before))


def _keep(actor: Actor, books: _Books) -> None:
    """Note that the register is saved, if anything of it is new."""
    register = books.session.register
    if register is None:
        register = Register(session_id=books.session.id, saved_at=now(), batch_id=actor.batch_id)
        db.session.add(register)
        books.session.register = register
        record(actor, "register.saved", register)
        return
    if register.reversed_at is None and not books.told:
        return
    before = snapshot(register)
    register.saved_at = now()
    register.reversed_at = register.reverse_reason = None
    record(actor, "register.saved_again", register, before, reason=books.because)


def _tell_marks(
    actor: Actor, changed: Sequence[tuple[RegisterMark, dict[str, Any] | None]], because: str | None
) -> None:
    db.session.flush()
    record_many(
        actor,
        [
            Change(
                "register_mark.made" if before is None else "register_mark.changed",
                RegisterMark.__tablename__,
                mark.id,
                before,
                snapshot(mark),
                mark.person_id,
                because if before is not None else None,
            )
            for mark, before in changed
        ],
    )


# --- what it completes


@dataclass(frozen=True)
class _Owed:
    """How a presence is recorded: how it is evidenced, the hours if other than the module's, and the note beside it."""

    evidence: Evidence
    hours: Decimal | None
    note: str


def _complete(actor: Actor, books: _Books, own_person_id: int | None) -> Kept:
    """Record and void until the completions are what the lines say."""
    kept, session = Kept(), books.session
    if session.last_on > today():
        return kept
    opens = awaits_task(Level(each.level) for each in session.module.current.gives)
    corrected = f"The register of the session of {in_words(session.last_on)} was corrected"
    owed: dict[_Owed, list[RegisterMark]] = defaultdict(list)
    touched = {id(mark) for mark, _ in books.told}
    for mark in books.by_person.values():
        before = snapshot(mark)
        due = _owed(mark, session.last_on, opens=opens, own=mark.person_id == own_person_id)
        if mark.completion_id is not None and (due is None or (id(mark) in touched and not _is(mark, due))):
            kept.voided += _void(actor, mark, books.because or corrected)
            _noted(books, mark, before)
        if due is not None and mark.completion_id is None:
            owed[due].append(mark)
            _noted(books, mark, before)
    for due, marks in owed.items():
        _record(actor, session, due, marks, kept)
    return kept


def _owed(mark: RegisterMark, on: date, *, opens: bool, own: bool) -> _Owed | None:
    if mark.presence not in _THERE:
        return None
    day = in_words(on)
    if mark.presence == Presence.PART:
        return _Owed(Evidence.SELF_DECLARED, mark.hours, PART_TO_CONFIRM.format(day=day))
    if opens:
        return _Owed(Evidence.SELF_DECLARED, None, TASK_AWAITED.format(day=day))
    if own:
        return _Owed(Evidence.SELF_DECLARED, None, OWN_TO_CONFIRM.format(day=day))
    return _Owed(Evidence.VERIFIED, None, TOOK_PART.format(day=day))


def _is(mark: RegisterMark, due: _Owed) -> bool:
    """Say whether what a line completed is still what it says: the same hours, whoever confirmed it since."""
    completion = mark.completion
    return not mark.made_it or (completion is not None and completion.hours == due.hours)


def _noted(books: _Books, mark: RegisterMark, before: dict[str, Any]) -> None:
    if not any(each is mark for each, _ in books.told):
        books.told.append((mark, before))


def _record(actor: Actor, session: TrainingSession, due: _Owed, marks: Sequence[RegisterMark], kept: Kept) -> None:
    by_person = {each.person_id: each for each in marks if each.person_id is not None}
    recorded = record_completions(
        actor,
        list(by_person),
        session.module_id,
        session.last_on,
        due.evidence,
        hours=due.hours,
        note=due.note,
    )
    for completion in recorded.new:
        mark = by_person[completion.person_id]
        mark.completion, mark.made_it = completion, True
        kept.verified += due.evidence is Evidence.VERIFIED
        kept.awaiting += due.evidence is Evidence.SELF_DECLARED
    if due.evidence is Evidence.VERIFIED:
        tell_recorded(actor, recorded.new)
    standing = _standing(session, [each.id for each in recorded.already])
    for person in recorded.already:
        mark = by_person[person.id]
        mark.completion, mark.made_it = standing[person.id], False
        kept.already += 1


def _standing(session: TrainingSession, person_ids: Collection[int]) -> Mapping[int, Completion]:
    found = db.session.scalars(
        select(Completion).where(
            Completion.person_id.in_(person_ids),
            Completion.module_id == session.module_id,
            Completion.completed_on == session.last_on,
            Completion.evidence != Evidence.VOID.value,
        )
    )
    return {each.person_id: each for each in found}


def _void(actor: Actor, mark: RegisterMark, because: str) -> int:
    """Take away what a line completed, if the register recorded it, also where it was corrected since; return how many entries
    were voided. The line then points to nothing."""
    completion = mark.completion
    while completion is not None and completion.successor_id is not None:
        completion = db.session.get(Completion, completion.successor_id)
    voided = 0
    if completion is not None and mark.made_it and completion.evidence != Evidence.VOID:
        void_completion(actor, completion, because)
        voided = 1
    mark.completion, mark.completion_id, mark.made_it = None, None, False
    return voided
