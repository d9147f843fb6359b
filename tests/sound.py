"""What was looked at in this run and found sound, so that nothing is looked at twice: not even by another process of the run."""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path


class FoundSound:
    """Remembers what was found sound by its whole description: two things of one description are both sound or neither."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._own: set[str] = set()

    def __contains__(self, described: str) -> bool:
        """Say whether what is so described was found sound by anybody in this run."""
        digest = self._digest_of(described)
        if digest not in self._own and _shared is not None and (_shared / digest).exists():
            self._own.add(digest)
        return digest in self._own

    def add(self, described: str) -> None:
        """Note that what is so described is sound."""
        digest = self._digest_of(described)
        self._own.add(digest)
        if _shared is not None:
            (_shared / digest).touch()

    def _digest_of(self, described: str) -> str:
        return blake2b(f"{self._what}\n{described}".encode(errors="surrogatepass"), digest_size=32).hexdigest()


# A folder in which the processes of a run tell each other, where there are several.
_shared: Path | None = None


def share(folder: Path | None) -> None:
    """Tell other processes of this run in a folder, and learn from it what they found."""
    global _shared
    if folder is not None:
        folder.mkdir(exist_ok=True)
    _shared = folder


def without_repeats(markup: str) -> str:
    """Return markup in which of rows, entries and choices that are alike, one after the other, only two are left: what is
    wrong with the third is wrong with them."""
    for end in ("</tr>", "</li>", "</option>"):
        kept: list[str] = []
        for each in markup.split(end):
            if kept[-2:] != [each, each]:
                kept.append(each)
        markup = end.join(kept)
    return markup
