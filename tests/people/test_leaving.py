"""Leaving an organisation takes away a coordinator's rights for it, and nothing else."""

from __future__ import annotations

from datetime import date

from tests.builders import Hub
from training_app.accounts.models import Account
from training_app.database import db
from training_app.people.scope import effective_organisation_ids

BEFORE, AFTER = date(2026, 7, 31), date(2026, 8, 1)


def _effective(account_id: int, on: date) -> frozenset[int]:
    return effective_organisation_ids(db.session.get_one(Account, account_id), on)


def test_a_coordinator_who_left_an_organisation_no_longer_looks_after_it(hub: Hub) -> None:
    left, stays, never_worked_at = (
        hub.organisation("Fenwick Primary"),
        hub.organisation(),
        hub.organisation("Hill School"),
    )
    person = hub.person(organisation=stays)
    hub.engagement(person, "generalist-teachers", "2024-09-01", BEFORE, organisation=left)
    account = hub.account("ama@hub.example", "coordinator", person=person, organisations=[left, stays, never_worked_at])
    assert _effective(account, BEFORE) == {left, stays, never_worked_at}
    assert _effective(account, AFTER) == {stays, never_worked_at}


def test_a_second_engagement_that_goes_on_or_is_to_come_keeps_an_organisation(hub: Hub) -> None:
    place = hub.organisation()
    person = hub.person(organisation=place, end_on="2026-01-31")
    account = hub.account("ama@hub.example", "coordinator", person=person, organisations=[place])
    assert _effective(account, AFTER) == set()
    hub.engagement(person, "hub-providers", "2027-09-01", organisation=place)
    assert _effective(account, AFTER) == {place}


def test_without_a_person_or_without_the_role_nothing_is_worked_out(hub: Hub) -> None:
    place = hub.organisation()
    unlinked = hub.account("office@hub.example", "coordinator", organisations=[place])
    board = hub.account("board@hub.example", "board", organisations=[place])
    assert _effective(unlinked, AFTER) == {place}
    assert _effective(board, AFTER) == set()
