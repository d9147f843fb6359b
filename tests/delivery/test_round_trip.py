"""A register taken along: printed or downloaded, filled in without internet, looked at and saved."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from tests.builders import Hub
from tests.clients import PageClient, sign_in
from tests.delivery.scheduling import ABSENT, PRESENT, a_session, booked_before, in_days, kept, marks, part, takes_hours
from tests.files.pdf_reading import is_tagged, text_of_pdf
from tests.files.workbooks import a_workbook, packed, parts_of
from tests.office import filled_in_by_libreoffice
from training_app.audit import AuditEvent
from training_app.database import db, transaction
from training_app.delivery.bringing_back import BroughtBack, FromFile, read_back
from training_app.delivery.models import RegisterMark
from training_app.delivery.register import make_link
from training_app.delivery.rules import WalkIn, walk_in
from training_app.delivery.taking_along import InRegister
from training_app.files.reading_xlsx import rows_of_xlsx
from training_app.records.models import Completion

pytestmark = pytest.mark.on_sqlite_only

NAME, MARK, HOURS, ORGANISATION, SESSION, LINE, WAS = range(7)


def at(session: int) -> str:
    """Return where a register is kept."""
    return f"/sessions/{session}/register"


def downloaded(browser: PageClient, register: str) -> list[list[Any]]:
    """Return the rows of a register as it is downloaded, with the names of the columns first."""
    answer = browser.get(f"{register}/fill-in.xlsx")
    assert answer.status_code == 200
    return [[row.cells.get(each) for each in range(7)] for row in rows_of_xlsx(answer.get_data())]


def brought(browser: PageClient, register: str, file: Sequence[Sequence[Any]] | bytes, name: str = "") -> TestResponse:
    """Bring a register back: rows, as a CSV file, or a file as it is."""
    if not isinstance(file, bytes):
        text = io.StringIO()
        csv.writer(text).writerows(file)
        file, name = text.getvalue().encode(), name or "register.csv"
    return browser.submit(
        f"{register}/bring-back",
        {"file": (io.BytesIO(file), name or "register.xlsx")},
        content_type="multipart/form-data",
    )


def saved(browser: PageClient, preview: TestResponse, register: str, **more: str) -> TestResponse:
    """Press the button of a preview."""
    page = preview.get_data(as_text=True)
    assert preview.status_code == 200
    sent = dict(re.findall(r'<input type="hidden" name="([\w-]+)" value="([^"]*)"', page))
    corrects = re.search(r'name="corrects" type="hidden" value="(\w*)"', page)
    sent["corrects"] = corrects[1] if corrects else ""
    others = re.search(r'<textarea[^>]*name="others"[^>]*>([^<]*)</textarea>', page)
    sent["others"] = others[1].replace("&#39;", "'").strip() if others else ""
    return browser.post(register, data={**sent, "csrf_token": browser.token(), **more})


def lines_of(session: int) -> list[tuple[str, str, str]]:
    """Return all that a register says: who, what, and what it completed."""
    db.session.rollback()
    rows = db.session.scalars(
        select(RegisterMark).where(RegisterMark.session_id == session, RegisterMark.presence != "withdrawn")
    )
    return sorted(
        (
            each.person.name if each.person else each.typed_name or "",
            f"{each.presence} {each.hours or ''}".strip(),
            f"{each.completion.evidence} {each.completion.hours or ''}".strip() if each.completion else "",
        )
        for each in rows
    )


def three_at(hub: Hub, on: int = -1, module: str = "IND-01") -> tuple[int, list[int]]:
    """Return a session of yesterday and three people booked on it."""
    people = [hub.person(name) for name in ("Ama Okafor", "Bryn Larkspur", "Zoë O'Neill")]
    session = a_session(hub, module, on=in_days(on), place="Village hall")
    booked_before(hub, session, *people)
    return session, people


def test_a_register_filled_in_with_libreoffice_gives_the_same_rows_as_the_screen(
    hub: Hub, as_manager: PageClient, tmp_path: Path
) -> None:
    session, (ama, bryn, zoe) = three_at(hub)
    hub.person("Dev Farthing")
    on_screen = a_session(hub, on=in_days(-2))
    booked_before(hub, on_screen, ama, bryn, zoe)
    content = as_manager.get(f"{at(session)}/fill-in.xlsx").get_data()
    cells = {
        (1, MARK): "Absent",
        (2, MARK): "Part",
        (2, HOURS): 0.5,
        (4, NAME): "dev farthing",
        (5, NAME): "Nobody Known",
    }
    filled = filled_in_by_libreoffice(content, cells, tmp_path)
    preview = brought(as_manager, at(session), filled)
    assert lines_of(session) == []
    assert saved(as_manager, preview, at(session), **{"who-n0": "leave"}).status_code == 302
    sent = {f"mark-{ama}": "absent", f"mark-{bryn}": "part", f"hours-{bryn}": "0.5", f"mark-{zoe}": "present"}
    assert as_manager.submit(at(on_screen), {**sent, "others": "dev farthing"}).status_code == 302
    assert lines_of(session) == lines_of(on_screen)
    assert lines_of(session) == [
        ("Ama Okafor", "absent", ""),
        ("Bryn Larkspur", "part 0.50", "self-declared 0.50"),
        ("Dev Farthing", "present", "verified"),
        ("Zoë O'Neill", "present", "verified"),
    ]


def test_what_is_downloaded_names_who_is_booked_and_nobodys_reference_and_holds_no_formula(
    hub: Hub, as_manager: PageClient
) -> None:
    session, (ama, *_) = three_at(hub)
    evil = hub.person('=HYPERLINK("http://evil.example","Me")', reference="E-77")
    booked_before(hub, session, evil)
    content = as_manager.get(f"{at(session)}/fill-in.xlsx").get_data()
    rows = downloaded(as_manager, at(session))
    assert rows[0] == ["Name", "Mark", "Hours", "Organisation", "Session", "Line", "Was"]
    assert ["Ama Okafor", "Present", None, None, str(session), str(ama), "present"] in rows
    assert [row[NAME] for row in rows[1:6]] == [
        '\'=HYPERLINK("http://evil.example","Me")',
        "Ama Okafor",
        "Bryn Larkspur",
        "Zoë O'Neill",
        None,
    ]
    sheet = parts_of(content)["xl/worksheets/sheet1.xml"].decode()
    assert "<f>" not in sheet
    assert "sheetProtection" in sheet
    assert "Present,Absent,Part" in sheet
    assert re.search(r'<col min="5" max="7"[^>]* hidden="1"', sheet)
    assert b"E-77" not in b"".join(parts_of(content).values())
    assert brought(as_manager, at(session), content).status_code == 200  # with the apostrophe that keeps it harmless


def test_the_printed_register_names_who_is_booked_and_leaves_room_for_who_else_comes(
    hub: Hub, as_manager: PageClient
) -> None:
    leader = hub.person("Fay Cilitator")
    session = a_session(hub, on=in_days(-1), place="Village hall", facilitator_ids=[leader])
    ama, bryn = hub.person("Ama Okafor", reference="A-77"), hub.person("Zoë O'Neill")
    booked_before(hub, session, ama, bryn)
    blank = as_manager.get(f"{at(session)}/print.pdf")
    assert blank.mimetype == "application/pdf"
    text = text_of_pdf(blank.get_data())
    for words in (
        "Welcome to the hub",
        "9:30am to 12pm",
        "Village hall",
        "Led by Fay Cilitator",
        "Ama Okafor",
        "Zoë O'Neill",
    ):
        assert words in text
    assert "A-77" not in text
    assert is_tagged(blank.get_data())
    assert not re.search(r"\bX\b", text)
    kept(hub, session, {ama: ABSENT, bryn: part("0.5")})
    assert len(re.findall(r"\bX\b", text_of_pdf(as_manager.get(f"{at(session)}/print.pdf").get_data()))) == 2


def test_nothing_is_saved_before_the_preview_is_and_pressed_twice_it_is_saved_once(
    hub: Hub, as_manager: PageClient
) -> None:
    session, (ama, bryn, zoe) = three_at(hub)
    rows = downloaded(as_manager, at(session))
    rows[1][MARK] = "absent"
    rows[2][MARK : HOURS + 1] = " PART ", "0.5"
    events = db.session.scalar(select(func.count()).select_from(AuditEvent))
    preview = brought(as_manager, at(session), rows)
    page = preview.get_data(as_text=True)
    assert "lines would change" in page
    assert "Part, for 0.5 hours" in page
    assert db.session.scalar(select(func.count()).select_from(AuditEvent)) == events
    for _ in range(2):
        assert saved(as_manager, preview, at(session)).status_code == 302
    assert marks(session) == {ama: "absent", bryn: "part", zoe: "present"}
    assert db.session.scalar(select(func.count()).select_from(Completion)) == 2


def test_a_file_changes_only_what_was_filled_in_since_it_was_downloaded(hub: Hub, as_manager: PageClient) -> None:
    session, (ama, bryn, zoe) = three_at(hub, on=0)
    rows = downloaded(as_manager, at(session))
    kept(hub, session, {ama: ABSENT, bryn: ABSENT})
    rows[2][MARK : HOURS + 1] = "Part", "0.5"
    preview = brought(as_manager, at(session), rows)
    page = preview.get_data(as_text=True)
    assert "Somebody else changed this line after the file was downloaded" in page
    assert saved(as_manager, preview, at(session)).status_code == 400  # it corrects what is saved
    assert saved(as_manager, preview, at(session), reason="The paper says so").status_code == 302
    assert marks(session) == {ama: "absent", bryn: "part", zoe: "present"}


def test_two_who_save_meanwhile_meet_on_the_page_of_the_conflict(hub: Hub, as_manager: PageClient) -> None:
    session, (ama, *_) = three_at(hub)
    rows = downloaded(as_manager, at(session))
    rows[1][MARK : HOURS + 1] = "Part", "0.5"
    preview = brought(as_manager, at(session), rows)
    kept(hub, session, {ama: ABSENT})
    answer = saved(as_manager, preview, at(session))
    assert answer.status_code == 409
    assert "Somebody else marked: absent" in answer.get_data(as_text=True)
    assert marks(session)[ama] == "absent"


def test_who_else_came_is_matched_asked_about_and_taken_with_where_they_work(hub: Hub, as_manager: PageClient) -> None:
    session, _ = three_at(hub)
    dev = hub.person("Dev Farthing")
    hub.person("Jon Smith", reference="J-1")
    school = hub.organisation("Fenwick Primary", kind="school")
    rows = downloaded(as_manager, at(session))
    rows[4][NAME], rows[4][MARK], rows[4][HOURS] = "dev farthing", "Part", "0.25"
    rows[5][NAME], rows[5][ORGANISATION] = "John Smith", "fenwick primary"
    preview = brought(as_manager, at(session), rows)
    page = preview.get_data(as_text=True)
    assert "Who is “John Smith – fenwick primary”?" in page
    assert 'value="J-1"' in page
    assert f'<option value="{school}" selected>' in page
    assert "Error:" not in page
    assert "dev farthing (0.25 hours)" in page
    added = saved(
        as_manager,
        preview,
        at(session),
        **{"who-n0": "new", "organisation-n0": str(school), "group-n0": "generalist-teachers"},
    )
    assert added.status_code == 302
    assert ("Dev Farthing", "part 0.25", "self-declared 0.25") in lines_of(session)
    assert ("John Smith", "present", "verified") in lines_of(session)
    assert marks(session)[dev] == "part"


def test_a_file_with_wrong_lines_is_told_line_by_line_and_nothing_is_saved(hub: Hub, as_manager: PageClient) -> None:
    session, _ = three_at(hub)
    rows = downloaded(as_manager, at(session))
    rows[1][MARK], rows[2][MARK] = "Presnt", "Part"
    answer = brought(as_manager, at(session), rows)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert "Line 2" in page
    assert "Did you mean &#34;Present&#34;?" in page
    assert "Line 3" in page
    assert lines_of(session) == []


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("register.xlsx", b"\x89PNG\r\n\x1a\n" + b"0" * 100, "is not a workbook"),
        ("register.png", b"\x89PNG\r\n\x1a\n", "must end in .csv or .xlsx"),
        ("register.xlsx", b"", "The file is empty"),
        ("register.xlsx", b"PK\x03\x04" + b"0" * 100, "damaged"),
        ("register.xlsx", packed({"xl/worksheets/sheet1.xml": b" " * 60_000_000}), "once unpacked"),
        ("register.xlsx", a_workbook([["Pupil", "Mark"], ["Ama", "A*"]]), "This column is missing"),
        ("register.xlsx", a_workbook([["Name", "Mark", "Session"], ["Ama", "Present", 77]]), "another session"),
        ("register.csv", b"Name,Mark,Session\nAma,Present,\n", "does not say which session"),
        ("register.csv", b"Name,Mark,Session\n" + b"A,Present,1\n" * 301, "no more than 300 people"),
    ],
)
def test_what_is_no_register_of_this_session_is_refused_with_a_sentence(
    hub: Hub, name: str, content: bytes, sentence: str
) -> None:
    session = a_session(hub, on=in_days(-1))
    with transaction():
        register = f"/register/{make_link(hub.actor, session)}"
    trainer = hub.app.test_client()
    assert isinstance(trainer, PageClient)
    answer = brought(trainer, register, content, name)
    assert answer.status_code == 400
    assert sentence in answer.get_data(as_text=True)


def test_a_link_takes_its_register_along_and_never_tells_whether_a_name_is_known(hub: Hub) -> None:
    session, (ama, *_) = three_at(hub)
    hub.person("Secret Somebody", reference="S-7")
    with transaction():
        register = f"/register/{make_link(hub.actor, session)}"
    trainer = hub.app.test_client()
    assert isinstance(trainer, PageClient)
    assert "Ama Okafor" in text_of_pdf(trainer.get(f"{register}/print.pdf").get_data())
    rows, pages = downloaded(trainer, register), []
    rows[1][MARK] = "Absent"
    for name in ("Secret Somebody", "Nobody Whoever!", "S-7"):
        rows[4][NAME], rows[4][ORGANISATION] = name, "Fenwick Primary"
        preview = brought(trainer, register, rows)
        pages.append(re.sub(r"csrf_token.*?>|nonce=\S+", "", preview.get_data(as_text=True)).replace(name, "(who)"))
    assert pages[0] == pages[1].replace("Nobody Whoever!", "(who)") == pages[2]
    assert saved(trainer, preview, register).status_code == 302
    assert marks(session)[ama] == "absent"
    assert ("S-7 – Fenwick Primary", "present", "") in lines_of(session)
    ended = hub.app.test_client()
    for of in ("print.pdf", "fill-in.xlsx", "bring-back"):
        assert ended.get(f"/register/nothing/{of}").status_code == 404


def test_whoever_leads_a_session_takes_its_register_along_while_it_is_theirs_to_keep(hub: Hub) -> None:
    leader = hub.person("Fay Cilitator")
    hub.account("fay@hub.example", "board", person=leader)
    own, past, other = (
        a_session(hub, module, in_days(days), facilitator_ids=leads)
        for module, days, leads in (("IND-01", 0, [leader]), ("SND-01", -15, [leader]), ("SEM-01", 0, []))
    )
    fay = sign_in(hub.app, "fay@hub.example")
    opened = {each: fay.get(f"{at(each)}/bring-back").status_code for each in (own, past, other)}
    assert opened == {own: 200, past: 404, other: 404}
    for each in (past, other):
        assert fay.get(f"{at(each)}/fill-in.xlsx").status_code == 404
        assert fay.get(f"{at(each)}/print.pdf").status_code == 404
    rows = downloaded(fay, at(own))
    rows[1][NAME] = "Dev Farthing"
    assert saved(fay, brought(fay, at(own), rows), at(own)).status_code == 302
    assert lines_of(own) == [("Dev Farthing", "present", "")]  # the hub says who it is


def test_a_module_that_counts_no_hours_asks_for_none(hub: Hub, as_manager: PageClient) -> None:
    session, (ama, *_) = three_at(hub)
    takes_hours(hub, "IND-01", "0")
    rows = downloaded(as_manager, at(session))
    assert rows[0] == ["Name", "Mark", "Organisation", "Session", "Line", "Was", None]
    rows[1][MARK] = "Part"
    rows[4][NAME], rows[4][MARK] = "Dev Farthing", "Part"
    preview = brought(as_manager, at(session), [each[:6] for each in rows])
    assert "Dev Farthing (part)" in preview.get_data(as_text=True)
    assert saved(as_manager, preview, at(session), **{"who-n0": "leave"}).status_code == 302
    assert marks(session)[ama] == "part"


# --- lines, without a database

REGISTER = [
    InRegister(11, "Ama Okafor", PRESENT),
    InRegister(12, "Bryn Larkspur", PRESENT),
    InRegister(13, "Bryn Larkspur", ABSENT),
]


def a_file(**changed: str) -> list[dict[str, str]]:
    """Return the rows of a file as it is downloaded, with something changed: `mark_11` of who has that number, `name_new` of the
    first spare line."""
    words = {"present": "Present", "absent": "Absent"}
    rows = [
        {
            "name": each.name,
            "mark": words[each.stands.presence],
            "line": str(each.person_id),
            "was": each.stands.presence,
        }
        for each in REGISTER
    ]
    rows.append(dict.fromkeys(("name", "mark", "line", "was"), ""))
    by_number = {"new": rows[-1], **{row["line"]: row for row in rows[:-1]}}
    for what, value in changed.items():
        column, _, number = what.partition("_")
        by_number[number][column] = value
    return rows


def judged(rows: list[dict[str, str]], of_module: str = "2") -> BroughtBack:
    """Read rows as the file of session 5."""
    text = io.StringIO()
    writer = csv.DictWriter(text, ["name", "mark", "hours", "organisation", "session", "line", "was"])
    writer.writeheader()
    writer.writerows([{"session": "5", **row} for row in rows])
    return read_back(text.getvalue().encode("utf-8", "surrogatepass"), "register.csv", 5, REGISTER, Decimal(of_module))


@pytest.mark.parametrize(
    ("line", "changed", "wrong"),
    [
        (2, {"mark_11": "Presnt"}, 'mark: "Presnt" is not an answer here. Did you mean "Present"?'),
        (2, {"mark_11": "✓"}, 'mark: "✓" is not an answer here. Write Present, Absent or Part.'),
        (2, {"mark_11": ""}, "mark: write Present, Absent or Part."),
        (2, {"mark_11": "31/02/2026"}, "is not an answer here"),
        (2, {"mark_11": "Part"}, "hours: say for how many hours they were there"),
        (2, {"mark_11": "Part", "hours_11": "2.01"}, "hours: the module takes 2 hours, so a part of it is not longer"),
        (2, {"mark_11": "Part", "hours_11": "½"}, "hours: say for how many hours"),
        (2, {"mark_11": "Part", "hours_11": "9" * 20}, "hours: say for how many hours"),
        (2, {"hours_11": "0.5"}, "hours: hours are for who was there only for a part"),
        (2, {"name_11": "Dev Farthing"}, "name: this line is that of Ama Okafor"),
        (2, {"name_11": ""}, "name: write who this is"),
        (3, {"line_12": "11", "name_12": "Ama Okafor"}, "name: Ama Okafor stands in line 2 already"),
        (5, {"name_new": "ama okafor"}, "name: Ama Okafor stands in line 2 already"),
        (5, {"name_new": "Bryn Larkspur"}, "name: 2 people in this register are called so"),
        (5, {"name_new": "Dev Farthing", "mark_new": "Absent"}, "mark: Dev Farthing is not in this register"),
        (5, {"organisation_new": "Fenwick Primary"}, "name: write who this is"),
        (5, {"name_new": "Dev", "organisation_new": "x" * 400}, "organisation: the name and this together have"),
        (5, {"name_new": "x" * 400}, "name: a name has no more than"),
        (5, {"name_new": "Dev\x07Farthing"}, "name: the value holds a control character"),
    ],
)
def test_a_line_that_cannot_be_taken_is_named_with_its_column_and_the_reason(
    line: int, changed: dict[str, str], wrong: str
) -> None:
    (error,) = judged(a_file(**changed)).errors
    assert error.line == line
    assert wrong.casefold() in str(error).casefold()


def test_the_same_name_twice_below_the_register_is_told() -> None:
    rows = a_file(name_new="Dev Farthing")
    (error,) = judged([*rows, {"name": "dev  farthing"}]).errors
    assert (error.line, "stands in line 5 already" in error.reason) == (6, True)


def test_lines_in_another_order_without_a_number_or_left_out_are_still_those_of_their_people() -> None:
    ama, first, second, spare = a_file(mark_11="ABSENT", line_11="", mark_13="present", name_new="Dev Farthing")
    found = judged([spare, second, ama])
    assert found.errors == []
    assert found.lines == {11: FromFile(PRESENT, ABSENT), 13: FromFile(ABSENT, PRESENT)}
    assert found.walk_ins == [WalkIn("Dev Farthing")]
    assert first["line"] == "12"


def test_who_is_no_longer_in_the_register_came_all_the_same_if_the_file_says_so() -> None:
    gone = {"name": "Cora Wagtail", "line": "99", "was": "present"}
    assert judged([{**gone, "mark": "Present"}]).walk_ins == [WalkIn("Cora Wagtail")]
    nothing = judged([{**gone, "mark": "Absent"}])
    assert (nothing.walk_ins, nothing.errors) == ([], [])


@pytest.mark.parametrize(
    "line",
    ["Zoë O'Neill", "Zoë O'Neill (1.5 hours)", "Zoë O'Neill (part)", "Zoë – Fenwick Primary (1 hour)", "A (b)", "x – "],
)
def test_a_line_that_names_a_walk_in_is_read_as_it_is_written(line: str) -> None:
    read = walk_in(line)
    assert walk_in(read.line) == read
    assert read.line == line or line == "x – "


def test_hours_of_a_walk_in_are_read_in_the_ways_in_which_they_are_written() -> None:
    for typed in ("Zoë (1.5 hours)", "Zoë (1.5h)", "Zoë ( 1.50 hrs )", "Zoë(1.5)"):
        assert walk_in(typed) == WalkIn("Zoë", part("1.50"))
