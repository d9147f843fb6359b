"""What was found sound is not looked at again, and nothing else passes for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import pages, sound
from tests.pages import check_page, hidden_fields
from tests.sound import FoundSound, without_repeats

ROW = '<tr><td><a href="/people/{0}">Somebody {0}</a></td></tr>'
PAGE = """<!DOCTYPE html>
<html lang="en"><head><title>People – Training and skills – Fenland Music Hub</title></head><body><main><h1>People</h1>
<table><caption>People</caption><tbody>{rows}</tbody></table>
<form method="post"><input type="hidden" name="csrf_token" value="x">
<label for="area">Area</label><select id="area" name="area">{choices}</select><button>Save</button></form>
</main></body></html>"""
ROWS = "".join(ROW.format(number) for number in range(5))
CHOICES = "".join(f'<option value="{number}">Area {number}</option>' for number in range(5))


def a_page(rows: str = ROWS, choices: str = CHOICES) -> str:
    return PAGE.format(rows=rows, choices=choices)


@pytest.fixture(autouse=True)
def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Begin with nothing found sound, and count what is read in full."""
    read: list[str] = []
    wholly = pages.problems_of

    def noted(html: str, nonce: str | None = None) -> list[str]:
        read.append(html)
        return wholly(html, nonce)

    monkeypatch.setattr(pages, "_found_sound", FoundSound("a page of these tests"))
    monkeypatch.setattr(pages, "problems_of", noted)
    monkeypatch.setattr(sound, "_shared", None)
    return read


@pytest.mark.parametrize(
    "alike",
    [
        a_page().replace("Somebody", "Nobody"),
        a_page(ROWS * 2),
        a_page(choices=CHOICES * 3),
        a_page().replace("<title>People", "<title>Ama &amp; Ben"),
        a_page().replace('value="x"', 'value="y"'),
    ],
)
def test_a_page_that_differs_in_words_rows_and_what_is_filled_in_is_read_once(alike: str, looked_at: list[str]) -> None:
    check_page(a_page())
    check_page(alike)
    assert looked_at == [a_page()]


@pytest.mark.parametrize(
    "wrong",
    [
        a_page().replace("Training and skills –", "Training –"),
        a_page().replace("<title>People", "<title>Error: People"),
        a_page().replace("<title>People – ", "<title> – "),
        a_page().replace("<title>", "<title>Twice</title><title>"),
        a_page(ROWS + ROW.format(6).replace("<td>", '<td id="area">')),
        a_page(ROWS + ROW.format(6).replace("Somebody 6", "")),
        a_page(ROW.format(6).replace("</a>", "") + ROWS),
        a_page(ROWS + ROW.format(6).replace("<td>", '<td style="">')),
        a_page(choices=CHOICES + '<option value="6" onclick="">Area 6</option>'),
        a_page().replace("<caption>People", "<caption>"),
        a_page().replace('href="/people/3"', ""),
        a_page().replace("</main>", "<h3>Deep</h3></main>"),
    ],
)
def test_what_is_wrong_is_found_also_once_its_like_was_found_sound(wrong: str) -> None:
    check_page(a_page())
    with pytest.raises(AssertionError):
        check_page(wrong)
    with pytest.raises(AssertionError):
        check_page(wrong)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    sound.share(tmp_path / "shared")
    yield tmp_path / "shared"
    sound.share(None)


def test_what_one_process_found_sound_another_knows(folder: Path) -> None:
    one, other, of_something_else = FoundSound("a page"), FoundSound("a page"), FoundSound("words")
    assert "<p>" not in other
    one.add("<p>")
    assert "<p>" in other
    assert "<p>" not in of_something_else
    assert "<p >" not in other


def test_of_what_stands_there_again_and_again_two_are_left() -> None:
    assert without_repeats("<ul><li>a</li><li>b</li></ul>") == "<ul><li>a</li><li>b</li></ul>"
    again_and_again = "<p>Those:</p><ul>" + "<li>a</li>" * 9 + "<li>b</li><li>a</li></ul>"
    # The first stands with what comes before the list.
    assert without_repeats(again_and_again) == "<p>Those:</p><ul>" + "<li>a</li>" * 3 + "<li>b</li><li>a</li></ul>"


def test_hidden_fields_are_those_of_the_last_form_of_the_main_part_that_is_sent() -> None:
    page = """<header><form method="post"><input type="hidden" name="csrf_token" value="frame"></form></header><main>
<form method="post"><input type="hidden" name="one" value="1"></form>
<form method="post"><input type="hidden" name="csrf_token" value="a&amp;b"><input type=hidden name=empty>
<input type="hidden" value="nameless"><input name="typed" value="x">
<textarea name="also">&lt;input type="hidden"&gt;</textarea></form>
<form method="get"><input type="hidden" name="page" value="2"></form></main>
<form method="post"><input type="hidden" name="after" value="3"></form>"""
    assert hidden_fields(page) == [("csrf_token", "a&b"), ("empty", "")]
    assert hidden_fields("<main><p>Nothing to send</p></main>") == []
