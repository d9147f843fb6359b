"""The geometry of a line chart of shares, drawn by the server as SVG in templates/components/line_chart.html."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

TOP, BOTTOM = 14.0, 34.0
GRID = (0, 20, 40, 60, 80, 100)


@dataclass(frozen=True)
class Dot:
    """A figure on the chart; `future` when it lies ahead, `words` where it is not said as its percentage."""

    x: float
    y: float
    percent: float
    future: bool
    words: str | None


@dataclass(frozen=True)
class Chart:
    """All that the template draws; lengths are in the units of the view box."""

    width: float
    height: float
    left: float
    right: float
    bottom: float
    text: int
    grid: list[tuple[float, str]]
    labels: list[tuple[float, str]]
    lines: list[str]
    coming: list[str]
    dots: list[Dot]
    target: float | None
    last: Dot | None


def chart(
    points: Sequence[Any],
    *,
    width: float = 880,
    height: float = 340,
    text: int = 16,
    labels: int = 9,
    target: float | None = None,
) -> Chart:
    """Lay out points from left to right, evenly; each has `label`, `percent` (0 to 100 or None) and maybe `future`
    and `words`.

    A point without a percent leaves a gap in the line. What lies ahead is a line of its own, dashed, which begins at
    the last figure that is known. At most `labels` of the points are named under the axis.
    """
    left, right = text * 3.2, width - text * 2.4
    bottom = height - BOTTOM
    step = (right - left) / max(len(points) - 1, 1)

    def height_of(percent: float) -> float:
        return round(bottom - (bottom - TOP) * min(max(float(percent), 0), 100) / 100, 1)

    dots: list[Dot | None] = []
    for place, point in enumerate(points):
        share = _of(point, "percent")
        x = round(left + step * place, 1) if len(points) > 1 else round((left + right) / 2, 1)
        known = share is not None
        dots.append(
            Dot(x, height_of(share), float(share), bool(_of(point, "future")), _of(point, "words")) if known else None
        )
    every = max(1, -(-len(points) // labels))
    named = [
        (round(left + step * place, 1) if len(points) > 1 else (left + right) / 2, str(_of(point, "label")))
        for place, point in enumerate(points)
        if (len(points) - 1 - place) % every == 0
    ]
    past = [dot for dot in dots if dot and not dot.future]
    return Chart(
        width=width,
        height=height,
        left=left,
        right=right,
        bottom=bottom,
        text=text,
        grid=[(height_of(share), f"{share}%") for share in GRID],
        labels=named,
        lines=_runs([dot if dot and not dot.future else None for dot in dots]),
        coming=_runs(_with_its_beginning(dots)),
        dots=[dot for dot in dots if dot],
        target=height_of(target) if target is not None else None,
        last=past[-1] if past else None,
    )


def _of(point: Any, name: str) -> Any:
    return point.get(name) if isinstance(point, Mapping) else getattr(point, name, None)


def _with_its_beginning(dots: Sequence[Dot | None]) -> list[Dot | None]:
    """Return the dots ahead and, before the first of them, the last known one, so that the dashes join the line."""
    ahead: list[Dot | None] = [dot if dot and dot.future else None for dot in dots]
    first = next((place for place, dot in enumerate(ahead) if dot), None)
    if first:
        ahead[first - 1] = dots[first - 1]
    return ahead


def _runs(dots: Sequence[Dot | None]) -> list[str]:
    """Return the points of one polyline for each run of dots without a gap; a run of one needs no line."""
    runs: list[list[Dot]] = [[]]
    for dot in dots:
        if dot:
            runs[-1].append(dot)
        elif runs[-1]:
            runs.append([])
    return [" ".join(f"{dot.x},{dot.y}" for dot in run) for run in runs if len(run) > 1]
