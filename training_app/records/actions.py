"""Writing what people completed. Each verb checks what it is given, whoever calls it, and tells the audit.

Nothing here is overwritten or deleted: an entry that was wrong is voided, and a correction follows it as its successor. What
a completion gives is decided once, by the module's version that is current when it is first written.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from training_app.accounts.models import Account
from training_app.audit import Actor, Change, record, record_many
from training_app.catalogue.models import Module, ModuleVersion, ModuleVersionSkill
from training_app.catalogue.rules import hours_problem
from training_app.clock import now, today
from training_app.database import db, refusing_doubles, snapshot
from training_app.errors import Refused
from training_app.people.actions import checked_reason, checked_text
from training_app.people.models import Person
from training_app.people.rules import day_problem, in_words
from training_app.records import evidence as evidence_files
from training_app.records import messages, reflections
from training_app.records.models import Completion, Evidence, Extension
from training_app.records.queries import standing_completion
from training_app.records.rules import FIRST_DAY, LONGEST_NOTE, LONGEST_PROVIDER, extended_end, valid_until
from training_app.skills.levels import Level

_FIRST_EVIDENCE = (Evidence.VERIFIED, Evidence.SELF_DECLARED)
RECORDED_MEANWHILE = "This was recorded a moment ago, so it was not recorded twice."
LOGGED_AGAIN = "Logged again after it was sent back"


@dataclass(frozen=True)
class Recorded:
    """What became of recording one module for several people: the new completions, and who had it on that day already."""

    new: Sequence[Completion]
    already: Sequence[Person]


@dataclass(frozen=True)
class Logged:
    """An entry that somebody logged; it is not new where they had it already."""

    completion: Completion
    is_new: bool


def record_completion(
    actor: Actor,
    person_id: int,
    module_id: int,
    completed_on: date,
    evidence: Evidence,
    *,
    hours: Decimal | None = None,
    provider: str | None = None,
    note: str | None = None,
    for_organisation_id: int | None = None,
    by_rule: bool = False,
) -> Completion:
    """Record that somebody completed a module on a day. It gives what the module's version that is current now gives,
    whatever the day; retired modules, prerequisites and engagements stand in nobody's way.

    Raises `Refused` for a day in the future or before 1900, an unknown person or module, hours or words that cannot be
    kept, and where the same module on the same day stands already.
    """
    recorded = record_completions(
        actor,
        [person_id],
        module_id,
        completed_on,
        evidence,
        hours=hours,
        provider=provider,
        note=note,
        for_organisations={person_id: for_organisation_id} if for_organisation_id is not None else None,
        by_rule=by_rule,
    )
    if recorded.already:
        raise Refused(
            f"{recorded.already[0].name} has this module on {in_words(completed_on)} already. "
            "Choose another day, or leave it as it is.",
            "completed_on",
        )
    return recorded.new[0]


def record_completions(
    actor: Actor,
    person_ids: Collection[int],
    module_id: int,
    completed_on: date,
    evidence: Evidence,
    *,
    hours: Decimal | None = None,
    provider: str | None = None,
    note: str | None = None,
    for_organisations: Mapping[int, int] | None = None,
    by_rule: bool = False,
) -> Recorded:
    """Record for several people that they completed a module on a day; whoever has it on that day already is left as they
    are and named. `for_organisations` says by the person's id for which organisation a coordinator records it. With `by_rule`
    what is self-declared counts as verified at once where the module is one whose entries are confirmed by rule.

    Raises `Refused` as `record_completion`, for all of them at once."""
    check_day(completed_on)
    if evidence not in _FIRST_EVIDENCE:
        raise Refused("A new entry is either verified or self-declared.", "evidence")
    problem = hours_problem(hours) if hours is not None else None
    if problem:
        raise Refused(f"The hours {problem}.", "hours")
    provider = checked_text(provider, "The provider", LONGEST_PROVIDER, "provider")
    note = checked_text(note, "The note", LONGEST_NOTE, "note")
    version = _current_version(module_id)
    is_by_rule = by_rule and evidence is Evidence.SELF_DECLARED and _is_confirmed_by_rule(module_id)
    people = one_writer_a_person(person_ids)
    has_it = _with_it_already(people, module_id, completed_on)
    moment = now()
    new = []
    for person in people:
        if person.id in has_it:
            continue
        completion = Completion(
            person_id=person.id,
            module_id=module_id,
            module_version_id=version.id,
            completed_on=completed_on,
            valid_until=valid_until(completed_on, version.refresh_months),
            evidence=Evidence.VERIFIED.value if is_by_rule else evidence.value,
            hours=hours,
            provider=provider,
            note=note,
            created_at=moment,
            verified_by_rule=is_by_rule,
            recorded_by_account_id=actor.account_id,
            recorded_for_organisation_id=(for_organisations or {}).get(person.id),
        )
        if evidence is Evidence.VERIFIED:
            completion.verified_at, completion.verified_by_account_id = moment, actor.account_id
        elif is_by_rule:
            completion.verified_at = moment
        with refusing_doubles(RECORDED_MEANWHILE, "completed_on"):
            db.session.add(completion)
        record(actor, "completion.recorded", completion, person_id=person.id)
        new.append(completion)
    return Recorded(new, [person for person in people if person.id in has_it])


def verify(actor: Actor, completion: Completion, seen_version: int | None = None) -> None:
    """Confirm an entry that was self-declared or sent back; who confirmed it and when is kept. What it gives stays as it
    was recorded. One that is verified already stays as it is. Its person is written to.

    Raises `Refused` for a void entry, for one's own, and for training outside the catalogue of which nobody has said yet
    what it gives; `ChangedMeanwhile` where it changed since it had `seen_version`.
    """
    refuse_void(completion)
    if completion.evidence == Evidence.VERIFIED:
        return
    refuse_own(actor, completion)
    if completion.version.awaits_mapping:
        raise Refused("Say first which skills it gives, and until when: this training is not in the catalogue.")
    completion.expect_version(seen_version)
    before, returned_because = snapshot(completion), completion.return_reason
    completion.evidence = Evidence.VERIFIED.value
    completion.return_reason = completion.answer = None
    completion.verified_at, completion.verified_by_account_id = now(), actor.account_id
    record(actor, "completion.verified", completion, before, completion.person_id)
    messages.tell_verified(actor, completion, returned_because)


def return_evidence(actor: Actor, completion: Completion, because: str, seen_version: int | None = None) -> None:
    """Send an entry back for correction, with the reason, which its person is written; it counts for nothing meanwhile.

    Raises `Refused` without a reason, for a void entry, for one's own, or where it was sent back already;
    `ChangedMeanwhile` where it changed since it had `seen_version`.
    """
    because = checked_reason(because)
    refuse_void(completion)
    refuse_own(actor, completion)
    if completion.evidence == Evidence.RETURNED:
        raise Refused("This entry was sent back already.")
    completion.expect_version(seen_version)
    before = snapshot(completion)
    completion.evidence, completion.return_reason = Evidence.RETURNED.value, because
    completion.answer = None
    completion.verified_at = completion.verified_by_account_id = None
    completion.verified_by_rule = False
    record(actor, "completion.returned", completion, before, completion.person_id, because)
    messages.tell_returned(actor, completion, because)


def void_completion(actor: Actor, completion: Completion, because: str, seen_version: int | None = None) -> None:
    """Take an entry out of the figures, on past days too. It stays in the log with its reason. Its person is written to where
    they were told that it counts.

    Raises `Refused` without a reason, or where it is void already; `ChangedMeanwhile` as `return_evidence`.
    """
    because = checked_reason(because)
    refuse_void(completion)
    completion.expect_version(seen_version)
    before = _mark_void(completion, because)
    record(actor, "completion.voided", completion, before, completion.person_id, because)
    messages.tell_taken_back(actor, completion)


def correct_completion(
    actor: Actor, completion: Completion, completed_on: date, because: str, seen_version: int | None = None
) -> Completion:
    """Put the day of an entry right: it is voided, and its successor keeps the module's version, the evidence and the
    extensions that stand.

    Raises `Refused` without a reason, for a void entry, a day that cannot be, the day that it has already, and where the
    person has the same module on the right day already; `ChangedMeanwhile` as `return_evidence`.
    """
    because = checked_reason(because)
    refuse_void(completion)
    completion.expect_version(seen_version)
    if completed_on == completion.completed_on:
        raise Refused(f"{in_words(completed_on)} is the day that is recorded already.", "completed_on")
    return succeed(actor, completion, completed_on, because, Evidence(completion.evidence))


def log_again(
    actor: Actor,
    completion: Completion,
    completed_on: date,
    note: str | None = None,
    seen_version: int | None = None,
    *,
    answer: str | None = None,
) -> Completion:
    """Answer an entry that was sent back with a corrected one: the day is put right, or it stays and the note or the answer
    says more. It counts as self-declared until somebody verifies it; why it was sent back, and the answer, stay with it
    until then.

    Raises `Refused` where the entry was not sent back, and as `correct_completion` for the day.
    """
    refuse_unless_returned(completion)
    completion.expect_version(seen_version)
    note = checked_text(note, "The note", LONGEST_NOTE, "note") or completion.note
    answer = checked_answer(answer)
    return succeed(
        actor, completion, completed_on, LOGGED_AGAIN, Evidence.SELF_DECLARED, Changed(note=note, answer=answer)
    )


def log_training(
    actor: Actor,
    person_id: int,
    module_id: int,
    completed_on: date,
    *,
    note: str | None = None,
    in_answer_to: Completion | None = None,
) -> Logged:
    """Log, by somebody about themselves, that they completed a module on a day. It counts as self-declared until somebody
    verifies it, unless the module's entries are confirmed by rule. Logged twice, or pressed twice, it is one entry.

    `in_answer_to` is the entry that was sent back and that this one puts right; one of the same module and day that was
    sent back is answered anyway. Raises `Refused` as `record_completion` for the day, the module and the note.
    """
    check_day(completed_on)
    one_writer_a_person([person_id])
    standing = standing_completion(person_id, module_id, completed_on)
    if in_answer_to is not None:
        db.session.refresh(in_answer_to)
    returned = next((each for each in (standing, in_answer_to) if each and each.evidence == Evidence.RETURNED), None)
    if standing is not None and standing is not returned:
        return Logged(standing, is_new=False)
    if returned is not None:
        return Logged(log_again(actor, returned, completed_on, note), is_new=True)
    entry = record_completion(
        actor, person_id, module_id, completed_on, Evidence.SELF_DECLARED, note=note, by_rule=True
    )
    return Logged(entry, is_new=True)


def extend_validity(actor: Actor, completion: Completion, until: date, because: str) -> Extension:
    """Let what a completion gives count longer, up to but not on the day `until`, without a gap and on past days too.

    Raises `Refused` without a reason, for a void entry, for what never runs out, and for a day that is not later than the
    present end.
    """
    (extension,) = extend_several(actor, [completion], until, because)
    return extension


def extend_several(actor: Actor, completions: Sequence[Completion], until: date, because: str) -> Sequence[Extension]:
    """Let what several completions give count longer, all up to the same day; return their extensions in the same order.

    Raises `Refused` as `extend_validity`, where one of them cannot be extended.
    """
    because = checked_reason(because)
    problem = day_problem(until)
    if problem:
        raise Refused(f"The new end {problem}.", "until")
    for each in completions:
        refuse_void(each)
        if each.valid_until is None:
            raise Refused("What this gives never runs out, so there is nothing to extend.", "until")
        if until <= each.valid_until:
            raise Refused(
                f"It counts until {in_words(each.valid_until)} already. Choose a later day, or withdraw the extension.",
                "until",
            )
    extensions = [
        Extension(completion_id=each.id, valid_until=until, reason=because, created_at=now()) for each in completions
    ]
    db.session.add_all(extensions)
    db.session.flush()
    whose = {each.id: each.person_id for each in completions}
    record_many(
        actor,
        [
            Change("extension.added", "extension", each.id, None, snapshot(each), whose[each.completion_id], because)
            for each in extensions
        ],
    )
    _move_ends(actor, "completion.extended", whose, because)
    return extensions


def withdraw_extension(actor: Actor, extension: Extension, because: str) -> None:
    """Take an extension back: the end is again what the others that stand say, or else the module's own.

    Raises `Refused` without a reason, or where it is withdrawn already.
    """
    withdraw_several(actor, [extension], because)


def withdraw_several(actor: Actor, extensions: Collection[Extension], because: str) -> None:
    """Take several extensions back. Raises `Refused` as `withdraw_extension`, where one was withdrawn already."""
    because = checked_reason(because)
    before = {}
    for each in extensions:
        if each.voided_at is not None:
            raise Refused("This extension was withdrawn already.")
        before[each.id] = snapshot(each)
        each.voided_at, each.void_reason = now(), because
    db.session.flush()
    entries = select(Completion.id, Completion.person_id).where(
        Completion.id.in_({each.completion_id for each in extensions})
    )
    whose: dict[int, int] = dict(db.session.execute(entries).all())
    record_many(
        actor,
        [
            Change(
                *("extension.withdrawn", "extension", each.id, before[each.id], snapshot(each)),
                *(whose[each.completion_id], because),
            )
            for each in extensions
        ],
    )
    _move_ends(actor, "completion.extension_withdrawn", whose, because)


def check_day(completed_on: date) -> None:
    """Raise `Refused` for a day on which nothing can have been completed yet, or that is before all others."""
    if completed_on > today():
        raise Refused(f"{in_words(completed_on)} is in the future. Record it once it is completed.", "completed_on")
    if completed_on < FIRST_DAY:
        raise Refused(f"The day must be {in_words(FIRST_DAY)} or later.", "completed_on")


def _current_version(module_id: int) -> ModuleVersion:
    version = db.session.scalar(
        select(ModuleVersion).where(ModuleVersion.module_id == module_id, ModuleVersion.superseded_at.is_(None))
    )
    if version is None:
        raise Refused("There is no such module. Choose one from the catalogue.", "module")
    return version


def _is_confirmed_by_rule(module_id: int) -> bool:
    return db.session.scalars(select(Module.confirmed_by_rule).where(Module.id == module_id)).one()


def one_writer_a_person(person_ids: Collection[int]) -> Sequence[Person]:
    """Return people in the order of their ids, held so that a second press of the same button waits for the first and then
    finds what it wrote. Always in this order, so that two writers never wait for each other."""
    wanted = set(person_ids)
    people = db.session.scalars(
        select(Person).where(Person.id.in_(wanted)).order_by(Person.id).with_for_update(key_share=True)
    ).all()
    if not wanted or len(people) != len(wanted):
        raise Refused("There is no such person. Choose somebody from the list.", "person")
    return people


def _with_it_already(
    people: Sequence[Person], module_id: int | None, completed_on: date, title_key: str | None = None
) -> set[int]:
    """Return the ids of those who have a module on a day already, or training outside the catalogue by this title."""
    is_it = Completion.module_id == module_id if module_id is not None else Completion.title_key == title_key
    return set(
        db.session.scalars(
            select(Completion.person_id).where(
                Completion.person_id.in_([person.id for person in people]),
                is_it,
                Completion.completed_on == completed_on,
                Completion.evidence != Evidence.VOID.value,
            )
        )
    )


def refuse_own(actor: Actor, completion: Completion) -> None:
    """Raise `Refused` where an entry is the actor's own: nobody decides about their own."""
    if actor.account_id is None:
        return
    account = db.session.get(Account, actor.account_id)
    if account is not None and account.person_id == completion.person_id:
        raise Refused("This entry is your own, so somebody else has to decide about it.")


