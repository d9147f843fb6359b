"""The days of a workforce manager: who lacks what, who starts and leaves, what a spreadsheet brings, what is asked."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.builders import Hub
from tests.journeys.visitor import Arrive, Visitor, months_ago, saying, worded
from training_app.clock import today

pytestmark = [pytest.mark.browser, pytest.mark.on_sqlite_only]

MANAGER = "manager@hub.example"
SEND = "Disabled children and children with SEND"


def four_at_the_music_service(hub: Hub) -> None:
    """Four people of whom each stands otherwise in SEND: in date, lapsed, below, and with nothing recorded."""
    hub.account(MANAGER, "workforce_manager")
    day = today()
    hub.person("Ama Okafor", with_completed=["SND-02"], completed_on=months_ago(6, day))
    hub.person("Bryn Larkspur", with_completed=["SND-02"], completed_on=months_ago(40, day))
    hub.person("Cora Wagtail", with_completed=["SND-01"], completed_on=months_ago(6, day))
    hub.person("Dev Farthing")


def test_the_manager_finds_who_lacks_send_practice_records_it_and_sees_the_figure_change(hub: Hub, arrive: Arrive):
    four_at_the_music_service(hub)
    manager = arrive(MANAGER).meets("Where are we short?")
    manager.goes_to("Coverage").meets(re.compile("^Priority 3"))
    manager.reads(f"On {worded(today())}, 0 of 4 people hold every skill their role asks for.")
    manager.follows(saying("1 of 4", "Practising", "Music service staff", SEND))
    manager.meets(SEND).reads("1 of 4 people holds it at the level asked: Practising.")
    for name, standing in (
        ("Bryn Larkspur", f"Lapsed on {worded(months_ago(4, today()))}"),
        ("Dev Farthing", "Nothing recorded"),
        ("Cora Wagtail", "Below: Aware"),
        ("Ama Okafor", f"Holds it until {worded(months_ago(-30, today()))}"),
    ):
        expect(manager.row(name)).to_contain_text(standing)
    manager.keeps_picture("names")
    manager.follows(re.compile("^Not yet"))
    expect(manager.row("Farthing")).to_be_visible()
    expect(manager.row("Larkspur")).to_have_count(0)

    manager.follows("Dev Farthing").meets("Dev Farthing").reads("Nothing is recorded yet.")
    manager.follows("Record a completion").meets("Record a completion")
    expect(manager.page.get_by_label(re.compile("^Dev Farthing"))).to_be_checked()
    manager.chooses("Module", "SND-02 Adapting music for learners with SEND").presses("Record it")
    manager.meets("Dev Farthing").reads("SND-02 is recorded for Dev Farthing.", f"now holds Practising in {SEND}")
    manager.keeps_picture("recorded")

    manager.goes_to("Coverage").meets(re.compile("^Priority 3"))
    manager.follows(saying("2 of 4", "Practising", "Music service staff", SEND))
    manager.meets(SEND).reads("2 of 4 people hold it at the level asked: Practising.")


def test_the_manager_adds_a_starter_ends_a_leaver_and_coverage_counts_them_accordingly(hub: Hub, arrive: Arrive):
    four_at_the_music_service(hub)
    manager = arrive(MANAGER).goes_to("People").meets("People")
    manager.follows("Add a person").meets("Add a person")
    assert manager.page.get_by_label("Reference").input_value() == "P-0005"
    manager.presses("Add this person").meets("Add a person")
    manager.reads("There is a problem", "Enter the person's name", "Choose an organisation", "Choose a workforce group")
    manager.follows("Enter the person's name")
    expect(manager.page.get_by_label("Full name")).to_be_focused()
    manager.fills("Full name", "Ama Okafor").fills("E-mail (optional)", "ama.two@service.example")
    manager.chooses("Organisation", "Harbour Music Service").chooses("Workforce group", "Music service staff")
    manager.presses("Add this person").meets("Is this the same person?")
    manager.reads("Nothing is saved yet.", "Ama Okafor, P-0001", "Music service staff, Harbour Music Service")
    manager.keeps_picture("same-person")
    assert manager.page.get_by_label("Full name").input_value() == "Ama Okafor"
    manager.fills("Full name", "Amadika Lind").presses("Add them anyway")
    manager.meets("Amadika Lind").reads("Amadika Lind is added. From today")
    manager.goes_to("Coverage").reads("0 of 5 people hold every skill")

    manager.goes_to("People").fills("Name, reference or e-mail", "wagtail").presses("Apply").meets("People")
    manager.follows("Cora Wagtail").meets("Cora Wagtail").follows(saying("End", "Music service staff"))
    yesterday = today() - timedelta(days=1)
    manager.meets("End an engagement").writes_day("end_on", yesterday).presses("End the engagement")
    manager.meets("Cora Wagtail").reads("From today Cora Wagtail no longer counts in Music service staff")
    manager.goes_to("Coverage").meets(re.compile("^Priority 3")).reads("0 of 4 people hold every skill")
    manager.fills("As at", yesterday.isoformat()).presses("Show").meets(re.compile("^Priority 3"))
    manager.reads(f"On {worded(yesterday)}, 0 of 4 people hold every skill", "whenever it was typed in")
    expect(manager.page.get_by_role("link", name=saying("1 of 4", "Music service staff", SEND))).to_be_visible()


COLUMNS = "reference,name,organisation,organisation_kind,workforce_group,start_on,email"
GOOD_ROWS = (
    "EX-1,Amara Finch,Fenwick Primary,school,generalist-teachers,01/09/2025,amara@fenwick.example",
    "EX-2,Bryn Heron,Fenwick Primary,school,generalist-teachers,2025-09-01,",
    "EX-3,Cai Linnet,Saturday Band,voluntary,frontline-volunteers,2025-09-01,",
    "EX-4,Dara Wren,Saturday Band,voluntary,frontline-volunteers,2025-10-01,",
)
BAD_ROWS = (
    GOOD_ROWS[0],
    GOOD_ROWS[1].replace("generalist-teachers", "generalist-teacher"),
    GOOD_ROWS[2],
    GOOD_ROWS[3].replace("2025-10-01", "31/02/2025"),
)


def chooses_file(manager: Visitor, rows: tuple[str, ...]) -> None:
    """Choose people as the kind and a file of these rows, and look at it."""
    content = "\n".join([COLUMNS, *rows, ""]).encode()
    manager.meets("Bring in a spreadsheet").ticks("People and their engagements")
    manager.page.get_by_label("File", exact=True).set_input_files(
        {"name": "starters.csv", "mimeType": "text/csv", "buffer": content}
    )
    manager.presses("Look at the file")


def test_the_manager_brings_in_a_spreadsheet_corrects_two_rows_and_bringing_it_in_again_changes_nothing(
    hub: Hub, arrive: Arrive
):
    hub.account(MANAGER, "workforce_manager")
    manager = arrive(MANAGER).meets("Begin with your own people")
    manager.follows("Bring in your people from a spreadsheet").meets("Bring in a spreadsheet")
    manager.presses("Look at the file").meets("Bring in a spreadsheet")
    manager.reads("There is a problem", "Choose what is in the file.", "Choose a file that ends in .csv or .xlsx.")

    chooses_file(manager, BAD_ROWS)
    manager.meets("Some rows need correcting").reads("Nothing was kept. Correct 2 rows in your file")
    expect(manager.page.locator("main tbody tr")).to_have_count(2)
    expect(manager.row("Line 3")).to_contain_text('Did you mean "generalist-teachers"?')
    expect(manager.row("Line 3")).to_contain_text("workforce_group")
    expect(manager.row("Line 5")).to_contain_text("start_on")
    expect(manager.row("Line 5")).to_contain_text("31/02/2025")
    manager.keeps_picture("bad-rows")

    manager.follows("Choose the file again")
    chooses_file(manager, GOOD_ROWS)
    manager.meets("What would happen").reads("Nothing has been kept yet.", re.compile(r"4\s+would be created"))
    manager.keeps_picture("would-happen")
    manager.presses("Bring it in").meets("Bring in a spreadsheet")
    manager.reads("starters.csv is in: 4 created, 0 updated, 0 as they were.")

    chooses_file(manager, GOOD_ROWS)
    manager.meets("What would happen").reads(
        re.compile(r"0\s+would be created"), re.compile(r"4\s+say what is recorded")
    )
    manager.presses("Bring it in").meets("Bring in a spreadsheet").reads("0 created, 0 updated, 4 as they were.")
    manager.goes_to("People").meets("People").reads("4 people")
    manager.follows("Dara Wren").meets("Dara Wren").reads("Saturday Band", "from 1 October 2025")


def test_the_manager_sees_whom_a_requirement_would_move_before_it_is_saved(hub: Hub, arrive: Arrive):
    four_at_the_music_service(hub)
    manager = arrive(MANAGER).goes_to("Requirements").meets("What each group needs")
    manager.follows(saying("Practising", "Music service staff", SEND)).meets(SEND)
    manager.reads("Today Practising is asked of everybody in this group")
    manager.follows("Change from a day").meets("Change a requirement")
    manager.ticks("Aware").presses("See what it would change").meets("See what it would change")
    manager.reads("Nothing is saved yet.", f"On {worded(today())}, 2 of 4 people would hold what is asked, 1 more than")
    manager.keeps_picture("requirement")
    manager.goes_to("Coverage").meets(re.compile("^Priority 3"))
    manager.follows(saying("1 of 4", "Practising", "Music service staff", SEND)).meets(SEND)
    manager.opens("/requirements/change?group=music-service-staff&skill=send").meets("Change a requirement")
    manager.ticks("Aware").presses("See what it would change").presses("Save this requirement").meets(SEND)
    manager.reads("Saved.", "Today Aware is asked of everybody in this group")
    manager.follows("See who holds it").meets(SEND).reads("2 of 4 people hold it at the level asked: Aware.")


def test_the_manager_edits_a_module_and_sees_what_will_not_change(hub: Hub, arrive: Arrive):
    four_at_the_music_service(hub)
    manager = arrive(MANAGER).goes_to("Catalogue").meets("Catalogue")
    manager.follows(re.compile("Adapting music for learners with SEND")).meets("Adapting music for learners with SEND")
    manager.reads("Ama Okafor", "Bryn Larkspur")
    manager.follows("Edit").meets("Edit a module").reads("2 completions keep what they were recorded with")
    manager.chooses(SEND, "Aware").presses("Save").meets("Look at it once more")
    manager.reads("Not saved yet.", "2 completions keep what they were recorded with")
    expect(manager.row("Gives").first).to_contain_text(f"Aware in {SEND}")
    manager.keeps_picture("edit-module")
    manager.presses("Save it all the same").meets("Adapting music for learners with SEND")
    manager.reads("is saved. 2 completions keep what they were recorded with", f"Aware in {SEND}")
    manager.opens("/coverage/music-service-staff/send").meets(SEND).reads("1 of 4 people holds it")


def test_the_manager_voids_a_completion_with_a_reason(hub: Hub, arrive: Arrive):
    four_at_the_music_service(hub)
    manager = arrive(MANAGER).opens("/people/P-0001").meets("Ama Okafor")
    done = manager.row("SND-02", worded(months_ago(6, today()))).last
    done.locator("summary").click()
    manager.follows(re.compile("^Void"), among=done).meets("Void an entry")
    manager.presses("Void it").meets("Void an entry").reads("There is a problem", "Give a reason")
    manager.fills("Reason", "Recorded for the wrong Ama").presses("Void it").meets("Ama Okafor")
    manager.reads(
        "SND-02 is voided and counts on no day.", f"holds nothing in date in {SEND}", "Recorded for the wrong Ama"
    )
    manager.keeps_picture("voided")
    manager.opens("/coverage/music-service-staff/send").meets(SEND).reads("0 of 4 people hold it")
    expect(manager.row("Ama Okafor")).to_contain_text("Nothing recorded")
