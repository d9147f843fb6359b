"""A certificate as it is printed."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import date
from typing import Any

import segno

from training_app.certificates.queries import Said
from training_app.certificates.rules import shown_number
from training_app.people.rules import in_words


def certificate_data(
    said: Said, number: str, hub: str, *, issued_on: date, confirmed_at: str | None
) -> Mapping[str, Any]:
    """Return what the template `certificate` takes. `confirmed_at` is the whole address at which the number is confirmed; None
    where the hub confirms none, and then nothing leads there."""
    foot = [f"Issued by {hub} on {in_words(issued_on)}."]
    if confirmed_at is not None:
        foot.append(f"To have it confirmed, scan the square or open {confirmed_at}")
    foot.append("This certifies training. It says nothing about a DBS check.")
    return {
        "title": f"Certificate: {said.title}, {said.name}",
        "hub": hub,
        "name": said.name,
        "completed": f"completed on {in_words(said.completed_on)}",
        "module": said.title,
        "length": f"{hours_in_words(said)}{valid_in_words(said)}",
        "by_this": "and holds by this",
        "gives": [f"{skill}: {level}" for skill, level in said.gives],
        "foot": foot,
        "number": shown_number(number),
        "square": _square(confirmed_at) if confirmed_at is not None else None,
        "square_says": f"Square code that leads to {confirmed_at}",
    }


def hours_in_words(said: Said) -> str:
    """Return how long it took: `2.5 hours`, `1 hour`."""
    return f"{said.hours.normalize():f} {'hour' if said.hours == 1 else 'hours'}"


def valid_in_words(said: Said) -> str:
    """Return until when it counts, to follow the hours; nothing where it counts for good."""
    return f", to be renewed by {in_words(said.valid_until)}" if said.valid_until else ""


def _square(address: str) -> str:
    file = io.BytesIO()
    segno.make_qr(address, error="m").save(file, kind="svg", border=2, dark="#2b2033")
    return file.getvalue().decode()
