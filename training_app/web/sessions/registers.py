"""Keeping a register: on one page, by the hub, by whoever leads the session, or by a link for an outside trainer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy import false, select
from werkzeug.wrappers import Response

from training_app.accounts.policy import Permission
from training_app.audit import Actor
from training_app.catalogue.queries import module_by_code
from training_app.clock import today
from training_app.database import transaction
from training_app.delivery.actions import SessionDraft, schedule
from training_app.delivery.models import Presence, RegisterMark, TrainingSession
from training_app.delivery.queries import (
    booked_people,
    bookings_of_session,
    leads,
    marks_of,
    register_seen,
    register_stands,
    session_of_link,
    spans_of,
)
from training_app.delivery.register import (
    Kept,
    Line,
    Sent,
    make_link,
    reverse_register,
    revoke_link,
    save_register,
)
from training_app.delivery.rules import (
    HERE,
    Said,
    Span,
    awaits_task,
    help_is_shown,
    hours_in_words,
    hours_typed,
    merged,
    part_problem,
    register_closes_on,
    times_in_words,
    walk_in,
)
from training_app.delivery.taking_along import WORDS, written
from training_app.errors import NotFound, Refused
from training_app.links import absolute
from training_app.people.models import Organisation, Person
from training_app.people.queries import all_groups, all_organisations
from training_app.people.rules import LONGEST_REASON, in_words
from training_app.people.scope import People, Places, everybody, visible_organisations, visible_people
from training_app.records.models import Evidence
from training_app.skills.levels import Level
from training_app.web.access import account, may, public, requires
from training_app.web.access import actor as acting
from training_app.web.components.fields import HeldField, LongTextField, TidyString, showable
from training_app.web.formatting import count
from training_app.web.forms import HouseForm
from training_app.web.limits import count_register, count_wrong_address
from training_app.web.sessions.blueprint import sessions
from training_app.web.sessions.forms import LONGEST_LINES, PastForm, ReverseForm, lines_of
from training_app.web.sessions.settling import Named, named
from training_app.web.sessions.views import NUMBER, found, modules_to_teach

PRESENCES = tuple((each, WORDS[each]) for each in (Presence.PRESENT.value, Presence.PART.value, Presence.ABSENT.value))
_PRESENT, _PART = Presence.PRESENT.value, Presence.PART.value


class RegisterForm(HouseForm):
    """Who came besides those in the list, and why lines are changed of a register that was shown as saved (`corrects`); the
    list itself is read line by line."""

    others = LongTextField("Who else came?", filters=[TidyString("The names", LONGEST_LINES * 4, lines=True)])
    corrects = HeldField()
    reason = LongTextField("Why is it corrected?", filters=[TidyString("The reason", LONGEST_REASON)])


@dataclass
class Row:
    """One person in a register as the page shows them: what `stands`, what was `shown`, what is `said` now, and the hours as
    typed."""

    person_id: int
    name: str
    reference: str
    is_booked: bool
    stands: Said
    shown: Said
    said: Said
    is_marked: bool
    hours: str = ""
    error: str | None = None
    help_wanted: str | None = None
    evidence: str | None = None

    @property
    def is_changed(self) -> bool:
        """Whether what is said differs from what was shown, and from what others said meanwhile."""
        return self.said not in (self.shown, self.stands)

    @property
    def shown_as(self) -> str:
        """What was shown, as the page sends it back."""
        return written(self.shown)


@dataclass(frozen=True)
class Keeper:
    """Who keeps a register: as the log knows them, whom and where they may see, whether they look for people themselves, and the
    link by which they came, None for those who signed in."""

    actor: Actor
    people: People
    places: Places
    person_id: int | None
    sees_people: bool
    token: str | None
    session_id: int

    def address(self, of: str = "register") -> str:
        """Return where they keep the register, or bring it back, print it, download it to fill in."""
        if self.token is not None:
            return url_for(f"sessions.{of}_by_link", token=self.token)
        return url_for(f"sessions.{of}", session_id=self.session_id)


@sessions.route(f"{NUMBER}/register", methods=["GET", "POST"])
@requires(Permission.KEEP_REGISTERS)
def register(session_id: int) -> Response | tuple[str, int]:
    """Keep the register of a session, by the hub or by whoever leads it."""
    return _register(*register_here(session_id))


@sessions.route("/register/<token>", methods=["GET", "POST"])
@public
def register_by_link(token: str) -> Response | tuple[str, int]:
    """Keep one register by the link that an outside trainer was given: its names, and nobody else's."""
    return _register(*register_of_link(token, counts=request.method == "POST"))


