"""The list of sessions, one session, and scheduling, changing and cancelling them."""

from __future__ import annotations

from flask import Response as File
from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from training_app.accounts.models import Role
from training_app.accounts.policy import Permission
from training_app.audit.queries import EventsWanted
from training_app.catalogue.queries import all_modules, module_by_code, modules_on_offer
from training_app.clock import now, today
from training_app.database import transaction
from training_app.delivery.actions import SessionDraft, cancel_session, change_session, schedule
from training_app.delivery.calendar import calendar_of
from training_app.delivery.matching import matched
from training_app.delivery.models import TrainingSession
from training_app.delivery.queries import (
    SESSION_SORTS,
    WHEN,
    SessionsWanted,
    areas_of,
    booking_of,
    bookings_of_session,
    leads,
    listed,
    modules_of,
    register_stands,
    session_seen,
    sessions_page,
    sessions_seen,
    sessions_wanted,
    spans_of,
    standing_link_of,
)
from training_app.delivery.rules import can_be_booked, help_is_shown, register_is_open, times_in_words
from training_app.errors import NotFound, Refused
from training_app.files import Column, Table
from training_app.people.queries import all_areas
from training_app.people.scope import everybody, everywhere, visible_people
from training_app.web.access import account, may, requires
from training_app.web.access import actor as acting
from training_app.web.asking import LARGEST_ID, asked_choice, asked_page, asked_sort, asked_words
from training_app.web.downloads import download, each_format
from training_app.web.sessions.blueprint import sessions
from training_app.web.sessions.forms import CancelForm, SessionForm, lines_of
from training_app.web.telling import history_of

WHEN_IN_WORDS = {"to-come": "To come", "past": "Past", "cancelled": "Cancelled", "all": "All"}
NUMBER = f"/sessions/<int(max={LARGEST_ID}):session_id>"


@sessions.get("/sessions")
@requires(Permission.SEE_SESSIONS)
def list_sessions() -> str:
    """List the sessions that the visitor may see, those to come unless asked otherwise."""
    seen, wanted = sessions_seen(account()), _wanted()
    return render_template(
        "sessions/list.html",
        page=sessions_page(seen, wanted, asked_page(), account().person_id),
        wanted=wanted,
        whens=[(each, WHEN_IN_WORDS[each]) for each in WHEN],
        modules=[(each.code, f"{each.code} {each.current.title}") for each in modules_of(seen)],
        module=asked_words("module"),
        areas=[(each, each) for each in areas_of(seen)],
    )


@each_format(sessions, "/sessions")
@requires(Permission.SEE_SESSIONS)
def sessions_file() -> File:
    """Return the same sessions as a file; it names nobody who is booked."""
    names = (
        *("session", "module", "title", "day", "starts", "ends", "days", "place", "area"),
        *("places", "booked", "waiting", "free", "paid_time", "young_co_trainers", "cancelled_because"),
    )
    rows = []
    for each in sessions_wanted(sessions_seen(account()), _wanted()):
        session, spans = each.session, spans_of(each.session)
        starts, ends = spans[0].starts, spans[0].ends
        rows.append(
            [
                *(session.id, session.module.code, session.module.current.title, spans[0].on),
                *(f"{starts:%H:%M}" if starts else None, f"{ends:%H:%M}" if ends else None, len(spans)),
                *(session.place or session.online_link, session.area, session.places, each.booked, each.waiting),
                *(each.free, "yes" if session.paid_time else "no", session.young_co_trainers, session.cancel_reason),
            ]
        )
    return download(Table([Column(name) for name in names], rows), "sessions")


