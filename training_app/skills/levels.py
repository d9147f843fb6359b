"""The three levels of a skill, in order. Hubs may reword what they mean (`SkillLevel`), not how they are ordered."""

from __future__ import annotations

from enum import IntEnum


class Level(IntEnum):
    """How well a skill is held, or must be: aware < practising < leading. `NONE` means that nothing is required."""

    NONE = 0
    AWARE = 1
    PRACTISING = 2
    LEADING = 3

    @property
    def code(self) -> str:
        """The word used in files and addresses, such as `practising`."""
        return self.name.lower()

    @property
    def label(self) -> str:
        """The word a reader sees, such as `Practising`."""
        return self.name.capitalize()

    @classmethod
    def of_code(cls, code: str) -> Level:
        """Return the level of a code such as `aware`. Raises `KeyError` for another word."""
        return cls[code.upper()]


HELD_LEVELS = (Level.AWARE, Level.PRACTISING, Level.LEADING)
