"""How the first line of a file is matched with the columns that are known."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence

from training_app.files.quoting import quoted

LONGEST_NAME_SHOWN = 40

# The second is what NFKC makes of the hyphen that does not break.
_NOT_COMPARED = re.compile("[\\s_\\-\N{HYPHEN}]+")


def heading_key(name: str) -> str:
    """Return what two spellings of a column's name have in common: "Start On", "start-on" and "START_ON" are one."""
    return _NOT_COMPARED.sub("", unicodedata.normalize("NFKC", name).casefold())


def known_among(names: Sequence[str], known_columns: Sequence[str]) -> int:
    """Return how many of the known columns are among these names."""
    return len({heading_key(name) for name in names} & {heading_key(column) for column in known_columns})


class Headings:
    """The first line of a file. Positions count from 0.

    `names` are the cells that are not blank, as they stand in the file; `unreadable` those that hold what no name can,
    with the reason; `column_at` the known columns among the names, each at the first place where it stands; `width` is
    one more than the position of the last cell that is not blank.
    """

    def __init__(self, names: Mapping[int, str], known_columns: Sequence[str], unreadable: Mapping[int, str]) -> None:
        self.names = names
        self.known_columns = known_columns
        self.unreadable = unreadable
        self.width = max([*names, *unreadable]) + 1
        self.column_at: dict[int, str] = {}
        self._positions: dict[str, list[int]] = {}
        by_key = {heading_key(column): column for column in known_columns}
        for position, name in sorted(names.items()):
            column = by_key.get(heading_key(name))
            if column is not None:
                self._positions.setdefault(column, []).append(position)
                if len(self._positions[column]) == 1:
                    self.column_at[position] = column

    def name_at(self, position: int) -> str:
        """Return what to call the column at a position: its own name, else that of the file, else its number."""
        if position in self.column_at:
            return self.column_at[position]
        name = self.names.get(position)
        return _shown(name) if name else f"column {position + 1}"

    def has_no_name_at(self, position: int) -> bool:
        """Return whether the first line is blank at a position."""
        return position not in self.names and position not in self.unreadable

    def errors(self, required: Sequence[str]) -> Iterator[tuple[str, str]]:
        """Yield the column and the reason for each column that is unknown, there twice, or required and missing."""
        for position, reason in sorted(self.unreadable.items()):
            yield self.name_at(position), reason
        absent = [column for column in self.known_columns if column not in self._positions]
        recognised = {position for positions in self._positions.values() for position in positions}
        for position, name in sorted(self.names.items()):
            if position not in recognised:
                yield _shown(name), f"{quoted(name)} is not a column of this file. {self._suggestion(name, absent)}"
        for column, positions in self._positions.items():
            if len(positions) > 1:
                places = " and ".join(str(position + 1) for position in positions)
                yield column, f"this column is there more than once (columns {places}). Keep one of them."
        for column in required:
            if column in absent:
                yield column, "this column is missing. Add it, with a value in every row."

    def _suggestion(self, name: str, absent: Sequence[str]) -> str:
        keys = {heading_key(column): column for column in absent}
        near = difflib.get_close_matches(heading_key(name[:200]), keys, n=1)
        if near:
            return f'Did you mean "{keys[near[0]]}"?'
        return f"Take it out; the columns are {', '.join(self.known_columns)}."


def _shown(name: str) -> str:
    """Return a file's own name for a column so that it fits between the colons of an error line."""
    return " ".join(name[:LONGEST_NAME_SHOWN].replace(":", " ").split()).lower() or "column"
