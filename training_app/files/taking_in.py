"""Taking in a photo or a PDF that somebody sent: what it is by its content, and what is safe to keep of it.

A photo is drawn anew as a JPEG, upright and no larger than needed, so that nothing else that its file held is kept: not where
it was taken, not what hides behind the picture. A PDF is kept as it came, if it is whole and carries no program. No name that
was sent with a file is ever used.
"""

from __future__ import annotations

import hashlib
import io
import re
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from training_app.errors import Refused

if TYPE_CHECKING:
    from PIL.Image import Image

JPEG, PDF = "image/jpeg", "application/pdf"
ENDINGS = {JPEG: "jpg", PDF: "pdf"}
# What a browser offers to choose from; what is sent is judged by its content all the same.
OFFERED = "image/jpeg,image/png,image/webp,image/heic,image/heif,.heic,.heif,application/pdf"

# A certificate that was photographed whole can still be read at this size, in pixels.
LONGEST_SIDE = 2400
QUALITY = 85
# The largest picture of a telephone; drawn, it takes three bytes a pixel. More in a small file is there to fill the memory.
MOST_PIXELS = 50_000_000

_HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_END_OF_PDF = re.compile(rb"startxref\s+([0-9]{1,10})\s+%%EOF")
_TAIL_OF_PDF = 2048
# What makes a PDF do something when it is opened, or carry another file.
_DOES_SOMETHING = re.compile(rb"/(JavaScript|Launch|EmbeddedFile|RichMedia)\b")

# One picture at a time: so many of them at once, and never more, are in a process's memory.
_DRAWING = threading.Semaphore(1)

_NEITHER = "This is neither a photo (JPEG, PNG, WebP or HEIC) nor a PDF. Take a photo of it, or save it as a PDF."
_NO_PICTURE = "This photo cannot be read: it is damaged, or was not sent to its end. Choose it again, or take another."


@dataclass(frozen=True)
class TakenIn:
    """A file as it is kept, what it is, and the SHA-256 of what was sent, which tells the same file when it is sent twice."""

    content: bytes
    content_type: str
    digest: str


def take_in(content: bytes, largest_mb: int) -> TakenIn:
    """Return what is kept of a file that was sent. Raises `Refused` with a sentence for one that is empty, larger than
    `largest_mb` megabytes, damaged, cut off, of another kind, or that would do something when it is opened."""
    if not content:
        raise Refused("This file is empty. Choose it again.")
    if len(content) > largest_mb * 1024 * 1024:
        raise Refused(f"This file is larger than {largest_mb} MB. Take a smaller photo, or save fewer pages as a PDF.")
    digest = hashlib.sha256(content).hexdigest()
    if content.startswith(b"%PDF-"):
        _check_pdf(content)
        return TakenIn(content, PDF, digest)
    kind = _kind_of_photo(content)
    if kind is None:
        raise Refused(_NEITHER)
    return TakenIn(_drawn_anew(content, kind), JPEG, digest)


def _kind_of_photo(content: bytes) -> str | None:
    """Return Pillow's word for the kind of picture that a file begins as; None for any other file."""
    if content.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "WEBP"
    if content[4:8] == b"ftyp" and content[8:12] in _HEIF_BRANDS:
        return "HEIF"
    return None


def _drawn_anew(content: bytes, kind: str) -> bytes:
    # Read only when there is a photo: both libraries take a while and much memory to load.
    from PIL import Image

    if kind == "HEIF":
        from pillow_heif import register_heif_opener

        register_heif_opener()
    with _DRAWING:
        try:
            with Image.open(io.BytesIO(content), formats=[kind]) as picture:
                width, height = picture.size
                if width * height > MOST_PIXELS:
                    raise Refused(
                        f"This photo has {width:,} × {height:,} pixels, which is more than this service can draw. "
                        "Take it again with a lower setting."
                    )
                return _as_jpeg(picture)
        except Refused:
            raise
        except Image.DecompressionBombError as bomb:
            raise Refused("This photo has more pixels than this service can draw. Take a smaller one.") from bomb
        except Exception as damaged:  # a damaged picture makes the readers raise whatever they come upon
            raise Refused(_NO_PICTURE) from damaged


def _as_jpeg(picture: Image) -> bytes:
    from PIL import Image, ImageOps

    picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # a JPEG is read at about the size that is kept
    picture.load()
    drawn: Image.Image = ImageOps.exif_transpose(picture)
    if drawn.mode.startswith("I"):
        drawn = (
            drawn.convert("I").point(lambda grey: grey * (1 / 256)).convert("L")
        )  # of its sixteen bits of grey eight
    if drawn.has_transparency_data:
        drawn = Image.alpha_composite(Image.new("RGBA", drawn.size, "white"), drawn.convert("RGBA"))
    drawn = drawn.convert("RGB")
    drawn.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    bare = Image.new("RGB", drawn.size)
    bare.paste(drawn)  # the pixels alone, without what the file said of them
    written = io.BytesIO()
    bare.save(written, "JPEG", quality=QUALITY, optimize=True)
    return written.getvalue()


def _check_pdf(content: bytes) -> None:
    """Raise `Refused` unless a PDF ends as one does, its table of contents lies within it, and it does nothing by itself."""
    found = _END_OF_PDF.findall(content[-_TAIL_OF_PDF:])
    if not found or not 0 < int(found[-1]) < len(content):
        raise Refused("This PDF is not whole: it was cut off or damaged. Save it again, or take a photo of it.")
    if _DOES_SOMETHING.search(content):
        raise Refused(
            "This PDF carries a program or another file within it, which is not kept here. Print it into a new PDF, or take "
            "a photo of it."
        )
