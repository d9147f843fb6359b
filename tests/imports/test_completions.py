"""Bringing in completed training."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import func, select

from tests.builders import Hub
from tests.imports.bringing import bring, counts
from training_app.database import db, transaction
from training_app.records.actions import return_evidence, void_completion
from training_app.records.models import Completion, Evidence

HEAD = "person,module,completed_on,evidence,hours,provider,note\n"


@pytest.fixture
def ama(hub: Hub) -> int:
    return hub.person("Ama Okafor", reference="P-1", email="Ama@x.example")


def _completion() -> Completion:
    return db.session.scalars(select(Completion)).one()


def test_a_completion_without_evidence_is_verified(hub: Hub, ama: int) -> None:
    assert bring(hub, "completions", HEAD + "P-1,SND-02,2026-01-15,,3,,\n").counts == counts(1, created=1)
    assert (_completion().evidence, _completion().hours) == ("verified", Decimal(3))
    assert _completion().valid_until is not None


def test_a_person_may_be_named_by_email_and_a_module_in_small_letters(hub: Hub, ama: int) -> None:
    assert bring(hub, "completions", HEAD + "ama@X.example,snd-02,15/01/2026,,,,\n").counts == counts(1, created=1)


def test_the_same_file_again_changes_nothing(hub: Hub, ama: int) -> None:
    file = HEAD + "P-1,SND-02,2026-01-15,self-declared,1.333,Somewhere,A note\n"
    bring(hub, "completions", file)
    assert bring(hub, "completions", file).counts == counts(1, unchanged=1)


def test_an_explicit_verified_lifts_self_declared_and_nothing_else_changes_evidence(hub: Hub, ama: int) -> None:
    row = "P-1,SND-02,2026-01-15,{},,,\n"
    bring(hub, "completions", HEAD + row.format("self-declared"))
    assert bring(hub, "completions", HEAD + row.format("")).counts == counts(1, unchanged=1)
    assert _completion().evidence == "self-declared"
    db.session.rollback()
    assert bring(hub, "completions", HEAD + row.format("Verified")).counts == counts(1, updated=1)
    assert _completion().evidence == "verified"
    db.session.rollback()
    assert bring(hub, "completions", HEAD + row.format("self-declared")).counts == counts(1, unchanged=1)
    assert _completion().evidence == "verified"


@pytest.mark.parametrize("words", [("", "verified"), ("verified", "")])
@pytest.mark.parametrize("is_there", [False, True])
def test_an_explicit_verified_counts_whichever_of_two_like_rows_says_it(
    hub: Hub, ama: int, words: tuple[str, str], is_there: bool
) -> None:
    row = "P-1,SND-02,2026-01-15,{},,,\n"
    if is_there:
        bring(hub, "completions", HEAD + row.format("self-declared"))
    file = HEAD + row.format(words[0]) + row.format(words[1])
    written = {"updated": 1} if is_there else {"created": 1}
    assert bring(hub, "completions", file).counts == counts(2, unchanged=1, **written)
    assert _completion().evidence == "verified"
    assert bring(hub, "completions", file).counts == counts(2, unchanged=2)


@pytest.mark.parametrize("words", [("", "self-declared"), ("self-declared", "verified"), ("verified", "self-declared")])
def test_two_rows_that_differ_in_evidence_are_not_the_same(hub: Hub, ama: int, words: tuple[str, str]) -> None:
    row = "P-1,SND-02,2026-01-15,{},,,\n"
    bring(hub, "completions", HEAD + row.format("self-declared"))
    assert bring(hub, "completions", HEAD + row.format(words[0]) + row.format(words[1])).bad == [(3, "evidence")]


@pytest.mark.parametrize("ending", ["void", "returned"])
def test_a_void_or_returned_completion_is_left_with_a_note(hub: Hub, ama: int, ending: str) -> None:
    hub.completion(ama, "SND-02", "2026-01-15", Evidence.SELF_DECLARED)
    with transaction():
        act = void_completion if ending == "void" else return_evidence
        act(hub.actor, _completion(), "The certificate is unreadable")
    outcome = bring(hub, "completions", HEAD + "P-1,SND-02,2026-01-15,verified,9,,\n")
    assert (outcome.status, outcome.counts) == (0, counts(1, unchanged=1))
    assert outcome.said[0].startswith("note: line 2")
    assert db.session.scalar(select(func.count(Completion.id))) == 1
    assert _completion().evidence == ending


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("P-7,SND-02,2026-01-15,,,,\n", "person"),
        ("P-1,SND-99,2026-01-15,,,,\n", "module"),
        ("P-1,SND-02,2199-01-15,,,,\n", "completed_on"),
        ("P-1,SND-02,15.01.2026,,,,\n", "completed_on"),
        ("P-1,SND-02,2026-01-15,void,,,\n", "evidence"),
        ("P-1,SND-02,2026-01-15,returned,,,\n", "evidence"),
        ("P-1,SND-02,2026-01-15,,-1,,\n", "hours"),
        ("P-1,SND-02,2026-01-15,,１２,,\n", "hours"),
        ("P-1,SND-02,2026-01-15,,nan,,\n", "hours"),
        ("P-1,SND-02,2026-01-15,,1e3,,\n", "hours"),
        (",SND-02,2026-01-15,,,,\n", "person"),
        ("P-1,,2026-01-15,,,,\n", "module"),
        ("P-1,SND-02,,,,,\n", "completed_on"),
        ("P-1,SND-02,2026-01-15,,,,a\x07b\n", "note"),
    ],
)
def test_a_bad_cell_is_named_by_line_and_column(hub: Hub, ama: int, row: str, column: str) -> None:
    outcome = bring(hub, "completions", HEAD + "P-1,IND-01,2026-01-10,,,,\n" + row)
    assert (outcome.status, outcome.bad, outcome.counts) == (1, [(3, column)], counts(2, errors=1))
    assert db.session.scalar(select(func.count(Completion.id))) == 0


def test_the_same_completion_twice_in_a_file_must_say_the_same(hub: Hub, ama: int) -> None:
    row = "P-1,SND-02,2026-01-15,,3,,\n"
    assert bring(hub, "completions", HEAD + row + "ama@x.example,SND-02,2026-01-15,verified,,,\n").counts == counts(
        2, created=1, unchanged=1
    )
    outcome = bring(hub, "completions", HEAD + row + "P-1,SND-02,2026-01-15,,4,,\n")
    assert outcome.bad == [(3, "hours")]
    assert "line 2" in outcome.said[0]


def test_a_retired_module_and_a_day_before_the_engagement_refuse_nothing(hub: Hub, ama: int) -> None:
    outcome = bring(hub, "completions", HEAD + "P-1,SAF-02,1999-01-15,,,,\n")
    assert outcome.counts == counts(1, created=1)


def test_ten_thousand_completions_are_one_import(hub: Hub) -> None:
    people = "reference,name,organisation,organisation_kind,workforce_group,start_on\n" + "".join(
        f"Q-{n:04},Person {n},Big School,school,generalist-teachers,2024-09-01\n" for n in range(1000)
    )
    assert bring(hub, "people", people).counts == counts(1000, created=1000)
    file = HEAD + "".join(
        f"Q-{n:04},{module},2026-01-1{day},,,,\n"
        for n in range(1000)
        for day, module in enumerate(["IND-01", "SND-01", "SND-02", "SEM-01", "REF-01"] * 2)
    )
    assert bring(hub, "completions", file).counts == counts(10_000, created=10_000)
    assert bring(hub, "completions", file).counts == counts(10_000, unchanged=10_000)


@pytest.mark.parametrize("hours", ["10000", "9999.996", "99999.99", "100000", "9" * 40, "9" * 99])
def test_too_many_hours_are_answered_with_the_most_that_can_be_kept(hub: Hub, ama: int, hours: str) -> None:
    outcome = bring(hub, "completions", HEAD + f"P-1,SND-02,2026-01-15,,{hours},,\n")
    assert outcome.bad == [(2, "hours")]
    assert "the hours must be a number from 0 to 9,999.99" in outcome.said[0]


def test_the_most_hours_that_can_be_kept_are_kept(hub: Hub, ama: int) -> None:
    assert bring(hub, "completions", HEAD + "P-1,SND-02,2026-01-15,,9999.99,,\n").counts == counts(1, created=1)
    assert _completion().hours == Decimal("9999.99")


def test_only_the_first_of_many_unknown_people_are_answered_with_the_nearest(hub: Hub, ama: int) -> None:
    """To look for the nearest among thousands takes longer than all the rest of a row."""
    outcome = bring(hub, "completions", HEAD + "".join(f"P-1{n},IND-01,2026-01-10,,,,\n" for n in range(30)))
    assert len(outcome.bad) == 30
    assert sum("Did you mean" in line for line in outcome.said) == 20