@sessions.route("/sessions/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_SESSIONS)
def new_session() -> Response | tuple[str, int]:
    """Schedule a session; `?module=` proposes of what."""
    form = SessionForm()
    _offer_modules(form)
    if not form.is_submitted():
        form.module.data = asked_words("module")
    draft = _draft(form) if form.validate_on_submit() else None
    if draft is not None:
        try:
            with transaction():
                session_id = schedule(acting(), draft).id
        except Refused as refused:
            form.refuse(refused)
        else:
            flash("The session is scheduled, and can be booked from now on.", "success")
            return redirect(url_for("sessions.one", session_id=session_id))
    return render_template("sessions/new.html", form=form, areas=all_areas(everywhere())), form.status


@sessions.get(NUMBER)
@requires(Permission.SEE_SESSIONS)
def one(session_id: int) -> str:
    """Show a session: when and where, who leads it, how many are booked; and to those who may know, who."""
    session = found(session_id)
    people = everybody() if may(Permission.MANAGE_SESSIONS) or leads(account(), session) else visible_people(account())
    own = booking_of(session.id, account().person_id) if account().person_id is not None else None
    happened = [("training_session", session.id)]
    if session.register is not None and may(Permission.MANAGE_SESSIONS):  # why it was corrected may speak of somebody
        happened.append(("register", session.register.id))
    sees_all = people.whereclause is None
    return render_template(
        "sessions/one.html",
        session=session,
        spans=[(each, times_in_words(each)) for each in spans_of(session)],
        count=listed([session])[0],
        own=own,
        bookings=bookings_of_session(session.id, people) if may(Permission.BOOK_OTHERS) or sees_all else [],
        shows_help=sees_all and help_is_shown(session.last_on, today()),
        helps=help_is_shown(session.last_on, today()),
        is_open=session.takes_bookings and session.cancelled_at is None and can_be_booked(spans_of(session), now()),
        keeps_register=session.cancelled_at is None
        and (
            may(Permission.MANAGE_SESSIONS)
            or (leads(account(), session) and register_is_open(session.first_on, session.last_on, today()))
        ),
        register_stands=register_stands(session),
        link=standing_link_of(session.id) if may(Permission.MANAGE_SESSIONS) else None,
        is_member=Role.MEMBER in account().roles and account().person_id is not None,
        history=history_of(EventsWanted(objects=happened), with_about=False),
    )


@sessions.get(f"{NUMBER}.ics")
@requires(Permission.SEE_SESSIONS)
def session_calendar(session_id: int) -> File:
    """Return a session as a file for a calendar."""
    session = found(session_id)
    return calendar_file(calendar_of([session], session.module.current.title, now()), f"session-{session.id}")


@sessions.route(f"{NUMBER}/edit", methods=["GET", "POST"])
@requires(Permission.MANAGE_SESSIONS)
def edit_session(session_id: int) -> Response | tuple[str, int]:
    """Change what is known of a session."""
    session = found(session_id)
    form = SessionForm()
    _offer_modules(form, session)
    if not form.is_submitted():
        form.show(session)
    draft = _draft(form) if form.validate_on_submit() else None
    if draft is not None:
        try:
            with transaction():
                changed = change_session(acting(), session, draft, form.seen_version)
        except Refused as refused:
            form.refuse(refused)
        else:
            flash(
                "Saved. Whoever is booked is written to where days or place changed." if changed else "Nothing changed."
            )
            return redirect(url_for("sessions.one", session_id=session_id))
    if form.is_overtaken:
        form.row_version.data = session.row_version
    return render_template(
        "sessions/edit.html",
        form=form,
        session=session,
        spans=[(each, times_in_words(each)) for each in spans_of(session)],
        areas=all_areas(everywhere()),
    ), form.status


@sessions.route(f"{NUMBER}/cancel", methods=["GET", "POST"])
@requires(Permission.MANAGE_SESSIONS)
def cancel(session_id: int) -> Response | tuple[str, int]:
    """Cancel a session, with a reason."""
    session = found(session_id)
    form = CancelForm()
    if not form.is_submitted():
        form.row_version.data = session.row_version
    if form.validate_on_submit():
        try:
            with transaction():
                cancel_session(acting(), session, form.reason.data, form.seen_version)
        except Refused as refused:
            form.refuse(refused)
        else:
            flash("The session is cancelled, and whoever was booked is written to.", "success")
            return redirect(url_for("sessions.one", session_id=session_id))
    if form.is_overtaken:
        form.row_version.data = session.row_version
    return render_template("sessions/cancel.html", form=form, session=session, count=listed([session])[0]), form.status


def found(session_id: int) -> TrainingSession:
    """Return a session that the visitor may see. Raises `NotFound` for one that they may not exactly as for one absent."""
    session = session_seen(sessions_seen(account()), session_id)
    if session is None:
        raise NotFound
    return session


def modules_to_teach() -> list[tuple[str, str]]:
    """Return code and words of every module, the retired ones last: a register of the past may be of one."""
    offered = modules_on_offer(today())
    codes = {code for _, code, _ in offered}
    retired = [(code, f"{code} {title} (retired)") for _, code, title, _ in all_modules() if code not in codes]
    return [*((code, f"{code} {title}") for _, code, title in offered), *retired]


def calendar_file(content: bytes, name: str) -> File:
    """Return a calendar as a file."""
    response = File(content, content_type="text/calendar; charset=utf-8")
    response.headers.set("Content-Disposition", "attachment", filename=f"{name}.ics")
    return response


def _wanted() -> SessionsWanted:
    code = asked_words("module")
    module = module_by_code(code) if code else None
    if code and module is None:
        raise Refused(f"There is no module {code}. Choose one from the list.")
    return SessionsWanted(
        on=today(),
        when=asked_choice("when", WHEN, WHEN[0]) or WHEN[0],
        module_id=module.id if module else None,
        area=asked_words("area"),
        with_places=asked_choice("places", ("free",)) is not None,
        sort=asked_sort(SESSION_SORTS, "-day" if request.args.get("when") == "past" else "day"),
    )


def _offer_modules(form: SessionForm, session: TrainingSession | None = None) -> None:
    offered = [(code, f"{code} {title}") for _, code, title in modules_on_offer(today())]
    if session is not None and session.module.code not in {code for code, _ in offered}:
        offered.append((session.module.code, f"{session.module.code} {session.module.current.title} (retired)"))
    form.module.choices = [("", "Choose"), *offered]


def _draft(form: SessionForm) -> SessionDraft | None:
    """Return what was typed as a session; None, with the reason at its field, where somebody named is not found."""
    module = module_by_code(form.module.data)
    assert module is not None
    facilitators = matched(lines_of(form.facilitators.data), everybody(), everywhere())
    unknown = [each for each in facilitators if each.person is None]
    if unknown:
        alike = "; ".join(f"{each.name}, {each.reference}" for each in unknown[0].alike[:5])
        form.facilitators.errors = [
            f"“{unknown[0].typed[:80]}” is not one person in the hub’s list. "
            + (f"Did you mean {alike}? " if alike else "")
            + "Type the reference, the e-mail or the full name, one a line"
        ]
        return None
    return SessionDraft(
        module_id=module.id,
        spans=form.spans(),
        place=form.place.data,
        online_link=form.online_link.data,
        area=form.area.data,
        venue_access=form.venue_access.data,
        places=form.places.number,
        facilitator_ids=[each.person.id for each in facilitators if each.person is not None],
        outside_trainer=form.outside_trainer.data,
        young_co_trainers=form.young_co_trainers.number or 0,
        paid_time=form.paid_time.data == "yes",
    )
