"""Booking a place for oneself or for others, and giving it back."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from training_app.accounts.policy import Permission
from training_app.clock import today
from training_app.database import transaction
from training_app.delivery.booking import Booked, book, cancel_booking, change_help
from training_app.delivery.matching import Match, matched
from training_app.delivery.models import Booking, BookingState, TrainingSession
from training_app.delivery.queries import booking_of, booking_seen, listed, spans_of
from training_app.delivery.rules import help_is_shown, times_in_words
from training_app.errors import NotFound, Refused
from training_app.people.models import Person
from training_app.people.scope import visible_organisations, visible_people
from training_app.web.access import account, may, requires
from training_app.web.access import actor as acting
from training_app.web.asking import LARGEST_ID
from training_app.web.records.effects import names_in_words
from training_app.web.sessions.blueprint import sessions
from training_app.web.sessions.forms import BookOthersForm, GiveBackForm, OwnBookingForm, lines_of
from training_app.web.sessions.views import NUMBER, found


@sessions.route(f"{NUMBER}/book", methods=["GET", "POST"])
@requires(Permission.BOOK_OWN_PLACE)
def book_own(session_id: int) -> Response | tuple[str, int]:
    """Book a place for the visitor, or change what would help them."""
    session, person_id = found(session_id), account().person_id
    if person_id is None:
        return render_template("my/no_person.html"), 200
    own = booking_of(session_id, person_id)
    form = OwnBookingForm()
    if not form.is_submitted() and own is not None:
        form.row_version.data = own.row_version
        form.help_wanted.data = own.help_wanted if help_is_shown(session.last_on, today()) else None
    if form.validate_on_submit():
        try:
            with transaction():
                done = _book_or_change(session_id, person_id, form)
        except Refused as refused:
            form.refuse(refused)
        else:
            flash(done, "success")
            return redirect(url_for("sessions.one", session_id=session_id))
    return _page("sessions/book.html", form, session, own=own)


@sessions.route(f"{NUMBER}/book-others", methods=["GET", "POST"])
@requires(Permission.BOOK_OTHERS)
def book_others(session_id: int) -> Response | tuple[str, int]:
    """Book people within the visitor's scope, by their names, e-mails or references."""
    session = found(session_id)
    form = BookOthersForm()
    unsure: list[Match] = []
    if form.validate_on_submit():
        named = matched(lines_of(form.names.data), visible_people(account()), visible_organisations(account()))
        unsure = [each for each in named if each.person is None]
        if unsure:
            form.names.errors = [
                f"“{each.typed[:80]}” is not one person in your list"
                + (": " + "; ".join(f"{one.name}, {one.reference}" for one in each.alike) if each.alike else "")
                for each in unsure[:5]
            ]
        else:
            try:
                with transaction():
                    ids = [each.person.id for each in named if each.person is not None]
                    done = _told(book(acting(), session_id, ids, form.help_wanted.data or None))
            except Refused as refused:
                form.refuse(refused)
            else:
                flash(done, "success")
                return redirect(url_for("sessions.one", session_id=session_id))
    return _page("sessions/book_others.html", form, session)


@sessions.route(f"{NUMBER}/bookings/<int(max={LARGEST_ID}):booking_id>/cancel", methods=["GET", "POST"])
@requires(Permission.SEE_SESSIONS)
def give_back(session_id: int, booking_id: int) -> Response | tuple[str, int]:
    """Give a place back: the visitor's own, or that of somebody whom they may book."""
    session = found(session_id)
    booking = booking_seen(visible_people(account()), session_id, booking_id)
    if booking is None:
        raise NotFound
    is_own = booking.person_id == account().person_id
    if not is_own and not may(Permission.BOOK_OTHERS):
        raise NotFound
    form = GiveBackForm()
    if not form.is_submitted():
        form.row_version.data = booking.row_version
    if form.validate_on_submit():
        name = "Your booking" if is_own else f"The booking of {booking.person.name}"
        try:
            with transaction():
                moved = cancel_booking(
                    acting(), booking, form.reason.data or None, by_themselves=is_own, seen_version=form.seen_version
                )
                names = [each.name for each in moved] if may(Permission.MANAGE_SESSIONS) else []
        except Refused as refused:
            form.refuse(refused)
        else:
            more = f" {names_in_words(names)} moved up from the waiting list." if names else ""
            flash(f"{name} is cancelled.{more}", "success")
            return redirect(url_for("sessions.one", session_id=session_id) if not is_own else url_for("sessions.mine"))
    if form.is_overtaken:
        form.row_version.data = booking.row_version
    return _page("sessions/give_back.html", form, session, booking=booking, is_own=is_own)


def _book_or_change(session_id: int, person_id: int, form: OwnBookingForm) -> str:
    wanted = form.help_wanted.data or None
    own = booking_of(session_id, person_id)
    if own is not None:
        change_help(acting(), own, wanted, form.seen_version if form.row_version.data else None)
        return (
            "Saved. You are booked already."
            if own.state == BookingState.BOOKED
            else "Saved. You are on the waiting list."
        )
    done = book(acting(), session_id, [person_id], wanted)
    if done.waiting:
        return "The session is full. You are on the waiting list, and move up by yourself when a place becomes free."
    return "You are booked. Whoever leads the session can read what would help you."


def _told(done: Booked) -> str:
    parts = [
        f"{_names(done.booked)} {_be(done.booked)} booked." if done.booked else "",
        f"{_names(done.waiting)} {_be(done.waiting)} on the waiting list, because the session is full."
        if done.waiting
        else "",
        f"{_names(done.already)} {_be(done.already)} booked already." if done.already else "",
        f"Tell {_names(done.not_written_to)} yourself: the hub has no e-mail of theirs." if done.not_written_to else "",
    ]
    return " ".join(each for each in parts if each)


def _names(people: list[Person]) -> str:
    return names_in_words([each.name for each in people])


def _be(people: list[Person]) -> str:
    return "is" if len(people) == 1 else "are"


def _page(
    template: str,
    form: OwnBookingForm | BookOthersForm | GiveBackForm,
    session: TrainingSession,
    **more: Booking | bool | None,
) -> tuple[str, int]:
    page = render_template(
        template,
        form=form,
        session=session,
        spans=[(each, times_in_words(each)) for each in spans_of(session)],
        count=listed([session])[0],
        **more,
    )
    return page, form.status
