"""When a visit and a cycle are finished, and what comes next. Plain Python."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, timedelta

LONGEST_QUESTION = 500
LONGEST_SETTING = 1000
LONGEST_CALLED = 254
# Two in a pair; a team can still sit round a table.
MOST_IN_A_PAIR, MOST_IN_A_TEAM = 2, 8
# So many people can somebody invite within a day: whoever guesses at names and addresses is not served.
MOST_INVITATIONS, INVITATIONS_WITHIN = 10, timedelta(days=1)

# A pair's four questions, by the column that holds the answer. No answer is right, and none is graded.
QUESTIONS: Mapping[str, str] = {
    "tried": "What was tried, and for whom?",
    "young_people": "What did young people do and say?",
    "surprised": "What surprised me?",
    "take_away": "What do I take into my own teaching?",
}
STEPS: Mapping[str, str] = {"plan": "Plan", "act": "Act", "observe": "Observe", "reflect": "Reflect"}


def missing_in_visit(on_day: date | None, answers: Mapping[str, str | None], today: date) -> tuple[str, str] | None:
    """Return the field and the sentence that say what a visit needs before it is finished; None where it has all."""
    if on_day is None:
        return "on_day", "Say on which day you visited before you finish."
    if on_day > today:
        return "on_day", "The visit is still to come. Finish it once you were there."
    for name, question in QUESTIONS.items():
        if not answers.get(name):
            return name, f"Write a few words to “{question}” before you finish."
    return None


def missing_in_cycle(written: Collection[str], finding: str | None, on_day: date | None, today: date) -> str | None:
    """Return what a team's cycle needs before it is finished, None where it has all: an entry of each step, a finding, and a
    day that has come."""
    missing = [words for step, words in STEPS.items() if step not in written]
    if missing:
        return f"Not yet written: {', '.join(missing)}. Add an entry for each step before you finish."
    if not finding:
        return "Write what you found before you finish."
    if on_day is None or on_day > today:
        return "Say on which day you finished; it cannot be a day to come."
    return None


def next_step_of_pair(
    *, is_waiting: bool, is_alone: bool, on_day: date | None, mine_is_finished: bool, other: str, today: date
) -> str:
    """Return what somebody in a pair does next, in a sentence."""
    if is_alone:
        return "Wait for an answer to your invitation." if is_waiting else "Invite somebody to observe with you."
    if mine_is_finished:
        return f"Your visit is finished. {other} still has theirs to finish."
    if on_day is None:
        return f"Agree on a day when you visit {other}."
    if on_day > today:
        return f"Visit {other}."
    return "Answer the four questions about your visit, and finish it."


def next_step_of_team(written: Collection[str], finding: str | None) -> str:
    """Return what a team does next, in a sentence."""
    for step, words in STEPS.items():
        if step not in written:
            return f"Write the first entry for “{words}”."
    return "Finish the cycle." if finding else "Write what you found."
