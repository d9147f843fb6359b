"""Documents as PDF: tagged, with everything as it was typed, and bounded in size and time."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.files.pdf_reading import (
    is_tagged,
    letters_told_apart,
    promises_accessibility,
    tags_of,
    text_of_pdf,
    title_of_pdf,
)
from training_app.files import (
    FORMATS,
    CannotBePrinted,
    Column,
    Printed,
    PrintedColumn,
    Section,
    Table,
    pdf_writer,
    printed_table,
)
from training_app.files.pdf_writer import set_pdf, write_pdf

# What a typesetter could take for a command, what a browser could, and letters of several scripts.
AS_TYPED = [
    *("Zoë", "O'Neill", "𝕏", "محمد", "Łukasz", "Ελένη", "Владимир", "שלום"),
    *("#let x = 1", "*bold* _it_", "$x^2$", "@ref", "<label>", "= heading", "// gone", "/* gone */"),
    *('#read("/etc/passwd")', "{{7*7}}", "<b>", "\\u{41}", "`raw`", "~", "'", '"', "-- ---", "100%"),
]


def a_report(names: list[str]) -> Printed:
    section = Section(
        "Names",
        "As typed.",
        [PrintedColumn("Name", wide=True), PrintedColumn("n", True)],
        [[each, "1"] for each in names],
    )
    return Printed(f"About {names[0]}", ["A sentence."], [section], "Norfolk Music Hub", "Made on 1 October 2026.")


@pytest.fixture(scope="module")
def report() -> bytes:
    return write_pdf(a_report(AS_TYPED))


@pytest.mark.parametrize("text", AS_TYPED)
def test_everything_stays_as_typed_in_the_text(report: bytes, text: str) -> None:
    assert text in text_of_pdf(report)


def test_a_report_is_tagged_and_has_a_title_and_headings_and_tables(report: bytes) -> None:
    assert is_tagged(report)
    assert promises_accessibility(report)
    assert title_of_pdf(report) == "About Zoë"
    assert {"H1", "H2", "Table", "TH", "TD"} <= tags_of(report)
    said = text_of_pdf(report)
    assert "Norfolk Music Hub. Made on 1 October 2026." in said
    assert "Page 2 of 2" in said


def test_a_letter_that_no_font_knows_breaks_nothing() -> None:
    name = "王小明 \U000eabcd Zoë"
    content = write_pdf(a_report([name, "O'Neill"]))
    assert is_tagged(content)
    assert title_of_pdf(content) == f"About {name}"
    assert "Zoë" in text_of_pdf(content)
    # Boxes on paper, unless the machine has a font that knows them; and what was typed for whoever copies or has it read.
    assert "王小明" in letters_told_apart(content) + text_of_pdf(content)
    assert "\U000eabcd" in letters_told_apart(content)
    assert "O'Neill" in text_of_pdf(content)


def test_a_table_of_which_nothing_else_is_known_is_printed_with_its_names() -> None:
    table = Table([Column("as_at", "date"), Column("people", "number")], [[date(2026, 7, 31), None]], "coverage-today")
    printed = printed_table(table)
    assert (printed.title, printed.sections[0].rows) == ("Coverage today", [["2026-07-31", ""]])
    assert [(each.label, each.numeric) for each in printed.sections[0].columns] == [("as at", False), ("people", True)]
    assert "2026-07-31" in text_of_pdf(FORMATS["pdf"].write(None, table))


def test_too_much_for_a_pdf_is_refused_with_what_to_take_instead() -> None:
    with pytest.raises(CannotBePrinted, match="Take the CSV or XLSX file"):
        write_pdf(a_report(["x" * 3_000_000]))


@pytest.mark.parametrize("seconds", ["0.01", "limit"])
def test_what_takes_too_long_is_stopped_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, seconds: str
) -> None:
    if seconds == "limit":  # the process's own limit, of processor time
        (tmp_path / "endless.typ").write_text(
            "#for a in range(9999) { for b in range(9999) { for c in range(9999) {} } }"
        )
        monkeypatch.setattr(pdf_writer, "TEMPLATES", tmp_path)
        monkeypatch.setattr(pdf_writer, "LONGEST_SECONDS", 1)
    else:
        monkeypatch.setattr(pdf_writer, "LONGEST_SECONDS", float(seconds))
    with pytest.raises(CannotBePrinted, match="could not be made in time"):
        set_pdf("endless" if seconds == "limit" else "report", a_report(["x"]).as_data())


def test_a_template_with_a_mistake_is_a_mistake_of_ours_and_says_where(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "wrong.typ").write_text("#nothing-of-this-name")
    monkeypatch.setattr(pdf_writer, "TEMPLATES", tmp_path)
    with pytest.raises(RuntimeError, match="nothing-of-this-name"):
        set_pdf("wrong", {})
