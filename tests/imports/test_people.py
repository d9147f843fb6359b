"""Bringing in people and their engagements."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from config import ROOT
from tests.builders import Hub
from tests.imports.bringing import bring, counts
from training_app.audit import AuditEvent
from training_app.database import db, transaction
from training_app.files import Sheet
from training_app.imports import KINDS, Judgement, bring_in
from training_app.people.actions import void_engagement
from training_app.people.models import Engagement, Organisation, Person
from training_app.people.queries import person_by_reference

HEAD = "reference,name,organisation,organisation_kind,area,workforce_group,job_title,email,start_on,end_on\n"
AMA = "P-1,Ama Okafor,Harbour School,school,Norfolk,generalist-teachers,Year 4,ama@x.example,2024-09-01,\n"


def test_new_people_organisations_and_engagements_are_created(hub: Hub) -> None:
    outcome = bring(hub, "people", HEAD + AMA + "P-2,Ben Hale,harbour  SCHOOL,,,specialist-teachers,,,01/09/2024,\n")
    assert outcome.status == 0
    assert outcome.counts == counts(2, created=2)
    assert db.session.scalar(select(func.count(Organisation.id))) == 1
    assert {person.name for person in db.session.scalars(select(Person))} == {"Ama Okafor", "Ben Hale"}
    first = db.session.scalars(select(Engagement).order_by(Engagement.id)).first()
    assert first is not None
    assert (first.start_on.isoformat(), first.end_on, first.job_title) == ("2024-09-01", None, "Year 4")


def test_the_same_file_again_changes_nothing(hub: Hub) -> None:
    bring(hub, "people", HEAD + AMA)
    events = db.session.scalar(select(func.count(AuditEvent.id)))
    outcome = bring(hub, "people", HEAD + AMA)
    assert (outcome.status, outcome.counts) == (0, counts(1, unchanged=1))
    assert db.session.scalar(select(func.count(AuditEvent.id))) == events


def test_every_row_written_leaves_an_audit_event(hub: Hub) -> None:
    before = db.session.scalar(select(func.count(AuditEvent.id)))
    bring(hub, "people", HEAD + AMA)
    actions = db.session.scalars(select(AuditEvent.action).offset(before).order_by(AuditEvent.id)).all()
    assert set(actions) >= {"person.added", "organisation.added", "engagement.begun"}


def test_a_dry_run_says_the_same_and_writes_nothing(hub: Hub) -> None:
    outcome = bring(hub, "people", HEAD + AMA, "--dry-run")
    assert (outcome.status, outcome.counts) == (0, counts(1, created=1))
    assert db.session.scalar(select(func.count(Person.id))) == 0


def test_a_blank_cell_never_clears_anything(hub: Hub) -> None:
    bring(hub, "people", HEAD + AMA)
    outcome = bring(
        hub,
        "people",
        "reference,name,organisation,workforce_group,start_on\nP-1,Ama Okafor,Harbour School,generalist-teachers,2024-09-01\n",
    )
    assert outcome.counts == counts(1, unchanged=1)
    person = person_by_reference("P-1")
    assert person is not None
    assert person.email == "ama@x.example"


def test_what_differs_from_the_database_is_updated(hub: Hub) -> None:
    bring(hub, "people", HEAD + AMA)
    changed = AMA.replace("Ama Okafor", "Ama Okafor-Hale").replace("2024-09-01,", "2024-09-01,2026-07-31")
    assert bring(hub, "people", HEAD + changed).counts == counts(1, updated=1)
    person = person_by_reference("P-1")
    assert person is not None
    assert person.name == "Ama Okafor-Hale"
    assert bring(hub, "people", HEAD + changed).counts == counts(1, unchanged=1)


def test_an_area_is_updated_but_a_wrong_kind_is_named(hub: Hub) -> None:
    bring(hub, "people", HEAD + AMA)
    assert bring(hub, "people", HEAD + AMA.replace("Norfolk", "Suffolk")).counts == counts(1, updated=1)
    outcome = bring(hub, "people", HEAD + AMA.replace(",school,", ",partner,"))
    assert (outcome.status, outcome.bad) == (1, [(2, "organisation_kind")])


BAD_ROWS = {
    "reference": "a b,Cy,Harbour School,school,,generalist-teachers,,,2024-09-01,\n",
    "name": "P-9,,Harbour School,school,,generalist-teachers,,,2024-09-01,\n",
    "organisation": "P-9,Cy,  ,school,,generalist-teachers,,,2024-09-01,\n",
    "workforce_group": "P-9,Cy,Harbour School,school,,Volunter,,,2024-09-01,\n",
    "organisation_kind": "P-9,Cy,Harbour School,academy,,generalist-teachers,,,2024-09-01,\n",
    "email": "P-9,Cy,Harbour School,school,,generalist-teachers,,not an email,2024-09-01,\n",
    "start_on": "P-9,Cy,Harbour School,school,,generalist-teachers,,,31/02/2024,\n",
    "end_on": "P-9,Cy,Harbour School,school,,generalist-teachers,,,2024-09-01,2024-08-31\n",
}


@pytest.mark.parametrize("column", BAD_ROWS)
def test_a_bad_cell_is_named_by_line_and_column_and_nothing_is_written(hub: Hub, column: str) -> None:
    outcome = bring(hub, "people", HEAD + AMA + "\n" + BAD_ROWS[column])
    assert (outcome.status, outcome.bad) == (1, [(4, column)])
    assert outcome.counts == counts(2, errors=1)
    assert db.session.scalar(select(func.count(Person.id))) == 0


@pytest.mark.parametrize("reference", ["new", "list.csv", "x.XLSX", "a/b", "é", "x" * 65, ".."])
def test_a_reference_that_cannot_stand_in_an_address_is_refused(hub: Hub, reference: str) -> None:
    outcome = bring(hub, "people", HEAD + AMA.replace("P-1", reference))
    assert outcome.bad == [(2, "reference")]


def test_a_group_that_is_only_partly_named_is_answered_with_its_code(hub: Hub) -> None:
    outcome = bring(hub, "people", HEAD + AMA.replace("generalist-teachers", "Volunter"))
    assert outcome.said == [
        'line 2: workforce_group: "Volunter" is not a workforce group. Did you mean "frontline-volunteers"?'
    ]


def test_an_unknown_group_is_answered_with_the_nearest_code(hub: Hub) -> None:
    outcome = bring(hub, "people", HEAD + AMA.replace("generalist-teachers", "Generalist teacher"))
    assert outcome.said == [
        'line 2: workforce_group: "Generalist teacher" is not a workforce group. Did you mean "generalist-teachers"?'
    ]


@pytest.mark.parametrize(
    ("second", "column"),
    [
        ("P-1,Ama O,Harbour School,,,specialist-teachers,,,2024-09-01,\n", "name"),
        ("P-1,Ama Okafor,Harbour School,,,specialist-teachers,,other@x.example,2024-09-01,\n", "email"),
        ("P-2,Ben Hale,Harbour School,partner,,specialist-teachers,,,2024-09-01,\n", "organisation_kind"),
        ("P-2,Ben Hale,Harbour School,,Suffolk,specialist-teachers,,,2024-09-01,\n", "area"),
        ("P-2,Ben Hale,Harbour School,,,specialist-teachers,,AMA@x.example,2024-09-01,\n", "email"),
        ("P-1,Ama Okafor,Harbour School,,,generalist-teachers,Year 5,,2024-09-01,\n", "job_title"),
        ("P-1,Ama Okafor,Harbour School,,,generalist-teachers,,,2024-09-01,2025-01-01\n", "end_on"),
    ],
)
def test_a_row_that_contradicts_an_earlier_one_is_bad_and_names_it(hub: Hub, second: str, column: str) -> None:
    outcome = bring(hub, "people", HEAD + AMA + second)
    assert outcome.bad == [(3, column)]
    assert "line 2" in outcome.said[0]


def test_a_row_that_repeats_an_earlier_one_is_unchanged(hub: Hub) -> None:
    assert bring(hub, "people", HEAD + AMA + AMA).counts == counts(2, created=1, unchanged=1)


def test_a_new_organisation_needs_its_kind_on_at_least_one_row(hub: Hub) -> None:
    without = AMA.replace(",school,", ",,")
    assert bring(hub, "people", HEAD + without).bad == [(2, "organisation_kind")]
    later = "P-2,Ben Hale,Harbour School,school,,specialist-teachers,,,2024-09-01,\n"
    assert bring(hub, "people", HEAD + without + later).counts == counts(2, created=2)


def test_an_email_of_somebody_else_in_the_database_is_bad(hub: Hub) -> None:
    bring(hub, "people", HEAD + AMA)
    outcome = bring(hub, "people", HEAD + AMA.replace("P-1,Ama Okafor", "P-2,Ben Hale"))
    assert outcome.bad == [(2, "email")]


def test_two_people_may_swap_their_emails(hub: Hub) -> None:
    ben = "P-2,Ben Hale,Harbour School,,,specialist-teachers,,ben@x.example,2024-09-01,\n"
    bring(hub, "people", HEAD + AMA + ben)
    swapped = AMA.replace("ama@", "ben@") + ben.replace("ben@", "ama@")
    assert bring(hub, "people", HEAD + swapped).counts == counts(2, updated=2)
    person = person_by_reference("P-1")
    assert person is not None
    assert person.email == "ben@x.example"


def test_an_engagement_that_was_voided_on_the_page_stays_voided(hub: Hub) -> None:
    bring(hub, "people", HEAD + AMA)
    with transaction():
        void_engagement(hub.actor, db.session.scalars(select(Engagement)).one(), "Entered for the wrong person")
    outcome = bring(hub, "people", HEAD + AMA)
    assert outcome.counts == counts(1, unchanged=1)
    assert outcome.said[0].startswith("note: line 2")


def test_a_person_may_be_in_several_groups_at_once(hub: Hub) -> None:
    second = AMA.replace("generalist-teachers", "music-service-staff")
    assert bring(hub, "people", HEAD + AMA + second).counts == counts(2, created=2)
    assert db.session.scalar(select(func.count(Person.id))) == 1


def test_the_example_files_can_be_brought_in_one_after_the_other(hub: Hub) -> None:
    for kind in ("people", "completions", "exemptions", "requirements"):
        content = (ROOT / "docs" / "examples" / f"{kind}.csv").read_bytes()
        outcome = bring(hub, kind, content)
        assert outcome.status == 0, outcome.said
        assert outcome.counts["created"] == outcome.counts["rows"]
        assert bring(hub, kind, content).counts["unchanged"] == outcome.counts["rows"]


@pytest.mark.parametrize("column", range(10))
def test_a_control_character_in_any_cell_is_named_and_nothing_is_planned(hub: Hub, column: int) -> None:
    cells = AMA.rstrip("\n").split(",")
    cells[-1] = "2026-01-01"
    cells[column] = f"a\x01{cells[column]}"
    outcome = bring(hub, "people", HEAD + ",".join(cells) + "\n")
    assert outcome.status == 1
    assert outcome.bad[0] == (2, HEAD.strip().split(",")[column])
    assert outcome.counts == counts(1, errors=1)


def test_bad_rows_are_named_although_a_needed_column_is_missing(hub: Hub) -> None:
    outcome = bring(
        hub,
        "people",
        "reference,organisation,organisation_kind,workforce_group,start_on\n"
        "Q5,O,school,nope,2025-01-01\nQ6,O,school,hub-providers,2025-99-01\nQ7,O,school,hub-providers,2025-01-01\n",
    )
    assert outcome.bad == [(1, "name"), (2, "workforce_group"), (3, "start_on")]


def test_what_somebody_writes_while_a_file_is_judged_is_judged_again(hub: Hub) -> None:
    content = (HEAD + AMA).encode()
    kind = KINDS["people"]
    times = []

    def judged_while_others_write(sheet: Sheet) -> Judgement:
        judgement = kind.judge(sheet)
        times.append(judgement)
        if len(times) == 1:
            db.session.rollback()
            assert bring_in(hub.actor, kind, content, "same.csv").created == 1
        return judgement

    outcome = bring_in(hub.actor, replace(kind, judge=judged_while_others_write), content, "people.csv")
    assert len(times) == 2
    assert (outcome.created, outcome.unchanged) == (0, 1)
    assert db.session.scalar(select(func.count(Person.id))) == 1


def test_a_kind_that_is_none_is_named_once(hub: Hub) -> None:
    assert bring(hub, "people", HEAD + AMA.replace(",school,", ",College,")).bad == [(2, "organisation_kind")]