def refuse_unless_returned(completion: Completion) -> None:
    """Raise `Refused` for an entry that was not sent back, to which there is nothing to answer."""
    if completion.evidence != Evidence.RETURNED:
        raise Refused("Only an entry that was sent back can be logged again.")


def checked_answer(answer: str | None) -> str | None:
    """Return an answer to an entry that was sent back as it is kept. Raises `Refused` for one that cannot be."""
    return checked_text(answer, "The answer", LONGEST_NOTE, "answer")


def refuse_void(completion: Completion) -> None:
    """Raise `Refused` for an entry that is void."""
    if completion.evidence == Evidence.VOID:
        raise Refused("This entry was voided already. Record it anew if it is right after all.")


def _mark_void(completion: Completion, because: str) -> dict[str, object]:
    """Void an entry and return what it said before; telling the audit is left to the caller."""
    before = snapshot(completion)
    completion.evidence = Evidence.VOID.value
    completion.voided_at, completion.void_reason = now(), because
    return before


@dataclass(frozen=True)
class Changed:
    """What an entry says differently from the one that it succeeds. Without `version` that one's is kept; of training outside
    the catalogue `title_key` and `hours` go with a version of its own."""

    note: str | None
    answer: str | None = None
    version: ModuleVersion | None = None
    title_key: str | None = None
    provider: str | None = None
    hours: Decimal | None = None


