"""When a session can be booked and its register kept, what clocks in London show, and what a register makes of a presence."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from training_app.catalogue.rules import hours_problem
from training_app.skills.levels import Level

LONDON = ZoneInfo("Europe/London")

LONGEST_PLACE = 300
LONGEST_LINK = 500
LONGEST_ACCESS = 1000
LONGEST_HELP = 1000
MOST_PLACES = 1000
MOST_DATES = 30
MOST_FACILITATORS = 10
MOST_CO_TRAINERS = 100
MOST_IN_A_REGISTER = 300
LONGEST_HOURS = 7

# A register is open to those who lead the session from the day before it to this many days after it.
DAYS_AFTER = 14
ONE_DAY = timedelta(days=1)
_TIME = re.compile(r"([0-9]{1,2})(?:[:.]?([0-9]{2}))?\s*(am|pm)?", re.IGNORECASE)


@dataclass(frozen=True, order=True)
class Span:
    """One day of a session from one time to another, as clocks in London show them; no times where only the day is known."""

    on: date
    starts: time | None = None
    ends: time | None = None


def parse_time(typed: str) -> time | None:
    """Return the time of day that was typed, as `9:30`, `09.30`, `0930` or `9am`; None where it is none."""
    found = _TIME.fullmatch(typed.strip())
    if found is None:
        return None
    hour, minute, half = int(found[1]), int(found[2] or 0), (found[3] or "").casefold()
    if half and not 1 <= hour <= 12:
        return None
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None


def time_exists(on: date, at: time) -> bool:
    """Say whether a clock in London shows this time on this day: none does in the hour that the clocks skip in March."""
    local = datetime.combine(on, at, LONDON)
    return local.astimezone(UTC).astimezone(LONDON).replace(tzinfo=None) == local.replace(tzinfo=None)


def moment_of(on: date, at: time) -> datetime:
    """Return the moment, in UTC, at which a clock in London shows a time; the first of the two in October."""
    return datetime.combine(on, at, LONDON).astimezone(UTC)


def begins_at(span: Span) -> datetime:
    """Return the moment at which a day of a session begins: midnight where no time is known."""
    return moment_of(span.on, span.starts or time(0, 0))


def spans_problem(spans: Sequence[Span]) -> str | None:
    """Return what is wrong with the days of a session in a sentence, or None."""
    if not spans:
        return "Give at least one day."
    if len(spans) > MOST_DATES:
        return f"A session has no more than {MOST_DATES} days."
    for span in spans:
        if span.starts is None or span.ends is None:
            continue
        if not time_exists(span.on, span.starts) or not time_exists(span.on, span.ends):
            return "The clocks go forward that night, so there is no such time. Choose another."
        if span.ends <= span.starts:
            return "It must end later on the same day than it begins."
    in_order = sorted(spans, key=lambda each: (each.on, each.starts or time(0, 0)))
    for one, other in itertools.pairwise(in_order):
        if one.on == other.on and (one.ends is None or other.starts is None or other.starts < one.ends):
            return "Two of the days are the same, at times that overlap."
    return None


def register_opens_on(first_on: date) -> date:
    """Return the first day on which those who lead a session may keep its register."""
    return first_on - ONE_DAY


def register_closes_on(last_on: date) -> date:
    """Return the last day on which those who lead a session may keep its register; a link to it ends then, too."""
    return last_on + timedelta(days=DAYS_AFTER)


def register_is_open(first_on: date, last_on: date, on: date) -> bool:
    """Say whether those who lead a session may keep its register on a day."""
    return register_opens_on(first_on) <= on <= register_closes_on(last_on)


def help_is_shown(last_on: date, on: date) -> bool:
    """Say whether what would help people take part is still read on a day: not later than two weeks after the session."""
    return on <= register_closes_on(last_on)


def can_be_booked(spans: Iterable[Span], at: datetime) -> bool:
    """Say whether places can still be taken and given back: until the session begins."""
    return min(map(begins_at, spans)) > at


def free_places(places: int | None, booked: int) -> int | None:
    """Return how many places are free, never fewer than none; None where there are as many as come."""
    return None if places is None else max(0, places - booked)


def awaits_task(levels: Iterable[Level]) -> bool:
    """Say whether a module keeps its completions open until a task, tried in one's own setting, is confirmed: one that gives
    practising or more, because attendance alone earns aware."""
    return any(level >= Level.PRACTISING for level in levels)


@dataclass(frozen=True)
class Said:
    """What a register says of somebody: a `Presence` as text, and the hours of one who was there for a part."""

    presence: str
    hours: Decimal | None = None


HERE = Said("present")
# Between a name and where somebody works, in a line that names a walk-in.
_AT = " – "
_FOR_A_PART = re.compile(
    r"(?P<name>.*\S)\s*\(\s*(?:part|(?P<hours>[0-9][0-9.]{0,6})\s*(?:hours?|hrs?|h)?)\s*\)", re.IGNORECASE
)


@dataclass(frozen=True)
class WalkIn:
    """Somebody who came without a booking, as a line says it: `Zoë O'Neill`, `Zoë O'Neill (1.5 hours)` for who was there for a
    part (`(part)` where the module counts no hours), `Zoë O'Neill – Fenwick Primary` for who works there."""

    name: str
    says: Said = HERE
    organisation: str = ""

    @property
    def who(self) -> str:
        """The name, and where they work if that is known."""
        return f"{self.name}{_AT}{self.organisation}" if self.organisation else self.name

    @property
    def line(self) -> str:
        """All of it, as it is typed."""
        if self.says.presence == HERE.presence:
            return self.who
        return f"{self.who} ({hours_in_words(self.says.hours) if self.says.hours else 'part'})"


def walk_in(line: str) -> WalkIn:
    """Read a line that names a walk-in."""
    found = _FOR_A_PART.fullmatch(line)
    name, _, organisation = (found["name"] if found else line).partition(_AT)
    says = Said("part", hours_typed(found["hours"] or "")) if found else HERE
    return WalkIn(name.strip() or line.strip(), says, organisation.strip())


def part_problem(hours: Decimal | None, of_module: Decimal) -> str | None:
    """Return what is wrong with the hours of somebody who was there for a part of a module that takes so many, or None. A part
    is never longer than the whole; of a module that counts no hours, a part counts none either."""
    if not of_module:
        return "This module counts no hours, so leave the hours of a part empty" if hours else None
    if hours is None or hours_problem(hours) or not hours:
        return "Say for how many hours they were there, such as 1.5, where it was a part"
    if hours > of_module:
        return f"The module takes {hours_in_words(of_module)}, so a part of it is not longer"
    return None


def hours_typed(typed: str) -> Decimal | None:
    """Return hours that were typed, as the database keeps them: None for nothing, NaN for what is no number."""
    try:
        hours = Decimal(typed) if typed.isascii() and len(typed) <= LONGEST_HOURS else Decimal("NaN")
    except InvalidOperation:
        return Decimal("NaN") if typed else None
    return hours if not hours.is_finite() or hours_problem(hours) else hours.quantize(Decimal("0.01"))


def hours_in_words(hours: Decimal) -> str:
    """Write hours, `1 hour`, `2.5 hours`."""
    return f"{hours.normalize():f} hour{'' if hours == 1 else 's'}"


def merged(shown: Said, sent: Said, stands: Said) -> Said | None:
    """Return what a register says of somebody after one of several who keep it has sent it: what they changed, or else what
    stands. None where both they and somebody else changed the same line to different ends."""
    if sent in (shown, stands):
        return stands
    return sent if stands == shown else None


def in_time_order(spans: Iterable[Span]) -> list[Span]:
    """Return the days of a session from the first to the last."""
    return sorted(spans, key=lambda each: (each.on, each.starts or time(0, 0)))


def times_in_words(span: Span) -> str:
    """Write the times of a day, `9:30am to 12pm`; empty where only the day is known."""
    if span.starts is None or span.ends is None:
        return ""
    return f"{time_in_words(span.starts)} to {time_in_words(span.ends)}"


def time_in_words(at: time) -> str:
    """Write a time of day, `9:30am`, `12pm`, `midnight` as `12am`."""
    minutes = f":{at.minute:02}" if at.minute else ""
    return f"{at.hour % 12 or 12}{minutes}{'am' if at.hour < 12 else 'pm'}"
