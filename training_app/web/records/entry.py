"""What is on a completion's own page: what it gives and until when, who confirmed it, what it replaced, what happened to it."""

from __future__ import annotations

from typing import Any

from training_app.accounts.policy import Permission
from training_app.audit.queries import EventsWanted, events_page
from training_app.certificates.queries import certificates_of, printed_earlier
from training_app.certificates.rules import shown_number
from training_app.clock import today
from training_app.people.scope import visible_organisations
from training_app.records.evidence import evidence_of, file_ids_of
from training_app.records.history import SAID_ALREADY
from training_app.records.models import Completion, Evidence
from training_app.records.queries import corrections_of, those_told_in_full
from training_app.records.reflections import shared_reflection_of
from training_app.skills.levels import Level
from training_app.web.access import account, visitor
from training_app.web.asking import asked_page
from training_app.web.certificates.files import hub_confirms
from training_app.web.records.blueprint import those_to_decide
from training_app.web.records.evidence import may_take_away
from training_app.web.telling import told_to_the_visitor, who_is


def about(entry: Completion) -> dict[str, Any]:
    """Return what the page of a completion shows. Of one recorded elsewhere no note, provider, hours, reason nor history."""
    signed_in = visitor()
    assert signed_in is not None
    places = visible_organisations(account())
    in_full = bool(those_told_in_full([entry], places=places))
    objects = [("completion", entry.id), *(("extension", each.id) for each in entry.extensions)]
    files = evidence_of([entry.id]).get(entry.id, []) if in_full else []
    objects += [("evidence_file", each) for each in file_ids_of(entry.id)]
    page = events_page(EventsWanted(objects=objects, without=SAID_ALREADY), asked_page()) if in_full else None
    is_theirs = entry.recorded_by_account_id == account().id and entry.evidence != Evidence.VERIFIED
    earlier, later = corrections_of(entry, places=places)
    given = sorted(entry.version.gives, key=lambda each: each.skill.position)
    return {
        "entry": entry,
        "certificate": certificates_of([entry.id]).get(entry.id),
        "printed_earlier": _printed_earlier(entry),
        "in_full": in_full,
        "gives": [(each.skill.name, Level(each.level)) for each in given],
        "counts": entry.evidence in (Evidence.VERIFIED, Evidence.SELF_DECLARED),
        "today": today(),
        "extensions": entry.extensions,
        "files": files,
        "may_add_file": in_full and entry.evidence != Evidence.VOID and signed_in.may(Permission.RECORD_COMPLETIONS),
        "may_take_away": may_take_away,
        "reflection": shared_reflection_of(entry.id) if in_full else None,
        "earlier": earlier,
        "later": later,
        "confirmed_by": who_is(entry.verified_by_account_id) if entry.verified_at else None,
        "history": told_to_the_visitor(page.rows, with_about=False) if page else [],
        "page": page,
        "may_verify": entry.id in those_to_decide([entry]),
        "may_map": entry.is_outside
        and entry.person_id != account().person_id
        and signed_in.may(Permission.MAP_TRAINING),
        "may_change": signed_in.may(Permission.CHANGE_ANY_COMPLETION) or is_theirs,
    }


def _printed_earlier(entry: Completion) -> list[str]:
    """Return the numbers of certificates of earlier entries that still confirm this one, for those who hand certificates out."""
    signed_in = visitor()
    if signed_in is None or not signed_in.may(Permission.HAND_OUT_DATA) or not hub_confirms():
        return []
    return [shown_number(each.number) for each in printed_earlier(entry.person_id).get(entry.id, [])]
