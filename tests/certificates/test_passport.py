"""The training passport: one's own record as a document, and that of others within what a reader is told of them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from tests.builders import Hub
from tests.clients import PageClient, sign_in
from tests.files.pdf_reading import is_tagged, pages_of_pdf, promises_accessibility, tags_of, text_of_pdf, title_of_pdf
from training_app.database import db, transaction
from training_app.records.actions import return_evidence, void_completion
from training_app.records.models import Completion, Evidence

Printed = list[tuple[str, Mapping[str, Any]]]


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Printed:
    """Keep what would be printed instead of printing it."""
    printed: Printed = []

    def keep(template: str, data: Mapping[str, Any]) -> bytes:
        printed.append((template, data))
        return b"%PDF"

    monkeypatch.setattr("training_app.web.certificates.files.set_pdf", keep)
    return printed


def rows_of(data: Mapping[str, Any], heading: str) -> list[list[str]]:
    """Return the rows of the section whose heading begins so."""
    (section,) = [each for each in data["sections"] if each["heading"].startswith(heading)]
    return [list(row) for row in section["rows"]]


def test_it_says_what_is_held_until_when_and_what_was_done(hub: Hub, drawn: Printed) -> None:
    person = hub.person("Zoë", reference="P-1", start_on="2021-09-01")
    hub.account("zoe@hub.example", "member", person=person)
    hub.completion(person, "SND-02", "2026-09-01", hours=Decimal("2.50"))
    hub.completion(person, "IND-04", "2026-10-01", Evidence.SELF_DECLARED)
    returned = hub.completion(person, "IND-01", "2026-10-02", Evidence.SELF_DECLARED)
    voided = hub.completion(person, "IND-02", "2026-10-03")
    with transaction():
        return_evidence(hub.actor, db.session.get_one(Completion, returned), "Unreadable")
        void_completion(hub.actor, db.session.get_one(Completion, voided), "Somebody else was there")
    answer = sign_in(hub.app, "zoe@hub.example").get("/my/record.pdf")
    assert "filename=training-passport.pdf" in answer.headers["Content-Disposition"]
    ((template, data),) = drawn
    assert (template, data["name"], data["title"]) == ("passport", "Zoë", "Training passport of Zoë")
    assert data["engagements"] == ["Music service staff, Harbour Music Service, since 1 September 2021"]
    assert data["hours"] == "2.5 hours of verified training."
    assert rows_of(data, "What I hold")
    done = rows_of(data, "What I have done")
    assert [(row[1], row[2], row[4]) for row in done] == [
        ("1 October 2026", done[0][2], "Awaiting confirmation"),
        ("1 September 2026", "2.5", "Verified"),
    ]
    assert "DBS" in data["says"]


def test_what_has_run_out_is_among_what_was_done_and_not_among_what_is_held(hub: Hub, drawn: Printed) -> None:
    person = hub.person()
    hub.account("ama@hub.example", "member", person=person)
    entry = hub.completion(person, "SAF-01", "2015-01-01")
    assert db.session.get_one(Completion, entry).valid_until is not None
    sign_in(hub.app, "ama@hub.example").get("/my/record.pdf")
    data = drawn[0][1]
    assert rows_of(data, "What I hold") == []
    assert len(rows_of(data, "What I have done")) == 1


def test_of_somebody_shared_a_coordinator_is_told_no_hours_nor_places_of_others(hub: Hub, drawn: Printed) -> None:
    north, south = hub.organisation("North School", "school"), hub.organisation("South School", "school")
    person = hub.person("Zoë", reference="P-1", organisation=north)
    hub.engagement(person, "hub-providers", "2021-01-01", organisation=south)
    hub.completion(person, "SND-02", "2026-09-01", hours=Decimal("77"))
    hub.account("coordinator@hub.example", "coordinator", organisations=[north])
    hub.account("other@hub.example", "coordinator", organisations=[hub.organisation("West School", "school")])
    assert sign_in(hub.app, "coordinator@hub.example").get("/people/P-1.pdf").status_code == 200
    told = str(drawn[0][1])
    assert "North School" in told
    assert "South School" not in told
    assert "77" not in told
    stranger = sign_in(hub.app, "other@hub.example")
    assert stranger.get("/people/P-1.pdf").status_code == stranger.get("/people/P-9.pdf").status_code == 404


def test_a_reference_that_ends_like_a_file_still_leads_to_its_person(
    hub: Hub, as_manager: PageClient, drawn: Printed
) -> None:
    hub.person("Ama Okafor", reference="P-1")
    hub.person("Zoë", reference="P-1.pdf")
    page = as_manager.get("/people/P-1.pdf")
    assert (page.mimetype, drawn) == ("text/html", [])
    assert "Zoë" in page.get_data(as_text=True)
    as_manager.get("/people/P-1.pdf.pdf")
    assert drawn[0][1]["name"] == "Zoë"


@pytest.mark.on_sqlite_only
def test_on_paper_it_is_tagged_and_the_name_stands_as_it_was_typed(hub: Hub) -> None:
    name = "Zoë O'Neill-𝕏 <b>{{7*7}} #let x = [1] $y$ *z* محمد"
    person = hub.person(name, reference="P-1")
    hub.account("zoe@hub.example", "member", person=person)
    hub.completion(person, "SND-02", "2026-09-01")
    content = sign_in(hub.app, "zoe@hub.example").get("/my/record.pdf").data
    assert is_tagged(content)
    assert promises_accessibility(content)
    assert {"H1", "H2", "Table", "TH", "TD"} <= tags_of(content)
    assert title_of_pdf(content) == f"Training passport of {name}"
    for part in name.split():
        assert part in text_of_pdf(content), part
    assert pages_of_pdf(content) == 1
