"""What a module's code may be, how a module may be reached, when prerequisites go round in a circle, and which levels that
groups need go out of reach when a module gives less."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from graphlib import CycleError, TopologicalSorter
from urllib.parse import urlsplit

from training_app.skills.levels import Level

LONGEST_TITLE = 200
LONGEST_SUMMARY = 1000
LONGEST_LINK = 500
LONGEST_NOTE = 500
LONGEST_CONTACT = 200
MOST_HOURS = Decimal("9999.99")
# A hundred years: further than anybody plans, and no day that follows from it leaves the calendar.
MOST_MONTHS = 1200
MOST_RENEWAL_DAYS = 730

_CODE = re.compile(r"[A-Za-z0-9._-]{1,40}")
# Words that stand where a code would stand in the addresses of pages.
WORDS_OF_PAGES = frozenset({"new"})


def code_problem(code: str) -> str | None:
    """Return what is wrong with a module's code as the end of a sentence, or None where it is right."""
    if not _CODE.fullmatch(code):
        return "must be 1 to 40 letters, digits, dots, underscores or hyphens, such as SND-02"
    if code.casefold().endswith((".csv", ".xlsx")):
        return "must not end in .csv or .xlsx"
    if code.strip(".") == "" or code.casefold() in WORDS_OF_PAGES:
        return "is a word that the pages use; choose another"
    return None


def link_problem(link: str) -> str | None:
    """Return what is wrong with a link as the end of a sentence, or None. Only addresses of the web are links: a browser
    would run some others."""
    try:
        parts = urlsplit(link)
        leads_somewhere = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        leads_somewhere = False
    if not leads_somewhere or any(letter.isspace() for letter in link):
        return "must begin with https:// or http://, such as https://example.org/course"
    return None


def hours_problem(hours: Decimal) -> str | None:
    """Return what is wrong with a number of hours as the end of a sentence, or None."""
    if not hours.is_finite() or not 0 <= hours <= MOST_HOURS:
        return f"must be a number from 0 to {MOST_HOURS:,}, such as 1.5"
    if hours != hours.quantize(Decimal("0.01")):
        return "must have no more than two decimals, such as 1.25"
    return None


def refresh_problem(months: int | None) -> str | None:
    """Return what is wrong with a refresher in months as the end of a sentence, or None; no refresher is right."""
    if months is not None and not 1 <= months <= MOST_MONTHS:
        return f"must be a whole number of months from 1 to {MOST_MONTHS:,}, or nothing where it never runs out"
    return None


def renewal_problem(days: int | None) -> str | None:
    """Say why a renewal cannot be asked so many days before the end; None where it can, also for None, the usual number."""
    if days is not None and not 0 <= days <= MOST_RENEWAL_DAYS:
        return f"must be a whole number of days from 0 to {MOST_RENEWAL_DAYS}, or nothing for the usual number"
    return None


def refresher_in_words(months: int | None) -> str:
    """Say how long what a module gives lasts: `Runs out after 12 months`, or `Never runs out`."""
    if months is None:
        return "Never runs out"
    return f"Runs out after {months} month{'' if months == 1 else 's'}"


def circle(needs: Mapping[int, Collection[int]]) -> list[int] | None:
    """Return the ids of modules that need one another in a circle, the first repeated at the end, or None.

    `needs` says for each module which modules it builds on.
    """
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as cycle:
        # The sorter lists each one before the one that needs it; told the other way round it reads "needs".
        return list(reversed(cycle.args[1]))
    return None


@dataclass(frozen=True)
class Offer:
    """A module on offer: what it gives (levels by skill id), the ids of the groups to which it is suggested, and the first day
    on which it is no longer offered (None: no such day is known)."""

    code: str
    gives: Mapping[int, Level]
    group_ids: Collection[int]
    until: date | None = None


@dataclass(frozen=True)
class Need:
    """The level that a group needs in a skill from a day on."""

    group_id: int
    skill_id: int
    level: Level
    since: date


@dataclass(frozen=True)
class OutOfReach:
    """A need that modules reached and no longer do.

    `elsewhere` are the codes of modules that still give it but are not suggested to the group. Where there are none, nothing
    gives it for good, and `last_code` and `last_until` name the module that does so the longest, if one does for a while.
    """

    need: Need
    elsewhere: tuple[str, ...] = ()
    last_code: str | None = None
    last_until: date | None = None


def out_of_reach(needs: Iterable[Need], before: Collection[Offer], after: Collection[Offer]) -> list[OutOfReach]:
    """Return what groups need and modules gave before a change but no longer do after it: not at all, or only modules that
    are not suggested to the group. What was out of reach already is left out."""
    lost = []
    for need in needs:
        gave, gives = _lasting(before, need), _lasting(after, need)
        if gave and not gives:
            ending = max(_giving(after, need), key=lambda offer: offer.until or date.max, default=None)
            lost.append(OutOfReach(need, (), ending.code if ending else None, ending.until if ending else None))
        elif _suggested(gave, need) and not _suggested(gives, need):
            lost.append(OutOfReach(need, tuple(sorted(offer.code for offer in gives))))
    return lost


def _giving(offers: Collection[Offer], need: Need) -> list[Offer]:
    return [offer for offer in offers if offer.gives.get(need.skill_id, Level.NONE) >= need.level]


def _lasting(offers: Collection[Offer], need: Need) -> list[Offer]:
    """Return the modules that meet a need and are to be offered for good."""
    return [offer for offer in _giving(offers, need) if offer.until is None]


def _suggested(offers: Collection[Offer], need: Need) -> list[Offer]:
    return [offer for offer in offers if need.group_id in offer.group_ids]
