"""Exempting, waiving and extending for several people at once: for whom it makes what, and what taking it back undoes."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from tests.builders import Hub
from training_app.assignments.allowances import (
    Terms,
    allow,
    digest_of_allowed,
    take_back_allowance,
    take_back_allowance_from,
    to_be_allowed,
)
from training_app.assignments.models import Allowance, AllowanceItem, AllowanceKind, Waiver
from training_app.assignments.rules import CreditFact, EntryFact, Shown, Unchanged, lasting_longest, why_not_extended
from training_app.audit import AuditEvent
from training_app.audit.queries import EventsWanted, events_page
from training_app.clock import now, today
from training_app.coverage.queries import coverage_on
from training_app.database import db, transaction
from training_app.errors import ChangedMeanwhile, Refused
from training_app.records.actions import correct_completion, extend_validity, verify
from training_app.records.models import Completion, Evidence, Extension
from training_app.skills.actions import exempt
from training_app.skills.levels import Level
from training_app.skills.models import Exemption
from training_app.stewardship.check import problems
from training_app.stewardship.merge import Kept, merge_people
from training_app.web.telling import tell

BECAUSE = "The roads were closed by snow"
UNTIL = today() + timedelta(days=400)


def given_to(hub: Hub, people: list[int], terms: Terms) -> int:
    with transaction():
        return allow(hub.actor, people, terms, whom="Some", reason=BECAUSE).id


def extending(hub: Hub, module: str = "", skill: str = "", until: date = UNTIL) -> Terms:
    return Terms(
        AllowanceKind.EXTENSION,
        module_id=hub.module_id(module) if module else None,
        skill_id=hub.skill_id(skill) if skill else None,
        until=until,
    )


def exempting(hub: Hub, start_on: date | None = None, end_on: date | None = None) -> Terms:
    return Terms(AllowanceKind.EXEMPTION, skill_id=hub.skill_id("send"), start_on=start_on or today(), end_on=end_on)


def waiving(hub: Hub, start_on: date | None = None, end_on: date | None = None) -> Terms:
    return Terms(AllowanceKind.WAIVER, module_id=hub.module_id("SND-02"), start_on=start_on or today(), end_on=end_on)


def ago(days: int) -> date:
    return today() - timedelta(days=days)


def test_a_preview_that_would_tell_something_else_by_now_is_not_confirmed(hub: Hub) -> None:
    ann, ben = hub.person("Ann"), hub.person("Ben")
    entry = hub.completion(ann, "SAF-01", ago(900))
    terms, both = extending(hub, "SAF-01"), {ann, ben}
    shown = Shown(both, digest_of_allowed(to_be_allowed([ben, ann], terms)))
    db.session.rollback()
    hub.completion(ben, "SAF-01", ago(800))
    with pytest.raises(ChangedMeanwhile), transaction():
        allow(hub.actor, [ann], terms, whom="Some", reason=BECAUSE, shown=shown)
    assert db.session.scalar(select(Allowance)) is None
    shown = Shown(both, digest_of_allowed(to_be_allowed([ann, ben], terms)))
    with transaction():
        allow(hub.actor, [ann], terms, whom="Some", reason=BECAUSE, shown=shown)
    assert db.session.scalars(select(Extension.completion_id)).all() == [entry]


def taken_back(hub: Hub, allowance: int) -> int:
    with transaction():
        return take_back_allowance(hub.actor, db.session.get_one(Allowance, allowance), "It took place after all")


def why(people: list[int], terms: Terms) -> list[Unchanged | None]:
    return [each.because for each in to_be_allowed(people, terms)]


def ends(entry: int) -> date | None:
    db.session.rollback()
    return db.session.get_one(Completion, entry).valid_until


def standing(table: type[Exemption] | type[Waiver] | type[Extension]) -> int:
    return db.session.query(table).filter_by(voided_at=None).count()


def test_what_lasts_longest_is_extended_and_others_are_left_out_with_the_reason(hub: Hub) -> None:
    lapsed, holds, declared, none = (hub.person(name) for name in ("Lapsed", "Holds", "Declared", "None"))
    old, new = hub.completion(holds, "SAF-01", ago(900)), hub.completion(holds, "SAF-01", ago(300))
    ran_out = hub.completion(lapsed, "SAF-01", ago(3000))
    hub.completion(declared, "SAF-01", ago(300), Evidence.SELF_DECLARED)
    until = max(UNTIL, (ends(new) or UNTIL) + timedelta(days=1))
    terms = extending(hub, "SAF-01", until=until)
    people = [lapsed, holds, declared, none]
    assert why(people, terms) == [None, None, Unchanged.NOTHING_HELD, Unchanged.NOTHING_HELD]
    before = ends(old)
    given_to(hub, people, terms)
    assert [ends(ran_out), ends(new), ends(old)] == [until, until, before]
    assert why(people[:2], terms) == [Unchanged.LASTS_LONGER, Unchanged.LASTS_LONGER]
    assert list(problems()) == []


def test_an_update_that_was_missed_lengthens_the_workshop_that_it_would_have_kept_in_date(hub: Hub) -> None:
    person = hub.person("Booked")
    workshop = hub.completion(person, "SAF-01", ago(300))
    until = (ends(workshop) or UNTIL) + timedelta(days=30)
    given_to(hub, [person], extending(hub, "SAF-02", until=until))
    assert ends(workshop) == until


def test_of_a_skill_the_highest_level_is_extended_though_a_lower_one_lasts_longer() -> None:
    credit = [
        EntryFact(1, CreditFact(None, {7: Level.AWARE}, date(2026, 1, 1), None)),
        EntryFact(2, CreditFact(None, {7: Level.PRACTISING}, date(2024, 1, 1), date(2026, 1, 1))),
        EntryFact(3, CreditFact(None, {8: Level.PRACTISING}, date(2026, 1, 1), date(2030, 1, 1))),
    ]
    longest = lasting_longest(credit, 7)
    assert longest is credit[1]
    assert why_not_extended(longest, date(2026, 1, 2)) is None
    assert why_not_extended(longest, date(2026, 1, 1)) is Unchanged.LASTS_LONGER
    assert why_not_extended(lasting_longest(credit[:1], 7), date(2026, 1, 2)) is Unchanged.FOR_GOOD
    assert why_not_extended(lasting_longest(credit, 9), date(2026, 1, 2)) is Unchanged.NOTHING_HELD


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(list(Level)),
            st.integers(0, 400),
            st.one_of(st.none(), st.integers(401, 900)),
        ),
        max_size=6,
    ),
    st.integers(0, 1000),
)
@pytest.mark.on_sqlite_only
def test_no_entry_that_gives_the_skill_higher_or_longer_is_passed_over(
    given_entries: list[tuple[Level, int, int | None]], until: int
) -> None:
    first = date(2024, 1, 1)
    entries = [
        EntryFact(
            number,
            CreditFact(None, {1: level}, first + timedelta(done), first + timedelta(end) if end is not None else None),
        )
        for number, (level, done, end) in enumerate(given_entries)
    ]
    chosen = lasting_longest(entries, 1)
    ranks = [(level, end if end is not None else 10_000) for level, _, end in given_entries if level > Level.NONE]
    assert (chosen is None) == (not ranks)
    if chosen is not None:
        level, _, end = given_entries[chosen.completion_id]
        assert (level, end if end is not None else 10_000) == max(ranks)
        is_left_out = why_not_extended(chosen, first + timedelta(until)) is not None
        assert is_left_out == (end is None or until <= end)


def test_pressed_twice_it_makes_nothing_twice(hub: Hub) -> None:
    person = hub.person("Holds")
    entry = hub.completion(person, "SAF-01", ago(3000))
    for terms in (extending(hub, "SAF-01"), exempting(hub), waiving(hub)):
        given_to(hub, [person], terms)
        with pytest.raises(Refused, match="has it already"):
            given_to(hub, [person], terms)
    assert [standing(each) for each in (Extension, Exemption, Waiver)] == [1, 1, 1]
    assert db.session.query(AllowanceItem).count() == db.session.query(Allowance).count() == 3
    assert ends(entry) == UNTIL


@pytest.mark.parametrize("kind", ["exemption", "waiver"])
def test_whoever_has_it_on_all_the_days_is_left_out_and_whoever_on_some_is_not(hub: Hub, kind: str) -> None:
    terms = exempting if kind == "exemption" else waiving
    for_good, some, begins = (hub.person(name) for name in ("For good", "Some", "Begins"))
    given_to(hub, [for_good], terms(hub, ago(10)))
    given_to(hub, [some], terms(hub, ago(10), today()))
    given_to(hub, [begins], terms(hub, today(), today() + timedelta(days=3)))
    wanted = terms(hub, today(), today() + timedelta(days=30))
    assert why([for_good, some, begins], wanted) == [Unchanged.HAS_IT, None, Unchanged.BEGINS_THEN]
    assert why([begins], terms(hub, today(), today() + timedelta(days=3))) == [Unchanged.HAS_IT]


def test_taking_it_back_voids_what_still_stands_and_the_figures_are_as_before(hub: Hub) -> None:
    people = [hub.person(f"Person {number}") for number in range(3)]
    entries = [hub.completion(each, "SAF-01", ago(3000)) for each in people]
    before, figures = [ends(each) for each in entries], coverage_on(today())
    allowances = [given_to(hub, people, terms) for terms in (extending(hub, "SAF-01"), exempting(hub), waiving(hub))]
    assert coverage_on(today()) != figures
    with transaction():
        allowance = db.session.get_one(Allowance, allowances[1])
        take_back_allowance_from(hub.actor, allowance, people[0], "Not for them")
    with pytest.raises(Refused, match="Nothing of this stands"), transaction():
        take_back_allowance_from(hub.actor, db.session.get_one(Allowance, allowances[1]), people[0], "Again")
    assert [taken_back(hub, each) for each in allowances] == [3, 2, 3]
    assert [standing(each) for each in (Extension, Exemption, Waiver)] == [0, 0, 0]
    assert [ends(each) for each in entries] == before
    assert coverage_on(today()) == figures
    with pytest.raises(Refused, match="taken back already"):
        taken_back(hub, allowances[0])
    assert list(problems()) == []


def test_an_extension_of_before_stands_when_the_one_for_all_is_taken_back(hub: Hub) -> None:
    person = hub.person("Extended before")
    entry = hub.completion(person, "SAF-01", ago(3000))
    with transaction():
        extend_validity(hub.actor, db.session.get_one(Completion, entry), ago(5), "On leave")
    allowance = given_to(hub, [person], extending(hub, "SAF-01"))
    assert taken_back(hub, allowance) == 1
    assert ends(entry) == ago(5)


def test_it_is_taken_back_from_the_entry_that_followed_a_correction_too(hub: Hub) -> None:
    person = hub.person("Corrected")
    entry = hub.completion(person, "SAF-01", ago(3000))
    allowance = given_to(hub, [person], extending(hub, "SAF-01"))
    with transaction():
        other = correct_completion(hub.actor, db.session.get_one(Completion, entry), ago(2999), "A day later").id
    assert ends(other) == UNTIL
    assert taken_back(hub, allowance) == 1
    assert (ends(other) or UNTIL) < today()
    assert list(problems()) == []


def test_what_cannot_be_is_refused_and_nothing_is_written(hub: Hub) -> None:
    person = hub.person("Somebody")
    hub.completion(person, "SAF-01", ago(3000))
    bad = [
        (exempting(hub, today(), ago(1)), BECAUSE),
        (Terms(AllowanceKind.EXEMPTION, skill_id=999_999, start_on=today()), BECAUSE),
        (extending(hub, "SAF-01", until=date(1000, 1, 1)), BECAUSE),
        (waiving(hub), "  "),
    ]
    for terms, reason in bad:
        with pytest.raises(Refused), transaction():
            allow(hub.actor, [person], terms, whom="Some", reason=reason)
    with pytest.raises(Refused), transaction():
        allow(hub.actor, [], waiving(hub), whom="Some", reason=BECAUSE)
    assert db.session.query(Allowance).count() == 0
    allowance = given_to(hub, [person], waiving(hub))
    with pytest.raises(ChangedMeanwhile), transaction():
        take_back_allowance(hub.actor, db.session.get_one(Allowance, allowance), BECAUSE, seen_version=7)


@pytest.mark.watched
def test_each_person_s_history_tells_it_once_with_the_reason(hub: Hub) -> None:
    people = [hub.person("Ama"), hub.person("Ben")]
    for each in people:
        hub.completion(each, "SAF-01", ago(3000))
    for terms in (extending(hub, "SAF-01"), exempting(hub), waiving(hub)):
        given_to(hub, people, terms)
    from training_app.web.people.history import about

    for each in people:
        db.session.rollback()
        told = [
            entry
            for entry in tell(events_page(about(each)).rows, account_id=None, sees_accounts=True)
            if entry.reason == BECAUSE
        ]
        assert sorted(entry.event.action for entry in told) == ["exemption.added", "extension.added", "waiver.added"]
    events = db.session.query(AuditEvent).filter_by(action="allowance.given").all()
    sentences = [
        entry.sentence
        for entry in tell(
            events_page(EventsWanted(objects=[("allowance", each.object_id) for each in events])).rows,
            account_id=None,
            sees_accounts=True,
        )
    ]
    assert any("Waiver of SND-02" in each and "given to several people" in each for each in sentences)


def test_what_both_rows_of_one_person_were_given_goes_with_them(hub: Hub) -> None:
    one, other = hub.person("Ama", reference="P-1"), hub.person("Amma", reference="P-2")
    for each in (one, other):
        hub.completion(each, "SAF-01", ago(3000))
    allowances = [given_to(hub, [one, other], terms) for terms in (extending(hub, "SAF-01"), exempting(hub))]
    with transaction():
        stays = merge_people(hub.actor, one, other, Kept(one, one, one)).person_id
    assert {each.person_id for each in db.session.query(AllowanceItem)} == {stays}
    assert list(problems()) == []
    assert [taken_back(hub, each) for each in allowances] == [1, 1]
    assert list(problems()) == []


@pytest.mark.parametrize("longer_stays", [True, False])
def test_after_a_merge_taking_one_of_two_extensions_back_leaves_the_other(hub: Hub, longer_stays: bool) -> None:
    one, other = hub.person("Ama", reference="P-1"), hub.person("Amma", reference="P-2")
    for person in (one, other):
        hub.completion(person, "SAF-01", ago(3000))
    sooner, later = today() + timedelta(days=200), today() + timedelta(days=500)
    short = given_to(hub, [one], extending(hub, "SAF-01", until=sooner))
    long = given_to(hub, [other], extending(hub, "SAF-01", until=later))
    with transaction():
        merge_people(hub.actor, one, other, Kept(one, one, one))
    standing = db.session.scalars(select(Completion).where(Completion.evidence == "verified")).one().id
    assert ends(standing) == later
    assert list(problems()) == []
    first, second = (short, long) if longer_stays else (long, short)
    assert taken_back(hub, first) == 1
    assert ends(standing) == (later if longer_stays else sooner)
    assert taken_back(hub, second) == 1
    end = ends(standing)
    assert end is not None
    assert end < today(), "as by its module"
    assert list(problems()) == []


def test_after_a_merge_what_one_allowance_gave_to_both_is_taken_back_once_and_what_a_page_gave_stays(hub: Hub) -> None:
    one, other = hub.person("Ama", reference="P-1"), hub.person("Amma", reference="P-2")
    entries = [hub.completion(person, "SAF-01", ago(3000)) for person in (one, other)]
    own = today() + timedelta(days=100)
    with transaction():
        extend_validity(hub.actor, db.session.get_one(Completion, entries[1]), own, "Away on leave")
    with time_machine.travel(now(), tick=False):
        both = given_to(hub, [one, other], extending(hub, "SAF-01"))
    with transaction():
        merge_people(hub.actor, one, other, Kept(one, one, one))
    standing = db.session.scalars(select(Completion).where(Completion.evidence == "verified")).one().id
    assert ends(standing) == UNTIL
    assert taken_back(hub, both) == 1
    assert ends(standing) == own
    assert list(problems()) == []


def test_of_two_waivers_of_one_person_the_one_that_ends_later_stands_after_a_merge(hub: Hub) -> None:
    one, other = hub.person("Ama", reference="P-1"), hub.person("Amma", reference="P-2")
    given_to(hub, [one], waiving(hub, end_on=today() + timedelta(days=10)))
    given_to(hub, [other], waiving(hub))
    with transaction():
        merge_people(hub.actor, other, one, Kept(one, one, one))
    assert [each.end_on for each in db.session.query(Waiver).filter_by(voided_at=None)] == [None]
    assert list(problems()) == []


def test_check_says_where_an_allowance_contradicts_itself(hub: Hub) -> None:
    person, other = hub.person("Ama"), hub.person("Ben")
    allowance = given_to(hub, [person], exempting(hub))
    db.session.query(AllowanceItem).update({"person_id": other})
    db.session.query(Allowance).update({"voided_at": db.session.get_one(Allowance, allowance).made_at})
    db.session.query(Allowance).update({"kind": "extension", "start_on": None, "valid_until": today()})
    db.session.commit()
    told = "\n".join(problems())
    for words in (
        "another person's",
        "stands, but all of its allowance",
        "is void without a reason",
        "is no extension",
    ):
        assert words in told


def test_what_awaits_confirmation_is_extended_only_once_it_is_verified(hub: Hub) -> None:
    person = hub.person("Declared")
    entry = hub.completion(person, "SAF-01", ago(3000), Evidence.SELF_DECLARED)
    assert why([person], extending(hub, "SAF-01")) == [Unchanged.NOTHING_HELD]
    with transaction():
        verify(hub.actor, db.session.get_one(Completion, entry))
    assert why([person], extending(hub, "SAF-01")) == [None]


def test_somebody_exempt_already_from_one_page_keeps_that_when_it_is_taken_back(hub: Hub) -> None:
    one, other = hub.person("Before"), hub.person("Now")
    with transaction():
        exempt(hub.actor, one, hub.skill_id("send"), ago(100), "Another role")
    allowance = given_to(hub, [one, other], exempting(hub))
    assert taken_back(hub, allowance) == 1
    assert [each.person_id for each in db.session.query(Exemption).filter_by(voided_at=None)] == [one]