def succeed(
    actor: Actor,
    completion: Completion,
    completed_on: date,
    because: str,
    evidence: Evidence,
    changed: Changed | None = None,
) -> Completion:
    """Void an entry and write another in its place, with its extensions that stand; return that one. What is to be said of
    who verified it is left to the caller, but for an entry that stays verified.

    Raises `Refused` for a day that cannot be, and where the person has the same on that day already.
    """
    check_day(completed_on)
    refuse_void(completion)
    people = one_writer_a_person([completion.person_id])
    standing = [each for each in completion.extensions if each.voided_at is None]
    changed = changed or Changed(note=completion.note)
    version = changed.version or _version_for_another(completion.version)
    is_new_version = changed.version is not None
    title_key = changed.title_key if is_new_version else completion.title_key
    ends = valid_until(completed_on, version.refresh_months, version.ends_on)
    if version.ends_on is not None and version.ends_on <= completed_on:
        raise Refused(
            f"What it gives ends on {in_words(version.ends_on)}. Choose a day before that, or say anew what it gives.",
            "completed_on",
        )
    before = _mark_void(completion, because)
    if _with_it_already(people, completion.module_id, completed_on, title_key):
        raise Refused(
            f"{people[0].name} has {'this training' if completion.is_outside else 'this module'} on "
            f"{in_words(completed_on)} already. Void this entry instead if it is a double.",
            "completed_on",
        )
    is_verified = evidence is Evidence.VERIFIED
    is_answered = evidence is Evidence.RETURNED or because == LOGGED_AGAIN
    successor = Completion(
        person_id=completion.person_id,
        module_id=completion.module_id,
        module_version_id=version.id,
        completed_on=completed_on,
        valid_until=extended_end(ends, [each.valid_until for each in standing]),
        evidence=evidence.value,
        hours=changed.hours if is_new_version else completion.hours,
        provider=changed.provider if is_new_version else completion.provider,
        note=changed.note,
        created_at=now(),
        recorded_by_account_id=actor.account_id,
        recorded_for_organisation_id=completion.recorded_for_organisation_id,
        verified_at=completion.verified_at if is_verified else None,
        verified_by_account_id=completion.verified_by_account_id if is_verified else None,
        verified_by_rule=is_verified and completion.verified_by_rule,
        return_reason=completion.return_reason if is_answered else None,
        title_key=title_key,
        answer=changed.answer,
        extensions=[
            Extension(valid_until=each.valid_until, reason=each.reason, created_at=each.created_at) for each in standing
        ],
    )
    with refusing_doubles(RECORDED_MEANWHILE, "completed_on"):
        db.session.add(successor)
    completion.successor_id = successor.id
    record(actor, "completion.voided", completion, before, completion.person_id, because)
    record(actor, "completion.corrected", successor, person_id=completion.person_id, reason=because)
    evidence_files.give_to(actor, completion, successor)
    reflections.give_to(actor, completion, successor)
    for extension in successor.extensions:
        record(actor, "extension.kept", extension, person_id=completion.person_id, reason=extension.reason)
    if is_verified:
        messages.tell_put_right(actor, completion, successor)
    return successor


