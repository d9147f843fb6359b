"""A folder of files under random names of their own: evidence, and whatever else is no text.

A file is written whole, to the disk, before anything speaks of it; so a crash leaves a file too many, never one too few.
What comes from outside is never part of a path.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_NAME = re.compile(r"[0-9a-f]{32}")


class FileStore:
    """The files in one folder, which is made when the first is put into it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, content: bytes, name: str | None = None) -> str:
        """Write a file and return the name under which it stands: a new random one unless given, as when a backup is put
        back. It is on the disk when this returns. Raises `OSError` where it cannot be, and leaves nothing then."""
        name = secrets.token_hex(16) if name is None else name
        place = self._place(name)
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        opened = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(opened, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            self._sync_folder()
        except BaseException:
            place.unlink(missing_ok=True)
            raise
        return name

    def read(self, name: str) -> bytes:
        """Return a file's content. Raises `FileNotFoundError` where there is none of this name."""
        return self._place(name).read_bytes()

    def has(self, name: str) -> bool:
        """Say whether there is a file of this name."""
        return _NAME.fullmatch(name) is not None and self._place(name).is_file()

    def remove(self, name: str) -> None:
        """Take a file away for good. One that is gone already, or cannot be taken away now, is left to the next sweep."""
        with suppress(OSError):
            self._place(name).unlink()

    def names(self, before: float | None = None) -> Iterator[str]:
        """Yield the names of all files, or of those last written before a moment (in seconds since 1970)."""
        if not self.folder.is_dir():
            return
        for each in sorted(self.folder.iterdir()):
            with suppress(FileNotFoundError):
                if _NAME.fullmatch(each.name) and (before is None or each.stat().st_mtime < before):
                    yield each.name

    def _place(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise FileNotFoundError(name)
        return self.folder / name

    def _sync_folder(self) -> None:
        folder = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
