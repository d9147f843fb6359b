"""One person about whom something is held in every place there is, each text with a word of its own that stands nowhere else.

A word begins with `MARK`, so that a test can look for all of them at once and still say which one it found. A table that is
new and holds something about people gets a row here, and its subject's `personal.py` a line in `TABLES`.
"""

from __future__ import annotations

import re
from datetime import date, time, timedelta
from decimal import Decimal

from tests.builders import A_PDF, Hub
from tests.watching import not_telling_the_log
from training_app.accounts.codes import give_code, prepare_code
from training_app.accounts.kept_forms import keep_form
from training_app.accounts.links import ask_for_link
from training_app.accounts.models import WayIn
from training_app.accounts.queries import account_by_email
from training_app.accounts.sign_ins import begin_sign_in
from training_app.assignments.actions import assign, take_back, void_waiver, waive
from training_app.assignments.allowances import Terms, allow, take_back_allowance
from training_app.assignments.models import AllowanceKind
from training_app.assignments.rules import Counted, Due
from training_app.catalogue.models import Module
from training_app.certificates.actions import confirm_to_nobody, issue_certificate
from training_app.clock import now, today
from training_app.corrections.actions import answer_correction, ask_for_correction
from training_app.corrections.models import Answer, CorrectionRequest, Subject
from training_app.database import db, transaction
from training_app.delivery.actions import SessionDraft, schedule
from training_app.delivery.booking import book, cancel_booking, open_feed
from training_app.delivery.queries import booking_of
from training_app.delivery.register import Sent, save_register
from training_app.delivery.rules import Span
from training_app.mail import queue
from training_app.people.actions import add_person, change_person, keep_leaver, void_engagement
from training_app.people.doubles import note_doubles
from training_app.people.models import Engagement, Likeness, OwnReference, Person
from training_app.people.scope import everybody, everywhere
from training_app.practice.actions import (
    accept,
    begin_pair,
    begin_research,
    write_entry,
    write_finding,
    write_visit,
)
from training_app.records.actions import (
    extend_validity,
    log_again,
    return_evidence,
    void_completion,
    withdraw_extension,
)
from training_app.records.evidence import attach, keep, take_away
from training_app.records.models import Completion, Evidence
from training_app.records.reflections import write_reflection
from training_app.reminders.actions import stop_reminders
from training_app.reminders.models import Reminder
from training_app.skills.actions import exempt, void_exemption
from training_app.stewardship.merge import Kept, merge_people

MARK = "zqcan"
REFERENCE = f"{MARK}-reference"
NAME = f"{MARK}-name {MARK}-surname"
EMAIL = f"{MARK}-email@somewhere.example"
SIGNS_IN_WITH = f"{MARK}-signin@somewhere.example"
_WORD = re.compile(rf"{MARK}-?[a-z]+", re.IGNORECASE)


def words_in(text: str) -> set[str]:
    """Return the words of canaries that a text holds."""
    return {each.casefold() for each in _WORD.findall(text)}


