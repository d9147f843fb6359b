"""The home of staff and volunteers: what is due, what can I log? The whole record stands on a page of its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from flask import render_template

from training_app.clock import today
from training_app.coverage.own import own_training
from training_app.coverage.standing import State
from training_app.delivery.queries import Ahead, ahead_of
from training_app.practice.queries import invitations_waiting
from training_app.web.access import account
from training_app.web.my.own import (
    answer_for,
    asked_of,
    besides,
    gaps_of,
    is_volunteer,
    needed_first,
    waiting_for_the_hub,
)

SOONEST = 3
NEXT = 5


def member_home(others: list[tuple[str, str]]) -> str:
    """Return the page."""
    person_id = account().person_id
    if person_id is None:
        return render_template("home/no_person.html", others=others)
    on = today()
    own = own_training(person_id, on)
    asked = [each for each in own.standing.skills if each.asked_by]
    ending = sorted(
        (each for each in asked if each.state is State.MET and each.lapses_on is not None),
        key=lambda each: each.lapses_on or date.max,
    )
    words, mood = answer_for(own)
    asked_to_do = asked_of(own)
    gaps = besides(gaps_of(own), asked_to_do)
    return render_template(
        "home/member.html",
        others=others,
        first=needed_first(own),
        is_volunteer=is_volunteer(own),
        returned=own.sent_back,
        answer_words=words,
        mood=mood,
        asked=asked_to_do[:NEXT],
        asked_found=len(asked_to_do),
        gaps=gaps[:NEXT],
        gaps_found=len(gaps),
        ending=ending[:SOONEST],
        waiting=waiting_for_the_hub(own),
        asked_to_join=invitations_waiting(person_id),
        ahead=_next_of_each(ahead_of(person_id, on)),
    )


def _next_of_each(ahead: Sequence[Ahead]) -> list[Ahead]:
    """Return the next sessions that somebody leads, and then the next on which they are booked."""
    led, booked = [each for each in ahead if each.leads], [each for each in ahead if not each.leads]
    return [*led[:NEXT], *booked[:NEXT]]