@sessions.route(f"{NUMBER}/register/reverse", methods=["GET", "POST"])
@requires(Permission.MANAGE_SESSIONS)
def reverse(session_id: int) -> Response | tuple[str, int]:
    """Take back all that a register completed, with a reason."""
    session = found(session_id)
    if session.register is None or not register_stands(session):
        raise NotFound
    form = ReverseForm()
    if not form.is_submitted():
        form.row_version.data = session.register.row_version
    if form.validate_on_submit():
        try:
            with transaction():
                voided = reverse_register(acting(), session, form.reason.data, form.seen_version)
        except Refused as refused:
            form.refuse(refused)
        else:
            flash(f"The register is reversed: {count(voided, 'entry is', 'entries are')} void.", "success")
            return redirect(url_for("sessions.register", session_id=session_id))
    if form.is_overtaken and session.register is not None:
        form.row_version.data = session.register.row_version
    recorded = sum(each.completion_id is not None and each.made_it for each in marks_of(session_id))
    return render_template("sessions/reverse.html", form=form, session=session, recorded=recorded), form.status


@sessions.post(f"{NUMBER}/register/link")
@requires(Permission.MANAGE_SESSIONS)
def new_link(session_id: int) -> str:
    """Make the link for an outside trainer, and show it this once; one that was there before ends."""
    session = found(session_id)
    with transaction():
        token = make_link(acting(), session_id)
    return render_template(
        "sessions/link.html",
        session=session,
        address=absolute(url_for("sessions.register_by_link", token=token)),
        closes=register_closes_on(session.last_on),
    )


@sessions.post(f"{NUMBER}/register/link/stop")
@requires(Permission.MANAGE_SESSIONS)
def stop_link(session_id: int) -> Response:
    """Take the link for an outside trainer back."""
    found(session_id)
    with transaction():
        there_was_one = revoke_link(acting(), session_id)
    flash("The link opens nothing any more." if there_was_one else "There was no link.", "success")
    return redirect(url_for("sessions.one", session_id=session_id))


