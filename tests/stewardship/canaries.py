"""One person about whom something is held in every place there is, each text with a word of its own that stands nowhere else.

A word begins with `MARK`, so that a test can look for all of them at once and still say which one it found. A table that is
new and holds something about people gets a row here, and its subject's `personal.py` a line in `TABLES`.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from tests.builders import A_PDF, Hub
from tests.watching import not_telling_the_log
from training_app.accounts.codes import give_code, prepare_code
from training_app.accounts.kept_forms import keep_form
from training_app.accounts.links import ask_for_link
from training_app.accounts.models import WayIn
from training_app.accounts.queries import account_by_email
from training_app.accounts.sign_ins import begin_sign_in
from training_app.certificates.actions import confirm_to_nobody, issue_certificate
from training_app.corrections.actions import answer_correction, ask_for_correction
from training_app.corrections.models import Answer, CorrectionRequest, Subject
from training_app.database import db, transaction
from training_app.mail import queue
from training_app.people.actions import change_person, keep_leaver, void_engagement
from training_app.people.doubles import note_doubles
from training_app.people.models import Engagement, Likeness, OwnReference, Person
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


def somebody_held_everywhere(hub: Hub) -> int:
    """Return the id of a person about whom every table that can holds something."""
    person_id = hub.person(f"{MARK}-oldname", reference=REFERENCE, email=f"{MARK}-oldemail@somewhere.example")
    double = hub.person(
        f"{MARK}-formername", reference=f"{MARK}-formerreference", email=f"{MARK}-formeremail@x.example", group=None
    )
    with transaction():
        person_id = merge_people(hub.actor, person_id, double, Kept(person_id, person_id, person_id)).person_id
    hub.account(SIGNS_IN_WITH, "member", person=person_id)
    mistaken = hub.engagement(person_id, "hub-providers", "2021-01-01", "2021-02-01")
    verified = hub.completion(
        person_id, "SAF-01", "2026-02-03", note=f"{MARK}-note", provider=f"{MARK}-provider", hours=Decimal(3)
    )
    returned = hub.completion(person_id, "IND-01", "2026-03-04", Evidence.SELF_DECLARED)
    voided = hub.completion(person_id, "IND-02", "2026-03-05")
    answered = hub.completion(person_id, "IND-03", "2026-03-06", Evidence.SELF_DECLARED)
    hub.outside(
        person_id,
        f"{MARK}-outsidetitle",
        "2026-03-07",
        gives={"send": "aware"},
        provider=f"{MARK}-outsideprovider",
        note=f"{MARK}-outsidenote",
    )
    send, data = hub.skill_id("send"), hub.skill_id("data")
    get, prepared = db.session.get_one, prepare_code()
    photographed, mistakenly = keep(A_PDF + f"{MARK}-pdf".encode()), keep(A_PDF)
    other, school = hub.person("Somebody Else", group=None), hub.organisation()
    with transaction():
        note_doubles(hub.actor, person_id, {other: [Likeness.NAME]})
        db.session.add(OwnReference(organisation_id=school, reference=f"{MARK}-ownreference", person_id=person_id))
        person = get(Person, person_id)
        change_person(hub.actor, person, reference=REFERENCE, name=NAME, email=EMAIL)
        engagement = db.session.query(Engagement).filter_by(person_id=person_id, end_on=None).one()
        engagement.job_title = f"{MARK}-jobtitle"
        void_engagement(hub.actor, get(Engagement, mistaken), f"{MARK}-engagementvoid")
        exempt(hub.actor, person_id, send, date(2026, 1, 1), f"{MARK}-exemption", date(2026, 2, 1))
        mistake = exempt(hub.actor, person_id, data, date(2026, 1, 1), f"{MARK}-mistakenexemption")
        void_exemption(hub.actor, mistake, f"{MARK}-exemptionvoid")
        entry = get(Completion, verified)
        issue_certificate(hub.actor, entry)
        confirm_to_nobody(hub.actor, person_id)
        extend_validity(hub.actor, entry, date(2027, 6, 1), f"{MARK}-extension")
        withdraw_extension(
            hub.actor, extend_validity(hub.actor, entry, date(2027, 9, 1), f"{MARK}-withdrawn"), f"{MARK}-extensionvoid"
        )
        attach(hub.actor, entry, photographed)
        take_away(hub.actor, attach(hub.actor, entry, mistakenly), f"{MARK}-evidencevoid")
        write_reflection(
            hub.actor,
            entry,
            tried=f"{MARK}-tried",
            young_people_said=f"{MARK}-said",
            differently=f"{MARK}-differently",
            shared=True,
        )
        return_evidence(hub.actor, get(Completion, returned), f"{MARK}-returned")
        return_evidence(hub.actor, get(Completion, answered), f"{MARK}-returnedandanswered")
        log_again(hub.actor, get(Completion, answered), date(2026, 3, 6), answer=f"{MARK}-answered")
        void_completion(hub.actor, get(Completion, voided), f"{MARK}-completionvoid")
        asked = ask_for_correction(hub.actor, person_id, Subject.OTHER, None, f"{MARK}-wording").request
        answer_correction(hub.actor, get(CorrectionRequest, asked.id), Answer.LEFT, f"{MARK}-answer")
        keep_leaver(hub.actor, person, date(2090, 1, 1), f"{MARK}-kept")
        ask_for_correction(hub.actor, person_id, Subject.DETAILS, None, f"{MARK}-waiting")
        queue(hub.actor, "a notice", SIGNS_IN_WITH, f"{MARK}-subject", f"{MARK}-body", person_id=person_id)
        queue(
            hub.actor, "sign-in link", SIGNS_IN_WITH, "Sign in", f"{MARK}-secret", holds_secret=True, leaves_always=True
        )
        account = account_by_email(SIGNS_IN_WITH)
        assert account is not None
        begin_sign_in(account, WayIn.LINK, "authority")
        give_code(hub.actor, account, prepared, seen=None)
        ask_for_link(SIGNS_IN_WITH)
        not_telling_the_log()
        account.contact_address = f"{MARK}-contact@somewhere.example"
        account.deactivated_because = f"{MARK}-deactivated"
        keep_form(account.id, "/my/record/log", [("note", f"{MARK}-typed")])
    return person_id
