"""Reading a register that was filled in without internet and is brought back: what each line says, who else came, and every line
that cannot be taken, with the reason. Nothing is written here, and nobody is looked for but those in the register: whoever
brings a file back by a link learns nothing of who else the hub knows.
"""

from __future__ import annotations

import difflib
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from training_app.delivery.models import Presence
from training_app.delivery.rules import HERE, MOST_IN_A_REGISTER, Said, WalkIn, hours_typed, part_problem
from training_app.delivery.taking_along import (
    HOURS,
    LINE,
    MARK,
    NAME,
    ORGANISATION,
    SESSION,
    WAS,
    WORDS,
    InRegister,
)
from training_app.files import Row, RowError, UnreadableFile, harmless, quoted, read_sheet
from training_app.people.rules import LONGEST_NAME, name_key, tidy_name

_COLUMNS = (NAME, MARK, HOURS, ORGANISATION, SESSION, LINE, WAS)
_ANSWERS = "Present, Absent or Part"
_PART = Presence.PART.value


@dataclass(frozen=True)
class FromFile:
    """What a file says of somebody in the register: what stood there when it was made, where it tells, and what it says now."""

    shown: Said | None
    says: Said


@dataclass
class BroughtBack:
    """What a file says: of whom in the register, by their id, who came besides, and what is wrong with it."""

    lines: dict[int, FromFile] = field(default_factory=dict)
    walk_ins: list[WalkIn] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)


def read_back(
    content: bytes, filename: str, session_id: int, register: Sequence[InRegister], of_module: Decimal
) -> BroughtBack:
    """Read a register that is brought back; `of_module` are the hours that the module takes.

    Raises `UnreadableFile` with one sentence where it cannot be read at all, or is that of another session.
    """
    sheet = read_sheet(content, filename, _COLUMNS, (SESSION, NAME, MARK))
    found = BroughtBack(errors=list(sheet.errors))
    if {SESSION, NAME, MARK} <= set(sheet.columns):
        _refuse_another(sheet.rows, session_id)
        rows = [each for each in sheet.rows if _says_something(each)]
        if len(rows) > MOST_IN_A_REGISTER:
            raise UnreadableFile(f"A register holds no more than {MOST_IN_A_REGISTER} people, and the file has more.")
        _Reading(found, register, of_module).read(rows)
    found.errors.sort(key=lambda each: each.line)
    return found


def _refuse_another(rows: Sequence[Row], session_id: int) -> None:
    numbers = {str(each.values[SESSION]) for each in rows if each.values[SESSION] is not None}
    if not numbers:
        raise UnreadableFile(
            "The file does not say which session it is of. Download the register of this session, and fill that in."
        )
    if numbers != {str(session_id)}:
        other = quoted(min(numbers - {str(session_id)}))
        raise UnreadableFile(
            f"This is the register of another session: its number is {other}, and this one is {session_id}. "
            "Nothing was read. Choose the file that was downloaded here."
        )


def _says_something(row: Row) -> bool:
    return any(row.values.get(each) is not None for each in (NAME, MARK, HOURS, ORGANISATION, LINE)) or bool(
        row.unreadable
    )


