"""What a change to a person's engagements and exemptions does to coverage, in a sentence for whoever made it.

The figures are those of verified training, the usual rule of the coverage report. Only engagements at `places`, the organisations
that the reader may see, are spoken of.
"""

from __future__ import annotations

from datetime import date, timedelta

from training_app.coverage.queries import standing_of
from training_app.coverage.standing import SkillStanding, State
from training_app.people.models import Engagement, Person
from training_app.people.queries import engagements_of_people
from training_app.people.rules import covers, in_words, span_in_words
from training_app.people.scope import Places, is_everything
from training_app.skills.levels import Level
from training_app.skills.models import Exemption
from training_app.web.formatting import count

# The first and the last day of an engagement; without a last day it goes on.
Span = tuple[date, date | None]


def begun(engagement: Engagement, today: date, places: Places) -> str:
    """Say what an engagement that was added does."""
    who, group = engagement.person.name, engagement.group.name
    if engagement.end_on is not None and engagement.end_on < today:
        span = span_in_words(engagement.start_on, engagement.end_on)
        return f"{who} counts in {group} {span}: reports on those days change, today's do not."
    day = max(engagement.start_on, today)
    until = f" until {in_words(engagement.end_on)}" if engagement.end_on else ""
    first = "today" if engagement.start_on == today else in_words(engagement.start_on)
    on_day = " today" if engagement.start_on < today else ""
    sentence = f"From {first} {who} counts in {group}{until}: {_asked_and_held(engagement, day, places)}{on_day}."
    if engagement.start_on < today:
        sentence += " Reports on all those days change, past ones too."
    return sentence


def changed(engagement: Engagement, before: Span, today: date, places: Places) -> str:
    """Say what it does that an engagement which had the days `before` was changed."""
    start_on, end_on = engagement.start_on, engagement.end_on
    if (start_on, end_on) == before:
        return "The engagement is saved. Coverage stays as it is."
    sentence = (
        f"{engagement.person.name} now counts in {engagement.group.name} {span_in_words(start_on, end_on)}, no longer "
        f"{span_in_words(*before)}. Reports on the days by which these differ change; all others stay as they are."
    )
    if covers(start_on, end_on, today):
        sentence += f" Today {_asked_and_held(engagement, today, places)}."
    return sentence


def ended(engagement: Engagement, before: Span, today: date, places: Places) -> str:
    """Say what the end of an engagement which had the days `before` does, and which days' reports change by it.

    An end in the past takes somebody out of the reports on the days after it; those on earlier days never change.
    """
    end_on = engagement.end_on
    assert end_on is not None
    was_until = before[1]
    if was_until is not None and was_until <= end_on:
        return changed(engagement, before, today, places)
    first_day_out = end_on + timedelta(days=1)
    from_then = "From today" if first_day_out == today else f"From {in_words(first_day_out)}"
    told = f"{from_then} {_out_of(engagement, first_day_out, places)}"
    if first_day_out < today and (now := _out_of(engagement, today, places)) != _out_of(
        engagement, first_day_out, places
    ):
        told += f" Today {now}"
    first = in_words(first_day_out)
    days = f"from {first} to {in_words(was_until)}" if was_until else f"on {first} and later days"
    return f"{told} Reports {days} change; those on earlier days stay as they are."


def voided(engagement: Engagement, today: date, places: Places) -> str:
    """Say what it does that an engagement was taken back."""
    return f"That entry counts on no day any more. Today {_out_of(engagement, today, places)}"


def exempted(exemption: Exemption, today: date) -> str:
    """Say what an exemption does."""
    who, skill = exemption.person.name, exemption.skill.name
    span = span_in_words(exemption.start_on, exemption.end_on)
    sentence = f"Nothing is asked of {who} in {skill} {span}."
    if exemption.end_on is not None and exemption.end_on < today:
        return f"{sentence} Reports on those days change, today's do not."
    day = max(exemption.start_on, today)
    standing = _standing(exemption, day)
    if standing is None or standing.required is Level.NONE:
        return f"{sentence} None of their groups asks for it on {in_words(day)}, so no figure changes yet."
    sentence = f"{sentence} They leave both numbers of {_groups(standing)}, where {standing.required.label} is asked."
    return f"{sentence} Reports on past days from then on change too." if exemption.start_on < today else sentence


def exemption_voided(exemption: Exemption, today: date) -> str:
    """Say what it does that an exemption was taken back."""
    who, skill = exemption.person.name, exemption.skill.name
    standing = _standing(exemption, today)
    if standing is None or standing.required is Level.NONE:
        return f"{who} is not exempt from {skill} by that entry any more. None of their groups asks for it today."
    held = "hold nothing that counts" if standing.held is Level.NONE else f"hold {standing.held.label}"
    verb = "asks" if len(standing.asked_by) == 1 else "ask"
    return f"{_groups(standing)} {verb} {who} for {standing.required.label} in {skill} again; they {held}."


def _standing(exemption: Exemption, day: date) -> SkillStanding | None:
    standings = standing_of(exemption.person_id, day)
    return next((each for each in standings if each.skill.id == exemption.skill_id), None)


def _groups(standing: SkillStanding) -> str:
    return " and ".join(group.name for group in standing.asked_by)


def _asked_and_held(engagement: Engagement, day: date, places: Places) -> str:
    """Say how many skills the group of an engagement asks of its person on a day, and how many of them they hold."""
    asked = [
        each
        for each in standing_of(engagement.person_id, day, places=places)
        if any(group.id == engagement.group_id for group in each.asked_by)
    ]
    if not asked:
        return "no skill is asked there on that day"
    exempt = sum(each.state is State.EXEMPT for each in asked)
    held = sum(each.state is State.MET for each in asked)
    verb = "is" if len(asked) == 1 else "are"
    return f"{count(len(asked), 'skill')} {verb} asked, {held} held" + (f", {exempt} exempt" if exempt else "")


def _out_of(engagement: Engagement, day: date, places: Places) -> str:
    """Say in which groups somebody counts on a day without an engagement."""
    person: Person = engagement.person
    others = [
        each
        for each in engagements_of_people([person.id], places=places).get(person.id, [])
        if each is not engagement and covers(each.start_on, each.end_on, day)
    ]
    group = engagement.group.name
    through = next((each for each in others if each.group_id == engagement.group_id), None)
    if through is not None:
        return f"{person.name} still counts in {group}, through {through.organisation.name}."
    elsewhere = sorted({each.group.name for each in others})
    if elsewhere:
        return f"{person.name} no longer counts in {group}, and still counts in {' and '.join(elsewhere)}."
    in_sight = "" if is_everything(places) else " of your organisations"
    return f"{person.name} no longer counts in {group}, and counts in no other group{in_sight}."
