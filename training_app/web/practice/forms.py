"""What somebody types who learns with others."""

from __future__ import annotations

from training_app.clock import today
from training_app.practice.rules import LONGEST_CALLED, LONGEST_QUESTION, LONGEST_SETTING, QUESTIONS, STEPS
from training_app.records.rules import LONGEST_REFLECTION
from training_app.web.components.fields import (
    DayField,
    HeldField,
    ListField,
    LongTextField,
    Needed,
    RadiosField,
    TextField,
    TickField,
    TidyString,
)
from training_app.web.forms import EditingForm, HouseForm

YES, NO = "yes", "no"


def _answer(name: str) -> LongTextField:
    return LongTextField(QUESTIONS[name], filters=[TidyString("The answer", LONGEST_REFLECTION, lines=True)])


class InviteForm(HouseForm):
    """Whom one invites, by e-mail or by the whole name of a colleague."""

    who = TextField(
        "Who would you like to invite?",
        filters=[TidyString("The name or e-mail", LONGEST_CALLED)],
        validators=[Needed("Enter an e-mail address, or the name of a colleague")],
    )


class BeginPairForm(InviteForm):
    """A module that two complete by observing each other, and with whom."""

    module = ListField("Which module is it for?", validators=[Needed("Choose a module")])


class SetUpPairForm(HouseForm):
    """Two people whom the hub invites to observe each other."""

    module = ListField("Which module is it for?", validators=[Needed("Choose a module")])
    names = LongTextField(
        "Which two people?",
        filters=[TidyString("The names", 2 * LONGEST_CALLED, lines=True)],
        validators=[Needed("Name two people, one a line")],
    )


class AnswerForm(HouseForm):
    """Whether somebody takes part."""

    answer = RadiosField(
        "Will you take part?",
        choices=[(YES, "Yes"), (NO, "Not this time")],
        validators=[Needed("Choose yes, or not this time")],
    )


class LeaveForm(HouseForm):
    """That somebody leaves; nothing is asked."""


class VisitForm(EditingForm):
    """A day, four open questions, and whether the visit is finished."""

    on_day = DayField("When do you visit, or when did you?", what="the day of your visit", optional=True)
    tried = _answer("tried")
    young_people = _answer("young_people")
    surprised = _answer("surprised")
    take_away = _answer("take_away")
    finish = TickField("My visit is finished")


class QuestionForm(EditingForm):
    """A team's question, and where they look into it."""

    question = LongTextField(
        "What do you want to find out?",
        filters=[TidyString("The question", LONGEST_QUESTION, lines=True)],
        validators=[Needed("Enter the question that you want to look into")],
    )
    setting = LongTextField(
        "Where, and with whom? (optional)", filters=[TidyString("The setting", LONGEST_SETTING, lines=True)]
    )


class BeginResearchForm(QuestionForm):
    """The same, and the module that the team completes by it."""

    module = ListField("Which module is it for?", validators=[Needed("Choose a module")])
    row_version = HeldField()


class EntryForm(EditingForm):
    """One step of the cycle."""

    step = RadiosField("Which step?", choices=list(STEPS.items()), validators=[Needed("Choose one of the four steps")])
    on_day = DayField("When was it?", what="the day", latest=today)
    words = LongTextField(
        "What happened?",
        filters=[TidyString("The entry", LONGEST_REFLECTION, lines=True)],
        validators=[Needed("Write a few words")],
    )


class FindingForm(EditingForm):
    """What a team found, whether the hub reads it, and whether the cycle is finished."""

    finding = LongTextField("What did you find?", filters=[TidyString("The finding", LONGEST_REFLECTION, lines=True)])
    shared = TickField("Share our question and finding with the hub")
    finish = TickField("Our cycle is finished")
    finish_on = DayField("When did you finish?", what="the day you finished", latest=today, optional=True)
