"""How the benchmarks measure: ratios of two times taken in turn in one run, and how a time grows with the number of people."""

from __future__ import annotations

import gc
import math
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

SIZES = (1_000, 10_000)
DAY = date(2026, 11, 23)
ROUNDS = 5


@dataclass
class Results:
    """What was measured, and whether it is within its goal."""

    lines: list[str] = field(default_factory=list)
    missed: int = 0

    def ratio(self, name: str, size: int, measured: float, base: float, goal: float) -> None:
        """Note a ratio that should be at most `goal`."""
        value = measured / base
        self._note(
            f"{name} at {size:,} people",
            f"{value:.2f} ×",
            f"≤ {goal} ×",
            value <= goal,
            f"{measured * 1000:,.0f} ms against {base * 1000:,.0f} ms",
        )

    def growth(self, name: str, times: dict[int, float], goal: float | None = None) -> None:
        """Note the exponent with which a time grows, which should be at most `goal`; without one, for information."""
        small, large = SIZES
        exponent = math.log(times[large] / times[small]) / math.log(large / small)
        held = goal is None or exponent <= goal
        wanted = "–" if goal is None else f"≤ {goal}"
        self._note(f"{name}: growth exponent", f"{exponent:.2f}", wanted, held, "")

    def larger(self, name: str, times: dict[int, float], goal: float | None = None) -> None:
        """Note how many times longer something takes at the larger size, at most `goal`; without one, for information."""
        small, large = (times[size] for size in SIZES)
        wanted = "–" if goal is None else f"≤ {goal} ×"
        detail = f"{small * 1000:,.1f} ms, then {large * 1000:,.1f} ms"
        self._note(name, f"{large / small:.2f} ×", wanted, goal is None or large <= goal * small, detail)

    def share(self, name: str, size: int, measured: float, base: float, goal: float) -> None:
        """Note what part of the base's rate something reaches, at least `goal` per cent, by the seconds that each takes."""
        value = 100 * base / measured
        detail = f"{1 / measured:,.0f} a second against {1 / base:,.0f}"
        self._note(f"{name} at {size:,} people", f"{value:.0f} %", f"≥ {goal:.0f} %", value >= goal, detail)

    def kilobytes(self, name: str, size: int, measured: int, goal: float) -> None:
        """Note the size of a page, at most `goal` kilobytes."""
        value = measured / 1000
        self._note(f"{name} at {size:,} people", f"{value:.1f} KB", f"≤ {goal} KB", value <= goal, "")

    def _note(self, name: str, value: str, goal: str, held: bool, detail: str) -> None:
        self.missed += not held
        line = f"{'held  ' if held else 'MISSED'}  {name:<52} {value:>9}  goal {goal:<8} {detail}"
        self.lines.append(line)
        print(line, flush=True)


def timed_in_turn(*what: Callable[[], Any], rounds: int = ROUNDS) -> list[float]:
    """Return the median seconds of each of several things, run in turn so that a slow moment slows all of them."""
    times: list[list[float]] = [[] for _ in what]
    for each in what:
        each()
    for _ in range(rounds):
        for place, each in enumerate(what):
            gc.collect()
            start = time.perf_counter()
            each()
            times[place].append(time.perf_counter() - start)
    return [statistics.median(each) for each in times]
