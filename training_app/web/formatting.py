"""How days, shares and counts are written on a page. Each function is also a Jinja filter of the same name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from flask import Flask
from markupsafe import Markup

from training_app.clock import LONDON
from training_app.database import seen_as

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
NO_FIGURE = Markup(
    '<span aria-hidden="true">–</span><span class="govuk-visually-hidden">{}</span>'  # shown to the eye, said aloud
)
ONE_DECIMAL = Decimal("0.1")

# The least share, in percent, that belongs to each band of the coverage matrix, highest first.
BANDS = ((90, "all"), (60, "most"), (30, "some"), (0, "few"))


def day(value: date | None) -> str:
    """Write a day out in full, `3 October 2026`; an empty string for none."""
    return f"{value.day} {MONTHS[value.month - 1]} {value.year}" if value else ""


def day_of(value: datetime | None) -> str:
    """Write the day in London of a moment out in full, `3 October 2026`; an empty string for none."""
    return day(value.astimezone(LONDON).date()) if value else ""


def moment(value: datetime | None) -> str:
    """Write a moment as in London, `14:35 on 3 October 2026`; an empty string for none."""
    return f"{value.astimezone(LONDON):%H:%M} on {day_of(value)}" if value else ""


def short_moment(value: datetime | None) -> str:
    """Write a moment for a narrow column, `3 Oct 2026, 14:05`, as in London; an empty string for none."""
    if value is None:
        return ""
    local = value.astimezone(LONDON)
    return f"{short_day(local.date())}, {local:%H:%M}"


def short_day(value: date | None) -> str:
    """Write a day for a narrow column, `3 Oct 2026`; an empty string for none."""
    return f"{value.day} {MONTHS[value.month - 1][:3]} {value.year}" if value else ""


def month(value: date | None) -> str:
    """Write the month of a day, `October 2026`; an empty string for none."""
    return f"{MONTHS[value.month - 1]} {value.year}" if value else ""


def percent(value: float | Decimal | None, without: str = "no figure") -> str:
    """Write a share given in percent, `58.3%`, a whole one without its decimal, `100%`.

    None, where there was nobody to count, becomes a dash for the eye and the words `without` for a screen reader.
    """
    if value is None:
        return NO_FIGURE.format(without)
    # str() first, so that 2.25 is rounded as written and not as the nearest binary fraction of it
    rounded = Decimal(str(value)).quantize(ONE_DECIMAL, ROUND_HALF_UP)
    return f"{rounded.to_integral_value() if rounded == rounded.to_integral_value() else rounded}%"


def count(number: int, one: str, many: str | None = None) -> str:
    """Write a number with its noun, `1 person`, `1,204 people`; the plural adds an s unless it is given."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def size(number: int) -> str:
    """Write how large a file is, given in bytes: `1 KB`, `640 KB`, `2.4 MB`."""
    kilobytes = max(1, round(number / 1024))
    return f"{kilobytes} KB" if kilobytes < 1000 else f"{number / 1024 / 1024:.1f} MB"


def band(value: float | Decimal | None) -> str:
    """Return the band of the coverage matrix for a share in percent: all, most, some, few; `nobody` for None."""
    if value is None:
        return "nobody"
    return next(name for least, name in BANDS if value >= least)


def init_app(app: Flask) -> None:
    """Make each of these a filter in the application's templates."""
    app.jinja_env.filters.update(FILTERS)


FILTERS: dict[str, Callable[..., str]] = {
    "day": day,
    "day_of": day_of,
    "moment": moment,
    "short_moment": short_moment,
    "short_day": short_day,
    "month": month,
    "percent": percent,
    "count_of": count,  # "count" is Jinja's own word for the length of something
    "band": band,
    "size_of": size,
    "seen_as": seen_as,
}
