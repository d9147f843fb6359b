"""Loading the demonstration: a hub of invented people, so that every page has something true to show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from sqlalchemy import select, update

from training_app.accounts import passwords
from training_app.accounts.actions import open_account
from training_app.accounts.models import Account, Role
from training_app.accounts.queries import account_by_email
from training_app.addresses import email_key
from training_app.audit import Actor, record
from training_app.catalogue.actions import ModuleAbout, ModuleContent, edit_module
from training_app.catalogue.models import Module, Pathway
from training_app.certificates.actions import issue_certificate
from training_app.clock import now, today
from training_app.database import db
from training_app.errors import Refused
from training_app.people.bulk import EngagementDraft, OrganisationDraft, PeopleBatch, PersonDraft, write_people
from training_app.people.models import Organisation, Person
from training_app.people.rules import organisation_key
from training_app.records.actions import (
    correct_completion,
    extend_validity,
    log_again,
    return_evidence,
    void_completion,
)
from training_app.records.bulk import CompletionDraft, write_completions
from training_app.records.models import Completion, Evidence
from training_app.records.outside import Training, Worth, log_outside, map_outside
from training_app.records.rules import add_months
from training_app.skills.actions import exempt, require_level
from training_app.skills.levels import Level
from training_app.skills.models import Requirement, Skill
from training_app.stewardship.demo_assignments import load_assignments
from training_app.stewardship.demo_evidence import add_evidence
from training_app.stewardship.demo_names import ORGANISATIONS
from training_app.stewardship.demo_plan import PATCHY, STEADY, Curriculum, Habits, ModuleFacts, PlannedPerson, plan
from training_app.stewardship.demo_practice import load_practice
from training_app.stewardship.demo_sessions import load_sessions
from training_app.stewardship.models import DemonstrationMark
from training_app.stewardship.queries import demonstration_is_loaded
from training_app.strategy.models import WorkforceGroup

# Every demonstration account has it. It is printed on purpose, so accounts are opened only where nobody real is held.
PASSWORD = "music for every child"


@dataclass(frozen=True)
class DemonstrationAccount:
    """A way to sign in to the demonstration, and as whom: `group` and `habits` choose the invented person of a member."""

    email: str
    role: Role
    shown_as: str
    organisations: tuple[str, ...] = ()
    group: str | None = None
    habits: Habits | None = None


ACCOUNTS = (
    DemonstrationAccount("manager@hub.example", Role.WORKFORCE_MANAGER, "workforce manager"),
    DemonstrationAccount(
        "coordinator@hub.example",
        Role.COORDINATOR,
        "coordinator of two organisations",
        organisations=("Wherryham High School", "Wherryham Community Choir"),
    ),
    DemonstrationAccount(
        "staff@hub.example", Role.MEMBER, "music service teacher", group="music-service-staff", habits=STEADY
    ),
    DemonstrationAccount(
        "teacher@hub.example", Role.MEMBER, "class teacher", group="generalist-teachers", habits=STEADY
    ),
    DemonstrationAccount(
        "volunteer@hub.example", Role.MEMBER, "frontline volunteer", group="frontline-volunteers", habits=PATCHY
    ),
    DemonstrationAccount("board@hub.example", Role.BOARD, "board member"),
)

# (group, skills, reason, days since it began, days it lasts or None)
_EXEMPTIONS: Sequence[tuple[str, tuple[str, ...], str, int, int | None]] = (
    ("music-service-staff", ("group-teaching", "creative"), "Works in the office and leads no sessions.", 500, None),
    ("music-service-staff", ("technology",), "On parental leave; takes the course on return.", 60, 200),
    ("generalist-teachers", ("group-teaching",), "Teaches music to single children only this year.", 80, 300),
    ("specialist-teachers", ("technology",), "Long illness; agreed with the school until the summer.", 120, 260),
    ("frontline-volunteers", ("group-teaching",), "Helps in the instrument store, away from sessions.", 200, None),
    ("hub-providers", ("leading-inclusion",), "Freelance for single concerts; has no part in decisions.", 150, None),
    ("board-slt", ("data",), "New to the board; agreed to begin with the essentials.", 40, 180),
)

# Decided already and still to come: (group, skill, level).
_COMING_REQUIREMENTS = (
    ("generalist-teachers", "partnership", Level.AWARE),
    ("hub-providers", "semhd", Level.PRACTISING),
)

# Training outside the catalogue: (group, title, provider, days ago, hours, formal or not, what it gives or None where nobody has
# said so yet, months that it counts)
_OUTSIDE: Sequence[
    tuple[str, str, str | None, int, Decimal | None, bool | None, dict[str, Level] | None, int | None]
] = (
    (
        *("generalist-teachers", "Safeguarding update at my school", "Wherryham High School", 75, Decimal(2), True),
        *({"safeguarding": Level.PRACTISING}, 12),
    ),
    (
        *("music-service-staff", "Observed by a colleague in a whole-class lesson", None, 40, Decimal("1.5"), False),
        *({"group-teaching": Level.PRACTISING, "reflection": Level.PRACTISING, "youth-voice": Level.AWARE}, 24),
    ),
    ("frontline-volunteers", "First aid for helpers", "A first aid charity", 130, Decimal(3), True, {}, None),
    ("music-service-staff", "Evening of signs and songs", "A signing group", 25, Decimal(2), False, None, None),
    (
        "specialist-teachers",
        "Safeguarding with my other employer",
        "An academy trust",
        12,
        Decimal(1),
        True,
        None,
        None,
    ),
    ("hub-providers", "A week of songwriting in a youth club", None, 6, None, None, None, None),
)
# Modules of which a coordinator confirms their own people's entries.
_CONFIRMED_BY_COORDINATORS = ("IND-01", "IND-05")
_ANSWERED = "The certificate got wet. I have asked for another; the session was run by the music service."
# Certificates are made for one in ten of what was verified in a year.
_CERTIFICATES_OF_DAYS, _ONE_IN = 365, 10

_RETURNED_BECAUSE = "The certificate cannot be read. Please send it again, or say who ran the training."


@dataclass(frozen=True)
class DemonstrationReport:
    """What was loaded."""

    people: int
    organisations: int
    completions: int


def load(actor: Actor, *, force: bool = False) -> DemonstrationReport | None:
    """Load the demonstration inside the caller's transaction; None when it is loaded already, and nothing is done.

    Raises `Refused` where the strategy and catalogue are not loaded yet and, without `force`, where the database holds
    other people.
    """
    if demonstration_is_loaded():
        return None
    facts = curriculum(today())
    if not facts.modules or not facts.steps:
        raise Refused("There is no catalogue yet. Run `flask --app training_app seed` first, then `demo` again.")
    stands_alone = db.session.scalar(select(Person.id).limit(1)) is None
    if not force and not stands_alone:
        raise Refused(
            "This database holds people of your own, and invented ones would stand among them. "
            "Use another database, or say `demo --force` if you really want both."
        )
    return _Loader(actor, today(), facts, stands_alone).run()


def sign_ins() -> list[DemonstrationAccount]:
    """Return how to sign in as each role while the demonstration is loaded; otherwise nothing."""
    if not demonstration_is_loaded():
        return []
    return [each for each in ACCOUNTS if account_by_email(each.email) is not None]


def curriculum(day: date) -> Curriculum:
    """Return what the catalogue, the pathways and the requirements in force on a day lead each group through."""
    modules = {
        module.code: ModuleFacts(
            code=module.code,
            format=module.current.learned.code,
            hours=float(module.current.hours),
            refresh_months=module.current.refresh_months,
            gives={each.skill.code: Level(each.level) for each in module.current.gives},
            prerequisites=[needed.code for needed in module.prerequisites if needed.retired_on is None],
        )
        for module in db.session.scalars(select(Module).where(Module.retired_on.is_(None)).order_by(Module.code))
    }
    steps: dict[str, list[tuple[str, int]]] = {code: [] for code in db.session.scalars(select(WorkforceGroup.code))}
    for pathway in db.session.scalars(select(Pathway).order_by(Pathway.position)):
        for group in pathway.groups:
            steps[group.code].extend(
                (step.module.code, step.due_days)
                for step in pathway.steps
                if not step.optional and step.module.code in modules
            )
    needs: dict[str, dict[str, Level]] = {code: {} for code in steps}
    in_force = select(Requirement).where(Requirement.voided_at.is_(None), Requirement.effective_from <= day)
    for requirement in db.session.scalars(in_force.order_by(Requirement.effective_from, Requirement.id)):
        needs[requirement.group.code][requirement.skill.code] = Level(requirement.level)
    return Curriculum(modules=modules, steps=steps, needs=needs)


@dataclass
class _Loader:
    actor: Actor
    day: date
    curriculum: Curriculum
    stands_alone: bool

    def run(self) -> DemonstrationReport:
        self.groups = {row.code: row.id for row in db.session.scalars(select(WorkforceGroup))}
        self.skills = {row.code: row.id for row in db.session.scalars(select(Skill))}
        people = plan(self.day, self.curriculum)
        self._keep_clear_of_others(people)
        self._people(people)
        invented = {person.reference for person in people}
        self.ids = {
            reference: person_id
            for reference, person_id in db.session.execute(select(Person.reference, Person.id))
            if reference in invented
        }
        if self.stands_alone:
            # Never beside real people: the password is printed for everybody to read.
            self._accounts(people)
        count = self._completions(people)
        self._exemptions(people)
        self._corrections(people)
        count += self._outside(people)
        self._answer_one()
        add_evidence(self.day, set(self.ids.values()))
        self._certificates(people)
        self._sessions(people)
        load_assignments(self.actor, self.day, self._people_of_groups(people), with_rules=self.stands_alone)
        self._practice(people)
        if self.stands_alone:
            self._coming_requirements()
            self._let_coordinators_confirm()
        mark = DemonstrationMark(note="Invented people, organisations and training; nobody here exists.")
        db.session.add(mark)
        record(self.actor, "demonstration.loaded", mark)
        return DemonstrationReport(len(people), len(ORGANISATIONS), count)

    def _keep_clear_of_others(self, people: list[PlannedPerson]) -> None:
        """Use no reference and no e-mail of the hub's own people, where this is loaded among them."""
        taken = set(db.session.scalars(select(Person.reference)))
        emails = set(db.session.scalars(select(Person.email_key)))
        prefix = next(each for each in _prefixes() if not any(other.startswith(each) for other in taken))
        for person in people:
            person.reference = person.reference.replace("D-", prefix, 1)
            if person.email and email_key(person.email) in emails:
                person.email = None

    def _people(self, people: list[PlannedPerson]) -> None:
        known = set(db.session.scalars(select(Organisation.name_key)))
        write_people(
            self.actor,
            PeopleBatch(
                new_people=[PersonDraft(None, each.reference, each.name, each.email) for each in people],
                new_organisations=[
                    OrganisationDraft(None, name, kind, area)
                    for name, kind, area in ORGANISATIONS
                    if organisation_key(name) not in known
                ],
                new_engagements=[
                    EngagementDraft(
                        id=None,
                        reference=person.reference,
                        organisation_key=organisation_key(each.organisation),
                        group_id=self.groups[each.group],
                        start_on=each.start_on,
                        end_on=each.end_on,
                        job_title=each.job_title,
                    )
                    for person in people
                    for each in person.engagements
                ],
            ),
        )

    def _accounts(self, people: list[PlannedPerson]) -> None:
        """Open an account for each role; whatever happens from here on, the manager of the demonstration does."""
        organisations = dict(db.session.execute(select(Organisation.name_key, Organisation.id)).all())
        password_hash = passwords.hash_of(PASSWORD)  # one will do for a password that is printed
        for each in ACCOUNTS:
            if account_by_email(each.email) is None and (each.group is None or each.group in self.groups):
                open_account(
                    self.actor,
                    each.email,
                    [each.role],
                    person_id=self.ids[self._somebody(people, each).reference] if each.group else None,
                    organisation_ids=[organisations[organisation_key(name)] for name in each.organisations],
                    password_hash=password_hash,
                )
        manager = account_by_email(ACCOUNTS[0].email)
        if manager is not None:
            self.actor = Actor(kind="account", account_id=manager.id, batch_id=self.actor.batch_id)

    def _somebody(self, people: list[PlannedPerson], wanted: DemonstrationAccount) -> PlannedPerson:
        """Return somebody of a group who is there, has done something, and lately, so that their pages say the most."""
        here = [each for each in self._here(people, wanted.group) if each.habits is wanted.habits and each.completions]
        return max(
            here, key=lambda each: (len(each.completions) >= 4, each.completions[-1].completed_on, each.reference)
        )

    def _here(self, people: list[PlannedPerson], group: str | None) -> list[PlannedPerson]:
        return [
            person
            for person in people
            if person.groups == [group]
            and person.engagements[0].end_on is None
            and person.engagements[0].start_on < self.day - timedelta(days=60)
        ]

    def _completions(self, people: list[PlannedPerson]) -> int:
        modules = {row.code: row for row in db.session.scalars(select(Module))}
        drafts = [
            CompletionDraft(
                person_id=self.ids[person.reference],
                module_id=modules[each.module].id,
                completed_on=each.completed_on,
                evidence=Evidence.VERIFIED if each.evidence == Evidence.VERIFIED else Evidence.SELF_DECLARED,
                hours=modules[each.module].current.hours,
            )
            for person in people
            for each in person.completions
        ]
        write_completions(self.actor, drafts)
        self._entered_when_completed({draft.completed_on for draft in drafts})
        for person in people:
            for each in person.completions:
                if each.evidence == Evidence.RETURNED:
                    entry = db.session.scalars(
                        select(Completion).where(
                            Completion.person_id == self.ids[person.reference],
                            Completion.module_id == modules[each.module].id,
                            Completion.completed_on == each.completed_on,
                        )
                    ).one()
                    return_evidence(self.actor, entry, _RETURNED_BECAUSE)
        return len(drafts)

    def _entered_when_completed(self, days: set[date]) -> None:
        """Say that each entry was made the evening after, so that some have waited for weeks, as they do."""
        for day in days:
            evening = datetime.combine(min(day + timedelta(days=1), self.day), time(17, 30), UTC)
            db.session.execute(
                update(Completion)
                .where(Completion.completed_on == day, Completion.person_id.in_(self.ids.values()))
                .values(created_at=min(evening, now()))
                .execution_options(synchronize_session=False)
            )

    def _exemptions(self, people: list[PlannedPerson]) -> None:
        """Exempt a few, of whom nothing in those skills is recorded."""
        chosen: set[str] = set()
        for group, skills, reason, ago, lasts in _EXEMPTIONS:
            start_on = self.day - timedelta(days=ago)
            end_on = start_on + timedelta(days=lasts) if lasts else None
            person = next(
                (
                    each
                    for each in self._here(people, group)
                    if each.reference not in chosen
                    and each.engagements[0].start_on <= start_on
                    and not self._skills_touched(each) & set(skills)
                ),
                None,
            )
            if person is not None:
                chosen.add(person.reference)
                for skill in skills:
                    if skill in self.skills:
                        person_id = self.ids[person.reference]
                        exempt(self.actor, person_id, self.skills[skill], start_on, reason, end_on)

    def _skills_touched(self, person: PlannedPerson) -> set[str]:
        return {skill for done in person.completions for skill in self.curriculum.modules[done.module].gives}

    def _corrections(self, people: list[PlannedPerson]) -> None:
        """Void an entry, correct another, and extend one that has just run out."""
        here = {self.ids[each.reference] for group in self.groups for each in self._here(people, group)}
        verified = [
            row
            for row in db.session.scalars(
                select(Completion).where(Completion.evidence == Evidence.VERIFIED.value).order_by(Completion.id)
            )
            if row.person_id in here
        ]
        a_while_ago = [row for row in verified if row.completed_on < self.day - timedelta(days=200)]
        for row in a_while_ago[:1]:
            void_completion(self.actor, row, "Entered for the wrong person, who has nearly the same name.")
        for row in a_while_ago[40:41]:
            correct_completion(
                self.actor, row, row.completed_on - timedelta(days=7), "The certificate gives an earlier day."
            )
        latest = {(row.person_id, row.module_id): row for row in verified}
        run_out = [
            row
            for row in latest.values()
            if row.valid_until is not None and 0 <= (self.day - row.valid_until).days < 60 and row.voided_at is None
        ]
        for row in run_out[:1]:
            if row.valid_until is not None:
                extend_validity(
                    self.actor,
                    row,
                    add_months(row.valid_until, 5),
                    "Long illness; the update is booked for the return.",
                )

    def _outside(self, people: list[PlannedPerson]) -> int:
        """Log training outside the catalogue, some of it mapped to skills; return how much."""
        logged = 0
        for place, (group, title, provider, ago, hours, is_formal, gives, months) in enumerate(_OUTSIDE):
            here = self._here(people, group)
            if not here:
                continue
            person = here[place % len(here)]
            day = self.day - timedelta(days=ago)
            training = Training(title, day, provider, hours, is_formal)
            entry = log_outside(self.actor, self.ids[person.reference], training).completion
            entry.created_at = min(datetime.combine(day + timedelta(days=1), time(17, 30), UTC), now())
            logged += 1
            if gives is not None:
                known = {self.skills[skill]: level for skill, level in gives.items() if skill in self.skills}
                map_outside(self.actor, entry, Worth(known, months))
        return logged

    def _answer_one(self) -> None:
        """Send another entry back and answer it, so that it waits again with the answer beside it."""
        waiting = db.session.scalars(
            select(Completion)
            .where(
                Completion.evidence == Evidence.SELF_DECLARED.value,
                Completion.module_id.is_not(None),
                Completion.person_id.in_(self.ids.values()),
            )
            .order_by(Completion.id)
        ).all()
        for entry in waiting[3:4]:
            return_evidence(self.actor, entry, _RETURNED_BECAUSE)
            log_again(self.actor, entry, entry.completed_on, answer=_ANSWERED)

    def _let_coordinators_confirm(self) -> None:
        for module in db.session.scalars(select(Module).where(Module.code.in_(_CONFIRMED_BY_COORDINATORS))):
            version = module.current
            content = ModuleContent(
                version.title,
                version.learned.id,
                version.hours,
                version.refresh_months,
                {given.skill_id: Level(given.level) for given in version.gives},
            )
            about = ModuleAbout(
                module.summary,
                module.access_link,
                module.access_note,
                module.access_contact,
                [each.id for each in module.priorities],
                [each.id for each in module.groups],
                [each.id for each in module.prerequisites],
                coordinator_may_confirm=True,
            )
            edit_module(self.actor, module, content, about)

    def _certificates(self, people: list[PlannedPerson]) -> None:
        """Make certificates for some of what was verified in the last year, and for all of it of those who sign in."""
        signs_in = set(db.session.scalars(select(Account.person_id).where(Account.person_id.is_not(None))))
        invented = {self.ids[each.reference] for each in people}
        lately = (
            select(Completion)
            .where(
                Completion.evidence == Evidence.VERIFIED.value,
                Completion.completed_on > self.day - timedelta(days=_CERTIFICATES_OF_DAYS),
            )
            .order_by(Completion.id)
        )
        theirs = [each for each in db.session.scalars(lately) if each.person_id in invented]
        for number, row in enumerate(theirs):
            if number % _ONE_IN == 0 or row.person_id in signs_in:
                issue_certificate(self.actor, row)

    def _sessions(self, people: list[PlannedPerson]) -> None:
        """Book those who are there on sessions, the members of the demonstration first; one of the music service leads them."""
        shown = [each for each in ACCOUNTS if each.group in self.groups and each.habits is not None]
        members = [self.ids[self._somebody(people, each).reference] for each in shown]
        others = [
            self.ids[each.reference]
            for group in ("music-service-staff", "specialist-teachers", "hub-providers")
            for each in self._here(people, group)
        ]
        # Who leads takes no part.
        takes_part = [each for each in dict.fromkeys([*members[1:], *others]) if each not in members[:1]]
        load_sessions(self.actor, self.day, takes_part, members[:1])

    def _people_of_groups(self, people: list[PlannedPerson]) -> dict[str, list[int]]:
        return {group: [self.ids[each.reference] for each in self._here(people, group)] for group in self.groups}

    def _practice(self, people: list[PlannedPerson]) -> None:
        """Let the members of the demonstration observe others and try out a change with them."""
        shown = [each for each in ACCOUNTS if each.group in self.groups and each.habits is not None]
        members = [self.ids[self._somebody(people, each).reference] for each in shown]
        load_practice(self.actor, self.day, members, self._people_of_groups(people))

    def _coming_requirements(self) -> None:
        coming = add_months(self.day.replace(day=1), 4)
        for group, skill, level in _COMING_REQUIREMENTS:
            if group in self.groups and skill in self.skills:
                require_level(self.actor, self.groups[group], self.skills[skill], level, coming)


def _prefixes() -> Iterator[str]:
    yield "D-"
    number = 2
    while True:
        yield f"D{number}-"
        number += 1
