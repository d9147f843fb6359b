"""What the visitor is booked on, and the address at which their calendar reads it."""

from __future__ import annotations

from datetime import timedelta

from flask import Response as File
from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from training_app.accounts.policy import Permission
from training_app.clock import now, today
from training_app.database import transaction
from training_app.delivery.booking import close_feed, open_feed
from training_app.delivery.calendar import calendar_of
from training_app.delivery.models import BookingState, TrainingSession
from training_app.delivery.queries import (
    account_of_feed,
    bookings_of,
    sessions_led_now,
    sessions_led_since,
    spans_of,
    standing_feed_of,
)
from training_app.delivery.rules import register_is_open, times_in_words
from training_app.errors import NotFound
from training_app.links import absolute
from training_app.web.access import account, public, requires
from training_app.web.access import actor as acting
from training_app.web.limits import count_wrong_address
from training_app.web.sessions.blueprint import sessions
from training_app.web.sessions.views import calendar_file

# A calendar also shows what was not long ago.
_SHOWN_BEFORE = timedelta(days=90)


@sessions.get("/my/sessions")
@requires(Permission.KEEP_REGISTERS)
def mine() -> str:
    """Show the sessions that the visitor is booked on or leads, and the way to their calendar."""
    return _page()


@sessions.post("/my/sessions/calendar")
@requires(Permission.KEEP_REGISTERS)
def make_feed() -> str:
    """Make an address for the visitor's calendar, and show it this once."""
    with transaction():
        token = open_feed(acting(), account().id)
    return _page(absolute(url_for("sessions.feed", token=token)))


@sessions.post("/my/sessions/calendar/stop")
@requires(Permission.KEEP_REGISTERS)
def stop_feed() -> Response:
    """Take the address for the visitor's calendar back."""
    with transaction():
        there_was_one = close_feed(acting(), account().id)
    flash("Nothing can be read at that address any more." if there_was_one else "There was no address.", "success")
    return redirect(url_for("sessions.mine"))


@sessions.get("/calendar/<token>.ics")
@public
def feed(token: str) -> File:
    """Return the sessions of whoever gave their calendar this address. One that was cancelled stays and says so: a calendar that
    no longer found it would go on showing it."""
    holder = account_of_feed(token)
    if holder is None:
        count_wrong_address()
        raise NotFound
    person_id, since = holder.person_id, today() - _SHOWN_BEFORE
    found: dict[int, TrainingSession] = {}
    if person_id is not None:
        for booking in bookings_of(person_id, since=since):
            if booking.state == BookingState.BOOKED:
                found[booking.session_id] = booking.session
    found.update({each.id: each for each in sessions_led_since(person_id, since)})
    return calendar_file(calendar_of(found.values(), "Training sessions", now()), "sessions")


def _page(address: str | None = None) -> str:
    person_id, on = account().person_id, today()
    return render_template(
        "sessions/mine.html",
        bookings=[
            (each, [(span, times_in_words(span)) for span in spans_of(each.session)])
            for each in (bookings_of(person_id, since=on) if person_id is not None else [])
        ],
        led=[(each, register_is_open(each.first_on, each.last_on, on)) for each in sessions_led_now(person_id, on)],
        address=address,
        feed=standing_feed_of(account().id),
    )
