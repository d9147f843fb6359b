"""A workbook as a packed file: a look at its directory before anything is unpacked, and its parts as streams of XML.

What a packed file says of itself can be a lie, and a few kilobytes can unpack to gigabytes. So the number of parts, their size
and how tightly they are packed are looked at first; then only the parts that matter are unpacked, in small pieces, never
more of them than the directory admitted to, and never into a tree in memory.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from xml.parsers import expat

from training_app.files.sheet import UnreadableFile

MOST_PARTS = 1_000
MOST_UNPACKED_MB = 50
# Honest sheets of one repeated value are packed some 17 to 40 times; a bomb a thousand times. Small parts do no harm.
TIGHTEST_PACKING = 100
HARMLESS_SIZE = 1024 * 1024

_PIECE = 64 * 1024
_DIRECTORY_ENTRY = b"PK\x01\x02"
PACKED = b"PK\x03\x04"
_OLD_OFFICE_FILE = b"\xd0\xcf\x11\xe0"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_IS_ENCRYPTED = 0x1
# A text with some of its letters in bold is several of these.
_WITHIN_A_TEXT = frozenset({"r", "t", "rPr", "b", "i", "u", "sz", "color", "rFont", "family", "scheme"})

_ADVICE = "save the list as .xlsx or as CSV from your spreadsheet and try again."
_DAMAGED = f"The workbook is damaged and cannot be read: {_ADVICE}"

StartHandler = Callable[[str, dict[str, str]], None]
EndHandler = Callable[[str], None]
TextHandler = Callable[[str], None]


class Package:
    """The parts of a workbook by name, in the folder structure of the format. Names are found whatever their capitals."""

    def __init__(self, content: bytes) -> None:
        """Look at the directory; raises `UnreadableFile` for what is not a workbook, or too large once unpacked."""
        if content.startswith(_OLD_OFFICE_FILE):
            if _ENCRYPTED in content:
                raise UnreadableFile("The workbook has a password: save it without one and try again.")
            raise UnreadableFile(f"The file is called .xlsx, but is in an old format (.xls): {_ADVICE}")
        if not content.startswith(PACKED):
            raise UnreadableFile(f"The file is called .xlsx, but is not a workbook: {_ADVICE}")
        if content.count(_DIRECTORY_ENTRY) > MOST_PARTS:
            raise UnreadableFile(f"The workbook has more than {MOST_PARTS:,} parts: copy the list to a new one.")
        with damage_as_a_sentence():
            self._file = zipfile.ZipFile(io.BytesIO(content))
            self._parts = {_key(entry.filename): entry for entry in self._file.infolist()}
            _refuse_bombs(self._file.infolist())

    def __contains__(self, name: str) -> bool:
        return _key(name) in self._parts

    def text(self) -> str:
        """Return all the text of all parts, what stands in one cell in one line. Raises `UnreadableFile`."""
        pieces: list[str] = []

        def end(tag: str) -> None:
            if tag not in _WITHIN_A_TEXT:
                pieces.append("\n")

        for name in self._parts:
            if name.endswith((".xml", ".rels")):
                for _ in self.read(name, lambda _tag, _attributes: None, end, pieces.append):
                    pass
        return "".join(pieces)

    def relations(self, name: str) -> Iterator[tuple[str, str, str]]:
        """Yield id, kind (the last word of its type) and target part of everything that a part refers to."""
        folder, _, last = name.rpartition("/")
        listed = posixpath.join(folder, "_rels", f"{last}.rels")
        found: list[tuple[str, str, str]] = []

        def start(tag: str, attributes: dict[str, str]) -> None:
            if tag == "Relationship" and attributes.get("TargetMode") != "External":
                target = posixpath.normpath(posixpath.join("/", folder, attributes.get("Target", "")))
                kind = attributes.get("Type", "").rpartition("/")[2]
                found.append((attributes.get("Id", ""), kind, target.lstrip("/")))

        if listed in self:
            for _ in self.read(listed, start):
                pass
        yield from found

    def read(
        self, name: str, start: StartHandler, end: EndHandler | None = None, text: TextHandler | None = None
    ) -> Iterator[None]:
        """Send the XML of a part to the handlers, pausing after every piece. Tags come without their namespace's prefix.

        Raises `UnreadableFile` where the part is missing or damaged.
        """
        entry = self._parts.get(_key(name))
        if entry is None or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise UnreadableFile(_DAMAGED)
        if entry.flag_bits & _IS_ENCRYPTED:
            raise UnreadableFile("The workbook has a password: save it without one and try again.")
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _refuse_definitions
        parser.StartElementHandler = lambda tag, attributes: start(
            tag.rpartition(":")[2] if ":" in tag else tag, attributes
        )
        if end:
            parser.EndElementHandler = lambda tag: end(tag.rpartition(":")[2] if ":" in tag else tag)
        parser.CharacterDataHandler = text
        with damage_as_a_sentence():
            unpacked = self._file.open(entry)
        with unpacked:
            is_over = False
            while not is_over:
                with damage_as_a_sentence():
                    piece = unpacked.read(_PIECE)
                    is_over = not piece
                    parser.Parse(piece, is_over)
                yield


@contextmanager
def damage_as_a_sentence() -> Iterator[None]:
    """Turn whatever a damaged package or damaged XML makes the libraries raise into `UnreadableFile`."""
    try:
        yield
    except (
        zipfile.BadZipFile,
        zlib.error,
        expat.ExpatError,
        EOFError,
        LookupError,
        NotImplementedError,
        OSError,
        OverflowError,
        ValueError,
    ) as error:
        raise UnreadableFile(_DAMAGED) from error


def _key(name: str) -> str:
    """Return the form in which part names are compared: some writers use backslashes, or other capitals."""
    return name.replace("\\", "/").lstrip("/").casefold()


def _refuse_bombs(entries: list[zipfile.ZipInfo]) -> None:
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > MOST_UNPACKED_MB * 1024 * 1024:
        raise UnreadableFile(
            f"The workbook is larger than {MOST_UNPACKED_MB} MB once unpacked: copy the list to a new one, or save it as CSV."
        )
    if any(
        entry.file_size > HARMLESS_SIZE and entry.file_size > TIGHTEST_PACKING * entry.compress_size
        for entry in entries
    ):
        raise UnreadableFile("The workbook is packed more tightly than an honest one: save the list as CSV instead.")


def _refuse_definitions(*_: object) -> None:
    """A workbook never defines entities of its own; who does wants to make the reader run out of memory."""
    raise UnreadableFile(_DAMAGED)