@sessions.route("/sessions/register/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_SESSIONS)
def past_register() -> Response | tuple[str, int]:
    """Keep the register of a day that has passed, for which no session was scheduled: module, day, names."""
    form = PastForm()
    form.module.choices = [("", "Choose"), *modules_to_teach()]
    people, places = everybody(), visible_organisations(account())
    who = Named()
    if form.validate_on_submit():
        who = named(lines_of(form.names.data), [], people, places)
        if not who.is_settled:
            form.form_errors.append("Say who the people marked below are. Nothing is saved yet.")
        else:
            module = module_by_code(form.module.data)
            assert module is not None
            draft = SessionDraft(module.id, [Span(form.on.data)], place=form.place.data)
            try:
                with transaction():
                    session_id = schedule(acting(), draft, takes_bookings=False).id
                    kept = save_register(
                        acting(),
                        session_id,
                        Sent(came=who.came, newcomers=who.newcomers),
                        people=people,
                        places=places,
                        own_person_id=account().person_id,
                    )
            except Refused as refused:
                form.refuse(refused)
            else:
                flash(_done(kept), "success")
                return redirect(url_for("sessions.register", session_id=session_id))
    return render_template(
        "sessions/past.html",
        form=form,
        unsure=who.unsure,
        organisations=all_organisations(places),
        groups=[(each.code, each.name) for each in all_groups()],
    ), form.status


# --- who keeps which


def register_here(session_id: int) -> tuple[TrainingSession, Keeper]:
    """Return a session and the visitor as who keeps its register today. Raises `NotFound` where they may not exactly as where
    there is none."""
    session = register_seen(account(), session_id)
    if session is None or session.cancelled_at is not None:
        raise NotFound
    sees_people = may(Permission.SEE_PEOPLE)
    people, places = visible_people(account()), visible_organisations(account())
    return session, Keeper(acting(), people, places, account().person_id, sees_people, None, session_id)


def register_of_link(token: str, *, counts: bool) -> tuple[TrainingSession, Keeper]:
    """Return the session whose register a link opens today, and whoever came by it as who keeps it. Raises `NotFound` where it
    opens none; `counts` what takes a while, and is not done in a flood."""
    session = session_of_link(token)
    if session is None:
        count_wrong_address()
        raise NotFound
    if counts:
        count_register(token)
    nobody, nowhere = select(Person.id).where(false()), select(Organisation.id).where(false())
    return session, Keeper(Actor(kind="visitor"), nobody, nowhere, None, False, token, session.id)


# --- the page


def _register(session: TrainingSession, keeper: Keeper) -> Response | tuple[str, int]:
    form, is_ours = RegisterForm(), keeper.token is None
    rows, waiting = rows_of(session, with_help=is_ours)
    who = who_came(lines_of(form.others.data) if form.is_submitted() else [], waiting, keeper)
    if form.is_submitted():
        _take(rows, session.module.current.hours)
        wrong = [each for each in rows if each.error]
        if wrong:
            form.form_errors.append(f"{wrong[0].name}: {wrong[0].error}.")
        if not who.is_settled:
            form.form_errors.append(
                "Say who the people marked below are. Nothing is saved yet, and your marks are kept."
            )
        is_right = form.validate_on_submit() and not wrong and who.is_settled
        # Of several who opened it before anybody saved, none corrects the others.
        if is_right and form.corrects.data and not form.reason.data and any(each.is_changed for each in rows):
            form.reason.errors = ["Say why you change what is saved. Nothing is changed yet, and your marks are kept"]
        elif is_right:
            try:
                with transaction():
                    kept = save_register(
                        keeper.actor,
                        session.id,
                        Sent(
                            lines=[Line(each.person_id, each.shown, each.said) for each in rows],
                            came=who.came,
                            newcomers=who.newcomers,
                            typed={} if keeper.sees_people else _typed(form.others.data),
                            settled=who.settled,
                            because=form.reason.data,
                        ),
                        people=keeper.people,
                        places=keeper.places,
                        own_person_id=keeper.person_id,
                    )
            except Refused as refused:
                form.refuse(refused)
                rows = _after_conflict(session, rows, with_help=is_ours) if form.is_overtaken else rows
            else:
                flash(_done(kept, session), "success")
                return redirect(keeper.address())
    gives, hours = session.module.current.gives, session.module.current.hours
    corrects = is_corrected(session)
    form.corrects.data = "yes" if corrects else ""
    page = render_template(
        "sessions/register.html" if is_ours else "sessions/register_by_link.html",
        form=form,
        session=session,
        spans=[(each, times_in_words(each)) for each in spans_of(session)],
        rows=rows,
        presences=PRESENCES,
        whole=hours_in_words(hours) if hours else "",
        corrects=corrects,
        waiting=waiting,
        unsure=who.unsure,
        keeper=keeper,
        organisations=all_organisations(keeper.places) if keeper.sees_people else [],
        groups=[(each.code, each.name) for each in all_groups()] if keeper.sees_people else [],
        saved=session.register,
        stands=register_stands(session),
        is_early=session.last_on > today(),
        opens_task=awaits_task(Level(each.level) for each in gives),
        leads=is_ours and leads(account(), session),
    )
    return page, form.status


def is_corrected(session: TrainingSession) -> bool:
    """Say whether whoever changes a line of this register now corrects what it completed."""
    return register_stands(session) and session.last_on <= today()


def _typed(others: str | None) -> dict[str, Said]:
    """Return the names typed by whoever may not look for people, as they are kept until the hub matches them."""
    return {each.who: each.says for each in map(walk_in, lines_of(others))}


def who_came(typed: Sequence[str], waiting: Sequence[RegisterMark], keeper: Keeper) -> Named:
    """Return who was typed, for whoever looks for people themselves; what others type waits for the hub."""
    return named(typed, waiting, keeper.people, keeper.places) if keeper.sees_people else Named()


def rows_of(session: TrainingSession, *, with_help: bool) -> tuple[list[Row], list[RegisterMark]]:
    """Return who is in a register, by name, and the names that wait to be matched."""
    marks = marks_of(session.id)
    by_person = {each.person_id: each for each in marks if each.person_id is not None}
    booked = {each.id: each for each in booked_people(session.id)}
    people = {**{each.person.id: each.person for each in marks if each.person is not None}, **booked}
    helps: dict[int, str | None] = {}
    if with_help and help_is_shown(session.last_on, today()):
        helps = {each.person_id: each.help_wanted for each in bookings_of_session(session.id, everybody())}
    rows = []
    for person in sorted(people.values(), key=lambda each: (each.name_key, each.id)):
        mark = by_person.get(person.id)
        stands = HERE if mark is None else Said(mark.presence, mark.hours)
        evidence = mark.completion.evidence if mark is not None and mark.completion is not None else None
        rows.append(
            Row(
                person.id,
                person.name,
                person.reference,
                person.id in booked,
                stands,
                stands,
                stands,
                mark is not None,
                _plain(stands.hours),
                help_wanted=helps.get(person.id),
                evidence=evidence if evidence != Evidence.VOID else None,
            )
        )
    return rows, [each for each in marks if each.person_id is None]


def _take(rows: list[Row], of_module: Decimal) -> None:
    """Take what was sent of each row: what it had been shown as, and what is said now."""
    offered = {value for value, _ in PRESENCES}
    for row in rows:
        sent = request.form.get(f"mark-{row.person_id}")
        if sent is None:
            continue
        row.shown = _shown(request.form.get(f"shown-{row.person_id}", "")) or row.shown
        row.hours = showable(request.form.get(f"hours-{row.person_id}", "")).strip()[:20]
        if sent not in offered and (sent != Presence.WITHDRAWN or row.is_booked):
            row.error = "Choose one of the answers"
        hours = hours_typed(row.hours) if sent == _PART else None
        if sent == _PART and Said(sent, hours) != row.shown:
            row.error = part_problem(hours, of_module)
        row.said = Said(sent if row.error is None or sent == _PART else row.said.presence, hours)


def _after_conflict(session: TrainingSession, sent: Sequence[Row], *, with_help: bool) -> list[Row]:
    """Return the rows as they stand now, with what was said kept, and a word where somebody else said otherwise."""
    rows, _ = rows_of(session, with_help=with_help)
    said = {each.person_id: each for each in sent}
    for row in rows:
        theirs = said.get(row.person_id)
        if theirs is None:
            continue
        stands = row.shown
        together = merged(theirs.shown, theirs.said, stands)
        row.said = theirs.said if together is None else together
        row.hours = theirs.hours if together is None else _plain(together.hours)
        if together is None:
            row.error = f"Somebody else marked: {in_a_word(stands)}. Yours is kept here; save again if it is right"
    return rows


def in_a_word(said: Said) -> str:
    """Return what a register says of somebody: `absent`, `part, for 1.5 hours`."""
    hours = f", for {hours_in_words(said.hours)}" if said.hours else ""
    return f"{WORDS.get(said.presence, said.presence).casefold()}{hours}"


def _shown(sent: str) -> Said | None:
    presence, _, hours = sent.partition(" ")
    if presence not in set(Presence):
        return None
    return Said(presence, hours_typed(hours))


def _plain(hours: Decimal | None) -> str:
    """Write hours as they are typed: 1.5, or 2."""
    return f"{hours.normalize():f}" if hours else ""


def _done(kept: Kept, session: TrainingSession | None = None) -> str:
    """Say what saving a register did."""
    parts = ["The register is saved."]
    if kept.verified:
        parts.append(f"{count(kept.verified, 'completion is', 'completions are')} recorded and verified.")
    if kept.awaiting:
        parts.append(f"{count(kept.awaiting, 'completion awaits', 'completions await')} confirmation.")
    if kept.voided:
        parts.append(f"{count(kept.voided, 'entry is', 'entries are')} void because of a correction.")
    if kept.already:
        parts.append(f"{count(kept.already, 'person has', 'people have')} it on that day already.")
    if kept.names_waiting:
        parts.append(f"{count(kept.names_waiting, 'name waits', 'names wait')} until the hub says who it is.")
    if session is not None and session.last_on > today():
        parts.append(f"What it completes is recorded when it is saved on or after {in_words(session.last_on)}.")
    return " ".join(parts)
