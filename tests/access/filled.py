"""What fills the addresses of the table: a hub with three organisations, a caller of each kind, and records of each kind.

`records_of` makes the records of one person, `SHARED` names what belongs to nobody, `ABSENT` what there is none of. A new
kind of record in an address needs a line in one of the first two and one in `ABSENT`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time, timedelta

from sqlalchemy import select

from tests.builders import Hub
from tests.clients import PageClient, sign_in
from tests.watching import not_telling_the_log
from training_app.accounts.kept_forms import keep_form
from training_app.assignments.actions import assign, switch_on_rule, waive
from training_app.assignments.allowances import Terms, allow
from training_app.assignments.models import AllowanceKind
from training_app.assignments.rules import Counted, Due
from training_app.catalogue.models import Module
from training_app.certificates.actions import issue_certificate
from training_app.clock import today
from training_app.corrections.actions import ask_for_correction
from training_app.corrections.models import Subject
from training_app.database import db, transaction
from training_app.delivery.actions import SessionDraft, schedule
from training_app.delivery.booking import book
from training_app.delivery.models import Booking
from training_app.delivery.register import Sent, save_register
from training_app.delivery.rules import Span
from training_app.people.doubles import note_doubles
from training_app.people.models import Likeness, ProbableDouble
from training_app.people.scope import everybody, everywhere
from training_app.practice.actions import begin_pair, begin_research, write_entry, write_finding, write_visit
from training_app.records.actions import return_evidence
from training_app.records.models import Completion, Evidence
from training_app.skills.actions import exempt, require_level
from training_app.skills.levels import Level

CALLERS = ("anonymous", "member", "volunteer", "coordinator", "board", "manager")

Fill = dict[str, str]

ABSENT: Fill = {
    "<account_id>": "999999",
    "<booking_id>": "999999",
    "<code>": "NO-99",
    "<completion_id>": "999999",
    "<double_id>": "999999",
    "<engagement_id>": "999999",
    "<entry_id>": "999999",
    "<exemption_id>": "999999",
    "<file_id>": "999999",
    "<finding_id>": "999999",
    "<invitation_id>": "999999",
    "<pair_id>": "999999",
    "<project_id>": "999999",
    "<sent_id>": "999999",
    "<group>": "no-group",
    "<group_code>": "no-group",
    "<key>": "no-such-key",
    "<kind>": "nothing",
    "<number>": "NO-SUCH-NUMBER",
    "<organisation_id>": "999999",
    "<outside_id>": "999999",
    "<reference>": "Z-9",
    "<request_id>": "999999",
    "<returned_id>": "999999",
    "<verified_id>": "999999",
    "<requirement_id>": "999999",
    "<session_id>": "999999",
    "<batch_id>": "999999",
    "<rule_id>": "999999",
    "<waiver_id>": "999999",
    "<allowance_id>": "999999",
    "<skill>": "no-skill",
    "<skill_code>": "no-skill",
    "<token>": "no-such-link",
}

# What belongs to nobody is the same for every caller.
SHARED: Fill = {
    "<code>": "SND-02",
    "<group>": "hub-providers",
    "<group_code>": "hub-providers",
    "<kind>": "people",
    "<skill>": "send",
    "<skill_code>": "send",
    "<token>": "no-link-of-anybody",
}


@dataclass(frozen=True)
class Filled:
    """What there is for one caller: their own records, those of somebody at their organisation, those of somebody else."""

    own: Fill
    same: Fill
    other: Fill


def records_of(hub: Hub, person: int, reference: str, group: str, organisation: int) -> Fill:
    """Make one record of each kind of a person and return what leads to them."""
    exemption_of = hub.skill_id("data")
    completion = hub.completion(person, "SND-01", "2026-01-15", note="Secret note")
    known = hub.person("Secret Known", reference=f"K-{reference}", group=None)
    with transaction():
        note_doubles(hub.actor, person, {known: [Likeness.NAME]})
        double = db.session.scalars(select(ProbableDouble.id).where(ProbableDouble.person_id == person)).one()
        number = issue_certificate(hub.actor, db.session.get_one(Completion, completion)).number
        exemption = exempt(hub.actor, person, exemption_of, date(2026, 1, 1), "Secret reason").id
        asked = ask_for_correction(hub.actor, person, Subject.OTHER, None, "Secret wording").request.id
    entry = hub.completion(person, "SND-02", "2026-01-15", Evidence.SELF_DECLARED, note="Secret note")
    returned = hub.completion(person, "IND-01", "2026-01-17", Evidence.SELF_DECLARED)
    with transaction():
        return_evidence(hub.actor, db.session.get_one(Completion, returned), "Secret reason")
    with transaction():
        due = Due(Counted.BY_A_DAY, today() + timedelta(days=30))
        module = db.session.get_one(Module, hub.module_id("REF-01"))
        batch = assign(hub.actor, [person], module, due, whom="One person", reason="Secret asking").id
        waiver = waive(hub.actor, person, hub.module_id("GEN-01"), date(2026, 1, 1), "Secret reason").id
        terms = Terms(AllowanceKind.WAIVER, module_id=hub.module_id("GEN-02"), start_on=date(2026, 1, 1))
        allowance = allow(hub.actor, [person], terms, whom="One person", reason="Secret reason").id
    session = _session(hub, reference)
    with transaction():
        book(hub.actor, session, [person], "Secret help")
        save_register(hub.actor, session, Sent(), people=everybody(), places=everywhere())
        booking = db.session.scalars(select(Booking.id).where(Booking.session_id == session)).one()
    with_others = _with_others(hub, person, reference)
    return {
        **with_others,
        "<session_id>": str(session),
        "<batch_id>": str(batch),
        "<waiver_id>": str(waiver),
        "<allowance_id>": str(allowance),
        "<booking_id>": str(booking),
        "<reference>": reference,
        "<returned_id>": str(returned),
        "<verified_id>": str(completion),
        "<number>": number,
        "<organisation_id>": str(organisation),
        "<double_id>": str(double),
        "<engagement_id>": str(hub.engagement(person, group, "2015-01-01", "2015-02-01", organisation)),
        "<exemption_id>": str(exemption),
        "<request_id>": str(asked),
        "<completion_id>": str(entry),
        "<file_id>": str(hub.evidence_file(entry)),
        "<outside_id>": str(hub.outside(person, "Secret course", "2026-01-16", note="Secret note")),
    }


def _with_others(hub: Hub, person: int, reference: str) -> Fill:
    """Have somebody take part in a pair of whom one is asked still, and in research; and be asked by somebody else."""
    other = hub.person("Secret Other", reference=f"O-{reference}", group=None)
    pairs, research = hub.module_id("TEA-02"), hub.module_id("REF-03")
    with transaction():
        pair = begin_pair(hub.actor, person, pairs, "secret-partner@somewhere.example")
        write_visit(hub.actor, pair.members[0], None, {"tried": "Secret answer"})
        project = begin_research(hub.actor, person, research, "Secret question", "Secret setting")
        entry = write_entry(hub.actor, project.members[0], "plan", date(2026, 1, 15), "Secret entry")
        write_finding(hub.actor, project.members[0], "Secret finding", shared=True)
        theirs = begin_pair(hub.actor, other, pairs, f"secret-{reference.casefold()}@somewhere.example")
        assert theirs.waiting[0].person_id == person
        return {
            "<pair_id>": str(pair.id),
            "<sent_id>": str(pair.waiting[0].id),
            "<project_id>": str(project.id),
            "<finding_id>": str(project.id),
            "<entry_id>": str(entry.id),
            "<invitation_id>": str(theirs.waiting[0].id),
        }


def fill(hub: Hub) -> dict[str, Filled]:
    """Make the hub, an account for each caller and all records; return by caller what fills the addresses."""
    north = hub.organisation("North School", kind="school")
    west = hub.organisation("West Band", kind="voluntary")
    south = hub.organisation("South School", kind="school")
    with transaction():
        # So that a coordinator may decide about what there is of their own people.
        not_telling_the_log()
        db.session.get_one(Module, hub.module_id("SND-02")).coordinator_may_confirm = True
    shared = {**SHARED, "<requirement_id>": str(_requirement(hub)), "<rule_id>": str(_rule(hub))}

    def somebody(reference: str, group: str, organisation: int) -> tuple[int, Fill]:
        person = hub.person(
            f"Secret Somebody {reference}",
            reference=reference,
            email=f"secret-{reference.casefold()}@somewhere.example",
            group=group,
            organisation=organisation,
        )
        return person, {**shared, **records_of(hub, person, reference, group, organisation)}

    staff, of_staff = somebody("N-1", "music-service-staff", north)
    volunteer, of_volunteer = somebody("N-2", "frontline-volunteers", north)
    _, of_colleague = somebody("N-3", "music-service-staff", north)
    _, of_band = somebody("W-1", "frontline-volunteers", west)
    _, of_stranger = somebody("S-1", "music-service-staff", south)
    governor, of_governor = somebody("B-1", "board-slt", north)
    accounts = {
        "member": hub.account("member@hub.example", "member", person=staff),
        "volunteer": hub.account("volunteer@hub.example", "member", person=volunteer),
        "coordinator": hub.account("coordinator@hub.example", "coordinator", organisations=[north, west]),
        "board": hub.account("board@hub.example", "board", person=governor),
        "manager": hub.account("manager@hub.example", "workforce_manager"),
    }
    places = {
        "anonymous": Filled(of_staff, of_colleague, of_stranger),
        "member": Filled(of_staff, of_colleague, of_stranger),
        "volunteer": Filled(of_volunteer, of_colleague, of_stranger),
        "coordinator": Filled(of_colleague, of_band, of_stranger),
        "board": Filled(of_governor, of_colleague, of_stranger),
        "manager": Filled(of_staff, of_colleague, of_stranger),
    }
    # What somebody typed is theirs alone: neither their colleagues' nor the manager's.
    of_accounts = {
        caller: {"<key>": _typed(account), "<account_id>": str(account)} for caller, account in accounts.items()
    }
    return {
        caller: Filled(
            {**each.own, **of_accounts.get(caller, of_accounts["member"])},
            {**each.same, **of_accounts["member" if caller != "member" else "volunteer"]},
            {**each.other, **of_accounts["manager" if caller != "manager" else "board"]},
        )
        for caller, each in places.items()
    }


def _typed(account: int) -> str:
    with transaction():
        return keep_form(account, "/people/new", [("name", "Secret Somebody")]) or ""


def _session(hub: Hub, of: str) -> int:
    module, day = hub.module_id("SND-01"), today() + timedelta(days=30)
    with transaction():
        draft = SessionDraft(module, [Span(day, time(10), time(12))], place=f"Hall of {of}")
        return schedule(hub.actor, draft).id


def _requirement(hub: Hub) -> int:
    group, skill = hub.group_id("hub-providers"), hub.skill_id("send")
    with transaction():
        return require_level(hub.actor, group, skill, Level.AWARE, date(2027, 1, 1)).id


def _rule(hub: Hub) -> int:
    module = db.session.get_one(Module, hub.module_id("VOI-01"))
    with transaction():
        group = hub.group_id("hub-providers")
        return switch_on_rule(hub.actor, group, module, from_on=date(2026, 1, 1), due_days=30).id


def client_of(hub: Hub, caller: str) -> PageClient:
    """Return a browser in which a caller is signed in, or nobody."""
    client = hub.app.test_client() if caller == "anonymous" else sign_in(hub.app, f"{caller}@hub.example")
    assert isinstance(client, PageClient)
    client.checks_pages = False  # what pages are made of is looked over where they are tested
    return client
