"""Training outside the catalogue: logging it, and saying what it gives.

Each entry has a module version of its own, without a module. Until a verifier has said which skills it gives, and until
when, it counts for nothing. Said anew, the entry is voided and another follows it, so that nothing is overwritten.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from sqlalchemy import select

from training_app.audit import Actor, record
from training_app.catalogue.actions import ModuleAbout, ModuleContent, add_module
from training_app.catalogue.models import Module, ModuleVersion, ModuleVersionSkill
from training_app.catalogue.rules import LONGEST_TITLE, hours_problem, refresh_problem
from training_app.clock import now
from training_app.database import db, refusing_doubles, snapshot
from training_app.errors import Refused
from training_app.people.actions import checked_reason, checked_text
from training_app.people.rules import day_problem, in_words, name_key
from training_app.records import messages
from training_app.records.actions import (
    LOGGED_AGAIN,
    RECORDED_MEANWHILE,
    Changed,
    Logged,
    check_day,
    checked_answer,
    one_writer_a_person,
    private_version,
    refuse_own,
    refuse_unless_returned,
    refuse_void,
    succeed,
)
from training_app.records.models import Completion, Evidence
from training_app.records.rules import LONGEST_NOTE, LONGEST_PROVIDER, extended_end, valid_until
from training_app.skills.levels import HELD_LEVELS, Level
from training_app.skills.models import Skill


@dataclass(frozen=True)
class Training:
    """What somebody says of training outside the catalogue; `is_formal` is None where they did not say."""

    title: str
    completed_on: date
    provider: str | None = None
    hours: Decimal | None = None
    is_formal: bool | None = None
    note: str | None = None


@dataclass(frozen=True)
class Worth:
    """What a verifier says that it gives: a level in each of some skills (by id; none where it is for the record alone), and
    how long that counts: so many calendar months, up to but not on a day, or for good where both are None."""

    gives: Mapping[int, Level]
    refresh_months: int | None = None
    ends_on: date | None = None


def log_outside(
    actor: Actor,
    person_id: int,
    training: Training,
    *,
    in_answer_to: Completion | None = None,
    answer: str | None = None,
    for_organisation_id: int | None = None,
    seen_version: int | None = None,
) -> Logged:
    """Log training outside the catalogue for somebody. It is self-declared and gives nothing until a verifier has said what.
    Logged twice, by the same title on the same day, it is one entry.

    `in_answer_to` is the entry that was sent back and that this one puts right, with an `answer`. Raises `Refused` for a day,
    words or hours that cannot be kept; `ChangedMeanwhile` where the entry that is answered changed since `seen_version`.
    """
    training = _checked(training)
    people = one_writer_a_person([person_id])
    key = title_key(training.title)
    standing = _standing(person_id, key, training.completed_on)
    if standing is not None and standing is not in_answer_to:
        return Logged(standing, is_new=False)
    if in_answer_to is not None:
        refuse_unless_returned(in_answer_to)
        in_answer_to.expect_version(seen_version)
        version = private_version(training.title, training.hours or Decimal(0), training.is_formal)
        changed = Changed(training.note, checked_answer(answer), version, key, training.provider, training.hours)
        return Logged(
            succeed(actor, in_answer_to, training.completed_on, LOGGED_AGAIN, Evidence.SELF_DECLARED, changed),
            is_new=True,
        )
    version = private_version(training.title, training.hours or Decimal(0), training.is_formal)
    completion = Completion(
        person_id=people[0].id,
        module_version_id=version.id,
        completed_on=training.completed_on,
        evidence=Evidence.SELF_DECLARED.value,
        hours=training.hours,
        provider=training.provider,
        note=training.note,
        created_at=now(),
        recorded_by_account_id=actor.account_id,
        recorded_for_organisation_id=for_organisation_id,
        title_key=key,
    )
    with refusing_doubles(RECORDED_MEANWHILE, "completed_on"):
        db.session.add(completion)
    # Its title stands in the version, which the log would not tell of.
    record(actor, "completion.recorded", completion, person_id=person_id, besides={"title": version.title})
    return Logged(completion, is_new=True)


def map_outside(
    actor: Actor, completion: Completion, worth: Worth, because: str = "", seen_version: int | None = None
) -> Completion:
    """Say what training outside the catalogue gives, and confirm it by that. Return the entry that stands.

    Said anew of an entry that has been mapped before, with the reason, that one is voided and another follows it, with the
    extensions that stand. Raises `Refused` for an entry of the catalogue, a void one, one's own, a mapping that cannot be
    kept, or without the reason; `ChangedMeanwhile` where it changed since it had `seen_version`. Said twice in the same
    words by the same verifier, it is said once.
    """
    if not completion.is_outside:
        raise Refused("What this gives stands in the catalogue.")
    done = _done_already(actor, completion, worth)
    if done is not None:
        return done
    refuse_void(completion)
    refuse_own(actor, completion)
    completion.expect_version(seen_version)
    worth = _checked_worth(worth, completion.completed_on)
    version = completion.version
    if version.awaits_mapping:
        before, returned_because = snapshot(completion), completion.return_reason
        version.gives = [ModuleVersionSkill(skill_id=skill, level=int(level)) for skill, level in worth.gives.items()]
        version.refresh_months, version.ends_on, version.mapped_at = worth.refresh_months, worth.ends_on, now()
        completion.valid_until = extended_end(
            valid_until(completion.completed_on, worth.refresh_months, worth.ends_on),
            [each.valid_until for each in completion.extensions if each.voided_at is None],
        )
        standing = completion
        standing.return_reason = standing.answer = None
        standing.evidence = Evidence.VERIFIED.value
        standing.verified_at, standing.verified_by_account_id = now(), actor.account_id
        record(actor, "completion.mapped", standing, before, standing.person_id, besides=_told(worth))
        messages.tell_verified(actor, standing, returned_because)
        return standing
    because = checked_reason(because)
    another = private_version(
        version.title, version.hours, version.is_formal, worth.gives, worth.refresh_months, worth.ends_on
    )
    changed = Changed(completion.note, None, another, completion.title_key, completion.provider, completion.hours)
    standing = succeed(actor, completion, completion.completed_on, because, Evidence.VERIFIED, changed)
    before = snapshot(standing)
    standing.verified_at, standing.verified_by_account_id = now(), actor.account_id
    record(actor, "completion.mapped", standing, before, standing.person_id, because, besides=_told(worth))
    return standing


def recognise(
    actor: Actor, person_id: int, training: Training, worth: Worth, *, for_organisation_id: int | None = None
) -> Logged:
    """Log training outside the catalogue for somebody else and say at once what it gives. Done twice, it is one entry.

    Raises `Refused` as `log_outside` and `map_outside`.
    """
    logged = log_outside(actor, person_id, training, for_organisation_id=for_organisation_id)
    entry = logged.completion
    if not logged.is_new and not (entry.version.awaits_mapping and entry.evidence == Evidence.SELF_DECLARED):
        return logged
    return Logged(map_outside(actor, entry, worth), is_new=True)


def keep_for_next_time(actor: Actor, completion: Completion, code: str, format_id: int) -> Module:
    """Make a module of the catalogue of what was said of an entry; the entry keeps its private version.

    Raises `Refused` for a mapping that no module can have: one that gives no skill, or that ends on a day; and as
    `add_module`.
    """
    version = completion.version
    if version.awaits_mapping or not version.gives:
        raise Refused("A module of the catalogue gives at least one skill. Choose one, or do not keep it.", "gives")
    if version.ends_on is not None:
        raise Refused(
            "A module of the catalogue counts for a number of months or for good. Give the months instead of a day, or do "
            "not keep it.",
            "lasts",
        )
    content = ModuleContent(
        version.title,
        format_id,
        version.hours,
        version.refresh_months,
        {given.skill_id: Level(given.level) for given in version.gives},
    )
    return add_module(actor, code, content, ModuleAbout(f"{version.title}. First recorded as training elsewhere."))


def title_key(title: str) -> str:
    """Return what tells whether two titles are of the same training: small letters and capitals do not matter."""
    return name_key(title)


def _checked(training: Training) -> Training:
    check_day(training.completed_on)
    title = checked_text(training.title, "The title", LONGEST_TITLE, "title")
    if title is None:
        raise Refused("Say what it was.", "title")
    problem = hours_problem(training.hours) if training.hours is not None else None
    if problem:
        raise Refused(f"The hours {problem}.", "hours")
    return replace(
        training,
        title=title,
        provider=checked_text(training.provider, "The provider", LONGEST_PROVIDER, "provider"),
        note=checked_text(training.note, "The note", LONGEST_NOTE, "note"),
    )


def _checked_worth(worth: Worth, completed_on: date) -> Worth:
    if any(level not in HELD_LEVELS for level in worth.gives.values()):
        raise Refused("Choose aware, practising or leading for each skill that it gives.", "gives")
    known = set(db.session.scalars(select(Skill.id).where(Skill.id.in_(worth.gives))))
    if known != set(worth.gives):
        raise Refused("There is no such skill. Choose from the list.", "gives")
    if worth.refresh_months is not None and worth.ends_on is not None:
        raise Refused("Choose one end: after some months, or on a day.", "lasts")
    problem = refresh_problem(worth.refresh_months)
    if problem:
        raise Refused(f"The number of months {problem}.", "refresh_months")
    if worth.ends_on is not None:
        problem = day_problem(worth.ends_on)
        if problem:
            raise Refused(f"The day {problem}.", "ends_on")
        if worth.ends_on <= completed_on:
            raise Refused(f"It was completed on {in_words(completed_on)}, so it runs out on a later day.", "ends_on")
    return worth


def _standing(person_id: int, key: str, completed_on: date) -> Completion | None:
    return db.session.scalar(
        select(Completion).where(
            Completion.person_id == person_id,
            Completion.title_key == key,
            Completion.completed_on == completed_on,
            Completion.evidence != Evidence.VOID.value,
        )
    )


def _says_already(version: ModuleVersion, worth: Worth) -> bool:
    said = {given.skill_id: Level(given.level) for given in version.gives}
    return (said, version.refresh_months, version.ends_on) == (dict(worth.gives), worth.refresh_months, worth.ends_on)


def _done_already(actor: Actor, completion: Completion, worth: Worth) -> Completion | None:
    """Return the entry for which the actor has just said the same, where a form is sent a second time."""
    if actor.account_id is None:
        return None
    stands = completion
    if completion.evidence == Evidence.VOID and completion.successor_id is not None:
        stands = db.session.get_one(Completion, completion.successor_id)
    is_theirs = stands.evidence == Evidence.VERIFIED and stands.verified_by_account_id == actor.account_id
    was_sent_before = stands is not completion or completion.evidence == Evidence.VERIFIED
    return stands if is_theirs and was_sent_before and _says_already(stands.version, worth) else None


def _told(worth: Worth) -> dict[str, object]:
    return {"gives": {str(skill): int(level) for skill, level in sorted(worth.gives.items())}}
