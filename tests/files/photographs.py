"""Photos for tests, drawn here: of each kind, turned round, and with what must not be kept."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw
from pillow_heif import register_heif_opener

SECRET = b"zqhidden"
ORIENTATION, PLACE, NORTH = 0x0112, 0x8825, 1
QUARTER_TURN = 6


def a_photo(
    kind: str = "JPEG", size: tuple[int, int] = (400, 200), *, turned: bool = False, mode: str = "RGB"
) -> bytes:
    """Return a photo: its left half dark; with where it was taken, and with how it is to be turned where `turned`."""
    register_heif_opener()
    picture = Image.new(mode, size, "white")
    ImageDraw.Draw(picture).rectangle((0, 0, size[0] // 2, size[1]), fill="black")
    told = Image.Exif()
    told.get_ifd(PLACE)[NORTH] = SECRET.decode()
    told[0x010E] = SECRET.decode()  # a description
    if turned:
        told[ORIENTATION] = QUARTER_TURN
    written = io.BytesIO()
    picture.save(written, kind, **({} if mode == "P" else {"exif": told}))
    return written.getvalue()


def drawn(content: bytes) -> Image.Image:
    """Return the picture in a file."""
    picture = Image.open(io.BytesIO(content))
    picture.load()
    return picture