def somebody_held_everywhere(
    hub: Hub, mark: str = MARK, *, group: str = "music-service-staff", organisation: int | None = None
) -> int:
    """Return the id of a person about whom every table that can holds something. Each word begins with `mark`, so that the
    words of several people can be told apart."""
    signs_in_with = f"{mark}-signin@somewhere.example"
    person_id = hub.person(
        f"{mark}-oldname",
        reference=f"{mark}-reference",
        email=f"{mark}-oldemail@somewhere.example",
        group=group,
        organisation=organisation,
    )
    double = hub.person(
        f"{mark}-formername", reference=f"{mark}-formerreference", email=f"{mark}-formeremail@x.example", group=None
    )
    with transaction():
        person_id = merge_people(hub.actor, person_id, double, Kept(person_id, person_id, person_id)).person_id
    hub.account(signs_in_with, "member", person=person_id)
    mistaken = hub.engagement(person_id, "hub-providers", "2021-01-01", "2021-02-01", organisation)
    verified = hub.completion(
        person_id, "SAF-01", "2026-02-03", note=f"{mark}-note", provider=f"{mark}-provider", hours=Decimal(3)
    )
    returned = hub.completion(person_id, "IND-01", "2026-03-04", Evidence.SELF_DECLARED)
    voided = hub.completion(person_id, "IND-02", "2026-03-05")
    answered = hub.completion(person_id, "IND-03", "2026-03-06", Evidence.SELF_DECLARED)
    hub.outside(
        person_id,
        f"{mark}-outsidetitle",
        "2026-03-07",
        gives={"send": "aware"},
        provider=f"{mark}-outsideprovider",
        note=f"{mark}-outsidenote",
    )
    send, data = hub.skill_id("send"), hub.skill_id("data")
    get, prepared = db.session.get_one, prepare_code()
    photographed, mistakenly = keep(A_PDF + f"{mark}-pdf".encode()), keep(A_PDF)
    other, school = hub.person("Somebody Else", group=None), hub.organisation()
    with transaction():
        note_doubles(hub.actor, person_id, {other: [Likeness.NAME]})
        db.session.add(OwnReference(organisation_id=school, reference=f"{mark}-ownreference", person_id=person_id))
        person = get(Person, person_id)
        change_person(
            hub.actor,
            person,
            reference=f"{mark}-reference",
            name=f"{mark}-name {mark}-surname",
            email=f"{mark}-email@somewhere.example",
        )
        engagement = db.session.query(Engagement).filter_by(person_id=person_id, end_on=None).one()
        engagement.job_title = f"{mark}-jobtitle"
        void_engagement(hub.actor, get(Engagement, mistaken), f"{mark}-engagementvoid")
        exempt(hub.actor, person_id, send, date(2026, 1, 1), f"{mark}-exemption", date(2026, 2, 1))
        mistake = exempt(hub.actor, person_id, data, date(2026, 1, 1), f"{mark}-mistakenexemption")
        void_exemption(hub.actor, mistake, f"{mark}-exemptionvoid")
        due = Due(Counted.BY_A_DAY, today() + timedelta(days=30))
        for module, mistaken_for in (("REF-01", None), ("PAR-01", f"{mark}-askingvoid")):
            what, whom = get(Module, hub.module_id(module)), f"{mark}-whom"
            batch = assign(hub.actor, [person_id], what, due, whom=whom, reason=f"{mark}-asking")
            if mistaken_for:
                take_back(hub.actor, batch, mistaken_for)
        waive(hub.actor, person_id, hub.module_id("GEN-01"), date(2026, 1, 1), f"{mark}-waiver")
        waiver = waive(hub.actor, person_id, hub.module_id("GEN-02"), date(2026, 1, 1), f"{mark}-waiver")
        void_waiver(hub.actor, waiver, f"{mark}-waivervoid")
        for module, mistaken_for in (("VOI-02", None), ("TEC-02", f"{mark}-allowancevoid")):
            terms = Terms(AllowanceKind.WAIVER, module_id=hub.module_id(module), start_on=today())
            allowance = allow(hub.actor, [person_id], terms, whom=f"{mark}-allowancewhom", reason=f"{mark}-allowance")
            if mistaken_for:
                take_back_allowance(hub.actor, allowance, mistaken_for)
        reminded = Reminder(
            person_id=person_id,
            module_id=hub.module_id("REF-01"),
            due_on=today(),
            occasion=today(),
            reminded_at=now(),
        )
        db.session.add(reminded)
        stop_reminders(hub.actor, person_id)
        entry = get(Completion, verified)
        issue_certificate(hub.actor, entry)
        confirm_to_nobody(hub.actor, person_id)
        extend_validity(hub.actor, entry, date(2027, 6, 1), f"{mark}-extension")
        withdraw_extension(
            hub.actor, extend_validity(hub.actor, entry, date(2027, 9, 1), f"{mark}-withdrawn"), f"{mark}-extensionvoid"
        )
        attach(hub.actor, entry, photographed)
        take_away(hub.actor, attach(hub.actor, entry, mistakenly), f"{mark}-evidencevoid")
        write_reflection(
            hub.actor,
            entry,
            tried=f"{mark}-tried",
            young_people_said=f"{mark}-said",
            differently=f"{mark}-differently",
            shared=True,
        )
        write_reflection(
            hub.actor,
            get(Completion, returned),
            tried=f"{mark}-foroneself",
            young_people_said=None,
            differently=None,
            shared=False,
        )
        return_evidence(hub.actor, get(Completion, returned), f"{mark}-returned")
        return_evidence(hub.actor, get(Completion, answered), f"{mark}-returnedandanswered")
        log_again(hub.actor, get(Completion, answered), date(2026, 3, 6), answer=f"{mark}-answered")
        void_completion(hub.actor, get(Completion, voided), f"{mark}-completionvoid")
        day = today() + timedelta(days=20 + person_id)  # a session of their own, which nobody else leads
        for module in ("SND-01", "SEM-01"):
            draft = SessionDraft(hub.module_id(module), [Span(day, time(10), time(12))], facilitator_ids=[person_id])
            session = schedule(hub.actor, draft).id
            book(hub.actor, session, [person_id], f"{mark}-help")
            save_register(hub.actor, session, Sent(), people=everybody(), places=everywhere())
        cancel_booking(hub.actor, booking_of(session, person_id), f"{mark}-bookingcancel", by_themselves=True)
        open_feed(hub.actor, account_by_email(signs_in_with).id)
        _learning_with_others(hub, mark, person_id)
        asked = ask_for_correction(hub.actor, person_id, Subject.OTHER, None, f"{mark}-wording").request
        answer_correction(hub.actor, get(CorrectionRequest, asked.id), Answer.LEFT, f"{mark}-answer")
        keep_leaver(hub.actor, person, date(2090, 1, 1), f"{mark}-kept")
        ask_for_correction(hub.actor, person_id, Subject.DETAILS, None, f"{mark}-waiting")
        queue(hub.actor, "a notice", signs_in_with, f"{mark}-subject", f"{mark}-body", person_id=person_id)
        queue(
            hub.actor, "sign-in link", signs_in_with, "Sign in", f"{mark}-secret", holds_secret=True, leaves_always=True
        )
        account = account_by_email(signs_in_with)
        assert account is not None
        begin_sign_in(account, WayIn.LINK, "authority")
        give_code(hub.actor, account, prepared, seen=None)
        ask_for_link(signs_in_with)
        not_telling_the_log()
        account.contact_address = f"{mark}-contact@somewhere.example"
        account.deactivated_because = f"{mark}-deactivated"
        keep_form(account.id, "/my/record/log", [("note", f"{mark}-typed")])
    return person_id


def _learning_with_others(hub: Hub, mark: str, person_id: int) -> None:
    """Have somebody take part in a pair and in a team, each begun by another who invites them by e-mail, and be asked again."""
    other = add_person(hub.actor, f"W-{person_id}", "Somebody With Them").id
    pairs, email = hub.module_id("TEA-02"), f"{mark}-email@somewhere.example"
    pair = begin_pair(hub.actor, other, pairs, email)
    accept(hub.actor, pair.waiting[0])
    mine = next(each for each in pair.members if each.person_id == person_id)
    answers = {
        name: f"{mark}-visit{name.replace('_', '')}" for name in ("tried", "young_people", "surprised", "take_away")
    }
    write_visit(hub.actor, mine, date(2026, 3, 1), answers, finish=True)
    begin_pair(hub.actor, other, pairs, email)
    team = begin_research(hub.actor, person_id, hub.module_id("REF-03"), f"{mark}-question", f"{mark}-setting")
    write_entry(hub.actor, team.members[0], "plan", date(2026, 3, 2), f"{mark}-cycle")
    write_finding(hub.actor, team.members[0], f"{mark}-finding", shared=True)
