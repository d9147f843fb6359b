"""The home of staff and volunteers: what is due, what can I log? The whole record stands on a page of its own."""

from __future__ import annotations

from datetime import date

from flask import render_template

from training_app.clock import today
from training_app.coverage.queries import standing_of
from training_app.coverage.standing import State
from training_app.people.queries import engagements_of_people
from training_app.people.rules import covers
from training_app.people.scope import everywhere
from training_app.records.queries import completions_of
from training_app.web.access import account
from training_app.web.my.own import answer_for, gaps_of, is_volunteer, needed_first, sent_back, waiting_for_the_hub

SOONEST = 3
NEXT = 5


def member_home(others: list[tuple[str, str]]) -> str:
    """Return the page."""
    person_id = account().person_id
    if person_id is None:
        return render_template("home/no_person.html", others=others)
    on = today()
    asked = [each for each in standing_of(person_id, on) if each.asked_by]
    ending = sorted(
        (each for each in asked if each.state is State.MET and each.lapses_on is not None),
        key=lambda each: each.lapses_on or date.max,
    )
    words, mood = answer_for(person_id, asked, on)
    engagements = [
        each
        for each in engagements_of_people([person_id], places=everywhere()).get(person_id, [])
        if covers(each.start_on, each.end_on, on)
    ]
    completions = completions_of(person_id, places=everywhere())
    gaps = gaps_of(asked, {each.group_id for each in engagements}, on)
    return render_template(
        "home/member.html",
        others=others,
        first=needed_first(engagements, completions, on),
        is_volunteer=is_volunteer(engagements),
        returned=sent_back(completions),
        answer_words=words,
        mood=mood,
        gaps=gaps[:NEXT],
        gaps_found=len(gaps),
        ending=ending[:SOONEST],
        waiting=waiting_for_the_hub(completions),
    )
