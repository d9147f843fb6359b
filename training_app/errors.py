"""What can be refused, each with a sentence for the reader that offers the next step."""

from __future__ import annotations


class Refused(Exception):
    """Something asked for cannot be done. `sentence` is shown as it stands; `field` is the input it belongs to."""

    def __init__(self, sentence: str, field: str | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.field = field


class NotFound(Refused):
    """There is no such thing, or not for this reader: the two must look the same."""

    def __init__(self, sentence: str = "There is nothing at this address, or it is not yours to see.") -> None:
        super().__init__(sentence)


class ChangedMeanwhile(Refused):
    """Somebody else saved the same thing first; what this reader typed is kept for them to compare."""

    def __init__(
        self,
        sentence: str = "Somebody else changed this while you had it open. Nothing of yours was saved yet: "
        "look at what it says now, then save again if your change still stands.",
    ) -> None:
        super().__init__(sentence)
