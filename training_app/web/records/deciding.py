"""Deciding about what people say they completed: a page of like claims in one action, or one entry alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from flask import Response as File
from flask import flash, redirect, render_template, request
from werkzeug.wrappers import Response

from training_app.accounts.policy import Permission
from training_app.clock import now, today
from training_app.database import transaction
from training_app.errors import ChangedMeanwhile, NotFound
from training_app.people.rules import LONGEST_REASON
from training_app.people.scope import visible_organisations, visible_people
from training_app.records.actions import return_evidence
from training_app.records.actions import verify as verify_entry
from training_app.records.evidence import evidence_of
from training_app.records.models import Completion, Evidence
from training_app.records.queries import completions_seen
from training_app.records.queue import (
    CLAIMS_ON_A_PAGE,
    ClaimsPage,
    Kind,
    all_waiting,
    claims,
    claims_page,
    claims_waiting,
    decided_by,
    kinds_waiting,
)
from training_app.records.reflections import shared_reflections_of
from training_app.web.access import account, actor, requires
from training_app.web.asking import LARGEST_ID, asked_page, asked_words
from training_app.web.components.addresses import this_page
from training_app.web.components.fields import TidyString, showable
from training_app.web.downloads import download, each_format
from training_app.web.formatting import count
from training_app.web.forms import EditingForm, HouseForm
from training_app.web.records.blueprint import (
    back_to,
    change,
    decider,
    found_to_decide,
    is_id,
    records,
    step,
    table,
)
from training_app.web.records.effects import holdings, moved, names_in_words
from training_app.web.records.forms import ReasonForm

CONFIRM, RETURN, LEAVE = "confirm", "return", "leave"
CHOICES = ((CONFIRM, "Confirm"), (RETURN, "Send back"), (LEAVE, "Leave for later"))
_reason = TidyString("The reason", LONGEST_REASON)


@dataclass(frozen=True)
class Decision:
    """What was chosen for one claim as it was seen, with the reason as it was typed; `error` is what is wrong with it."""

    completion_id: int
    seen_version: int
    what: str
    because: str
    error: str | None = None


@records.get("/records/verify")
@requires(Permission.VERIFY_COMPLETIONS)
def waiting() -> tuple[str, int]:
    """Show the claims that wait for the visitor, one kind at a time."""
    kinds = kinds_waiting(decider())
    kind = _kind_asked(kinds)
    shown = kind or (kinds[0] if kinds else None)
    page = claims_page(decider(), shown, asked_page()) if shown else ClaimsPage([], 1, 0)
    return _page(HouseForm(), kinds, shown, page, asked_in_vain=_is_asked() and kind is None)


@each_format(records, "/records/verify")
@requires(Permission.VERIFY_COMPLETIONS)
def waiting_file() -> File:
    """Return the claims that wait for the visitor as a file, the longest ago completed first."""
    return download(table(all_waiting(decider())), "records-waiting")


@records.post("/records/verify")
@requires(Permission.VERIFY_COMPLETIONS)
def decide() -> Response | tuple[str, int]:
    """Do what was chosen for each claim of a page, all of it or nothing. Sent twice, it is done once."""
    form = HouseForm()
    decisions = _decisions()
    problems = [each for each in decisions.values() if each.error]
    is_right = form.validate()
    if is_right and not problems:
        # Also where there is no decision at all: what was sent named no claim.
        if all(each.what == LEAVE for each in decisions.values()):
            form.form_errors.append("Choose what to do with at least one of them.")
        else:
            try:
                confirmed, returned = _decide(decisions)
            except ChangedMeanwhile as changed:
                form.refuse(changed)
            else:
                flash(_told(confirmed, returned, len(decisions) - confirmed - returned), "success")
                return redirect(this_page(page=None))
    return _again(form, decisions)


@records.post(f"/records/<int(max={LARGEST_ID}):completion_id>/verify")
@requires(Permission.VERIFY_COMPLETIONS)
def verify(completion_id: int) -> Response:
    """Verify one entry, unless it changed since the page was shown."""
    entry = found_to_decide(completion_id)
    form = EditingForm()
    back = back_to(entry)
    person_id, name, code = entry.person_id, entry.person.name, entry.briefly()
    before = holdings(person_id, today())
    try:
        with transaction():
            verify_entry(actor(), found_to_decide(completion_id, to_change=True), form.seen_version)
    except ChangedMeanwhile as changed:
        flash(changed.sentence, "important")
        return redirect(back)
    flash(f"{code} is verified. {moved(name, before, holdings(person_id, today()))}", "success")
    return redirect(back)


@records.route(f"/records/<int(max={LARGEST_ID}):completion_id>/send-back", methods=["GET", "POST"])
@requires(Permission.VERIFY_COMPLETIONS)
def send_back(completion_id: int) -> Response | tuple[str, int]:
    """Send an entry back for correction, with a reason that its person reads."""
    entry = found_to_decide(completion_id)
    form = ReasonForm()
    if form.validate_on_submit():
        answer = change(form, entry, "is sent back with your reason", return_evidence, found_to_decide)
        if answer is not None:
            return answer
    return step("records/send_back.html", form, entry)


def _decisions() -> dict[int, Decision]:
    """Return what the form says of each claim on its page. What cannot be read is no claim."""
    found: dict[int, Decision] = {}
    for named in request.form.getlist("claim")[:CLAIMS_ON_A_PAGE]:
        number, _, version = named.partition(".")
        if not (is_id(number) and is_id(version)):
            continue
        what, typed = request.form.get(f"decide-{number}", ""), request.form.get(f"because-{number}", "")
        decision = Decision(int(number), int(version), what, typed)
        found[int(number)] = replace(decision, error=_problem(decision), because=showable(typed))
    return found


def _problem(decision: Decision) -> str | None:
    if decision.what not in dict(CHOICES):
        return "Choose what to do with this one"
    if decision.what != RETURN:
        return None
    try:
        said = _reason(decision.because)
    except ValueError as problem:
        return str(problem)
    return None if said else "Say why, so that they know what to put right"


def _decide(decisions: Mapping[int, Decision]) -> tuple[int, int]:
    """Confirm and send back in one transaction. Return how many are confirmed and how many sent back, those among them that
    the visitor had decided so already.

    Raises `ChangedMeanwhile` where one of them is no longer as it was seen, `NotFound` where one is not theirs to decide.
    """
    wanted = {number: each for number, each in decisions.items() if each.what != LEAVE}
    confirmed = returned = 0
    with transaction():
        entries = {
            each.id: each
            for each in completions_seen(
                visible_people(account()), wanted, places=visible_organisations(account()), to_change=True
            )
        }
        theirs = decided_by(decider(), wanted)
        for number, decision in wanted.items():
            entry = entries.get(number)
            if entry is None or number not in theirs:
                raise NotFound
            because = _reason(decision.because)
            if not _is_done(entry, decision.what, because):
                if entry.evidence != Evidence.SELF_DECLARED or entry.row_version != decision.seen_version:
                    raise ChangedMeanwhile
                if decision.what == CONFIRM:
                    verify_entry(actor(), entry)
                else:
                    return_evidence(actor(), entry, because)
            confirmed += decision.what == CONFIRM
            returned += decision.what == RETURN
    return confirmed, returned


def _is_done(entry: Completion, what: str, because: str) -> bool:
    """Say whether the visitor decided just so before, where a form is sent a second time."""
    if what == CONFIRM:
        return entry.evidence == Evidence.VERIFIED and entry.verified_by_account_id == account().id
    return entry.evidence == Evidence.RETURNED and entry.return_reason == because


def _told(confirmed: int, returned: int, left: int) -> str:
    parts = [f"{count(confirmed, 'entry', 'entries')} verified, and counted from now on."] if confirmed else []
    if returned:
        parts.append(f"{count(returned, 'entry', 'entries')} sent back with your reason.")
    if left:
        parts.append(f"{count(left, 'entry', 'entries')} left for later.")
    return " ".join(parts)


def _again(form: HouseForm, decisions: Mapping[int, Decision]) -> tuple[str, int]:
    """Show the same claims again with all that was chosen and typed; those that no longer wait are named."""
    kinds = kinds_waiting(decider())
    shown = claims(decider(), decisions)
    kind = _kind_asked(kinds) or _kind_of(shown, kinds) or (kinds[0] if kinds else None)
    page = ClaimsPage(shown, 1, len(shown))
    if not decisions or (not shown and not form.is_overtaken):
        page = claims_page(decider(), kind, asked_page()) if kind else page
    return _page(form, kinds, kind, page, decisions, gone=_gone(decisions, shown))


def _gone(decisions: Mapping[int, Decision], shown: Sequence[Completion]) -> str:
    """Name those who were on the page and about whom somebody else has decided meanwhile."""
    ids = set(decisions) - {each.id for each in shown}
    seen = completions_seen(visible_people(account()), ids, places=visible_organisations(account())) if ids else ()
    return names_in_words([each.person.name for each in seen])


def _page(
    form: HouseForm,
    kinds: Sequence[Kind],
    kind: Kind | None,
    page: ClaimsPage,
    decisions: Mapping[int, Decision] | None = None,
    *,
    gone: str = "",
    asked_in_vain: bool = False,
) -> tuple[str, int]:
    decisions = decisions or {}
    waits = {each.id for each in page.rows}
    problems = [each for each in decisions.values() if each.error and each.completion_id in waits]
    status = 400 if problems and not form.is_overtaken else form.status
    first = f"#{CONFIRM}-{page.rows[0].id}" if page.rows and kind and kind.code else None
    text = render_template(
        "records/verify.html",
        form=form,
        kinds=kinds,
        kind=kind,
        page=page,
        total=claims_waiting(decider()).entries,
        choices=CHOICES,
        decisions=decisions,
        page_errors=[
            *({"text": each, "href": first} for each in form.form_errors),
            *({"text": each.error, "href": f"#{_anchor(each)}"} for each in problems),
        ],
        files=evidence_of(waits) if waits else {},
        reflections=shared_reflections_of(waits) if waits else {},
        gone=gone,
        asked_in_vain=asked_in_vain,
        now=now(),
    )
    return text, status


def _anchor(decision: Decision) -> str:
    field = "because" if decision.what == RETURN else "confirm"
    return f"{field}-{decision.completion_id}"


def _is_asked() -> bool:
    return bool(asked_words("module") or asked_words("outside"))


def _kind_asked(kinds: Sequence[Kind]) -> Kind | None:
    """Return the kind of claims that the address asks for, if any of it wait."""
    code, outside = asked_words("module").casefold(), asked_words("outside")
    for each in kinds:
        if (each.code is None and outside) or (each.code is not None and each.code.casefold() == code):
            return each
    return None


def _kind_of(shown: Sequence[Completion], kinds: Sequence[Kind]) -> Kind | None:
    return next((each for each in kinds if shown and each.module_id == shown[0].module_id), None)