class _Reading:
    """Goes through the rows of a file: those that carry the number of somebody's line first, in whatever order they stand, then
    the others by name."""

    def __init__(self, found: BroughtBack, register: Sequence[InRegister], of_module: Decimal) -> None:
        self.found = found
        self.of_module = of_module
        self.by_number = {str(each.person_id): each for each in register}
        self.by_name: dict[str, list[InRegister]] = {}
        for each in register:
            self.by_name.setdefault(name_key(each.name), []).append(each)
        self.line_of: dict[int, int] = {}
        self.line_of_name: dict[str, int] = {}

    def read(self, rows: Sequence[Row]) -> None:
        """Take every row, or say what is wrong with it."""
        for has_line in (True, False):
            for row in rows:
                if (row.values.get(LINE) is not None) == has_line:
                    errors = list(self._take(row))
                    self.found.errors.extend(RowError(row.line, column, why) for column, why in errors)

    def _take(self, row: Row) -> Iterator[tuple[str, str]]:
        """Take a row; yield the column and the reason where it cannot be taken."""
        if row.unreadable:
            return  # told already
        name = tidy_name(_text(row, NAME))
        if not name:
            yield NAME, "write who this is, or clear the whole line."
            return
        if len(name) > LONGEST_NAME:
            yield NAME, f"a name has no more than {LONGEST_NAME} characters."
            return
        known = self.by_number.get(_text(row, LINE))
        if known is not None and name_key(name) not in {name_key(known.name), name_key(harmless(known.name))}:
            yield (
                NAME,
                f"this line is that of {known.name}. Write who else came in a line of its own, below the last name.",
            )
            return
        namesakes = [known] if known is not None else self.by_name.get(name_key(name), [])
        if len(namesakes) > 1:
            yield NAME, f"{len(namesakes)} people in this register are called so. Fill in the lines that they have."
        elif namesakes:
            yield from self._keep(row, namesakes[0])
        else:
            yield from self._add(row, name)

    def _keep(self, row: Row, known: InRegister) -> Iterator[tuple[str, str]]:
        before = self.line_of.setdefault(known.person_id, row.line)
        if before != row.line:
            yield NAME, f"{known.name} stands in line {before} already. Keep one of the two lines."
            return
        says = yield from self._said(row, is_walk_in=False)
        if says is not None:
            self.found.lines[known.person_id] = FromFile(_shown(_text(row, WAS)), says)

    def _add(self, row: Row, name: str) -> Iterator[tuple[str, str]]:
        before = self.line_of_name.setdefault(name_key(name), row.line)
        if before != row.line:
            yield NAME, f"{name} stands in line {before} already. Keep one of the two lines."
            return
        came = WalkIn(name, organisation=tidy_name(_text(row, ORGANISATION)))
        if len(came.who) > LONGEST_NAME:
            yield ORGANISATION, f"the name and this together have no more than {LONGEST_NAME} characters."
            return
        says = yield from self._said(row, is_walk_in=True)
        if says is None:
            return
        if says.presence != Presence.ABSENT:
            self.found.walk_ins.append(replace(came, says=says))
        elif not _text(row, LINE):  # who had a line had a place once, and it is no news that they did not come
            yield (
                MARK,
                f"{name} is not in this register, so there is nothing to say of who was not there. Clear the line.",
            )

    def _said(self, row: Row, *, is_walk_in: bool) -> Generator[tuple[str, str], None, Said | None]:
        """Return what a row says of somebody; None, having yielded why, where it says nothing that can be taken."""
        mark, hours = _text(row, MARK), hours_typed(_text(row, HOURS))
        presence = {word.casefold(): value for value, word in WORDS.items()}.get(mark.casefold())
        if not mark and is_walk_in:
            presence = _PART if hours else HERE.presence
        if presence is None:
            near = difflib.get_close_matches(mark.casefold()[:40], [each.casefold() for each in WORDS.values()], n=1)
            meant = f' Did you mean "{near[0].capitalize()}"?' if near else f" Write {_ANSWERS}."
            yield MARK, (f"{quoted(mark)} is not an answer here.{meant}" if mark else f"write {_ANSWERS}.")
            return None
        if presence == _PART:
            problem = part_problem(hours, self.of_module)
            if problem:
                yield HOURS, f"{problem[:1].lower()}{problem[1:]}."
                return None
            return Said(_PART, hours)
        if hours is not None and hours and not (presence == HERE.presence and hours == self.of_module):
            yield HOURS, f'hours are for who was there only for a part. Write Part under "{MARK}", or clear the hours.'
            return None
        return Said(presence)


def _shown(was: str) -> Said | None:
    presence, _, hours = was.partition(" ")
    return Said(presence, hours_typed(hours)) if presence in WORDS else None


def _text(row: Row, column: str) -> str:
    value = row.values.get(column)
    return value.isoformat() if isinstance(value, date) else value or ""
