"""What people write about what they completed, for themselves, and for those who look after their record where they share it."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from training_app.audit import Actor, record
from training_app.clock import now
from training_app.database import db, refusing_doubles, snapshot
from training_app.errors import ChangedMeanwhile, Refused
from training_app.people.actions import checked_text
from training_app.records.models import Completion, Evidence, Reflection
from training_app.records.rules import LONGEST_REFLECTION


def write_reflection(
    actor: Actor,
    completion: Completion,
    *,
    tried: str | None,
    young_people_said: str | None,
    differently: str | None,
    shared: bool,
    seen_version: int | None = None,
) -> Reflection:
    """Keep what somebody writes about their own entry, each text or none; left empty, nothing of an earlier one stays.

    `seen_version` is the version that they saw, 0 where there was none. Raises `Refused` for a void entry, where nothing is
    written and nothing was, and for words that cannot be kept; `ChangedMeanwhile` where they saved it elsewhere meanwhile.
    """
    if completion.evidence == Evidence.VOID:
        raise Refused("This entry was voided, so nothing can be added to it.")
    said = {
        "tried": checked_text(tried, "What you tried", LONGEST_REFLECTION, "tried", lines=True),
        "young_people_said": checked_text(
            young_people_said, "What young people said", LONGEST_REFLECTION, "young_people_said", lines=True
        ),
        "differently": checked_text(
            differently, "What you will do differently", LONGEST_REFLECTION, "differently", lines=True
        ),
    }
    reflection = reflection_of(completion.id)
    before = None if reflection is None else snapshot(reflection)
    moment = now()
    if reflection is None:
        if seen_version:
            raise ChangedMeanwhile
        if not any(said.values()):
            raise Refused("Write in at least one of the boxes.", "tried")
        reflection = Reflection(
            completion_id=completion.id, shared=shared, written_at=moment, changed_at=moment, **said
        )
        with refusing_doubles():
            db.session.add(reflection)
        record(actor, "reflection.written", reflection, before, completion.person_id)
        return reflection
    if all(getattr(reflection, each) == text for each, text in said.items()) and reflection.shared == shared:
        return reflection  # sent twice
    reflection.expect_version(seen_version)
    for each, text in said.items():
        setattr(reflection, each, text)
    reflection.shared, reflection.changed_at = shared and any(said.values()), moment
    record(actor, "reflection.changed", reflection, before, completion.person_id)
    return reflection


def reflection_of(completion_id: int) -> Reflection | None:
    """Return what somebody wrote about a completion, whoever may read it."""
    return db.session.scalar(select(Reflection).where(Reflection.completion_id == completion_id))


def shared_reflection_of(completion_id: int) -> Reflection | None:
    """Return what somebody wrote about a completion and shares with those who look after their record."""
    return shared_reflections_of([completion_id]).get(completion_id)


def shared_reflections_of(completion_ids: Collection[int]) -> dict[int, Reflection]:
    """Return the same of some completions, by the completion's id; one statement, however many."""
    shared = select(Reflection).where(Reflection.completion_id.in_(completion_ids), Reflection.shared.is_(True))
    return {each.completion_id: each for each in db.session.scalars(shared) if each.has_words}


def give_to(actor: Actor, completion: Completion, successor: Completion) -> None:
    """Let what was written about an entry go with the one that takes its place, unless something was written about that."""
    reflection = reflection_of(completion.id)
    if reflection is None or reflection_of(successor.id) is not None:
        return
    before = snapshot(reflection)
    reflection.completion_id = successor.id
    record(actor, "reflection.moved", reflection, before, successor.person_id)
