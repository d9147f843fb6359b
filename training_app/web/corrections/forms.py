"""What somebody types who finds something wrong in a record, and what the hub answers."""

from __future__ import annotations

from collections.abc import Mapping

from training_app.corrections.models import Answer, Subject
from training_app.corrections.queries import About
from training_app.people.rules import LONGEST_REASON
from training_app.web.components.fields import ListField, LongTextField, Needed, RadiosField, TidyString
from training_app.web.forms import EditingForm, HouseForm


class AskForm(HouseForm):
    """What is wrong, and what is right."""

    about = ListField("What is it about?", validators=[Needed("Choose what it is about")])
    wording = LongTextField(
        "What is right?",
        filters=[TidyString("What is right", LONGEST_REASON)],
        validators=[Needed("Say what is right, so that the hub can change it")],
    )

    def offer(self, subjects: Mapping[About, str]) -> None:
        """Give the list its choices."""
        self.about.choices = [("", "Choose"), *((code_of(about), words) for about, words in subjects.items())]

    def chosen(self) -> About:
        """Return what was chosen; only for a form that was found right."""
        subject, _, number = self.about.data.partition("-")
        return Subject(subject), int(number) if number else None


class AnswerForm(EditingForm):
    """What became of a request."""

    answer = RadiosField(
        "What did you do?",
        choices=[
            (Answer.PUT_RIGHT.value, "It is put right"),
            (Answer.LEFT.value, "It is left as it is"),
        ],
        validators=[Needed("Choose whether it is put right or left as it is")],
    )
    words = LongTextField("Your answer", filters=[TidyString("The answer", LONGEST_REASON)])


def code_of(about: About) -> str:
    """Return how a choice stands in a form and in an address: `details`, `completion-12`."""
    subject, number = about
    return subject.value if number is None else f"{subject.value}-{number}"
