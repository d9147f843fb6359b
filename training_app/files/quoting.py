"""Showing what somebody wrote inside a sentence of ours: on one line, not too long, and fit for any screen."""

from __future__ import annotations

import re

LONGEST_QUOTATION = 60

# Control characters and half surrogate pairs: what no value may hold, and what a terminal must not be sent.
UNFIT_CHARACTER = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def quoted(text: str) -> str:
    """Return the text in double quotes, shortened to 60 characters, with a replacement mark for what cannot be shown."""
    shown = UNFIT_CHARACTER.sub("\N{REPLACEMENT CHARACTER}", text[: LONGEST_QUOTATION + 1])
    if len(shown) > LONGEST_QUOTATION:
        shown = shown[: LONGEST_QUOTATION - 1] + "…"
    return f'"{shown}"'
