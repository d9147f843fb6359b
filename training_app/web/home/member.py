"""The home of staff and volunteers: what is due, what can I log? The whole record stands on a page of its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from flask import render_template
from sqlalchemy import select

from training_app.clock import today
from training_app.coverage.queries import in_date_until, standing_of
from training_app.coverage.rules import EXPIRING_WITHIN
from training_app.coverage.standing import SkillStanding, State
from training_app.people.models import Person
from training_app.people.queries import engagements_of_people
from training_app.people.rules import covers
from training_app.records.first_steps import VOLUNTEERS, first_steps_needed
from training_app.records.queries import completions_of, entries_waiting, held_by
from training_app.web.access import account
from training_app.web.formatting import count, day

NEXT = 3


def member_home(others: list[tuple[str, str]]) -> str:
    """Return the page."""
    person_id = account().person_id
    if person_id is None:
        return render_template("home/no_person.html", others=others)
    on = today()
    standings = standing_of(person_id, on)
    asked = [each for each in standings if each.asked_by]
    ending = sorted(
        (each for each in asked if each.state is State.MET and each.lapses_on is not None),
        key=lambda each: each.lapses_on or date.max,
    )
    words, mood = answer_for(asked, on)
    engagements = [
        each for each in engagements_of_people([person_id]).get(person_id, []) if covers(each.start_on, each.end_on, on)
    ]
    return render_template(
        "home/member.html",
        others=others,
        first=first_steps_needed(
            {each.group_id for each in engagements}, held_by(person_id, on), completions_of(person_id), on
        ),
        is_volunteer=any(each.group.code == VOLUNTEERS for each in engagements),
        answer_words=words,
        mood=mood,
        ending=ending[:NEXT],
        lapsed=[each for each in asked if each.state is State.LAPSED],
        not_yet=[each for each in asked if each.state in (State.MISSING, State.BELOW)],
        waiting=entries_waiting(select(Person.id).where(Person.id == person_id)),
    )


def answer_for(asked: Sequence[SkillStanding], on: date) -> tuple[str, str | None]:
    """Return the one line that comes first, and its mood (`good`, `soon`, `gap` or None)."""
    due = [each for each in asked if each.state is not State.EXEMPT]
    gaps = [each for each in due if each.state is not State.MET]
    if not due:
        return "No skill is asked of you at the moment.", None
    if gaps:
        skills = count(len(due), "skill", "skills")
        return f"{len(due) - len(gaps)} of the {skills} your role asks for are recorded and in date.", "gap"
    until = in_date_until(due)
    if until is None:
        return "You are in date.", "good"
    return f"You are in date until {day(until)}.", "soon" if until <= on + EXPIRING_WITHIN else "good"
