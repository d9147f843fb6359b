"""What is typed about sessions, bookings and registers."""

from __future__ import annotations

import re
from datetime import date, time
from typing import Any

from wtforms.validators import StopValidation

from training_app.clock import today
from training_app.delivery.models import TrainingSession
from training_app.delivery.queries import spans_of
from training_app.delivery.rules import (
    LONGEST_ACCESS,
    LONGEST_HELP,
    LONGEST_LINK,
    LONGEST_PLACE,
    MOST_CO_TRAINERS,
    MOST_DATES,
    MOST_PLACES,
    Span,
    parse_time,
    times_in_words,
)
from training_app.people.rules import LONGEST_AREA, LONGEST_NAME, LONGEST_REASON, in_words
from training_app.web.components.fields import (
    DayField,
    ListField,
    LongTextField,
    Needed,
    RadiosField,
    TextField,
    TidyString,
    showable,
)
from training_app.web.formatting import MONTHS
from training_app.web.forms import EditingForm, HouseForm

_WHOLE = re.compile(r"[0-9]{1,6}")
_LINE = re.compile(r"(?P<day>.+?)[\s,]+(?P<starts>[0-9][^\s-]*)\s*(?:-|–|to)\s*(?P<ends>[0-9]\S*)", re.IGNORECASE)
LONGEST_LINES = 4000


class TimeField(TextField):
    """A time of day, typed as `9:30`; `time` is what was read, None where nothing was typed."""

    time: time | None = None

    def pre_validate(self, form: Any) -> None:
        """Read the time, or say how to write one."""
        typed = str(self.data or "")
        if not typed or self.errors:
            return
        self.time = parse_time(typed)
        if self.time is None:
            raise StopValidation("Write the time like 9:30, 14:00 or 2pm")


class WholeField(TextField):
    """A whole number within limits; `number` is what was read, None where nothing was typed."""

    number: int | None = None

    def __init__(self, label: str, *, what: str, least: int, most: int, **kwargs: Any) -> None:
        super().__init__(label, filters=[TidyString(what, 20)], **kwargs)
        self.what, self.least, self.most = what, least, most

    def pre_validate(self, form: Any) -> None:
        """Read the number, or say which ones can be."""
        typed = str(self.data or "")
        if not typed or self.errors:
            return
        self.number = int(typed) if _WHOLE.fullmatch(typed) else None
        if self.number is None or not self.least <= self.number <= self.most:
            raise StopValidation(f"{self.what} must be a whole number from {self.least} to {self.most:,}")


class SessionForm(EditingForm):
    """A session: its module, its days, where it is, who leads it."""

    module = ListField("Module", validators=[Needed("Choose a module")], render_kw={"data-autocomplete": ""})
    first_on = DayField("Day", what="the day")
    starts = TimeField("Begins at", filters=[TidyString("The time", 20)], validators=[Needed("Enter when it begins")])
    ends = TimeField("Ends at", filters=[TidyString("The time", 20)], validators=[Needed("Enter when it ends")])
    more_dates = LongTextField("More days (optional)", filters=[TidyString("The days", LONGEST_LINES, lines=True)])
    place = TextField("Place (optional)", filters=[TidyString("The place", LONGEST_PLACE)])
    online_link = TextField("Link, if it is online (optional)", filters=[TidyString("The link", LONGEST_LINK)])
    area = TextField("Area (optional)", filters=[TidyString("The area", LONGEST_AREA)])
    venue_access = LongTextField(
        "Getting in and around (optional)", filters=[TidyString("What is said of access", LONGEST_ACCESS)]
    )
    places = WholeField("Places (optional)", what="The places", least=1, most=MOST_PLACES)
    facilitators = LongTextField(
        "Who leads it? (optional)", filters=[TidyString("The names", LONGEST_LINES, lines=True)]
    )
    outside_trainer = TextField("Outside trainer (optional)", filters=[TidyString("The name", LONGEST_NAME)])
    young_co_trainers = WholeField(
        "Young co-trainers (optional)", what="The number of young co-trainers", least=0, most=MOST_CO_TRAINERS
    )
    paid_time = RadiosField(
        "Is it paid time for those who take part?",
        choices=[("yes", "Yes"), ("no", "No")],
        validators=[Needed("Say whether the time is paid")],
    )

    def show(self, session: TrainingSession) -> None:
        """Fill the form with what is known of a session."""
        spans = spans_of(session)
        self.row_version.data = session.row_version
        self.module.data = session.module.code
        self.first_on.process(None, spans[0].on)
        self.starts.data, self.ends.data = _typed(spans[0].starts), _typed(spans[0].ends)
        self.more_dates.data = "\n".join(map(_line_of, spans[1:]))
        self.place.data, self.online_link.data = session.place, session.online_link
        self.area.data, self.venue_access.data = session.area, session.venue_access
        self.places.data = str(session.places) if session.places else ""
        self.facilitators.data = "\n".join(
            f"{each.person.name}, {each.person.reference}" for each in session.facilitators
        )
        self.outside_trainer.data = session.outside_trainer
        self.young_co_trainers.data = str(session.young_co_trainers) if session.young_co_trainers else ""
        self.paid_time.data = "yes" if session.paid_time else "no"

    def spans(self) -> list[Span]:
        """Return the days that were typed. Call it on a form whose fields are right."""
        first = Span(self.first_on.data, self.starts.time, self.ends.time)
        return [first, *(span for line in _lines(self.more_dates.data) if (span := _read(line)) is not None)]

    def validate_more_dates(self, field: Any) -> None:
        """Say which line is not a day with its times."""
        lines = _lines(field.data)
        if len(lines) >= MOST_DATES:
            raise StopValidation(f"A session has no more than {MOST_DATES} days")
        for line in lines:
            if _read(line) is None:
                raise StopValidation(
                    f"“{line[:60]}” is not a day with its times. Write it like 10 10 2026, 9:30 to 12:00"
                )


