"""Sessions as a file that calendars read (iCalendar, RFC 5545)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from urllib.parse import urlsplit

from icalendar import Calendar, Event, vText

from training_app.delivery.models import TrainingSession
from training_app.delivery.queries import spans_of
from training_app.delivery.rules import ONE_DAY, Span, moment_of
from training_app.links import absolute


class _Text(vText):
    """A text as it was typed: a backslash before an N is a backslash before an N, where the library takes it for a new line."""

    def to_ical(self) -> bytes:
        """Return it with a backslash before whatever means something in a calendar (RFC 5545, 3.3.11)."""
        escaped = self.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
        return "\\n".join(escaped.splitlines()).encode()


def calendar_of(sessions: Iterable[TrainingSession], name: str, at: datetime) -> bytes:
    """Return a calendar with an event for each day of some sessions, as it stands at a moment. Times are given in UTC, so that
    no calendar needs to know when clocks change; a day without times is a whole day. What was cancelled says so."""
    calendar = Calendar()
    calendar.add("prodid", "-//Training and skills//Sessions//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", _Text(name))
    for session in sessions:
        for number, span in enumerate(spans_of(session), start=1):
            calendar.add_component(_event(session, number, span, at))
    written: bytes = calendar.to_ical()
    return written


def _event(session: TrainingSession, number: int, span: Span, at: datetime) -> Event:
    page = absolute(f"/sessions/{session.id}")
    cancelled = session.cancelled_at is not None
    event = Event()
    event.add("uid", f"session-{session.id}-{number}@{urlsplit(page).hostname}")
    event.add("dtstamp", at)
    event.add("sequence", session.row_version)
    event.add("summary", _Text(f"{'Cancelled: ' if cancelled else ''}{session.module.current.title}"))
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    if span.starts is None or span.ends is None:
        event.add("dtstart", span.on)
        event.add("dtend", span.on + ONE_DAY)
    else:
        event.add("dtstart", moment_of(span.on, span.starts))
        event.add("dtend", moment_of(span.on, span.ends))
    where = session.place or session.online_link
    if where:
        event.add("location", _Text(where))
    told = [
        f"Cancelled: {session.cancel_reason}" if cancelled else "",
        f"Online: {session.online_link}" if session.online_link else "",
        f"Getting in: {session.venue_access}" if session.venue_access else "",
        page,
    ]
    event.add("description", _Text("\n".join(each for each in told if each)))
    event.add("url", page)
    return event
