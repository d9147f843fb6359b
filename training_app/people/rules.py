"""What counts as a reference, how names of organisations and people are told apart, and which days an engagement covers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from difflib import SequenceMatcher

from training_app.files.days import in_words as in_words

FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2200, 12, 31)
LONGEST_NAME = 200
LONGEST_AREA = 100
LONGEST_REASON = 1000

# Words that stand where a reference would stand in the addresses of pages; a test keeps this complete.
WORDS_OF_PAGES = frozenset({"new", "add", "doubles", "edit", "review", "several"})
_REFERENCE = re.compile(r"[A-Za-z0-9._-]{1,64}")
_WRITING_TURNED_ROUND = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def reference_problem(reference: str) -> str | None:
    """Return what is wrong with a person's reference as the end of a sentence, or None where it is right.

    1 to 64 letters, digits, dots, underscores or hyphens; not ending like a file; no word that the pages use.
    """
    if not _REFERENCE.fullmatch(reference):
        return "must be 1 to 64 letters, digits, dots, underscores or hyphens"
    if reference.casefold().endswith((".csv", ".xlsx")):
        return "must not end in .csv or .xlsx"
    if reference.strip(".") == "" or reference.casefold() in WORDS_OF_PAGES:
        return "is a word that the pages use; choose another"
    return None


def organisation_key(name: str) -> str:
    """Return the key by which an organisation's name is known: trimmed, NFKC, single spaces, casefolded."""
    return unicodedata.normalize("NFKC", " ".join(unicodedata.normalize("NFKC", name).split()).casefold())


def tidy_name(name: str) -> str:
    """Return a name as it is kept and shown: trimmed and with single spaces, otherwise as typed."""
    return " ".join(name.split())


def name_key(name: str) -> str:
    """Return the form of a person's name that is searched and sorted: without accents, case or doubled spaces, and with
    one kind of apostrophe."""
    letters = unicodedata.normalize("NFKD", tidy_name(name)).casefold().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def covers(start_on: date, end_on: date | None, day: date) -> bool:
    """Say whether a span covers a day; both ends are included, and without an end it goes on."""
    return start_on <= day and (end_on is None or day <= end_on)


def text_problem(text: str, longest: int) -> str | None:
    """Return what is wrong with a text of at most `longest` characters as the end of a sentence, or None.

    Control characters, lone surrogates and marks that turn the writing round have no place in it: one database refuses
    them, no file can carry them, or they make a name look like another.
    """
    if len(text) > longest:
        return f"must be {longest:,} characters or fewer, and has {len(text):,}"
    for letter in text:
        if unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") or letter in _WRITING_TURNED_ROUND:
            return "must have no character that cannot be shown; type it again without copying it from elsewhere"
    return None


def has_something_to_read(text: str) -> bool:
    """Say whether a text shows anything: not only spaces and characters without a shape."""
    return any(unicodedata.category(letter)[0] not in "ZC" for letter in text)


def day_problem(day: date) -> str | None:
    """Return what is wrong with a day as the end of a sentence, or None where it is one that can be kept."""
    if not FIRST_DAY <= day <= LAST_DAY:
        return f"must be between {in_words(FIRST_DAY)} and {in_words(LAST_DAY)}"
    return None


def span_in_words(start_on: date, end_on: date | None) -> str:
    """Write a span as a sentence needs it: `from 1 May 2026 to 3 October 2026`, or `from 1 May 2026`."""
    end = f" to {in_words(end_on)}" if end_on else ""
    return f"from {in_words(start_on)}{end}"


def overlap(start_on: date, end_on: date | None, other_start: date, other_end: date | None) -> bool:
    """Say whether two spans, both ends included, share a day."""
    return (end_on is None or other_start <= end_on) and (other_end is None or start_on <= other_end)


# From this likeness on (0 to 1) two names are probably one name typed twice: "Jon Smith" and "John Smith" are 0.95 alike.
_ALIKE = 0.88
_LETTERS_ONLY = re.compile(r"[^\w\s]|_")
FIRST_REFERENCE = "P-0001"
_NUMBERED = re.compile(r"(.*?)([0-9]+)")


def words_of_name(key: str) -> tuple[str, ...]:
    """Return the words of a `name_key` in alphabetical order, hyphens taken as spaces and apostrophes left out."""
    return tuple(sorted(_LETTERS_ONLY.sub("", key.replace("-", " ")).split()))


def probably_the_same_name(key: str, other: str) -> bool:
    """Say whether two `name_key`s probably name one person: the same words in any order, the one with a word more than the
    other, or nearly the same letters."""
    words, others = words_of_name(key), words_of_name(other)
    if not words or not others:
        return key == other
    if words == others:
        return True
    fewer, more = sorted((words, others), key=len)
    if len(fewer) > 1 and set(fewer) <= set(more):
        return True
    return SequenceMatcher(None, " ".join(words), " ".join(others)).ratio() >= _ALIKE


def numbered(reference: str) -> tuple[str, str] | None:
    """Return what stands before a reference's last digits, and those digits; None for one that ends in no digit."""
    found = _NUMBERED.fullmatch(reference)
    return (found[1], found[2]) if found else None


def following(reference: str) -> str | None:
    """Return the reference that comes after one that ends in digits, `P-0242` after `P-0241`; None where there is none."""
    parts = numbered(reference)
    if parts is None:
        return None
    before, digits = parts
    return f"{before}{int(digits) + 1:0{len(digits)}}"


ERASED_NAME = "Erased person"
# Letters and digits that nobody takes for one another; six of them name more people than a hub will ever erase.
_UNMISTAKABLE = "23456789abcdefghjkmnpqrstuvwxyz"


def nameless_reference(choose: Callable[[str], str]) -> str:
    """Return a reference for somebody who was erased, such as `erased-7f3k2m`; `choose` picks one letter at random."""
    return "erased-" + "".join(choose(_UNMISTAKABLE) for _ in range(6))


def years_later(day: date, years: int) -> date:
    """Return the same day so many years later; 29 February becomes 28 February where the year has none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def review_due_on(ends: Iterable[date | None], today: date, years: int, kept_until: date | None = None) -> date | None:
    """Return since or from when what is held about somebody is to be looked at: `years` after the last day of their last
    engagement, or on the day until which it was kept, whichever is later.

    None for whoever is engaged today or will be (an engagement without an end goes on), and for whoever never was.
    """
    known = list(ends)
    last_days = [end for end in known if end is not None]
    if not last_days or len(last_days) < len(known) or max(last_days) >= today:
        return None
    due = years_later(max(last_days), years)
    return due if kept_until is None else max(due, kept_until)


def spans_joined(spans: Sequence[tuple[date, date | None]]) -> list[tuple[list[int], date, date | None]]:
    """Return which of some spans share days, by their places in the list, each with the span that covers them all; spans that
    share no day with another are left out."""
    joined: list[tuple[list[int], date, date | None]] = []
    for place in sorted(range(len(spans)), key=lambda each: spans[each][0]):
        start, end = spans[place]
        if joined and overlap(joined[-1][1], joined[-1][2], start, end):
            places, first, last = joined[-1]
            joined[-1] = ([*places, place], first, None if last is None or end is None else max(last, end))
        else:
            joined.append(([place], start, end))
    return [each for each in joined if len(each[0]) > 1]
