"""Photos and PDFs that are sent: judged by their content, drawn anew, or refused with a sentence."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.builders import A_PDF
from tests.files.photographs import SECRET, a_photo, drawn
from training_app.errors import Refused
from training_app.files.taking_in import JPEG, LONGEST_SIDE, PDF, take_in

LARGEST_MB = 1


def a_bomb(side: int) -> bytes:
    """Return a small PNG that says it is as large as this, in both directions."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(bytes(1_000_000)))
        + chunk(b"IEND", b"")
    )


def refusal(content: bytes) -> str:
    with pytest.raises(Refused) as refused:
        take_in(content, LARGEST_MB)
    return refused.value.sentence


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_a_photo_of_each_kind_becomes_a_jpeg_that_says_nothing_of_where_it_was_taken(kind: str) -> None:
    sent = a_photo(kind)
    assert SECRET in sent
    taken = take_in(sent, LARGEST_MB)
    assert taken.content_type == JPEG
    picture = drawn(taken.content)
    assert (picture.format, picture.size) == ("JPEG", (400, 200))
    assert SECRET not in taken.content
    assert dict(picture.getexif()) == {}
    assert sum(picture.getpixel((20, 100))) < 60 < 700 < sum(picture.getpixel((380, 100)))


def test_a_photo_taken_sideways_stands_upright() -> None:
    picture = drawn(take_in(a_photo(turned=True), LARGEST_MB).content)
    assert picture.size == (200, 400)
    assert sum(picture.getpixel((100, 20))) < 60 < 700 < sum(picture.getpixel((100, 380)))


def test_a_large_photo_is_made_as_small_as_can_still_be_read() -> None:
    picture = drawn(take_in(a_photo(size=(3600, 1800)), LARGEST_MB).content)
    assert picture.size == (LONGEST_SIDE, LONGEST_SIDE // 2)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_pictures_of_every_make_can_be_drawn(mode: str) -> None:
    assert drawn(take_in(a_photo("PNG", mode=mode) if mode != "I;16" else _sixteen_bits(), LARGEST_MB).content)


def _sixteen_bits() -> bytes:
    written = io.BytesIO()
    Image.new("I;16", (30, 20), 30_000).save(written, "PNG")
    return written.getvalue()


def test_sixteen_bits_of_grey_stay_that_grey() -> None:
    assert 110 < drawn(take_in(_sixteen_bits(), LARGEST_MB).content).getpixel((5, 5))[0] < 125


def test_a_whole_pdf_is_kept_as_it_is() -> None:
    taken = take_in(A_PDF, LARGEST_MB)
    assert (taken.content_type, taken.content) == (PDF, A_PDF)


def test_the_same_file_has_the_same_digest_and_another_has_not() -> None:
    one, two = a_photo(), a_photo(size=(300, 200))
    assert take_in(one, LARGEST_MB).digest == take_in(one, LARGEST_MB).digest != take_in(two, LARGEST_MB).digest


SCRIPT = b"<script>fetch('/people.csv')</script>"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "This file is empty"),
        (b"x", "neither a photo"),
        (b'<svg xmlns="http://www.w3.org/2000/svg">' + SCRIPT + b"</svg>", "neither a photo"),
        (b"<html>" + SCRIPT + A_PDF, "neither a photo"),
        (b"GIF89a" + SCRIPT, "neither a photo"),
        (b"MZ\x90\0" + bytes(200), "neither a photo"),
        (b"PK\x03\x04" + a_photo(), "neither a photo"),
        (b"\x00\x00\x00\x20ftypavif" + bytes(200), "neither a photo"),
        (b"\xff\xd8\xff\xe0" + SCRIPT, "cannot be read"),
        (b"\x89PNG\r\n\x1a\n" + SCRIPT, "cannot be read"),
        (b"RIFF\x40\0\0\0WEBP" + SCRIPT, "cannot be read"),
        (b"\x00\x00\x00\x20ftypheic" + SCRIPT, "cannot be read"),
        (a_photo()[:-400], "not sent to its end"),
        (a_photo("PNG")[:-60], "not sent to its end"),
        (a_photo("HEIF")[:-60], "not sent to its end"),
        (a_bomb(8_000), "more than this service can draw"),
        (a_bomb(60_000), "more pixels than this service can draw"),
        (A_PDF[:-30], "This PDF is not whole"),
        (A_PDF[:60], "This PDF is not whole"),
        (A_PDF.replace(b"165", b"999"), "This PDF is not whole"),
        (A_PDF.replace(b"/Catalog", b"/Catalog/OpenAction<</S/JavaScript/JS(app.alert(1))>>"), "carries a program"),
        (A_PDF.replace(b"/Catalog", b"/Catalog/OpenAction<</S/Launch/F(calc.exe)>>"), "carries a program"),
        (b"\xff\xd8\xff" + bytes(LARGEST_MB * 1024 * 1024), "larger than 1 MB"),
    ],
)
def test_what_is_no_photo_and_no_pdf_or_is_broken_gets_a_sentence(content: bytes, says: str) -> None:
    assert says in refusal(content)


@pytest.mark.parametrize("behind", [SCRIPT, A_PDF, b"PK\x03\x04" + SCRIPT, b"<?php system('id') ?>"])
def test_of_a_photo_that_is_something_else_too_only_the_picture_is_kept(behind: bytes) -> None:
    taken = take_in(a_photo() + behind, LARGEST_MB)
    assert behind not in taken.content
    assert b"script" not in taken.content
    assert drawn(taken.content).size == (400, 200)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["JPEG", "PNG", "WEBP", "HEIF"]), st.data())
def test_a_photo_damaged_anywhere_is_drawn_or_refused_and_nothing_else(kind: str, data: st.DataObject) -> None:
    content = bytearray(a_photo(kind, (60, 40)))
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        taken = take_in(bytes(content), LARGEST_MB)
    except Refused:
        return
    assert drawn(taken.content).format == "JPEG"