class CancelForm(EditingForm):
    """Why a session is cancelled."""

    reason = LongTextField(
        "Why is it cancelled?",
        filters=[TidyString("The reason", LONGEST_REASON)],
        validators=[Needed("Say why, because whoever is booked reads it")],
    )


class OwnBookingForm(EditingForm):
    """A place for oneself, and what would help."""

    help_wanted = LongTextField(
        "Is there anything that would help you take part? (optional)",
        filters=[TidyString("What would help", LONGEST_HELP)],
    )


class BookOthersForm(HouseForm):
    """People to book, one a line."""

    names = LongTextField(
        "Who is to be booked?",
        filters=[TidyString("The names", LONGEST_LINES, lines=True)],
        validators=[Needed("Type at least one name")],
    )
    help_wanted = LongTextField(
        "Is there anything that would help them take part? (optional)",
        filters=[TidyString("What would help", LONGEST_HELP)],
    )


class GiveBackForm(EditingForm):
    """A booking to cancel, and why."""

    reason = LongTextField("Why? (optional)", filters=[TidyString("The reason", LONGEST_HELP)])


class ReverseForm(EditingForm):
    """Why a register is taken back."""

    reason = LongTextField(
        "Why is it reversed?", filters=[TidyString("The reason", LONGEST_REASON)], validators=[Needed("Say why")]
    )


class PastForm(HouseForm):
    """A register of a day that has passed: module, day, names."""

    module = ListField("Module", validators=[Needed("Choose a module")], render_kw={"data-autocomplete": ""})
    on = DayField("When was it?", what="the day", latest=today)
    place = TextField("Place (optional)", filters=[TidyString("The place", LONGEST_PLACE)])
    names = LongTextField(
        "Who was there?",
        filters=[TidyString("The names", LONGEST_LINES * 4, lines=True)],
        validators=[Needed("Paste or type at least one name")],
    )


def lines_of(text: str | None) -> list[str]:
    """Return the lines of a text that say something, each once."""
    return list(dict.fromkeys(_lines(showable(text or ""))))


def _lines(text: str | None) -> list[str]:
    return [each.strip() for each in (text or "").splitlines() if each.strip()]


def _typed(at: time | None) -> str:
    return f"{at:%H:%M}" if at else ""


def _line_of(span: Span) -> str:
    times = f", {_typed(span.starts)} to {_typed(span.ends)}" if times_in_words(span) else ""
    return f"{in_words(span.on)}{times}"


def _read(line: str) -> Span | None:
    found = _LINE.fullmatch(line)
    if found is None:
        return None
    on, starts, ends = _day(found["day"]), parse_time(found["starts"]), parse_time(found["ends"])
    return Span(on, starts, ends) if on and starts and ends else None


def _day(typed: str) -> date | None:
    parts = re.split(r"[\s/.-]+", typed.strip().rstrip(","))
    if len(parts) == 3 and len(parts[0]) == 4:
        parts.reverse()
    if len(parts) != 3 or not re.fullmatch(r"[0-9]{1,2}", parts[0]) or not re.fullmatch(r"[0-9]{4}", parts[2]):
        return None
    month = parts[1].casefold()
    named = [number for number, name in enumerate(MONTHS, 1) if len(month) >= 3 and name.casefold().startswith(month)]
    if not named and not re.fullmatch(r"[0-9]{1,2}", month):
        return None
    try:
        return date(int(parts[2]), named[0] if named else int(month), int(parts[0]))
    except ValueError:
        return None
