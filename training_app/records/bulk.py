"""Writing many completions at once: a few statements for a whole file, each row audited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select

from training_app.audit import Actor
from training_app.catalogue.models import ModuleVersion
from training_app.clock import now
from training_app.database import db
from training_app.people.bulk import insert_many, update_many
from training_app.records.models import Completion, Evidence
from training_app.records.rules import valid_until


@dataclass(frozen=True)
class CompletionDraft:
    """A completion to write; what it gives is decided by the module's version that is current now. A coordinator's says for
    which of their organisations it is recorded."""

    person_id: int
    module_id: int
    completed_on: date
    evidence: Evidence
    hours: Decimal | None = None
    provider: str | None = None
    note: str | None = None
    for_organisation_id: int | None = None


@dataclass(frozen=True)
class CompletionChange:
    """New details for a completion that stands, and whether it is verified by them."""

    id: int
    verify: bool
    hours: Decimal | None
    provider: str | None
    note: str | None


def write_completions(actor: Actor, new: Sequence[CompletionDraft], changed: Sequence[CompletionChange] = ()) -> None:
    """Write completions inside the caller's transaction, with one audit event for each.

    Raises `sqlalchemy.exc.IntegrityError` where one for the same person, module and day stands already.
    """
    versions = {
        module_id: (version_id, refresh_months)
        for module_id, version_id, refresh_months in db.session.execute(
            select(ModuleVersion.module_id, ModuleVersion.id, ModuleVersion.refresh_months).where(
                ModuleVersion.superseded_at.is_(None), ModuleVersion.module_id.is_not(None)
            )
        )
    }
    moment = now()
    insert_many(
        actor,
        "completion.recorded",
        Completion,
        [
            {
                "person_id": draft.person_id,
                "module_id": draft.module_id,
                "module_version_id": versions[draft.module_id][0],
                "completed_on": draft.completed_on,
                "valid_until": valid_until(draft.completed_on, versions[draft.module_id][1]),
                "evidence": draft.evidence.value,
                "hours": draft.hours,
                "provider": draft.provider,
                "note": draft.note,
                "created_at": moment,
                "recorded_by_account_id": actor.account_id,
                "recorded_for_organisation_id": draft.for_organisation_id,
                "verified_at": moment if draft.evidence is Evidence.VERIFIED else None,
                "verified_by_account_id": actor.account_id if draft.evidence is Evidence.VERIFIED else None,
            }
            for draft in new
        ],
        person_column="person_id",
    )
    details = [{"id": each.id, "hours": each.hours, "provider": each.provider, "note": each.note} for each in changed]
    lifted = {
        "evidence": Evidence.VERIFIED.value,
        "verified_at": moment,
        "verified_by_account_id": actor.account_id,
    }
    update_many(
        actor,
        "completion.changed",
        Completion,
        [row for row, each in zip(details, changed, strict=True) if not each.verify],
        person_column="person_id",
    )
    update_many(
        actor,
        "completion.verified",
        Completion,
        [{**row, **lifted} for row, each in zip(details, changed, strict=True) if each.verify],
        person_column="person_id",
    )