def _version_for_another(version: ModuleVersion) -> ModuleVersion:
    """Return the version for the entry that succeeds one with this version: the same, but for a private one of which nobody
    has said yet what it gives. That is still to be completed, and an entry that is void must not change by it."""
    if not version.awaits_mapping:
        return version
    return private_version(version.title, version.hours, version.is_formal)


def private_version(
    title: str,
    hours: Decimal,
    is_formal: bool | None,
    gives: Mapping[int, Level] | None = None,
    refresh_months: int | None = None,
    ends_on: date | None = None,
) -> ModuleVersion:
    """Write a version without a module, for one entry of training outside the catalogue; what it gives is said where `gives`
    is there, even if that is nothing."""
    version = ModuleVersion(
        number=1,
        title=title,
        hours=hours,
        is_formal=is_formal,
        created_at=now(),
        refresh_months=refresh_months,
        ends_on=ends_on,
        mapped_at=now() if gives is not None else None,
        gives=[ModuleVersionSkill(skill_id=skill, level=int(level)) for skill, level in (gives or {}).items()],
    )
    db.session.add(version)
    db.session.flush()
    return version


def _move_ends(actor: Actor, action: str, completion_ids: Collection[int], because: str) -> None:
    """Give completions the end that their extensions make, and tell the log of those whose end moved."""
    moved = []
    for each in db.session.scalars(
        select(Completion)
        .options(joinedload(Completion.version), selectinload(Completion.extensions))
        .where(Completion.id.in_(completion_ids))
        .order_by(Completion.id)
        .execution_options(populate_existing=True)
    ):
        before = snapshot(each)
        each.valid_until = extended_end(
            valid_until(each.completed_on, each.version.refresh_months, each.version.ends_on),
            [extension.valid_until for extension in each.extensions if extension.voided_at is None],
        )
        if snapshot(each) != before:
            moved.append((each, before))
    db.session.flush()
    record_many(
        actor,
        [
            Change(action, "completion", each.id, before, snapshot(each), each.person_id, because)
            for each, before in moved
        ],
    )
