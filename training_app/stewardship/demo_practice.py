"""Pairs and a team of the demonstration: a pair that has finished, one under way, an invitation, and a team of two employers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import select

from training_app.audit import Actor
from training_app.catalogue.models import Module
from training_app.database import db
from training_app.people.models import Person
from training_app.practice.actions import (
    accept,
    begin_research,
    invite,
    set_up_pair,
    write_entry,
    write_finding,
    write_visit,
)
from training_app.practice.models import Practice
from training_app.practice.queries import visits_of

_EVENING = time(17, 30)
_FIRST = {
    "tried": "A warm-up in which the group copies one child after another, with picture cards for those who do not speak.",
    "young_people": "“Can we do it again?” Two who usually stay at the edge came into the circle and led.",
    "surprised": "How long the quiet moments lasted, and that nobody filled them.",
    "take_away": "To wait longer before I help. And the cards: I made a set the same evening.",
}
_SECOND = {
    "tried": "Ukulele in open tuning, so that everybody had a part from the first minute.",
    "young_people": "They taught each other the second chord. One asked whether her brother may come along.",
    "surprised": "That the loudest group was the most careful when somebody played alone.",
    "take_away": "One part for everybody first, choices second.",
}
_UNDER_WAY = {"tried": "A song in two languages, with signs."}
_QUESTION = "What happens when young people choose the warm-up?"
_SETTING = "Two whole-class groups in a primary school and one after-school band, for half a term."
_CYCLE = (
    ("plan", 70, "Each group has a box of eight warm-ups. A different child draws two cards and chooses one of them."),
    ("act", 49, "We did it for five weeks. In the band they soon wrote cards of their own."),
    (
        "observe",
        28,
        "Three who had not spoken in the circle before chose and explained a warm-up. It took two minutes longer.",
    ),
    (
        "reflect",
        14,
        "Choosing between two is easier than choosing from all. The wait before a choice is part of the music.",
    ),
)
_FINDING = (
    "When young people choose between two warm-ups, more of them lead, and the start of the session is calmer. It did not work "
    "in the week before the holidays. We go on with the boxes, and lend ours."
)


def load_practice(actor: Actor, day: date, shown: Sequence[int], others: Mapping[str, Sequence[int]]) -> None:
    """Have the members of the demonstration (`shown`) learn with `others`, by their workforce group, as seen from a day. Nothing
    is loaded where the hub does not have the modules or the people."""
    modules = {code: number for number, code in db.session.execute(select(Module.id, Module.code))}
    staff = [each for each in others.get("music-service-staff", ()) if each not in shown]
    teachers = [each for each in others.get("generalist-teachers", ()) if each not in shown]
    provider = select(Person.email).where(Person.id.in_(others.get("hub-providers", ())), Person.email_key.is_not(None))
    guest = db.session.scalar(provider.order_by(Person.id).limit(1))
    if not {"TEA-02", "REF-03"} <= modules.keys() or len(shown) < 2 or len(staff) < 2 or not teachers or not guest:
        return
    first, second = shown[:2]
    finished = _pair(actor, first, staff[0], modules["TEA-02"])
    for member, answers, ago in zip(finished.standing, (_FIRST, _SECOND), (40, 33), strict=True):
        write_visit(actor, member, day - timedelta(days=ago), answers, finish=True)
    _begun(finished, day - timedelta(days=60))
    under_way = _pair(actor, second, teachers[0], modules["TEA-02"])
    write_visit(actor, under_way.standing[0], day - timedelta(days=5), _UNDER_WAY)
    write_visit(actor, under_way.standing[1], day + timedelta(days=9), {})
    _begun(under_way, day - timedelta(days=20))
    set_up_pair(actor, [first, staff[1]], modules["TEA-02"])
    team = begin_research(actor, first, modules["REF-03"], _QUESTION, _SETTING)
    invite(actor, team.standing[0], guest)
    accept(actor, team.waiting[0])
    for number, (step, ago, words) in enumerate(_CYCLE):
        write_entry(actor, team.standing[number % 2], step, day - timedelta(days=ago), words)
    on = day - timedelta(days=10)
    write_finding(actor, team.standing[0], _FINDING, shared=True, finish=True, finish_on=on)
    _begun(team, day - timedelta(days=75))


def _pair(actor: Actor, one: int, other: int, module_id: int) -> Practice:
    """Return a pair in which both have said yes."""
    practice = set_up_pair(actor, [one, other], module_id)
    for invitation in sorted(practice.waiting, key=lambda each: each.person_id != one):
        accept(actor, invitation)
    return practice


def _begun(practice: Practice, on: date) -> None:
    """Say that it was begun in the evening of a day, that those who take part joined then, and that visits were finished in the
    evening of theirs."""
    practice.begun_at = datetime.combine(on, _EVENING, UTC)
    for each in practice.members:
        each.joined_at = practice.begun_at
    for visit in visits_of(practice).values():
        if visit.finished_at is not None and visit.on_day is not None:
            visit.finished_at = datetime.combine(visit.on_day, _EVENING, UTC)
