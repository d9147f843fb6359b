"""Showing what somebody wrote: inside a sentence of ours, on one line and fit for any screen; and in a spreadsheet, as text."""

from __future__ import annotations

import re

LONGEST_QUOTATION = 60

# A spreadsheet takes text that begins so for a formula, and would run it.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_PLAIN_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")

# Control characters and half surrogate pairs: what no value may hold, and what a terminal must not be sent.
UNFIT_CHARACTER = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def quoted(text: str) -> str:
    """Return the text in double quotes, shortened to 60 characters, with a replacement mark for what cannot be shown."""
    shown = UNFIT_CHARACTER.sub("\N{REPLACEMENT CHARACTER}", text[: LONGEST_QUOTATION + 1])
    if len(shown) > LONGEST_QUOTATION:
        shown = shown[: LONGEST_QUOTATION - 1] + "…"
    return f'"{shown}"'


def harmless(text: str) -> str:
    """Keep text from being run as a formula by a spreadsheet, with a leading apostrophe; `-5` typed as text is a number to
    it, and stays."""
    if text.startswith(_FORMULA_STARTS) and not _PLAIN_NUMBER.fullmatch(text):
        return "'" + text
    return text
